"""Every table as plain rows, out and in again, in an order that depends on their content alone.

The names come from the database itself, so that no table or column can be forgotten.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

Row = Mapping[str, object]

_SPACED: Final = (", ", ": ")
_DENSE: Final = (",", ":")
_JSON: Final = MappingProxyType(
    {
        ("person", "groups"): _SPACED,
        ("person", "goals"): _SPACED,
        ("person", "formats"): _SPACED,
        ("person", "common_ground"): _SPACED,
        ("person", "influence"): _SPACED,
        ("person", "to_give"): _SPACED,
        ("person", "allowances"): _SPACED,
        ("person", "office_days"): _SPACED,
        ("unplaced", "answer"): _SPACED,
        ("proposal", "reasons"): _SPACED,
        ("proposal", "assumptions"): _SPACED,
        ("proposal_slot", "parts"): _SPACED,
        ("action", "payload"): _DENSE,
        ("item", "body"): _DENSE,
    }
)
"""Columns that hold JSON, which is taken out as what it says, and how it is spaced when put in."""


_NUMBERS: Final = 2**63
"""A store's own numbers end before this one."""
_KINDS: Final = MappingProxyType({"INTEGER": int | None, "TEXT": str | None})


class BadRow(ValueError):
    """A row that cannot be put in; the message says which and why, and none of its content."""


def names(sql: sqlite3.Connection) -> tuple[str, ...]:
    """Every table, by name."""
    found = sql.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    return tuple(sorted(row[0] for row in found))


def columns(sql: sqlite3.Connection, table: str) -> tuple[str, ...]:
    """A table's columns: those of its key first and in order, then the others by name."""
    found = sql.execute("SELECT pk, name FROM pragma_table_info(?)", (table,)).fetchall()
    return tuple(name for _, _, name in sorted((pk == 0, pk, name) for pk, name in found))


def rows(sql: sqlite3.Connection, table: str) -> Iterator[Row]:
    """Every row of a table, in the order of its key.

    Raises:
        ValueError: a column that holds JSON holds something else.
    """
    fields = columns(sql, table)
    key = sql.execute("SELECT count(*) FROM pragma_table_info(?) WHERE pk > 0", (table,))
    order = ", ".join(fields[: key.fetchone()[0]])
    for values in sql.execute(f"SELECT {', '.join(fields)} FROM {table} ORDER BY {order}"):  # noqa: S608 - names out of the schema
        yield {
            name: json.loads(value) if (table, name) in _JSON else value
            for name, value in zip(fields, values, strict=True)
        }


def counters(sql: sqlite3.Connection) -> dict[str, int]:
    """The last number given in each table whose numbers are given once."""
    return dict(sql.execute("SELECT name, seq FROM sqlite_sequence ORDER BY name").fetchall())


def put(sql: sqlite3.Connection, table: str, found: Iterable[object]) -> None:
    """Put rows into an empty table; what a row leaves out has its usual value.

    Raises:
        BadRow: one is no row of this table.
    """
    kinds = dict(sql.execute("SELECT name, type FROM pragma_table_info(?)", (table,)))
    for number, row in enumerate(found):
        place = f"{table}[{number}]"
        if not isinstance(row, dict) or not row or not row.keys() <= kinds.keys():
            raise BadRow(f"{place} is not a row of that table")
        values = [_stored(table, name, value) for name, value in row.items()]
        if not all(isinstance(v, _KINDS[kinds[n]]) for n, v in zip(row, values, strict=True)):
            raise BadRow(f"{place} holds a value of the wrong kind")
        insert = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"  # noqa: S608 - names out of the schema
        try:
            sql.execute(insert, values)
        except (sqlite3.IntegrityError, OverflowError, UnicodeEncodeError) as error:
            raise BadRow(f"{place} breaks a rule of the store ({type(error).__name__})") from error


def set_counters(sql: sqlite3.Connection, found: Mapping[str, int]) -> None:
    """Let numbers go on from these.

    Raises:
        BadRow: there are no such numbers.
    """
    known = names(sql)
    for name, last in found.items():
        if name not in known or type(last) is not int or not 0 <= last < _NUMBERS:
            raise BadRow("counters are not those of a store")
        sql.execute("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
        sql.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, last))


def _stored(table: str, name: str, value: object) -> object:
    spacing = _JSON.get((table, name))
    if spacing is not None:
        return json.dumps(value, ensure_ascii=False, separators=spacing)
    return () if isinstance(value, bool) else value  # true and false are no numbers here
