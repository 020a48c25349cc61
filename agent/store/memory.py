"""Promises, thanks, and what was given and asked, as the store holds them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TypeVar

from agent.store.database import Database
from policies.memory.brief import News
from policies.memory.favour import Favour, FavourNumber
from policies.memory.promise import Promise, PromiseNumber, PromiseState
from policies.memory.thanks import Occasion, Thanks, ThanksNumber, ThanksState, ToThank
from policies.people.person import PersonId

_Remembered = TypeVar("_Remembered", Promise, Favour)


def promises(db: Database) -> tuple[Promise, ...]:
    """All there ever were, by number."""
    return tuple(
        Promise(
            PromiseNumber(number),
            PersonId(person),
            bool(mine),
            what,
            date.fromisoformat(made),
            _day(due),
            PromiseState(state),
            _day(ended),
        )
        for number, person, mine, what, made, due, state, ended in db.rows(
            "SELECT number, person, mine, what, made, due, state, ended FROM promise"
            " ORDER BY number"
        )
    )


def promises_by_person(db: Database) -> Mapping[PersonId, tuple[Promise, ...]]:
    return _by_person(promises(db))


def add_promise(
    sql: sqlite3.Connection,
    person: PersonId,
    what: str,
    made: date,
    due: date | None,
    *,
    mine: bool,
) -> PromiseNumber:
    row = (person, int(mine), what, made.isoformat(), due.isoformat() if due else None)
    found = sql.execute(
        "INSERT INTO promise (person, mine, what, made, due, state)"
        " VALUES (?, ?, ?, ?, ?, 'open') RETURNING number",
        row,
    )
    return PromiseNumber(found.fetchone()[0])


def end_promise(
    sql: sqlite3.Connection, number: PromiseNumber, state: PromiseState, day: date
) -> None:
    sql.execute(
        "UPDATE promise SET state = ?, ended = ? WHERE number = ?",
        (state, day.isoformat(), number),
    )


def thanks(db: Database) -> tuple[Thanks, ...]:
    """All there ever were, by number."""
    return tuple(
        Thanks(
            ThanksNumber(number),
            PersonId(person),
            Occasion(occasion),
            what,
            date.fromisoformat(made),
            date.fromisoformat(due),
            ThanksState(state),
            _day(ended),
        )
        for number, person, occasion, what, made, due, state, ended in db.rows(
            "SELECT number, person, occasion, what, made, due, state, ended FROM thanks"
            " ORDER BY number"
        )
    )


def add_thanks(sql: sqlite3.Connection, each: ToThank) -> ThanksNumber:
    found = sql.execute(
        "INSERT INTO thanks (person, occasion, what, made, due, state)"
        " VALUES (?, ?, ?, ?, ?, 'due') RETURNING number",
        (each.person, each.occasion, each.what, each.made.isoformat(), each.due.isoformat()),
    )
    return ThanksNumber(found.fetchone()[0])


def end_thanks(
    sql: sqlite3.Connection, number: ThanksNumber, state: ThanksState, day: date
) -> None:
    sql.execute(
        "UPDATE thanks SET state = ?, ended = ? WHERE number = ?", (state, day.isoformat(), number)
    )


def favours(db: Database) -> tuple[Favour, ...]:
    """All there ever were, by number."""
    return tuple(
        Favour(FavourNumber(number), PersonId(person), bool(given), what, date.fromisoformat(day))
        for number, person, given, what, day in db.rows(
            "SELECT number, person, given, what, day FROM favour ORDER BY number"
        )
    )


def favours_by_person(db: Database) -> Mapping[PersonId, tuple[Favour, ...]]:
    return _by_person(favours(db))


def add_favour(
    sql: sqlite3.Connection, person: PersonId, what: str, day: date, *, given: bool
) -> FavourNumber:
    found = sql.execute(
        "INSERT INTO favour (person, given, what, day) VALUES (?, ?, ?, ?) RETURNING number",
        (person, int(given), what, day.isoformat()),
    )
    return FavourNumber(found.fetchone()[0])


def remove_favour(sql: sqlite3.Connection, number: FavourNumber) -> bool:
    """Whether there was one of this number."""
    return bool(sql.execute("DELETE FROM favour WHERE number = ?", (number,)).rowcount)


def news(db: Database) -> tuple[News, ...]:
    """All there is, newest first."""
    return tuple(
        News(number, what, date.fromisoformat(day))
        for number, what, day in db.rows(
            "SELECT number, what, day FROM news ORDER BY day DESC, number DESC"
        )
    )


def add_news(sql: sqlite3.Connection, what: str, day: date) -> int:
    found = sql.execute(
        "INSERT INTO news (what, day) VALUES (?, ?) RETURNING number", (what, day.isoformat())
    )
    return int(found.fetchone()[0])


def remove_news(sql: sqlite3.Connection, number: int) -> bool:
    """Whether there was any of this number."""
    return bool(sql.execute("DELETE FROM news WHERE number = ?", (number,)).rowcount)


def hand_over(sql: sqlite3.Connection, source: PersonId, target: PersonId) -> None:
    """All of ``source`` becomes that of ``target``; what both have of one meeting stays once."""
    for table in ("promise", "thanks", "favour", "diary"):
        sql.execute(f"UPDATE {table} SET person = ? WHERE person = ?", (target, source))  # noqa: S608 - our own words
    sql.execute("UPDATE OR IGNORE aftermath SET person = ? WHERE person = ?", (target, source))


def _by_person(found: Iterable[_Remembered]) -> Mapping[PersonId, tuple[_Remembered, ...]]:
    theirs: dict[PersonId, list[_Remembered]] = {}
    for each in found:
        theirs.setdefault(each.person, []).append(each)
    return {person: tuple(each) for person, each in theirs.items()}


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text is not None else None
