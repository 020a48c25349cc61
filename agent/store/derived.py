"""What calendar items come to: when their events take place, what that proves, where it leads."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from agent.store import whereabouts
from agent.store.bulk import insert
from agent.store.whereabouts import WhereRow
from policies.audit.evidence import Judgement
from policies.calendar.event import CalendarItem
from policies.calendar.occurrence import Occurrence
from policies.slots.occupancy import Occupies
from policies.slots.places import Whereabouts
from policies.wall import WallTime


class Derived(NamedTuple):
    """What one item comes to: its occurrences and, per event of it, whom it names and its weight,
    and where it has the owner be.

    ``problem`` says why its occurrences are not all there; empty when they are. Where to go is
    kept only of what ends after ``now_s``.
    """

    occurrences: Sequence[Occurrence]
    problem: str
    judgements: Sequence[tuple[Judgement, ...]]
    occupies: Sequence[Occupies]
    whereabouts: Sequence[Whereabouts | None] = ()
    now_s: int = 0


_OCCURRENCE = "id, item, event, start_s, end_s, recurrence_id_s, all_day, occupies, place"
_ATTENDANCE = "occurrence, address, start_s, end_s, strength, reason"

_KEPT = f"SELECT id, {_OCCURRENCE.removeprefix('id, item, ')} FROM occurrence WHERE item = ?"  # noqa: S608 - our own words
_JUDGED = """
SELECT occurrence, address, strength, reason FROM attendance
WHERE occurrence IN (SELECT id FROM occurrence WHERE item = ?)
"""

Derive = Callable[[CalendarItem], Derived]


def put(sql: sqlite3.Connection, items: Iterable[tuple[int, CalendarItem, Derived]]) -> None:
    """Write what these items, each with its id, come to, beside what is there."""
    ((number,),) = sql.execute("SELECT coalesce(max(id), 0) FROM occurrence")
    occurrences: list[object] = []
    attendances: list[object] = []
    presence: list[WhereRow] = []
    for item_id, item, derived in items:
        for at, start_s, end_s, *rest in _rows(item, derived):
            number += 1
            occurrences += (number, item_id, at, start_s, end_s, *rest)
            # sqlite3 asks whatever is not plainly a number or a text how it wants to be kept.
            for whom, strength, reason in derived.judgements[at]:
                attendances += (number, whom, start_s, end_s, int(strength), str(reason))
        if derived.whereabouts:
            presence += [WhereRow(item_id, *said) for said in _presence(derived)]
    insert(sql, "occurrence", _OCCURRENCE, occurrences)
    insert(sql, "attendance", _ATTENDANCE, attendances)
    whereabouts.put(sql, presence)


def is_as_kept(sql: sqlite3.Connection, item_id: int, item: CalendarItem, derived: Derived) -> bool:
    """Whether what an item comes to is there already; what is over may have kept its place."""
    judged: dict[int, set[tuple[object, ...]]] = {}
    for number, *judgement in sql.execute(_JUDGED, (item_id,)):
        judged.setdefault(number, set()).add(tuple(judgement))
    kept = {
        (*row, place if row[2] > derived.now_s else ""): judged.get(number, set())
        for number, *row, place in sql.execute(_KEPT, (item_id,))
    }
    judgements = [set(each) for each in derived.judgements]
    if kept != {row: judgements[row[0]] for row in _rows(item, derived)}:
        return False
    said = sql.execute("SELECT event, in_office FROM whereabouts WHERE item = ?", (item_id,))
    return set(said) == set(_presence(derived))


def _rows(item: CalendarItem, derived: Derived) -> Iterator[tuple[Any, ...]]:
    """The occurrences of an item as their rows say it, from the index of the event on."""
    position = {id(event): at for at, event in enumerate(item.events)}
    said, now_s = derived.whereabouts, derived.now_s
    for event, start_s, end_s, recurrence_id_s in derived.occurrences:
        at = position[id(event)]
        where = said[at] if said and end_s > now_s else None
        all_day = 0 if isinstance(event.start, WallTime) else 1
        takes = int(derived.occupies[at])
        yield at, start_s, end_s, recurrence_id_s, all_day, takes, where.place if where else ""


def _presence(derived: Derived) -> Iterator[tuple[int, bool]]:
    for at, where in enumerate(derived.whereabouts):
        if where and where.in_office is not None:
            yield at, where.in_office


def drop(sql: sqlite3.Connection, items: Iterable[int]) -> None:
    """Take away what these items came to."""
    ids = [(item_id,) for item_id in items]
    sql.executemany("DELETE FROM occurrence WHERE item = ?", ids)
    sql.executemany("DELETE FROM whereabouts WHERE item = ?", ids)


def occurrences(sql: sqlite3.Connection, item_id: int, item: CalendarItem) -> list[Occurrence]:
    """When the events of an item take place, as was found before."""
    return [
        Occurrence(item.events[event], start_s, end_s, recurrence_id_s)
        for event, start_s, end_s, recurrence_id_s in sql.execute(
            "SELECT event, start_s, end_s, recurrence_id_s FROM occurrence WHERE item = ?",
            (item_id,),
        )
    ]
