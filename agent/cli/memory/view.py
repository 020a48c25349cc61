"""How promises, thanks, favours and news look: as tables and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import TypeAlias, TypeVar

import click

from agent.app import App
from agent.cli.owner import today
from agent.store import people
from agent.terminal import Cell, Column, Styled, json_text, print_grid, say
from policies.memory.brief import News
from policies.memory.favour import Favour, balance_said, unreturned
from policies.memory.promise import Promise
from policies.memory.thanks import Thanks
from policies.people.person import PersonId
from policies.spoken import by_when, day_said
from policies.text import shown

_NAME, _WHAT = 32, 100
_Kept = TypeVar("_Kept", Promise, Thanks, Favour, News)
Names: TypeAlias = Mapping[PersonId, str]

EVERYTHING = click.option("--all", "everything", is_flag=True, help="Also those that have ended.")


def show(
    app: App,
    found: Sequence[_Kept],
    table: Callable[[Sequence[_Kept], Names, date], None],
    *,
    nothing: str,
    as_json: bool,
) -> None:
    """``nothing`` is what is said where there is none, with how the first comes about."""
    if as_json:
        click.echo(json_text([record(each) for each in found]))
    elif found:
        table(found, names(app), today(app))
    else:
        say(nothing)


def record(each: Promise | Thanks | Favour | News) -> dict[str, object]:
    fields = asdict(each).items()
    return {name: str(value) if isinstance(value, date) else value for name, value in fields}


def names(app: App) -> Names:
    return {each.id: each.name for each in people.everyone(app.store)}


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
            f"{'to' if each.mine else 'from'} {shown(names[each.person], _NAME)}",
            shown(each.what, _WHAT),
            _when(each.is_open, each.due, each.state, each.ended, today),
        )
        for each in found
    ]
    print_grid(columns, rows)


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
            shown(names[each.person], _NAME),
            shown(each.what, _WHAT),
            each.occasion.value,
            _when(each.is_due, each.due, each.state, each.ended, today),
        )
        for each in found
    ]
    print_grid(columns, rows)


def print_balances(found: Sequence[Favour], names: Names, _: date) -> None:
    """How it stands with everyone, those first who are owed the most."""
    theirs: dict[PersonId, list[Favour]] = {}
    for each in found:
        theirs.setdefault(each.person, []).append(each)
    for key in sorted(theirs, key=lambda each: (-len(unreturned(theirs[each])), each)):
        click.echo(f"{shown(names[key])}: {balance_said(theirs[key])}")


def print_favours(found: Sequence[Favour], names: Names, today: date) -> None:
    """Of one person: what was given and asked, the oldest first, and how it stands."""
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
    click.echo(f"\n{shown(names[found[0].person])}: {balance_said(found)}")


def print_news(found: Sequence[News], _: Names, today: date) -> None:
    columns = (Column("No.", right=True), Column("Day"), Column("What", gives_way=True))
    rows = [(str(e.number), day_said(e.day, today), shown(e.what, 2 * _WHAT)) for e in found]
    print_grid(columns, rows)


def _when(standing: bool, due: date | None, state: str, ended: date | None, today: date) -> Cell:
    if not standing:
        return Styled(f"{state} {day_said(ended, today)}" if ended else state, "dim")
    if due is None:
        return "no day named"
    return Styled(by_when(due, today), "bold red" if due < today else "")
