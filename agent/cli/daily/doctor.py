"""`fika doctor`: what is well, what is not, and what to do."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from agent.app import App
from agent.cli.values import AS_JSON
from agent.doctor import Check, Level, checked
from agent.exits import worst
from agent.terminal import folded, say
from policies.text import visible

if TYPE_CHECKING:
    from rich.console import Console

_MARKS = {Level.WELL: ("✓", "green"), Level.NOTE: ("·", "yellow"), Level.WRONG: ("✗", "red")}


@click.command()
@click.option("--mail", is_flag=True, help="Also sign in to the mail server, without sending.")
@AS_JSON
@click.pass_obj
def doctor(app: App, *, mail: bool, as_json: bool) -> int:
    """Check configuration, calendars, mail and state."""
    from agent.terminal import console, json_text
    from agent.wiring import sign_in

    checks = tuple(checked(app, sign_in if mail else None))
    if as_json:
        click.echo(json_text([asdict(each) for each in checks]))
    else:
        screen = console()
        for each in checks:
            _print(each, screen)
    return worst(each.exit for each in checks)


def _print(check: Check, screen: Console) -> None:
    from rich.text import Text

    mark, style = _MARKS[check.level]
    said = Text(folded(f"{mark} {visible(f'{check.subject}: {check.finding}')}"))
    said.stylize(style, end=len(mark))
    screen.print(said, soft_wrap=True)
    if check.remedy:
        say(f"    → {visible(check.remedy)}")
