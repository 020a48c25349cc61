"""Wall-clock time and absolute time, and the one place that converts between them.

A wall time that does not exist (the hour skipped in spring) is read with the offset in force
before the gap, so 02:30 becomes 03:30; a wall time that happens twice (the hour repeated in
autumn) is its first occurrence. Both are RFC 5545, section 3.3.5.

Absolute time in hot paths is an ``int`` of seconds since 1970-01-01T00:00Z.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

_DAY_S = 86_400
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive on purpose: the wall clock's own zero
_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CustomZone:
    """A zone that only the VTIMEZONE beside the event defines (RFC 5545, section 3.6.5).

    ``onsets`` are absolute seconds in rising order, ``offsets_s`` the seconds east of UTC from
    each on; ``first_offset_s`` holds before the first onset.
    """

    name: str
    first_offset_s: int
    onsets: tuple[int, ...] = ()
    offsets_s: tuple[int, ...] = ()

    def offset_at(self, absolute_s: int) -> int:
        index = bisect_right(self.onsets, absolute_s)
        return self.offsets_s[index - 1] if index else self.first_offset_s


Zone: TypeAlias = str | CustomZone
"""An IANA name such as ``Europe/Stockholm`` (``UTC`` is one), or a zone of a calendar's own."""


@dataclass(frozen=True, slots=True)
class WallTime:
    """What a clock on the wall shows: ``local`` has no tzinfo, ``zone`` says whose wall.

    Raises:
        ValueError: ``local`` carries a tzinfo.
    """

    local: datetime
    zone: Zone

    def __post_init__(self) -> None:
        if self.local.tzinfo is not None:
            raise ValueError(f"wall time carries an offset: {self.local.isoformat()}")


When: TypeAlias = WallTime | date
"""A timed moment, or a whole day (all-day events and holidays know no zone)."""


def local_seconds(local: datetime) -> int:
    """A naive datetime as seconds on its own wall clock since 1970-01-01 00:00 there."""
    return (
        (local.toordinal() - _EPOCH_ORDINAL) * _DAY_S
        + local.hour * 3600
        + local.minute * 60
        + local.second
    )


def absolute_seconds(local_s: int, zone: Zone) -> int:
    """Absolute seconds of a wall-clock second in ``zone``; see the module for gaps and folds.

    Raises:
        KeyError: no such IANA zone (``zoneinfo.ZoneInfoNotFoundError``).
    """
    if isinstance(zone, CustomZone):
        return _absolute_in_custom(local_s, zone)
    if zone == "UTC":
        return local_s
    offset_s = _offset_of_day(zone, local_s // _DAY_S)
    if offset_s is not None:
        return local_s - offset_s
    moment = (_EPOCH + timedelta(seconds=local_s)).replace(tzinfo=ZoneInfo(zone))
    return local_s - _whole_seconds(moment)


def absolute(when: When, zone: Zone) -> int:
    """Absolute seconds of ``when``; a whole day starts at midnight in ``zone``."""
    if isinstance(when, WallTime):
        return absolute_seconds(local_seconds(when.local), when.zone)
    return absolute_seconds((when.toordinal() - _EPOCH_ORDINAL) * _DAY_S, zone)


def moment(absolute_s: int) -> datetime:
    """Absolute seconds as an aware datetime in UTC."""
    return _EPOCH_UTC + timedelta(seconds=absolute_s)


def seconds(moment: datetime) -> int:
    """An aware datetime as absolute seconds, fractions dropped.

    Raises:
        ValueError: the datetime has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"no time zone: {moment.isoformat()}")
    return (moment - _EPOCH_UTC) // timedelta(seconds=1)


def local_datetime(absolute_s: int, zone: Zone) -> datetime:
    """What the wall clock in ``zone`` shows at an absolute second, without tzinfo."""
    if isinstance(zone, CustomZone):
        return _EPOCH + timedelta(seconds=absolute_s + zone.offset_at(absolute_s))
    return moment(absolute_s).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def local_date(moment: datetime, zone: str) -> date:
    """The day it is in ``zone`` at an aware moment."""
    return moment.astimezone(ZoneInfo(zone)).date()


def _absolute_in_custom(local_s: int, zone: CustomZone) -> int:
    if not zone.onsets:
        return local_s - zone.first_offset_s
    before, after = zone.offset_at(local_s - _DAY_S), zone.offset_at(local_s + _DAY_S)
    for offset_s in (before, after):
        if zone.offset_at(local_s - offset_s) == offset_s:
            return local_s - offset_s
    return local_s - before


@lru_cache(maxsize=65_536)
def _offset_of_day(zone: str, day: int) -> int | None:
    """The offset all through one local day, or ``None`` on a day when it changes."""
    info = ZoneInfo(zone)
    midnight = _EPOCH + timedelta(days=day)
    first = _whole_seconds(midnight.replace(tzinfo=info))
    last = _whole_seconds((midnight + timedelta(days=1)).replace(tzinfo=info, fold=1))
    middle = _whole_seconds((midnight + timedelta(hours=12)).replace(tzinfo=info))
    return first if first == last == middle else None


def _whole_seconds(moment: datetime) -> int:
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError(f"no time zone: {moment.isoformat()}")
    return offset.days * _DAY_S + offset.seconds
