"""What the read calendars hold, found by its iCalendar UID."""

from __future__ import annotations

from typing import Final, NamedTuple

from agent.store.database import Database
from policies.calendar import codec
from policies.calendar.event import CalendarItem

UID: Final = "coalesce(i.uid, i.key)"
"""Of the events of item ``i``: files are kept by the UID itself, services by ids of their own."""


class Copy(NamedTuple):
    """One calendar's copy of a meeting."""

    calendar: str
    item: CalendarItem


_COPIES: Final = """
SELECT c.name, i.body FROM calendar c
CROSS JOIN item i ON i.calendar = c.id AND i.key = ?1 AND i.left_s IS NULL
UNION ALL
SELECT c.name, i.body FROM item i JOIN calendar c ON c.id = i.calendar
WHERE i.uid = ?1 AND i.left_s IS NULL
ORDER BY 1, 2
"""


def copies(db: Database, uid: str) -> tuple[Copy, ...]:
    """Every copy that stood in its calendar when that was last read, by the calendar's name."""
    return tuple(Copy(name, codec.decode(body)) for name, body in db.rows(_COPIES, uid))


def own_uid(item: CalendarItem) -> str | None:
    """The UID where it is not the item's id: files go by the UID, services by ids of their own."""
    uid = item.events[0].uid if item.events else item.id
    return None if uid == item.id else uid


def read_at_s(db: Database, calendar: str) -> int:
    """When a calendar was last read, if the last reading succeeded; else 0."""
    found = db.rows(
        "SELECT read_at_s FROM calendar WHERE name = ? AND read_at_s IS NOT NULL"
        " AND failed_at_s IS NULL AND refused_total IS NULL",
        calendar,
    )
    return int(found[0][0]) if found else 0
