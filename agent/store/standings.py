"""How everyone stood on earlier days: a row for each day on which something had changed.

Between two rows of a person all is as the earlier one says, so that a day costs nothing where
nothing changed, and any day can be looked up.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import date

from agent.store.database import Database
from policies.audit.cadence import Standing, Status
from policies.audit.progress import Stood
from policies.people.person import PersonId, Priority, Quality

_ON = (
    "SELECT s.person, s.day, s.status, s.priority, s.quality FROM standing s JOIN ("
    "SELECT person, max(day) AS day FROM standing WHERE day <= ? GROUP BY person"
    ") newest ON newest.person = s.person AND newest.day = s.day ORDER BY s.person"
)


def on(db: Database, day: date) -> dict[PersonId, Stood]:
    """How everyone stood on the evening of ``day``; who was not known then is missing."""
    return {row[0]: _stood(*row) for row in db.rows(_ON, day.isoformat())}


def of(db: Database, person: PersonId) -> tuple[Stood, ...]:
    """All that is kept of one person, the oldest first."""
    found = db.rows(
        "SELECT person, day, status, priority, quality FROM standing WHERE person = ? ORDER BY day",
        person,
    )
    return tuple(_stood(*row) for row in found)


def first_day(db: Database) -> date | None:
    """The first day there is anything of; ``None`` before the first run."""
    found = db.rows("SELECT min(day) FROM standing")[0][0]
    return None if found is None else date.fromisoformat(found)


def keep(db: Database, standings: Iterable[Standing], since: date) -> int:
    """Keep how everyone stands today where it is new, and drop what ended before ``since``.

    A second time on the same day writes nothing. The answer is how many rows were written.
    """
    found = tuple(standings)
    today = max((each.today for each in found), default=date.min)
    known = {person: stood for person, _, *stood in db.rows(_ON, today.isoformat())}
    new = [one for one in found if known.get(one.person.id) != _stands(one)]
    old = db.rows(f"SELECT 1 WHERE EXISTS (SELECT 1 {_ENDED})", since.isoformat())
    if new or old:
        with db.transaction() as sql:
            _save(sql, new)
            sql.execute(f"DELETE {_ENDED}", (since.isoformat(),))
    return len(new)


# A row holds until the next of the same person; the last one holds still.
_ENDED = (
    "FROM standing WHERE EXISTS (SELECT 1 FROM standing later"
    " WHERE later.person = standing.person AND later.day > standing.day AND later.day <= ?)"
)


def _save(sql: sqlite3.Connection, found: Iterable[Standing]) -> None:
    sql.executemany(
        "INSERT INTO standing (person, day, status, priority, quality) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (person, day) DO UPDATE SET status = excluded.status,"
        " priority = excluded.priority, quality = excluded.quality",
        [(one.person.id, one.today.isoformat(), *_stands(one)) for one in found],
    )


def _stands(one: Standing) -> list[str | None]:
    """As a row says it: to make values of rows that say the same is most of keeping them."""
    return [one.status, one.person.priority, one.person.quality]


def _stood(person: str, day: str, status: str, priority: str, quality: str | None) -> Stood:
    return Stood(
        PersonId(person),
        date.fromisoformat(day),
        Status(status),
        Priority(priority),
        Quality(quality) if quality is not None else None,
    )
