"""`fika thanks`: whom to thank for what, and by when."""

from __future__ import annotations

import click

from agent.app import App
from agent.cli.completing import PERSON
from agent.cli.groups import WithDefault
from agent.cli.memory import view
from agent.cli.owner import today
from agent.cli.values import AS_JSON, NUMBER
from agent.days import day_ahead
from agent.relationships import memory as work
from agent.relationships import people as folk
from agent.store import memory as store
from policies.memory.thanks import ThanksState, by_due, thanks_said
from policies.text import shown


@click.group(cls=WithDefault)
def thanks() -> None:
    """Thank-yous. Without a command: those that are due.

    They come from help and introductions you log, from December for the year, and by hand.
    """


@thanks.command("list")
@view.EVERYTHING
@AS_JSON
@click.pass_obj
def listed(app: App, *, everything: bool, as_json: bool) -> None:
    """Those that are due, the earliest first."""
    nothing = "Nobody is waiting for thanks. `fika thanks add PERSON --for WHAT` notes one."
    found = by_due(each for each in store.thanks(app.store) if everything or each.is_due)
    view.show(app, found, view.print_thanks, nothing=nothing, as_json=as_json)


@thanks.command()
@click.argument("person", nargs=-1, required=True, type=PERSON)
@click.option("--for", "what", default="", help="What for, in a few words.")
@click.option("--by", "due", metavar="DAY", help="2026-05-01, Friday, 10d; default: in a week.")
@click.pass_obj
def add(app: App, *, person: tuple[str, ...], what: str, due: str | None) -> None:
    """Note that PERSON is to be thanked."""
    who, present = folk.one(app.store, " ".join(person)), today(app)
    day = day_ahead(due, present) if due else None
    made = work.to_thank(app.store, who, what, present, day)
    click.echo(f"{made.number}. {thanks_said(made, shown(who.name), present)}")


@thanks.command()
@click.argument("number", type=NUMBER)
@click.pass_obj
def done(app: App, *, number: int) -> None:
    """They were thanked."""
    _end(app, number, ThanksState.DONE)


@thanks.command()
@click.argument("number", type=NUMBER)
@click.pass_obj
def skip(app: App, *, number: int) -> None:
    """They are not to be thanked for this."""
    _end(app, number, ThanksState.SKIPPED)


def _end(app: App, number: int, state: ThanksState) -> None:
    ended = work.end_thanks(app.store, number, state, today(app))
    name = shown(view.names(app)[ended.person])
    click.echo(f"{state}: {name}" + (f", {shown(ended.what)}" if ended.what else ""))
