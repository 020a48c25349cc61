"""iCalendar text as items, and as what `recurring_ical_events` makes of it.

The items come from icalendar's own parser, so that engine and oracle read the same values and
differ in recurrence alone. Times without a zone are UTC on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

import recurring_ical_events
from icalendar import Calendar

from policies.calendar.event import CalendarItem, Event, Recurrence, Span, Status
from policies.calendar.occurrence import Occurrence
from policies.calendar.recurrence import Expansion, expand
from policies.wall import WallTime, When, absolute, seconds

LIMIT = 100_000
Untyped: TypeAlias = Any  # icalendar states no type for what a property holds


class Instance(NamedTuple):
    """One occurrence as both sides can state it; seconds are absolute, days start in UTC."""

    uid: str
    start_s: int
    end_s: int
    summary: str


def calendar(*components: str) -> str:
    """A VCALENDAR of VEVENTs, each given as its lines without BEGIN, END and a UID."""
    events = "".join(
        f"BEGIN:VEVENT\nUID:one@example.com\n{lines.strip()}\nEND:VEVENT\n" for lines in components
    )
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//example//EN\n{events}END:VCALENDAR\n"


def items(text: str) -> list[CalendarItem]:
    by_uid: dict[str, list[Event]] = {}
    for number, component in enumerate(Calendar.from_ical(text).walk("VEVENT")):
        component.setdefault("UID", f"without-{number}@example.com")
        event = _event(component)
        by_uid.setdefault(event.uid, []).append(event)
    return [CalendarItem(uid, "etag", tuple(events)) for uid, events in by_uid.items()]


def ours(text: str, first: datetime, last: datetime) -> list[Instance]:
    """What the engine makes of it, cancelled ones too; fails on any problem."""
    found: list[Instance] = []
    for item in items(text):
        expansion = expand(item, seconds(first), seconds(last), "UTC", LIMIT)
        assert expansion.problem == ""
        found += map(_instance, expansion.occurrences)
    return sorted(found)


def expanded(text: str, first: datetime, last: datetime, zone: str = "UTC") -> Expansion:
    (item,) = items(text)
    return expand(item, seconds(first), seconds(last), zone, LIMIT)


def theirs(text: str, first: datetime, last: datetime) -> list[Instance]:
    """What `recurring_ical_events` makes of it."""
    found = recurring_ical_events.of(Calendar.from_ical(text)).between(first, last)
    return sorted(
        Instance(
            str(each.get("UID", "")),
            _absolute(each["DTSTART"].dt),
            _absolute(each["DTEND"].dt),
            str(each.get("SUMMARY", "")),
        )
        for each in found
    )


def _instance(occurrence: Occurrence) -> Instance:
    event = occurrence.event
    return Instance(event.uid, occurrence.start_s, occurrence.end_s, event.summary)


def _absolute(value: date) -> int:
    if isinstance(value, datetime):
        return seconds(value if value.tzinfo else value.replace(tzinfo=UTC))
    return absolute(value, "UTC")


def _event(component: Untyped) -> Event:
    start = component["DTSTART"].dt
    recurrence_id = component.get("RECURRENCE-ID")
    return Event(
        uid=str(component["UID"]),
        start=_when(start),
        span=_span(component, start),
        summary=str(component.get("SUMMARY", "")),
        recurrence=_recurrence(component),
        recurrence_id=_when(recurrence_id.dt) if recurrence_id else None,
        this_and_future=bool(recurrence_id) and recurrence_id.params.get("RANGE") is not None,
        status=Status(str(component.get("STATUS", "confirmed")).lower()),
        sequence=int(component.get("SEQUENCE", 0)),
    )


def _span(component: Untyped, start: date) -> Span:
    if "DTEND" in component:
        end = component["DTEND"].dt
        if isinstance(start, datetime) or isinstance(end, datetime):
            return Span(0, _absolute(end) - _absolute(start))
        return Span((end - start).days, 0)
    if "DURATION" in component:
        length: timedelta = component["DURATION"].dt
        exact = "T" in component["DURATION"].to_ical().decode()
        return Span(0, int(length.total_seconds())) if exact else Span(length.days, 0)
    return Span(0, 0) if isinstance(start, datetime) else Span(1, 0)


def _recurrence(component: Untyped) -> Recurrence | None:
    if not {"RRULE", "RDATE", "EXDATE", "EXRULE"} & set(component):
        return None
    return Recurrence(
        rules=tuple(rule.to_ical().decode() for rule in _listed(component, "RRULE") if rule),
        extra=tuple(_extra(each.dt) for line in _listed(component, "RDATE") for each in line.dts),
        excluded=tuple(
            _when(each.dt) for line in _listed(component, "EXDATE") for each in line.dts
        ),
        exclusion_rules=tuple(
            str(rule) if isinstance(rule, str) else rule.to_ical().decode()
            for rule in _listed(component, "EXRULE")
        ),
    )


def _extra(value: date | tuple[datetime, datetime | timedelta]) -> tuple[When, Span | None]:
    if not isinstance(value, tuple):
        return _when(value), None
    start, end = value
    length = end if isinstance(end, timedelta) else end - start
    return _when(start), Span(0, int(length.total_seconds()))


def _listed(component: Untyped, name: str) -> Iterator[Untyped]:
    value = component.get(name, [])
    yield from value if isinstance(value, list) else [value]


def _when(value: date) -> When:
    if not isinstance(value, datetime):
        return value
    zone = getattr(value.tzinfo, "key", "UTC")
    return WallTime(value.replace(tzinfo=None), zone)
