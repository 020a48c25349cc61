"""Many rows at once: what each would cost by itself is most of what a first reading costs."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Final

_VALUES: Final = 900
"""In one statement; SQLite may be built to take no more than 999."""


def insert(sql: sqlite3.Connection, table: str, columns: str, values: list[object]) -> None:
    """Put rows in, as many in one statement as go; ``values`` are theirs, one row after another."""
    wide = columns.count(",") + 1
    many = _VALUES // wide * wide
    whole = len(values) // many * many
    row = f"({', '.join('?' * wide)})"
    for size, firsts in (
        (many, range(0, whole, many)),
        (wide, range(whole, len(values), wide)),
    ):
        sql.executemany(
            f"INSERT INTO {table} ({columns})"  # noqa: S608 - our own words
            f" VALUES {', '.join([row] * (size // wide))}",
            (values[first : first + size] for first in firsts),
        )


@contextmanager
def indexes_last(
    sql: sqlite3.Connection, tables: Collection[str], but: Collection[str]
) -> Iterator[None]:
    """Make the indexes of these tables once all is in: where most is new, that is half the work.

    Those named ``but`` are of few rows, and stay. Nothing may be looked up by the others meanwhile.
    They are dropped and made in the caller's transaction, so a program that dies leaves them as
    they were.
    """
    indexes = [
        index
        for table in tables
        for index in sql.execute(
            "SELECT name, sql FROM sqlite_master"
            " WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?",
            (table,),
        )
        if index[0] not in but
    ]
    for name, _ in indexes:
        sql.execute(f"DROP INDEX {name}")
    yield
    for _, statement in indexes:
        sql.execute(statement)
