"""Locks between processes: SQLite's own on an empty database, which no system leaves held.

It knows how on every platform, and is loaded in any case; the kernel frees the lock of who dies.
"""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager, ExitStack, closing, suppress
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from agent.store import files
from agent.store.database import translated
from agent.store.errors import StateUnusable

_BETWEEN_S: Final = 0.02


def take(file: Path, patience: timedelta = timedelta()) -> AbstractContextManager[object] | None:
    """The lock of ``file``, to be left as a context; ``None`` where it is held all of ``patience``.

    Nothing else may open the file: closing it would free the lock.

    Raises:
        StateUnusable: the file cannot be locked.
        OSError: it cannot be made.
    """
    with suppress(FileExistsError):
        files.make_file(file)
    with translated(file), ExitStack() as opened:
        lock = opened.enter_context(closing(sqlite3.connect(file, timeout=0, isolation_level=None)))
        until_s = monotonic() + patience.total_seconds()
        while not _is_ours(lock, file):  # SQLite waits by itself too, and no Ctrl-C would end it
            if monotonic() >= until_s:
                return None
            sleep(_BETWEEN_S)
        return opened.pop_all()


def _is_ours(lock: sqlite3.Connection, file: Path) -> bool:
    try:
        lock.execute("BEGIN IMMEDIATE")  # of two at once one gets it, which EXCLUSIVE is not
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            return False
        if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
            raise StateUnusable(
                f"{file} holds something, which no lock does", "remove it"
            ) from error
        raise
    return True
