"""The ledger's own clock, by which limits are counted: it never goes back, nor faster than time.

A wall clock can be set. What it claims to have passed is believed as far as the machine's uptime,
which nobody sets, bears it out; so no jump of the clock makes room under a limit. Across a start
of the machine, or where it does not tell its uptime, what counts is how far the clock shows more
than it ever did.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from typing import Final, NamedTuple

from agent.clock import Uptime
from agent.store import meta
from policies.wall import moment, seconds

NAME: Final = "elapsed"
"""Of the value in ``meta``."""
_LEAST_S: Final = 2.0
_SLEW: Final = 0.001
"""Twice what a time service may bend a clock by (adjtime: 500 parts in a million)."""


class _Mark(NamedTuple):
    """``counted_s`` was the ledger's time when the wall clock showed ``last_s``.

    ``highest_s`` is the most it ever showed. ``boot`` is empty where there was no uptime.
    """

    boot: str
    up_s: float
    last_s: int
    highest_s: int
    counted_s: int


def advance(sql: sqlite3.Connection, now: datetime, uptime: Uptime | None) -> None:
    """Let the ledger's clock go on to ``now``, as far as that is borne out."""
    mark, shown_s = _read(_stored(sql)), seconds(now)
    boot, up_s = uptime or ("", 0.0)
    if mark is None:
        new = _Mark(boot, up_s, shown_s, shown_s, shown_s)
    else:
        passed_s = _passed_s(mark, shown_s, uptime)
        highest_s = max(mark.highest_s, shown_s)
        new = _Mark(boot, up_s, shown_s, highest_s, mark.counted_s + passed_s)
    meta.remember(sql, NAME, json.dumps(new))


def counted(stored: str, now: datetime) -> datetime:
    """The ledger's time at ``now``; ``stored`` is the value in ``meta``, empty before the first."""
    mark = _read(stored)
    return now if mark is None else moment(mark.counted_s + max(seconds(now) - mark.highest_s, 0))


def counted_at(sql: sqlite3.Connection, now: datetime) -> datetime:
    """As `counted`, of the store itself."""
    return counted(_stored(sql), now)


def _passed_s(mark: _Mark, shown_s: int, uptime: Uptime | None) -> int:
    if uptime is None or uptime.boot != mark.boot:
        return max(shown_s - mark.highest_s, 0)
    passed_s, claimed_s = uptime.seconds - mark.up_s, shown_s - mark.last_s
    agree = abs(claimed_s - passed_s) <= _LEAST_S + passed_s * _SLEW
    return max(claimed_s if agree else int(passed_s), 0)


def _stored(sql: sqlite3.Connection) -> str:
    found = sql.execute("SELECT value FROM meta WHERE name = ?", (NAME,)).fetchone()
    return str(found[0]) if found else ""


def _read(stored: str) -> _Mark | None:
    """``None`` before the first, or where it cannot be read: then the wall clock is believed."""
    try:
        return _Mark(*json.loads(stored))
    except (ValueError, TypeError):
        return None
