"""`fika schedule`: set the daily run up, look at it, take it away."""

from __future__ import annotations

from datetime import datetime

import click

from agent.app import App
from agent.errors import UsageProblem
from agent.schedule.cron import Cron
from agent.schedule.job import Job, Scheduler, this_program
from agent.schedule.launchd import Launchd
from agent.schedule.systemd import Systemd

SCHEDULERS: tuple[Scheduler, ...] = (Launchd(), Systemd(), Cron())
_NAMES = click.Choice([each.name for each in SCHEDULERS])
_with = click.option(
    "--with", "name", type=_NAMES, help="Which scheduler; default: the first there is."
)
_of = click.option("--with", "name", type=_NAMES, help="Only from this scheduler.")


@click.group()
def schedule() -> None:
    """Run daily from cron, a systemd user timer or launchd, catching up after a missed day."""


@schedule.command()
@_with
@click.option(
    "--at",
    type=click.DateTime(["%H:%M"]),
    metavar="HH:MM",
    default="05:15",
    show_default=True,
    help="When the first try of each day is.",
)
@click.pass_obj
def install(app: App, name: str | None, at: datetime) -> None:
    """Set up the daily run, in place of an older one."""
    _ = app.settings  # a configuration with problems is no use to a scheduler
    job = Job(this_program(), app.home.resolve(), at.time())
    scheduler = _chosen(name)
    note = scheduler.install(job)
    click.echo(f"{scheduler.name} runs Fika every day from {at:%H:%M}; a missed day is made up for")
    click.echo(note)


@schedule.command()
@click.pass_obj
def show(app: App) -> None:
    """What is set up for this state folder."""
    job = Job(this_program(), app.home.resolve())
    found = [(each, each.installed(job)) for each in SCHEDULERS if each.available()]
    for scheduler, text in found:
        if text:
            click.echo(f"{scheduler.name}:\n{text}")
    if not any(text for _, text in found):
        click.echo("nothing is set up; `fika schedule install` does it")


@schedule.command()
@_of
@click.pass_obj
def remove(app: App, name: str | None) -> None:
    """Take the daily run away."""
    job = Job(this_program(), app.home.resolve())
    chosen = [_chosen(name)] if name else [each for each in SCHEDULERS if each.available()]
    gone = [each.name for each in chosen if each.remove(job)]
    click.echo(f"removed from {', '.join(gone)}" if gone else "nothing was set up")


def _chosen(name: str | None) -> Scheduler:
    for each in SCHEDULERS:
        if (name is None and each.available()) or each.name == name:
            if not each.available():
                raise UsageProblem(f"this machine has no {each.name}", "choose another with --with")
            return each
    raise UsageProblem(
        "this machine has neither launchd, systemd nor cron",
        "install cron, or run `fika run --if-due` from what starts programs here",
    )
