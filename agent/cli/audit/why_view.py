"""How the explanation of one person's standing looks: as text, and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from agent.relationships.audit import Explanation
from agent.relationships.records import MeetingRecord, Record, meeting_records
from agent.store.meetings import Meeting
from policies.audit.cadence import arithmetic
from policies.audit.evidence import Strength
from policies.people.person import Relation
from policies.rules import Owner
from policies.text import shown

if TYPE_CHECKING:  # what proposes is loaded by the one command that asks it
    from agent.proposing.propose import LeftInPeace

_SOON = 3
_TITLE = 60  # characters of a cell


def as_json(
    record: Record,
    explanation: Explanation,
    held: LeftInPeace | None,
    owner: Owner,
    most: int | None,
) -> str:
    """At most ``most`` past meetings, newest first; ``past_total`` says how many there are.

    ``not_proposed`` says why someone overdue is left in peace, else ``null``.
    """
    from agent.terminal import json_text

    return json_text(
        {
            "person": record._asdict(),
            "place": explanation.place,
            "of": explanation.of,
            "not_proposed": held and held._asdict(),
            "arithmetic": arithmetic(explanation.line.standing),
            "past_total": len(explanation.past),
            "past": [each._asdict() for each in meeting_records(explanation.past[:most], owner)],
            "to_come": [each._asdict() for each in meeting_records(explanation.to_come, owner)],
        }
    )


def print_text(
    record: Record,
    explanation: Explanation,
    held: LeftInPeace | None,
    owner: Owner,
    most: int | None,
) -> None:
    """The same for reading: who, where they stand, the arithmetic, and the meetings."""
    from agent.terminal import STATUS_SHAPE, STATUS_STYLE, console, say

    screen = console()
    one = explanation.line.standing
    screen.print(shown(record.name), style="bold", markup=False)
    for line in _about(record, explanation):
        say(shown(line, 400))
    status = f"{STATUS_SHAPE[record.status]} {record.status}"
    screen.print(f"\n{status}", style=STATUS_STYLE[record.status], end="")
    click.echo(f", place {explanation.place} of {explanation.of}")
    for line in arithmetic(one):
        say(f"  {line}")
    if held is not None:
        say(f"Not proposed: {shown(held.sentence, 400)}")
    soon = explanation.to_come
    if most is not None:
        soon = tuple(each for each in soon if each.strength)[:_SOON]
    _print_meetings("To come", soon, len(explanation.to_come), owner)
    _print_meetings("Meetings", explanation.past[:most], len(explanation.past), owner)
    say(f"\n{_totals(explanation)}")


def _about(record: Record, explanation: Explanation) -> Iterator[str]:
    person = explanation.line.standing.person
    known = "" if person.relation is Relation.UNKNOWN else f", {person.relation}"
    yield f"{person.id}, priority {person.priority}{known}"
    yield ", ".join(person.addresses) or "No address known, so no calendar can name them."
    yield record.reason
    if record.last_contact:
        yield f"Last contact: {record.last_contact} {record.last_contact_what}"
    if record.seen:
        yield f"Last seen in a group: {record.seen}"
    if record.next_meeting:
        yield f"Next meeting: {record.next_meeting} {record.next_meeting_what}"
    if record.quality:
        yield f"Your own rating: {record.quality}"
    if record.do_not_contact:
        yield "You asked not to contact them."
    if person.boundaries.not_before:
        yield f"Not to be contacted before {person.boundaries.not_before}."
    if record.snoozed_until:
        yield f"Snoozed until {record.snoozed_until}."


def _totals(explanation: Explanation) -> str:
    if not explanation.past:
        return "No calendar has a past meeting with them, and you have logged none."
    count = Counter(each.strength for each in explanation.past)
    return (
        f"Contact {count[Strength.CONTACT]} (in the past 365 days"
        f" {explanation.line.facts.in_a_year}), seen {count[Strength.SEEN]},"
        f" counted for nothing {count[Strength.NOTHING]}."
    )


def _print_meetings(heading: str, some: Sequence[Meeting], of: int, owner: Owner) -> None:
    from agent.terminal import Column, print_grid

    if not some:
        return
    columns = (
        Column(heading),
        Column("What", gives_way=True),
        Column("Calendar", gives_way=True, spare=1),
        Column("Counts as"),
        Column("Why", gives_way=True),
    )
    click.echo()
    print_grid(columns, [_cells(each) for each in meeting_records(some, owner)])
    if len(some) < of:
        click.echo(f"{len(some)} of {of}; --all shows the rest")


def _cells(each: MeetingRecord) -> tuple[str, ...]:
    when = each.start[:10] if each.all_day else each.start[:16].replace("T", " ")
    what = f"{each.what}: {each.note}" if each.note else each.what
    left = f"; its entry left the calendar by {each.left} and is kept" if each.left else ""
    calendars = ", ".join(each.calendars)
    return when, shown(what, _TITLE), shown(calendars, _TITLE), each.counts, each.why + left
