"""What the read calendars hold of meetings that Fika arranged, found by their iCalendar UID."""

from __future__ import annotations

from typing import NamedTuple

from agent.store.database import Database
from policies.calendar import codec
from policies.calendar.event import CalendarItem


class Copy(NamedTuple):
    """One calendar's copy of a meeting."""

    calendar: str
    item: CalendarItem


def copies(db: Database, uid: str) -> tuple[Copy, ...]:
    """Every copy that stood in its calendar when that was last read, by the calendar's name.

    Files are kept by the UID itself, what services keep by ids of their own.
    """
    return tuple(
        Copy(name, codec.decode(body))
        for name, body in db.rows(
            "SELECT c.name, i.body FROM item i JOIN calendar c ON c.id = i.calendar"
            " WHERE (i.key = ? OR i.id IN (SELECT item FROM occurrence WHERE uid = ?))"
            " AND i.left_s IS NULL ORDER BY c.name",
            uid,
            uid,
        )
    )


def read_at_s(db: Database, calendar: str) -> int:
    """When a calendar was last read, if the last reading succeeded; else 0."""
    found = db.rows(
        "SELECT read_at_s FROM calendar WHERE name = ? AND read_at_s IS NOT NULL"
        " AND failed_at_s IS NULL AND refused_total IS NULL",
        calendar,
    )
    return int(found[0][0]) if found else 0
