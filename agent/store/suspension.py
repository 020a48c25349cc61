"""Accounts that want nothing written for a while, and until when."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from agent.store import elapsed, meta
from agent.store.database import Database
from connectors.errors import A_DAY

_PREFIX: Final = "suspended "


def suspend(sql: sqlite3.Connection, name: str, until: datetime) -> None:
    """Write nothing to this account before ``until``, by the ledger's own clock."""
    meta.remember(sql, _PREFIX + name, until.isoformat())


def suspended(db: Database, now: datetime) -> Mapping[str, datetime]:
    """Every account that is to be left alone now, by name, and until when the clock shows.

    An end further away than any suspension lasts was written by a clock that was wrong.
    """
    found = db.rows(
        "SELECT name, value FROM meta WHERE substr(name, 1, ?) = ? ORDER BY name",
        len(_PREFIX),
        _PREFIX,
    )
    ends = {name.removeprefix(_PREFIX): datetime.fromisoformat(value) for name, value in found}
    passed = elapsed.counted(db.meta(elapsed.NAME), now)
    return {
        name: now + (end - passed) for name, end in ends.items() if passed < end <= passed + A_DAY
    }


def release(sql: sqlite3.Connection, name: str) -> bool:
    """Let it be written to again; whether it was suspended."""
    return meta.drop(sql, _PREFIX + name)
