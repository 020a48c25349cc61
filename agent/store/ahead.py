"""What the calendars hold of the weeks to come, and which entries are there only through us."""

from __future__ import annotations

from collections.abc import Mapping

from agent.store.database import Database
from policies.people.person import PersonId

_BOOKED = """
SELECT DISTINCT a.person, t.start_s FROM address a JOIN attendance t ON t.address = a.address
WHERE t.strength = 2 AND t.start_s > ?1 AND t.start_s <= ?2 ORDER BY a.person, t.start_s
"""
_OURS = "SELECT uid FROM block UNION SELECT uid FROM action"


def booked(db: Database, from_s: int, until_s: int) -> Mapping[PersonId, tuple[int, ...]]:
    """When contact with each person is booked, in seconds, by start."""
    found: dict[PersonId, list[int]] = {}
    for person, start_s in db.rows(_BOOKED, from_s, until_s):
        found.setdefault(PersonId(person), []).append(start_s)
    return {person: tuple(starts) for person, starts in found.items()}


def ours(db: Database) -> frozenset[str]:
    """The UIDs of planning slots, and of every meeting that was ever proposed and approved."""
    return frozenset(uid for (uid,) in db.rows(_OURS))


def first(db: Database) -> int | None:
    """When the first thing that ever took the owner's time began; ``None`` without any."""
    (found,) = db.rows("SELECT min(start_s) FROM occurrence WHERE occupies > 0")[0]
    return None if found is None else int(found)
