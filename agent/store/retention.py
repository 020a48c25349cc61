"""Dropping what has been kept long enough, once a run."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from agent.store.database import Database
from agent.store.forgotten import wipe
from policies.privacy.retention import LEAST_RUNS, Retention, retention
from policies.wall import seconds


def tidy(db: Database, now: datetime) -> None:
    """Drop what `policies.privacy` lets go, and overwrite what a forgetting left to overwrite.

    Raises:
        StateUnusable: the disk is full, or another program keeps the store locked.
    """
    limits = retention(now)
    if _is_due(db, limits):
        with db.transaction() as sql:
            _drop_runs(sql, limits)
            _drop_words(sql, limits)
    wipe(db)


_OLD_RUNS = (
    "started_s < ? AND id NOT IN (SELECT id FROM run ORDER BY id DESC LIMIT ?)"
    " AND id IS NOT (SELECT id FROM run WHERE exit_code = 0 ORDER BY id DESC LIMIT 1)"
)
_OLD_PROPOSALS = (
    "expires_s < ? AND state IN ('expired', 'rejected') AND NOT (title = '' AND text = ''"
    " AND reasons = '[]' AND assumptions = '[]' AND comment = '' AND outcome = '')"
)
_OLD = f"(SELECT number FROM proposal WHERE {_OLD_PROPOSALS})"  # noqa: S608 - our own words
_NO_WORDS = "title = '', text = '', reasons = '[]', assumptions = '[]', comment = '', outcome = ''"
_NO_SLOT_WORDS = "place = '', spoken = '', parts = '[]'"
_OLD_ACTIONS = (
    "updated_s < ? AND untidy = 0 AND (state IN ('expired', 'rejected', 'cancelled')"
    " AND proposal IN (SELECT number FROM proposal WHERE state IN ('expired', 'rejected'))"
    " OR kind = 'report' AND state IN ('sent', 'expired', 'rejected', 'cancelled'))"
)


def _is_due(db: Database, limits: Retention) -> bool:
    """Most days nothing is; then nothing is written."""
    words_s = seconds(limits.words)
    return bool(
        db.rows(
            f"SELECT 1 WHERE EXISTS (SELECT 1 FROM run WHERE {_OLD_RUNS})"  # noqa: S608 - our own words
            f" OR EXISTS (SELECT 1 FROM proposal WHERE {_OLD_PROPOSALS})"
            f" OR EXISTS (SELECT 1 FROM action WHERE {_OLD_ACTIONS})",
            seconds(limits.runs),
            LEAST_RUNS,
            words_s,
            words_s,
        )
    )


def _drop_runs(sql: sqlite3.Connection, limits: Retention) -> None:
    sql.execute(f"DELETE FROM run WHERE {_OLD_RUNS}", (seconds(limits.runs), LEAST_RUNS))  # noqa: S608 - our own words


def _drop_words(sql: sqlite3.Connection, limits: Retention) -> None:
    before = (seconds(limits.words),)
    for table in ("transition", "approval"):
        sql.execute(
            f"DELETE FROM {table} WHERE action IN (SELECT id FROM action WHERE {_OLD_ACTIONS})",  # noqa: S608 - our own words
            before,
        )
    sql.execute(f"DELETE FROM action WHERE {_OLD_ACTIONS}", before)  # noqa: S608 - our own words
    sql.execute(f"UPDATE proposal_slot SET {_NO_SLOT_WORDS} WHERE proposal IN {_OLD}", before)  # noqa: S608 - our own words
    sql.execute(f"UPDATE proposal SET {_NO_WORDS} WHERE {_OLD_PROPOSALS}", before)  # noqa: S608 - our own words
