from __future__ import annotations

from policies.calendar.event import Event, Span
from tests.make import wall

EXPECTED = (
    Event(
        uid="floats-in-new-york",
        start=wall("2026-03-02 09:00", "America/New_York"),
        span=Span(0, 0),
    ),
    Event(uid="head-office-of-the-first", start=wall("2026-07-02 08:00", "UTC"), span=Span(0, 0)),
    Event(
        uid="floats-at-the-owner",
        start=wall("2026-03-02 09:00", "Europe/Stockholm"),
        span=Span(0, 0),
    ),
    Event(uid="head-office-of-the-second", start=wall("2026-07-02 17:00", "UTC"), span=Span(0, 0)),
    Event(uid="one-word-defined-here", start=wall("2026-07-02 13:00", "UTC"), span=Span(0, 0)),
)
