"""Named values of the store itself; `Database.meta` reads them."""

from __future__ import annotations

import sqlite3


def remember(sql: sqlite3.Connection, name: str, value: str) -> bool:
    """Set the value of this name; whether it had another before, or none."""
    changed = sql.execute(
        "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name)"
        " DO UPDATE SET value = excluded.value WHERE value <> excluded.value",
        (name, value),
    )
    return changed.rowcount > 0


def drop(sql: sqlite3.Connection, name: str) -> bool:
    """Let there be no such value; whether there was one."""
    return bool(sql.execute("DELETE FROM meta WHERE name = ?", (name,)).rowcount)
