"""How proposals look: the list, one of them in full, and both as JSON."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from agent.cli.proposing.approve_view import offer_text
from agent.cli.proposing.slots_view import print_slots
from agent.proposing.showing import Showing
from agent.sending.payloads import CannotSend
from agent.store.day import DayRow
from agent.terminal import quoted, say
from policies.hours import is_zone
from policies.interval import Interval
from policies.outreach.drafting import reasons_now
from policies.people.person import PersonId
from policies.proposal import Answer, Proposal, ProposalState, Unplaced
from policies.slots.occupancy import Occupies
from policies.spoken import long_day, short_moment
from policies.text import shown, shown_lines
from policies.wall import local_datetime, moment, seconds

if TYPE_CHECKING:
    from rich.console import Console

_NAME, _TITLE, _SENTENCE = 32, 60, 400
_STATUS = {
    ProposalState.OPEN: "waits for your yes",
    ProposalState.APPROVED: "approved, not sent yet",
    ProposalState.SENT: "sent",
    ProposalState.REJECTED: "rejected by you",
    ProposalState.EXPIRED: "expired",
    ProposalState.CANCELLED: "called off",
}
_STYLES = {ProposalState.OPEN: "bold", ProposalState.SENT: "green"}


# ---------------------------------------------------------------- the list


def list_json(
    found: Sequence[Proposal],
    unplaced: Sequence[Unplaced],
    names: Mapping[PersonId, str],
    zone: str,
    unsure: Collection[int],
) -> str:
    """``proposals`` and ``unplaced``; times are ISO 8601 on the owner's clock.

    ``unsure`` are the numbers of those of which nobody can tell what was sent.
    """
    from agent.terminal import json_text

    return json_text(
        {
            "proposals": [
                _head(each, names.get(each.draft.person, ""), zone, unsure=each.number in unsure)
                for each in found
            ],
            "unplaced": [
                {
                    "person": each.person,
                    "name": names.get(each.person, ""),
                    "code": each.code.value,
                    "question": each.question,
                    "answer": {"field": each.answer.field, "yes": list(each.answer.texts)},
                }
                for each in unplaced
            ],
        }
    )


def print_list(
    found: Sequence[Proposal],
    unplaced: Sequence[Unplaced],
    names: Mapping[PersonId, str],
    zone: str,
    unsure: Collection[int],
    most: int | None,
) -> None:
    """The proposals as a table, then the open questions, at most so many of them."""
    from agent.terminal import Column, Styled, print_grid

    if found:
        columns = (
            Column("No.", right=True),
            Column("Person", gives_way=True),
            Column("Format", spare=2),
            Column("When"),
            Column("Status"),
            Column("Expires", spare=1),
            Column("Why" if any(each.outcome for each in found) else "", gives_way=True, spare=3),
        )
        rows = [
            (
                str(each.number),
                shown(names.get(each.draft.person, each.draft.person), _NAME),
                each.draft.format.value,
                _brief(each.slot.when.start, zone),
                Styled(
                    status(each, unsure=each.number in unsure),
                    "bold red" if each.number in unsure else _STYLES.get(each.state, "dim"),
                ),
                _brief(each.draft.expires, zone) if each.state is ProposalState.OPEN else "",
                shown(each.outcome, _TITLE),
            )
            for each in found
        ]
        print_grid(columns, rows)
    else:
        say("No proposal is waiting. `fika run` looks for people to meet.")
    if unplaced:
        click.echo("\nThese could not be placed:")
    for question in unplaced[:most]:
        name = shown(names.get(question.person, question.person), _NAME)
        say(f"  {name} ({question.code}): {shown(question.question, _SENTENCE)}")
        for line in _to_answer(question):
            say(f"    {line}")
    if len(unplaced[:most]) < len(unplaced):
        click.echo(f"  and {len(unplaced) - len(unplaced[:most])} more, with --all")


def _to_answer(asked: Unplaced) -> Iterator[str]:
    """What to type, and what that saves."""
    field, texts = asked.answer
    if texts:
        yield f"fika answer {asked.person} yes  saves {field}: {', '.join(map(shown, texts))}"
    elif field:
        yield f"fika answer {asked.person} ...  saves {field}"


def status(proposal: Proposal, *, unsure: bool) -> str:
    """Where it stands, in words, with the guest's answer while the meeting stands."""
    if unsure:
        return f"sent or not? fika settle {proposal.number}"
    said = _STATUS[proposal.state]
    answered = proposal.state is ProposalState.SENT and proposal.answer is not Answer.NONE
    return f"{said}, {proposal.answer}" if answered else said


# ---------------------------------------------------------------- one of them


def show_json(showing: Showing, zone: str) -> str:
    """As the list, and ``slots`` with their scores, ``day``, ``reasons``, and what would be sent.

    ``sends`` is what a yes would send now, ``null`` where it would send nothing; ``obstacle`` then
    says why.
    """
    from agent.terminal import json_text

    proposal, person = showing.proposal, showing.person
    draft, guest_zone = proposal.draft, _guest_zone(showing)
    payload = showing.offer.payload if showing.offer else None
    obstacle = showing.obstacle
    return json_text(
        {
            **_head(
                proposal, person.name if person else "", zone, unsure=showing.review is not None
            ),
            "title": payload.title if payload else draft.title,
            "text": payload.text if payload else draft.text,
            "comment": proposal.comment,
            "slots": [
                {
                    **_span(slot.when, zone),
                    "for_guest": _span(slot.when, guest_zone) if guest_zone else None,
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
            yield f"fika approve {number}{choice}", f"send it for {_brief(slot.when.start, zone)}"
        if can_send:
            yield f"fika approve {number} --edit", "change the words first"
        yield f"fika reject {number}", "drop it"
        yield f"fika snooze {proposal.draft.person} 6w", "leave them in peace for six weeks"
    elif proposal.state is ProposalState.APPROVED:
        yield "fika run", "send what was approved"
        yield f"fika reject {number}", "take it back while it is not sent"
    elif proposal.state is ProposalState.SENT:
        yield f"fika cancel {number}", "call it off; shows what is sent and asks"
        yield "fika import-reply FILE", "read the guest's answer from a mail or calendar file"


def _heading(screen: Console, text: str, *, first: bool = False) -> None:
    screen.print(text if first else f"\n{text}", style="bold", markup=False, soft_wrap=True)


def _sentences(screen: Console, heading: str, sentences: Sequence[str]) -> None:
    if sentences:
        _heading(screen, heading)
        for each in sentences:
            say(f"  {shown(each, _SENTENCE)}")


def _about(showing: Showing, zone: str) -> str:
    proposal = showing.proposal
    expires = f", expires {_brief(proposal.draft.expires, zone)}"
    comment = f": {shown(proposal.comment, _SENTENCE)}" if proposal.comment else ""
    outcome = f": {shown(proposal.outcome, _SENTENCE)}" if proposal.outcome else ""
    ends = expires if proposal.state is ProposalState.OPEN else ""
    said = status(proposal, unsure=showing.review is not None)
    return f"{said}{comment}{outcome}{ends}"


def _when_and_where(showing: Showing, zone: str) -> Iterator[str]:
    slot, guest_zone = showing.proposal.slot, _guest_zone(showing)
    yield f"{_full(slot.when, zone)} for you ({zone})"
    if guest_zone:
        yield f"{_full(slot.when, guest_zone)} for {_name(showing)} ({guest_zone})"
    else:
        yield f"The time zone of {_name(showing)} is not known."
    if slot.place:
        yield f"at {shown(slot.place)}"


def _day_lines(showing: Showing, zone: str) -> Iterator[tuple[str, str]]:
    """The day in order, the proposal in its place; what it would meet is marked."""
    slot = showing.proposal.slot
    start_s, end_s = seconds(slot.when.start), seconds(slot.when.end)
    mine = f"> {_clock(start_s, zone)}-{_clock(end_s, zone)}  {_title(showing)}  (this proposal)"
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


# ---------------------------------------------------------------- times, names, records


def _head(proposal: Proposal, name: str, zone: str, *, unsure: bool) -> dict[str, object]:
    draft = proposal.draft
    return {
        "number": proposal.number,
        "person": draft.person,
        "name": name,
        "address": draft.address,
        "format": draft.format.value,
        "status": proposal.state.value,
        "needs_review": unsure,
        "answer": proposal.answer.value,
        "outcome": proposal.outcome,
        "zone": zone,
        **_span(proposal.slot.when, zone),
        "place": proposal.slot.place,
        "created": _iso(proposal.created, zone),
        "expires": _iso(draft.expires, zone),
    }


def _span(when: Interval, zone: str) -> dict[str, object]:
    weekday = f"{when.start.astimezone(ZoneInfo(zone)):%A}"
    return {"start": _iso(when.start, zone), "end": _iso(when.end, zone), "weekday": weekday}


def _day_record(row: DayRow, zone: str) -> dict[str, object]:
    return {
        "start": _iso(moment(row.start_s), zone),
        "end": _iso(moment(row.end_s), zone),
        "all_day": row.all_day,
        "title": row.title,
        "calendar": row.calendar,
        "takes_time": row.occupies is not Occupies.FREE,
    }


def _guest_zone(showing: Showing) -> str:
    zone = showing.person.zone if showing.person else ""
    return zone if is_zone(zone) else ""


def _name(showing: Showing) -> str:
    person = showing.person
    return shown(person.name if person else showing.proposal.draft.person, _NAME)


def _title(showing: Showing) -> str:
    return shown(showing.proposal.draft.title, _TITLE)


def _iso(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).isoformat()


def _clock(at_s: int, zone: str) -> str:
    return f"{local_datetime(at_s, zone):%H:%M}"


def _brief(at: datetime, zone: str) -> str:
    return short_moment(at, zone)


def _full(when: Interval, zone: str) -> str:
    start, end = (local_datetime(seconds(at), zone) for at in (when.start, when.end))
    return f"{start:%A} {long_day(start)}, {start:%H:%M} to {end:%H:%M}"
