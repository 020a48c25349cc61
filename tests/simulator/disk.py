"""The real store on a disk in memory, which a process can die on, and which can lose commits."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

from agent.store import database, tables
from agent.store.database import FILE_NAME, Database
from tests.agent.store import stored

_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a disk whose fsync costs nothing
_JOURNAL: Final = f"{FILE_NAME}-wal"
_KEPT: Final = 4
_LONG_JOURNAL: Final = 4_000_000
"""Bytes; beyond them what is in it is found ever more slowly."""
_STATEMENTS: Final = 512
"""More than there are in all of Fika: compiling them would be most of what a schedule costs."""

ANCHOR: Final = stored.meeting("2026-03-02 07:00", uid="anchor")
"""Always in the calendar, so that it never looks emptied."""

Statement = Callable[[str], None]


class Mortal(sqlite3.Connection):
    """A connection that says before each COMMIT, and after, that it is there.

    The process that has it may end at any moment. What SQLite then does for a dead process it
    does here for a closed connection, which goes back to those that are ``free``.
    """

    reach: Statement
    free: list[Mortal]

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:  # noqa: ANN401 - as declared
        if sql != "COMMIT":
            return super().execute(sql, *values)
        self.reach("commit asked")
        done = super().execute(sql, *values)
        self.reach("commit done")
        return done

    def close(self) -> None:
        self.rollback()
        self.free.append(self)


class Disk:
    """One state folder, for one simulation after another; each begins with `renew`."""

    def __init__(self) -> None:
        self._place = in_memory()
        self._folder = Path(self._place.name) / "state"
        self._folder.mkdir(mode=0o700)
        self._write(template().file, b"")
        self._free: list[Mortal] = []
        self._taken: list[Mortal] = []
        self._reader: sqlite3.Connection | None = None
        self._renewer: sqlite3.Connection | None = None
        self._forgets = False
        self._past: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._unplug()
        self._place.cleanup()

    def renew(self, *, forgets: bool = False) -> None:
        """The store is new. With ``forgets`` its newest commits can be lost, as with the power.

        Rows are replaced one for one: with the file itself every statement would be compiled anew.
        So would those of a connection on which a PRAGMA suspends references, hence one for this.
        """
        self._forgets, self._past = forgets, []
        self._all_end()
        if self._renewer is None:
            self._renewer = self._plain()
            self._renewer.execute("PRAGMA wal_autocheckpoint=0")
        sql = self._renewer
        sql.execute("BEGIN IMMEDIATE")
        for name, insert, rows in template().rows:
            sql.execute(f"DELETE FROM {name}")  # noqa: S608 - names out of the schema
            sql.executemany(insert, rows)
        sql.execute("COMMIT")
        if forgets or self._journal_length() > _LONG_JOURNAL:
            ((busy, *_),) = sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            assert not busy

    def open(self, reach: Statement) -> Database:
        """The store as a process opens it; ``reach`` hears of its commits."""
        connection = self._free.pop() if self._free else self._connected()
        connection.reach = reach
        return Database(self._folder, connection)

    def rows(self, sql: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        """What is on the disk, over a connection that no code of ours has a hand in."""
        if self._reader is None:
            self._reader = self._plain()
            self._reader.execute("PRAGMA query_only=ON")
        return self._reader.execute(sql, values).fetchall()

    def remember(self) -> None:
        """A commit is done: this is a state that may be what is left of it all."""
        if self._forgets:
            self._past = [*self._past[-_KEPT:], self._journal_length()]

    def lose(self, commits: int) -> int:
        """The newest commits never reached the disk; how many were lost.

        SQLite writes every commit at the end of its journal, and so loses the end of it.
        """
        lost = min(commits, len(self._past) - 1)
        if lost <= 0:
            return 0
        del self._past[-lost:]
        file, journal = ((self._folder / each).read_bytes() for each in (FILE_NAME, _JOURNAL))
        self._unplug()
        self._write(file, journal[: self._past[-1]])
        return lost

    def _connected(self) -> Mortal:
        connection = sqlite3.connect(
            self._folder / FILE_NAME,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=_STATEMENTS,
            factory=Mortal,
        )
        for pragma in database._PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("PRAGMA wal_autocheckpoint=0")
        connection.free = self._free
        self._taken.append(connection)
        return connection

    def _plain(self) -> sqlite3.Connection:
        """A connection as SQLite makes it, on which no reference is looked after."""
        return sqlite3.connect(
            self._folder / FILE_NAME,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=_STATEMENTS,
        )

    def _journal_length(self) -> int:
        return (self._folder / _JOURNAL).stat().st_size

    def _all_end(self) -> None:
        """Every process that still has the store open is gone."""
        for each in self._taken:
            each.rollback()
        self._free[:] = self._taken

    def _unplug(self) -> None:
        """No connection is left; what they had open is not written back in any order."""
        for each in self._taken:
            sqlite3.Connection.close(each)
        self._taken.clear()
        self._free.clear()
        for plain in (self._reader, self._renewer):
            if plain is not None:
                plain.close()
        self._reader = self._renewer = None

    def _write(self, file: bytes, journal: bytes) -> None:
        for each in self._folder.iterdir():
            each.unlink()
        for name, content in ((FILE_NAME, file), (_JOURNAL, journal)):
            (self._folder / name).write_bytes(content)
            (self._folder / name).chmod(0o600)


class Template(NamedTuple):
    """A store in which both calendars were read, as its file and as its rows.

    ``rows`` has for every table its name, what puts a row in, and the rows.
    """

    file: bytes
    rows: tuple[tuple[str, str, list[Any]], ...]


@cache
def template() -> Template:
    """Made once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "state"
        with Database(folder) as db:
            with db.transaction() as sql:
                # The same ids in every simulation, so that a seed means the same everywhere.
                sql.execute("UPDATE meta SET value = ? WHERE name = 'installation'", ("5" * 32,))
            stored.read(db, (ANCHOR,))
        with closing(sqlite3.connect(folder / FILE_NAME)) as sql:
            rows = tuple(_table(sql, each) for each in _names(sql))
        return Template((folder / FILE_NAME).read_bytes(), rows)


def in_memory() -> tempfile.TemporaryDirectory[str]:
    """A folder on the fastest disk there is."""
    fast = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK)
    return tempfile.TemporaryDirectory(prefix="fika-simulator-", dir=_MEMORY if fast else None)


def _table(sql: sqlite3.Connection, name: str) -> tuple[str, str, list[Any]]:
    found = sql.execute(f"SELECT * FROM {name}")  # noqa: S608 - a name out of the schema
    values = ", ".join("?" * len(found.description))
    return name, f"INSERT INTO {name} VALUES ({values})", found.fetchall()  # noqa: S608 - as above


def _names(sql: sqlite3.Connection) -> tuple[str, ...]:
    """Every table; last the one with the numbers that were given, which filling others changes."""
    return (*tables.names(sql), "sqlite_sequence")
