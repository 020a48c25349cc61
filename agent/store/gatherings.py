"""What the owner said of events of many people: that they go, what for, and whom they met."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from agent.store.database import Database
from policies.circles.events import Event
from policies.people.person import PersonId
from policies.wall import moment, seconds


def every(db: Database) -> tuple[Event, ...]:
    """All of them, by number, with who was met there; what calendars know of them is not in it."""
    met: dict[int, list[tuple[PersonId, bool]]] = {}
    for number, person, followed in db.rows(
        "SELECT gathering, person, followed FROM gathering_person ORDER BY person"
    ):
        met.setdefault(number, []).append((PersonId(person), bool(followed)))
    return tuple(
        Event(
            title,
            moment(start_s),
            moment(end_s),
            uid,
            number=number,
            goal=goal or "",
            private=bool(private),
            met=tuple(met.get(number, ())),
        )
        for number, uid, title, start_s, end_s, private, goal in db.rows(
            "SELECT number, uid, title, start_s, end_s, private, goal FROM gathering"
            " ORDER BY number"
        )
    )


def add(sql: sqlite3.Connection, event: Event) -> int:
    """Keep a new one, and answer its number."""
    return (
        sql.execute(
            "INSERT INTO gathering (uid, title, start_s, end_s, private, goal)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                event.uid,
                event.title,
                seconds(event.start),
                seconds(event.end),
                event.private,
                event.goal or None,
            ),
        ).lastrowid
        or 0
    )


def set_goal(sql: sqlite3.Connection, number: int, goal: str) -> None:
    """What it is for; empty for nothing in particular."""
    sql.execute("UPDATE gathering SET goal = ? WHERE number = ?", (goal or None, number))


def meet(sql: sqlite3.Connection, number: int, people: Iterable[PersonId]) -> None:
    """Who was met there, still to be written to; who was known to be met is left as they are."""
    sql.executemany(
        "INSERT INTO gathering_person (gathering, person, followed) VALUES (?, ?, 0)"
        " ON CONFLICT DO NOTHING",
        ((number, person) for person in people),
    )


def follow(sql: sqlite3.Connection, number: int, person: PersonId) -> None:
    """They were written to."""
    sql.execute(
        "UPDATE gathering_person SET followed = 1 WHERE gathering = ? AND person = ?",
        (number, person),
    )


def remove(sql: sqlite3.Connection, number: int) -> None:
    sql.execute("DELETE FROM gathering WHERE number = ?", (number,))
