"""`fika pause`: nothing proposed and nothing sent for a while."""

from __future__ import annotations

from datetime import date, datetime, time

import click

from agent.app import App
from agent.cli.values import UNTIL
from agent.days import read_day
from agent.errors import UsageProblem
from agent.store import pause as store
from policies.hours import parse_length
from policies.spoken import until_said
from policies.wall import WallTime, absolute, local_date, moment


@click.command()
@click.argument("length", required=False, metavar="[LENGTH|DAY]")
@UNTIL
@click.option("--off", is_flag=True, help="End the pause.")
@click.pass_obj
def pause(app: App, length: str | None, until: date | None, off: bool) -> None:
    """Propose and send nothing for a while: for a LENGTH such as 2w, until a DAY, or for good.

    What was approved before waits; calling off a meeting still goes out.
    """
    if (length is not None) + (until is not None) + off > 1:
        raise UsageProblem("give a length, --until or --off, not several")
    now, zone = app.clock.now(), app.settings.owner.zone
    if off:
        with app.store.transaction() as sql:
            store.resume(sql)
        click.echo("The pause is over.")
        return
    end = store.FOR_GOOD
    if length is not None:
        try:
            end = now + parse_length(length)
        except (ValueError, OverflowError):
            until = read_day(length, local_date(now, zone), ahead=True)
    if until is not None:
        end = moment(absolute(WallTime(datetime.combine(until, time()), zone), zone))
    if end <= now:
        raise UsageProblem(f"{end:%Y-%m-%d} is not in the future", "give a later day")
    with app.store.transaction() as sql:
        store.pause(sql, end)
    ends = "`fika pause --off`" if end == store.FOR_GOOD else until_said(end, now, zone)
    click.echo(f"Nothing is proposed or sent until {ends}.")
