"""From any older form of the store to the present one, a numbered step at a time.

The file itself says which step it has taken (``user_version``) and whose it is
(``application_id``). Each step and its number are one transaction, so a program that dies
anywhere leaves the form before a step or the one after it. A released step never changes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from agent.store.errors import Damaged, WrittenByNewer

APPLICATION_ID: Final = 0x46494B41
"""`FIKA` in ASCII: how the file says that it is ours."""


class Step(NamedTuple):
    """What makes a store of version ``version`` out of one of the version before."""

    version: int
    script: Callable[[], str]


def _packaged(name: str) -> Callable[[], str]:
    def script() -> str:
        from importlib import resources  # 6 ms that only a store to be changed has to pay

        return resources.files("agent.store").joinpath(name).read_text("utf-8")

    return script


STEPS: Final = (
    Step(1, _packaged("schema.sql")),
    Step(2, _packaged("schema_2.sql")),
    Step(3, _packaged("schema_3.sql")),
    Step(4, _packaged("schema_4.sql")),
)
NEWEST: Final = STEPS[-1].version


def version(connection: sqlite3.Connection, name: object, newest: int = NEWEST) -> int:
    """Which step this store has taken; 0 for an empty database. ``name`` is how errors call it.

    Raises:
        Damaged: it is no store of ours.
        WrittenByNewer: a newer Fika did.
    """
    found = _number(connection, "PRAGMA user_version")
    if _number(connection, "PRAGMA application_id") != APPLICATION_ID:
        if found or _number(connection, "SELECT count(*) FROM sqlite_master"):
            raise Damaged(f"{name} is a database, but not one of Fika's")
        return 0
    if found > newest:
        raise WrittenByNewer(
            f"{name} was written by a newer Fika (version {found}, here {newest})",
            "upgrade Fika, or restore a backup that this one made",
        )
    return found


def migrate(
    connection: sqlite3.Connection,
    name: object,
    keep: Callable[[int], object] = lambda _: None,
    steps: Sequence[Step] = STEPS,
) -> None:
    """Take every step that is still to be taken.

    ``keep`` is called once, with the version a store has now, before the first change to one
    that exists; what it raises stops everything.

    Raises:
        Damaged, WrittenByNewer: see `version`.
        sqlite3.Error: a step failed; the store is as it was before that step.
    """
    newest = steps[-1].version
    if version(connection, name, newest) == newest:
        return
    # A step may rebuild a table others refer to; it can only be told so outside a transaction.
    connection.execute("PRAGMA foreign_keys=OFF")
    try:
        for step in steps:
            if _take(connection, name, step, newest, keep):
                keep = _nothing
    finally:
        connection.execute("PRAGMA foreign_keys=ON")


def _take(
    connection: sqlite3.Connection,
    name: object,
    step: Step,
    newest: int,
    keep: Callable[[int], object],
) -> bool:
    """One step in one transaction; false when it is taken already, by another program perhaps."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        before = version(connection, name, newest)
        if before >= step.version:
            connection.rollback()
            return False
        if before:
            keep(before)
        for statement in statements(step.script()):
            connection.execute(statement)
        check_references(connection, name)
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={step.version}")
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
    return True


def check_references(connection: sqlite3.Connection, name: object) -> None:
    """See that every row a row refers to is there.

    Raises:
        Damaged: one is not.
    """
    broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    if broken is not None:
        raise Damaged(f"{name}: a row of {broken[0]} refers to a row of {broken[2]} that is gone")


def statements(script: str) -> Iterator[str]:
    """The script's statements; SQLite itself says where one ends (triggers hold semicolons)."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    if pending.strip():
        yield pending


def _number(connection: sqlite3.Connection, sql: str) -> int:
    return int(connection.execute(sql).fetchone()[0])


def _nothing(_: int) -> None:
    return None
