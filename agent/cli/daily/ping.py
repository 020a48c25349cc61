"""`fika ping`: the monitor that is told of every run, tried."""

from __future__ import annotations

import click

from agent.app import App
from agent.errors import UsageProblem
from agent.exits import Exit


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
