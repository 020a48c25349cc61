from __future__ import annotations

from datetime import date

from policies.calendar.event import Attendee, Event, Recurrence, Response, Span, Status, Visibility
from tests.make import wall

EXPECTED = (
    Event(
        uid="5v3k2h1s0q@google.com",
        start=wall("2026-01-05 09:30", "Europe/Berlin"),
        span=Span(0, 1800),
        summary="Weekly with Ana",
        location="Berlin-4-Spree (8)",
        recurrence=Recurrence(
            rules=("FREQ=WEEKLY;WKST=MO;UNTIL=20260629T215959Z;BYDAY=MO",),
            excluded=(
                wall("2026-02-16 09:30", "Europe/Berlin"),
                wall("2026-04-06 09:30", "Europe/Berlin"),
            ),
        ),
        organizer="olle@example.com",
        attendees=(
            Attendee("olle@example.com", "Olle Owner", Response.ACCEPTED),
            Attendee("ana.silva@example.org", "ana.silva@example.org", Response.DECLINED),
            Attendee(
                "c_1888abc@resource.calendar.google.com",
                "Berlin-4-Spree (8)",
                Response.ACCEPTED,
                False,
            ),
        ),
        sequence=2,
        last_modified_s=1771575300,
    ),
    Event(
        uid="5v3k2h1s0q@google.com",
        start=wall("2026-03-10 14:00", "Europe/Berlin"),
        span=Span(0, 1800),
        summary="Weekly with Ana (moved)",
        recurrence_id=wall("2026-03-09 09:30", "Europe/Berlin"),
        sequence=3,
        last_modified_s=1771661700,
    ),
    Event(
        uid="imported-7@example.net",
        start=wall("2026-03-03 13:00", "UTC"),
        span=Span(0, 2700),
        summary="Dentist",
        status=Status.TENTATIVE,
        visibility=Visibility.PRIVATE,
        last_modified_s=1767341700,
    ),
    Event(
        uid="allday-1@google.com",
        start=date(2026, 3, 9),
        span=Span(3, 0),
        summary="Conference in Łódź",
        busy=False,
        last_modified_s=1772360100,
    ),
)
