"""`fika news`: what you achieved and could tell people before a coffee."""

from __future__ import annotations

import click

from agent.app import App
from agent.cli.owner import today
from agent.cli.values import NUMBER
from agent.errors import UsageProblem
from agent.relationships import memory as work
from agent.store import memory as store
from agent.terminal import say
from policies.spoken import day_said
from policies.text import shown

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(invoke_without_command=True)
@_json
@click.pass_context
def news(ctx: click.Context, *, as_json: bool) -> None:
    """What you achieved: a certificate, an article, a talk. Without a command: the list.

    For four months it stands in the brief of everyone you have not met since: people who are
    not told cannot vouch for you.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(listed, as_json=as_json)


@news.command("list")
@_json
@click.pass_obj
def listed(app: App, *, as_json: bool = False) -> None:
    """All of it, the newest first."""
    from agent.terminal import json_text

    found = store.news(app.store)
    if as_json:
        click.echo(json_text([{**each._asdict(), "day": each.day.isoformat()} for each in found]))
    for each in () if as_json else found:
        click.echo(f"{each.number:>3}  {day_said(each.day, today(app))}  {shown(each.what, 200)}")
    if not found and not as_json:
        say("Nothing yet. `fika news add WHAT` notes something you could tell people.")


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
