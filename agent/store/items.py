"""What the calendars hold, kept as facts; `agent.store.derived` holds what each comes to.

An item that leaves its source without being reported deleted keeps what had ended by then: its
later occurrences go, its earlier ones still prove contact. When a series changes so that it now
starts later than before (a sliding export), the instances before its new start are kept the same
way, under an archived copy of the old item.

A single event that was reported deleted is gone. Of a series, which is how most people end one,
the instances that had ended stay, and prove nothing: they only tell that there was a series.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import TypeVar

from agent.store import calendars, derived
from agent.store.bulk import indexes_last, insert
from agent.store.calendars import CalendarRow
from agent.store.derived import Derive, Derived
from agent.store.entries import own_uid
from connectors.port import Changes
from policies.calendar import codec
from policies.calendar.event import CalendarItem
from policies.wall import EARLIEST_S, LATEST_S, WallTime, absolute

_AT_ONCE = 1_000
_ROWS_AT_ONCE = 10_000
_UNSORTED = 100  # times as many: to make the index of more at once takes too much memory
_TABLES = ("item", "occurrence", "attendance")
_OF_FEW = ("item_that_left", "item_with_problem")
_ITEM = "id, calendar, key, etag, body, recurs, problem, uid"
T = TypeVar("T")


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
    """Take one reading in, and move the cursor, all in the caller's transaction.

    While what an answer lacks is kept because it breaks off, and no cursor names that, none is
    kept either: the next answer that is whole tells what is gone.
    """
    missing = _missing(sql, row.id, changes) if changes.anew else ()
    absent = missing if missing and changes.complete else changes.absent
    cursor = None if missing and not changes.complete else changes.cursor
    for key in changes.deleted:
        _delete(sql, row.id, key, now_s)
    for key in absent:
        _leave(sql, row.id, key, now_s)
    _put(sql, row.id, changes.changed, derive, now_s)
    calendars.note_reading(sql, row.id, changes, now_s)
    calendars.move_cursor(sql, row.id, cursor)
    calendars.set_window(sql, row.id, window, derived_by)


def extend(
    sql: sqlite3.Connection, row: CalendarRow, derive: Derive, window: tuple[int, int]
) -> None:
    """Expand every series further, to what starts in ``window`` (``derive`` answers for it)."""
    from_s, until_s = window
    series = sql.execute(
        "SELECT id, body FROM item WHERE calendar = ? AND recurs = 1 AND left_s IS NULL", (row.id,)
    ).fetchall()
    for some in _batches(series):
        found = []
        for item_id, body in some:
            item = codec.decode(body)
            whole = derive(item)
            later = [each for each in whole.occurrences if from_s <= each.start_s < until_s]
            found.append((item_id, item, whole._replace(occurrences=later)))
        derived.put(sql, found)


def derive_again(sql: sqlite3.Connection, row: CalendarRow, derive: Derive) -> None:
    """Derive everything anew from the items, after a rule changed.

    What has left its source keeps the occurrences it has; only their judgements are made again.
    """
    every = sql.execute(
        "SELECT id, body, left_s FROM item WHERE calendar = ? AND deleted = 0", (row.id,)
    ).fetchall()
    for some in _batches(every):
        found = []
        for item_id, body, left_s in some:
            item = codec.decode(body)
            anew = derive(item)
            if left_s is not None:
                anew = anew._replace(occurrences=derived.occurrences(sql, item_id, item))
            found.append((item_id, item, anew))
        derived.drop(sql, [item_id for item_id, *_ in found])
        derived.put(sql, found)


def let_go(sql: sqlite3.Connection, calendar_id: int, now_s: int) -> None:
    """Nothing is known any more of what had not ended."""
    present = "SELECT id FROM item WHERE calendar = ? AND left_s IS NULL"
    for (item_id,) in sql.execute(present, (calendar_id,)).fetchall():
        _archive(sql, item_id, now_s, before_s=LATEST_S)


def _missing(sql: sqlite3.Connection, calendar_id: int, changes: Changes) -> tuple[str, ...]:
    """What an answer lacks of what we knew, where no cursor says what that was."""
    known = sql.execute(
        "SELECT key FROM item WHERE calendar = ? AND left_s IS NULL", (calendar_id,)
    ).fetchall()
    here = {item.id for item in changes.changed} if known else ()
    return tuple(key for (key,) in known if key not in here)


def _leave(sql: sqlite3.Connection, calendar_id: int, key: str, now_s: int) -> None:
    found = sql.execute(
        "SELECT id FROM item WHERE calendar = ? AND key = ? AND left_s IS NULL", (calendar_id, key)
    ).fetchone()
    if found:
        _archive(sql, found[0], now_s, before_s=LATEST_S)


def _delete(sql: sqlite3.Connection, calendar_id: int, key: str, now_s: int) -> None:
    where = "WHERE calendar = ? AND key = ?"
    sql.execute(f"DELETE FROM item {where} AND recurs = 0", (calendar_id, key))  # noqa: S608 - our own words
    for (item_id,) in sql.execute(f"SELECT id FROM item {where}", (calendar_id, key)).fetchall():  # noqa: S608 - our own words
        _archive(sql, item_id, now_s, before_s=now_s)
        sql.execute(
            "DELETE FROM attendance WHERE occurrence IN (SELECT id FROM occurrence WHERE item = ?)",
            (item_id,),
        )
        sql.execute("UPDATE occurrence SET occupies = 0, place = '' WHERE item = ?", (item_id,))
        sql.execute("DELETE FROM whereabouts WHERE item = ?", (item_id,))
        sql.execute("UPDATE item SET deleted = 1 WHERE id = ?", (item_id,))


def _archive(sql: sqlite3.Connection, item_id: int, now_s: int, *, before_s: int) -> None:
    """Keep of an item only what had ended, and started before ``before_s``, by its rule as well."""
    sql.execute(
        "DELETE FROM occurrence WHERE item = ?1"
        " AND (end_s > ?2 OR start_s >= ?3 OR recurrence_id_s >= ?3)",
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
    one begins stay, for a sliding export leaves them out without saying they did not happen.
    """
    older = _older(sql, calendar_id, items)
    first_id = _next_id(sql)
    mostly_new = not older and len(items) >= max(_AT_ONCE, first_id)
    with ExitStack() as unsorted:
        if mostly_new:
            unsorted.enter_context(indexes_last(sql, _TABLES, _OF_FEW))
        for before, some in enumerate(_with_derived(items, first_id, derive)):
            if before == _UNSORTED:
                unsorted.close()
            found = []
            for number, item, new in some:
                known = older.get(item.id, ())
                if len(known) == 1 and _says_it_anew(sql, known[0], item, new):
                    continue
                for old_id in known:
                    _replace(sql, old_id, item, new, now_s)
                found.append((number, item, new))
            _insert(sql, calendar_id, found)
            derived.put(sql, found)


def _with_derived(
    items: Iterable[CalendarItem], first_id: int, derive: Derive
) -> Iterator[list[tuple[int, CalendarItem, Derived]]]:
    """Items by their ids, with what they come to: so many rows at a time that memory lasts."""
    some: list[tuple[int, CalendarItem, Derived]] = []
    rows = 0
    for number, item in enumerate(items, first_id):
        new = derive(item)
        some.append((number, item, new))
        rows += 1 + len(new.occurrences) * (1 + max(map(len, new.judgements), default=0))
        if rows >= _ROWS_AT_ONCE:
            yield some
            some, rows = [], 0
    if some:
        yield some


def _says_it_anew(sql: sqlite3.Connection, old_id: int, item: CalendarItem, new: Derived) -> bool:
    """Take over the text alone, where what an entry comes to is as it was: mostly it is."""
    if not derived.is_as_kept(sql, old_id, item, new):
        return False
    values = (item.etag, codec.encode(item), int(item.recurs), new.problem, own_uid(item), old_id)
    return bool(
        sql.execute(
            "UPDATE item SET etag = ?, body = ?, recurs = ?, problem = ?, uid = ?"
            " WHERE id = ? AND left_s IS NULL",
            values,
        ).rowcount
    )


def _replace(
    sql: sqlite3.Connection, old_id: int, item: CalendarItem, new: Derived, now_s: int
) -> None:
    if item.recurs:
        starts = [each.start_s for each in new.occurrences]
        if not new.problem:
            starts += _beginnings(item)
        _archive(sql, old_id, now_s, before_s=min(starts, default=now_s))
    else:
        sql.execute("DELETE FROM item WHERE id = ?", (old_id,))


def _beginnings(item: CalendarItem) -> Iterator[int]:
    """Where a series begins by what it says, its first instance moved or taken out as it may be.

    One without a rule, as Outlook's come, names all of its days. Whole days are left out: they
    prove nothing, and where they begin only their owner knows.
    """
    for event in item.events:
        if event.recurrence and not event.recurrence.rules:
            yield EARLIEST_S
        elif event.recurrence and isinstance(event.start, WallTime):
            yield absolute(event.start, event.start.zone)


def _insert(
    sql: sqlite3.Connection, calendar_id: int, found: Iterable[tuple[int, CalendarItem, Derived]]
) -> None:
    values: list[object] = []
    for item_id, item, new in found:
        values += (item_id, calendar_id, item.id, item.etag, codec.encode(item))
        values += (int(item.recurs), new.problem, own_uid(item))
    insert(sql, "item", _ITEM, values)


def _next_id(sql: sqlite3.Connection) -> int:
    return int(sql.execute("SELECT coalesce(max(id), 0) + 1 FROM item").fetchone()[0])


def _older(
    sql: sqlite3.Connection, calendar_id: int, items: Sequence[CalendarItem]
) -> Mapping[str, list[int]]:
    """What is known under their keys, and perhaps more: a few are not worth the whole list."""
    if len(items) < _AT_ONCE:
        one = "SELECT key, id FROM item WHERE calendar = ?1 AND key = ?2 AND left_s IS"
        either = f"{one} NULL UNION ALL {one} NOT NULL"  # each has its index
        keys = {item.id for item in items}
        found = [row for key in keys for row in sql.execute(either, (calendar_id, key))]
    else:
        every = "SELECT key, id FROM item WHERE calendar = ?"
        found = sql.execute(every, (calendar_id,)).fetchall()
    older: dict[str, list[int]] = {}
    for key, item_id in found:
        older.setdefault(key, []).append(item_id)
    return older


def _batches(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """So many at a time that neither memory nor the collector of garbage notices."""
    for first in range(0, len(rows), _AT_ONCE):
        yield rows[first : first + _AT_ONCE]
