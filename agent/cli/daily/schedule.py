"""`fika schedule`: set the daily run up, look at it, take it away."""

from __future__ import annotations

from datetime import time

import click

from agent.app import App
from agent.cli.groups import WithDefault
from agent.cli.values import AS_JSON, TIME_OF_DAY
from agent.errors import UsageProblem
from agent.exits import Exit
from agent.schedule.job import Job, Scheduler, this_program
from agent.schedule.machine import SCHEDULERS, set_up
from connectors.errors import NeedsLogin
from policies.text import shown, visible

_NAMES = click.Choice([each.name for each in SCHEDULERS])
_with = click.option(
    "--with", "name", type=_NAMES, help="Which scheduler; default: the first there is."
)
_of = click.option("--with", "name", type=_NAMES, help="Only from this scheduler.")


@click.group(cls=WithDefault, bare="show")
def schedule() -> None:
    """Run daily from cron, a systemd user timer or launchd, catching up after a missed day.

    Without a command: what is set up.
    """


@schedule.command()
@_with
@click.option(
    "--at",
    type=TIME_OF_DAY,
    metavar="HH:MM",
    default="05:15",
    show_default=True,
    help="When the first try of each day is.",
)
@click.pass_obj
def install(app: App, name: str | None, at: time) -> None:
    """Set up the daily run, in place of an older one."""
    from agent.accounts.readable import credentials_of

    credentials = credentials_of(app.settings)
    job = Job(this_program(), app.home.resolve(), at, credentials)
    scheduler = _chosen(name)
    _try(app, scheduler, job)
    note = scheduler.install(job)
    click.echo(f"{scheduler.name} runs Fika every day from {at:%H:%M}; a missed day is made up for")
    click.echo(note)


@schedule.command()
@click.pass_obj
def check(app: App) -> int:
    """Read every password and sign-in once, here and now."""
    from agent.accounts.readable import unreadable

    failures = tuple(unreadable(app.settings, app.home))
    for each in failures:
        click.echo(f"{shown(str(each), 300)}")
        if each.remedy:
            click.echo(f"  → {shown(each.remedy, 300)}")
    if not failures:
        click.echo("every password and sign-in can be read")
    return Exit.SIGN_IN if failures else Exit.OK


@schedule.command()
@AS_JSON
@click.pass_obj
def show(app: App, *, as_json: bool) -> None:
    """What is set up for this state folder."""
    found = list(set_up(app.home))
    if as_json:
        from agent.terminal import json_text

        click.echo(json_text([{"scheduler": name, "set_up": text} for name, text in found]))
        return
    for name, text in found:
        click.echo(f"{name}:\n{text}")
    if not found:
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


def _try(app: App, scheduler: Scheduler, job: Job) -> None:
    """Read every secret as the daily run will have to, which may be without a key ring.

    Raises:
        NeedsLogin: it could not; nothing was set up.
    """
    from agent.accounts.readable import has_secrets

    if not has_secrets(app.settings):
        return
    tried = scheduler.tried(job)
    if tried.code == 0:
        return
    click.echo(visible(tried.said), nl=False, err=True)
    raise NeedsLogin(
        scheduler.name,
        "a run started by it could not read every password and sign-in, so nothing was set up",
        "keep them where it can: docs/schedule.md, passwords without a session",
    )


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
