"""When others are taken, as far as their server tells through the owner's scheduling outbox."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Final
from xml.etree.ElementTree import Element

from connectors.caldav import xml
from connectors.caldav.client import Dav, Refused
from connectors.caldav.discovery import principal
from connectors.caldav.xml import CAL, DAV, NotXml
from connectors.errors import UnreadableAnswer
from connectors.ical import lines
from policies.frozen import frozen
from policies.interval import Interval, merged

_STAMP: Final = "%Y%m%dT%H%M%SZ"
_PLAIN: Final = re.compile(r"""[^\s@:;,<>?%"\\]+@[^\s@:;,<>?%"\\]+""")
_DURATION: Final = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


@frozen
class CaldavFreeBusy:
    """A `connectors.port.FreeBusy` (RFC 6638, section 5); ``owner`` asks, and is asked back."""

    name: str
    connect: Callable[[], AbstractContextManager[Dav]]
    owner: str

    def busy(
        self, addresses: tuple[str, ...], window: Interval
    ) -> Mapping[str, tuple[Interval, ...] | None]:
        unknown: dict[str, tuple[Interval, ...] | None] = dict.fromkeys(addresses)
        asked = [each for each in addresses if _PLAIN.fullmatch(each)]
        if not asked:
            return unknown
        with self.connect() as dav:
            outbox = principal(dav).outbox
            if not outbox:
                return unknown
            headers = {
                "Originator": f"mailto:{self.owner}",
                "Recipient": ", ".join(f"mailto:{each}" for each in asked),
            }
            try:
                reply = dav.post(outbox, _question(self.owner, asked, window), headers)
            except Refused:  # an outbox that serves other purposes than this one
                return unknown
        try:
            answers = dict(_answers(xml.parsed(reply.body), window))
        except (NotXml, ValueError) as error:
            raise UnreadableAnswer(self.name, "what it says of free time is unclear") from error
        return {each: answers.get(each) for each in addresses}


def _question(owner: str, asked: list[str], window: Interval) -> bytes:
    start, end = (each.astimezone(UTC).strftime(_STAMP) for each in (window.start, window.end))
    said = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Fika//Fika//EN",
        "METHOD:REQUEST",
        "BEGIN:VFREEBUSY",
        f"UID:fika-freebusy-{start}-{end}",
        f"DTSTAMP:{start}",
        f"DTSTART:{start}",
        f"DTEND:{end}",
        f"ORGANIZER:mailto:{owner}",
        *(f"ATTENDEE:mailto:{each}" for each in asked),
        "END:VFREEBUSY",
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(said).encode()


def _answers(root: Element, window: Interval) -> Iterator[tuple[str, tuple[Interval, ...] | None]]:
    for each in root.iter(f"{CAL}response"):
        recipient = (each.findtext(f"{CAL}recipient/{DAV}href") or "").strip().lower()
        status = (each.findtext(f"{CAL}request-status") or "").strip()
        data = each.findtext(f"{CAL}calendar-data") or ""
        known = _taken(data, window) if status.startswith("2.") and data else None
        yield recipient.removeprefix("mailto:"), known


def _taken(data: str, window: Interval) -> tuple[Interval, ...]:
    """The busy periods of a VFREEBUSY (RFC 5545, 3.8.2.6).

    Raises:
        ValueError: one of them makes no sense.
    """
    found = []
    for line in lines.each(lines.unfolded(data.encode())):
        head, value = lines.split(line)
        name, _, parameters = head.upper().partition(";")
        if name != "FREEBUSY" or "FBTYPE=FREE" in parameters.split(";"):
            continue
        found += [_period(each) for each in value.split(",") if each]
    return merged(
        Interval(max(each.start, window.start), min(each.end, window.end))
        for each in found
        if each.overlaps(window)
    )


def _period(text: str) -> Interval:
    start, _, end = text.strip().partition("/")
    begins = datetime.strptime(start, _STAMP).replace(tzinfo=UTC)
    length = _DURATION.fullmatch(end)
    if length is None:
        return Interval(begins, datetime.strptime(end, _STAMP).replace(tzinfo=UTC))
    weeks, days, hours, minutes, seconds = (int(each or 0) for each in length.groups())
    return Interval(
        begins,
        begins + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds),
    )
