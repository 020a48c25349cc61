"""Rituals: a recurring coffee within a group, and who is in it."""

from __future__ import annotations

import sqlite3
from datetime import date

from agent.store.database import Database
from policies.circles.rituals import Ritual
from policies.people.person import PersonId


def every(db: Database) -> tuple[Ritual, ...]:
    """All of them, the oldest first, each with its members in their order."""
    members: dict[int, list[PersonId]] = {}
    for number, person in db.rows("SELECT ritual, person FROM ritual_member ORDER BY position"):
        members.setdefault(number, []).append(PersonId(person))
    return tuple(
        Ritual(
            name,
            every_weeks,
            date.fromisoformat(starts),
            tuple(members.get(number, ())),
            bool(team),
            shift,
            number,
        )
        for number, name, every_weeks, starts, team, shift in db.rows(
            "SELECT number, name, every_weeks, starts, team, shift FROM ritual ORDER BY number"
        )
    )


def add(sql: sqlite3.Connection, ritual: Ritual) -> None:
    """Keep a new one.

    Raises:
        sqlite3.IntegrityError: there is one of this name.
    """
    number = sql.execute(
        "INSERT INTO ritual (name, every_weeks, starts, team, shift) VALUES (?, ?, ?, ?, ?)",
        (ritual.name, ritual.every_weeks, ritual.starts.isoformat(), ritual.team, ritual.shift),
    ).lastrowid
    _seat(sql, number, ritual.members)


def change(sql: sqlite3.Connection, ritual: Ritual) -> None:
    """Keep its members, and how its rounds go on."""
    sql.execute(
        "UPDATE ritual SET starts = ?, shift = ? WHERE number = ?",
        (ritual.starts.isoformat(), ritual.shift, ritual.number),
    )
    sql.execute("DELETE FROM ritual_member WHERE ritual = ?", (ritual.number,))
    _seat(sql, ritual.number, ritual.members)


def end(sql: sqlite3.Connection, number: int) -> None:
    sql.execute("DELETE FROM ritual WHERE number = ?", (number,))


def _seat(sql: sqlite3.Connection, number: int | None, members: tuple[PersonId, ...]) -> None:
    sql.executemany(
        "INSERT INTO ritual_member (ritual, person, position) VALUES (?, ?, ?)",
        ((number, person, position) for position, person in enumerate(members)),
    )
