"""`fika export`: everything as JSON."""

from __future__ import annotations

from pathlib import Path

import click

from agent.app import App
from agent.cli.values import FORCE
from agent.terminal import harmless_json, path_shown


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@FORCE
@click.pass_obj
def export(app: App, file: Path | None, *, force: bool) -> None:
    """Write everything Fika knows to FILE (or standard output) as JSON.

    Private notes included. `fika restore` takes the file back; docs/export.md describes it.
    """
    from agent.keeping import export as work

    if file is None:
        for line in work.lines(app.store):
            click.echo(harmless_json(line), nl=False)
        click.echo("your private notes are in it", err=True)
        return
    work.write(app.store, file, force=force)
    click.echo(f"written: {path_shown(file)}, with your private notes; only you can read it")
