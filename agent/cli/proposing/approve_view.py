"""What the owner reads before saying yes."""

from __future__ import annotations

from collections.abc import Iterator

from agent.sending.approving import Offer
from agent.sending.payloads import TEXT_LIMIT, TITLE_LIMIT
from agent.settings import Service
from agent.terminal import quoted
from policies.interval import Interval
from policies.people.person import Person
from policies.sending.action import ActionKind, Payload
from policies.spoken import long_day, short_moment
from policies.text import shown, shown_lines
from policies.wall import local_datetime, seconds

_WHAT = {
    ActionKind.INVITE: "An invitation",
    ActionKind.RESCHEDULE: "The invitation at a new time",
    ActionKind.CANCEL: "A cancellation",
    ActionKind.REPORT: "A report",
}
_ENTRY = {
    ActionKind.INVITE: "with its entry in the calendar {}",
    ActionKind.RESCHEDULE: "its entry in the calendar {} then says the same, whatever you changed",
    ActionKind.CANCEL: "its entry leaves the calendar {}, whatever you changed",
    ActionKind.REPORT: "and nowhere else",
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
    entry = _ENTRY[payload.kind].format(shown(payload.calendar))
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
        f"  By {_BY.get(payload.channel, 'mail')}, {entry}.",
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


def old_text(offer: Offer) -> str:
    """Which calendars show an old state, and of when."""
    return f"This is not up to date: {', '.join(offer.ages)}."


def editable(payload: Payload) -> str:
    """Title and text as one page for an editor."""
    return f"{payload.title}\n\n{payload.text}\n"


def edited(page: str) -> tuple[str, str]:
    """Title and text of a page as `editable` wrote it: the first line, and the rest."""
    title, _, text = page.replace("\r\n", "\n").partition("\n")
    return title.strip(), text.strip("\n")


def _named(name: str, address: str) -> str:
    return shown(f"{name} <{address}>".strip(), 400)


def _when(when: Interval, zone: str) -> str:
    start, end = (local_datetime(seconds(each), zone) for each in (when.start, when.end))
    ends = f"{end:%H:%M}" if start.date() == end.date() else f"{short_moment(when.end, zone)}"
    return f"{start:%A} {long_day(start)}, {start:%H:%M} to {ends} ({zone})"
