"""Whether what we know of the owner's time is fresh enough to propose on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from agent.sending.facts import ages
from agent.settings import Settings
from agent.store import runs
from agent.store.database import Database
from policies.sending.gate import SKEW
from policies.text import shown
from policies.wall import local_datetime, seconds

EXPORT_ANEW: Final = "export it anew, or set synced = true where a program keeps it fresh"
_UNTIL_READ: Final = "nothing is proposed or sent until it is read"


class Freshness(NamedTuple):
    """``stale``: sentences why nothing may be proposed or sent, with what to do about it.

    ``notes``: what proposals must say of files that have not changed for long.
    """

    stale: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def remedied(self) -> tuple[str, ...]:
        """The notes, each with what to do about it."""
        return tuple(f"{each}: {EXPORT_ANEW}" for each in self.notes)


def freshness(db: Database, settings: Settings, now: datetime, run: int) -> Freshness:
    """A busy calendar not read in time stops proposing; an old file is said to be old.

    So does a clock behind the run before this one, for one run: whoever reads of it can set the
    clock, and where it was wrong the last time and is right now, nothing is lost but a day.
    """
    limit = settings.rules.sending.fresh_within
    stale = list(_set_back(db, settings, now, run))
    notes: list[str] = []
    for age in ages(db, settings):
        if age.read_at is None:
            stale.append(f"{shown(age.name)} has never been read: {_UNTIL_READ}")
        elif now - age.read_at > limit:
            read = _when(age.read_at, settings)
            stale.append(f"{shown(age.name)} was last read {read}: {_UNTIL_READ}")
        elif age.content_at is not None and now - age.content_at > limit:
            notes.append(f"calendar {shown(age.name)} as of {_when(age.content_at, settings)}")
    return Freshness(tuple(stale), tuple(notes))


def _set_back(db: Database, settings: Settings, now: datetime, run: int) -> Iterator[str]:
    last = runs.before(db, run)
    if last is not None and last - now > SKEW:
        yield (
            f"this machine's clock is behind the last run ({_when(last, settings)}), so nothing is"
            " proposed or sent: set it, or if it is right now, run again"
        )


def _when(at: datetime, settings: Settings) -> str:
    return f"{local_datetime(seconds(at), settings.owner.zone):%A %Y-%m-%d %H:%M}"
