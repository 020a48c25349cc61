"""`fika news`: what you achieved and could tell people before a coffee."""

from __future__ import annotations

import click

from agent.app import App
from agent.cli.groups import WithDefault
from agent.cli.memory import view
from agent.cli.owner import today
from agent.cli.values import AS_JSON, NUMBER
from agent.errors import UsageProblem
from agent.relationships import memory as work
from agent.store import memory as store
from policies.text import shown


@click.group(cls=WithDefault)
def news() -> None:
    """What you achieved: a certificate, an article, a talk. Without a command: the list.

    For four months it stands in the brief of everyone you have not met since: people who are
    not told cannot vouch for you.
    """


@news.command("list")
@AS_JSON
@click.pass_obj
def listed(app: App, *, as_json: bool) -> None:
    """All of it, the newest first."""
    nothing = "Nothing yet. `fika news add WHAT` notes something you could tell people."
    view.show(app, store.news(app.store), view.print_news, nothing=nothing, as_json=as_json)


@news.command()
@click.argument("what", nargs=-1, required=True)
@click.pass_obj
def add(app: App, *, what: tuple[str, ...]) -> None:
    """Note what you could tell people."""
    number = work.add_news(app.store, " ".join(what), today(app))
    click.echo(f"{number}. {shown(' '.join(what), 200)}")


@news.command()
@click.argument("number", type=NUMBER)
@click.pass_obj
def remove(app: App, *, number: int) -> None:
    """Take one out."""
    with app.store.transaction() as sql:
        if not store.remove_news(sql, number):
            raise UsageProblem(f"there is no news {number}", "see `fika news`")
    click.echo(f"removed: {number}")
