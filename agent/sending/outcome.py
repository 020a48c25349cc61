"""What the end of an action means for the proposal it came from."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import date, datetime, timedelta

from agent.errors import UsageProblem
from agent.store import actions, people, proposals, sendings
from agent.store.database import Database
from policies.people.person import Person
from policies.proposal import Answer, Proposal, ProposalState
from policies.sending.action import FOLLOWS, Action, ActionKind, ActionState
from policies.text import shown

_LONGEST_SNOOZE = timedelta(days=3653)
_REJECTABLE = {ProposalState.OPEN, ProposalState.APPROVED, ProposalState.SENT}
_STOPPABLE = {ActionState.APPROVED, ActionState.HOLDING, ActionState.HELD}


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
        after = _proposal_after(db, action, state, now)
        proposals.set_state(sql, action.proposal, after)
        if after is not ProposalState.OPEN:
            proposals.set_outcome(sql, action.proposal, why)
    return ended


def end_sent(
    db: Database, sql: sqlite3.Connection, action: Action, now: datetime, why: str = ""
) -> Action:
    """It has gone out: it counts, and the proposal and our entry follow it."""
    sendings.count(sql, action, now)
    sent = actions.move(sql, action, ActionState.SENT, now, why)
    actions.follow(sql, sent, untidy=action.payload.kind in FOLLOWS)
    match action.payload.kind:
        case ActionKind.INVITE:
            proposals.set_state(sql, action.proposal, ProposalState.SENT)
        case ActionKind.CANCEL:
            proposals.set_state(sql, action.proposal, ProposalState.CANCELLED)
        case ActionKind.RESCHEDULE:
            _moved(db, sql, action, now)
    return sent


def reject(db: Database, number: int, why: str, now: datetime) -> Action | None:
    """The owner's no to what is not sent yet; the action it ended, ``None`` without one.

    Of a meeting that was sent, that is another time or its calling off: the meeting stands.

    Raises:
        UsageProblem: there is no such proposal, or it is past that.
    """
    with db.transaction() as sql:
        proposal = _rejectable(db, number)
        stoppable = (each for each in actions.of_proposal(db, number) if each.state in _STOPPABLE)
        ended = next(stoppable, None)
        if ended is not None:
            actions.move(sql, ended, ActionState.REJECTED, now, why)
        if proposal.state is not ProposalState.SENT:
            proposals.set_state(sql, number, ProposalState.REJECTED)
            proposals.set_outcome(sql, number, why)
    return ended


def snooze(db: Database, person: Person, until: date | None, today: date) -> tuple[int, ...]:
    """Leave someone in peace until a day, ``None`` for no longer; the proposals dropped for it.

    Raises:
        UsageProblem: the day is not in the future, or too far in it; or nobody is there.
    """
    if until is not None and until <= today:
        raise UsageProblem(f"{until} is not in the future", "give a later day")
    if until is not None and until > today + _LONGEST_SNOOZE:
        raise UsageProblem(f"{until} is too far away", "give a day within ten years")
    with db.transaction() as sql:
        known = people.get(db, person.id)
        if known is None:
            raise UsageProblem(f"{shown(person.name)} is no longer on your list")
        people.save(sql, replace(known, snoozed_until=until))
        dropped = tuple(
            each.number
            for each in proposals.listed(db, ProposalState.OPEN)
            if each.draft.person == person.id and until is not None
        )
        for number in dropped:
            proposals.set_state(sql, number, ProposalState.EXPIRED)
            proposals.set_outcome(sql, number, f"You snoozed them until {until}.")
    return dropped


def settle_by_owner(db: Database, number: int, now: datetime, *, sent: bool) -> Action:
    """What became of a sending that nobody else could tell, as the owner found out.

    Not sent, an invitation can be approved again while its proposal stands.

    Raises:
        UsageProblem: nothing about this proposal needs settling.
    """
    with db.transaction() as sql:
        for action in actions.of_proposal(db, number):
            if action.state is ActionState.NEEDS_REVIEW:
                return _settled(db, sql, action, now, sent=sent)
    raise UsageProblem(f"nothing about proposal {number} needs settling", "see `fika proposals`")


def settle_report(db: Database, number: int, now: datetime, *, sent: bool) -> Action:
    """As `settle_by_owner`, for a report.

    Raises:
        UsageProblem: there is no such report, or it needs no settling.
    """
    with db.transaction() as sql:
        action = report(db, number)
        if action.state is ActionState.NEEDS_REVIEW:
            return _settled(db, sql, action, now, sent=sent)
    raise UsageProblem(f"report {number} needs no settling", "see `fika report list`")


def reject_report(db: Database, number: int, now: datetime) -> None:
    """Take back a report that is approved and not sent yet.

    Raises:
        UsageProblem: there is no such report, or it is past that.
    """
    with db.transaction() as sql:
        action = report(db, number)
        _must_be_known(action)
        if action.state not in _STOPPABLE:
            raise UsageProblem(f"report {number} is {action.state.value} already")
        actions.move(sql, action, ActionState.REJECTED, now, "you took it back")


def report(db: Database, number: int) -> Action:
    """The report of this number.

    Raises:
        UsageProblem: there is none.
    """
    for action in actions.reports(db):
        if action.report == number:
            return action
    raise UsageProblem(f"there is no report {number}", "see `fika report list`")


def settling(action: Action) -> str:
    """The command that says what became of a sending nobody can tell."""
    if action.report:
        return f"fika report settle {action.report}"
    return f"fika settle {action.proposal}"


def taking_back(action: Action) -> str:
    """The command that ends an action which is approved and not sent yet."""
    if action.report:
        return f"fika report reject {action.report}"
    return f"fika reject {action.proposal}"


def rejected_text(number: int, ended: Action | None) -> str:
    """What `reject` did."""
    if ended is None or ended.payload.kind not in FOLLOWS:
        return f"Proposal {number} is rejected."
    what = "cancellation" if ended.payload.kind is ActionKind.CANCEL else "new time"
    return f"The {what} of proposal {number} is taken back: the meeting stands as it was sent."


def waiting(action: Action) -> str:
    """Where an action under way stands, to follow its name."""
    note = shown(action.note, 300)
    if action.state is ActionState.INVITING:
        return f"may have been sent: {note or 'the next run looks'}"
    return f"is approved and waits: {note or 'the next run sends it'}"


def _rejectable(db: Database, number: int) -> Proposal:
    proposal = proposals.get(db, number)
    if proposal is None:
        raise UsageProblem(f"there is no proposal {number}", "see `fika proposals`")
    done = actions.of_proposal(db, number)
    _must_be_known(*done)
    states = {each.state for each in done}
    if proposal.state is ProposalState.SENT and not states & _STOPPABLE:
        raise UsageProblem(
            f"proposal {number} was sent", f"call it off with `fika cancel {number}`"
        )
    if proposal.state not in _REJECTABLE:
        raise UsageProblem(f"proposal {number} is {proposal.state.value} already")
    return proposal


def _must_be_known(*done: Action) -> None:
    """Whether each was sent.

    Raises:
        UsageProblem: one is just being sent, or nobody can tell.
    """
    for each in done:
        if each.state is ActionState.NEEDS_REVIEW:
            cause = f"nobody can tell whether {each.called} was sent"
            raise UsageProblem(cause, f"first `{settling(each)}`")
        if each.state is ActionState.INVITING:
            raise UsageProblem(f"{each.called} is just being sent", "`fika run` sees to the end")


def _settled(
    db: Database, sql: sqlite3.Connection, action: Action, now: datetime, *, sent: bool
) -> Action:
    if sent:
        return end_sent(db, sql, action, now, "you said it was sent")
    actions.give_back(sql, action)
    settled = actions.move(sql, action, ActionState.CANCELLED, now, "you said it was not sent")
    if action.payload.kind is ActionKind.INVITE:
        after = _proposal_after(db, action, ActionState.EXPIRED, now)
        proposals.set_state(sql, action.proposal, after)
    return settled


def _proposal_after(
    db: Database, action: Action, state: ActionState, now: datetime
) -> ProposalState:
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
