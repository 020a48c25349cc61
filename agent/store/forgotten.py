"""Forgetting someone: what goes out of every table, and the marks that keep them out."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import replace

from agent.store import actions, commitments
from agent.store.database import Database
from agent.store.entries import own_uid
from agent.store.errors import Damaged
from connectors.port import Changes
from policies.audit.commitment import CommitmentState, letter_month
from policies.calendar import codec
from policies.frozen import frozen
from policies.privacy.forgetting import Forgotten, marks, without_forgotten
from policies.sending.action import ActionState

_PENDING = "wipe pending"


@frozen
class Subject:
    """Who is to be forgotten; ``id`` is empty for someone who is not on the list."""

    id: str
    names: tuple[str, ...]
    addresses: tuple[str, ...]

    @property
    def needles(self) -> frozenset[str]:
        """Texts that say who it is, in small letters, as they stand in a file or in its JSON."""
        full = [each for each in self.names if " " in each.strip()]
        plain = {each.lower() for each in (*full, *self.addresses)}
        return frozenset(plain | {json.dumps(each)[1:-1] for each in plain})


def forgotten(db: Database) -> Forgotten:
    """How to know whoever is to be left out of what the calendars say.

    Someone forgotten who is on the list again is not left out any more.
    """
    stored = {row[0] for row in db.rows("SELECT mark FROM forgotten")}
    if not stored:
        return Forgotten(db.installation)
    names = (row[0] for row in db.rows("SELECT name FROM person"))
    addresses = (row[0] for row in db.rows("SELECT address FROM address"))
    return Forgotten(
        db.installation, frozenset(stored - marks(db.installation, names=names, ids=addresses))
    )


def among(db: Database, addresses: Iterable[str]) -> frozenset[str]:
    """Those of these addresses that belong to somebody forgotten."""
    known = forgotten(db)
    return frozenset(each for each in addresses if known.marks and known.knows(each))


def without(db: Database, changes: Changes) -> Changes:
    """What a calendar answered, with nobody in it who is to be forgotten.

    Where a calendar's own identifiers name one, the reader's cursor does too: it is given up,
    and that calendar is read whole each time.
    """
    known = forgotten(db)
    if not known.marks:
        return changes
    changed = tuple(without_forgotten(each, known) for each in changes.changed)
    renamed = any(a.id != b.id for a, b in zip(changed, changes.changed, strict=True))
    return replace(changes, changed=changed, cursor=None if renamed else changes.cursor)


def erase(db: Database, sql: sqlite3.Connection, subject: Subject) -> None:
    """Strike out all the store holds of them, in the caller's transaction.

    The ledger of sendings stays: it knows guests by a hash alone. Reports go, whoever they went
    to: each lists everyone, under the names they had then. Afterwards the pages still hold what
    was struck out, until `wipe` has run.
    """
    _answer_letters(db, sql)
    addresses = json.dumps(subject.addresses)
    numbers = json.dumps(
        [
            row[0]
            for row in sql.execute(
                "SELECT number FROM proposal"
                " WHERE person = ? OR address IN (SELECT value FROM json_each(?))"
                " UNION SELECT proposal FROM action WHERE person = ? AND kind <> 'report'",
                (subject.id, addresses, subject.id),
            )
        ]
    )
    of_proposals = "WHERE kind = 'report' OR proposal IN (SELECT value FROM json_each(?))"
    meetings = [row[0] for row in sql.execute(f"SELECT uid FROM action {of_proposals}", (numbers,))]  # noqa: S608 - our own words
    for table in ("approval", "transition"):
        sql.execute(
            f"DELETE FROM {table} WHERE action IN (SELECT id FROM action {of_proposals})",  # noqa: S608 - our own words
            (numbers,),
        )
    sql.execute(f"DELETE FROM action {of_proposals}", (numbers,))  # noqa: S608 - our own words
    sql.execute("DELETE FROM proposal WHERE number IN (SELECT value FROM json_each(?))", (numbers,))
    sql.execute("DELETE FROM unplaced WHERE person = ?", (subject.id,))
    sql.execute("DELETE FROM person WHERE id = ?", (subject.id,))
    for table in ("ignored_address", "attendance"):
        sql.execute(
            f"DELETE FROM {table} WHERE address IN (SELECT value FROM json_each(?))",  # noqa: S608 - our own words
            (addresses,),
        )
    sql.execute(
        "UPDATE commitment SET tell = '' WHERE tell IN (SELECT value FROM json_each(?))",
        (addresses,),
    )
    marked = marks(db.installation, names=subject.names, ids=(*subject.addresses, *meetings))
    sql.executemany(
        "INSERT INTO forgotten (mark) VALUES (?) ON CONFLICT DO NOTHING",
        ((each,) for each in sorted(marked)),
    )
    _leave_out(sql, Forgotten(db.installation, marked))
    for needle in subject.needles:
        _strike(sql, needle)
    sql.execute(
        "INSERT INTO meta (name, value) VALUES (?, '1') ON CONFLICT DO NOTHING", (_PENDING,)
    )


def wipe(db: Database) -> None:
    """Overwrite what was struck out, if that is still to be done; costs nothing where it is not.

    Raises:
        StateUnusable: another program is reading, or there is no room; the next wipe goes on.
    """
    if not db.meta(_PENDING):
        return
    db.wipe()
    with db.transaction() as sql:
        sql.execute("DELETE FROM meta WHERE name = ?", (_PENDING,))


def mentions(db: Database, needles: Iterable[str]) -> tuple[str, ...]:
    """The tables in which one of these texts still stands, such as notes about somebody else."""
    found = {
        table: f"SELECT 1 FROM {table} WHERE {' OR '.join(columns)} LIMIT 1"  # noqa: S608 - names out of the schema
        for table, columns in _texts(db)
    }
    wanted = sorted(needles)
    return tuple(
        table
        for table, query in found.items()
        if any(db.rows(query, *[needle] * query.count("?")) for needle in wanted)
    )


def _answer_letters(db: Database, sql: sqlite3.Connection) -> None:
    """A monthly letter that was sent is not owed again when its report is gone."""
    for known in commitments.every(db):
        if known.state is not CommitmentState.STANDING:
            continue
        told = [known.answered] + [
            letter_month(each.payload.title)
            for each in actions.reports(db)
            if each.state is ActionState.SENT and each.payload.recipient == known.tell
        ]
        if last := max(filter(None, told), default=None):
            commitments.answer(sql, known.number, last)


def _leave_out(sql: sqlite3.Connection, known: Forgotten) -> None:
    """Rewrite every item that names them as the next reading would give it."""
    for id_, calendar, body in sql.execute("SELECT id, calendar, body FROM item").fetchall():
        try:
            before = codec.decode(body)
        except ValueError as error:
            raise Damaged("an entry of a calendar in the store cannot be read") from error
        after = without_forgotten(before, known)
        if after == before:
            continue
        sql.execute(
            "UPDATE item SET key = ?, uid = ?, body = ? WHERE id = ?",
            (after.id, own_uid(after), codec.encode(after), id_),
        )
        sql.executemany(
            "UPDATE occurrence SET place = '' WHERE item = ? AND event = ?",
            [(id_, index) for index, event in enumerate(after.events) if not event.location],
        )
        if after.id != before.id:
            sql.execute("DELETE FROM calendar_cursor WHERE calendar = ?", (calendar,))


def _strike(sql: sqlite3.Connection, needle: str) -> None:
    """Out of texts that are only passing through: reports, problems of readings, cursors."""
    for statement in (
        "DELETE FROM calendar_cursor WHERE instr(lower(cursor), ?)",
        """DELETE FROM calendar_cursor
            WHERE calendar IN (SELECT calendar FROM cursor_part WHERE instr(lower(text), ?))""",
        "UPDATE calendar SET failure = '' WHERE instr(lower(failure), ?)",
        "UPDATE run SET report = '' WHERE instr(lower(report), ?)",
        "UPDATE item SET problem = '' WHERE instr(lower(problem), ?)",
        "DELETE FROM quarantine WHERE instr(lower(place || ' ' || reason), ?)",
        "DELETE FROM unplaced WHERE instr(lower(question), ?)",
    ):
        sql.execute(statement, (needle,))


def _texts(db: Database) -> Iterator[tuple[str, list[str]]]:
    """Every table with texts, and the condition that each of them holds what is sought."""
    for (table,) in db.rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        " ORDER BY name"
    ):
        columns = db.rows("SELECT name FROM pragma_table_info(?) WHERE type = 'TEXT'", table)
        if columns:
            yield table, [f"instr(lower({row[0]}), ?)" for row in columns]
