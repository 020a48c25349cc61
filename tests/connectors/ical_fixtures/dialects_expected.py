from __future__ import annotations

from datetime import date

from policies.calendar.event import Attendee, Event, Recurrence, Response, Span, Status, Visibility
from tests.make import wall

EXPECTED = (
    Event(
        uid="lower-case",
        start=wall("2026-03-02 09:00", "Europe/Berlin"),
        span=Span(0, 1800),
        summary="In lower case",
        attendees=(Attendee("ana@example.com", "Ana", Response.ACCEPTED),),
    ),
    Event(
        uid="text-and-alarm",
        start=wall("2026-03-02 09:00", "UTC"),
        span=Span(0, 0),
        summary="A text that looks like parts",
        location="After the alarm",
    ),
    Event(
        uid="quoted",
        start=wall("2026-03-02 09:00", "UTC"),
        span=Span(0, 3600),
        summary="Quotes, semicolons; and \\ a \n line",
        organizer="bjorn@example.com",
        attendees=(
            Attendee("ana@example.com", "Silva; Ana: PhD", Response.TENTATIVE),
            Attendee(
                "bo+news@example.com", 'Bo "the boss" ^ Li\nSecond line', Response.NEEDS_ACTION
            ),
            Attendee("cy@example.com", "", Response.DECLINED),
            Attendee("room@example.com", "Room", Response.NEEDS_ACTION, False),
            Attendee("dee@example.com", "Dee", Response.NEEDS_ACTION),
            Attendee("dee@example.net", "", Response.NEEDS_ACTION),
        ),
    ),
    Event(
        uid="no-seconds",
        start=wall("2026-03-02 09:00", "UTC"),
        span=Span(0, 3600),
        status=Status.CANCELLED,
        visibility=Visibility.PRIVATE,
    ),
    Event(uid="leap-second", start=wall("2016-12-31 23:59:59", "UTC"), span=Span(0, 0)),
    Event(uid="same-day", start=date(2026, 3, 2), span=Span(1, 0)),
    Event(uid="date-without-value", start=date(2026, 3, 2), span=Span(1, 0)),
    Event(uid="value-date-with-time", start=date(2026, 3, 2), span=Span(1, 0)),
    Event(uid="day-to-time", start=wall("2026-03-02 00:00", "Asia/Tokyo"), span=Span(0, 43200)),
    Event(uid="time-to-day", start=wall("2026-03-02 12:00", "Asia/Tokyo"), span=Span(0, 43200)),
    Event(
        uid="day-for-hours", start=wall("2026-03-02 00:00", "Europe/Stockholm"), span=Span(0, 5400)
    ),
    Event(uid="day-for-48-hours", start=date(2026, 3, 2), span=Span(2, 0)),
    Event(
        uid="starts-in-the-skipped-hour",
        start=wall("2026-03-29 02:30", "Europe/Berlin"),
        span=Span(0, 1800),
    ),
    Event(
        uid="dates",
        start=wall("2026-03-02 09:00", "Europe/Berlin"),
        span=Span(0, 3600),
        recurrence=Recurrence(
            rules=("FREQ=WEEKLY;BYDAY=MO",),
            extra=(
                (
                    wall("2026-03-03 09:00", "UTC"),
                    Span(0, 7200),
                ),
                (
                    wall("2026-03-04 09:00", "UTC"),
                    Span(0, 900),
                ),
                (
                    wall("2026-03-05 09:00", "Asia/Tokyo"),
                    None,
                ),
            ),
            excluded=(
                wall("2026-03-09 08:00", "UTC"),
                wall("2026-03-16 08:00", "UTC"),
                date(2026, 3, 23),
            ),
            exclusion_rules=("FREQ=MONTHLY;BYMONTHDAY=30",),
        ),
    ),
    Event(
        uid="dates",
        start=wall("2026-04-06 10:00", "Europe/Berlin"),
        span=Span(0, 3600),
        recurrence_id=wall("2026-04-06 09:00", "Europe/Berlin"),
        this_and_future=True,
    ),
    Event(
        uid="override-with-rules",
        start=wall("2026-04-06 10:00", "Europe/Berlin"),
        span=Span(0, 0),
        recurrence_id=wall("2026-04-06 09:00", "Europe/Berlin"),
    ),
)
