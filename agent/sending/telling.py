"""What the owner is told of what they approved: what became of it, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.sending.approving import Approved
from agent.sending.outcome import settling, waiting
from agent.settings import Settings
from policies.sending.action import MEETS, Action, ActionKind, ActionState
from policies.text import as_sentence, shown
from policies.wall import local_datetime, seconds

if TYPE_CHECKING:  # what sends is loaded by who sends
    from agent.reading import Reading
    from agent.sending.at_once import Attempt

_DONE = {
    ActionKind.INVITE: "invited",
    ActionKind.RESCHEDULE: "told the new time",
    ActionKind.CANCEL: "told that it is called off",
    ActionKind.REPORT: "given the report",
}


def already_text(before: Approved, settings: Settings) -> str:
    """What became of a proposal that was approved before."""
    action = before.action
    given = local_datetime(seconds(before.given), settings.owner.zone)
    name = shown(action.payload.recipient_name) or shown(action.payload.recipient)
    stands = {
        ActionState.SENT: f"{name} is {_DONE[action.payload.kind]}",
        ActionState.NEEDS_REVIEW: f"nobody can tell whether it was sent: `{settling(action)}`",
        ActionState.INVITING: "it may have been sent: the next run looks",
    }.get(action.state, "it waits to be sent")
    note = f" ({shown(action.note, 300)})" if action.note else ""
    return f"{_called(action)} was approved at {given:%Y-%m-%d %H:%M}; {stands}{note}."


def outcome_text(action: Action) -> str:
    """What became of one action, in a sentence."""
    name = shown(action.payload.recipient_name) or shown(action.payload.recipient)
    note = shown(action.note, 300)
    match action.state:
        case ActionState.SENT:
            return f"Sent: {name} is {_DONE[action.payload.kind]} ({action.called})."
        case ActionState.NEEDS_REVIEW:
            settle = f"{settling(action)} --sent, or --not-sent"
            return f"{_called(action)} needs your eyes: {note}\n  → {settle}"
        case ActionState.EXPIRED | ActionState.CANCELLED | ActionState.REJECTED:
            again = action.state is ActionState.EXPIRED and action.payload.kind in MEETS
            other = f"\n  → fika show {action.proposal} has its other times" if again else ""
            return f"Not sent: {action.called}: {note}{other}"
        case _:
            return f"{_called(action)} {waiting(action)}"


def attempt_text(attempt: Attempt) -> str:
    """What became of sending at once; empty where nothing was to be sent."""
    if attempt.busy:
        return "Another run is under way; the next one goes on with it."
    lines = [_unread_text(each) for each in attempt.readings if each.cause]
    lines += [outcome_text(each) for each in attempt.report.outcomes]
    if attempt.report.broken_off:
        lines.append("Too much failed, so the rest waits for the next run.")
    if attempt.stopped:
        lines.append(as_sentence(str(attempt.stopped)))
    return "\n".join(lines)


def _unread_text(reading: Reading) -> str:
    """A calendar that was not seen as it is now, and what may be done about it."""
    remedy = f"; {shown(reading.remedy)}" if reading.remedy else ""
    name = shown(reading.calendar)
    return f"{name} could not be read just now: {shown(reading.cause, 300)}{remedy}."


def _called(action: Action) -> str:
    return action.called.capitalize()
