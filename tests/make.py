"""Values for tests, with everything that does not matter to the test already said."""

from __future__ import annotations

from datetime import UTC, date, datetime

from policies.event import Attendee, CalendarItem, Event, Recurrence, Response, Span
from policies.interval import Interval
from policies.person import Person, PersonId, Priority
from policies.rules import Owner
from policies.wall import WallTime, Zone

BERLIN = "Europe/Berlin"
OWNER = Owner("Olle Owner", ("olle@example.com", "olle@work.example.org"), BERLIN)


def utc(text: str) -> datetime:
    """`2026-03-01 09:00` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def interval(start: str, end: str) -> Interval:
    return Interval(utc(start), utc(end))


def wall(text: str, zone: Zone = BERLIN) -> WallTime:
    return WallTime(datetime.fromisoformat(text), zone)


def attendee(address: str, response: Response = Response.ACCEPTED) -> Attendee:
    return Attendee(address, response=response)


def event(start: str = "2026-03-02 09:00", *, minutes: int = 30, rule: str = "") -> Event:
    """An event of the owner in Berlin; use `dataclasses.replace` for anything further."""
    return Event(
        uid="event-1",
        start=wall(start),
        span=Span(0, minutes * 60),
        summary="A meeting",
        organizer=OWNER.addresses[0],
        recurrence=Recurrence(rules=(rule,)) if rule else None,
    )


def item(*events: Event) -> CalendarItem:
    return CalendarItem(events[0].uid, "etag-1", events)


def person(name: str = "Ana Silva", priority: Priority = Priority.A) -> Person:
    key = name.lower().replace(" ", "-")
    return Person(
        id=PersonId(key),
        name=name,
        addresses=(key.replace("-", ".") + "@example.com",),
        priority=priority,
        listed_on=date(2026, 1, 1),
    )
