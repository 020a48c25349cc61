"""What a store says on the disk, read with SQL of our own: no code under test stands between."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from agent.store.database import BACKUPS, FILE_NAME
from policies.sending.action import Action, ActionId, ActionKind, ActionState, read_payload


class Yes(NamedTuple):
    """An approval; ``taken`` says that it was used up."""

    digest: str
    given: datetime
    expires: datetime
    taken: bool


class Deed(NamedTuple):
    """Something the owner wants done about a proposal."""

    proposal: int
    kind: ActionKind


@dataclass(frozen=True, slots=True)
class Ledger:
    """One store as it is. ``seen`` are the uids its calendars hold, ``read`` when all were read."""

    actions: tuple[Action, ...]
    yeses: dict[ActionId, Yes]
    slots: frozenset[str]
    seen: frozenset[str]
    read: datetime

    def of(self, deed: Deed) -> tuple[Action, ...]:
        """Every try at it."""
        return tuple(
            each for each in self.actions if (each.proposal, each.payload.kind) == tuple(deed)
        )

    def in_state(self, *states: ActionState) -> tuple[Action, ...]:
        return tuple(each for each in self.actions if each.state in states)


def read(home: Path) -> Ledger:
    """The store as it is, also one whose program has just died."""
    with _copy(home / FILE_NAME) as sql:
        rows = sql.execute("SELECT action, digest, given_s, expires_s, used_s FROM approval")
        yeses = {
            ActionId(action): Yes(digest, _at(given), _at(expires), used is not None)
            for action, digest, given, expires, used in rows
        }
        (oldest,) = sql.execute("SELECT min(coalesce(read_at_s, 0)) FROM calendar").fetchone()
        seen = sql.execute(
            "SELECT coalesce(item.uid, item.key) FROM occurrence JOIN item ON item.id = item"
            " WHERE left_s IS NULL"
        )
        return Ledger(
            actions=tuple(_actions(sql)),
            yeses=yeses,
            slots=frozenset(uid for (uid,) in sql.execute("SELECT uid FROM block")),
            seen=frozenset(uid for (uid,) in seen),
            read=_at(oldest or 0),
        )


def damage(home: Path) -> str:
    """What SQLite finds wrong with a store or one of its backups, empty when they are whole."""
    return "; ".join(
        f"{file.name}: {found}"
        for file in (home / FILE_NAME, *sorted((home / BACKUPS).glob("*.db")))
        if (found := _damage(file))
    )


def _damage(file: Path) -> str:
    with _copy(file) as sql:
        found = sql.execute("PRAGMA integrity_check").fetchall()
        dangling = sql.execute("PRAGMA foreign_key_check").fetchall()
    return "" if found == [("ok",)] and not dangling else f"{found} {dangling}"


@contextmanager
def _copy(file: Path) -> Iterator[sqlite3.Connection]:
    """A copy, so that what a program left when it died stays for the next one to find."""
    with tempfile.TemporaryDirectory() as folder:
        for each in file.parent.glob(f"{file.name}*"):
            shutil.copy(each, folder)
        with closing(sqlite3.connect(Path(folder) / file.name)) as sql:
            yield sql


def _actions(sql: sqlite3.Connection) -> Iterator[Action]:
    rows = sql.execute(
        "SELECT id, proposal, person, payload, digest, state, created_s, updated_s, untidy, note"
        " FROM action ORDER BY proposal, kind, generation"
    )
    for key, proposal, person, payload, digest, state, created, updated, untidy, note in rows:
        yield Action(
            ActionId(key),
            proposal,
            person,
            read_payload(payload),
            digest,
            ActionState(state),
            _at(created),
            _at(updated),
            untidy=bool(untidy),
            note=note,
        )


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
