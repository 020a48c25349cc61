"""What the last lines of the diary wrote, and taking one of them back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import date
from typing import Final, NamedTuple

from agent.store.database import Database
from policies.memory.logline import Finding, Kind
from policies.memory.mentions import Who
from policies.people.person import Format, PersonId

_KEPT: Final = 50  # lines
_TABLES: Final = {
    Kind.CONTACT: ("logged_contact", "id"),
    Kind.PROMISED: ("promise", "number"),
    Kind.PROMISED_ME: ("promise", "number"),
    Kind.GAVE: ("favour", "number"),
    Kind.HAD: ("favour", "number"),
    Kind.INTRODUCED_ME: ("favour", "number"),
    Kind.ASKED: ("favour", "number"),
    Kind.THANKED: ("thanks", "number"),
    Kind.TO_THANK: ("thanks", "number"),
}


class Entry(NamedTuple):
    """One thing a line wrote, of one person.

    ``number`` is that of its row, ``None`` for what went into the notes; ``made``: the row is
    new, else it was there and has been ended.
    """

    finding: Finding
    number: int | None = None
    made: bool = True

    @property
    def person(self) -> PersonId:
        return self.finding.who[0].found[0]


class Line(NamedTuple):
    """All that was logged at once; what is left of it, where somebody was forgotten since."""

    number: int
    logged: date
    entries: tuple[Entry, ...]


def keep(sql: sqlite3.Connection, entries: Iterable[Entry], today: date) -> None:
    """The newest line; the oldest of many can be taken back no more."""
    (last,) = sql.execute("SELECT coalesce(max(line), 0) FROM diary").fetchone()
    sql.executemany(
        "INSERT INTO diary (line, person, logged, kind, what, day, format, number, made)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                last + 1,
                each.person,
                today.isoformat(),
                each.finding.kind,
                each.finding.what,
                each.finding.day.isoformat() if each.finding.day else None,
                each.finding.format,
                each.number,
                int(each.made),
            )
            for each in entries
        ],
    )
    sql.execute("DELETE FROM diary WHERE line <= ?", (last + 1 - _KEPT,))


def latest(db: Database, most: int) -> tuple[Line, ...]:
    """The last lines, the newest first."""
    lines: dict[int, Line] = {}
    for line, person, logged, kind, what, day, form, number, made in db.rows(
        "SELECT line, person, logged, kind, what, day, format, number, made FROM diary"
        " WHERE line IN (SELECT DISTINCT line FROM diary ORDER BY line DESC LIMIT ?)"
        " ORDER BY line DESC, id",
        most,
    ):
        who = (Who("", (PersonId(person),)),)
        on, how = date.fromisoformat(day) if day else None, Format(form) if form else None
        one = Entry(Finding(Kind(kind), who, what, "", on, how), number, bool(made))
        known = lines.get(line, Line(line, date.fromisoformat(logged), ()))
        lines[line] = known._replace(entries=(*known.entries, one))
    return tuple(lines.values())


def take_back(sql: sqlite3.Connection, line: Line) -> None:
    """All of it but what it added to notes."""
    for each in line.entries:
        table, key = _TABLES.get(each.finding.kind, ("", ""))
        if table and each.made:
            sql.execute(f"DELETE FROM {table} WHERE {key} = ?", (each.number,))  # noqa: S608 - our own words
        elif table:
            sql.execute(
                "UPDATE thanks SET state = 'due', ended = NULL WHERE number = ?", (each.number,)
            )
    sql.execute("DELETE FROM diary WHERE line = ?", (line.number,))
