"""`fika thanks`: whom to thank for what, and by when."""

from __future__ import annotations

import click

from agent.app import App
from agent.cli.owner import today
from agent.cli.values import NUMBER, day_ahead
from agent.relationships import memory as work
from agent.relationships import people as folk
from agent.store import memory as store
from agent.store import people
from policies.memory.thanks import ThanksState, by_due, thanks_said
from policies.text import shown

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_all = click.option("--all", "everything", is_flag=True, help="Also those that have ended.")


@click.group(invoke_without_command=True)
@_all
@_json
@click.pass_context
def thanks(ctx: click.Context, *, everything: bool, as_json: bool) -> None:
    """Thank-yous. Without a command: those that are due.

    They come from help and introductions you log, from December for the year, and by hand.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(listed, everything=everything, as_json=as_json)


@thanks.command("list")
@_all
@_json
@click.pass_obj
def listed(app: App, *, everything: bool = False, as_json: bool = False) -> None:
    """Those that are due, the earliest first."""
    from agent.cli import memory_view as view
    from agent.terminal import json_text

    found = by_due(each for each in store.thanks(app.store) if everything or each.is_due)
    if as_json:
        click.echo(json_text([view.thanks_record(each) for each in found]))
    elif found:
        names = {each.id: each.name for each in people.everyone(app.store)}
        view.print_thanks(found, names, today(app))
    else:
        click.echo("Nobody is waiting for thanks. `fika thanks add PERSON --for WHAT` notes one.")


@thanks.command()
@click.argument("person", nargs=-1, required=True)
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
    person = people.get(app.store, ended.person)
    name = shown(person.name) if person else ended.person
    click.echo(f"{state}: {name}" + (f", {shown(ended.what)}" if ended.what else ""))
