"""How promises, thanks and favours look: as tables and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from agent.terminal import Cell, Column, Styled, print_grid
from policies.memory.favour import Favour
from policies.memory.promise import Promise
from policies.memory.thanks import Thanks
from policies.people.person import PersonId
from policies.spoken import by_when, day_said
from policies.text import shown

_NAME, _WHAT = 32, 100
Names = Mapping[PersonId, str]


def print_promises(found: Sequence[Promise], names: Names, today: date) -> None:
    columns = (
        Column("No.", right=True),
        Column("Promise", gives_way=True),
        Column("What", gives_way=True),
        Column("When"),
    )
    rows = [
        (
            str(each.number),
            _name(f"{'to' if each.mine else 'from'} ", each.person, names),
            shown(each.what, _WHAT),
            _when(each.is_open, each.due, f"{each.state}", each.ended, today),
        )
        for each in found
    ]
    print_grid(columns, rows)


def promise_record(each: Promise) -> dict[str, object]:
    return {
        "number": each.number,
        "person": each.person,
        "mine": each.mine,
        "what": each.what,
        "made": each.made.isoformat(),
        "due": each.due.isoformat() if each.due else None,
        "state": each.state.value,
        "ended": each.ended.isoformat() if each.ended else None,
    }


def print_thanks(found: Sequence[Thanks], names: Names, today: date) -> None:
    columns = (
        Column("No.", right=True),
        Column("Thank", gives_way=True),
        Column("For", gives_way=True),
        Column("Occasion", spare=1),
        Column("When"),
    )
    rows = [
        (
            str(each.number),
            _name("", each.person, names),
            shown(each.what, _WHAT),
            each.occasion.value,
            _when(each.is_due, each.due, each.state.value, each.ended, today),
        )
        for each in found
    ]
    print_grid(columns, rows)


def thanks_record(each: Thanks) -> dict[str, object]:
    return {
        "number": each.number,
        "person": each.person,
        "occasion": each.occasion.value,
        "what": each.what,
        "made": each.made.isoformat(),
        "due": each.due.isoformat(),
        "state": each.state.value,
        "ended": each.ended.isoformat() if each.ended else None,
    }


def print_favours(found: Sequence[Favour], today: date) -> None:
    """Of one person: what was given and asked, the oldest first."""
    columns = (
        Column("No.", right=True),
        Column("Day"),
        Column("Which", spare=1),
        Column("What", gives_way=True),
    )
    rows = [
        (
            str(each.number),
            day_said(each.day, today),
            "you gave" if each.given else "you asked or had",
            shown(each.what, _WHAT),
        )
        for each in found
    ]
    print_grid(columns, rows)


def favour_record(each: Favour) -> dict[str, object]:
    return {
        "number": each.number,
        "person": each.person,
        "given": each.given,
        "what": each.what,
        "day": each.day.isoformat(),
    }


def _name(before: str, person: PersonId, names: Names) -> str:
    return before + shown(names.get(person, person), _NAME)


def _when(standing: bool, due: date | None, state: str, ended: date | None, today: date) -> Cell:
    if not standing:
        return Styled(f"{state} {day_said(ended, today)}" if ended else state, "dim")
    if due is None:
        return "no day named"
    return Styled(by_when(due, today), "bold red" if due < today else "")
