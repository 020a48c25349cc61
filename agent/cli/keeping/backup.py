"""`fika backup`: everything in one file, and a look whether it is sound."""

from __future__ import annotations

from pathlib import Path

import click

from agent.app import App
from agent.cli.values import FORCE, PLACE
from agent.terminal import path_shown


@click.command()
@click.argument("file", required=False, type=PLACE)
@FORCE
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
    click.echo(f"backed up: {path_shown(made)} ({size:.1f} MB, private notes included)")
