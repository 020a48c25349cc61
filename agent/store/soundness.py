"""Reading all of a store once, as every command would: whether it holds what no Fika wrote.

SQLite sees to it that its pages fit together, and knows nothing of what stands in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from types import MappingProxyType
from typing import Final

from agent.store import (
    actions,
    blocks,
    calendars,
    commitments,
    diary,
    gatherings,
    goals,
    memory,
    people,
    proposals,
    reviews,
    rituals,
    runs,
    skew,
    standings,
)
from agent.store.database import Database
from agent.store.errors import Damaged
from agent.store.pause import paused_until
from agent.store.suspension import suspended
from policies.audit.evidence import Reason, Strength
from policies.calendar import codec
from policies.people.person import PersonId
from policies.sending.action import ActionState, read_payload
from policies.slots.occupancy import Occupies
from policies.wall import moment, seconds

_ALL: Final = -1
"""As a limit: none."""
_UNREADABLE: Final = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
)
_KINDS: Final = MappingProxyType({"INTEGER": "integer", "TEXT": "text"})
_FIRST_S: Final = seconds(datetime.min.replace(tzinfo=UTC))
_LAST_S: Final = seconds(datetime.max.replace(tzinfo=UTC))


def look_through(db: Database, name: object) -> None:
    """See that every command can read what is there; ``name`` is how errors call the store.

    Raises:
        Damaged: something no Fika wrote, or a row that refers to one that is gone.
        StateUnusable: see `Database.rows`.
    """
    with db.snapshot():
        if not db.installation:
            raise Damaged(f"{name} holds no store")
        for place, read in _looks(db):
            try:
                read(db)
            except _UNREADABLE as error:
                kind = type(error).__name__
                raise Damaged(
                    f"{name} holds something that Fika cannot read ({kind} in {place})"
                ) from error


_Read = Callable[[Database], object]


def _looks(db: Database) -> Iterator[tuple[str, _Read]]:
    """Kinds first: what reads the rows may then take numbers for numbers, and days for days."""
    yield "its references", _references
    columns = db.rows(
        "SELECT t.name, c.name, c.type FROM sqlite_master t JOIN pragma_table_info(t.name) c"
        " WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid"
    )
    for table, found in groupby(columns, key=lambda row: str(row[0])):
        yield table, _kinds(table, [(column, kind) for _, column, kind in found])
    yield from _READERS


def _references(db: Database) -> None:
    if db.rows("PRAGMA foreign_key_check"):
        raise LookupError


def _kinds(table: str, columns: list[tuple[str, str]]) -> _Read:
    wrong = [f"typeof({name}) NOT IN ('{_KINDS[kind]}', 'null')" for name, kind in columns]
    wrong += [
        f"{name} NOT BETWEEN {_FIRST_S} AND {_LAST_S}" for name, _ in columns if name.endswith("_s")
    ]

    def read(db: Database) -> None:
        if db.rows(f"SELECT 1 FROM {table} WHERE {' OR '.join(wrong)} LIMIT 1"):  # noqa: S608 - names out of the schema
            raise ValueError

    return read


def _meta(db: Database) -> None:
    paused_until(db)
    skew.told(db)
    suspended(db, moment(0))


def _items(db: Database) -> None:
    for body, last in db.each(
        "SELECT body, (SELECT max(event) FROM occurrence WHERE item = i.id) FROM item i"
    ):
        events = codec.decode(body).events
        if last is not None:
            events[last]


def _evidence(db: Database) -> None:
    for reason, strength in db.rows("SELECT DISTINCT reason, strength FROM attendance"):
        Reason(reason), Strength(strength)
    for (occupies,) in db.rows("SELECT DISTINCT occupies FROM occurrence"):
        Occupies(occupies)


def _proposals(db: Database) -> None:
    for each in proposals.listed(db):
        each.slot  # noqa: B018 - whether it is there
    proposals.unplaced(db)


def _actions(db: Database) -> None:
    for state, payload in db.rows("SELECT state, payload FROM action"):
        ActionState(state), read_payload(payload)
    for each in actions.in_state(db, ActionState):
        actions.history(db, each.id)
        actions.consent(db, each.id)


def _standings(db: Database) -> None:
    for (person,) in db.rows("SELECT DISTINCT person FROM standing"):
        standings.of(db, PersonId(person))


def _reviews(db: Database) -> None:
    for kind in reviews.ReviewKind:
        reviews.under_way(db, kind)
        reviews.last(db, kind)


_READERS: Final[tuple[tuple[str, _Read], ...]] = (
    ("meta", _meta),
    ("person", people.everyone),
    ("logged_contact", people.logged),
    ("calendar", calendars.calendars),
    ("item", _items),
    ("attendance", _evidence),
    ("block", blocks.every),
    ("proposal", _proposals),
    ("action", _actions),
    ("run", lambda db: runs.newest(db, _ALL)),
    ("promise", memory.promises),
    ("thanks", memory.thanks),
    ("favour", memory.favours),
    ("news", memory.news),
    ("diary", lambda db: diary.latest(db, _ALL)),
    ("goal", goals.every),
    ("review", _reviews),
    ("standing", _standings),
    ("commitment", commitments.every),
    ("ritual", rituals.every),
    ("gathering", gatherings.every),
)
