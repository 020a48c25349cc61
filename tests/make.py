"""Values for tests, with everything that does not matter to the test already said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from policies.calendar.event import Attendee, CalendarItem, Event, Recurrence, Response, Span
from policies.interval import Interval
from policies.people.person import Person, PersonId, Priority
from policies.rules import Owner
from policies.sending.action import ActionKind, Payload
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


def payload(kind: ActionKind = ActionKind.INVITE) -> Payload:
    """An invitation of Ana to a coffee in Berlin on 9 April 2026, 10:00 to 10:45 there.

    A report is the same without the meeting.
    """
    if kind is ActionKind.REPORT:
        nothing = dict.fromkeys(("start", "end", "zone", "location", "calendar"), "")
        return replace(payload(), kind=kind, **nothing)  # type: ignore[arg-type]
    return Payload(
        kind=kind,
        uid="0123456789abcdef0123456789abcdef",
        sequence=0,
        recipient="ana.silva@example.com",
        recipient_name="Ana Silva",
        sender=OWNER.addresses[0],
        sender_name=OWNER.name,
        start="2026-04-09T08:00:00+00:00",
        end="2026-04-09T08:45:00+00:00",
        zone=BERLIN,
        title="Coffee?",
        text="Hi Ana,\n\nit has been too long. Coffee on Thursday?",
        location="Café Nord",
        calendar="work",
        channel="mail",
    )
