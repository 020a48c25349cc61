"""The real store on a disk in memory, which a process can die on, and which can lose commits."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

from agent.store import database
from agent.store.database import FILE_NAME, Database
from tests.agent import stored

_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a disk whose fsync costs nothing
_PIECES: Final = (FILE_NAME, f"{FILE_NAME}-wal")
_KEPT: Final = 4

ANCHOR: Final = stored.meeting("2026-03-02 07:00", uid="anchor")
"""Always in the calendar, so that it never looks emptied."""

Statement = Callable[[str], None]


class Mortal(sqlite3.Connection):
    """A connection that says before each BEGIN and COMMIT, and after, that it is there."""

    reach: Statement

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:  # noqa: ANN401 - as declared
        if sql != "COMMIT":
            return super().execute(sql, *values)
        self.reach("commit asked")
        done = super().execute(sql, *values)
        self.reach("commit done")
        return done


class Disk:
    """One state folder. With ``forgets`` the newest commits can be lost, as with the power."""

    def __init__(self, folder: Path, *, forgets: bool = False) -> None:
        self.folder = folder
        self.forgets = forgets
        self._open: list[Database] = []
        self._past: list[tuple[bytes | None, ...]] = []
        folder.mkdir(mode=0o700)
        path = folder / FILE_NAME
        path.write_bytes(template())
        path.chmod(0o600)

    def open(self, reach: Statement) -> Database:
        """The store as a process opens it; ``reach`` hears of its commits."""
        connection = sqlite3.connect(
            self.folder / FILE_NAME,
            isolation_level=None,
            check_same_thread=False,
            factory=Mortal,
        )
        connection.reach = reach
        for pragma in database._PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        opened = Database(self.folder, connection)
        self._open.append(opened)
        return opened

    def close(self) -> None:
        """No process is left; what they had open is not written back in any order."""
        for each in self._open:
            each.close()
        self._open.clear()

    def remember(self) -> None:
        """A commit is done: this is a state that may be what is left of it all."""
        if self.forgets:
            self._past = [*self._past[-_KEPT:], self._bytes()]

    def lose(self, commits: int) -> int:
        """The newest commits never reached the disk; how many were lost."""
        lost = min(commits, len(self._past) - 1)
        if lost <= 0:
            return 0
        self.close()
        del self._past[-lost:]
        for name, content in zip(_PIECES, self._past[-1], strict=True):
            path = self.folder / name
            path.unlink(missing_ok=True)
            if content is not None:
                path.write_bytes(content)
                path.chmod(0o600)
        (self.folder / f"{FILE_NAME}-shm").unlink(missing_ok=True)
        return lost

    def _bytes(self) -> tuple[bytes | None, ...]:
        paths = (self.folder / name for name in _PIECES)
        return tuple(path.read_bytes() if path.exists() else None for path in paths)


@cache
def template() -> bytes:
    """A store in which both calendars were read, made once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "state"
        with Database(folder) as db:
            with db.transaction() as sql:
                # The same ids in every simulation, so that a seed means the same everywhere.
                sql.execute("UPDATE meta SET value = ? WHERE name = 'installation'", ("5" * 32,))
            stored.read(db, (ANCHOR,))
        return (folder / FILE_NAME).read_bytes()


def in_memory() -> tempfile.TemporaryDirectory[str]:
    """A folder on the fastest disk there is."""
    fast = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK)
    return tempfile.TemporaryDirectory(prefix="fika-simulator-", dir=_MEMORY if fast else None)
