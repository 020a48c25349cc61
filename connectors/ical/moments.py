"""Moments and the time between them, in the zones of one calendar (RFC 5545, 3.3.4 and 3.3.5)."""

from __future__ import annotations

from datetime import datetime, time
from functools import lru_cache

from connectors.ical.errors import Refused, Unreadable
from connectors.ical.values import local
from connectors.ical.zones import Zones
from policies.calendar.event import Span
from policies.wall import (
    WallTime,
    When,
    absolute_seconds,
    local_datetime,
    local_seconds,
)

_DAY, _LOCAL, _UTC = len("20260302"), len("20260302T090000"), len("20260302T090000Z")
_SHORT = len("20260302T0900")


def when(parameters: str, value: str, zones: Zones) -> When:
    """A DATE or DATE-TIME; which of them its own form says, and VALUE=DATE makes it a day.

    Raises:
        Unreadable: it is neither.
        UnknownZone: its TZID means nothing.
    """
    size = len(value)
    if size == _UTC and value[-1] == "Z":
        return WallTime(local(value[:-1]), "UTC")
    if size == _LOCAL and value[_DAY] == "T":
        zone = zones.of(parameters)
        return local(value).date() if zone is None else WallTime(local(value), zone)
    if size == _DAY and value.isdigit():
        return local(value + "T000000").date()
    plain = _plain(value)
    if plain == value:
        raise Unreadable("a date or time in no form we know")
    return when(parameters, plain, zones)


def between(start: When, end: When) -> Span:
    """From a start to its end: exact seconds between times, whole days between days.

    A day ending on its own start is one day, which is what its writers mean.

    Raises:
        Refused: the end is before the start.
    """
    if not isinstance(start, WallTime) and not isinstance(end, WallTime):
        if end < start:
            raise Refused("its end is before its start")
        return Span((end - start).days or 1, 0)
    if not isinstance(start, WallTime) or not isinstance(end, WallTime):
        raise Refused("it starts with a day and ends with a time, or the reverse")
    return _exactly(_seconds_between(start, end))


def as_time(moment: When, other: When, zones: Zones) -> When:
    """Midnight in place of a day, if the ``other`` end of the event is a time, in its zone.

    Times in UTC do not tell where the writer is, so a day beside one begins as floating times do.
    """
    if isinstance(moment, WallTime) or not isinstance(other, WallTime):
        return moment
    zone = zones.floating if other.zone == "UTC" else other.zone
    return WallTime(datetime.combine(moment, time()), zone)


def on_the_wall_of(moment: WallTime, zones: Zones) -> WallTime:
    """The same moment on the wall clock of the zone the calendar declares, if it declares one."""
    if zones.declared is None:
        return moment
    absolute_s = absolute_seconds(local_seconds(moment.local), moment.zone)
    return WallTime(local_datetime(absolute_s, zones.declared), zones.declared)


def as_day(moment: When) -> When:
    """The day that begins at this moment on its own wall; any other moment stays as it is."""
    if not isinstance(moment, WallTime):
        return moment
    local = moment.local
    return moment if local.hour or local.minute or local.second else local.date()


@lru_cache(maxsize=1024)
def _exactly(seconds: int) -> Span:
    """The same object for the same length: there are few lengths and many meetings."""
    return Span(0, seconds)


def _plain(value: str) -> str:
    """Without what some writers add (spaces), leave out (seconds) or write small (``t``, ``z``)."""
    plain = value.strip().upper()
    if plain[_SHORT:] in {"", "Z"} and plain[_DAY : _DAY + 1] == "T":
        plain = f"{plain[:_SHORT]}00{plain[_SHORT:]}"
    return plain


def _seconds_between(start: WallTime, end: WallTime) -> int:
    start_s, end_s = local_seconds(start.local), local_seconds(end.local)
    seconds = absolute_seconds(end_s, end.zone) - absolute_seconds(start_s, start.zone)
    if seconds >= 0:
        return seconds
    if start.zone == end.zone and end_s >= start_s:
        return end_s - start_s  # it starts in the hour that spring skips
    raise Refused("its end is before its start")
