from __future__ import annotations

from datetime import date

from connectors.port import Quarantined
from policies.calendar.event import Event, Kind, Recurrence, Span, Status
from tests.make import wall

EXPECTED = (
    Event(
        uid="040000008200E00074C5B7101A82E00800000000A0B1C2D3E4F5DA01000000000000000010000000FEDCBA98765432100123456789ABCDEF",
        start=wall("2026-03-10 14:00", "Europe/Berlin"),
        span=Span(0, 3600),
        summary="Steering committee",
        location="Room A; second floor",
        recurrence=Recurrence(
            rules=("FREQ=WEEKLY;UNTIL=20260630T120000Z;INTERVAL=2;BYDAY=TU;WKST=MO",),
            excluded=(wall("2026-03-24 14:00", "Europe/Berlin"),),
        ),
        sequence=4,
        last_modified_s=1772360100,
    ),
    Event(
        uid="out-of-office",
        start=date(2026, 3, 30),
        span=Span(5, 0),
        summary="Holiday",
        kind=Kind.OUT_OF_OFFICE,
        last_modified_s=1772360100,
    ),
    Event(
        uid="elsewhere",
        start=date(2026, 3, 6),
        span=Span(1, 0),
        summary="Home office",
        busy=False,
        kind=Kind.WORKING_LOCATION,
        last_modified_s=1772360100,
    ),
    Event(
        uid="tentative-in-india",
        start=wall("2026-03-05 14:30", "Asia/Kolkata"),
        span=Span(0, 1800),
        summary="Supplier call",
        status=Status.TENTATIVE,
        last_modified_s=1772360100,
    ),
    Event(
        uid="free-in-a-zone-of-its-own",
        start=wall("2026-07-05 06:30", "UTC"),
        span=Span(0, 3600),
        summary="Placeholder",
        busy=False,
        last_modified_s=1772360100,
    ),
    Event(
        uid="microsoft-utc",
        start=wall("2026-03-05 09:00", "UTC"),
        span=Span(0, 3600),
        summary="Across zones",
        last_modified_s=1772360100,
    ),
)
QUARANTINED = (Quarantined("VEVENT 7 (line 117)", "unknown time zone"),)
