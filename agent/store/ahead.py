"""What the calendars hold of the weeks to come, and which entries are there only through us."""

from __future__ import annotations

from collections.abc import Mapping

from agent.store.database import Database
from agent.store.entries import UID
from policies.people.person import PersonId

_BOOKED = """
SELECT DISTINCT a.person, t.start_s FROM address a JOIN attendance t ON t.address = a.address
WHERE t.strength = 2 AND t.start_s > ?1 AND t.start_s <= ?2 ORDER BY a.person, t.start_s
"""
_ANYWAY = f"""
SELECT DISTINCT a.person, t.start_s FROM address a JOIN attendance t ON t.address = a.address
JOIN occurrence o ON o.id = t.occurrence JOIN item i ON i.id = o.item
WHERE t.strength = 2 AND t.start_s > ?1 AND t.start_s <= ?2
    AND NOT EXISTS (SELECT 1 FROM action x WHERE x.uid = {UID})
    AND NOT EXISTS (SELECT 1 FROM aftermath m
        WHERE m.person = a.person AND m.start_s = t.start_s AND m.happened = 0)
ORDER BY a.person, t.start_s
"""  # noqa: S608 - our own words
# Nobody's answer is taken for a meeting, unless the owner said afterwards that there was none.
_KEPT = """
SELECT count(*), coalesce(sum(p.answer NOT IN ('declined', 'countered') AND NOT EXISTS (
    SELECT 1 FROM aftermath a
    WHERE a.person = p.person AND a.start_s = s.start_s AND a.happened = 0)), 0)
FROM proposal p JOIN proposal_slot s ON s.proposal = p.number AND s.position = p.chosen
WHERE p.state = 'sent' AND s.start_s >= ?1 AND s.end_s <= ?2
"""
_OURS = "SELECT uid FROM block UNION SELECT uid FROM action"


def booked(db: Database, from_s: int, until_s: int) -> Mapping[PersonId, tuple[int, ...]]:
    """When contact with each person stands in a calendar, in seconds, by start."""
    return _by_person(db, _BOOKED, from_s, until_s)


def anyway(db: Database, from_s: int, until_s: int) -> Mapping[PersonId, tuple[int, ...]]:
    """As `booked`, without what we brought about."""
    return _by_person(db, _ANYWAY, from_s, until_s)


def _by_person(
    db: Database, query: str, from_s: int, until_s: int
) -> Mapping[PersonId, tuple[int, ...]]:
    found: dict[PersonId, list[int]] = {}
    for person, start_s in db.rows(query, from_s, until_s):
        found.setdefault(PersonId(person), []).append(start_s)
    return {person: tuple(starts) for person, starts in found.items()}


def kept(db: Database, from_s: int, until_s: int) -> tuple[int, int]:
    """How many meetings we arranged should be over, and how many of them took place."""
    ((sent, came),) = db.rows(_KEPT, from_s, until_s)
    return int(sent), int(came)


def ours(db: Database) -> frozenset[str]:
    """The UIDs of planning slots, and of every meeting that was ever proposed and approved."""
    return frozenset(uid for (uid,) in db.rows(_OURS))


def first(db: Database) -> int | None:
    """When the first thing that ever took the owner's time began; ``None`` without any."""
    (found,) = db.rows("SELECT min(start_s) FROM occurrence WHERE occupies > 0")[0]
    return None if found is None else int(found)
