"""Looking at everything a daily run needs, and saying what to do about what is wrong."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, timedelta
from enum import StrEnum
from pathlib import Path

from agent.accounts.standing import State, standings
from agent.app import App
from agent.errors import FikaError, UsageProblem
from agent.exits import Exit
from agent.keeping.backup import every
from agent.proposing.holidays import public_holidays
from agent.relationships.own_address import not_yours
from agent.runlock import AlreadyRunning, held
from agent.schedule.machine import set_up
from agent.sending.facts import ages
from agent.sending.freshness import EXPORT_ANEW
from agent.sending.stillness import MISSED, clock_off, stillness
from agent.settings import CalendarSettings, MailSettings, Settings
from agent.store import calendars, files, runs
from agent.store.database import BACKUPS
from agent.store.errors import Damaged, StateUnusable
from agent.store.soundness import look_through
from connectors.errors import ConnectorError, NeedsLogin
from policies.frozen import frozen
from policies.hours import DAYS, written_hours
from policies.rules import Owner

_WAL_RESET_FIXED = (3, 51, 3)


class Level(StrEnum):
    """How a check ended."""

    WELL = "well"
    NOTE = "note"
    WRONG = "wrong"


@frozen
class Check:
    """One thing looked at; ``exit`` is what a wrong one makes the command end with."""

    subject: str
    level: Level
    finding: str
    remedy: str = ""
    exit: Exit = Exit.OK


MailCheck = Callable[[MailSettings], None]
"""Connects and signs in without sending; raises a `ConnectorError` or `FikaError`."""


def checked(app: App, mail_check: MailCheck | None) -> Iterator[Check]:
    """Every check in the order a run would meet its cause; mail only when asked for."""
    yield _home(app.home)
    try:
        settings = app.settings
    except FikaError as error:
        yield _wrong("configuration", error.cause, error.remedy, Exit.USAGE)
        return
    yield Check("configuration", Level.WELL, str(app.config_path))
    try:
        yield from _store(app)
    except StateUnusable as error:
        yield _wrong("state", error.cause, error.remedy, Exit.STATE_UNUSABLE)
        return
    yield from _accounts(app, settings)
    for each in settings.calendars:
        yield _calendar(app, settings, each)
    yield from _own_address(app, settings)
    yield _hours(settings.owner)
    yield _writing(settings)
    yield _holidays(settings.owner.country)
    yield _mail(app, settings, mail_check)
    yield from _channels(settings)
    yield from _kept_still(app, settings)
    yield _scheduled(app.home)
    yield from _last_run(app)
    yield _last_success(app)


def _home(home: Path) -> Check:
    if not os.path.exists(home):  # noqa: PTH110 - answers also where we may not look
        return Check("folder", Level.NOTE, f"{home} does not exist yet", "run `fika init`")
    return _open_to_others("folder", home) or Check("folder", Level.WELL, str(home))


def _open_to_others(subject: str, folder: Path) -> Check | None:
    try:
        files.check_folder(folder)
    except StateUnusable as error:
        return _wrong(subject, error.cause, error.remedy, Exit.STATE_UNUSABLE)
    return None


def _store(app: App) -> Iterator[Check]:
    damage = app.store.damage()
    if damage:
        raise Damaged(f"{app.store.path.name} is damaged ({damage})")
    look_through(app.store, app.store.path.name)
    yield Check("state", Level.WELL, f"{app.store.path.name}, no damage found")
    yield _backups(app.home)
    version = sqlite3.sqlite_version_info
    if version < _WAL_RESET_FIXED:
        yield Check(
            "SQLite",
            Level.NOTE,
            f"{sqlite3.sqlite_version}: old, but safe for one program at a time",
        )
    try:
        with held(app.home):
            yield Check("lock", Level.WELL, "no run is under way")
    except AlreadyRunning:
        yield Check("lock", Level.NOTE, "a run is under way")
    yield from _clock(app)


def _backups(home: Path) -> Check:
    made = every(home)
    newest = made[0].name if made else "none yet: `fika run` makes one a day"
    kept = home / BACKUPS
    wrong = _open_to_others("backups", kept) if kept.exists() else None
    return wrong or Check("backups", Level.WELL, newest)


def _clock(app: App) -> Iterator[Check]:
    """What the calendars' services told of it is said with all that keeps Fika still."""
    newest = runs.newest(app.store)
    if newest and newest[0].started > app.clock.now() + timedelta(minutes=10):
        finding = f"the last run began at {newest[0].started:%Y-%m-%d %H:%M} UTC, which is to come"
        yield _wrong("clock", finding, "set the machine's clock", Exit.DEGRADED)
    elif not any(clock_off(app.store, app.settings)):
        yield Check("clock", Level.WELL, f"{app.clock.now():%Y-%m-%d %H:%M} UTC")


def _accounts(app: App, settings: Settings) -> Iterator[Check]:
    """Nobody is asked: a sign-in that was refused says so in our own record."""
    if not settings.accounts:
        return
    from agent.accounts.services import account_sign_in

    for each in standings(settings, lambda account: account_sign_in(account, app.home, app.clock)):
        subject, known = f"account {each.account.name}", each.sign_in
        if each.state is State.PASSWORD:
            yield Check(subject, Level.WELL, "with a password")
        elif known is None or each.state is not State.SIGNED_IN:
            yield _wrong(subject, each.cause, each.remedy, Exit.SIGN_IN)
        elif each.wanting:
            yield _wrong(subject, "; ".join(each.wanting), each.remedy, Exit.SIGN_IN)
        else:
            jobs = ", ".join(sorted(known.jobs))
            yield Check(subject, Level.WELL, f"signed in since {known.since:%Y-%m-%d}: {jobs}")
        if each.warning:
            yield Check(subject, Level.NOTE, each.warning)


def _calendar(app: App, settings: Settings, each: CalendarSettings) -> Check:
    subject = f"calendar {each.name}"
    if each.path is not None and not os.path.exists(each.path):  # noqa: PTH110 - as above
        remedy = "correct its path in the configuration, or its permissions"
        finding = f"{each.path} does not exist, or may not be looked at"
        return _wrong(subject, finding, remedy, Exit.DEGRADED)
    row = next((row for row in calendars.calendars(app.store) if row.name == each.name), None)
    if row is None or row.read_at_s is None:
        return Check(subject, Level.NOTE, row.failure if row else "not read yet", "run `fika run`")
    if row.refused_total is not None:
        finding = f"refused: {row.refused_total} entries, far fewer than before"
        return _wrong(subject, finding, f"fika calendars accept {each.name}", Exit.DEGRADED)
    if row.failed_at_s is not None:
        return _wrong(subject, row.failure, "mend the cause, then `fika run`", Exit.DEGRADED)
    left_out = len(calendars.quarantined(app.store).get(each.name, ()))
    finding = f"{row.total} entries" + (f", {left_out} left out" if left_out else "")
    remedy = "`fika calendars` names them" if left_out else ""
    limit = app.clock.now() - settings.rules.sending.fresh_within
    for age in ages(app.store, settings):
        if age.name == each.name and age.content_at is not None and age.content_at < limit:
            finding += f", as they were on {age.content_at:%Y-%m-%d %H:%M} UTC"
            remedy = EXPORT_ANEW
    return Check(subject, Level.NOTE if remedy else Level.WELL, finding, remedy)


def _own_address(app: App, settings: Settings) -> Iterator[Check]:
    for each in not_yours(app.store, settings):
        finding, _, remedy = each.rpartition(": ")
        yield Check("your address", Level.NOTE, finding, remedy)


def _hours(owner: Owner) -> Check:
    office = ", ".join(DAYS[day] for day in sorted(owner.office_days))
    usual = f"; usually in the office {office}" if office else ""
    finding = f"{written_hours(owner.hours)} on the clock of {owner.zone}{usual}"
    return Check("your hours", Level.WELL, finding)


def _writing(settings: Settings) -> Check:
    name = settings.write_calendar
    if not name:
        remedy = "name one under [write]"
        return Check("planning slots", Level.NOTE, "no calendar to write them to", remedy)
    if settings.account_of(name) is not None:
        return Check("planning slots", Level.WELL, f"written to {name}")
    folder = next(each.path for each in settings.calendars if each.name == name)
    if folder is None or not os.path.isdir(folder) or not os.access(folder, os.W_OK):  # noqa: PTH112 - as above
        return _wrong(
            "planning slots", f"{folder} cannot be written", "check the folder", Exit.USAGE
        )
    return Check("planning slots", Level.WELL, f"written to {name}")


def _holidays(country: str) -> Check:
    subject = "public holidays"
    if not country:
        remedy = 'name your country under [owner], such as country = "SE"'
        return Check(subject, Level.NOTE, "none known, so none are left free", remedy)
    try:
        public_holidays(country, ())
    except UsageProblem as error:
        return _wrong(subject, error.cause, error.remedy, Exit.USAGE)
    return Check(subject, Level.WELL, f"those of {country}")


def _mail(app: App, settings: Settings, mail_check: MailCheck | None) -> Check:
    account = settings.account_of(settings.write_calendar)
    if settings.mail is None and account is not None and account.invites:
        return Check("mail", Level.WELL, f"not needed: {account.name} sends the invitations")
    if settings.mail is None:
        remedy = f"add a [mail] section to {app.config_path}: README, Set up mail"
        return Check("mail", Level.NOTE, "no mail server: nothing can be sent", remedy)
    if mail_check is None:
        return Check("mail", Level.NOTE, settings.mail.host, "`fika doctor --mail` signs in to it")
    try:
        mail_check(settings.mail)
    except (ConnectorError, FikaError) as error:
        code = Exit.SIGN_IN if isinstance(error, NeedsLogin) else Exit.DEGRADED
        return _wrong("mail", error.cause, error.remedy, code)
    return Check("mail", Level.WELL, f"{settings.mail.host} lets us in")


def _channels(settings: Settings) -> Iterator[Check]:
    """Nothing is sent: `fika digest --test` does that."""
    if not settings.digest.channels:
        return
    from agent.wiring import channels

    for _, channel in channels(settings.digest):
        subject = f"digest to {channel.name}"
        try:
            channel.check()
        except ConnectorError as error:
            code = Exit.SIGN_IN if isinstance(error, NeedsLogin) else Exit.DEGRADED
            yield _wrong(subject, error.cause, error.remedy, code)
        else:
            yield Check(subject, Level.WELL, "has an address, `fika digest --test` tries it")


def _kept_still(app: App, settings: Settings) -> Iterator[Check]:
    """What is left undone: a service's or the owner's wish, perhaps of long ago; a wrong clock."""
    for each in stillness(app.store, settings, app.home, app.clock.now()):
        level, code = (Level.WRONG, Exit.DEGRADED) if each.fails else (Level.NOTE, Exit.OK)
        yield Check(each.subject, level, each.cause, each.remedy, code)


def _scheduled(home: Path) -> Check:
    try:
        names = " and ".join(name for name, _ in set_up(home))
    except FikaError as error:
        return Check("daily run", Level.NOTE, error.cause, error.remedy)
    if not names:
        finding = "not set up: nothing is read or proposed unless you run it"
        return Check("daily run", Level.NOTE, finding, "fika schedule install")
    return Check("daily run", Level.WELL, f"set up with {names}")


def _last_run(app: App) -> Iterator[Check]:
    """Where it was no success; that has a line of its own."""
    for run in runs.newest(app.store):
        if run.exit_code != Exit.OK:
            how = "not ended, or broken off" if run.finished is None else f"exit {run.exit_code}"
            finding = f"began at {run.started:%Y-%m-%d %H:%M} UTC: {how}"
            yield Check("last run", Level.NOTE, finding, "`fika run` says what is left to do")


def _last_success(app: App) -> Check:
    last = runs.last_success(app.store)
    if last is None:
        return Check("last success", Level.NOTE, "never", "run `fika run`")
    age = app.clock.now() - last
    if age > MISSED:
        remedy = "`fika schedule show` says whether a daily run is set up"
        return Check(
            "last success", Level.NOTE, f"{last:%Y-%m-%d %H:%M} UTC, {age.days} days ago", remedy
        )
    return Check("last success", Level.WELL, f"{last.astimezone(UTC):%Y-%m-%d %H:%M} UTC")


def _wrong(subject: str, finding: str, remedy: str, code: Exit) -> Check:
    return Check(subject, Level.WRONG, finding, remedy, code)
