"""`fika ritual`: a recurring coffee within a group, the owner with each in turn, or in pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from agent.app import App
from agent.cli.asking import agreed
from agent.cli.completing import PERSON
from agent.cli.groups import WithDefault
from agent.cli.owner import today
from agent.cli.values import AHEAD, AS_JSON, YES, Whole
from agent.errors import UsageProblem
from policies.text import shown

if TYPE_CHECKING:
    from datetime import date

    from policies.circles.rituals import Ritual
    from policies.people.person import Person

_ROUNDS = 4
_ritual = click.argument("words", nargs=-1, required=True, metavar="RITUAL")


@click.group(cls=WithDefault)
def ritual() -> None:
    """A recurring coffee within a group. Without a command: those you have."""


@ritual.command("list")
@AS_JSON
@click.pass_obj
def listed(app: App, *, as_json: bool) -> None:
    """Your rituals, with whose turn it is."""
    from agent.store import rituals as store
    from agent.terminal import json_text

    found = store.every(app.store)
    if as_json:
        click.echo(json_text([_record(app, each) for each in found]))
    elif not found:
        click.echo("None yet: fika ritual new NAME --with PERSON --with PERSON")
    for each in () if as_json else found:
        click.echo(_said(app, each))


@ritual.command()
@click.argument("name", nargs=-1, required=True)
@click.option(
    "--with", "who", multiple=True, type=PERSON, metavar="PERSON", help="A member; once for each."
)
@click.option("--group", metavar="NAME", help="Everyone in this group of your list.")
@click.option("--weeks", type=Whole(1, 26), default=2, show_default=True, help="How often.")
@click.option("--from", "starts", type=AHEAD, metavar="DAY", help="Default: today.")
@click.option("--team", is_flag=True, help="You organise: all pair up, and you send a note.")
@click.pass_obj
def new(
    app: App,
    *,
    name: tuple[str, ...],
    who: tuple[str, ...],
    group: str | None,
    weeks: int,
    starts: date | None,
    team: bool,
) -> None:
    """Begin one.

    You meet each member in turn, by a proposal that waits for your yes; with --team everyone pairs
    up, and there is a note for you to send.
    """
    from agent.relationships import rituals
    from policies.circles.rituals import Ritual
    from policies.people.tidy import line

    members = _people(app, who, group)
    if not members:
        raise UsageProblem("a ritual needs somebody", "name them: --with PERSON, or --group NAME")
    first = starts or today(app)
    made = Ritual(line(" ".join(name)), weeks, first, tuple(each.id for each in members), team)
    rituals.begin(app.store, made)
    click.echo(_said(app, made))


@ritual.command()
@_ritual
@AS_JSON
@click.pass_obj
def show(app: App, words: tuple[str, ...], *, as_json: bool) -> None:
    """The rounds to come; for a team, the note to send for this one."""
    from agent.relationships import rituals
    from agent.terminal import json_text

    found = rituals.named(app.store, " ".join(words))
    if as_json:
        click.echo(json_text(_record(app, found)))
        return
    click.echo(_said(app, found))
    number = max(found.round_on(today(app)), 0)
    for each in range(number, number + _ROUNDS):
        click.echo(f"  from {found.begins(each).isoformat()}: {_round(app, found, each)}")
    if found.team and len(found.seats) > 1:
        click.echo()
        _note(app, found, number)


@ritual.command()
@_ritual
@click.option("--add", "more", multiple=True, type=PERSON, metavar="PERSON")
@click.option("--remove", "fewer", multiple=True, type=PERSON, metavar="PERSON")
@click.pass_obj
def members(
    app: App, words: tuple[str, ...], more: tuple[str, ...], fewer: tuple[str, ...]
) -> None:
    """Let people in or out.

    Whose turn it is keeps it. A team keeps its present round, and the next repeats no pair of it.
    """
    from agent.relationships import rituals

    found = rituals.named(app.store, " ".join(words))
    if not more and not fewer:
        raise UsageProblem("nobody was named", "--add PERSON, or --remove PERSON")
    changed = rituals.change_members(
        app.store, found, _people(app, more, None), _people(app, fewer, None), today(app)
    )
    click.echo(_said(app, changed))


@ritual.command()
@_ritual
@YES
@click.pass_obj
def end(app: App, words: tuple[str, ...], *, yes: bool) -> None:
    """End one; what was agreed stays."""
    from agent.relationships import rituals

    found = rituals.named(app.store, " ".join(words))
    if agreed(f"End {shown(found.name)!r}?", yes=yes):
        rituals.end(app.store, found)
        click.echo(f"ended: {shown(found.name)}")


def _people(app: App, words: tuple[str, ...], group: str | None) -> list[Person]:
    from agent.relationships import people as folk
    from agent.store import people as store
    from policies.people.identity import folded

    found = [folk.one(app.store, each) for each in words]
    if group is not None:
        found += [
            each
            for each in store.everyone(app.store)
            if folded(group) in {folded(one) for one in each.groups}
        ]
        if not found:
            raise UsageProblem(f"nobody is in the group {shown(group)!r}", "see `fika people list`")
    return list({each.id: each for each in found}.values())


def _said(app: App, each: Ritual) -> str:
    from policies.circles.series import rhythm_said

    names = _names(app)
    who = ", ".join(names[member] for member in each.members) or "nobody"
    how = "a team in pairs" if each.team else "you with each in turn"
    number = each.round_on(today(app))
    first = "now" if number >= 0 else f"from {each.starts.isoformat()}"
    now = f"; {first} {_round(app, each, max(number, 0))}" if each.members else ""
    rhythm = rhythm_said(7 * each.every_weeks)
    return f"{shown(each.name)}: {rhythm}, {how} ({who}){now}"


def _round(app: App, each: Ritual, number: int) -> str:
    names = _names(app)
    if not each.team:
        turn = each.turn(number)
        return names[turn] if turn is not None else "nobody"
    if len(each.seats) < 2:  # noqa: PLR2004 - a pair
        return "nobody"
    pairs, rests = each.pairs(number)
    said = [f"{names[one]} with {names[other]}" for one, other in pairs]
    said += [f"{names[rest]} sits out" for rest in rests]
    return ", ".join(said)


def _names(app: App) -> dict[str, str]:
    from agent.store import people as store

    return {"": "you"} | {each.id: shown(each.name) for each in store.everyone(app.store)}


def _note(app: App, each: Ritual, number: int) -> None:
    from agent.cli.circles.notes_view import show_note
    from agent.store import people as store
    from policies.outreach.notes import pairs_note

    people = {person.id: person for person in store.everyone(app.store)}
    me = app.settings.owner.name
    names = {"": me} | {key: person.name for key, person in people.items()}
    pairs, rests = each.pairs(number)
    note = pairs_note(
        each.name,
        me,
        [(names[one], names[other]) for one, other in pairs],
        [names[rest] for rest in rests],
    )
    show_note(note, [a for member in each.members for a in people[member].addresses[:1]])


def _record(app: App, each: Ritual) -> dict[str, object]:
    number = max(each.round_on(today(app)), 0)
    paired = each.team and len(each.seats) > 1
    pairs, rests = each.pairs(number) if paired else ((), ())
    return {
        "number": each.number,
        "name": each.name,
        "every_weeks": each.every_weeks,
        "starts": each.starts.isoformat(),
        "team": each.team,
        "members": list(each.members),
        "round": number,
        "turn": each.turn(number),
        "pairs": [[one or None, other or None] for one, other in pairs],
        "rests": [each or None for each in rests],
    }
