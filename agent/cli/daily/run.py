"""`fika run`: the daily run, its digest, and the exit code a scheduler acts on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import NamedTuple

import click

from agent import daily, ping
from agent.app import App
from agent.cli.values import AHEAD, AS_JSON
from agent.clock import Clock, FixedClock
from agent.digest.sections import Result, Section, digest, is_news, summary, without_sensitive
from agent.dispatch import settle
from agent.errors import UsageProblem
from agent.exits import Exit, worst
from agent.keeping.backup import make_daily
from agent.relationships import accountability
from agent.relationships.own_address import not_yours
from agent.runlock import held
from agent.sending import clashes
from agent.sending.ports import SendingPorts
from agent.sending.stillness import stillness, unrun
from agent.settings import Settings
from agent.store import proposals, runs
from agent.store.database import Database
from agent.store.retention import tidy
from agent.terminal import json_text, print_sections, print_text, working
from agent.wiring import Services, mailer
from connectors.port import CalendarWriter
from policies.proposal import ProposalState
from policies.text import shown
from policies.wall import local_date


@click.command()
@click.option(
    "--dry-run", is_flag=True, help="Show exactly what a run would do, and do none of it."
)
@click.option("--if-due", is_flag=True, help="Do nothing when today's run has already gone well.")
@click.option(
    "--day",
    type=AHEAD,
    metavar="DAY",
    help="With --dry-run: as if it were this day, 09:00.",
)
@AS_JSON
@click.pass_obj
def run(app: App, *, dry_run: bool, if_due: bool, day: date | None, as_json: bool) -> int:
    """Read the calendars, protect planning time, propose, and send what was approved."""
    if day is not None and not dry_run:
        raise click.UsageError("--day goes with --dry-run: nothing is sent on another day")
    settings = app.settings
    if day is not None and day < local_date(app.clock.now(), settings.owner.zone):
        raise UsageProblem(f"{day.isoformat()} is past", "name a day to come")
    with held(app.home):
        if if_due and _done_today(app.store, settings, app.clock.now()):
            return Exit.OK
        if dry_run:
            with working(quiet=as_json) as on_step:
                result = _rehearsed(app, day, on_step)
            _say(result, _exit(result), as_json=as_json)
            return _exit(result)
        with _watched(app) as tell, working(quiet=as_json) as on_step:
            result = _run(app, on_step)
            tell(_exit(result))
        _say(result, _exit(result), as_json=as_json)
        _send_digest(app, settings, result)
        tidy(app.store, app.clock.now())
        make_daily(app.store, app.home, app.clock.now())
    return _exit(result)


class _Outside(NamedTuple):
    """What a run reads from, and what it writes to: the real things, or a rehearsal's."""

    services: Services
    writer: CalendarWriter | None
    ports: SendingPorts


def _run(app: App, on_step: daily.Progress) -> Result:
    db, settings, now = app.store, app.settings, app.clock.now()
    services = app.services
    outside = _Outside(services, services.writer(), services.sending())
    number = runs.start(db, now, outside.ports.uptime())
    result = _whole(db, settings, app.clock, outside, app.home, number, on_step)
    code = _exit(result)
    if code is not Exit.OK:
        result = result._replace(still=(*unrun(db, settings, now), *result.still))
    clashes.remember(db, result.report.followup.clashing)
    runs.finish(db, number, app.clock.now(), code, json.dumps(_counts(result)))
    return result


@contextmanager
def _watched(app: App) -> Iterator[Callable[[Exit], None]]:
    """Tell the owner's monitor that a run begins and how it ended; it never fails the run."""
    settings, now = app.settings.ping, app.clock.now
    problems = [ping.started(settings, now)]
    try:
        yield lambda code: problems.append(ping.finished(settings, code, now))
    except BaseException:
        ping.failed(settings, now)
        raise
    for problem in filter(None, problems):
        click.echo(shown(problem, 200), err=True)


def _exit(result: Result) -> Exit:
    is_refused = any(each.fails for each in result.still)
    degraded = result.agendas.failures or is_refused or result.is_shared
    rest = Exit.DEGRADED if degraded else Exit.OK
    return worst([result.report.exit, result.dispatch.exit, rest])


def _rehearsed(app: App, day: date | None, on_step: daily.Progress) -> Result:
    """The same code on a copy of the store, before calendars that forget what is written."""
    from agent.sending.rehearsal import RehearsedChannel, RehearsedWriter

    clock = app.clock
    if day is not None:
        from zoneinfo import ZoneInfo

        at = datetime.combine(day, time(9), ZoneInfo(app.settings.owner.zone))
        clock = FixedClock(at)
    services = Services(app.settings, app.home, clock)
    real, ports = services.writer(), services.sending()
    writer = RehearsedWriter(real) if real else None
    channels = {
        name: RehearsedChannel(writer or channel, channel=channel)
        for name, channel in ports.channels.items()
    }
    with services, app.store.copy() as copy:
        number = runs.start(copy, clock.now(), None)
        outside = _Outside(services, writer, SendingPorts(channels, clock, ports.stopped))
        result = _whole(copy, app.settings, clock, outside, app.home, number, on_step)
    return result._replace(rehearsal=True)


def _whole(
    db: Database,
    settings: Settings,
    clock: Clock,
    outside: _Outside,
    home: Path,
    number: int,
    on_step: daily.Progress,
) -> Result:
    """The daily run is two calls: one that cannot send, and then the one that can."""
    services, writer, ports = outside
    report = daily.run(
        db,
        settings,
        services.readers(),
        writer,
        clock.now(),
        run_id=number,
        free_busy=services.free_busy(),
        on_step=on_step,
    )
    on_step("sending what was approved")
    dispatch = settle(db, ports, settings, number)
    agendas = daily.refresh_agendas(db, settings, writer, report)
    waiting = proposals.listed(db, ProposalState.OPEN)
    today = local_date(report.now, settings.owner.zone)
    return Result(
        report,
        dispatch,
        agendas,
        waiting,
        settings.owner.zone,
        still=tuple(stillness(db, settings, home, clock.now())),
        is_shared=runs.is_shared(db, number),
        committed=accountability.said(db, report.standings, today),
        letter=accountability.waiting(db, today),
        not_yours=tuple(not_yours(db, settings)),
        before=runs.last_success(db),
    )


def _done_today(db: Database, settings: Settings, now: datetime) -> bool:
    last = runs.last_success(db)
    zone = settings.owner.zone
    return last is not None and local_date(last, zone) == local_date(now, zone)


def _counts(result: Result) -> dict[str, object]:
    """What the ledger of runs keeps: names of calendars and counts, nothing about people."""
    report = result.report
    return {
        "calendars": {each.calendar: each.outcome for each in report.readings},
        "changed": sum(each.changed for each in report.readings),
        "left_out": sum(len(each.quarantined) for each in report.readings),
        "planning_written": len(report.protected.written),
        "planning_lost": len(report.protected.lost),
        "proposed": len(report.proposed.new),
        "taken_back": len(report.proposed.expired),
        "held": len(report.proposed.held),
        "outcomes": [each.state for each in result.dispatch.outcomes],
    }


def _say(result: Result, code: Exit, *, as_json: bool) -> None:
    sections = digest(result)
    if as_json:
        click.echo(json_text(_as_json(result, sections, code)))
        return
    if result.rehearsal:
        print_text("Rehearsal: this is what a run would do now; nothing was done.", "bold")
    print_text(summary(result.report.readings, result.report.standings))
    print_sections(sections)
    if not is_news(result):
        print_text("\nNothing new.")


def _as_json(result: Result, sections: tuple[Section, ...], code: Exit) -> dict[str, object]:
    return {
        "rehearsal": result.rehearsal,
        "exit_code": int(code),
        "news": is_news(result),
        **_counts(result),
        "proposals": [each.number for each in result.waiting],
        "sections": [
            {"heading": each.heading, "urgent": each.urgent, "lines": list(each.lines)}
            for each in sections
        ],
    }


def _send_digest(app: App, settings: Settings, result: Result) -> None:
    """To the owner's mail and channels; a place that cannot be reached never fails the run."""
    own = settings.digest
    if not (own.mail or own.channels):
        return
    from agent.digest.delivery import destinations, is_owed, send_once_a_day
    from agent.wiring import channels

    if not (is_news(result) or is_owed(app.store)):
        return
    now = app.clock.now()
    sender = mailer(settings.mail) if own.mail and settings.mail else None
    to = destinations(settings, sender, channels(own), now)
    sections = digest(without_sensitive(result))
    for each in send_once_a_day(app.store, settings.owner.zone, to, sections, now):
        cause = shown(each.cause, 300)
        click.echo(f"the digest did not reach {shown(each.name)}: {cause}", err=True)
