"""How one proposal looks in full, and its JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from agent.cli.proposing.approve_view import offer_text
from agent.cli.proposing.list_view import status
from agent.cli.proposing.records import head, iso, span
from agent.cli.proposing.slots_view import print_slots
from agent.proposing.showing import Showing, guest_zone
from agent.sending.payloads import CannotSend
from agent.store.day import DayRow
from agent.terminal import quoted, say
from policies.interval import Interval
from policies.outreach.drafting import reasons_now
from policies.proposal import ProposalState
from policies.sending.action import UNDER_WAY
from policies.slots.occupancy import Occupies
from policies.spoken import long_day, short_moment
from policies.text import shown, shown_lines
from policies.wall import local_datetime, moment, seconds

if TYPE_CHECKING:
    from rich.console import Console

_NAME, _TITLE, _SENTENCE = 32, 60, 400


def show_json(showing: Showing, zone: str) -> str:
    """As the list, and ``slots`` with their scores, ``day``, ``reasons``, and what would be sent.

    ``sends`` is what a yes would send now, ``null`` where it would send nothing; ``obstacle`` then
    says why.
    """
    from agent.terminal import json_text

    proposal, person = showing.proposal, showing.person
    draft, theirs = proposal.draft, guest_zone(showing.person)
    payload = showing.offer.payload if showing.offer else None
    obstacle = showing.obstacle
    return json_text(
        {
            **head(
                proposal, person.name if person else "", zone, unsure=showing.review is not None
            ),
            "title": payload.title if payload else draft.title,
            "text": payload.text if payload else draft.text,
            "comment": proposal.comment,
            "slots": [
                {
                    **span(slot.when, zone),
                    "for_guest": span(slot.when, theirs) if theirs else None,
                    "place": slot.place,
                    "chosen": index == proposal.chosen,
                    "score": round(slot.score, 2),
                    "parts": [part._asdict() for part in slot.parts],
                }
                for index, slot in enumerate(draft.slots)
            ],
            "reasons": list(reasons_now(proposal, zone)),
            "between": list(showing.between),
            "assumptions": list(draft.assumptions),
            "day": [_day_record(row, zone) for row in showing.day],
            "sends": payload and {"digest": payload.digest, "channel": payload.channel,
                                  "to": payload.recipient, "calendar": payload.calendar},
            "warnings": list(showing.offer.warnings) if showing.offer else [],
            "obstacle": obstacle and {"cause": obstacle.cause, "remedy": obstacle.remedy},
            "actions": [
                {"kind": each.payload.kind.value, "state": each.state.value, "note": each.note}
                for each in showing.actions
            ],
            "next": [command for command, _ in next_commands(showing, zone)],
        }
    )  # fmt: skip


def print_show(showing: Showing, zone: str) -> None:
    """The same for reading."""
    from agent.terminal import console, folded

    screen = console()
    proposal, draft = showing.proposal, showing.proposal.draft
    name = _name(showing)
    _heading(screen, f"Proposal {proposal.number}: {draft.format} with {name}", first=True)
    say(f"  {_about(showing, zone)}")
    for line in _when_and_where(showing, zone):
        say(f"  {line}")
    _heading(screen, f"Your {proposal.slot.when.start.astimezone(ZoneInfo(zone)):%A}")
    for line, style in _day_lines(showing, zone):
        screen.print(folded(f"  {line}"), style=style, markup=False, soft_wrap=True)
    _heading(screen, "Its times")
    print_slots(draft.slots, proposal.chosen, zone)
    _sentences(screen, f"Why {name}, and why now", reasons_now(proposal, zone))
    _sentences(screen, "Between you", showing.between)
    _sentences(screen, "Not known, and assumed", draft.assumptions)
    _heading(screen, "What is sent")
    say(_sent(showing))
    commands = list(next_commands(showing, zone))
    if commands:
        _heading(screen, "Next")
        width = max(len(command) for command, _ in commands)
        for command, meaning in commands:
            say(f"  {command:{width}}  {meaning}")


def next_commands(showing: Showing, zone: str) -> Iterator[tuple[str, str]]:
    """What to type next, and what it does."""
    proposal = showing.proposal
    number = proposal.number
    if showing.review is not None:
        what = showing.review.payload.kind.value
        yield f"fika settle {number} --sent", f"your sent mail, or the guest, has the {what}"
        yield f"fika settle {number} --not-sent", "neither has it"
    elif proposal.state is ProposalState.OPEN:
        can_send = not isinstance(showing.obstacle, CannotSend)
        for index, slot in enumerate(proposal.draft.slots if can_send else ()):
            choice = "" if index == proposal.chosen else f" --slot {index + 1}"
            when = short_moment(slot.when.start, zone)
            yield f"fika approve {number}{choice}", f"send it for {when}"
        if can_send:
            yield f"fika approve {number} --edit", "change the words first"
        yield f"fika reject {number}", "drop it"
        yield f"fika snooze {proposal.draft.person} 6w", "leave them in peace for six weeks"
    elif proposal.state is ProposalState.APPROVED or _is_under_way(showing):
        yield "fika run", "send what was approved"
        yield f"fika reject {number}", "take it back while it is not sent"
    elif proposal.state is ProposalState.SENT:
        yield f"fika cancel {number}", "call it off; shows what is sent and asks"
        yield "fika import-reply FILE", "read the guest's answer from a mail or calendar file"


def _is_under_way(showing: Showing) -> bool:
    return any(each.state in UNDER_WAY for each in showing.actions)


def _heading(screen: Console, text: str, *, first: bool = False) -> None:
    screen.print(text if first else f"\n{text}", style="bold", markup=False, soft_wrap=True)


def _sentences(screen: Console, heading: str, sentences: Sequence[str]) -> None:
    if sentences:
        _heading(screen, heading)
        for each in sentences:
            say(f"  {shown(each, _SENTENCE)}")


def _about(showing: Showing, zone: str) -> str:
    proposal = showing.proposal
    expires = f", expires {short_moment(proposal.draft.expires, zone)}"
    comment = f": {shown(proposal.comment, _SENTENCE)}" if proposal.comment else ""
    outcome = f": {shown(proposal.outcome, _SENTENCE)}" if proposal.outcome else ""
    ends = expires if proposal.state is ProposalState.OPEN else ""
    said = status(proposal, unsure=showing.review is not None)
    return f"{said}{comment}{outcome}{ends}"


def _when_and_where(showing: Showing, zone: str) -> Iterator[str]:
    slot, theirs = showing.proposal.slot, guest_zone(showing.person)
    yield f"{_full(slot.when, zone)} for you ({zone})"
    if theirs:
        yield f"{_full(slot.when, theirs)} for {_name(showing)} ({theirs})"
    else:
        yield f"The time zone of {_name(showing)} is not known."
    if slot.place:
        yield f"at {shown(slot.place)}"


def _day_lines(showing: Showing, zone: str) -> Iterator[tuple[str, str]]:
    """The day in order, the proposal in its place; what it would meet is marked."""
    proposal, slot = showing.proposal, showing.proposal.slot
    start_s, end_s = seconds(slot.when.start), seconds(slot.when.end)
    title = shown(proposal.draft.title, _TITLE)
    mine = f"> {_clock(start_s, zone)}-{_clock(end_s, zone)}  {title}  (this proposal)"
    told = False
    for row in showing.day:
        if not told and not row.all_day and row.start_s >= start_s:
            told = True
            yield mine, "bold"
        meets = row.start_s < end_s and start_s < row.end_s and row.occupies is not Occupies.FREE
        yield f"{'!' if meets else ' '} {_day_text(row, zone)}", "yellow" if meets else ""
    if not told:
        yield mine, "bold"


def _day_text(row: DayRow, zone: str) -> str:
    when = (
        "all day    " if row.all_day else f"{_clock(row.start_s, zone)}-{_clock(row.end_s, zone)}"
    )
    notes = {Occupies.FREE: " (free)", Occupies.TENTATIVE: " (tentative)"}.get(row.occupies, "")
    title = shown(row.title, _TITLE) or "(no title)"
    return f"{when}  {title}{notes}  [{shown(row.calendar, _NAME)}]"


def _sent(showing: Showing) -> str:
    if showing.offer:
        return offer_text(showing.offer, showing.person)
    draft = showing.proposal.draft
    lines = []
    if showing.obstacle:
        lines.append(f"As things stand it cannot be sent: {shown(showing.obstacle.cause, 300)}.")
        if showing.obstacle.remedy:
            lines.append(f"  → {shown(showing.obstacle.remedy, 300)}")
    for action in showing.actions:
        note = f": {shown(action.note, 300)}" if action.note else ""
        lines.append(f"{action.payload.kind.value.capitalize()}: {action.state.value}{note}")
    lines += [f"To {shown(draft.address)}, {shown(draft.title)}", ""]
    return "\n".join((*lines, quoted(shown_lines(draft.text))))


def _day_record(row: DayRow, zone: str) -> dict[str, object]:
    return {
        "start": iso(moment(row.start_s), zone),
        "end": iso(moment(row.end_s), zone),
        "all_day": row.all_day,
        "title": row.title,
        "calendar": row.calendar,
        "takes_time": row.occupies is not Occupies.FREE,
    }


def _name(showing: Showing) -> str:
    person = showing.person
    return shown(person.name if person else showing.proposal.draft.person, _NAME)


def _clock(at_s: int, zone: str) -> str:
    return f"{local_datetime(at_s, zone):%H:%M}"


def _full(when: Interval, zone: str) -> str:
    start, end = (local_datetime(seconds(at), zone) for at in (when.start, when.end))
    return f"{start:%A} {long_day(start)}, {start:%H:%M} to {end:%H:%M}"
