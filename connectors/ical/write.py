"""iCalendar objects of our own: blocks in the owner's calendar, and invitations.

A block never has an ATTENDEE or ORGANIZER, because a server that the calendar is synchronised
with would mail them. An invitation has exactly one ATTENDEE, its approved recipient. Whatever
has been put together is read again before it is given out, and refused if it says otherwise.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from connectors.ical import identity, lines, parse
from connectors.ical.observances import observances
from connectors.ical.people import attendee, organizer
from connectors.ical.properties import properties
from connectors.ical.scan import Calendar, Scan
from connectors.ical.zones import Zones
from connectors.port import OwnEvent
from policies.calendar.event import Event, Visibility
from policies.interval import Interval
from policies.sending.action import ActionKind, Payload
from policies.text import one_line
from policies.wall import WallTime, absolute, moment

if TYPE_CHECKING:  # the library is heavy and loads where something is written
    import icalendar

_UTC: Final = frozenset({"UTC", "Etc/UTC"})
_ADDRESS: Final = re.compile(r"""[^\s@:;,<>?%"\\]+@[^\s@:;,<>?%"\\]+""")
_PLAIN: Final = re.compile(r"[A-Za-z0-9@_-][A-Za-z0-9@._-]{0,199}")
_PARTIES: Final = frozenset({"ATTENDEE", "ORGANIZER"})
_PRODUCT: Final = "-//Fika//Fika//EN"
_METHODS: Final = {
    ActionKind.INVITE: "REQUEST",
    ActionKind.RESCHEDULE: "REQUEST",
    ActionKind.CANCEL: "CANCEL",
}

_NO_STAMP: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""DTSTAMP of a block: the same block is always the same bytes, and never makes a calendar that
has not been synchronised for days look fresh."""


def own_event(event: OwnEvent) -> bytes:
    """A block as a whole calendar object; the same block gives the same bytes.

    Raises:
        ValueError: there is no such zone.
    """
    component = _component(event.uid, event.when, event.zone, _NO_STAMP)
    component.add("summary", one_line(event.title).strip())
    _add_text(component, "description", _paragraphs(event.text))
    _add_text(component, "location", one_line(event.location).strip())
    component.add("class", "PRIVATE" if event.private else "PUBLIC")
    component.add("status", "CONFIRMED")
    component.add("transp", "OPAQUE" if event.busy else "TRANSPARENT")
    component.add("x-microsoft-cdo-busystatus", "BUSY" if event.busy else "FREE")
    component.add("categories", ["Fika"])
    component.add("x-fika", one_line(event.marker).strip())
    data = _calendar(component, event.zone, event.when)
    if guests(data):
        raise ValueError("a block of our own came out with a guest")
    return data


def read_own_event(data: bytes) -> OwnEvent | None:
    """The block in a calendar object; ``None`` where it is none of ours, or no longer readable.

    What another program has added to it is left out; `guests` tells whom it may have invited.
    """
    try:
        found = _only_event(data)
        when = _when(found[0]) if found else None
    except (ValueError, LookupError, OverflowError):
        return None
    if found is None or when is None or not found[0].marker:
        return None
    event, text = found
    zone = event.start.zone if isinstance(event.start, WallTime) else ""
    return OwnEvent(
        uid=event.uid,
        when=when,
        zone=zone if isinstance(zone, str) else "UTC",
        title=event.summary,
        text=_description(text),
        marker=event.marker,
        location=event.location,
        busy=event.busy,
        private=event.visibility is not Visibility.PUBLIC,
    )


def guests(data: bytes) -> frozenset[str]:
    """The addresses of everyone a calendar object invites, its organiser among them."""
    return invited(data) | _organizers(data)


def invited(data: bytes) -> frozenset[str]:
    """The addresses of everyone a calendar object invites beside its organiser."""
    found = {
        attendee(line).address
        for _, component, _ in Scan(lines.clean(data))
        for line in properties(lines.unfolded(component))[2].get("ATTENDEE", ())
    }
    return frozenset(found - _organizers(data) - {""})


def object_name(uid: str) -> str:
    """The name of an object's file: its UID, as other programs do it too.

    Where that is no plain name, a digest of it.
    """
    plain = uid if _PLAIN.fullmatch(uid) else hashlib.sha256(uid.encode()).hexdigest()[:40]
    return f"{plain}.ics"


def invitation(payload: Payload, *, stamp: datetime) -> bytes:
    """The iTIP object of an approved action (RFC 5546, 3.2.2 and 3.2.5), composed at ``stamp``.

    Raises:
        ValueError: actions of its kind have none, there is no such zone, or what came out would
            invite someone else than the recipient or speak for someone else than the sender.
    """
    if payload.kind not in _METHODS:
        raise ValueError(f"no invitation is made for {payload.kind.value}")
    data = _calendar(
        _meeting(payload, stamp), payload.zone, payload.when, method=_METHODS[payload.kind]
    )
    _check(data, payload)
    return data


def scheduled(payload: Payload, *, stamp: datetime, marker: str) -> bytes:
    """A meeting as the object that a server which schedules invites from (RFC 6638, 3.2.1).

    Raises: as `invitation`.
    """
    component = _meeting(payload, stamp)
    component.add("x-fika", one_line(marker).strip())
    data = _calendar(component, payload.zone, payload.when)
    _check(data, payload)
    return data


def _meeting(payload: Payload, stamp: datetime) -> icalendar.Event:
    cancels = payload.kind is ActionKind.CANCEL
    component = _component(payload.uid, payload.when, payload.zone, stamp)
    component.add("sequence", payload.sequence)
    component.add("summary", one_line(payload.title).strip())
    _add_text(component, "description", _paragraphs(payload.text))
    _add_text(component, "location", one_line(payload.location).strip())
    component.add("status", "CANCELLED" if cancels else "CONFIRMED")
    component.add("transp", "OPAQUE")
    component.add("organizer", _person(payload.sender, payload.sender_name))
    guest = _person(payload.recipient, payload.recipient_name)
    guest.params |= {"CUTYPE": "INDIVIDUAL", "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION"}
    if not cancels:
        guest.params["RSVP"] = "TRUE"
    component.add("attendee", guest)
    return component


def _organizers(data: bytes) -> frozenset[str]:
    found = set()
    for _, component, _ in Scan(lines.clean(data)):
        values, parameters, _, _ = properties(lines.unfolded(component))
        found.add(organizer(parameters.get("ORGANIZER", ""), values.get("ORGANIZER", "")))
    return frozenset(found - {""})


def _component(uid: str, when: Interval, zone: str, stamp: datetime) -> icalendar.Event:
    import icalendar

    component = icalendar.Event()
    component.add("uid", one_line(uid).strip())
    component.add("dtstamp", stamp.astimezone(UTC).replace(microsecond=0))
    component.add("dtstart", _in_zone(when.start, zone))
    component.add("dtend", _in_zone(when.end, zone))
    return component


def _in_zone(moment: datetime, zone: str) -> datetime:
    try:
        return moment.astimezone(UTC if zone in _UTC else ZoneInfo(zone)).replace(microsecond=0)
    except (LookupError, ValueError, OSError) as error:
        raise ValueError("no time zone has that name") from error


def _add_text(component: icalendar.Event, name: str, text: str) -> None:
    if text:
        component.add(name, text)


def _person(address: str, name: str) -> icalendar.vCalAddress:
    """Quotes are left out of names: what RFC 6868 makes of them few programs undo.

    So are backslashes: they mean nothing in a parameter, and many readers take them to escape
    what follows, which at the end of a name is the colon before the address.

    Raises:
        ValueError: the address holds signs that say more in a ``mailto:`` URI (RFC 6068).
    """
    import icalendar

    if not _ADDRESS.fullmatch(address):
        raise ValueError("the recipient or the sender is not one plain mail address")
    person = icalendar.vCalAddress(f"mailto:{address}")
    plain = one_line(name).replace('"', "'").replace("\\", "/").strip()
    if plain:
        person.params["CN"] = plain
    return person


def _calendar(component: icalendar.Event, zone: str, when: Interval, method: str = "") -> bytes:
    import icalendar

    calendar = icalendar.Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    if method:
        calendar.add("method", method)
    if zone not in _UTC:
        calendar.add_component(_vtimezone(zone, when.start.astimezone(ZoneInfo(zone)).year))
    calendar.add_component(component)
    data: bytes = calendar.to_ical()
    return data


def _vtimezone(zone: str, year: int) -> icalendar.Timezone:
    import icalendar

    result = icalendar.Timezone()
    result.add("tzid", zone)
    for each in observances(zone, year):
        part = icalendar.TimezoneDaylight() if each.is_daylight else icalendar.TimezoneStandard()
        part.add("dtstart", each.onset)
        part.add("tzoffsetfrom", timedelta(seconds=each.before_s))
        part.add("tzoffsetto", timedelta(seconds=each.after_s))
        part.add("tzname", each.name)
        if each.rule:
            part.add("rrule", icalendar.vRecur.from_ical(each.rule))
        result.add_component(part)
    return result


def _check(data: bytes, payload: Payload) -> None:
    """Read what is about to leave with two readers, and compare it with what was approved.

    Raises:
        ValueError: it says something else.
    """
    import icalendar

    calendar = icalendar.Calendar.from_ical(data)
    said = [
        (name.upper(), str(value).lower().removeprefix("mailto:"))
        for name, value in calendar.property_items(recursive=True)
        if name.upper() in _PARTIES
    ]
    approved = [("ATTENDEE", payload.recipient.lower()), ("ORGANIZER", payload.sender.lower())]
    both = {payload.recipient.lower(), payload.sender.lower()}
    if sorted(said) != approved or guests(data) != both or len(calendar.walk("VEVENT")) != 1:
        raise ValueError("the invitation does not name exactly its recipient and its sender")


def _only_event(data: bytes) -> tuple[Event, str] | None:
    """The event of an object that has one, and its text; of a series the master."""
    scan = Scan(lines.clean(data))
    for _, component, calendar in list(scan):
        text = lines.unfolded(component)
        around = scan.calendars[calendar] if scan.calendars else Calendar()
        event = parse.event(text, identity.uid(component), Zones(around.definitions, "", "UTC"))
        if event.recurrence_id is None:
            return event, text
    return None


def _when(event: Event) -> Interval | None:
    """The time a block takes; ``None`` where it has become whole days, or no time at all."""
    start = event.start
    if not isinstance(start, WallTime):
        return None
    end = WallTime(start.local + timedelta(days=event.span.days), start.zone)
    start_s, end_s = absolute(start, "UTC"), absolute(end, "UTC") + event.span.seconds
    return Interval(moment(start_s), moment(end_s)) if end_s > start_s else None


def _description(text: str) -> str:
    for line in lines.each(text):
        head, value = lines.split(line)
        name = head.partition(";")[0].upper()
        if name == "DESCRIPTION":
            return lines.text(value)
        if name == "BEGIN":
            break
    return ""


def _paragraphs(text: str) -> str:
    """Lines without control characters; they end as they do everywhere in Fika."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(map(one_line, plain.split("\n"))).strip()
