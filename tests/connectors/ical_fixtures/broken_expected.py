from __future__ import annotations

from connectors.port import Quarantined
from policies.calendar.event import Event, Span
from tests.make import wall

EXPECTED = (
    Event(uid="good-1", start=wall("2026-03-02 09:00", "UTC"), span=Span(0, 0)),
    Event(uid="good-2", start=wall("2026-03-02 09:00", "UTC"), span=Span(0, 0)),
)
QUARANTINED = (
    Quarantined("VEVENT 2 (line 8)", "it has no start"),
    Quarantined("VEVENT 3 (line 12)", "a date or time that does not exist"),
    Quarantined("VEVENT 4 (line 16)", "its end is before its start"),
    Quarantined("VEVENT 5 (line 21)", "a negative duration"),
    Quarantined("VEVENT 6 (line 26)", "unknown time zone"),
    Quarantined("VEVENT 7 (line 30)", "a recurrence rule in no form we know"),
    Quarantined("VEVENT 8 (line 35)", "a date or time in no form we know"),
    Quarantined("VEVENT 9 (line 41)", "a date or time that does not exist"),
    Quarantined("VEVENT 10 (line 45)", "it breaks off: it has no END:VEVENT"),
)
