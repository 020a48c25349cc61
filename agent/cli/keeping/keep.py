"""`fika backup`, `restore`, `export` and `forget`: what is yours, kept and moved. `fika ping`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from agent.app import App
from agent.cli.asking import agreed
from agent.errors import UsageProblem
from agent.exits import Exit
from policies.text import shown

_LONG = 500  # characters of a path
_FEW = 3  # files of one folder that are named singly
_file = click.Path(path_type=Path)
_yes = click.option("--yes", "-y", is_flag=True, help="Do not ask.")
_force = click.option("--force", is_flag=True, help="Write over FILE if there is one.")


@click.command()
@click.argument("file", required=False, type=_file)
@_force
@click.pass_obj
def backup(app: App, file: Path | None, *, force: bool) -> None:
    """Copy the whole store into FILE, while others use it, and check the copy.

    Without FILE it goes into the state folder, where the newest 14 are kept. The configuration
    is no part of it.
    """
    from agent.keeping import backup as work

    if file is None:
        made = work.make(app.store, app.home, app.clock.now())
    else:
        made = work.make_at(app.store, file, app.clock.now(), force=force)
    size = made.stat().st_size / 1_000_000
    click.echo(f"backed up: {_path(made)} ({size:.1f} MB, private notes included)")


@click.command()
@click.argument("file", required=False, type=_file)
@_yes
@click.pass_obj
def restore(app: App, file: Path | None, *, yes: bool) -> None:
    """Bring back a backup or an export, in place of what is there now.

    Without FILE it is the newest backup. What is there now is kept as a backup. Nothing that
    comes back is sent by itself: what was under way waits for `fika settle`, and every open
    proposal for a new yes.
    """
    from agent.keeping.backup import newest
    from agent.keeping.restore import prepared, put_back
    from agent.sending.outcome import settling

    file = file or newest(app.home)
    with prepared(app.home, file) as ready:
        held = ready.contents
        last = f", last run {held.last_run:%Y-%m-%d %H:%M} UTC" if held.last_run else ""
        click.echo(f"{_path(file)}: people {held.people}, open proposals {held.waiting}{last}")
        if not agreed("Put it in place of what is there now?", yes=yes):
            click.echo("nothing was done")
            return
        done = put_back(app.home, ready, app.clock.now())
    click.echo(f"restored: {_path(file)}")
    if done.kept is not None:
        click.echo(f"what was there before: {_path(done.kept)}")
    if done.kept is not None and not done.sound:
        click.echo("it could not be read: what was sent since the backup is not known here")
    for action in done.review:
        click.echo(f"{action.called} was being sent: look whether it was, `{settling(action)}`")
    if done.waiting:
        click.echo(f"open proposals that need a new yes: {done.waiting}")
    for each in done.back:
        click.echo(f"you had forgotten {each} since: `fika forget {each}` does it again")


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@_force
@click.pass_obj
def export(app: App, file: Path | None, *, force: bool) -> None:
    """Write everything Fika knows to FILE (or standard output) as JSON.

    Private notes included. `fika restore` takes the file back; docs/export.md describes it.
    """
    from agent.keeping import export as work

    if file is None:
        from agent.terminal import harmless_json

        for line in work.lines(app.store):
            click.echo(harmless_json(line), nl=False)
        click.echo("your private notes are in it", err=True)
        return
    work.write(app.store, file, force=force)
    click.echo(f"written: {_path(file)}, with your private notes; only you can read it")


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="PERSON")
@click.option("--backups", is_flag=True, help="Also delete the backups that still name them.")
@_yes
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
    if not agreed("Forget them?", yes=yes):
        click.echo("nothing was done")
        return
    found = work.forget(app.home, store, who)
    click.echo(f"forgotten: {called}")
    tables = dict.fromkeys(_TABLES.get(each, each) for each in found.tables)
    for place in (*tables, *_places(found.files)):
        click.echo(f"still named in: {place}")
    for path in found.backups:
        click.echo(f"backup that names them: {_path(path)}")
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


@click.command()
@click.option("--fail", "has_failed", is_flag=True, help="Say that a run failed.")
@click.pass_obj
def ping(app: App, *, has_failed: bool) -> int:
    """Write a line to your monitor's log, to see that it can be reached.

    A run tells it by itself when it begins and how it ends.
    """
    from agent import ping as work

    settings = app.settings.ping
    if settings is None:
        if has_failed:
            return Exit.OK  # nobody wants to know
        raise UsageProblem("no monitor is configured", "add a [ping] section with its address")
    tell = work.failed if has_failed else work.tried
    problem = tell(settings, app.clock.now)
    click.echo(problem or "the monitor was told", err=bool(problem))
    return Exit.DEGRADED if problem else Exit.OK


def _places(paths: tuple[Path, ...]) -> Iterator[str]:
    """The files one by one, many of one folder together."""
    for folder in dict.fromkeys(each.parent for each in paths):
        here = [each for each in paths if each.parent == folder]
        if len(here) > _FEW:
            yield f"{len(here)} files in {_path(folder)}"
        else:
            yield from map(_path, here)


def _path(path: Path) -> str:
    return shown(str(path), _LONG)
