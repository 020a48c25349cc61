"""What calendars show beside contact: series, who was in which room, what two people share.

Read from the same items and occurrences as all evidence, and never written. Only calendars whose
events prove contact are asked. What has started by ``now_s`` is past.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from agent.store.database import Database
from agent.store.entries import UID
from policies.calendar import codec
from policies.calendar.event import CalendarItem, Event

_PARTS = f"""
SELECT o.item, o.event, i.deleted, {UID} AS uid,
    sum(CASE WHEN o.start_s <= ?1 THEN 1 ELSE 0 END), min(o.start_s),
    max(CASE WHEN o.start_s <= ?1 THEN o.start_s END),
    min(CASE WHEN o.start_s > ?1 THEN o.start_s END)
FROM item i JOIN occurrence o ON o.item = i.id
WHERE i.recurs = 1 GROUP BY o.item, o.event ORDER BY uid, o.item, o.event
"""  # noqa: S608 - our own words
_STARTS = """
SELECT item, event, start_s FROM occurrence
WHERE item IN (SELECT value FROM json_each(?2)) AND start_s <= ?1 ORDER BY start_s
"""
# Of meetings with one of these people: all that have begun since a moment, and those to come.
_WITH = f"""
SELECT o.item, o.event, {UID} AS uid, t.start_s FROM attendance t
JOIN occurrence o ON o.id = t.occurrence JOIN item i ON i.id = o.item
WHERE t.address IN (SELECT value FROM json_each(?1)) AND t.start_s > ?2
ORDER BY t.start_s, uid, o.item
"""  # noqa: S608 - our own words
_AT = "SELECT DISTINCT address FROM attendance WHERE address LIKE ? ORDER BY address"
_SINGLE = f"""
SELECT o.item, o.event, {UID} AS uid, o.start_s, o.end_s
FROM occurrence o JOIN item i ON i.id = o.item
WHERE o.recurrence_id_s IS NULL AND o.end_s > ?1 AND o.start_s < ?2
ORDER BY o.start_s, uid, o.item
"""  # noqa: S608 - our own words


class Part(NamedTuple):
    """The instances of a series that share one event; a moved or cancelled one has its own.

    ``at`` is the event's place in its item. ``past`` counts those that have begun, ``last_s`` is
    the latest of them and ``next_s`` the first that has not; ``None`` for none. ``deleted``: with
    all its past.
    """

    item: int
    at: int
    deleted: bool
    uid: str
    past: int
    first_s: int
    last_s: int | None
    next_s: int | None
    event: Event


class Held(NamedTuple):
    """One meeting as it stands in a calendar; ``end_s`` is 0 where nobody asked for it."""

    uid: str
    start_s: int
    event: Event
    end_s: int = 0


def series(db: Database, calendars: Collection[str], now_s: int) -> tuple[Part, ...]:
    """Every series in its parts, those of one UID side by side."""
    rows = db.rows(_PARTS, now_s)
    items = _items(db, {row[0] for row in rows}, calendars)
    return tuple(
        Part._make((item, at, bool(deleted), *rest, items[item].events[at]))
        for item, at, deleted, *rest in rows
        if item in items
    )


def starts(db: Database, items: Collection[int], now_s: int) -> Mapping[tuple[int, int], list[int]]:
    """The past instances of these items, oldest first, by item and the index of their event."""
    found: dict[tuple[int, int], list[int]] = {}
    for item, index, start_s in db.rows(_STARTS, now_s, json.dumps(sorted(items))):
        found.setdefault((item, index), []).append(start_s)
    return found


def meetings_with(
    db: Database, calendars: Collection[str], addresses: Iterable[str], since_s: int
) -> tuple[Held, ...]:
    """Every meeting that names one of these people, those to come included, each once, by start."""
    rows = db.rows(_WITH, json.dumps(sorted(addresses)), since_s)
    return _held(db, calendars, [(*row, 0) for row in rows])


def single(db: Database, calendars: Collection[str], from_s: int, until_s: int) -> tuple[Held, ...]:
    """What lies in [from_s, until_s) and belongs to no series, each once, by start."""
    return _held(db, calendars, db.rows(_SINGLE, from_s, until_s))


def addresses_at(db: Database, domains: Iterable[str]) -> frozenset[str]:
    """Who of these domains stands in any meeting."""
    return frozenset(row[0] for each in domains for row in db.rows(_AT, f"%@{each}"))


def _held(
    db: Database,
    calendars: Collection[str],
    rows: list[tuple],  # type: ignore[type-arg]
) -> tuple[Held, ...]:
    items = _items(db, {row[0] for row in rows}, calendars)
    found: dict[tuple[str, int], Held] = {}
    for item, index, uid, start_s, end_s in rows:
        if item in items:
            event = items[item].events[index]
            found.setdefault((uid, start_s), Held(uid, start_s, event, end_s))
    return tuple(found.values())


def _items(
    db: Database, ids: Iterable[int], calendars: Collection[str]
) -> Mapping[int, CalendarItem]:
    rows = db.rows(
        "SELECT i.id, i.body FROM item i JOIN calendar c ON c.id = i.calendar"
        " WHERE i.id IN (SELECT value FROM json_each(?1))"
        " AND c.name IN (SELECT value FROM json_each(?2)) ORDER BY i.id",
        json.dumps(sorted(ids)),
        json.dumps(sorted(calendars)),
    )
    return {id_: codec.decode(body) for id_, body in rows}
