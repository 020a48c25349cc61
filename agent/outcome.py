"""What the end of an action means for the proposal it came from."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from agent.store import actions, proposals
from agent.store.database import Database
from policies.action import Action, ActionKind, ActionState
from policies.proposal import Answer, ProposalState


def end_unsent(
    db: Database,
    sql: sqlite3.Connection,
    action: Action,
    state: ActionState,
    now: datetime,
    why: str,
) -> Action:
    """Move the action to an end, or to the owner's eyes, without anything having been sent.

    An invitation that merely came too late leaves its proposal open while that still stands, so
    that another time can be approved; one that was given up takes its proposal with it.
    """
    ended = actions.move(sql, action, state, now, why)
    if action.payload.kind is ActionKind.INVITE and state is not ActionState.NEEDS_REVIEW:
        proposals.set_state(sql, action.proposal, _proposal_after(db, action, state, now))
    return ended


def mark_sent(db: Database, sql: sqlite3.Connection, action: Action, now: datetime) -> None:
    """Let the proposal follow what has gone out."""
    match action.payload.kind:
        case ActionKind.INVITE:
            proposals.set_state(sql, action.proposal, ProposalState.SENT)
        case ActionKind.CANCEL:
            proposals.set_state(sql, action.proposal, ProposalState.CANCELLED)
        case ActionKind.RESCHEDULE:
            _moved(db, sql, action, now)
        case ActionKind.REPORT:
            pass


def _proposal_after(
    db: Database, action: Action, state: ActionState, now: datetime
) -> ProposalState:
    if state is ActionState.REJECTED:
        return ProposalState.REJECTED
    if state is ActionState.CANCELLED:
        return ProposalState.CANCELLED
    found = proposals.get(db, action.proposal)
    stands = found is not None and now < found.draft.expires
    return ProposalState.OPEN if stands else ProposalState.EXPIRED


def _moved(db: Database, sql: sqlite3.Connection, action: Action, now: datetime) -> None:
    """The proposal's time is the new one, and an answer to the old one counts no longer."""
    found = proposals.get(db, action.proposal)
    for index, slot in enumerate(found.draft.slots if found else ()):
        if slot.when == action.payload.when:
            proposals.choose(sql, action.proposal, index)
    proposals.set_answer(sql, action.proposal, Answer.NONE, "", now)
