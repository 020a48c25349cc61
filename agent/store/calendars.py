"""The calendars as the store knows them: how far each is read, and the time they take."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from agent.store.database import Database
from agent.store.entries import UID
from connectors.port import Changes, Cursor, Quarantined
from policies.slots.occupancy import Occupies, PlainRow


class CalendarRow(NamedTuple):
    """One calendar as the store knows it; `schema.sql` says what ``None`` means.

    The cursor is asked for with `cursor`: that of a large file is long.
    """

    id: int
    name: str
    expanded_from_s: int | None
    expanded_until_s: int | None
    read_at_s: int | None
    content_at_s: int | None
    failed_at_s: int | None
    failure: str
    total: int
    refused_total: int | None
    shrink_accepted: int
    derived_by: str


class BusyRow(NamedTuple):
    """One occurrence that takes the owner's time."""

    start_s: int
    end_s: int
    occupies: Occupies
    all_day: bool
    uid: str
    place: str = ""


_COLUMNS = ", ".join(CalendarRow._fields)
_OCCUPIES = tuple(Occupies)
_APART = """
SELECT id FROM item WHERE calendar IN (SELECT id FROM calendar) AND left_s IS NULL
    AND key IN (SELECT value FROM json_each(?5))
UNION SELECT id FROM item WHERE uid IN (SELECT value FROM json_each(?5))
"""
# To ask each meeting in which calendar it stands costs more than all the rest.
_BUSY = """
o.occupies > 0 AND o.end_s > ?1 AND o.start_s < ?2
AND (?3 OR (SELECT c.name FROM item i JOIN calendar c ON c.id = i.calendar WHERE i.id = o.item)
    IN (SELECT value FROM json_each(?4)))
"""
_ONE = f"""
SELECT o.start_s, o.end_s, o.occupies, o.all_day, {UID} AS uid, o.place, o.recurrence_id_s
FROM occurrence o JOIN item i ON i.id = o.item WHERE {_BUSY}
"""  # noqa: S608 - our own words
_EACH = f"{_ONE} ORDER BY o.start_s, o.end_s, o.occupies DESC, uid, o.place DESC"
# The index on ends is all that is read, in its own order.
_TOGETHER = f"""
SELECT min(o.start_s), o.end_s, o.occupies, o.all_day, '', o.place FROM occurrence o
WHERE {_BUSY} AND o.id NOT IN (SELECT id FROM occurrence WHERE item IN ({_APART}))
GROUP BY o.end_s, o.occupies, o.all_day, o.place
"""  # noqa: S608 - our own words
_OWN = f"{_ONE} AND o.item IN ({_APART})"


def calendar(db: Database, name: str) -> CalendarRow:
    """The calendar of this name, made when it is new."""
    with db.transaction() as sql:
        sql.execute("INSERT INTO calendar (name) VALUES (?) ON CONFLICT DO NOTHING", (name,))
    return next(row for row in calendars(db) if row.name == name)


def calendars(db: Database) -> tuple[CalendarRow, ...]:
    """Every calendar ever read, by name."""
    rows = db.rows(f"SELECT {_COLUMNS} FROM calendar ORDER BY name")  # noqa: S608 - our own field names
    return tuple(CalendarRow(*row) for row in rows)


def cursor(db: Database, name: str) -> Cursor | None:
    """Where the last reading of a calendar ended; ``None`` before the first."""
    found = db.rows(
        "SELECT r.cursor, c.id FROM calendar c JOIN calendar_cursor r ON r.calendar = c.id"
        " WHERE c.name = ?",
        name,
    )
    return Cursor(found[0][0], _Parts(db, found[0][1])) if found else None


class _Parts(Mapping[str, str]):
    """The parts of a calendar's cursor, each read when it is asked for: together they are long."""

    def __init__(self, db: Database, calendar_id: int) -> None:
        self._db, self._id = db, calendar_id

    def __getitem__(self, name: str) -> str:
        found = self._db.rows(
            "SELECT text FROM cursor_part WHERE calendar = ? AND name = ?", self._id, name
        )
        if not found:
            raise KeyError(name)
        return str(found[0][0])

    def __iter__(self) -> Iterator[str]:
        every = self._db.rows("SELECT name FROM cursor_part WHERE calendar = ?", self._id)
        return (name for (name,) in every)

    def __len__(self) -> int:
        return len(list(iter(self)))


def present(db: Database, calendar_id: int) -> int:
    """How many items of this calendar were in its source at the last reading."""
    found = db.rows("SELECT count(*) FROM item WHERE calendar = ? AND left_s IS NULL", calendar_id)
    return int(found[0][0])


def note_reading(sql: sqlite3.Connection, calendar_id: int, changes: Changes, now_s: int) -> None:
    """Remember that a reading succeeded, and what it left out."""
    if not changes.unchanged:
        _note_quarantined(sql, calendar_id, changes.quarantined, now_s)
    content_s = changes.content_as_of and int(changes.content_as_of.timestamp())
    sql.execute(
        "UPDATE calendar SET read_at_s = ?, content_at_s = ?, failed_at_s = NULL,"
        " failure = '', total = ?, refused_total = NULL, shrink_accepted = 0 WHERE id = ?",
        (now_s, content_s, changes.total, calendar_id),
    )


def move_cursor(sql: sqlite3.Connection, calendar_id: int, cursor: Cursor | None) -> None:
    """Where the next reading goes on; ``None``: it begins anew. One that stays is not written."""
    if cursor is None:
        sql.execute("DELETE FROM calendar_cursor WHERE calendar = ?", (calendar_id,))
        return
    of = "SELECT cursor FROM calendar_cursor WHERE calendar = ?"
    if sql.execute(of, (calendar_id,)).fetchone() == (cursor,):
        return
    sql.execute(
        "INSERT INTO calendar_cursor (calendar, cursor) VALUES (?, ?)"
        " ON CONFLICT (calendar) DO UPDATE SET cursor = excluded.cursor",
        (calendar_id, cursor),
    )
    _keep_parts(sql, calendar_id, cursor.parts)


def _keep_parts(sql: sqlite3.Connection, calendar_id: int, parts: Mapping[str, str]) -> None:
    found = sql.execute("SELECT name FROM cursor_part WHERE calendar = ?", (calendar_id,))
    kept, wanted = {name for (name,) in found}, set(parts)
    sql.executemany(
        "DELETE FROM cursor_part WHERE calendar = ? AND name = ?",
        [(calendar_id, name) for name in kept - wanted],
    )
    sql.executemany(
        "INSERT INTO cursor_part (calendar, name, text) VALUES (?, ?, ?)",
        ((calendar_id, name, parts[name]) for name in sorted(wanted - kept)),
    )


def note_letting_go(sql: sqlite3.Connection, calendar_id: int) -> None:
    """Remember that a calendar is read no more; should it be again, then from the beginning."""
    sql.execute("DELETE FROM quarantine WHERE calendar = ?", (calendar_id,))
    sql.execute("UPDATE calendar SET read_at_s = NULL, total = 0 WHERE id = ?", (calendar_id,))
    move_cursor(sql, calendar_id, None)


def set_window(
    sql: sqlite3.Connection, calendar_id: int, window: tuple[int, int], derived_by: str
) -> None:
    """Remember how far series are expanded, and by which rules."""
    sql.execute(
        "UPDATE calendar SET expanded_from_s = ?, expanded_until_s = ?, derived_by = ?"
        " WHERE id = ?",
        (*window, derived_by, calendar_id),
    )


def note_failure(sql: sqlite3.Connection, calendar_id: int, cause: str, now_s: int) -> None:
    """Remember that a reading failed; what was read before stays as it is."""
    sql.execute(
        "UPDATE calendar SET failed_at_s = ?, failure = ? WHERE id = ?",
        (now_s, cause, calendar_id),
    )


def note_refusal(sql: sqlite3.Connection, calendar_id: int, total: int) -> None:
    """Remember a listing so much shorter that only the owner can accept it."""
    sql.execute("UPDATE calendar SET refused_total = ? WHERE id = ?", (total, calendar_id))


def accept_shrink(sql: sqlite3.Connection, name: str) -> bool:
    """Let the next reading of a refused calendar in; false when nothing was refused."""
    return (
        sql.execute(
            "UPDATE calendar SET shrink_accepted = 1 WHERE name = ? AND refused_total IS NOT NULL",
            (name,),
        ).rowcount
        == 1
    )


def busy(db: Database, names: Collection[str], from_s: int, until_s: int) -> tuple[BusyRow, ...]:
    """What takes time in [from_s, until_s) in these calendars, each meeting once, by start.

    Of copies in several calendars that counts which takes the time most firmly.
    """
    found: dict[tuple[object, ...], BusyRow] = {}
    for row in db.rows(_EACH, from_s, until_s, *_where(db, names)):
        start_s, end_s, occupies, all_day, uid, place, recurrence_id_s = row
        key = (uid, recurrence_id_s, start_s, end_s)
        if key not in found:
            found[key] = BusyRow(start_s, end_s, _OCCUPIES[occupies], bool(all_day), uid, place)
    return tuple(found.values())


def taken(
    db: Database, names: Collection[str], from_s: int, until_s: int, apart: Collection[str]
) -> Iterator[PlainRow]:
    """As `busy`, of meetings that end together only the longest of each kind, and nameless.

    That of what takes the same time to the same place, by end. Those whose uid is in ``apart``
    keep it, and come last.
    """
    where = (from_s, until_s, *_where(db, names), json.dumps(sorted(apart)))
    yield from db.each(_TOGETHER, *where)
    if apart:
        yield from (row[:-1] for row in db.each(_OWN, *where))


def _where(db: Database, names: Collection[str]) -> tuple[bool, str]:
    """Whether these are all calendars there are, and which they are."""
    every = all(name in names for (name,) in db.rows("SELECT name FROM calendar"))
    return every, json.dumps(sorted(names))


def quarantined(db: Database) -> Mapping[str, tuple[Quarantined, ...]]:
    """What each calendar's last reading had to leave out, and series not wholly expanded.

    In the order a person counts: VEVENT 2 before VEVENT 10. A series is named by its UID, by
    which it can be found in its file.
    """
    result: dict[str, list[Quarantined]] = {}
    for name, place, reason in db.rows(
        "SELECT c.name, q.place, q.reason FROM quarantine q JOIN calendar c ON c.id = q.calendar"
        " UNION ALL"
        " SELECT c.name, 'series ' || i.key, i.problem FROM item i"
        " JOIN calendar c ON c.id = i.calendar WHERE i.problem <> '' AND i.left_s IS NULL"
    ):
        result.setdefault(name, []).append(Quarantined(place, reason))
    return {name: tuple(sorted(some, key=_counted)) for name, some in result.items()}


def _counted(problem: Quarantined) -> str:
    """A place to sort by, with its numbers as wide as the widest that matter."""
    return re.sub("[0-9]+", lambda number: number[0].zfill(9), problem.place)


def _note_quarantined(
    sql: sqlite3.Connection, calendar_id: int, quarantined: Iterable[Quarantined], now_s: int
) -> None:
    sql.execute("DELETE FROM quarantine WHERE calendar = ?", (calendar_id,))
    sql.executemany(
        "INSERT OR REPLACE INTO quarantine (calendar, place, reason, seen_s) VALUES (?, ?, ?, ?)",
        ((calendar_id, each.place, each.reason, now_s) for each in quarantined),
    )
