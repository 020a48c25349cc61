"""The ledger of what leaves for other people: actions, the owner's approvals, what was sent.

Every arrow between two states is one `UPDATE ... WHERE id = ? AND state = ?` that must change
exactly one row, in the caller's transaction, and leaves a row in ``transition``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import InitVar, dataclass, replace
from datetime import datetime
from typing import NamedTuple

from agent.store import elapsed
from agent.store.database import Database
from agent.store.errors import StateUnusable
from connectors.port import Written
from policies.sending.action import (
    ARROWS,
    Action,
    ActionId,
    ActionKind,
    ActionState,
    Payload,
    guest_key,
    read_payload,
)
from policies.sending.gate import Consent
from policies.wall import moment, seconds

_COLUMNS = (
    "id, proposal, person, payload, digest, state, created_s, updated_s, hold_ref, hold_etag,"
    " untidy, note, generation"
)
_SEAL = object()


class Overtaken(Exception):
    """Another worker moved the action meanwhile; whatever we were about to do is theirs."""


@dataclass(frozen=True, slots=True)
class Approval:
    """The owner's yes to exactly one payload, taken out of the ledger to be acted on at once.

    Only this module can make one, and only while the ledger says so. ``taken`` is when the gate
    let it through.
    """

    action: ActionId
    payload: Payload
    taken: datetime
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("an approval comes out of the ledger, from nowhere else")


class Step(NamedTuple):
    """One arrow an action has passed."""

    before: ActionState
    after: ActionState
    at: datetime
    why: str


def add(sql: sqlite3.Connection, action: Action, generation: int) -> None:
    """Store a new action.

    Raises:
        sqlite3.IntegrityError: the proposal has one under way already.
        ValueError: it is not in its first state.
    """
    if action.state is not ActionState.PROPOSED:
        raise ValueError("an action starts as proposed")
    sql.execute(
        "INSERT INTO action (id, proposal, person, kind, generation, uid, payload, digest, state,"
        " created_s, updated_s) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            action.id,
            action.proposal or None,
            action.person,
            action.payload.kind,
            generation,
            action.payload.uid,
            action.payload.canonical(),
            action.payload_digest,
            action.state,
            seconds(action.created),
            seconds(action.updated),
        ),
    )


def approve(
    sql: sqlite3.Connection, action: Action, consent: Consent, now: datetime, why: str = ""
) -> Action:
    """Record the owner's yes, given ``now``; the action as it then stands.

    Raises:
        Overtaken: it is no longer to be approved.
    """
    sql.execute(
        "INSERT INTO approval (action, digest, given_s, expires_s, old_content_ok, counted_s)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            action.id,
            consent.digest,
            seconds(consent.given),
            seconds(consent.expires),
            int(consent.old_content_ok),
            seconds(elapsed.counted_at(sql, now)),
        ),
    )
    return move(sql, action, ActionState.APPROVED, now, why)


def accept_old_content(sql: sqlite3.Connection, action_id: ActionId) -> None:
    """The owner's yes counts although a calendar shows an old state."""
    sql.execute("UPDATE approval SET old_content_ok = 1 WHERE action = ?", (action_id,))


def move(
    sql: sqlite3.Connection, action: Action, to: ActionState, now: datetime, why: str = ""
) -> Action:
    """Take an action one arrow further; the action as it then stands.

    Raises:
        Overtaken: it is no longer in the state ``action`` says, or another has taken it up.
        ValueError: there is no such arrow.
    """
    if to not in ARROWS[action.state]:
        raise ValueError(f"no arrow from {action.state} to {to}")
    changed = sql.execute(
        "UPDATE action SET state = ?, updated_s = ?, note = ?"
        " WHERE id = ? AND state = ? AND updated_s = ?",
        (to, seconds(now), why, action.id, action.state, seconds(action.updated)),
    ).rowcount
    if changed != 1:
        raise Overtaken(action.id)
    sql.execute(
        "INSERT INTO transition (action, before, after, at_s, why) VALUES (?, ?, ?, ?, ?)",
        (action.id, action.state, to, seconds(now), why),
    )
    return replace(action, state=to, updated=moment(seconds(now)), note=why)


def go_on_with(sql: sqlite3.Connection, action: Action, now: datetime) -> Action:
    """Take up what an earlier run left half-way: one worker alone, however many found it so.

    Raises:
        Overtaken: another has taken it up, or taken it further.
    """
    changed = sql.execute(
        "UPDATE action SET updated_s = ? WHERE id = ? AND state = ? AND updated_s = ?",
        (seconds(now), action.id, action.state, seconds(action.updated)),
    ).rowcount
    if changed != 1:
        raise Overtaken(action.id)
    return replace(action, updated=moment(seconds(now)))


def hold(db: Database, action: Action, written: Written, now: datetime) -> Action:
    """Its entry stands there, in this version; the action as it then stands.

    Raises:
        Overtaken: it ended while that was written. What was written is remembered for whoever
            clears it away, for it may not show for a while.
    """
    try:
        with db.transaction() as sql:
            return move(sql, set_hold(sql, action, written), ActionState.HELD, now)
    except Overtaken:
        with db.transaction() as sql:
            sql.execute(
                "UPDATE action SET hold_ref = ?, hold_etag = ?, untidy = 1"
                " WHERE id = ? AND kind = 'invite' AND hold_ref = ''",
                (*written, action.id),
            )
        raise


def set_hold(sql: sqlite3.Connection, action: Action, written: Written) -> Action:
    """Remember where the entry stands and the version of it we last saw."""
    sql.execute("UPDATE action SET hold_ref = ?, hold_etag = ? WHERE id = ?", (*written, action.id))
    return replace(action, hold_ref=written.ref, hold_etag=written.etag)


def set_untidy(sql: sqlite3.Connection, action: Action, *, untidy: bool) -> None:
    """Whether the entry in the calendar still has to follow what became of the action."""
    sql.execute("UPDATE action SET untidy = ? WHERE id = ?", (int(untidy), action.id))


def follow(sql: sqlite3.Connection, action: Action, *, untidy: bool) -> None:
    """As `set_untidy`; and of what was sent of its meeting before, the entry follows no more."""
    sql.execute(
        "UPDATE action SET untidy = (id = ? AND ?) WHERE uid = ?",
        (action.id, untidy, action.payload.uid),
    )


def set_note(sql: sqlite3.Connection, action: Action, note: str) -> None:
    """Say why it waits; what was noted when another worker moved it on is left alone."""
    sql.execute(
        "UPDATE action SET note = ? WHERE id = ? AND state = ? AND note <> ?",
        (note, action.id, action.state, note),
    )


def take_approval(sql: sqlite3.Connection, action: Action, run: int, now: datetime) -> Approval:
    """Use the approval up, count the sending against the limits, and hand the approval over.

    The caller moves the action to `ActionState.INVITING` in the same transaction, after asking
    `policies.sending.gate`.

    Raises:
        Overtaken: there is no unused approval of this payload.
    """
    at = elapsed.counted_at(sql, now)
    used = sql.execute(
        "UPDATE approval SET used_s = ? WHERE action = ? AND digest = ? AND used_s IS NULL",
        (seconds(now), action.id, action.payload.digest),
    ).rowcount
    if used != 1:
        raise Overtaken(action.id)
    sql.execute(
        "INSERT INTO sending (action, kind, guest, run, at_s) VALUES (?, ?, ?, ?, ?)",
        (action.id, action.payload.kind, guest_key(action.payload.recipient), run, seconds(at)),
    )
    return Approval(action.id, action.payload, now, _SEAL)


def claim_of(db: Database, action_id: ActionId) -> int | None:
    """Which taking of the approval counts: the step by which it was taken.

    ``None``: it has not been taken, or was given back.
    """
    ((claim,),) = db.rows(
        "SELECT max(id) FROM transition JOIN sending USING (action)"
        " WHERE action = ? AND after = 'inviting'",
        action_id,
    )
    return claim  # type: ignore[no-any-return]


def give_back(sql: sqlite3.Connection, action: Action, claim: int | None = None) -> None:
    """Nothing was sent, for certain: the approval is unused again, and nothing is counted.

    With a ``claim`` only if that is the one that counts; without, whichever does.

    Raises:
        Overtaken: somebody gave it back before, and may have taken it anew.
    """
    taken = sql.execute(
        "DELETE FROM sending WHERE action = ?1 AND coalesce(?2 ="
        " (SELECT max(id) FROM transition WHERE action = ?1 AND after = 'inviting'), ?2 IS NULL)",
        (action.id, claim),
    ).rowcount
    if claim is not None and taken != 1:
        raise Overtaken(action.id)
    sql.execute("UPDATE approval SET used_s = NULL WHERE action = ?", (action.id,))


def counted_yes(db: Database, action_id: ActionId) -> datetime | None:
    """When the approval was given, by the ledger's own clock; ``None`` where that is not known."""
    found = db.rows("SELECT counted_s FROM approval WHERE action = ?", action_id)
    return None if not found or found[0][0] is None else moment(found[0][0])


def consent(db: Database, action_id: ActionId) -> Consent | None:
    """The approval as it stands, ``None`` where none was given."""
    for digest, given_s, expires_s, used_s, old_content_ok in db.rows(
        "SELECT digest, given_s, expires_s, used_s, old_content_ok FROM approval WHERE action = ?",
        action_id,
    ):
        given, expires = moment(given_s), moment(expires_s)
        return Consent(digest, given, expires, used_s is not None, bool(old_content_ok))
    return None


def get(db: Database, action_id: ActionId) -> Action | None:
    return next(iter(_read(db, "id = ?", action_id)), None)


def of_proposal(db: Database, number: int) -> tuple[Action, ...]:
    """Everything done about one proposal, oldest first."""
    return _read(db, "proposal = ?", number)


def of_meeting(db: Database, uid: str) -> tuple[Action, ...]:
    """Everything done about one meeting by its iCalendar UID, oldest first."""
    return _read(db, "uid = ?", uid)


def reports(db: Database) -> tuple[Action, ...]:
    """Every report there ever was, oldest first."""
    return _read(db, "kind = 'report'")


def next_report(db: Database) -> int:
    """The number of the next report, from 1."""
    found = db.rows("SELECT coalesce(max(generation), 0) FROM action WHERE kind = 'report'")
    return int(found[0][0]) + 1


def in_state(db: Database, states: Iterable[ActionState]) -> tuple[Action, ...]:
    """Every action in one of these states, oldest first."""
    wanted = sorted(states)
    return _read(db, f"state IN ({', '.join('?' * len(wanted))})", *wanted)


def promised(db: Database, since: datetime) -> tuple[Action, ...]:
    """All about meetings that is under way or in doubt, or was sent since then, oldest first."""
    return _read(
        db,
        "kind <> 'report' AND (state IN ('approved', 'holding', 'held', 'inviting',"
        " 'needs-review') OR (state = 'sent' AND updated_s >= ?))",
        seconds(since),
    )


def freed(db: Database, since: datetime) -> tuple[Action, ...]:
    """What ended a meeting since then, whose entry is known to stand nowhere any more."""
    return _read(
        db,
        "state IN ('sent', 'expired', 'rejected', 'cancelled') AND updated_s >= ? AND hold_ref = ''"
        " AND (kind = 'cancel' AND state = 'sent' OR kind = 'invite' AND untidy = 0"
        " AND state <> 'sent')",
        seconds(since),
    )


def untidy(db: Database) -> tuple[Action, ...]:
    """Every action whose entry in the calendar may still have to follow it, oldest first."""
    return _read(db, "untidy = 1")


def generation(db: Database, number: int, kind: ActionKind) -> int:
    """The number of the next action of this kind for a proposal, counted from 0."""
    found = db.rows(
        # Without the plus SQLite compiles it anew for every kind, because of partial indexes.
        "SELECT count(*) FROM action WHERE proposal = ? AND +kind = ?",
        number,
        kind.value,
    )
    return int(found[0][0])


def history(db: Database, action_id: ActionId) -> tuple[Step, ...]:
    """The arrows an action has passed, first to last."""
    return tuple(
        Step(ActionState(before), ActionState(after), moment(at_s), why)
        for before, after, at_s, why in db.rows(
            "SELECT before, after, at_s, why FROM transition WHERE action = ? ORDER BY id",
            action_id,
        )
    )


def _read(db: Database, where: str, *values: object) -> tuple[Action, ...]:
    """Oldest first; of those made in the same second, what follows comes after what it follows."""
    found = (
        _action(db, row)
        for row in db.rows(
            f"SELECT {_COLUMNS} FROM action WHERE {where} ORDER BY generation, id",  # noqa: S608 - our own words
            *values,
        )
    )
    return tuple(sorted(found, key=lambda action: (action.created, action.payload.sequence)))


def _action(db: Database, row: tuple) -> Action:  # type: ignore[type-arg]
    key, proposal, person, payload, digest, state, created_s, updated_s = row[:8]
    hold_ref, hold_etag, untidy, note, generation = row[8:]
    try:
        parsed = read_payload(payload)
    except (ValueError, TypeError) as error:
        raise StateUnusable(
            f"{db.path}: an action in it cannot be read", "restore the newest backup"
        ) from error
    return Action(
        ActionId(key),
        proposal or 0,
        person,
        parsed,
        digest,
        ActionState(state),
        moment(created_s),
        moment(updated_s),
        hold_ref,
        hold_etag,
        bool(untidy),
        note,
        generation if parsed.kind is ActionKind.REPORT else 0,
    )
