"""What the calendars say: items as facts, and what is derived from them.

An item that leaves its source without being reported deleted keeps what had ended by then: its
later occurrences go, its earlier ones still prove contact. When a series changes so that it now
starts later than before (a sliding export), the instances before its new start are kept the same
way, under an archived copy of the old item.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from agent.store import whereabouts
from agent.store.database import Database
from agent.store.whereabouts import WhereRow
from connectors.port import Changes, Quarantined
from policies.audit.evidence import Judgement
from policies.calendar import codec
from policies.calendar.event import CalendarItem
from policies.calendar.occurrence import Occurrence
from policies.slots.occupancy import Occupies
from policies.slots.places import Whereabouts


class Derived(NamedTuple):
    """What one item comes to: its occurrences and, per event of it, whom it names and its weight,
    and where it has the owner be.

    ``problem`` says why its occurrences are not all there; empty when they are.
    """

    occurrences: Sequence[Occurrence]
    problem: str
    judgements: Sequence[tuple[Judgement, ...]]
    occupies: Sequence[Occupies]
    whereabouts: Sequence[Whereabouts | None] = ()


Derive = Callable[[CalendarItem], Derived]


class CalendarRow(NamedTuple):
    """One calendar as the store knows it; `schema.sql` says what ``None`` means."""

    id: int
    name: str
    cursor: str | None
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


_NEVER_S = -(10**18)
_FEW = 1_000
_AT_ONCE = 200_000
_COLUMNS = ", ".join(CalendarRow._fields)


def calendar(db: Database, name: str) -> CalendarRow:
    """The calendar of this name, made when it is new."""
    with db.transaction() as sql:
        sql.execute("INSERT INTO calendar (name) VALUES (?) ON CONFLICT DO NOTHING", (name,))
    return next(row for row in calendars(db) if row.name == name)


def calendars(db: Database) -> tuple[CalendarRow, ...]:
    """Every calendar ever read, by name."""
    return tuple(
        CalendarRow(*row)
        for row in db.rows(f"SELECT {_COLUMNS} FROM calendar ORDER BY name")  # noqa: S608 - our own field names
    )


def present(db: Database, calendar_id: int) -> int:
    """How many items of this calendar were in its source at the last reading."""
    found = db.rows("SELECT count(*) FROM item WHERE calendar = ? AND left_s IS NULL", calendar_id)
    return int(found[0][0])


def apply(
    sql: sqlite3.Connection,
    row: CalendarRow,
    changes: Changes,
    derive: Derive,
    *,
    window: tuple[int, int],
    derived_by: str,
    now_s: int,
) -> None:
    """Take one reading in, and move the cursor, all in the caller's transaction."""
    absent = changes.absent if row.cursor is not None else _missing(sql, row.id, changes)
    sql.executemany(
        "DELETE FROM item WHERE calendar = ? AND key = ?",
        ((row.id, key) for key in changes.deleted),
    )
    for key in absent:
        _leave(sql, row.id, key, now_s)
    _put(sql, row.id, changes.changed, derive, now_s)
    if not changes.unchanged:
        _note_quarantined(sql, row.id, changes.quarantined, now_s)
    content_s = changes.content_as_of and int(changes.content_as_of.timestamp())
    sql.execute(
        "UPDATE calendar SET cursor = ?, expanded_from_s = ?, expanded_until_s = ?, read_at_s = ?,"
        " content_at_s = ?, failed_at_s = NULL, failure = '', total = ?, refused_total = NULL,"
        " shrink_accepted = 0, derived_by = ? WHERE id = ?",
        (changes.cursor, *window, now_s, content_s, changes.total, derived_by, row.id),
    )


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


def extend(
    sql: sqlite3.Connection, row: CalendarRow, derive: Derive, window: tuple[int, int]
) -> None:
    """Expand every series further, to what starts in ``window`` (``derive`` answers for it)."""
    rows = _Rows(sql)
    for item_id, body in sql.execute(
        "SELECT id, body FROM item WHERE calendar = ? AND recurs = 1 AND left_s IS NULL", (row.id,)
    ).fetchall():
        item = codec.decode(body)
        derived = derive(item)
        later = [each for each in derived.occurrences if window[0] <= each.start_s < window[1]]
        rows.add(item_id, item, derived._replace(occurrences=later))
    rows.write()


def derive_again(sql: sqlite3.Connection, row: CalendarRow, derive: Derive) -> None:
    """Derive everything anew from the items, after a rule changed.

    What has left its source keeps the occurrences it has; only their judgements are made again.
    """
    rows = _Rows(sql)
    for item_id, body, left_s in sql.execute(
        "SELECT id, body, left_s FROM item WHERE calendar = ?", (row.id,)
    ).fetchall():
        item = codec.decode(body)
        derived = derive(item)
        if left_s is not None:
            derived = derived._replace(occurrences=_kept(sql, item_id, item))
        sql.execute("DELETE FROM occurrence WHERE item = ?", (item_id,))
        sql.execute("DELETE FROM whereabouts WHERE item = ?", (item_id,))
        rows.add(item_id, item, derived)
    rows.write()


def busy(db: Database, names: Collection[str], from_s: int, until_s: int) -> tuple[BusyRow, ...]:
    """What takes time in [from_s, until_s) in these calendars, each meeting once, by start."""
    found: dict[tuple[object, ...], BusyRow] = {}
    for start_s, end_s, occupies, all_day, uid, recurrence_id_s, place, name in db.rows(
        "SELECT o.start_s, o.end_s, o.occupies, o.all_day, o.uid, o.recurrence_id_s, w.place,"
        " c.name FROM occurrence o JOIN item i ON i.id = o.item"
        " JOIN calendar c ON c.id = i.calendar"
        " LEFT JOIN whereabouts w ON w.item = o.item AND w.event = o.event"
        " WHERE o.occupies > 0 AND o.end_s > ? AND o.start_s < ?"
        " ORDER BY o.start_s, o.end_s, c.name, o.uid",
        from_s,
        until_s,
    ):
        if name in names:
            row = BusyRow(start_s, end_s, Occupies(occupies), bool(all_day), uid, place or "")
            found.setdefault((uid, recurrence_id_s, start_s, end_s), row)
    return tuple(found.values())


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


def _missing(sql: sqlite3.Connection, calendar_id: int, changes: Changes) -> tuple[str, ...]:
    """What a complete first listing lacks of what we knew (the cursor had been given up)."""
    if not changes.complete:
        return ()
    here = {item.id for item in changes.changed}
    known = sql.execute(
        "SELECT key FROM item WHERE calendar = ? AND left_s IS NULL", (calendar_id,)
    )
    return tuple(key for (key,) in known if key not in here)


def _leave(sql: sqlite3.Connection, calendar_id: int, key: str, now_s: int) -> None:
    found = sql.execute(
        "SELECT id FROM item WHERE calendar = ? AND key = ? AND left_s IS NULL", (calendar_id, key)
    ).fetchone()
    if found:
        _archive(sql, found[0], now_s, before_s=now_s)


def _archive(sql: sqlite3.Connection, item_id: int, now_s: int, *, before_s: int) -> None:
    """Keep of an item only what had ended, and started before ``before_s``."""
    sql.execute(
        "DELETE FROM occurrence WHERE item = ? AND (end_s > ? OR start_s >= ?)",
        (item_id, now_s, before_s),
    )
    kept = sql.execute("SELECT 1 FROM occurrence WHERE item = ? LIMIT 1", (item_id,)).fetchone()
    if kept:
        sql.execute("UPDATE item SET left_s = coalesce(left_s, ?) WHERE id = ?", (now_s, item_id))
    else:
        sql.execute("DELETE FROM item WHERE id = ?", (item_id,))


def _put(
    sql: sqlite3.Connection,
    calendar_id: int,
    items: Sequence[CalendarItem],
    derive: Derive,
    now_s: int,
) -> None:
    """Each item in place of what was known under its key.

    A single event replaces its older version; of an older series the instances before the new
    one's first stay, for a sliding export leaves them out without saying they did not happen.
    """
    older = _older(sql, calendar_id, [item.id for item in items])
    rows = _Rows(sql)
    for item in items:
        derived = derive(item)
        recurs = any(event.recurrence for event in item.events)
        for old_id in older.get(item.id, ()):
            starts = (each.start_s for each in derived.occurrences)
            _archive(
                sql, old_id, now_s, before_s=min(starts, default=now_s) if recurs else _NEVER_S
            )
        item_id = sql.execute(
            "INSERT INTO item (calendar, key, etag, body, recurs, problem)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (calendar_id, item.id, item.etag, codec.encode(item), int(recurs), derived.problem),
        ).lastrowid
        if item_id is not None:
            rows.add(item_id, item, derived)
    rows.write()


def _older(
    sql: sqlite3.Connection, calendar_id: int, keys: Sequence[str]
) -> Mapping[str, list[int]]:
    """What is known under ``keys``, and perhaps more: a few are not worth the whole list."""
    if len(keys) < _FEW:
        one = "SELECT key, id FROM item WHERE calendar = ?1 AND key = ?2 AND left_s IS"
        either = f"{one} NULL UNION ALL {one} NOT NULL"  # each has its index
        found = [row for key in set(keys) for row in sql.execute(either, (calendar_id, key))]
    else:
        every = "SELECT key, id FROM item WHERE calendar = ?"
        found = sql.execute(every, (calendar_id,)).fetchall()
    older: dict[str, list[int]] = {}
    for key, item_id in found:
        older.setdefault(key, []).append(item_id)
    return older


class _Rows:
    """Occurrences and attendances on their way into the store, many at a time.

    Attendances go in by their key, so that a first reading fills the index from left to right.
    """

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql = sql
        found = sql.execute("SELECT coalesce(max(id), 0) FROM occurrence").fetchone()
        self._last_id = int(found[0])
        self._occurrences: list[tuple[object, ...]] = []
        self._attendances: list[tuple[str, int, int, int, int, str]] = []
        self._whereabouts: list[WhereRow] = []

    def add(self, item_id: int, item: CalendarItem, derived: Derived) -> None:
        index = {id(event): position for position, event in enumerate(item.events)}
        self._whereabouts += [
            WhereRow(item_id, position, *where)
            for position, where in enumerate(derived.whereabouts)
            if where
        ]
        for each in derived.occurrences:
            position = index[id(each.event)]
            self._last_id += 1
            self._occurrences.append(
                (
                    self._last_id,
                    item_id,
                    position,
                    each.start_s,
                    each.end_s,
                    each.recurrence_id_s,
                    each.event.uid,
                    each.all_day,
                    derived.occupies[position],
                )
            )
            for address, strength, reason in derived.judgements[position]:
                self._attendances.append(
                    (address, each.start_s, self._last_id, each.end_s, strength, reason)
                )
        if len(self._attendances) + len(self._occurrences) > _AT_ONCE:
            self.write()

    def write(self) -> None:
        """Put in what is on its way; to be called at the end."""
        self._sql.executemany(
            "INSERT INTO occurrence (id, item, event, start_s, end_s, recurrence_id_s, uid,"
            " all_day, occupies) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            self._occurrences,
        )
        self._attendances.sort()
        self._sql.executemany(
            "INSERT INTO attendance (address, start_s, occurrence, end_s, strength, reason)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            self._attendances,
        )
        whereabouts.put(self._sql, self._whereabouts)
        self._occurrences.clear()
        self._attendances.clear()
        self._whereabouts.clear()


def _note_quarantined(
    sql: sqlite3.Connection, calendar_id: int, quarantined: Iterable[Quarantined], now_s: int
) -> None:
    sql.execute("DELETE FROM quarantine WHERE calendar = ?", (calendar_id,))
    sql.executemany(
        "INSERT OR REPLACE INTO quarantine (calendar, place, reason, seen_s) VALUES (?, ?, ?, ?)",
        ((calendar_id, each.place, each.reason, now_s) for each in quarantined),
    )


def _kept(sql: sqlite3.Connection, item_id: int, item: CalendarItem) -> list[Occurrence]:
    return [
        Occurrence(item.events[event], start_s, end_s, recurrence_id_s)
        for event, start_s, end_s, recurrence_id_s in sql.execute(
            "SELECT event, start_s, end_s, recurrence_id_s FROM occurrence WHERE item = ?",
            (item_id,),
        )
    ]
