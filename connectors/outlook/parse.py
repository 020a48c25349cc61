"""Graph's events as the vocabulary has them: the resource type "event", version 1.0.

A series is not described by its rule here but by the days Graph itself works out. Its recurrence
patterns mean more than they say (the 31st of a month that has none is its last day), stand in
zones that only one mailbox knows, and leave out which occurrences were deleted; the occurrences
that a calendar view names say all of that, in UTC. So an item is a master with those days as its
dates, and the exceptions in their places; our own engine still expands it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from connectors.ical.errors import Refused, Unreadable
from connectors.ical.moments import between
from connectors.ical.parse import LONGEST_TEXT, MOST_ATTENDEES
from connectors.outlook import own
from connectors.outlook.zones import iana
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
from policies.text import shown
from policies.wall import WallTime, When, absolute, is_shown, local_datetime, seconds

Json = dict[str, Any]

FIELDS: Final = (
    "id,type,seriesMasterId,transactionId,iCalUId,subject,location,start,end,originalStart,"
    "originalStartTimeZone,isAllDay,isCancelled,isOrganizer,showAs,sensitivity,responseStatus,"
    "organizer,attendees,hideAttendees,lastModifiedDateTime"
)
"""All of an event that is looked at, where a request may say so; a delta may not."""

_RESPONSE: Final = {
    "accepted": Response.ACCEPTED,
    "organizer": Response.ACCEPTED,
    "tentativelyAccepted": Response.TENTATIVE,
    "declined": Response.DECLINED,
}
"""Any other, ``none`` and ``notResponded``, is no answer."""
_KIND: Final = {"oof": Kind.OUT_OF_OFFICE, "workingElsewhere": Kind.WORKING_LOCATION}
_NOT_BUSY: Final = frozenset(("free", "workingElsewhere"))
_VISIBILITY: Final = {
    "personal": Visibility.PRIVATE,
    "private": Visibility.PRIVATE,
    "confidential": Visibility.CONFIDENTIAL,
}
_MASTER, _OCCURRENCE, _SINGLE = "seriesMaster", "occurrence", "singleInstance"
_NO_YEARS: Final = frozenset((1, 4501))
"""What Exchange writes for "no time at all"."""
_HALF_A_DAY: Final = timedelta(hours=12)


class Parsed(NamedTuple):
    """What became of one item; without any event that can be read there is none."""

    item: CalendarItem | None
    left_out: tuple[Quarantined, ...]


def group_of(raw: Json) -> str:
    """The id that a series and its occurrences have in common; else the event's own."""
    return str(raw.get("seriesMasterId") or raw.get("id") or "")


def is_master(raw: Json) -> bool:
    return raw.get("type") == _MASTER


def is_of_series(raw: Json) -> bool:
    """Whether it is a master, an occurrence, or an occurrence that was changed."""
    return raw.get("type", _SINGLE) != _SINGLE or bool(raw.get("seriesMasterId"))


def is_exception(raw: Json) -> bool:
    return is_of_series(raw) and str(raw.get("type")) not in {_MASTER, _OCCURRENCE}


def item(key: str, parts: Sequence[Json], *, is_own: bool) -> Parsed:
    """All that a calendar holds under one id: a single event, or a series with its days.

    ``is_own``: the calendar is the owner's, and so are the answers given from it. Each event
    that cannot be read is left out by itself, named by its id and the reason.
    """
    events: list[Event] = []
    left_out: list[Quarantined] = []
    for raw, read in _readings(key, parts, is_own=is_own):
        try:
            events.append(read())
        except Refused as error:
            left_out.append(_left_out(raw, str(error)))
        except Exception as error:  # noqa: BLE001 - a door: one event never loses the others
            left_out.append(_left_out(raw, f"it cannot be read ({type(error).__name__})"))
    name = next(filter(None, map(own.own_uid, parts)), key)
    made = CalendarItem(name, _version(parts, events), tuple(events)) if events else None
    return Parsed(made, tuple(left_out))


def _readings(
    key: str, parts: Sequence[Json], *, is_own: bool
) -> Iterator[tuple[Json, Callable[[], Event]]]:
    """What is to be read of an item, the master first; occurrences are read with it."""
    masters = [raw for raw in parts if is_master(raw)][:1]
    days = [raw for raw in parts if raw.get("type") == _OCCURRENCE]
    uid = next((str(raw["iCalUId"]) for raw in (*masters, *parts) if raw.get("iCalUId")), key)
    whole_days = bool(masters and masters[0].get("isAllDay"))
    for raw in masters if days else ():
        yield raw, partial(_series, raw, days, uid, is_own=is_own)
    for raw in sorted(parts, key=_order):
        if not is_of_series(raw):
            yield raw, partial(event, raw, uid, is_own=is_own)
        elif is_exception(raw):
            yield raw, partial(_exception, raw, uid, is_own=is_own, whole_days=whole_days)


def event(raw: Json, uid: str, *, is_own: bool) -> Event:
    """One event by itself; ``uid`` is the iCalendar UID, of its series where it is of one.

    Raises:
        Refused: it cannot be used; other errors where it is not what Graph promises.
    """
    start, span = _extent(raw, whole_days=bool(raw.get("isAllDay")))
    kind = _KIND.get(raw.get("showAs", ""), Kind.DEFAULT)
    people = raw.get("attendees") or ()
    ours = own.own_uid(raw)
    return Event(
        uid=ours or uid,
        start=start,
        span=span,
        summary=str(raw.get("subject") or "")[:LONGEST_TEXT],
        location=str((raw.get("location") or {}).get("displayName") or "")[:LONGEST_TEXT],
        status=_status(raw),
        busy=raw.get("showAs") not in _NOT_BUSY,
        kind=kind,
        visibility=_VISIBILITY.get(raw.get("sensitivity", ""), Visibility.PUBLIC),
        organizer=_organizer(raw),
        attendees=tuple(_attendee(each) for each in people[:MOST_ATTENDEES] if _stated(each)),
        own_response=_own_response(raw) if is_own else None,
        last_modified_s=_moment_s(raw.get("lastModifiedDateTime")),
        marker=own.marker(raw) if ours else "",
        unnamed_guests=bool(raw.get("hideAttendees")) and not raw.get("isOrganizer"),
        proposed=tuple(_proposed(people)) if ours else (),
    )


def _series(master: Json, days: Sequence[Json], uid: str, *, is_own: bool) -> Event:
    """The master, begun on its first day and dated by all of them."""
    whole_days = bool(master.get("isAllDay"))
    dates = {_extent(raw, whole_days=whole_days): raw for raw in days}
    start, span = first = min(dates, key=_when_it_is)
    times = {"start": dates[first]["start"], "end": dates[first]["end"]}
    extra = tuple(
        (day, None if length == span else length) for day, length in sorted(dates, key=_when_it_is)
    )
    read = event({**master, **times}, uid, is_own=is_own)
    return replace(read, start=start, recurrence=Recurrence(extra=extra))


def _when_it_is(extent: tuple[When, Span]) -> str:
    """Days sort as days and times as times; all are in UTC, and of one form."""
    start, _ = extent
    return (start.local if isinstance(start, WallTime) else start).isoformat()


def _exception(raw: Json, uid: str, *, is_own: bool, whole_days: bool) -> Event:
    """An occurrence that was changed, or called off, in the place it had."""
    read = event(raw, uid, is_own=is_own)
    return replace(read, recurrence_id=_original(raw, whole_days=whole_days) or read.start)


def _original(raw: Json, *, whole_days: bool) -> When | None:
    """The start it would have had: a moment in UTC, of whole days the midnight of their zone."""
    if not raw.get("originalStart"):
        return None
    moment = datetime.fromisoformat(raw["originalStart"]).astimezone(UTC)
    if not whole_days:
        return WallTime(moment.replace(tzinfo=None, microsecond=0), "UTC")
    zone = iana(str(raw.get("originalStartTimeZone") or ""))
    if zone and zone != "UTC":
        return local_datetime(seconds(moment), zone).date()
    return (moment + _HALF_A_DAY).date()  # a midnight somewhere: the nearest one here


def _extent(raw: Json, *, whole_days: bool) -> tuple[When, Span]:
    """From the start to the end. Whole days are the days they were written as, in any zone."""
    start, end = (_when(raw[name], whole_days=whole_days) for name in ("start", "end"))
    return start, between(start, end)


def _when(value: Json, *, whole_days: bool) -> When:
    """Raises:
    Refused: it is no time, or in another zone than was asked for.
    """
    moment = datetime.fromisoformat(value["dateTime"])
    if moment.year in _NO_YEARS:
        raise Unreadable("it has no time")
    if whole_days:
        return moment.date()
    zone = iana(str(value.get("timeZone") or ""))
    if not zone:
        raise Unreadable("a time zone that only its mailbox knows")
    if zone == "UTC":
        return WallTime(moment.replace(tzinfo=None, microsecond=0), "UTC")
    local = moment.replace(tzinfo=ZoneInfo(zone), microsecond=0)
    return WallTime(local.astimezone(UTC).replace(tzinfo=None), "UTC")


def _status(raw: Json) -> Status:
    if raw.get("isCancelled"):
        return Status.CANCELLED
    return Status.TENTATIVE if raw.get("showAs") == "tentative" else Status.CONFIRMED


def _attendee(raw: Json) -> Attendee:
    """A room is a ``resource``; groups are not told apart from people."""
    return Attendee(
        _stated(raw),
        str((raw.get("emailAddress") or {}).get("name") or "")[:200],
        _response(raw.get("status")),
        raw.get("type") != "resource",
    )


def _proposed(people: Sequence[Json]) -> Iterator[tuple[str, int, int]]:
    """Times that guests would rather have; one that makes no sense is none."""
    for each in people:
        times = each.get("proposedNewTime")
        if not isinstance(times, dict):
            continue
        try:
            start, end = (_when(times[name], whole_days=False) for name in ("start", "end"))
        except (Refused, LookupError, TypeError, ValueError):
            continue
        start_s, end_s = (absolute(moment, "UTC") for moment in (start, end))
        if is_shown(start_s, end_s):
            yield _address(each), start_s, end_s


def _stated(raw: Json) -> str:
    """An address, or where Exchange shows one of its own kind (X.500), that: somebody was there."""
    text = str((raw.get("emailAddress") or {}).get("address") or "")
    return as_listed(text.strip().lower()[:320])


def _address(raw: Json) -> str:
    text = _stated(raw)
    return text if "@" in text else ""


def _organizer(raw: Json) -> str:
    """Their address; empty where it is the owner, known by no mail address."""
    found = raw.get("organizer") or {}
    return _address(found) if raw.get("isOrganizer") else _stated(found)


def _own_response(raw: Json) -> Response | None:
    """What the owner answered; nothing where they organise it, or were not asked."""
    status = raw.get("responseStatus") or {}
    if raw.get("isOrganizer") or status.get("response") in {None, "none", "organizer"}:
        return None
    return _response(status)


def _response(status: object) -> Response:
    given = status.get("response") if isinstance(status, dict) else ""
    return _RESPONSE.get(str(given), Response.NEEDS_ACTION)


def _moment_s(text: object) -> int:
    try:
        return max(seconds(datetime.fromisoformat(str(text))), 0)
    except (ValueError, OverflowError):
        return 0


def _version(parts: Sequence[Json], events: Sequence[Event]) -> str:
    """Of a series what was read: a stub has the version of something else."""
    if len(parts) == 1:
        return str(parts[0].get("@odata.etag", ""))
    return hashlib.sha256(repr(events).encode()).hexdigest()


def _order(raw: Json) -> str:
    return str(raw.get("originalStart") or "")


def _left_out(raw: Json, reason: str) -> Quarantined:
    return Quarantined(f"event {shown(str(raw.get('id')), 24)}", reason)
