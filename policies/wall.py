"""Wall-clock time and absolute time, and the one place that converts between them.

A wall time that does not exist (the hour skipped in spring) is read with the offset in force
before the gap, so 02:30 becomes 03:30; a wall time that happens twice (the hour repeated in
autumn) is its first occurrence. Both are RFC 5545, section 3.3.5.

Absolute time in hot paths is an ``int`` of seconds since 1970-01-01T00:00Z, and wall time an
``int`` of seconds on a wall clock since 1970-01-01 00:00 there. Both readings above come to one
rule: a zone that changes from offset ``a`` to offset ``b`` at an absolute second is read with
``a`` until the wall clock shows that second plus ``max(a, b)``. Converting is then one search in
a sorted tuple, and a whole series is converted a stretch of equal offset at a time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from operator import gt
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from policies.frozen import frozen

DAY_S = 86_400
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
EARLIEST_S = (date(1, 1, 3).toordinal() - EPOCH_ORDINAL) * DAY_S
LATEST_S = (date(9999, 12, 29).toordinal() - EPOCH_ORDINAL) * DAY_S
"""Between these two absolute seconds every zone's wall clock shows a year from 1 to 9999."""

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive on purpose: the wall clock's own zero
_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_WALL_S = (1 - EPOCH_ORDINAL) * DAY_S
_LAST_WALL_S = (date.max.toordinal() + 1 - EPOCH_ORDINAL) * DAY_S - 1

_STRETCH_BITS = 25  # offsets are looked up for 2**25 s (388 days) at a time
_FAR_S = 64 << _STRETCH_BITS  # so far apart are few things: each is looked up for itself
_PROBE_S = 1 << 18  # 3.03 days; no zone has changed and changed back within 3.9 (Freetown, 1939)


class UnknownZone(KeyError):
    """No time zone has that name here."""


@frozen
class CustomZone:
    """A zone that only the VTIMEZONE beside the event defines (RFC 5545, section 3.6.5).

    ``onsets`` are absolute seconds in rising order, ``offsets_s`` the seconds east of UTC from
    each on; ``first_offset_s`` holds before the first onset.

    Raises:
        ValueError: the onsets do not rise, or are not as many as the offsets.
    """

    name: str
    first_offset_s: int
    onsets: tuple[int, ...] = ()
    offsets_s: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if len(self.onsets) != len(self.offsets_s):
            raise ValueError(f"{len(self.onsets)} onsets, but {len(self.offsets_s)} offsets")
        if any(map(gt, self.onsets, self.onsets[1:])):
            raise ValueError("the onsets of a zone do not rise")

    def __hash__(self) -> int:  # a zone may have hundreds of onsets, and is looked up per event
        return hash((self.name, self.first_offset_s, len(self.onsets)))

    def offset_at(self, absolute_s: int) -> int:
        index = bisect_right(self.onsets, absolute_s)
        return self.offsets_s[index - 1] if index else self.first_offset_s


Zone: TypeAlias = str | CustomZone
"""An IANA name such as ``Europe/Stockholm`` (``UTC`` is one), or a zone of a calendar's own."""


@frozen
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


class _Changes(NamedTuple):
    """Where a zone changes its offset: on the wall, in absolute time, and to what.

    ``offsets_s[i]`` holds before change ``i`` and ``offsets_s[i + 1]`` after it; ``to_utc_s``
    are the same, negative.
    """

    walls_s: tuple[int, ...]
    onsets_s: tuple[int, ...]
    offsets_s: tuple[int, ...]
    to_utc_s: tuple[int, ...]


def local_seconds(local: datetime) -> int:
    """A naive datetime as seconds on its own wall clock since 1970-01-01 00:00 there."""
    return (
        (local.toordinal() - EPOCH_ORDINAL) * DAY_S
        + local.hour * 3600
        + local.minute * 60
        + local.second
    )


def day_seconds(day: date) -> int:
    """The midnight that begins a day, in seconds on the wall clock."""
    return (day.toordinal() - EPOCH_ORDINAL) * DAY_S


def is_shown(start_s: int, end_s: int) -> bool:
    """Whether every zone's wall clock can show both, the second later than the first."""
    return EARLIEST_S <= start_s < end_s <= LATEST_S


def absolute_seconds(local_s: int, zone: Zone) -> int:
    """Absolute seconds of a wall-clock second in ``zone``; see the module for gaps and folds.

    Raises:
        UnknownZone: no such IANA zone.
    """
    if zone == "UTC":
        return local_s
    changes = _changes(zone, local_s, local_s)
    return local_s - changes.offsets_s[bisect_right(changes.walls_s, local_s)]


def wall_seconds(absolute_s: int, zone: Zone) -> int:
    """What the wall clock in ``zone`` shows at an absolute second, in seconds.

    Raises:
        UnknownZone: no such IANA zone.
    """
    if zone == "UTC":
        return absolute_s
    changes = _changes(zone, absolute_s, absolute_s)
    return absolute_s + changes.offsets_s[bisect_right(changes.onsets_s, absolute_s)]


def absolute_all(walls_s: Sequence[int], zone: Zone) -> list[int]:
    """`absolute_seconds` of each; ``walls_s`` must rise.

    The answer rises too, unless the clocks leap over the distance between two of them: then
    two wall times may be one second, or change places.
    """
    if zone == "UTC" or not walls_s:
        return list(walls_s)
    if walls_s[-1] - walls_s[0] > _FAR_S:
        return [absolute_seconds(wall_s, zone) for wall_s in walls_s]
    changes = _changes(zone, walls_s[0], walls_s[-1])
    return _shifted(walls_s, changes.walls_s, changes.to_utc_s)


def wall_all(absolutes_s: Sequence[int], zone: Zone) -> list[int]:
    """`wall_seconds` of each; ``absolutes_s`` must rise."""
    if zone == "UTC" or not absolutes_s:
        return list(absolutes_s)
    if absolutes_s[-1] - absolutes_s[0] > _FAR_S:
        return [wall_seconds(absolute_s, zone) for absolute_s in absolutes_s]
    changes = _changes(zone, absolutes_s[0], absolutes_s[-1])
    return _shifted(absolutes_s, changes.onsets_s, changes.offsets_s)


@lru_cache(maxsize=4096)
def wall_range(from_s: int, until_s: int, zone: Zone) -> tuple[int, int]:
    """Wall seconds in ``zone`` between which everything from ``from_s`` to ``until_s`` lies.

    What a change of the clocks skips or repeats is read on either side of it, so near one the
    range is wider than the two seconds alone would be.
    """
    if zone == "UTC":
        return from_s, until_s
    return from_s + min(_offsets_around(from_s, zone)), until_s + max(
        _offsets_around(until_s, zone)
    )


def absolute(when: When, zone: Zone) -> int:
    """Absolute seconds of ``when``; a whole day starts at midnight in ``zone``."""
    if isinstance(when, WallTime):
        return absolute_seconds(local_seconds(when.local), when.zone)
    return absolute_seconds(day_seconds(when), zone)


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
    return _EPOCH + timedelta(seconds=wall_seconds(absolute_s, zone))


def local_day(absolute_s: int, zone: Zone) -> date:
    """As `local_date`, of an absolute second: a third of the time, for thousands of people."""
    return date.fromordinal(wall_seconds(absolute_s, zone) // DAY_S + EPOCH_ORDINAL)


def local_date(moment: datetime, zone: str) -> date:
    """The day it is in ``zone`` at an aware moment."""
    return moment.astimezone(ZoneInfo(zone)).date()


def _shifted(times_s: Sequence[int], bounds: Sequence[int], by_s: Sequence[int]) -> list[int]:
    """Rising times, each moved by ``by_s[i]`` where ``i`` bounds are not after it."""
    result: list[int] = []
    first, index = 0, bisect_right(bounds, times_s[0])
    while first < len(times_s):
        last = len(times_s)
        if index < len(bounds):
            last = bisect_left(times_s, bounds[index], first)
        part, shift_s = times_s[first:last], by_s[index]
        if isinstance(part, range):  # most series step evenly, and a range is moved whole
            result += range(part.start + shift_s, part.stop + shift_s, part.step)
        else:
            result += [time_s + shift_s for time_s in part]
        first, index = last, index + 1
    return result


def _offsets_around(absolute_s: int, zone: Zone) -> tuple[int, ...]:
    """The offset at a second, and the one before it."""
    changes = _changes(zone, absolute_s, absolute_s)
    index = bisect_right(changes.onsets_s, absolute_s)
    return changes.offsets_s[max(index - 1, 0) : index + 1]


def _changes(zone: Zone, first_s: int, last_s: int) -> _Changes:
    """All changes near the seconds from ``first_s`` to ``last_s``, wall or absolute."""
    if isinstance(zone, CustomZone):
        return _custom_changes(zone)
    return _changes_between(zone, (first_s >> _STRETCH_BITS) - 1, (last_s >> _STRETCH_BITS) + 1)


@lru_cache(maxsize=1024)
def _custom_changes(zone: CustomZone) -> _Changes:
    offsets_s = (zone.first_offset_s, *zone.offsets_s)
    pairs = zip(zone.onsets, pairwise(offsets_s), strict=True)
    walls_s = tuple(onset_s + max(pair) for onset_s, pair in pairs)
    return _Changes(walls_s, zone.onsets, offsets_s, _negative(offsets_s))


@lru_cache(maxsize=4096)
def _changes_between(zone: str, first: int, last: int) -> _Changes:
    """The changes in the stretches from ``first`` to ``last``; a stretch more at each end than
    the seconds asked for, so that an offset never moves a second out of them.
    """
    found = [_stretch(zone, index) for index in range(first, last + 1)]
    changes = [change for _, changes in found for change in changes]
    walls_s = tuple(wall_s for wall_s, _ in changes)
    offsets_s = (found[0][0], *(offset_s for _, offset_s in changes))
    pairs = zip(walls_s, pairwise(offsets_s), strict=True)
    onsets_s = tuple(wall_s - max(pair) for wall_s, pair in pairs)
    return _Changes(walls_s, onsets_s, offsets_s, _negative(offsets_s))


def _negative(offsets_s: Iterable[int]) -> tuple[int, ...]:
    return tuple(-offset_s for offset_s in offsets_s)


@lru_cache(maxsize=16_384)
def _stretch(zone: str, index: int) -> tuple[int, tuple[tuple[int, int], ...]]:
    """The offset when one stretch begins, and the wall second and new offset of each change.

    ``zoneinfo`` tells an offset for a time but not when it changes, so this asks it every few
    days and halves the distance wherever two answers differ.
    """
    info = _zone_info(zone)
    changes: list[tuple[int, int]] = []
    low = index << _STRETCH_BITS
    first_offset_s = offset_s = _offset_s(low, info)
    for high in range(low + _PROBE_S, ((index + 1) << _STRETCH_BITS) + 1, _PROBE_S):
        if (new_s := _offset_s(high, info)) != offset_s:
            old_s = offset_s
            between = range(low, high + 1)
            first = bisect_left(between, True, key=lambda s: _offset_s(s, info) != old_s)
            changes.append((between[first], new_s))
            offset_s = new_s
        low = high
    return first_offset_s, tuple(changes)


def _offset_s(wall_s: int, info: ZoneInfo) -> int:
    """The offset at a wall second; outside the years 1 to 9999 that of their edge."""
    if not _FIRST_WALL_S <= wall_s <= _LAST_WALL_S:
        wall_s = _FIRST_WALL_S if wall_s < _FIRST_WALL_S else _LAST_WALL_S
    offset = info.utcoffset(_EPOCH + timedelta(seconds=wall_s))
    return offset.days * DAY_S + offset.seconds if offset else 0


def _zone_info(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:  # OSError: the name of a folder of zones
        raise UnknownZone(zone) from error
