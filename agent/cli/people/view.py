"""How people, imports and encounters look: tables, and their JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import click

from agent.relationships.people import Encountered
from agent.store.people import Logged
from agent.terminal import Cell, Column, Styled, print_grid, say
from connectors.port import Quarantined
from policies.circles.ground import NOTED, Ground
from policies.people.fields import FIELDS, Form, Plain
from policies.people.identity import SEVERAL_READERS, sentence
from policies.people.importing import Completed, Plan
from policies.people.merging import Change, differences
from policies.people.person import Person, Relation
from policies.people.profile import plain, written
from policies.text import shown, shown_lines
from policies.wall import local_day

_ARROW = "→"


def show_people(people: Iterable[Person]) -> None:
    columns = [
        Column("Id"),
        Column("Name", gives_way=True),
        Column("Priority"),
        Column("Relation", spare=1),
        Column("Organisation", gives_way=True, spare=2),
        Column("Address", gives_way=True, spare=3),
    ]
    rows: list[list[Cell]] = [
        [
            shown(each.id),
            shown(each.name),
            each.priority.value,
            "" if each.relation is Relation.UNKNOWN else each.relation.value,
            shown(each.organisation),
            _addresses(each),
        ]
        for each in people
    ]
    print_grid(columns, rows, pages=True)


def _addresses(person: Person) -> str:
    if not person.addresses:
        return ""
    more = len(person.addresses) - 1
    return shown(person.addresses[0]) + (f" +{more}" if more else "")


def record(person: Person, *, notes: bool = False) -> dict[str, object]:
    """Every field, empty ones as null or an empty list; private notes only when asked for."""
    values = {"relation": person.relation.value, **plain(person)}
    empty = {Form.LIST: [], Form.FLAG: False}
    return {
        name: _json_value(values[name]) if name in values else empty.get(field.form)
        for name, field in FIELDS.items()
        if notes or name != "notes"
    }


def _json_value(value: Plain) -> object:
    return value.isoformat() if isinstance(value, date) else value


def one_person(
    person: Person,
    logged: Iterable[Logged],
    zone: str,
    shared: Iterable[Ground] = (),
    between: Iterable[str] = (),
) -> str:
    """All that is known, one field a line; what is shared, what stands open and notes below."""
    values = plain(person)
    notes = values.pop("notes", "")
    width = max(map(len, values))
    lines = [
        f"{name.replace('_', ' '):{width}}  {shown(written(v), 400)}" for name, v in values.items()
    ]
    for each in logged:
        day = local_day(each.at_s, zone).isoformat()
        lines.append(
            f"{'logged':{width}}  {day} {shown(each.format)}  {shown(each.note, 200)}".rstrip()
        )
    found = [each for each in shared if each.why != NOTED]
    if found:
        lines += ["", "in common:"]
        lines += [f"  {shown(each.what)} ({each.kind}; {each.why})" for each in found]
    if stands := [f"  {each}" for each in between]:
        lines += ["", "between you:", *stands]
    if notes:
        lines += [
            "",
            "private notes:",
            *("  " + each for each in shown_lines(str(notes)).split("\n")),
        ]
    return "\n".join(lines)


def shared_record(found: Iterable[Ground]) -> list[dict[str, object]]:
    return [{"kind": each.kind.value, "what": each.what, "why": each.why} for each in found]


def changes(found: Iterable[Change], indent: str = "  ") -> list[str]:
    return [
        f"{indent}{each.field.replace('_', ' ')}: "
        f"{shown(each.before, 200) or '(none)'} {_ARROW} {shown(each.after, 200) or '(none)'}"
        for each in found
    ]


def import_lines(plan: Plan, quarantined: Sequence[Quarantined], limit: int | None) -> list[str]:
    """What an import would do, in words; at most ``limit`` of each kind."""
    left_out = [f"  {shown(each.name)}: {each.reason}" for each in plan.left_out]
    left_out += [f"  {each.place}: {shown(each.reason, 200)}" for each in quarantined]
    kinds = {
        "new": [_introduced(person) for person in plan.added],
        "listed already, to be completed": [_completed(each) for each in plan.completed],
        "left out": left_out,
        "to look at": [f"  {each.person}: {shown(each.text, 200)}" for each in plan.remarks],
    }
    found: list[str] = []
    for heading, items in kinds.items():
        if items:
            found += [f"{heading} ({len(items)}):", *items[:limit]]
        if limit is not None and len(items) > limit:
            found.append(f"  and {len(items) - limit} more: --all shows them")
    if alone := sum(not person.addresses for person in plan.added):
        found.append(
            f"{alone} without an address: to meet, and not to be invited until they have one"
        )
    return found


def _introduced(person: Person) -> str:
    parts = (shown(person.name), _addresses(person), shown(person.organisation, 40))
    return "  " + "  ".join(filter(None, parts))


def _completed(each: Completed) -> str:
    heading = f"  {shown(each.after.name)} ({each.after.id}), known by {shown(each.on)}"
    return "\n".join((heading, *changes(differences(each.before, each.after), "      ")))


def show_encounters(found: Sequence[Encountered], limit: int, zone: str) -> None:
    columns = [
        Column("Met", right=True),
        Column("Seen", right=True),
        Column("Last", spare=1),
        Column("Name", gives_way=True),
        Column("Address", gives_way=True),
        Column("Note", gives_way=True, spare=2),
    ]
    rows: list[list[Cell]] = [
        [
            str(each.contacts),
            str(each.seen),
            local_day(each.last_s, zone).isoformat(),
            shown(each.name),
            shown(each.address),
            Styled("; ".join(_remarks(each)), "dim"),
        ]
        for each in found[:limit]
    ]
    print_grid(columns, rows)
    if len(found) > limit:
        click.echo(f"and {len(found) - limit} more: --all shows them")
    say("`fika triage` walks through them with one key each.")


def _remarks(each: Encountered) -> Iterator[str]:
    """What to think of before listing them."""
    if each.perhaps is not None:
        address = shown(each.address)
        yield f"listed without an address? fika people edit {each.perhaps} --address +{address}"
    yield from map(sentence, each.doubts)


def encounter(each: Encountered, zone: str) -> dict[str, object]:
    return {
        "address": each.address,
        "name": each.name,
        "contacts": each.contacts,
        "seen": each.seen,
        "last_met": local_day(each.last_s, zone).isoformat(),
        "doubts": [doubt.value for doubt in each.doubts],
        "one_person": SEVERAL_READERS.isdisjoint(each.doubts),
        "perhaps": each.perhaps,
    }
