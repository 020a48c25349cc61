"""`fika restore`: a backup or an export in place of what is there now."""

from __future__ import annotations

from pathlib import Path

import click

from agent.app import App
from agent.cli.asking import agreed
from agent.cli.values import YES
from agent.terminal import path_shown


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@YES
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
        click.echo(f"{path_shown(file)}: people {held.people}, open proposals {held.waiting}{last}")
        if not agreed("Put it in place of what is there now?", yes=yes):
            click.echo("nothing was done")
            return
        done = put_back(app.home, ready, app.clock.now())
    click.echo(f"restored: {path_shown(file)}")
    if done.kept is not None:
        click.echo(f"what was there before: {path_shown(done.kept)}")
    if done.kept is not None and not done.sound:
        click.echo("it could not be read: what was sent since the backup is not known here")
    for action in done.review:
        click.echo(f"{action.called} was being sent: look whether it was, `{settling(action)}`")
    if done.waiting:
        click.echo(f"open proposals that need a new yes: {done.waiting}")
    for each in done.back:
        click.echo(f"you had forgotten {each} since: `fika forget {each}` does it again")
