"""The ledger of planning slots: what was written where, and what became of it."""

from __future__ import annotations

import hashlib
import sqlite3
from typing import NamedTuple

from agent.store.database import Database
from connectors.port import Written
from policies.frozen import frozen
from policies.interval import Interval
from policies.planning.block import Block, BlockState, Loss, Purpose
from policies.wall import moment, seconds


@frozen
class BlockRow:
    """One slot, and its event in a calendar.

    ``written`` is the version last seen, ``None`` until the first writing is known to have
    happened. ``rebooked`` counts the times a meeting made it move. ``wrote`` is a digest of the
    words we put in it, empty once anybody else changed the event.
    """

    block: Block
    calendar: str
    written: Written | None = None
    rebooked: int = 0
    wrote: str = ""


class Tally(NamedTuple):
    """Planning slots that are over: how many took place, how many were lost; and all moves."""

    kept: int
    lost: int
    rebooked: int


def every(db: Database) -> tuple[BlockRow, ...]:
    """All slots there ever were, in the order they were made."""
    return tuple(
        _row(*values)
        for values in db.rows(
            "SELECT uid, purpose, period, start_s, end_s, state, created_s, pinned, why,"
            " calendar, ref, etag, rebooked, wrote FROM block ORDER BY id"
        )
    )


def tally(db: Database) -> Tally:
    """How the slots went so far."""
    found = db.rows(
        "SELECT count(*) FILTER (WHERE state = 'kept'), count(*) FILTER (WHERE state = 'lost'),"
        " coalesce(sum(rebooked), 0) FROM block"
    )
    return Tally(*map(int, found[0]))


def uid(installation: str, period: str, generation: int) -> str:
    """The UID of a slot: the same slot of the same installation has the same one every time."""
    mine = _digest(installation, period, generation)[:8]
    return f"fika-plan-{period}-{generation}-{mine}@fika.invalid"


def marker(installation: str, uid: str) -> str:
    """The private mark of our event with this UID; nobody else can make one that fits."""
    return f"plan {_digest(installation, 'marker', uid)[:16]}"


def words(title: str, text: str) -> str:
    """The digest of an event's words, by which a change of theirs is known."""
    return _digest(title, *text.split())


def put(sql: sqlite3.Connection, row: BlockRow) -> None:
    """Write one slot down, in place of what was known of it."""
    block = row.block
    ref, etag = row.written or ("", "")
    sql.execute(
        "INSERT INTO block (uid, purpose, period, start_s, end_s, state, created_s, pinned, why,"
        " calendar, ref, etag, rebooked, wrote) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (uid) DO UPDATE SET start_s = excluded.start_s, end_s = excluded.end_s,"
        " state = excluded.state, pinned = excluded.pinned, why = excluded.why,"
        " calendar = excluded.calendar, ref = excluded.ref, etag = excluded.etag,"
        " rebooked = excluded.rebooked, wrote = excluded.wrote",
        (
            block.uid,
            block.purpose,
            block.period,
            seconds(block.when.start),
            seconds(block.when.end),
            block.state,
            seconds(block.created),
            block.pinned,
            block.why or "",
            row.calendar,
            ref,
            etag,
            row.rebooked,
            row.wrote,
        ),
    )


def forget(sql: sqlite3.Connection, uid: str) -> None:
    """Strike out a slot that was never written."""
    sql.execute("DELETE FROM block WHERE uid = ?", (uid,))


def _row(
    uid: str,
    purpose: str,
    period: str,
    start_s: int,
    end_s: int,
    state: str,
    created_s: int,
    pinned: int,
    why: str,
    calendar: str,
    ref: str,
    etag: str,
    rebooked: int,
    wrote: str,
) -> BlockRow:
    block = Block(
        uid,
        Purpose(purpose),
        period,
        Interval(moment(start_s), moment(end_s)),
        BlockState(state),
        moment(created_s),
        bool(pinned),
        Loss(why) if why else None,
    )
    return BlockRow(block, calendar, Written(ref, etag) if ref else None, rebooked, wrote)


def _digest(*parts: object) -> str:
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


def protected(db: Database) -> tuple[Interval, ...]:
    """The planning slots that stand, or are being written, whether a reading saw them or not."""
    return tuple(
        Interval(moment(start_s), moment(end_s))
        for start_s, end_s in db.rows(
            "SELECT start_s, end_s FROM block WHERE state IN ('writing', 'held')"
        )
    )
