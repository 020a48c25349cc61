"""`fika audit`: everyone with status and days over. `fika why`: what is behind one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from agent.app import App
from agent.cli.audit import view, why_view
from agent.cli.audit.filters import filter_options, more_filters
from agent.cli.completing import PERSON
from agent.cli.values import AS_JSON, FORCE, PAST, choice
from agent.errors import UsageProblem
from agent.relationships import audit as audits
from agent.relationships.audit import Line
from agent.relationships.choosing import KEYS, Order, Wanted, picked, see_known
from agent.relationships.own_address import not_yours
from agent.relationships.people import one
from agent.relationships.records import Record, records
from policies.text import shown
from policies.wall import absolute, local_date, moment

_NEWEST = 30


_day = click.option(
    "--day",
    type=PAST,
    metavar="DAY",
    help="As on the morning of this day.",
)


@click.command()
@filter_options
@more_filters
@click.option("--sort", "order", type=choice(Order), default=Order.RANK.value, show_default=True)
@_day
@AS_JSON
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV for a spreadsheet.")
@click.option("--since", type=PAST, metavar="DAY", help="What has become since: 2026-05-01, 6w.")
@click.option("--gaps", "missing", is_flag=True, help="What is missing in your plan and your list.")
@click.option("--interview", is_flag=True, help="Go through the people who matter, in 20 minutes.")
@click.option(
    "--export",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="For a coach: Markdown, or CSV if FILE ends in .csv; - for the screen.",
)
@FORCE
@click.pass_obj
def audit(
    app: App,
    /,
    *,
    order: str,
    day: date | None,
    as_json: bool,
    as_csv: bool,
    since: date | None,
    missing: bool,
    interview: bool,
    file: Path | None,
    force: bool,
    **filters: Any,  # noqa: ANN401 - as click gives the filters
) -> None:
    """Everyone on your list: status, last contact and what it was, next meeting, days over.

    A filter may be given more than once; people must match one value of each filter given.
    """
    modes = {"--since": since, "--gaps": missing, "--interview": interview, "--export": file}
    _one_of({**modes, "--csv": as_csv})
    if as_json and (as_csv or interview or file):
        raise UsageProblem("--json excludes --csv, --interview and --export", "give one of them")
    wanted = Wanted(**filters)
    if missing and wanted != Wanted():
        raise UsageProblem("--gaps looks at your whole list", "leave the filters out")
    settings = app.settings
    with app.store.snapshot():
        everyone = audits.lines(app.store, settings, _now(app, day))
        see_known(app.store, everyone, wanted)
        chosen = picked(everyone, wanted, settings.owner)
        chosen.sort(key=KEYS[Order(order)])
        found = [] if any(modes.values()) else records(app.store, chosen, settings.owner)
    _warn(app)
    if not any(modes.values()):
        _show(app, found, everyone, as_json=as_json, as_csv=as_csv, today=_today(app, day))
    elif interview:
        from agent.cli.audit.interview import interviewed

        interviewed(app, chosen)
    else:
        from agent.cli.audit import more

        standings = [line.standing for line in chosen]
        if since is not None:
            more.show_since(app, standings, since, as_json=as_json)
        elif file is not None:
            more.write_export(app, standings, file, force=force)
        else:
            more.show_gaps(app, chosen, as_json=as_json)


def _show(
    app: App,
    found: Sequence[Record],
    everyone: Sequence[Line],
    *,
    as_json: bool,
    as_csv: bool,
    today: date,
) -> None:
    from agent.relationships.accountability import said

    if as_json:
        click.echo(view.as_json(found))
    elif as_csv:
        click.echo(view.as_csv(found), nl=False)
    else:
        view.print_table(found, of=len(everyone))
        committed = said(app.store, [line.standing for line in everyone], today)
        if committed:
            click.echo(f"Committed to {committed}.")


@click.command()
@click.argument("words", nargs=-1, required=True, type=PERSON, metavar="PERSON")
@click.option("--all", "everything", is_flag=True, help=f"Not only the newest {_NEWEST} meetings.")
@_day
@AS_JSON
@click.pass_obj
def why(
    app: App, *, words: tuple[str, ...], everything: bool, day: date | None, as_json: bool
) -> None:
    """Every meeting with PERSON that counted, every one that did not, and the arithmetic.

    Of someone overdue also why they are not proposed. PERSON is an id, a mail address, or a name
    or part of one.
    """
    from agent.proposing.propose import left_in_peace

    settings, db = app.settings, app.store
    owner = settings.owner
    with db.snapshot():
        person = one(db, " ".join(words))
        explanation = audits.explain(db, settings, person, _now(app, day))
        record = records(db, [explanation.line], owner)[0]
        held = left_in_peace(db, settings, explanation.line, _now(app, day))
    _warn(app)
    most = None if everything else _NEWEST
    if as_json:
        click.echo(why_view.as_json(record, explanation, held, owner, most))
    else:
        why_view.print_text(record, explanation, held, owner, most)


def _now(app: App, day: date | None) -> datetime:
    """The present moment, or the first of a day in the owner's zone."""
    return moment(absolute(day, app.settings.owner.zone)) if day else app.clock.now()


def _one_of(modes: Mapping[str, object]) -> None:
    """See that at most one thing is asked for.

    Raises:
        UsageProblem: there are several.
    """
    given = [name for name, value in modes.items() if value]
    if len(given) > 1:
        raise UsageProblem(f"{' and '.join(given)} exclude each other", "give one of them")


def _today(app: App, day: date | None) -> date:
    return local_date(_now(app, day), app.settings.owner.zone)


def _warn(app: App) -> None:
    for sentence in audits.unread(app.store, app.settings):
        click.echo(f"Meetings may be missing: {shown(sentence)}", err=True)
    for sentence in not_yours(app.store, app.settings):
        click.echo(f"Your address: {shown(sentence, 300)}", err=True)
