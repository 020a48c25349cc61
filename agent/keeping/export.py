"""Everything the owner has, as one JSON document, and a store made of it again.

`docs/export.md` describes the document. Equal stores give equal documents, to the byte.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from agent.outfile import written_whole
from agent.store import tables
from agent.store.database import Database, make_store
from agent.store.errors import Damaged
from agent.store.migrations import NEWEST, STEPS, check_references

FORMAT: Final = "fika export"
VERSION: Final = 1
_LARGEST: Final = 1 << 32
"""Bytes of what is read into memory; an export of 100,000 entries has about a fifth."""


class NotAnExport(ValueError):
    """The text is no export that this Fika can read; the message says why."""


def lines(db: Database) -> Iterator[str]:
    """The document, a line for each row, of the store as it is when the first is asked for.

    Raises:
        Damaged: something in the store cannot be read.
    """
    with db.copy() as copy, copy.transaction() as sql:
        try:
            yield f'{{"format": {_json(FORMAT)},\n"version": {VERSION},\n"schema": {NEWEST},\n'
            yield f'"counters": {_json(tables.counters(sql))},\n"tables": {{\n'
            yield from _tables(sql)
        except ValueError as error:
            raise Damaged(f"{db.path}: something in it cannot be read") from error
        yield "}}\n"


def write(db: Database, path: Path, *, force: bool) -> None:
    """Write the document to a file that only its owner can read, whole or not at all.

    Raises:
        UsageProblem: as `agent.outfile.check`, or it cannot be written.
        Damaged: as `lines`.
    """
    home = db.path.parent
    with (
        written_whole(home, path, force=force) as made,
        made.open("w", encoding="utf-8", newline="\n") as file,
    ):
        file.writelines(lines(db))


def build(file: Path, path: Path) -> None:
    """Make a new store at ``path`` of the export in ``file``, in the form it was taken from.

    Raises:
        NotAnExport: it is none, or one of a newer Fika, or its rows do not fit together.
        OSError: it cannot be read, or the store not be written.
    """
    document = _document(file)
    schema = document["schema"]
    steps = [step for step in STEPS if step.version <= schema]
    with contextlib.closing(make_store(path, steps)) as sql:
        sql.execute("BEGIN")
        sql.execute("PRAGMA defer_foreign_keys=ON")
        try:
            _fill(sql, document)
            check_references(sql, "it")
            sql.execute("COMMIT")
        except (tables.BadRow, Damaged) as error:
            sql.rollback()
            raise NotAnExport(str(error)) from error


def _tables(sql: sqlite3.Connection) -> Iterator[str]:
    between = ""
    for table in tables.names(sql):
        yield f"{between}{_json(table)}: ["
        comma = "\n"
        for row in tables.rows(sql, table):
            yield f"{comma}{_json(row)}"
            comma = ",\n"
        yield "]"
        between = ",\n"


def _document(file: Path) -> Mapping[str, Any]:
    if file.stat().st_size > _LARGEST:
        raise NotAnExport(f"it is larger than {_LARGEST >> 30} GB, which no export is")
    try:
        document = json.loads(file.read_text("utf-8-sig"), parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise NotAnExport("it is neither a backup nor an export of Fika") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise NotAnExport("it is neither a backup nor an export of Fika")
    versions = document.get("version"), document.get("schema")
    if not all(type(each) is int and each > 0 for each in versions):
        raise NotAnExport("it does not say which version it is")
    if document["version"] > VERSION or document["schema"] > NEWEST:
        raise NotAnExport("it was written by a newer Fika")
    if not all(isinstance(document.get(each), dict) for each in ("tables", "counters")):
        raise NotAnExport("it lacks its tables")
    return document


def _fill(sql: sqlite3.Connection, document: Mapping[str, Any]) -> None:
    known = tables.names(sql)
    for table, rows in document["tables"].items():
        if table not in known or not isinstance(rows, list):
            raise tables.BadRow("it holds a table that no store has")
        tables.put(sql, table, rows)
    tables.set_counters(sql, document["counters"])
    if not sql.execute("SELECT 1 FROM meta WHERE name = 'installation' AND value <> ''").fetchone():
        raise tables.BadRow("it does not say whose it is")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _refused(constant: str) -> object:
    raise ValueError(constant)
