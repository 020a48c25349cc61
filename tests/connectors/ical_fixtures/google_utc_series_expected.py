from __future__ import annotations

from policies.calendar.event import Event, Recurrence, Span
from tests.make import wall

EXPECTED = (
    Event(
        uid="utc-series@google.com",
        start=wall("2026-03-02 10:00", "Europe/Berlin"),
        span=Span(0, 1800),
        summary="Weekly in UTC",
        recurrence=Recurrence(
            rules=("FREQ=WEEKLY;BYDAY=MO",), excluded=(wall("2026-03-16 09:00", "UTC"),)
        ),
        last_modified_s=1772360100,
    ),
    Event(
        uid="utc-series@google.com",
        start=wall("2026-03-24 10:00", "UTC"),
        span=Span(0, 1800),
        summary="Weekly in UTC, moved",
        recurrence_id=wall("2026-03-23 09:00", "UTC"),
        last_modified_s=1772360100,
    ),
    Event(
        uid="floating@google.com",
        start=wall("2026-03-04 09:00", "Europe/Berlin"),
        span=Span(0, 3600),
        summary="Floating",
        last_modified_s=1772360100,
    ),
)
