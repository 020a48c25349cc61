"""Walks through everyone: which is under way, whom it has come to, and what was changed."""

from __future__ import annotations

import sqlite3
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from agent.store.database import Database
from policies.people.person import PersonId


class ReviewKind(StrEnum):
    QUARTER = "quarter"
    YEAR = "year"
    INTERVIEW = "interview"


class Review(NamedTuple):
    """One walk; ``changes`` is what was changed for everyone it has come to, in words."""

    number: int
    kind: ReviewKind
    started: date
    ended: date | None
    changes: dict[PersonId, str]


def under_way(db: Database, kind: ReviewKind) -> Review | None:
    """The one of this kind that was begun and not ended."""
    found = db.rows(
        "SELECT number, kind, started_on, ended_on FROM review"
        " WHERE kind = ? AND ended_on IS NULL ORDER BY number DESC LIMIT 1",
        kind,
    )
    return _review(db, *found[0]) if found else None


def last(db: Database, kind: ReviewKind, besides: int = 0) -> date | None:
    """The day on which one of this kind was last ended, ``besides`` the one of this number."""
    found = db.rows(
        "SELECT max(ended_on) FROM review WHERE kind = ? AND number <> ?", kind, besides
    )[0][0]
    return None if found is None else date.fromisoformat(found)


def begin(sql: sqlite3.Connection, kind: ReviewKind, today: date) -> Review:
    made = sql.execute(
        "INSERT INTO review (kind, started_on) VALUES (?, ?)", (kind, today.isoformat())
    )
    return Review(int(made.lastrowid or 0), kind, today, None, {})


def note(sql: sqlite3.Connection, review: int, person: PersonId, changes: str) -> None:
    """The walk has been with this person; of somebody no longer listed nothing is noted."""
    sql.execute(
        "INSERT INTO review_person (review, person, changes)"
        " SELECT ?, id, ? FROM person WHERE id = ?"
        " ON CONFLICT (review, person) DO UPDATE SET changes = excluded.changes",
        (review, changes, person),
    )


def take_back(sql: sqlite3.Connection, review: int, person: PersonId) -> None:
    """The walk has not been with this person yet."""
    sql.execute("DELETE FROM review_person WHERE review = ? AND person = ?", (review, person))


def end(sql: sqlite3.Connection, review: int, today: date) -> None:
    sql.execute("UPDATE review SET ended_on = ? WHERE number = ?", (today.isoformat(), review))


def _review(db: Database, number: int, kind: str, started: str, ended: str | None) -> Review:
    rows = db.rows("SELECT person, changes FROM review_person WHERE review = ?", number)
    return Review(
        number,
        ReviewKind(kind),
        date.fromisoformat(started),
        None if ended is None else date.fromisoformat(ended),
        {PersonId(person): changes for person, changes in rows},
    )
