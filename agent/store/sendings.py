"""What the ledger of sendings counts against the limits; it outlives the actions themselves."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from agent.store import elapsed
from agent.store.database import Database
from policies.sending.action import Action, ActionId, ActionKind, guest_key
from policies.wall import seconds


def count(sql: sqlite3.Connection, action: Action, now: datetime) -> None:
    """Count what went out, if it was not counted when its approval was taken."""
    at_s = seconds(elapsed.counted_at(sql, now))
    sql.execute(
        "INSERT OR IGNORE INTO sending (action, kind, guest, run, at_s) VALUES (?, ?, ?, 0, ?)",
        (action.id, action.payload.kind, guest_key(action.payload.recipient), at_s),
    )


def sent_in_run(db: Database, run: int) -> int:
    return int(db.rows("SELECT count(*) FROM sending WHERE run = ?", run)[0][0])


def sent_since(db: Database, since: datetime) -> int:
    """How many went out since then, those dated in the future included."""
    return int(db.rows("SELECT count(*) FROM sending WHERE at_s > ?", seconds(since))[0][0])


def sent_to(
    db: Database,
    kind: ActionKind,
    addresses: Iterable[str],
    since: datetime,
    *,
    person: str,
    besides: ActionId,
) -> int:
    """How many of a kind went to somebody since then, besides this action's.

    To any of these addresses, or to the same person at one that is theirs no more.
    """
    guests = [guest_key(each) for each in addresses]
    found = db.rows(
        f"SELECT count(*) FROM sending WHERE (guest IN ({', '.join('?' * len(guests))})"  # noqa: S608 - question marks only
        " OR action IN (SELECT id FROM action WHERE person = ? AND person <> ''))"
        " AND kind = ? AND at_s > ? AND action <> ?",
        *guests,
        person,
        kind.value,
        seconds(since),
        besides,
    )
    return int(found[0][0])
