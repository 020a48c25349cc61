"""Whom the owner has committed to, and whom they want told."""

from __future__ import annotations

import sqlite3
from datetime import date

from agent.store.database import Database
from policies.audit.commitment import Commitment, CommitmentNumber, CommitmentState
from policies.people.person import PersonId


def every(db: Database) -> tuple[Commitment, ...]:
    """All there ever were, by number; at most one of them is standing."""
    return tuple(
        Commitment(
            CommitmentNumber(number),
            PersonId(person),
            date.fromisoformat(made),
            date.fromisoformat(until),
            tell,
            CommitmentState(state),
            _day(ended),
            _day(answered),
        )
        for number, person, made, until, tell, state, ended, answered in db.rows(
            "SELECT number, person, made, until_day, tell, state, ended, answered FROM commitment"
            " ORDER BY number"
        )
    )


def add(sql: sqlite3.Connection, person: PersonId, made: date, until: date, tell: str) -> None:
    """Raises sqlite3.IntegrityError where another one stands."""
    sql.execute(
        "INSERT INTO commitment (person, made, until_day, tell, state)"
        " VALUES (?, ?, ?, ?, 'standing')",
        (person, made.isoformat(), until.isoformat(), tell),
    )


def end(
    sql: sqlite3.Connection, number: CommitmentNumber, state: CommitmentState, day: date
) -> None:
    sql.execute(
        "UPDATE commitment SET state = ?, ended = ? WHERE number = ?",
        (state, day.isoformat(), number),
    )


def answer(sql: sqlite3.Connection, number: CommitmentNumber, month: date) -> None:
    """No letter is owed of this month, given as its first day, nor of any before."""
    sql.execute("UPDATE commitment SET answered = ? WHERE number = ?", (month.isoformat(), number))


def hand_over(sql: sqlite3.Connection, source: PersonId, target: PersonId) -> None:
    sql.execute("UPDATE commitment SET person = ? WHERE person = ?", (target, source))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text is not None else None
