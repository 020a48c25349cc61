"""Whether the owner has told Fika to keep still, and until when."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import Final

from agent.store import meta
from agent.store.database import Database

_NAME: Final = "paused_until"
FOR_GOOD: Final = datetime.max.replace(tzinfo=UTC)
"""A pause that only the owner ends."""


def paused_until(db: Database) -> datetime | None:
    """The end of the last pause, which may be past; `FOR_GOOD` when it has none."""
    stored = db.meta(_NAME)
    return datetime.fromisoformat(stored) if stored else None


def pause(sql: sqlite3.Connection, until: datetime) -> None:
    """Propose and send nothing before ``until``."""
    meta.remember(sql, _NAME, until.isoformat())


def resume(sql: sqlite3.Connection) -> None:
    meta.drop(sql, _NAME)
