"""`fika forget`: what goes, what stands, and what still names them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from agent.app import App
from agent.cli.asking import agreed
from agent.cli.completing import PERSON
from agent.cli.values import YES
from agent.terminal import path_shown
from policies.text import shown

_FEW = 3  # files of one folder that are named singly


@click.command()
@click.argument("words", nargs=-1, required=True, type=PERSON, metavar="PERSON")
@click.option("--backups", is_flag=True, help="Also delete the backups that still name them.")
@YES
@click.pass_obj
def forget(app: App, words: tuple[str, ...], *, backups: bool, yes: bool) -> None:
    """Strike out all that is known of one person, for good.

    Notes, contact, proposals and what was sent go, and the calendars are from now on read
    without them. Your calendars themselves stay as they are.
    """
    from agent.keeping import forget as work

    store = app.store
    who = work.subject(store, " ".join(words))
    called = ", ".join(map(shown, (*who.names, *who.addresses)))
    click.echo(f"{called}: everything Fika knows goes, and cannot be brought back.")
    for moment in work.to_come(store, who, app.clock.now()):
        click.echo(f"A meeting on {moment:%Y-%m-%d} stands: forgetting does not call it off.")
    for each in work.to_put_right(store, who):
        entry = f"entry of {each.payload.when.start:%Y-%m-%d} in {shown(each.payload.calendar)}"
        click.echo(f"An {entry} names them and is to go or to move: `fika run` first sees to it.")
    if not agreed("Forget them?", yes=yes):
        click.echo("nothing was done")
        return
    found = work.forget(app.home, store, who)
    click.echo(f"forgotten: {called}")
    tables = dict.fromkeys(_TABLES.get(each, each) for each in found.tables)
    for place in (*tables, *_places(found.files)):
        click.echo(f"still named in: {place}")
    for path in found.backups:
        click.echo(f"backup that names them: {path_shown(path)}")
    if found.backups and (backups or (not yes and agreed("Delete these backups?", yes=False))):
        work.remove_backups(found)
        click.echo("deleted")
    elif found.backups:
        click.echo("delete them yourself, or say --backups with their address")


_TABLES = {
    "person": "what you wrote about other people",
    "logged_contact": "contact with other people",
    "diary": "what you logged of other people",
    "promise": "promises to other people",
    "thanks": "thanks to other people",
    "favour": "what was given and asked with other people",
    "proposal": "meetings with other people",
    "action": "invitations to other people",
    "item": "your calendars, where others are invited or under another address",
    "occurrence": "your calendars, where others are invited or under another address",
}


def _places(paths: tuple[Path, ...]) -> Iterator[str]:
    """The files one by one, many of one folder together."""
    for folder in dict.fromkeys(each.parent for each in paths):
        here = [each for each in paths if each.parent == folder]
        if len(here) > _FEW:
            yield f"{len(here)} files in {path_shown(folder)}"
        else:
            yield from map(path_shown, here)
