"""Every contact with everyone on the list, with how long it took; what pictures are made of.

The same that `agent.store.meetings` counts: calendars, what the owner logged, what was
sent; what the owner said did not happen is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from agent.store.database import Database
from agent.store.meetings import MOVED
from policies.people.person import PersonId


class ContactTime(NamedTuple):
    """One contact; what was logged has no length."""

    start_s: int
    end_s: int


# Copies of one meeting, in several calendars or under two addresses, start together.
_TIMES: Final = """
SELECT a.person, t.start_s, max(t.end_s) FROM address a JOIN attendance t ON t.address = a.address
WHERE t.end_s <= ?1 AND t.strength = 2 AND {one} AND NOT EXISTS (SELECT 1 FROM aftermath m
    WHERE m.person = a.person AND m.start_s = t.start_s AND m.happened = 0)
GROUP BY a.person, t.start_s
UNION ALL SELECT person, at_s, at_s FROM logged_contact WHERE at_s - 43200 <= ?1 AND {logged}
UNION ALL SELECT p.person, s.start_s, s.end_s
FROM proposal p JOIN proposal_slot s ON s.proposal = p.number AND s.position = p.chosen
WHERE p.state = 'sent' AND p.answer NOT IN ('declined', 'countered') AND s.end_s <= ?1 AND {sent}
    AND NOT EXISTS (SELECT 1 FROM address a JOIN attendance t ON t.address = a.address
        WHERE a.person = p.person AND t.start_s = s.start_s)
    AND NOT {moved} AND NOT EXISTS (SELECT 1 FROM aftermath m
        WHERE m.person = p.person AND m.start_s = s.start_s AND m.happened = 0)
ORDER BY 1, 2, 3
"""


_EVERYONE: Final = _TIMES.format(one="1", logged="1", sent="1", moved=MOVED)
_ONE: Final = _TIMES.format(
    one="a.person = ?2", logged="person = ?2", sent="p.person = ?2", moved=MOVED
)


def contact_times(db: Database, now_s: int) -> Mapping[PersonId, tuple[ContactTime, ...]]:
    """All that is over by ``now_s``, oldest first; a contact logged for today counts."""
    found: dict[PersonId, list[ContactTime]] = {}
    for person, start_s, end_s in db.rows(_EVERYONE, now_s):
        found.setdefault(PersonId(person), []).append(ContactTime(start_s, end_s))
    return {person: tuple(times) for person, times in found.items()}


def times_with(db: Database, person: PersonId, now_s: int) -> tuple[ContactTime, ...]:
    """As `contact_times`, of one person."""
    return tuple(ContactTime(*rest) for _, *rest in db.rows(_ONE, now_s, person))
