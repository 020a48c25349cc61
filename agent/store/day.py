"""One stretch of the owner's calendars as a person reads it: everything in it, in order."""

from __future__ import annotations

from typing import NamedTuple

from agent.store.database import Database
from agent.store.entries import UID
from policies.calendar import codec
from policies.calendar.event import Status
from policies.slots.occupancy import Occupies


class DayRow(NamedTuple):
    """One event that is not cancelled, whether it takes time or not."""

    start_s: int
    end_s: int
    all_day: bool
    occupies: Occupies
    title: str
    calendar: str
    uid: str


def between(db: Database, from_s: int, until_s: int) -> tuple[DayRow, ...]:
    """What the calendars hold in [from_s, until_s), whole days first, each meeting once."""
    return _rows(db, "o.start_s < ? AND (o.end_s > ? OR o.start_s >= ?)", until_s, from_s, from_s)


def taken(db: Database, from_s: int, until_s: int) -> tuple[DayRow, ...]:
    """As `between`, but only what takes time: that is found without reading everything."""
    return _rows(db, "o.occupies > 0 AND o.end_s > ? AND o.start_s < ?", from_s, until_s)


def _rows(db: Database, where: str, *values: int) -> tuple[DayRow, ...]:
    found: dict[tuple[object, ...], DayRow] = {}
    for start_s, end_s, occupies, index, uid, recurrence_id_s, name, body in db.rows(
        f"SELECT o.start_s, o.end_s, o.occupies, o.event, {UID}, o.recurrence_id_s, c.name, i.body"  # noqa: S608 - our own words
        " FROM occurrence o JOIN item i ON i.id = o.item JOIN calendar c ON c.id = i.calendar"
        f" WHERE i.deleted = 0 AND {where} ORDER BY o.start_s, o.end_s, c.name, {UID}",
        *values,
    ):
        title, status, all_day = codec.glance(body, index)
        if status is not Status.CANCELLED:
            row = DayRow(start_s, end_s, all_day, Occupies(occupies), title, name, uid)
            found.setdefault((uid, recurrence_id_s, start_s, end_s), row)
    return tuple(sorted(found.values(), key=lambda row: not row.all_day))
