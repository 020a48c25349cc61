"""The one SQLite file: opening it safely, and transactions.

Every write is `BEGIN IMMEDIATE`: a transaction that starts by reading and then writes can fail at
once with SQLITE_BUSY_SNAPSHOT whatever the timeout. ``synchronous=FULL`` keeps an approval from
being lost with the power. No transaction is ever open across a network call.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Concatenate, Final, ParamSpec, TypeVar

from agent.store import files
from agent.store.copies import pour, write_copy
from agent.store.errors import Damaged, StateUnusable
from agent.store.migrations import STEPS, Step, migrate

_P = ParamSpec("_P")
_T = TypeVar("_T")
FILE_NAME: Final = "fika.db"
BACKUPS: Final = "backups"
_OLDEST_SQLITE: Final = "3.35.5"
"""The first that answers with what it wrote, and takes a column away without harm to others."""
_BUSY_MS: Final = 5_000
_PRAGMAS: Final = (
    f"busy_timeout={_BUSY_MS}",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "trusted_schema=OFF",
    "secure_delete=ON",
    "temp_store=MEMORY",  # nothing of the owner's in a folder that all programs share
)
_CAUSES: Final = MappingProxyType(
    {
        sqlite3.SQLITE_FULL: ("the disk is full", "make room, then run again"),
        sqlite3.SQLITE_BUSY: ("another program keeps it locked", "wait for that program"),
        sqlite3.SQLITE_LOCKED: ("another program keeps it locked", "wait for that program"),
        sqlite3.SQLITE_READONLY: ("it is read-only", "make it and its folder writable"),
        sqlite3.SQLITE_PERM: ("it may not be opened", "make it and its folder yours"),
        sqlite3.SQLITE_IOERR: ("the disk reports an error", "check the disk, then run again"),
        sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "check the folder FIKA_HOME points to"),
    }
)
_DAMAGE: Final = MappingProxyType(
    {
        sqlite3.SQLITE_CORRUPT: "it is damaged",
        sqlite3.SQLITE_NOTADB: "it is damaged, or no Fika store at all",
    }
)


class Database:
    """An open store; close it, or use it as a context manager."""

    def __init__(
        self,
        folder: Path,
        connection: sqlite3.Connection | None = None,
        *,
        steps: Sequence[Step] = STEPS,
    ) -> None:
        """Open the store in ``folder``, making both when there are none.

        A ``connection`` that is given is taken for the store in place of the file.

        Raises:
            StateUnusable: permissions too open, a newer version, damaged, locked, full; or SQLite
                itself is too old.
        """
        self.path = folder / FILE_NAME
        self._connection = connection or _opened(self.path, steps)

    def copy(self) -> Database:
        """The same content in memory: whatever a rehearsal writes there is gone with it."""
        with translated(self.path):
            memory = connect(":memory:")
            try:
                pour(self._connection, memory)
            except BaseException:
                memory.close()
                raise
        return Database(self.path.parent, memory)

    def write_copy(self, target: Path) -> None:
        """Copy the store into one file, looked at and on the disk before this returns.

        Raises:
            StateUnusable: the store is damaged or busy, or there is no room for the copy.
            OSError: the target cannot be written.
        """
        with translated(target):
            write_copy(self._connection, target)

    def pour_into(self, path: Path) -> None:
        """Let the store at ``path`` hold what this one holds, from one moment to the next.

        Programs that have it open see the new content in their next transaction.

        Raises:
            StateUnusable: another program keeps it locked, or there is no room; it is as it was.
        """
        with translated(path), contextlib.closing(connect(path)) as other:
            pour(self._connection, other)

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing; one inside another is a mistake of ours.

        Joining would let the inner one end without being on the disk, and what follows an arrow
        relies on just that.

        Raises:
            StateUnusable: the disk is full, the file locked for too long, or broken.
        """
        if self._connection.in_transaction:
            raise RuntimeError("a transaction is open already")
        with translated(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.rollback()
                raise

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read inside is all of one moment, whatever other programs write meanwhile.

        Inside another, or inside a transaction, it is of the moment of that. Nothing can be
        written before it ends, and who wipes the store waits for it: never ask or print inside.
        """
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.rollback()

    def rows(self, sql: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        """Every row of a query, as one consistent reading."""
        with translated(self.path):
            return self._connection.execute(sql, values).fetchall()

    def each(self, sql: str, *values: object) -> Iterator[tuple]:  # type: ignore[type-arg]
        """As `rows`, one after another, to be read to their end: a list would fill megabytes."""
        with translated(self.path):
            for row in self._connection.execute(sql, values):  # noqa: UP028 - which would close
                yield row  # the cursor of who stops half-way, when the store may be closed

    def meta(self, name: str) -> str:
        """A named value of the store itself, empty when it was never set."""
        found = self.rows("SELECT value FROM meta WHERE name = ?", name)
        return str(found[0][0]) if found else ""

    @property
    def installation(self) -> str:
        """A random name given to this store when it was made; it enters every id we derive."""
        return self.meta("installation")

    def damage(self) -> str:
        """What a look at every page finds wrong; empty when all is well."""
        found = self.rows("PRAGMA quick_check(1)")
        return "" if found == [("ok",)] else " ".join(str(found[0][0]).split())

    def wipe(self) -> None:
        """Leave nothing of what was deleted, in the file or beside it.

        Raises:
            StateUnusable: another program is reading an older state, or there is no room.
        """
        with translated(self.path):
            self._checkpoint()
            self._connection.execute("VACUUM")
            self._checkpoint()

    def _checkpoint(self) -> None:
        busy = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise StateUnusable(f"{self.path}: another program is reading it", "wait for it to end")


def of_one_moment(
    read: Callable[Concatenate[Database, _P], _T],
) -> Callable[Concatenate[Database, _P], _T]:
    """A function whose several queries must agree, each in a `Database.snapshot`."""

    @functools.wraps(read)
    def reads(db: Database, /, *args: _P.args, **named: _P.kwargs) -> _T:
        with db.snapshot():
            return read(db, *args, **named)

    return reads


def connect(path: Path | str) -> sqlite3.Connection:
    """A connection as all of ours are; the file need not be a store yet."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_MS / 1000)
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def make_store(path: Path, steps: Sequence[Step] = STEPS) -> sqlite3.Connection:
    """A new store without content in a new file, and not safe on the disk yet.

    Raises:
        sqlite3.Error, OSError: it cannot be made.
    """
    files.make_file(path)
    connection = connect(path)
    try:
        connection.execute("PRAGMA synchronous=OFF")
        migrate(connection, path, steps=steps)
    except BaseException:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's errors about the file at ``path`` as `StateUnusable`; broken constraints stay."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise _unusable(path, error) from error


def _opened(path: Path, steps: Sequence[Step]) -> sqlite3.Connection:
    if sqlite3.sqlite_version_info < tuple(map(int, _OLDEST_SQLITE.split("."))):
        raise StateUnusable(
            f"Fika needs SQLite {_OLDEST_SQLITE}; this Python has {sqlite3.sqlite_version}",
            "run Fika with a Python that has a newer one",
        )
    with translated(path), files.explained(path):
        files.make_folder(path.parent)
        if not path.exists():
            _make_first(path, steps)
        files.check_store(path)
        connection = connect(path)
        try:
            files.check_whole(path, lambda: _length(connection))
            _bring_up_to_date(connection, path, steps)
        except BaseException:
            connection.close()
            raise
        return connection


def _length(connection: sqlite3.Connection) -> int:
    """How long SQLite takes the store for, in bytes."""
    ((pages,),) = connection.execute("PRAGMA page_count").fetchall()
    ((size,),) = connection.execute("PRAGMA page_size").fetchall()
    return int(pages) * int(size)


def _make_first(path: Path, steps: Sequence[Step]) -> None:
    """Make a store complete and then put it in place, unless another program was quicker."""
    files.check_missing(path)
    made = files.beside(path)
    files.discard(made)
    try:
        with contextlib.closing(make_store(made, steps)) as connection:
            connection.execute(
                "INSERT INTO meta (name, value) VALUES ('installation', ?)",
                (os.urandom(16).hex(),),
            )
        files.put_first(made, path)
    finally:
        files.discard(made)


def _bring_up_to_date(connection: sqlite3.Connection, path: Path, steps: Sequence[Step]) -> None:
    """Take the steps a newer Fika has added, after keeping the store as it was in a file."""

    def keep(version: int) -> None:
        folder = path.parent / BACKUPS
        files.make_folder(folder)
        # SQLite copies nothing out of a transaction; another connection sees what was before it.
        with contextlib.closing(connect(path)) as reader:
            write_copy(reader, folder / f"version-{version}.db")

    try:
        migrate(connection, path, keep, steps)
    except (sqlite3.IntegrityError, OSError) as error:
        raise StateUnusable(
            f"{path} could not be brought into this Fika's form ({error}); it is as it was",
            "make room if the disk is full; else keep the older Fika, and report this",
        ) from error


def _unusable(path: Path, error: sqlite3.DatabaseError | UnicodeDecodeError) -> StateUnusable:
    # Bytes that are no text have no code: Python stumbles over them, and would quote them.
    mistaken = isinstance(error, sqlite3.ProgrammingError)
    uncoded = sqlite3.SQLITE_MISUSE if mistaken else sqlite3.SQLITE_CORRUPT
    precisely = getattr(error, "sqlite_errorcode", uncoded)
    # No room for the shared index of the journal: on a full disk that comes before all else.
    full = precisely == sqlite3.SQLITE_IOERR_SHMSIZE
    code = sqlite3.SQLITE_FULL if full else precisely & 0xFF
    if code in _DAMAGE:
        return Damaged(f"{path}: {_DAMAGE[code]}")
    cause, remedy = _CAUSES.get(code, (f"it cannot be used ({error})", "run `fika doctor`"))
    return StateUnusable(f"{path}: {cause}", remedy)
