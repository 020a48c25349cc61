"""The ledger of runs: when Fika last ran, and how that ended."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from agent.clock import Uptime
from agent.store import elapsed
from agent.store.database import Database


class RunRow(NamedTuple):
    """One run; ``finished`` and ``exit_code`` are ``None`` while it runs, or when it was killed."""

    id: int
    started: datetime
    finished: datetime | None
    exit_code: int | None
    report: str


def start(db: Database, now: datetime, uptime: Uptime | None) -> int:
    """Note that a run began; its number enters what the run debits from the caps.

    The ledger's clock goes on with every run, also where nothing is sent: a service that wanted a
    day of peace has had it, whatever the wall clock was set to meanwhile.
    """
    boot = uptime.boot if uptime else ""
    with db.transaction() as sql:
        elapsed.advance(sql, now, uptime)
        made = sql.execute(
            "INSERT INTO run (started_s, boot) VALUES (?, ?)", (int(now.timestamp()), boot)
        )
    if made.lastrowid is None:
        raise RuntimeError("an insert without a row id")
    return made.lastrowid


def finish(db: Database, run: int, now: datetime, exit_code: int, report: str) -> None:
    """Note how it ended; ``report`` is JSON without titles or guests' names."""
    with db.transaction() as sql:
        sql.execute(
            "UPDATE run SET finished_s = ?, exit_code = ?, report = ? WHERE id = ?",
            (int(now.timestamp()), exit_code, report, run),
        )


def newest(db: Database, count: int = 1) -> tuple[RunRow, ...]:
    """The newest runs, newest first."""
    return tuple(
        RunRow(number, _moment(started), finished and _moment(finished), code, report)
        for number, started, finished, code, report in db.rows(
            "SELECT id, started_s, finished_s, exit_code, report FROM run ORDER BY id DESC LIMIT ?",
            count,
        )
    )


def before(db: Database, run: int) -> datetime | None:
    """When the run before this one began; ``None`` for none.

    Before what is done by hand (numbers below 1) comes every run.
    """
    found = db.rows(
        "SELECT started_s FROM run WHERE id < ? OR ? <= 0 ORDER BY id DESC LIMIT 1", run, run
    )
    return _moment(found[0][0]) if found else None


def is_shared(db: Database, run: int) -> bool:
    """Whether another machine ran in between: a start that has ended never comes back."""
    found = db.rows(
        "SELECT 1 FROM run mine JOIN run other ON other.boot NOT IN ('', mine.boot)"
        " WHERE mine.id = ? AND mine.boot <> '' AND other.id < mine.id AND other.id >"
        " (SELECT max(before.id) FROM run before"
        "  WHERE before.id < mine.id AND before.boot = mine.boot) LIMIT 1",
        run,
    )
    return bool(found)


def last_success(db: Database) -> datetime | None:
    """When the last run that went well ended, by the clock as it was then; ``None`` if none did."""
    found = db.rows("SELECT finished_s FROM run WHERE exit_code = 0 ORDER BY id DESC LIMIT 1")
    return _moment(found[0][0]) if found else None


def first(db: Database) -> datetime | None:
    """When the first run that is still known began; ``None`` for none."""
    found = db.rows("SELECT started_s FROM run ORDER BY id LIMIT 1")
    return _moment(found[0][0]) if found else None


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
