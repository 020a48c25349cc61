"""What the owner reads before saying yes, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from agent.sending.approving import Approved, Offer
from agent.sending.outcome import settling
from agent.sending.payloads import TEXT_LIMIT, TITLE_LIMIT
from agent.sending.ports import DispatchReport
from agent.settings import Service, Settings
from agent.terminal import quoted
from policies.interval import Interval
from policies.people.person import Person
from policies.sending.action import Action, ActionKind, ActionState, Payload
from policies.spoken import long_day, short_moment
from policies.text import shown, shown_lines
from policies.wall import local_datetime, seconds

if TYPE_CHECKING:  # what sends is loaded by who sends
    from agent.sending.at_once import Attempt

_WHAT = {
    ActionKind.INVITE: "An invitation",
    ActionKind.RESCHEDULE: "The invitation at a new time",
    ActionKind.CANCEL: "A cancellation",
    ActionKind.REPORT: "A report",
}
_DONE = {
    ActionKind.INVITE: "invited",
    ActionKind.RESCHEDULE: "told the new time",
    ActionKind.CANCEL: "told that it is called off",
    ActionKind.REPORT: "given the report",
}
_BY = {
    Service.GOOGLE.value: "Google Calendar",
    Service.OUTLOOK.value: "Outlook",
    Service.CALDAV.value: "your calendar's own server",
}
_LONG = 6 * TEXT_LIMIT  # the whole text, even were every character shown as its code point


def offer_text(offer: Offer, person: Person | None) -> str:
    """Every word that would leave, with nothing hidden in it, and what to look at twice."""
    payload = offer.payload
    lines = [
        f"{_WHAT[payload.kind]}, exactly as it will be sent:",
        "",
        f"  To       {_named(payload.recipient_name, payload.recipient)}",
        f"  From     {_named(payload.sender_name, payload.sender)}",
        *_meeting(payload, person),
        f"  Title    {shown(payload.title, 6 * TITLE_LIMIT)}",
        "",
        quoted(shown_lines(payload.text, max(_LONG, 6 * len(payload.text)))),
        "",
        f"  By {_BY.get(payload.channel, 'mail')}, {_entry(payload)}.",
    ]
    lines += [f"  Look twice: {shown(each)}" for each in offer.warnings]
    lines += [f"  {old_text(offer)}"] if offer.old else []
    return "\n".join(lines)


def _meeting(payload: Payload, person: Person | None) -> Iterator[str]:
    if payload.kind is ActionKind.REPORT:
        return
    yield f"  When     {_when(payload.when, payload.zone)}"
    if person is not None and person.zone and person.zone != payload.zone:
        theirs = _when(payload.when, person.zone)
        yield f"           {theirs} for {shown(person.first_name)}"
    if payload.location:
        yield f"  Where    {shown(payload.location)}"


def _entry(payload: Payload) -> str:
    if payload.kind is ActionKind.REPORT:
        return "and nowhere else"
    entry = "its entry leaves" if payload.kind is ActionKind.CANCEL else "with its entry in"
    return f"{entry} the calendar {shown(payload.calendar)}"


def old_text(offer: Offer) -> str:
    """Which calendars show an old state, and of when."""
    return f"This is not up to date: {', '.join(offer.ages)}."


def already_text(before: Approved, settings: Settings) -> str:
    """What became of a proposal that was approved before."""
    action = before.action
    given = local_datetime(seconds(before.given), settings.owner.zone)
    name = shown(action.payload.recipient_name) or shown(action.payload.recipient)
    stands = {
        ActionState.SENT: f"{name} is {_DONE[action.payload.kind]}",
        ActionState.NEEDS_REVIEW: f"nobody can tell whether it was sent: `{settling(action)}`",
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
            return f"Not sent: {action.called}: {note}"
        case _:
            return f"{_called(action)} is approved and waits: {note or 'the next run sends it'}"


def attempt_text(attempt: Attempt) -> str:
    """What became of sending at once; empty where nothing was to be sent."""
    if attempt.busy:
        return "Another run is under way; the next one goes on with it."
    lines = [report_text(attempt.report)] if attempt.report.outcomes else []
    if attempt.stopped:
        file = shown(str(attempt.stopped), 300)
        lines.append(f"Stopped by the file {file}: remove it to go on.")
    return "\n".join(lines)


def report_text(report: DispatchReport) -> str:
    """What became of everything that was under way."""
    lines = [outcome_text(each) for each in report.outcomes]
    if report.broken_off:
        lines.append("Too much failed, so the rest waits for the next run.")
    return "\n".join(lines)


def editable(payload: Payload) -> str:
    """Title and text as one page for an editor."""
    return f"{payload.title}\n\n{payload.text}\n"


def edited(page: str) -> tuple[str, str]:
    """Title and text of a page as `editable` wrote it: the first line, and the rest."""
    title, _, text = page.replace("\r\n", "\n").partition("\n")
    return title.strip(), text.strip("\n")


def _called(action: Action) -> str:
    return action.called.capitalize()


def _named(name: str, address: str) -> str:
    return shown(f"{name} <{address}>".strip(), 400)


def _when(when: Interval, zone: str) -> str:
    start, end = (local_datetime(seconds(each), zone) for each in (when.start, when.end))
    ends = f"{end:%H:%M}" if start.date() == end.date() else f"{short_moment(when.end, zone)}"
    return f"{start:%A} {long_day(start)}, {start:%H:%M} to {ends} ({zone})"
