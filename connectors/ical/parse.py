"""One VEVENT as an `Event`: the properties Fika needs, in the forms real calendars have.

What the services add to the standard is read as well: Outlook's X-MICROSOFT-CDO-BUSYSTATUS and
X-MICROSOFT-CDO-ALLDAYEVENT ([MS-OXCICAL], 2.1.3.1.1.20), and X-WR-TIMEZONE, which Google's feeds
mean as the zone in which a series recurs although its times are written in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, time
from functools import lru_cache
from typing import Final

from connectors.ical import lines
from connectors.ical.errors import Refused, Unreadable
from connectors.ical.moments import as_day, as_time, between, on_the_wall_of, when
from connectors.ical.people import attendee, organizer
from connectors.ical.properties import Properties, properties
from connectors.ical.values import duration, local
from connectors.ical.zones import Zones
from policies.calendar.event import Event, Kind, Recurrence, Span, Status, Visibility
from policies.wall import WallTime, When, local_seconds

MOST_ATTENDEES: Final = 2_000
"""More are not kept: who was there is then beside the point, and the number still says so."""

MOST_DATES: Final = 20_000
"""Single dates of one event, added or left out; 50 years of working days are fewer."""

LONGEST_TEXT: Final = 1_000
"""Characters kept of a title or a place."""

_LONGEST_RULE = 10_000
_LARGEST_SEQUENCE_DIGITS = 9
_DAY_S = 86_400

_STATUS: Final = {
    "TENTATIVE": Status.TENTATIVE,
    "CANCELLED": Status.CANCELLED,
    "CANCELED": Status.CANCELLED,
}
_VISIBILITY: Final = {
    "": Visibility.PUBLIC,
    "PUBLIC": Visibility.PUBLIC,
    "CONFIDENTIAL": Visibility.CONFIDENTIAL,
}
_KIND: Final = {"OOF": Kind.OUT_OF_OFFICE, "WORKINGELSEWHERE": Kind.WORKING_LOCATION}
_NOT_BUSY: Final = frozenset({"FREE", "WORKINGELSEWHERE"})


def event(text: str, uid: str, zones: Zones) -> Event:
    """The event in one VEVENT, given unfolded from after its BEGIN to its END.

    Its UID is given as well: it was needed before the rest, and may have had to be made up.

    Raises:
        Refused: it cannot be used; see `connectors.ical.errors`.
    """
    found = properties(text)
    values, parameters, often, is_one = found
    if not is_one:
        raise Unreadable("it ends more than once")
    start = _when(found, "DTSTART", zones)
    if start is None:
        raise Unreadable("it has no start")
    start, span = _extent(found, start, zones)
    instance = _when(found, "RECURRENCE-ID", zones)
    onwards = instance is not None and "THISANDFUTURE" in _range(parameters)
    recurrence = recurrence_of(often, zones) if instance is None or onwards else None
    if values.get("X-MICROSOFT-CDO-ALLDAYEVENT", "").upper() == "TRUE":
        start, span = _whole_days(start, span)
        instance, recurrence = instance and as_day(instance), recurrence and _in_days(recurrence)
    elif (recurrence or onwards) and isinstance(start, WallTime) and start.zone == "UTC":
        start = on_the_wall_of(start, zones)
    shown_as = values.get("X-MICROSOFT-CDO-BUSYSTATUS", "").upper()
    return Event(
        uid=uid,
        start=start,
        span=span,
        summary=lines.text(values.get("SUMMARY", "")[:LONGEST_TEXT]),
        location=_place(values.get("LOCATION", "")[:LONGEST_TEXT]),
        recurrence=recurrence,
        recurrence_id=instance,
        this_and_future=onwards,
        status=_status(values.get("STATUS", ""), shown_as),
        busy=shown_as not in _NOT_BUSY and values.get("TRANSP", "").upper() != "TRANSPARENT",
        kind=_KIND.get(shown_as, Kind.DEFAULT),
        visibility=_VISIBILITY.get(values.get("CLASS", "").upper(), Visibility.PRIVATE),
        organizer=organizer(parameters.get("ORGANIZER", ""), values.get("ORGANIZER", "")),
        attendees=tuple([attendee(line) for line in often.get("ATTENDEE", ())[:MOST_ATTENDEES]]),
        sequence=sequence(values.get("SEQUENCE", "")),
        last_modified_s=modified_s(values.get("LAST-MODIFIED") or values.get("DTSTAMP", "")),
        marker=lines.text(values.get("X-FIKA", "")[:LONGEST_TEXT]),
    )


def sequence(text: str) -> int:
    """SEQUENCE; 0 when it is no number of a possible size."""
    digits = text.isascii() and text.isdigit() and len(text) <= _LARGEST_SEQUENCE_DIGITS
    return int(text) if digits else 0


def modified_s(text: str) -> int:
    """LAST-MODIFIED or DTSTAMP in absolute seconds (they are in UTC); 0 when unreadable."""
    try:
        return local_seconds(local(text[: len("20260302T090000")]))
    except Refused:
        return 0


def rule(line: str) -> str:
    """The value of an RRULE or EXRULE, upper case, in the shape NAME=VALUE;NAME=VALUE.

    Whether it means something `policies.calendar.recurrence` judges.

    Raises:
        Refused: it has another shape.
    """
    text = lines.split(line)[1].replace(" ", "").upper().strip(";")
    if len(text) > _LONGEST_RULE or any("=" not in part for part in text.split(";") if text):
        raise Refused("a recurrence rule in no form we know")
    return text


_place = lru_cache(maxsize=4096)(lines.text)


def _when(found: Properties, name: str, zones: Zones) -> When | None:
    value = found.values.get(name)
    return when(found.parameters.get(name, ""), value, zones) if value else None


def _extent(found: Properties, start: When, zones: Zones) -> tuple[When, Span]:
    """The start, and how long it lasts: to DTEND, else DURATION, else a day or no time at all.

    Some writers mix days and times. A day that ends at a time, or lasts for hours, begins at its
    midnight; hours that make up days are days.
    """
    end = _when(found, "DTEND", zones)
    if end is not None:
        first = as_time(start, end, zones)
        return first, between(first, as_time(end, start, zones))
    if "DURATION" not in found.values:
        return start, Span(0, 0) if isinstance(start, WallTime) else Span(1, 0)
    span = duration(found.values["DURATION"])
    if isinstance(start, WallTime):
        return start, span
    if span.seconds % _DAY_S:
        return WallTime(datetime.combine(start, time()), zones.floating), span
    return start, Span(span.days + span.seconds // _DAY_S or 1, 0)


def _status(stated: str, shown_as: str) -> Status:
    if stated:
        return _STATUS.get(stated.upper(), Status.CONFIRMED)
    return Status.TENTATIVE if shown_as == "TENTATIVE" else Status.CONFIRMED


def _whole_days(start: When, span: Span) -> tuple[When, Span]:
    """What Outlook calls an all-day event although it is written from midnight to midnight."""
    day = as_day(start)
    if day is start or span.seconds % 3600:
        return start, span
    days = span.days + round(span.seconds / _DAY_S)  # 23 or 25 hours when the clocks change
    return day, Span(days or 1, 0)


def _in_days(recurrence: Recurrence) -> Recurrence:
    return replace(
        recurrence,
        extra=tuple((as_day(each), span) for each, span in recurrence.extra),
        excluded=tuple(map(as_day, recurrence.excluded)),
    )


def _range(parameters: dict[str, str]) -> str:
    return parameters.get("RECURRENCE-ID", "").upper()


def recurrence_of(often: Mapping[str, list[str]], zones: Zones) -> Recurrence | None:
    """What makes it a series, from whole lines by the name of their property; ``None``: nothing.

    Raises:
        Refused: a line cannot be read, or there are more dates than are read.
    """
    if "RRULE" not in often and "RDATE" not in often:
        return None
    _check_dates(often)
    rules = tuple(filter(None, map(rule, often.get("RRULE", ()))))
    extra = _dates(often.get("RDATE", ()), zones)
    if not rules and not extra:
        return None
    return Recurrence(
        rules,
        extra,
        tuple([each for each, _ in _dates(often.get("EXDATE", ()), zones)]),
        tuple(filter(None, map(rule, often.get("EXRULE", ())))),
    )


def _check_dates(often: Mapping[str, list[str]]) -> None:
    """Refuse dates without end: counted before they are read, they cost next to nothing."""
    found = (*often.get("RDATE", ()), *often.get("EXDATE", ()))
    if sum(1 + line.count(",") for line in found) > MOST_DATES:
        raise Refused(f"more than {MOST_DATES:,} single dates")


def _dates(found: Iterable[str], zones: Zones) -> tuple[tuple[When, Span | None], ...]:
    return tuple([each for line in found for each in _extra(line, zones)])


def _extra(line: str, zones: Zones) -> Iterator[tuple[When, Span | None]]:
    """The moments of an RDATE or EXDATE, with the length of those that are periods."""
    parameters, value = lines.parted(line)
    for text in lines.each(value, ","):
        first, slash, last = text.strip().partition("/")
        if not first:
            continue
        start = when(parameters, first, zones)
        if not slash:
            yield start, None
        elif last[:1] in "+-Pp":
            yield start, duration(last)
        else:
            yield start, between(start, when(parameters, last, zones))
