"""`fika doctor`: what is well, what is not, and what to do."""

from __future__ import annotations

from dataclasses import asdict

import click

from agent.app import App
from agent.doctor import Check, Level, checked
from agent.exits import worst
from policies.text import visible

_MARKS = {Level.WELL: ("✓", "green"), Level.NOTE: ("·", "yellow"), Level.WRONG: ("✗", "red")}


@click.command()
@click.option("--mail", is_flag=True, help="Also sign in to the mail server, without sending.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def doctor(app: App, *, mail: bool, as_json: bool) -> int:
    """Check configuration, calendars, mail and state."""
    from agent.terminal import json_text
    from agent.wiring import sign_in

    checks = tuple(checked(app, sign_in if mail else None))
    if as_json:
        click.echo(json_text([asdict(each) for each in checks]))
    else:
        for each in checks:
            _print(each)
    return worst(each.exit for each in checks)


def _print(check: Check) -> None:
    mark, colour = _MARKS[check.level]
    click.echo(f"{click.style(mark, fg=colour)} {visible(f'{check.subject}: {check.finding}')}")
    if check.remedy:
        click.echo(f"    → {visible(check.remedy)}")
