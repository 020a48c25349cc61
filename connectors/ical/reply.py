"""A guest's answer as their calendar program sends it: METHOD:REPLY and COUNTER (RFC 5546, 3.2).

It comes as a file or inside a mail that somebody saved. Nothing in it is believed further than
its words go: whose answer counts is for `agent.sending.followup` to decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from itertools import chain
from typing import Final, NamedTuple

from connectors.ical import lines, moments, parse
from connectors.ical.errors import Refused
from connectors.ical.people import attendee
from connectors.ical.properties import Properties, properties
from connectors.ical.scan import Scan
from connectors.ical.zones import Zones
from policies.calendar.event import Response
from policies.interval import Interval
from policies.text import one_line
from policies.wall import WallTime, absolute, is_shown, moment

_METHOD: Final = re.compile(rb"^METHOD[^:\n]*:[ \t]*([A-Za-z]+)", re.MULTILINE | re.IGNORECASE)
_ANSWERS: Final = {b"REPLY": False, b"COUNTER": True}
_CALENDAR_TYPES: Final = frozenset({"text/calendar", "application/ics"})
_NEXT_MAIL: Final = re.compile(rb"(?m)^From .*\r?\n")
LARGEST_FILE: Final = 64 * 1024 * 1024
_LARGEST_CALENDAR: Final = 1024 * 1024
_MOST_EVENTS: Final = 100
_MOST_ATTENDEES: Final = 1_000
_LONGEST_COMMENT: Final = 1_000


class NotAReply(ValueError):
    """There is no answer in it; the message says why."""


class Reply(NamedTuple):
    """One guest's answer to one event.

    ``address`` is lower case. ``sequence`` is the version of the event it answers, ``None`` when
    it does not say (some programs do not); ``stamp_s`` when it was given, 0 when unknown.
    ``countered``: another time is asked for, ``proposed`` where it can be read.
    """

    uid: str
    address: str
    response: Response
    countered: bool = False
    sequence: int | None = None
    stamp_s: int = 0
    comment: str = ""
    proposed: Interval | None = None


def replies(data: bytes, zone: str) -> tuple[Reply, ...]:
    """Every answer in a calendar file, a mail, or a mailbox file of mails.

    ``zone`` is the IANA zone of a proposed time that names none.

    Raises:
        NotAReply: there is none.
    """
    if len(data) > LARGEST_FILE:
        raise NotAReply("the file is larger than 64 MiB")
    found: list[Reply] = []
    problem = "there is no answer to an invitation in it"
    for mail in _mails(data):
        answers: dict[Reply, None] = {}  # once each: its two copies may differ in their line ends
        try:
            for reply in chain.from_iterable(_replies(each, zone) for each in _calendars(mail)):
                answers[reply] = None
        except Exception as error:  # noqa: BLE001 - a door: one mail never loses the others
            problem = f"it cannot be read ({type(error).__name__})"
        found += answers
    if not found:
        raise NotAReply(problem)
    return tuple(found)


def _mails(data: bytes) -> Iterator[bytes]:
    """The mails of a mailbox file, else the file itself."""
    if data.startswith(b"From "):
        yield from _NEXT_MAIL.split(data)[1:]
    else:
        yield data


def _calendars(data: bytes) -> Iterator[bytes]:
    """The file if it is a calendar, else each in a mail once, though it is usually there twice."""
    if lines.clean(data).lstrip()[:15].upper() == b"BEGIN:VCALENDAR":
        yield data
        return
    seen: set[bytes] = set()
    for part in message_from_bytes(data).walk():
        name = str(part.get_filename() or "").lower()
        if part.get_content_type() in _CALENDAR_TYPES or name.endswith(".ics"):
            content = part.get_payload(decode=True)
            if isinstance(content, bytes) and content not in seen:
                seen.add(content)
                yield content


def _replies(data: bytes, zone: str) -> Iterator[Reply]:
    if len(data) > _LARGEST_CALENDAR:
        return
    plain = lines.clean(data)
    method = _METHOD.search(plain)
    if method is None or method[1].upper() not in _ANSWERS:
        return
    scan = Scan(plain)
    for _, component, calendar in list(scan)[:_MOST_EVENTS]:
        definitions = scan.calendars[calendar].definitions if scan.calendars else []
        found = properties(lines.unfolded(component))
        yield from _answers(found, Zones(definitions, "", zone), _ANSWERS[method[1].upper()])


def _answers(found: Properties, zones: Zones, countered: bool) -> Iterator[Reply]:
    values = found.values
    for line in found.often.get("ATTENDEE", ())[:_MOST_ATTENDEES]:
        guest = attendee(line)
        yield Reply(
            uid=lines.text(values.get("UID", "")),
            address=guest.address,
            response=guest.response,
            countered=countered,
            sequence=parse.sequence(values["SEQUENCE"]) if "SEQUENCE" in values else None,
            stamp_s=parse.modified_s(values.get("DTSTAMP", "")),
            comment=_comment(values.get("COMMENT", ""), line),
            proposed=_proposed(found, zones) if countered else None,
        )


def _comment(stated: str, line: str) -> str:
    """COMMENT, or where Google puts it: a parameter of the guest's own ATTENDEE line."""
    said = one_line(lines.text(stated)).strip()
    if not said:
        given = lines.parameters(lines.parted(line)[0])
        said = one_line(given.get("X-RESPONSE-COMMENT", "")).strip()
    return said[:_LONGEST_COMMENT]


def _proposed(found: Properties, zones: Zones) -> Interval | None:
    try:
        start, end = (
            moments.when(found.parameters.get(name, ""), found.values.get(name, ""), zones)
            for name in ("DTSTART", "DTEND")
        )
        if not isinstance(start, WallTime) or not isinstance(end, WallTime):
            return None
        start_s, end_s = absolute(start, "UTC"), absolute(end, "UTC")
        return Interval(moment(start_s), moment(end_s)) if is_shown(start_s, end_s) else None
    except (Refused, ValueError, OverflowError):
        return None
