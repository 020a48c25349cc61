"""What a shell offers while a line is typed: read at once or not at all, and never written.

The file is read as if nobody could be changing it, without waiting for a lock and without the
files that SQLite else puts beside it. What a program writes in that moment may be missing.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from agent.store.database import FILE_NAME
from policies.wall import seconds

_CURRENT: Final = """
SELECT p.number, coalesce(w.name, p.person), p.format FROM proposal p
LEFT JOIN person w ON w.id = p.person
JOIN proposal_slot s ON s.proposal = p.number AND s.position = p.chosen
WHERE p.state IN ('open', 'approved') OR (p.state = 'sent' AND s.end_s > ?)
ORDER BY p.number
"""


def people(folder: Path) -> list[tuple[str, str]]:
    """Everyone's id and name, by id; nobody where the store cannot be read."""
    return _rows(folder, "SELECT id, name FROM person ORDER BY id")


def proposals(folder: Path, now: datetime) -> list[tuple[int, str, str]]:
    """Number, name and format of what waits, is on its way or still to come."""
    return _rows(folder, _CURRENT, seconds(now))


def _rows(folder: Path, sql: str, *values: int) -> list[Any]:
    place = f"{(folder / FILE_NAME).absolute().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(place, uri=True)) as file:
            return file.execute(sql, values).fetchall()
    except sqlite3.Error:
        return []
