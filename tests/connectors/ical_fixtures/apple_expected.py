from __future__ import annotations

from datetime import date

from policies.calendar.event import Attendee, Event, Response, Span
from tests.make import wall

EXPECTED = (
    Event(
        uid="6F2D7A2E-1111-4222-8333-ABCDEFABCDEF",
        start=wall("2026-03-07 22:30", "America/New_York"),
        span=Span(0, 43200),
        summary="Night train over the change of clocks",
        location="Pier 9\n12 Example Street, Boston",
        organizer="bjorn@example.com",
        attendees=(
            Attendee("ana.silva@example.org", "Silva, Ana", Response.NEEDS_ACTION),
            Attendee("bjorn@example.com", "Björn Ström", Response.ACCEPTED),
            Attendee(
                "urn:uuid:0f9e2a66-0000-4000-8000-000000000001",
                "Everyone",
                Response.NEEDS_ACTION,
                False,
            ),
        ),
        sequence=1,
        last_modified_s=1768046640,
    ),
    Event(
        uid="week-away",
        start=date(2026, 3, 14),
        span=Span(7, 0),
        summary="A week away",
        last_modified_s=1768046700,
    ),
    Event(
        uid="day-and-two-hours",
        start=wall("2026-03-07 20:00", "America/New_York"),
        span=Span(1, 7200),
        summary="A day and two hours over the change",
        last_modified_s=1768046700,
    ),
)
