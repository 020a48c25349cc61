"""How the audit looks: as a table, as CSV, as JSON; `agent.cli.why_view` shows one person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from agent.relationships.audit import Line, day_of
from agent.store import meetings
from agent.store.database import Database
from agent.store.meetings import Contact
from policies.audit.cadence import Standing, Status
from policies.audit.segments import circle, segment
from policies.people.person import PersonId
from policies.rules import Owner
from policies.text import cell, shown

if TYPE_CHECKING:
    from agent.terminal import Cell

_NAME, _TITLE = 32, 48  # characters of a cell


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


def as_json(found: Sequence[Record]) -> str:
    from agent.terminal import json_text

    return json_text([each._asdict() for each in found])


def as_csv(found: Sequence[Record]) -> str:
    """Lines end as RFC 4180 has them; no cell is a formula, whoever wrote the text in it."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(Record._fields)
    writer.writerows(map(_csv_cell, each) for each in found)
    return out.getvalue()


def print_table(found: Sequence[Record], *, of: int) -> None:
    """``of`` is how many people there are without filters."""
    from agent.terminal import Column, print_grid, say

    if not found:
        say(_NOBODY if of == 0 else f"None of {of} people match.")
        return
    columns = (
        Column("Person", gives_way=True),
        Column(""),
        Column("Status"),
        Column("Last contact"),
        Column("What", gives_way=True, spare=4),
        Column("Next", spare=2),
        Column("Over", right=True),
        Column("Quality", spare=1),
        Column("Note", gives_way=True, spare=3),
    )
    print_grid(columns, [_cells(each) for each in found], pages=True)
    say(f"\n{_summary(found, of)}")


_NOBODY = (
    "Nobody is on your list yet: `fika people import FILE` brings people in,"
    " `fika people discover` shows whom you meet."
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
        seen=None if facts.seen_s is None else str(day_of(facts.seen_s, owner.zone)),
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


def _csv_cell(value: object) -> object:
    if isinstance(value, tuple):
        return cell("; ".join(value))
    if isinstance(value, str):
        return cell(value)
    return "" if value is None else int(value) if isinstance(value, bool) else value


def _cells(each: Record) -> tuple[Cell, ...]:
    from agent.terminal import STATUS_SHAPE, STATUS_STYLE, Styled

    status = Styled(f"{STATUS_SHAPE[each.status]} {each.status}", STATUS_STYLE[each.status])
    seen = f"only seen in a group on {each.seen}" if each.seen else ""
    return (
        shown(each.name, _NAME),
        each.priority,
        status,
        each.last_contact or "to meet",
        shown(each.last_contact_what, _TITLE) if each.last_contact else seen,
        each.next_meeting or "",
        f"{each.days_over:+d}",
        each.quality or "",
        _note(each),
    )


def _note(each: Record) -> str:
    if each.do_not_contact:
        return "do not contact"
    if each.snoozed_until:
        return f"snoozed until {each.snoozed_until}"
    return f"helps with {', '.join(shown(goal) for goal in each.goals)}" if each.goals else ""


def _summary(found: Sequence[Record], of: int) -> str:
    count = Counter(each.status for each in found)
    statuses = ", ".join(f"{count[status]} {status}" for status in Status)
    people = "1 person" if of == 1 else f"{of} people"
    whom = people if len(found) == of else f"{len(found)} of {people}"
    overdue = sum(each.overdue for each in found)
    booked = sum(each.next_meeting is not None for each in found)
    have = f"{booked} of {len(found)} {'has' if booked == 1 else 'have'}"
    return f"{whom}: {statuses}. {overdue} overdue. {have} a meeting booked."
