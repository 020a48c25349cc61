"""The audit and its meetings, field by field: what JSON, CSV and the page tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from agent.relationships.audit import Line
from agent.store import meetings
from agent.store.database import Database
from agent.store.meetings import Contact, Meeting
from policies.audit.cadence import Standing
from policies.audit.evidence import Reason, Strength, people_present, sentence
from policies.audit.segments import circle, segment
from policies.people.person import PersonId
from policies.rules import Owner
from policies.wall import WallTime, local_day, moment

_SIZED = frozenset({Reason.FEW, Reason.GROUP, Reason.MASS, Reason.LIST})
_COUNTS = {Strength.CONTACT: "contact", Strength.SEEN: "seen", Strength.NOTHING: "nothing"}


class Record(NamedTuple):
    """One person as JSON and CSV give them; the names of the fields do not change.

    Days are ISO dates in the owner's zone, ``None`` where there is none; ``days_over`` below zero
    are days still to go. ``seen`` is the last meeting in a larger group, which is no contact.
    ``goals`` are those they help with, by the plan or by their own field.
    """

    id: str
    name: str
    priority: str
    relation: str
    organisation: str
    groups: tuple[str, ...]
    goals: tuple[str, ...]
    quality: str | None
    status: str
    last_contact: str | None
    last_contact_what: str
    seen: str | None
    next_meeting: str | None
    next_meeting_what: str
    days_since: int | None
    ideal_days: int
    maximum_days: int
    days_over: int
    due: str
    overdue: bool
    lateness: float
    rank: float
    to_meet: bool
    contacts_in_a_year: int
    snoozed_until: str | None
    do_not_contact: bool
    reason: str
    segment: str
    circle: str
    seniority: str | None
    influence: tuple[str, ...]
    intent: str | None
    sensitive: bool


def records(db: Database, lines: Sequence[Line], owner: Owner) -> list[Record]:
    """One for each line; only what these lines name is looked up in the calendars."""
    contacts = {
        (line.standing.person.id, each.start_s)
        for line in lines
        for each in (line.facts.last, line.facts.next)
        if each and not each.what
    }
    titles = meetings.titles(db, contacts)
    return [_record(line, titles, owner) for line in lines]


class MeetingRecord(NamedTuple):
    """One meeting as JSON gives it; the names of the fields do not change.

    ``start`` and ``end`` are on the owner's clock. ``people`` counts the owner and leaves out
    who declined; ``None`` where no calendar says. ``counts`` is contact, seen or nothing, and
    ``reason`` a code of `policies.audit.evidence.Reason`. ``left`` is the day its entry was first
    missing from its calendar, ``None`` while it is there.
    """

    start: str
    end: str
    all_day: bool
    what: str
    calendars: tuple[str, ...]
    people: int | None
    counts: str
    reason: str
    why: str
    left: str | None
    note: str


def meeting_records(some: Sequence[Meeting], owner: Owner) -> Iterator[MeetingRecord]:
    """Each meeting as it is told of, here and on the page."""
    addresses, zone = frozenset(owner.addresses), ZoneInfo(owner.zone)
    for each in some:
        event = each.event
        people = None if event is None else people_present(event, addresses)
        sized = people is not None and each.reason in _SIZED
        yield MeetingRecord(
            start=moment(each.start_s).astimezone(zone).isoformat(),
            end=moment(each.end_s).astimezone(zone).isoformat(),
            all_day=event is not None and not isinstance(event.start, WallTime),
            what=each.what if event is None else event.summary,
            calendars=each.calendars,
            people=people,
            counts=_COUNTS[each.strength],
            reason=each.reason,
            why=f"{people} people: {sentence(each.reason)}" if sized else sentence(each.reason),
            left=None if each.left_s is None else str(local_day(each.left_s, owner.zone)),
            note=each.note,
        )


def _record(line: Line, titles: Mapping[tuple[PersonId, int], str], owner: Owner) -> Record:
    one, facts = line
    person = one.person

    def called(contact: Contact | None) -> str:
        return "" if contact is None else contact.what or titles[person.id, contact.start_s]

    return Record(
        id=person.id,
        name=person.name,
        priority=person.priority,
        relation=person.relation,
        organisation=person.organisation,
        groups=person.groups,
        goals=tuple(dict.fromkeys((*one.help.goals, *person.goals))),
        quality=person.quality,
        status=one.status,
        last_contact=_iso(one.last),
        last_contact_what=called(facts.last),
        seen=None if facts.seen_s is None else str(local_day(facts.seen_s, owner.zone)),
        next_meeting=_iso(one.next),
        next_meeting_what=called(facts.next),
        days_since=one.days_since,
        ideal_days=one.ideal_days,
        maximum_days=one.maximum_days,
        days_over=one.days_over,
        due=str(one.due),
        overdue=one.overdue,
        lateness=round(one.lateness, 4),
        rank=round(one.rank, 4),
        to_meet=one.to_meet,
        contacts_in_a_year=facts.in_a_year,
        snoozed_until=_iso(_snoozed(one)),
        do_not_contact=person.boundaries.do_not_contact,
        reason=one.reason,
        segment=segment(person, owner),
        circle=circle(facts.in_a_year),
        seniority=person.seniority,
        influence=person.influence,
        intent=person.intent,
        sensitive=person.sensitive,
    )


def _iso(day: date | None) -> str | None:
    return None if day is None else str(day)


def _snoozed(one: Standing) -> date | None:
    until = one.person.snoozed_until
    return until if until is not None and until > one.today else None
