"""`fika snooze`: one person left in peace for a while."""

from __future__ import annotations

from datetime import date

import click

from agent.app import App
from agent.cli.completing import PERSON
from agent.cli.owner import today
from agent.cli.values import UNTIL
from agent.days import read_day
from agent.relationships.people import one
from agent.sending import outcome
from policies.spoken import day_said
from policies.text import shown


@click.command()
@click.argument("words", nargs=-1, required=True, type=PERSON, metavar="PERSON [LENGTH|DAY]")
@UNTIL
@click.option("--off", is_flag=True, help="End it.")
@click.pass_obj
def snooze(app: App, words: tuple[str, ...], until: date | None, off: bool) -> None:
    """Leave one person in peace for a while: `fika snooze ana 6w`, or until a day.

    Proposals of theirs that wait for your yes are dropped.
    """
    present = today(app)
    name, last = words, None
    if until is not None:
        last = until
    elif not off:
        name, last = words[:-1], read_day(words[-1], present, ahead=True)
    person = one(app.store, " ".join(name))
    dropped = outcome.snooze(app.store, person, last, present)
    ends = f"in peace until {day_said(last, present)}" if last else "no longer snoozed"
    click.echo(f"{shown(person.name)} is {ends}.")
    for number in dropped:
        click.echo(f"Proposal {number} is dropped.")
