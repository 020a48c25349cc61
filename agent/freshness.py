"""Whether what we know of the owner's time is fresh enough to propose on."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from agent.facts import ages
from agent.settings import Settings
from agent.store.database import Database
from policies.text import shown
from policies.wall import local_datetime, seconds


class Freshness(NamedTuple):
    """``stale``: sentences why nothing may be proposed; ``notes``: what proposals must say."""

    stale: tuple[str, ...]
    notes: tuple[str, ...]


def freshness(db: Database, settings: Settings, now: datetime) -> Freshness:
    """A busy calendar not read in time stops proposing; an old file is said to be old."""
    limit = settings.rules.sending.fresh_within
    stale: list[str] = []
    notes: list[str] = []
    for age in ages(db, settings):
        if age.read_at is None:
            stale.append(f"{shown(age.name)} has never been read")
        elif now - age.read_at > limit:
            stale.append(f"{shown(age.name)} was last read {_when(age.read_at, settings)}")
        elif age.content_at is not None and now - age.content_at > limit:
            notes.append(f"calendar {shown(age.name)} as of {_when(age.content_at, settings)}")
    return Freshness(tuple(stale), tuple(notes))


def _when(at: datetime, settings: Settings) -> str:
    return f"{local_datetime(seconds(at), settings.owner.zone):%A %Y-%m-%d %H:%M}"
