"""`fika promises`: what you promised to whom, what was promised to you, and by when."""

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
from policies.memory.promise import PromiseState, by_urgency, promise_said
from policies.text import shown


@click.group(cls=WithDefault)
def promises() -> None:
    """Promises, yours and theirs. Without a command: those that are open.

    Somebody to whom a promise of yours is late is not proposed before you keep it or let it go.
    """


@promises.command("list")
@view.EVERYTHING
@AS_JSON
@click.pass_obj
def listed(app: App, *, everything: bool, as_json: bool) -> None:
    """The open ones, the earliest due first."""
    nothing = 'Nothing is promised. `fika log "promised Ana the paper by Friday"` notes one.'
    found = by_urgency(e for e in store.promises(app.store) if everything or e.is_open)
    view.show(app, found, view.print_promises, nothing=nothing, as_json=as_json)


@promises.command()
@click.argument("person", type=PERSON)
@click.argument("what", nargs=-1, required=True)
@click.option("--by", "due", metavar="DAY", help="Its last day: 2026-05-01, Friday, 6w.")
@click.option("--theirs", is_flag=True, help="They promised it to you.")
@click.pass_obj
def add(app: App, *, person: str, what: tuple[str, ...], due: str | None, theirs: bool) -> None:
    """Note a promise to PERSON."""
    who, present = folk.one(app.store, person), today(app)
    day = day_ahead(due, present) if due else None
    number = work.promise(app.store, who, " ".join(what), present, day, mine=not theirs)
    made = work.numbered(store.promises(app.store), number, "promises")
    click.echo(f"{number}. {promise_said(made, shown(who.name), present)}")


@promises.command()
@click.argument("number", type=NUMBER)
@click.pass_obj
def kept(app: App, *, number: int) -> None:
    """The promise was kept."""
    _end(app, number, PromiseState.KEPT)


@promises.command("let-go")
@click.argument("number", type=NUMBER)
@click.pass_obj
def let_go(app: App, *, number: int) -> None:
    """The promise was taken back, or nobody wants it any more."""
    _end(app, number, PromiseState.LET_GO)


def _end(app: App, number: int, state: PromiseState) -> None:
    ended = work.end_promise(app.store, number, state, today(app))
    name = shown(view.names(app)[ended.person])
    click.echo(f"{state}: {shown(ended.what)}, {'to' if ended.mine else 'from'} {name}")
