"""Meetings alone with someone, past and to come, and what the owner said of those that are over."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from agent.store.database import Database, of_one_moment
from agent.store.meetings import MOVED, events
from policies.calendar.event import Visibility
from policies.people.person import PersonId


class Alone(NamedTuple):
    """A meeting of two: arranged by us (``proposal`` is its number, else 0), or in a calendar.

    ``what`` is the format, or what the calendar calls it; ``place`` that of our own. ``private``:
    the calendar says so.
    """

    person: PersonId
    start_s: int
    end_s: int
    what: str
    proposal: int = 0
    place: str = ""
    private: bool = False

    @property
    def named(self) -> str:
        """What it may be called where others might read."""
        return "a private meeting" if self.private else self.what


# Our own entry names no guest in some calendars, and stands beside the guest's copy in others.
_ARRANGED = f"""
SELECT p.person, s.start_s, s.end_s, p.format, p.number, s.place
FROM proposal p JOIN proposal_slot s ON s.proposal = p.number AND s.position = p.chosen
JOIN person ON person.id = p.person
WHERE p.state = 'sent' AND p.answer NOT IN ('declined', 'countered')
    AND s.start_s >= ?1 AND s.start_s < ?2 AND NOT {MOVED}
"""  # noqa: S608 - our own words
# No series: what comes every week is nothing to prepare for, or to ask about. What counts lasts
# less than a day, which bounds the stretch of the index of what is none from both sides.
_IN_CALENDARS = """
SELECT DISTINCT a.person, t.start_s, t.end_s, t.occurrence
FROM occurrence o JOIN attendance t ON t.occurrence = o.id JOIN address a ON a.address = t.address
WHERE o.recurrence_id_s IS NULL AND o.end_s > ?1 AND o.end_s < ?2 + 86400
    AND o.start_s >= ?1 AND o.start_s < ?2
    AND o.occupies > 0 AND t.strength = 2
    AND (SELECT count(*) FROM attendance n WHERE n.occurrence = o.id) = 1
"""


@of_one_moment
def alone(db: Database, from_s: int, until_s: int) -> tuple[Alone, ...]:
    """Everyone met alone in this stretch by a meeting that starts in it, earliest first.

    What we arranged and a calendar also shows is told once, as ours.
    """
    found = {(row[0], row[1]): row for row in _in_calendars(db, from_s, until_s)}
    for row in db.rows(_ARRANGED, from_s, until_s):
        found[row[0], row[1]] = Alone(PersonId(row[0]), *row[1:])
    return tuple(sorted(found.values(), key=lambda each: (each.start_s, each.person)))


def answered(db: Database) -> frozenset[tuple[PersonId, int]]:
    """Person and start of every meeting the owner has been asked about."""
    return frozenset(
        (PersonId(person), start_s)
        for person, start_s in db.rows("SELECT person, start_s FROM aftermath")
    )


def answer(sql: sqlite3.Connection, person: PersonId, start_s: int, *, happened: bool) -> None:
    """Keep what the owner said; what was said before is said no more."""
    sql.execute(
        "INSERT INTO aftermath (person, start_s, happened) VALUES (?, ?, ?)"
        " ON CONFLICT (person, start_s) DO UPDATE SET happened = excluded.happened",
        (person, start_s, int(happened)),
    )


def _in_calendars(db: Database, from_s: int, until_s: int) -> Iterator[Alone]:
    rows = db.rows(_IN_CALENDARS, from_s, until_s)
    found = events(db, {row[3] for row in rows})
    for person, start_s, end_s, occurrence in rows:
        event = found[occurrence]
        private = event.visibility is not Visibility.PUBLIC
        yield Alone(PersonId(person), start_s, end_s, event.summary, private=private)
