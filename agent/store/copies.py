"""A store copied into one file, consistent while others write, and looked at before it counts."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from agent.store import files
from agent.store.errors import Damaged
from agent.store.migrations import check_references

_WAITING: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def write_copy(source: sqlite3.Connection, target: Path) -> None:
    """Copy a store into ``target``, in place of what stands there; all of it or nothing.

    The copy is one file without journals, and has passed `check`.

    Raises:
        Damaged: the store is; no copy was made.
        sqlite3.Error, OSError: it cannot be read, or not written there.
    """
    made = files.beside(target)
    try:
        files.make_file(made)
        with closing(sqlite3.connect(made, isolation_level=None)) as copy:
            copy.execute("PRAGMA synchronous=OFF")  # put on the disk as a whole, at the end
            pour(source, copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            check(copy, target.name)
        files.put(made, target)
    finally:
        files.discard(made)


def pour(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Make ``target`` hold what ``source`` holds, in one transaction of its own.

    Raises:
        sqlite3.Error: another program holds one of them for longer than its patience, or
            another failure; ``target`` is as it was.
    """
    source.backup(target, progress=_lose_patience)


def check(connection: sqlite3.Connection, name: object) -> None:
    """See that a database is whole.

    Raises:
        Damaged: it is not.
    """
    found = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
    if found != "ok":
        raise Damaged(f"{name} is damaged ({' '.join(found.split())})")
    check_references(connection, name)


def _lose_patience(status: int, _remaining: int, _total: int) -> None:
    """Left to itself, the copying would wait for a lock for ever."""
    if status in _WAITING:
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorcode = status
        raise error
