"""`fika favours`: what was given and asked, per person."""

from __future__ import annotations

import click

from agent.app import App
from agent.cli.completing import PERSON
from agent.cli.groups import WithDefault
from agent.cli.memory import view
from agent.cli.owner import today
from agent.cli.values import AS_JSON, NUMBER
from agent.errors import UsageProblem
from agent.relationships import memory as work
from agent.relationships import people as folk
from agent.store import memory as store
from policies.memory.favour import FavourNumber, balance_said, in_order
from policies.text import shown


@click.group(cls=WithDefault)
def favours() -> None:
    """What was given and asked. Without a command: how it stands with everyone.

    After three asks with nothing given, giving comes first: the person is not proposed before.
    """


@favours.command("list")
@click.argument("person", nargs=-1, type=PERSON)
@AS_JSON
@click.pass_obj
def listed(app: App, *, person: tuple[str, ...], as_json: bool) -> None:
    """How it stands with everyone, or each thing given and asked with PERSON."""
    theirs = store.favours_by_person(app.store)
    who = folk.one(app.store, " ".join(person)) if person else None
    found = in_order(theirs.get(who.id, ())) if who else store.favours(app.store)
    table = view.print_favours if who else view.print_balances
    nothing = 'Nothing given or asked is noted. `fika log "Ana helped with …"` notes one.'
    view.show(app, found, table, nothing=nothing, as_json=as_json)


@favours.command()
@click.argument("person", type=PERSON)
@click.argument("what", nargs=-1, required=True)
@click.pass_obj
def gave(app: App, *, person: str, what: tuple[str, ...]) -> None:
    """You gave PERSON something: an introduction, an hour, a recommendation."""
    _note(app, person, what, given=True)


@favours.command()
@click.argument("person", type=PERSON)
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
