"""The one SQLite file: opening it safely, its version, and transactions.

Every write is `BEGIN IMMEDIATE`: a transaction that starts by reading and then writes can fail at
once with SQLITE_BUSY_SNAPSHOT whatever the timeout. ``synchronous=FULL`` keeps an approval from
being lost with the power. No transaction is ever open across a network call.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import stat
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from agent.store.errors import StateUnusable

SCHEMA_VERSION = 1
_BUSY_MS = 5_000
_PRAGMAS = (
    f"busy_timeout={_BUSY_MS}",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "trusted_schema=OFF",
    "secure_delete=ON",
)
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600
FILE_NAME = "fika.db"


class Database:
    """An open store; close it, or use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        """Open the store in ``folder``, making both when there are none.

        Raises:
            StateUnusable: permissions too open, a newer version, corrupt, locked, full.
        """
        self.path = folder / FILE_NAME
        with _translated(self.path):
            _make_private(folder, self.path)
            self._connection = _connected(str(self.path))
            try:
                self._migrate()
            except BaseException:
                self._connection.close()
                raise

    def copy(self) -> Database:
        """The same content in memory: whatever a rehearsal writes there is gone with it."""
        made = object.__new__(Database)
        made.path = self.path
        with _translated(self.path):
            made._connection = _connected(":memory:")
            self._connection.backup(made._connection)
        return made

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing.

        Raises:
            StateUnusable: the disk is full, the file locked for too long, or broken.
        """
        with _translated(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.rollback()
                raise
            self._connection.execute("COMMIT")

    def rows(self, sql: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        """Every row of a query, as one consistent reading."""
        with _translated(self.path):
            return self._connection.execute(sql, values).fetchall()

    def meta(self, name: str) -> str:
        """A named value of the store itself, empty when it was never set."""
        found = self.rows("SELECT value FROM meta WHERE name = ?", name)
        return str(found[0][0]) if found else ""

    @property
    def installation(self) -> str:
        """A random name given to this store when it was made; it enters every id we derive."""
        return self.meta("installation")

    def _migrate(self) -> None:
        version = int(self._connection.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA_VERSION:
            raise StateUnusable(
                f"{self.path} was written by a newer Fika (version {version})",
                "upgrade Fika, or restore a backup made by this version",
            )
        if version == SCHEMA_VERSION:
            return
        script = resources.files("agent.store").joinpath("schema.sql").read_text("utf-8")
        with self.transaction() as sql:
            for statement in _statements(script):
                sql.execute(statement)
            sql.execute(
                "INSERT INTO meta (name, value) VALUES ('installation', ?)",
                (secrets.token_hex(16),),
            )
            sql.execute(f"PRAGMA user_version={SCHEMA_VERSION}")


def _connected(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_MS / 1000)
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def _statements(script: str) -> Iterator[str]:
    """The script's statements; SQLite itself says where one ends (triggers hold semicolons)."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""


def _make_private(folder: Path, file: Path) -> None:
    folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    if os.name == "nt":
        return
    if not file.exists():
        os.close(os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, _FILE_MODE))
    for path, mode in ((folder, _FOLDER_MODE), (file, _FILE_MODE)):
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise StateUnusable(
                f"{path} can be read by other users of this machine", f"chmod {mode:o} {path}"
            )


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.DatabaseError as error:
        raise _unusable(path, error) from error
    except OSError as error:
        raise StateUnusable(
            f"{path}: {error.strerror}", "check the folder FIKA_HOME points to"
        ) from error


def _unusable(path: Path, error: sqlite3.DatabaseError) -> StateUnusable:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    causes = {
        sqlite3.SQLITE_FULL: ("the disk is full", "make room, then run again"),
        sqlite3.SQLITE_BUSY: (
            "another program keeps it locked",
            "end that program, then run again",
        ),
        sqlite3.SQLITE_LOCKED: ("another program keeps it locked", "end that program"),
        sqlite3.SQLITE_CORRUPT: ("it is damaged", "restore the newest backup"),
        sqlite3.SQLITE_NOTADB: ("it is not a Fika store", "restore the newest backup"),
        sqlite3.SQLITE_READONLY: ("it is read-only", "make the folder writable"),
        sqlite3.SQLITE_IOERR: ("the disk reports an error", "check the disk"),
        sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "check the folder FIKA_HOME points to"),
    }
    cause, remedy = causes.get(code, (str(error), "run `fika doctor`"))
    return StateUnusable(f"{path}: {cause}", remedy)
