"""`fika report`: the audit as a page with pictures, or mailed to a coach after the owner's yes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from agent.app import App
from agent.cli.asking import agreed
from agent.cli.audit.filters import filter_options
from agent.cli.completing import PERSON
from agent.cli.groups import WithDefault
from agent.cli.proposing.sending import FOUND_OUT, report_agreed, send
from agent.cli.values import AS_JSON, NUMBER, PLACE, YES, choice
from agent.clock import uptime
from agent.exits import Exit
from agent.relationships import audit as audits
from agent.relationships.choosing import Wanted, picked, see_known
from agent.sending import outcome, reporting
from agent.store import actions
from agent.terminal import path_shown, say
from policies.people.tidy import body
from policies.pictures.map import By
from policies.sending.action import Action
from policies.text import shown
from policies.wall import local_date, local_datetime, seconds

_number = click.argument("number", type=NUMBER)


@click.group(cls=WithDefault)
def report() -> None:
    """The audit as a page with pictures, or as a mail to a coach or a mentor.

    It tells names, priorities, status and days: no notes, no addresses, nothing of any meeting.
    What is mailed waits for your yes. Without a command: every report so far.
    """


@report.command()
@click.argument("place", type=PLACE, default="fika-report")
@click.option("--by", type=choice(By), default=By.RELATION.value, help="The sectors of the map.")
@click.option(
    "--for-others", is_flag=True, help="Leave out sensitive people, and your own ratings."
)
@filter_options
@click.option("--yes", "-y", "--force", is_flag=True, help="Write over what is there.")
@click.pass_obj
def write(
    app: App,
    /,
    *,
    place: Path,
    by: str,
    for_others: bool,
    yes: bool,
    **filters: Any,  # noqa: ANN401 - as click gives the filters
) -> None:
    """Write the report with its pictures into the folder PLACE, or to PLACE.html alone.

    One HTML page that needs nothing beside it, on screen or on paper, and each picture as PNG:
    the relationship map, status over time, hours by priority, time beyond your own circle, and
    planning slots. The options choose whom it is about.
    """
    from agent.pictures import page
    from agent.pictures.gallery import pictures

    now, wanted = app.clock.now(), Wanted(**filters)
    everyone = audits.lines(app.store, app.settings, now)
    see_known(app.store, everyone, wanted)
    lines = picked(everyone, wanted, app.settings.owner)
    lines = [each for each in lines if not (for_others and each.standing.person.sensitive)]
    drawn = pictures(app.store, app.settings, lines, now, By(by))
    standings = [line.standing for line in lines]
    today = local_date(now, app.settings.owner.zone)
    text = page.html(drawn, standings, today, for_others=for_others)
    alone = place.suffix.lower() in {".html", ".htm"}
    folder, name = (place.parent, place.name) if alone else (place, page.PAGE)
    made = {name: text.encode()}
    if not alone:
        made |= {f"{each.name}.png": each.png() for each in drawn}
    there = [each for each in made if os.path.lexists(folder / each)]
    if there and not agreed(f"{path_shown(folder / there[0])} exists. Replace it?", yes=yes):
        click.echo("Nothing was written.")
        return
    page.write(folder, made)
    for each in made:
        click.echo(path_shown(folder / each))
    for sentence in audits.unread(app.store, app.settings):
        click.echo(f"Meetings may be missing: {shown(sentence)}", err=True)


@report.command(name="send")
@click.option(
    "--to", required=True, type=PERSON, metavar="READER",
    help="An address, or a person of your list.",
)  # fmt: skip
@click.option("--note", default="", metavar="TEXT", help="A paragraph of your own before the list.")
@filter_options
@YES
@click.pass_context
def send_one(
    ctx: click.Context,
    /,
    *,
    to: str,
    note: str,
    yes: bool,
    **filters: Any,  # noqa: ANN401 - as click gives the filters
) -> None:
    """Show a report exactly as it would be sent, and send it after your yes.

    One a day to the same reader, who is left out of it. The options choose whom it is about, as
    those of `fika audit` do.
    """
    app: App = ctx.obj
    reader = reporting.reader(app.store, to)
    now, db, settings, wanted = app.clock.now(), app.store, app.settings, Wanted(**filters)
    everyone = audits.lines(db, settings, now)
    see_known(db, everyone, wanted)
    standings = [line.standing for line in picked(everyone, wanted, settings.owner)]
    offer = reporting.prepare(db, settings, standings, reader, note=body(note), now=now)
    if not report_agreed(app, offer, reader.person, yes=yes):
        click.echo("Nothing was approved.")
        return
    reporting.approve(db, settings, offer, now=app.clock.now(), uptime=uptime())
    ctx.exit(send(app))


@report.command(name="list")
@AS_JSON
@click.pass_obj
def list_all(app: App, *, as_json: bool) -> None:
    """Every report: to whom, when, and what became of it."""
    found = actions.reports(app.store)
    zone = app.settings.owner.zone
    if as_json:
        from agent.terminal import json_text

        click.echo(json_text([_record(each, zone) for each in found]))
    elif not found:
        say("There is no report. `fika report send --to READER` shows and sends one.")
    else:
        _print(found, zone)


@report.command()
@_number
@FOUND_OUT
@click.pass_context
def settle(ctx: click.Context, number: int, sent: bool) -> None:
    """Say what became of a report nobody can tell: look into your sent mail, or ask."""
    app: App = ctx.obj
    action = outcome.settle_report(app.store, number, app.clock.now(), sent=sent)
    click.echo(f"Noted: {action.note}.")
    ctx.exit(Exit.OK)


@report.command()
@_number
@click.pass_obj
def reject(app: App, number: int) -> None:
    """Take back a report that is approved and not sent yet."""
    outcome.reject_report(app.store, number, app.clock.now())
    click.echo(f"Report {number} is taken back.")


def _record(action: Action, zone: str) -> dict[str, object]:
    return {
        "number": action.report,
        "to": action.payload.recipient,
        "name": action.payload.recipient_name,
        "status": action.state.value,
        "since": local_datetime(seconds(action.updated), zone).isoformat(),
        "note": action.note,
        "text": action.payload.text,
    }


def _print(found: tuple[Action, ...], zone: str) -> None:
    from agent.terminal import Column, print_grid

    columns = (
        Column("No.", right=True),
        Column("To", gives_way=True),
        Column("Status"),
        Column("Since"),
        Column("Note", gives_way=True, spare=1),
    )
    rows = [
        (
            str(each.report),
            shown(each.payload.recipient_name or each.payload.recipient, 40),
            each.state.value,
            f"{local_datetime(seconds(each.updated), zone):%Y-%m-%d %H:%M}",
            shown(each.note),
        )
        for each in found
    ]
    print_grid(columns, rows)
