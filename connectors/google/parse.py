"""Google's events as the vocabulary has them: the API reference's "Events" resource.

A series is a master with ``recurrence`` lines; a changed instance is an event of its own that
names its master (``recurringEventId``) and the start it would have had (``originalStartTime``).
A cancelled instance may say nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from connectors.google import own
from connectors.ical.errors import Refused, UnknownZone, Unreadable
from connectors.ical.moments import as_time, between
from connectors.ical.parse import LONGEST_TEXT, MOST_ATTENDEES, recurrence_of
from connectors.ical.zones import Zones
from connectors.port import Quarantined
from policies.calendar.event import (
    Attendee,
    CalendarItem,
    Event,
    Kind,
    Recurrence,
    Response,
    Span,
    Status,
    Visibility,
)
from policies.people.identity import as_listed
from policies.people.tidy import line
from policies.text import one_line, shown
from policies.wall import WallTime, When, local_datetime, seconds

Json = dict[str, Any]
_Addressed = tuple[str, Json]
"""Someone invited, with their address in front."""

FIELDS: Final = (
    "id,etag,status,iCalUID,summary,location,start,end,recurrence,recurringEventId,"
    "originalStartTime,transparency,visibility,eventType,sequence,updated,organizer(email,self),"
    "attendees(email,displayName,responseStatus,self,organizer,resource,additionalGuests,comment),"
    "attendeesOmitted,guestsCanSeeOtherGuests,extendedProperties/private,workingLocationProperties"
)
"""All of an event that is asked for; what it says in its description is not our business."""

_STATUS: Final = {"tentative": Status.TENTATIVE, "cancelled": Status.CANCELLED}
_RESPONSE: Final = {
    "accepted": Response.ACCEPTED,
    "tentative": Response.TENTATIVE,
    "declined": Response.DECLINED,
}
_KIND: Final = {
    "focusTime": Kind.FOCUS,
    "outOfOffice": Kind.OUT_OF_OFFICE,
    "workingLocation": Kind.WORKING_LOCATION,
    "birthday": Kind.BIRTHDAY,
}
"""Other types, ``fromGmail`` and any to come, are events like all others."""
_VISIBILITY: Final = {
    "private": Visibility.PRIVATE,
    "confidential": Visibility.CONFIDENTIAL,
}
_CALENDARS: Final = ("@resource.calendar.google.com", "@group.calendar.google.com")
_NOBODY: Final = "unknownorganizer@calendar.google.com"
_LINES: Final = {each: each for each in ("RRULE", "RDATE", "EXDATE", "EXRULE")} | {"DATE": "RDATE"}
"""``DATE`` stands for ``RDATE`` in calendars in the wild (allenporter/gcal_sync 7217120)."""
_LARGEST_SEQUENCE: Final = 10**9


class Place(NamedTuple):
    """How the answers of one calendar are to be read.

    ``zone`` is the calendar's own. Where it ``is_own``, whoever it calls "self" is the owner; in
    a colleague's calendar that is the colleague.
    """

    zone: str
    is_own: bool


class Parsed(NamedTuple):
    """What became of one item; without any event that can be read there is none."""

    item: CalendarItem | None
    left_out: tuple[Quarantined, ...]


def group_of(raw: Json) -> str:
    """The id that a series and its instances have in common; else the event's own, or nothing."""
    return str(raw.get("recurringEventId") or raw.get("id") or "")


def is_cancelled(raw: Json) -> bool:
    """Whether it was deleted, or is an instance that was called off."""
    return raw.get("status") == "cancelled"


def is_of_series(raw: Json) -> bool:
    """Whether it is a master or an instance that was changed."""
    return bool(raw.get("recurrence") or raw.get("recurringEventId"))


def item(key: str, parts: Sequence[Json], place: Place) -> Parsed:
    """All that a calendar holds under one id: single event, or master and changed instances.

    Each event that cannot be read is left out by itself, named by its id and the reason.
    """
    uid = next((str(raw["iCalUID"]) for raw in parts if raw.get("iCalUID")), key)
    events: list[Event] = []
    left_out: list[Quarantined] = []
    name = key
    for raw in sorted(parts, key=_order):
        try:
            events.append(event(raw, uid, place))
            name = events[-1].uid if events[-1].marker else name
        except Refused as error:
            left_out.append(_left_out(raw, str(error)))
        except Exception as error:  # noqa: BLE001 - a door: one event never loses the others
            left_out.append(_left_out(raw, f"it cannot be read ({type(error).__name__})"))
    made = CalendarItem(name, _version(parts), tuple(events)) if events else None
    return Parsed(made, tuple(left_out))


def event(raw: Json, uid: str, place: Place) -> Event:
    """One event; ``uid`` is the iCalendar UID of its series, for stubs that do not say it.

    Raises:
        Refused: it cannot be used; other errors where it is not what Google promises.
    """
    original = raw.get("originalStartTime")
    instance = _when(original, place) if original else None
    if raw.get("recurringEventId") and instance is None:
        raise Unreadable("it does not say which of its series it is")
    if is_cancelled(raw) and instance is not None and not raw.get("end"):
        return Event(uid, instance, Span(0, 0), recurrence_id=instance, status=Status.CANCELLED)
    start = _when(raw["start"], place, moves=bool(raw.get("recurrence")))
    start, span = _extent(start, raw, place)
    recurrence = None if instance else _recurrence(raw.get("recurrence") or (), start, place)
    kind = _KIND.get(raw.get("eventType", ""), Kind.DEFAULT)
    organizer = raw.get("organizer") or {}
    people = [(_address(each), each) for each in raw.get("attendees") or ()]
    ours = own.own_uid(raw)
    return Event(
        uid=ours or uid,
        start=start,
        span=span,
        summary=str(raw.get("summary") or "")[:LONGEST_TEXT],
        location=(str(raw.get("location") or "") or _workplace(raw))[:LONGEST_TEXT],
        recurrence=recurrence,
        recurrence_id=instance,
        status=_STATUS.get(raw.get("status", ""), Status.CONFIRMED),
        busy=raw.get("transparency") != "transparent" and kind is not Kind.WORKING_LOCATION,
        kind=kind,
        visibility=_VISIBILITY.get(raw.get("visibility", ""), Visibility.PUBLIC),
        organizer=_organizer(organizer, place),
        attendees=tuple(_attendee(*each) for each in people[:MOST_ATTENDEES] if each[0]),
        own_response=_own_response(people) if place.is_own else None,
        sequence=min(max(int(raw.get("sequence") or 0), 0), _LARGEST_SEQUENCE),
        last_modified_s=_moment_s(raw.get("updated")),
        marker=own.marker(raw) if ours else "",
        unnamed_guests=_hides_guests(raw, organizer, people),
        comments=tuple(_comments(people)) if ours else (),
    )


def cancelled_instance(series: str, original: str) -> Json:
    """The stub of an instance that was called off, of what is remembered of it."""
    moment = {"dateTime" if "T" in original else "date": original}
    return {
        "id": f"{series}_{original}",
        "status": "cancelled",
        "recurringEventId": series,
        "originalStartTime": moment,
    }


def original_of(raw: Json) -> str:
    """The start an instance would have had, always in the same form; empty for all others."""
    original = raw.get("originalStartTime")
    if not isinstance(original, dict):
        return ""
    text = str(original.get("dateTime") or original.get("date") or "")
    if "T" not in text:
        return text
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC).isoformat() if moment.tzinfo else text
    except (ValueError, OverflowError):
        return text


@lru_cache(maxsize=64)
def _zones(zone: str) -> Zones:
    """The zones of a calendar that defines none, where times that name none are in ``zone``."""
    return Zones((), "", zone)


def _when(value: Json, place: Place, *, moves: bool = False) -> When:
    """A day or a time; what ``moves`` with its zone needs one that is known here.

    Raises:
        UnknownZone: it has another.
    """
    if value.get("date"):
        return date.fromisoformat(value["date"])
    moment = datetime.fromisoformat(value["dateTime"])
    zones = _zones(place.zone)
    named = value.get("timeZone") or place.zone
    if moment.tzinfo is None:
        return WallTime(moment.replace(microsecond=0), zones.named(named))
    try:
        zone = zones.named(named)
    except UnknownZone:
        if moves:
            raise
        zone = "UTC"  # the moment is known all the same
    return WallTime(local_datetime(seconds(moment), zone), zone)


def _extent(start: When, raw: Json, place: Place) -> tuple[When, Span]:
    """From the start to the end; an all-day event that ends too early lasts its day."""
    zones = _zones(place.zone)
    if not raw.get("end"):
        return start, Span(0, 0) if isinstance(start, WallTime) else Span(1, 0)
    end = _when(raw["end"], place)
    if not isinstance(start, WallTime) and not isinstance(end, WallTime) and end < start:
        end = start
    first = as_time(start, end, zones)
    return first, between(first, as_time(end, start, zones))


def _recurrence(lines: Iterable[str], start: When, place: Place) -> Recurrence | None:
    """What the ``recurrence`` lines say, local times in the zone that the series begins in.

    Raises:
        Refused: a line cannot be read, or the series would move in a zone that nobody knows.
    """
    often: dict[str, list[str]] = {}
    for each in lines:
        if one_line(each) != each:
            raise Unreadable("a recurrence line with a control character")
        head, _, value = each.partition(":")
        name, semicolon, given = head.partition(";")
        known = _LINES.get(name.strip().upper())
        if known is None:
            raise Unreadable("a recurrence line in no form we know")
        often.setdefault(known, []).append(f"{known}{semicolon}{given}:{value}")
    zone = start.zone if isinstance(start, WallTime) and isinstance(start.zone, str) else place.zone
    return recurrence_of(often, _zones(zone)) if often else None


def _workplace(raw: Json) -> str:
    """Where the owner works: ``home``, ``office`` with its name, or a place of their own."""
    stated = raw.get("workingLocationProperties") or {}
    if "homeOffice" in stated:
        return "home"
    if "officeLocation" in stated:
        label = str((stated["officeLocation"] or {}).get("label") or "")
        return f"office: {label}" if label else "office"
    return str((stated.get("customLocation") or {}).get("label") or "")


def _attendee(address: str, raw: Json) -> Attendee:
    return Attendee(
        address,
        str(raw.get("displayName") or "")[:200],
        _RESPONSE.get(raw.get("responseStatus", ""), Response.NEEDS_ACTION),
        not raw.get("resource") and not address.endswith(_CALENDARS),
    )


def _address(raw: Json) -> str:
    return as_listed(str(raw.get("email") or "").strip().lower()[:320])


def _organizer(raw: Json, place: Place) -> str:
    """Their address; empty where it is nobody, or a calendar of the owner's: then it is theirs.

    In a calendar that others share, that calendar is no more the owner than they are.
    """
    address = _address(raw)
    is_theirs = place.is_own and address.endswith(_CALENDARS)
    return "" if address == _NOBODY or is_theirs else address


def _own_response(people: Iterable[_Addressed]) -> Response | None:
    for _, each in people:
        if each.get("self"):
            return _RESPONSE.get(each.get("responseStatus", ""), Response.NEEDS_ACTION)
    return None


def _comments(people: Iterable[_Addressed]) -> Iterator[tuple[str, str]]:
    """What guests wrote with their answers: Google knows no other way to ask for another time."""
    for address, each in people:
        if text := line(str(each.get("comment") or "")):
            yield address, text


def _hides_guests(raw: Json, organizer: Json, people: Iterable[_Addressed]) -> bool:
    """Whether there are guests, or may be, whom it does not name."""
    hidden = raw.get("guestsCanSeeOtherGuests") is False and not organizer.get("self")
    return bool(
        raw.get("attendeesOmitted")
        or hidden
        or any(not address or each.get("additionalGuests") for address, each in people)
    )


def _moment_s(text: object) -> int:
    try:
        return seconds(datetime.fromisoformat(str(text)))
    except ValueError:
        return 0


def _version(parts: Sequence[Json]) -> str:
    if len(parts) == 1:
        return str(parts[0].get("etag", ""))
    every = sorted(f"{raw.get('id')} {raw.get('etag')}" for raw in parts)
    return hashlib.sha256("\n".join(every).encode()).hexdigest()


def _order(raw: Json) -> tuple[bool, str]:
    """The master first, then by instance."""
    return bool(raw.get("recurringEventId")), original_of(raw)


def _left_out(raw: Json, reason: str) -> Quarantined:
    return Quarantined(f"event {shown(str(raw.get('id')))}", reason)
