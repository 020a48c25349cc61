"""How far this machine's clock is off, as the service of each calendar told at its last reading."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Final

from agent.store import meta
from agent.store.database import Database

_NAME: Final = "clock_ahead"


def note(db: Database, new: Mapping[str, timedelta], over: Collection[str]) -> None:
    """Remember what is ``new``, by calendar; forget what those in ``over`` told before."""
    with db.transaction() as sql:
        kept = {name: ahead for name, ahead in told(db).items() if name not in over}
        ahead_s = {name: int(ahead.total_seconds()) for name, ahead in (kept | dict(new)).items()}
        meta.remember(sql, _NAME, json.dumps(ahead_s, sort_keys=True))


def ahead(db: Database, calendars: Collection[str]) -> timedelta:
    """How far the clock is ahead (negative: behind); zero where nothing is known.

    Where the services of these calendars disagree the least counts: a clock that is wrong at one
    of them stops nobody.
    """
    found = (each for name, each in told(db).items() if name in calendars)
    return min(found, key=abs, default=timedelta())


def told(db: Database) -> dict[str, timedelta]:
    """What each calendar's service told, in whole seconds."""
    stored = json.loads(db.meta(_NAME) or "{}")
    return {name: timedelta(seconds=ahead_s) for name, ahead_s in stored.items()}
