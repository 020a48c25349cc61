"""Sending what is approved at once, for the commands that take the owner's yes."""

from __future__ import annotations

import click

from agent.app import App
from agent.cli.approve_view import attempt_text
from agent.exits import Exit


def send(app: App) -> Exit:
    """Send what is approved at once, unless another run is at it."""
    from agent.sending.at_once import send_at_once

    attempt = send_at_once(app)
    said = attempt_text(attempt)
    if said:
        click.echo(said)
    return attempt.report.exit
