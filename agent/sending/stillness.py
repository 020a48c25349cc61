"""What keeps Fika from proposing or sending: a pause, the `STOP` file, a service, the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from agent.sending.ports import is_stopped, stop_file
from agent.sending.suspension import said
from agent.settings import Settings
from agent.store import runs, skew
from agent.store.database import Database
from agent.store.pause import FOR_GOOD, paused_until
from agent.store.suspension import suspended
from policies.hours import written_length
from policies.sending.gate import SKEW, ahead_said
from policies.spoken import counted, short_moment, until_said
from policies.text import shown

MISSED: Final = timedelta(hours=26)
"""A day, and what a machine that wakes late may take: for longer no daily run goes missing."""

_NEAR: Final = timedelta(minutes=2)
"""How far a clock may be off before anybody need hear of it."""
_SET: Final = "set it (on Linux: timedatectl set-ntp true), then fika run"


class Still(NamedTuple):
    """Why something is left undone, or soon may be, and what ends that.

    ``fails``: nobody asked for it, and a run that meets it has not gone well.
    """

    subject: str
    cause: str
    remedy: str
    fails: bool = False

    def __str__(self) -> str:
        return f"{self.cause}: {self.remedy}"


def stillness(db: Database, settings: Settings, home: Path, now: datetime) -> Iterator[Still]:
    """Everything that holds at this moment; what the owner asked for comes first."""
    until = paused_until(db)
    if until is not None and until > now:
        end = "" if until == FOR_GOOD else f" until {until_said(until, now, settings.owner.zone)}"
        cause = f"paused{end}, so nothing is proposed or sent"
        yield Still("pause", cause, "fika pause --off ends it")
    if is_stopped(home):
        yield stopped(home)
    for name, over in suspended(db, now).items():
        remedy = f"fika calendars release {shown(name)} ends it sooner"
        yield Still(f"writing to {name}", said(name, over, settings), remedy, fails=True)
    yield from clock_off(db, settings)


def shown_still(db: Database, settings: Settings, home: Path, now: datetime) -> Iterator[Still]:
    """What whoever looks between two runs is told: also that none has gone well for long."""
    yield from unrun(db, settings, now)
    yield from stillness(db, settings, home, now)


def unrun(db: Database, settings: Settings, now: datetime) -> Iterator[Still]:
    """All that is shown is old; nothing before the first run."""
    since = runs.last_success(db) or runs.first(db)
    if since is not None and now - since > MISSED:
        ago = f"{counted((now - since).days, 'day')} ago"
        at = short_moment(since, settings.owner.zone)
        cause = f"no run has gone well since {at}, {ago}, so what is shown may be old"
        yield Still("last success", cause, "fika run tries again, fika doctor says what is wrong")


def clock_off(db: Database, settings: Settings) -> Iterator[Still]:
    """How far this machine's clock is from that of the services; nothing while it is near it."""
    ahead = skew.ahead(db, {each.name for each in settings.calendars})
    if abs(ahead) > _NEAR:
        is_much = abs(ahead) > SKEW
        then = "so" if is_much else f"and beyond {written_length(SKEW)}"
        yield Still("clock", f"{ahead_said(ahead)}, {then} nothing is sent", _SET, fails=is_much)


def stopped(home: Path) -> Still:
    """What the `STOP` file does."""
    file = shown(str(stop_file(home)), 300)
    return Still("stop", f"stopped by the file {file}, so nothing is sent", "remove it to go on")
