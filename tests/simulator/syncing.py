"""Readings that are cut off at any statement: the cursor and what it covers go together (I8)."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from agent import reading
from agent.settings import CalendarSettings, Settings, SourceKind
from agent.store import calendars, database, items
from agent.store.database import FILE_NAME, Database
from agent.store.derived import Derive
from connectors.errors import TemporarilyUnavailable
from connectors.port import Changes, Cursor
from policies.calendar.event import CalendarItem
from policies.interval import Interval
from tests import make
from tests.simulator.audit import Violated
from tests.simulator.disk import in_memory, template
from tests.simulator.fate import Death

NAME: Final = "feed"
_SETTINGS: Final = Settings(make.OWNER, (CalendarSettings(NAME, SourceKind.ICS, Path(NAME)),))
_RUNS: Final = 12
Breaking = Callable[[Callable[[str], None]], AbstractContextManager[None]]


class Source:
    """A calendar that tells what changed since a cursor, and remembers every state it had."""

    def __init__(self, chance: random.Random) -> None:
        self.states: list[dict[str, CalendarItem]] = [{}]
        self.well = False
        self._random = chance

    def change(self) -> None:
        """Events come, change and go."""
        state = dict(self.states[-1])
        for _ in range(self._random.randint(1, 6)):
            uid = f"event-{self._random.randrange(30)}"
            if uid in state and self._random.random() < 0.3:
                del state[uid]
            else:
                day = self._random.randint(1, 28)
                event = replace(make.event(f"2026-04-{day:02} 09:00"), uid=uid)
                state[uid] = replace(make.item(event), etag=str(len(self.states)))
        self.states.append(state | {"always": make.item(replace(make.event(), uid="always"))})

    def changes(self, cursor: Cursor | None, window: Interval) -> Changes:
        if not self.well and self._random.random() < 0.1:
            raise TemporarilyUnavailable("source", "a fault of the simulation")
        before = self.states[int(cursor)] if cursor else {}
        now = self.states[-1]
        return Changes(
            cursor=Cursor(str(len(self.states) - 1)),
            changed=tuple(each for uid, each in now.items() if before.get(uid) != each),
            deleted=tuple(uid for uid in before if uid not in now),
            anew=cursor is None,
            total=len(now),
        )


class _Counted(sqlite3.Connection):
    """A connection whose process dies at its ``left``-th statement from now, if at all."""

    left = -1

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:  # noqa: ANN401 - as declared
        self.reach(sql)
        return super().execute(sql, *values)

    def executemany(self, sql: str, *values: Any) -> sqlite3.Cursor:  # noqa: ANN401 - as declared
        self.reach(sql)
        return super().executemany(sql, *values)

    def reach(self, _: str) -> None:
        self.left -= 1
        if self.left == 0:
            raise Death("statement")


def play(seed: int, breaking: Breaking = lambda _: nullcontext()) -> str:
    """Read a changing calendar in runs that die; what does not hold, or nothing."""
    chance = random.Random(f"sync {seed}")
    source = Source(chance)
    with in_memory() as name:
        folder = Path(name) / "state"
        folder.mkdir(mode=0o700)
        (folder / FILE_NAME).write_bytes(template().file)
        (folder / FILE_NAME).chmod(0o600)
        try:
            for run in range(_RUNS):
                source.change()
                source.well = run == _RUNS - 1
                dies_at = -1 if source.well else chance.randint(1, 60)
                with suppress(Death), _opened(folder) as connection:
                    db = Database(folder, connection)
                    connection.left = dies_at
                    with breaking(connection.reach):
                        now = make.utc("2026-04-01 06:00")
                        reading.read_all(db, _SETTINGS, {NAME: source}, now)
                _check(folder, source)
        except Violated as violated:
            return str(violated)
    return ""


@contextmanager
def cursor_first(reach: Callable[[str], None]) -> Iterator[None]:
    """Broken on purpose: the cursor is on the disk before the data it stands for."""
    real = items.apply

    def apply(
        sql: sqlite3.Connection,
        row: calendars.CalendarRow,
        changes: Changes,
        derive: Derive,
        **more: Any,  # noqa: ANN401 - handed on
    ) -> None:
        calendars.move_cursor(sql, row.id, changes.cursor)
        sql.execute("COMMIT")
        sql.execute("BEGIN IMMEDIATE")
        real(sql, row, changes, derive, **more)

    items.apply = apply
    try:
        yield
    finally:
        items.apply = real


@contextmanager
def _opened(folder: Path) -> Iterator[_Counted]:
    connection = sqlite3.connect(folder / FILE_NAME, isolation_level=None, factory=_Counted)
    try:
        for pragma in database._PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        yield connection
    finally:
        sqlite3.Connection.close(connection)


def _check(folder: Path, source: Source) -> None:
    """The store holds exactly what the source held at its cursor."""
    with _opened(folder) as connection:
        rows = connection.execute(
            "SELECT r.cursor, i.key, i.etag FROM calendar c"
            " LEFT JOIN calendar_cursor r ON r.calendar = c.id"
            " LEFT JOIN item i ON i.calendar = c.id AND i.left_s IS NULL WHERE c.name = ?",
            (NAME,),
        ).fetchall()
    cursor = rows[0][0] if rows else None
    if source.well and cursor != str(len(source.states) - 1):
        raise Violated("I8: a reading that met nothing bad is not where the source is")
    if cursor is None:
        return
    held = {(key, etag) for _, key, etag in rows}
    there = {(uid, each.etag) for uid, each in source.states[int(cursor)].items()}
    if held != there:
        raise Violated("I8: the cursor stands for data that the store does not hold")
