"""How far this machine's clock is off, as the service of each calendar told at its last reading."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Final

from agent.store import meta
from agent.store.database import Database

_NAME: Final = "clock_ahead"


def note(db: Database, told: Mapping[str, timedelta], over: Collection[str]) -> None:
    """Remember what was told, by calendar; what was ``over`` calendars told before is forgotten."""
    before = _stored(db)
    kept = {name: ahead_s for name, ahead_s in before.items() if name not in over}
    now = kept | {name: int(ahead.total_seconds()) for name, ahead in told.items()}
    if now != before:
        with db.transaction() as sql:
            meta.remember(sql, _NAME, json.dumps(now, sort_keys=True))


def ahead(db: Database, calendars: Collection[str]) -> timedelta:
    """How far the clock is ahead (negative: behind), whole seconds; zero where nothing is known.

    Where the services of these calendars disagree, the least counts: a clock that is wrong at one
    of them stops nobody.
    """
    told = (ahead_s for name, ahead_s in _stored(db).items() if name in calendars)
    return timedelta(seconds=min(told, key=abs, default=0))


def _stored(db: Database) -> dict[str, int]:
    return dict(json.loads(db.meta(_NAME) or "{}"))
