"""`fika favours`: what was given and asked, per person."""

from __future__ import annotations

import click

from agent.app import App
from agent.cli.owner import today
from agent.cli.values import NUMBER
from agent.errors import UsageProblem
from agent.relationships import memory as work
from agent.relationships import people as folk
from agent.store import memory as store
from agent.store import people
from policies.memory.favour import FavourNumber, balance_said, in_order, unreturned
from policies.text import shown

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(invoke_without_command=True)
@_json
@click.pass_context
def favours(ctx: click.Context, *, as_json: bool) -> None:
    """What was given and asked. Without a command: how it stands with everyone.

    After three asks with nothing given, giving comes first: the person is not proposed before.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(listed, as_json=as_json)


@favours.command("list")
@click.argument("person", nargs=-1)
@_json
@click.pass_obj
def listed(app: App, *, person: tuple[str, ...] = (), as_json: bool = False) -> None:
    """How it stands with everyone, or each thing given and asked with PERSON."""
    from agent.cli import memory_view as view
    from agent.terminal import json_text

    who = folk.one(app.store, " ".join(person)) if person else None
    found = store.favours_by_person(app.store)
    if who:
        found = {who.id: in_order(found.get(who.id, ()))}
    if as_json:
        click.echo(json_text([view.favour_record(e) for every in found.values() for e in every]))
    elif not any(found.values()):
        click.echo('Nothing given or asked is noted. `fika log "Ana helped with …"` notes one.')
    elif who:
        view.print_favours(found[who.id], today(app))
        click.echo(f"\n{shown(who.name)}: {balance_said(found[who.id])}")
    else:
        names = {each.id: each.name for each in people.everyone(app.store)}
        for key in sorted(found, key=lambda each: (-len(unreturned(found[each])), each)):
            click.echo(f"{shown(names.get(key, key))}: {balance_said(found[key])}")


@favours.command()
@click.argument("person")
@click.argument("what", nargs=-1, required=True)
@click.pass_obj
def gave(app: App, *, person: str, what: tuple[str, ...]) -> None:
    """You gave PERSON something: an introduction, an hour, a recommendation."""
    _note(app, person, what, given=True)


@favours.command()
@click.argument("person")
@click.argument("what", nargs=-1, required=True)
@click.pass_obj
def asked(app: App, *, person: str, what: tuple[str, ...]) -> None:
    """You asked PERSON for something, or they gave it unasked."""
    _note(app, person, what, given=False)


@favours.command()
@click.argument("number", type=NUMBER)
@click.pass_obj
def remove(app: App, *, number: int) -> None:
    """Take one out that was noted by mistake."""
    with app.store.transaction() as sql:
        if not store.remove_favour(sql, FavourNumber(number)):
            raise UsageProblem(f"there is no favour {number}", "see `fika favours list PERSON`")
    click.echo(f"removed: {number}")


def _note(app: App, person: str, what: tuple[str, ...], *, given: bool) -> None:
    who = folk.one(app.store, person)
    work.favour(app.store, who, " ".join(what), today(app), given=given)
    theirs = store.favours_by_person(app.store)[who.id]
    click.echo(f"{shown(who.name)}: {balance_said(theirs)}")
