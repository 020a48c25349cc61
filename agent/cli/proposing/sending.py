"""Sending what is approved at once, for the commands that take the owner's yes."""

from __future__ import annotations

import click

from agent.app import App
from agent.cli.asking import agreed
from agent.cli.proposing.approve_view import offer_text
from agent.errors import UsageProblem
from agent.exits import Exit
from agent.sending.approving import Offer
from agent.sending.telling import attempt_text
from policies.people.person import Person
from policies.text import shown


def _decided(_: click.Context, __: click.Parameter, sent: bool | None) -> bool:
    if sent is None:
        raise UsageProblem("was it sent or not?", "say --sent or --not-sent")
    return sent


FOUND_OUT = click.option(
    "--sent/--not-sent", default=None, callback=_decided, help="What you found out."
)


def send(app: App) -> Exit:
    """Send what is approved at once, unless another run is at it."""
    from agent.sending.at_once import send_at_once
    from agent.terminal import working

    with working() as on_step:
        attempt = send_at_once(app, on_step)
    said = attempt_text(attempt)
    if said:
        click.echo(said)
    return attempt.report.exit


def report_agreed(app: App, offer: Offer, reader: Person | None, *, yes: bool) -> bool:
    """Show a report as it would be sent, and ask; ``yes`` answers only where nothing is doubtful.

    Raises:
        UsageProblem: ``yes`` was said to what needs the owner's eyes.
    """
    from agent.relationships.audit import unread

    click.echo(offer_text(offer, reader))
    missing = unread(app.store, app.settings)
    for sentence in missing:
        click.echo(f"  Meetings may be missing: {shown(sentence)}")
    click.echo()
    if yes and (offer.doubtful or missing):
        what = "the address needs your eyes" if offer.doubtful else "it may not be up to date"
        raise UsageProblem(f"nothing was approved: {what}", "approve it without --yes")
    return agreed("Send it?", yes=yes)
