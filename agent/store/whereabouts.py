"""Which days the owner's events say are spent in the office."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from typing import NamedTuple

from agent.store.database import Database
from policies.slots.places import PresenceRow


class WhereRow(NamedTuple):
    """What one event of an item says; see `schema_3.sql`."""

    item: int
    event: int
    in_office: bool


def put(sql: sqlite3.Connection, rows: Iterable[WhereRow]) -> None:
    """Each in place of what was known of its event."""
    sql.executemany(
        "INSERT OR REPLACE INTO whereabouts (item, event, in_office) VALUES (?, ?, ?)",
        rows,
    )


def presence(
    db: Database, names: Collection[str], from_s: int, until_s: int
) -> tuple[PresenceRow, ...]:
    """What these calendars say of being in the office in [from_s, until_s), by start.

    It begins with the few events that say so (SQLite keeps the order of a CROSS JOIN), not with
    all there ever were.
    """
    return tuple(
        PresenceRow(start_s, end_s, bool(in_office))
        for start_s, end_s, in_office, name in db.rows(
            "SELECT o.start_s, o.end_s, w.in_office, c.name FROM whereabouts w"
            " CROSS JOIN occurrence o ON o.item = w.item AND o.event = w.event"
            " JOIN item i ON i.id = w.item JOIN calendar c ON c.id = i.calendar"
            " WHERE o.end_s > ? AND o.start_s < ?"
            " ORDER BY o.start_s, o.end_s, o.id",
            from_s,
            until_s,
        )
        if name in names
    )
