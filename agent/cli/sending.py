"""Sending what is approved at once, for the commands that take the owner's yes."""

from __future__ import annotations

import click

from agent.app import App
from agent.cli.approve_view import report_text
from agent.exits import Exit
from policies.text import shown


def send(app: App) -> Exit:
    """Send what is approved at once, unless another run is at it."""
    from agent import runlock
    from agent.dispatch import settle as settle_all
    from agent.sending import stop_file

    ports = app.services.sending()
    by_hand = -int(app.clock.now().timestamp())
    try:
        with runlock.held(app.home):
            report = settle_all(app.store, ports, app.settings, by_hand)
    except runlock.AlreadyRunning:
        click.echo("Another run is under way; the next one goes on with it.")
        return Exit.OK
    if report.outcomes:
        click.echo(report_text(report))
    if ports.stopped():
        file = shown(str(stop_file(app.home)), 300)
        click.echo(f"Stopped by the file {file}: remove it to go on.")
    return report.exit
