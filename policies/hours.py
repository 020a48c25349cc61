"""Hours and lengths as people write them, and weekly hours as stretches of absolute time.

Hours read ``Mon-Thu 09:00-12:00 13:00-17:00, Fri 09:00-14:00``; lengths read ``1h30m`` or ``6w``.
The end of a day is written ``24:00`` and held as `datetime.time.max`, since a `time` has no 24.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from policies.interval import Interval, merged
from policies.people.person import HoursOfDay, WeeklyHours
from policies.wall import DAY_S, EPOCH_ORDINAL, wall_all

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY_END: Final = time.max
"""The midnight that ends a day, as the end of its last hours."""

_EXAMPLE = "Mon-Thu 09:00-12:00 13:00-17:00, Fri 09:00-14:00"
_NONE = "none"
_DASH = re.compile(r"\s*[-\u2013\u2014]\s*")  # people paste the typographic ones
_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORTEST_NAME = 2
_CLOCK = re.compile(r"([0-9]{1,2})(?::([0-9]{2}))?")
_UNITS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
_LENGTH = re.compile(
    r"(?:(?P<w>[0-9]{1,5})\s*w(?:eeks?)?)?\s*(?:(?P<d>[0-9]{1,5})\s*d(?:ays?)?)?\s*"
    r"(?:(?P<h>[0-9]{1,6})\s*h(?:ours?)?)?\s*(?:(?P<m>[0-9]{1,6})\s*m(?:in(?:ute)?s?)?)?\s*"
    r"(?:(?P<s>[0-9]{1,6})\s*s(?:ec(?:ond)?s?)?)?"
)


def parse_hours(text: str) -> WeeklyHours:
    """The weekly hours written in ``text``: days, then their spans, then the next days.

    Commas may stand anywhere between words. ``Mon, Wed 09:00-12:00`` are two days with the same
    hours, ``Fri-Mon`` runs over the weekend, ``none`` is no hours at all. Case, longer day names,
    ``9-17`` and typographic dashes are accepted.

    Raises:
        ValueError: what is wrong and what is allowed, in one line.
    """
    plain = _DASH.sub("-", text.strip())
    if plain.lower() == _NONE:
        return WeeklyHours(((),) * len(DAYS))
    found: dict[int, HoursOfDay] = {}
    for named, spans in _groups(plain.replace(",", " ").split()):
        for day in named:
            if day in found:
                raise ValueError(f"{DAYS[day]} has hours twice; name each day once")
            found[day] = spans
    return WeeklyHours(tuple(found.get(day, ()) for day in range(len(DAYS))))


def written_hours(hours: WeeklyHours) -> str:
    """The usual text for hours of whole minutes; `parse_hours` reads it back to the same."""
    groups: list[str] = []
    first = 0
    for day in range(1, len(DAYS) + 1):
        if day < len(DAYS) and hours.days[day] == hours.days[first]:
            continue
        if hours.days[first]:
            name = DAYS[first] if day == first + 1 else f"{DAYS[first]}-{DAYS[day - 1]}"
            spans = (f"{_written_clock(a)}-{_written_clock(b)}" for a, b in hours.days[first])
            groups.append(f"{name} {' '.join(spans)}")
        first = day
    return ", ".join(groups) or _NONE


def every_day(start: time, end: time) -> WeeklyHours:
    """The same span on all seven days: lunch, or the hours of a format."""
    return WeeklyHours((((start, end),),) * len(DAYS))


def parse_length(text: str) -> timedelta:
    """A length such as ``45m``, ``1h30m``, ``3d`` or ``6w``; units fall from weeks to seconds.

    A day is 24 hours here, and nothing is negative; ``0m`` is no time at all.

    Raises:
        ValueError: it is written in no such way.
    """
    found = _LENGTH.fullmatch(text.strip().lower())
    parts = {unit: int(n) for unit, n in found.groupdict().items() if n} if found else {}
    if not parts:
        raise ValueError(f"{text!r} is no length; write for example '45m', '1h30m', '3d' or '6w'")
    return sum((_UNITS[unit] * number for unit, number in parts.items()), timedelta())


def written_length(length: timedelta) -> str:
    """The usual text for a length, fractions of a second dropped; `parse_length` reads it back.

    Weeks are only used for whole weeks: ten days are ``10d``, not ``1w3d``.

    Raises:
        ValueError: the length is negative.
    """
    if length < timedelta():
        raise ValueError("a length cannot be negative")
    if length and not length % _UNITS["w"]:
        return f"{length // _UNITS['w']}w"
    parts: list[str] = []
    for unit in "dhms":
        number, length = divmod(length, _UNITS[unit])
        if number:
            parts.append(f"{number}{unit}")
    return "".join(parts) or "0m"


@lru_cache(maxsize=4096)
def open_hours(hours: WeeklyHours, zone: str, first: date, last: date) -> tuple[Interval, ...]:
    """``hours`` on every local day of ``zone`` from ``first`` to ``last``, both included.

    Sorted and merged. A wall time skipped in spring moves forward by the length of the gap, one
    that happens twice in autumn is its first occurrence; hours that the gap swallows whole are
    not there at all. Cached, because thousands of guests share a few hours and zones.

    Raises:
        ValueError: no such IANA zone.
    """
    where = _zone(zone)
    found: list[Interval] = []
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        for start, end in hours.days[day.weekday()]:
            opens, closes = _moment(day, start, where), _moment(day, end, where)
            if opens < closes:
                found.append(Interval(opens, closes))
    return merged(found)


def whole_days(zone: str, first: date, last: date) -> tuple[Interval, ...]:
    """The local days from ``first`` to ``last`` as one interval; empty when there are none."""
    return open_hours(every_day(time(), DAY_END), zone, first, last)


def is_zone(name: str) -> bool:
    """Whether there is an IANA zone of this name."""
    try:
        _zone(name)
    except ValueError:
        return False
    return True


def same_clock(one: str, other: str, year: int) -> bool:
    """Whether the clocks of both zones show the same on every day of ``year``."""
    days = range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())
    noons = [(day - EPOCH_ORDINAL) * DAY_S + DAY_S // 2 for day in days]
    return is_zone(one) and is_zone(other) and wall_all(noons, one) == wall_all(noons, other)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError) as error:
        raise ValueError(f"no such time zone: {name!r}") from error


def _moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """A wall time as an absolute moment, in UTC."""
    if clock == DAY_END:
        day, clock = day + timedelta(days=1), time()
    local = datetime.combine(day, clock, zone)
    if local.utcoffset() == local.replace(fold=1).utcoffset():
        return local.astimezone(UTC)
    return _skipped_or_repeated(local, zone.key)


def _skipped_or_repeated(local: datetime, zone: str) -> datetime:
    """The absolute moment of a wall time in a gap or a fold, in UTC.

    Pendulum moves a skipped time backward with ``fold=0`` and forward with ``fold=1``, and
    reads a repeated one as its first or second occurrence: neither fold alone is our rule.
    """
    from pendulum import Timezone  # 10 ms and 2 MB to load, for two nights a year

    where, shown = Timezone(zone), local.replace(tzinfo=None)
    early = where.convert(shown)
    if early.replace(tzinfo=None) != shown:
        early = where.convert(shown.replace(fold=1))
    return early.astimezone(UTC)


def _groups(words: list[str]) -> list[tuple[list[int], HoursOfDay]]:
    """Days with their spans, in the order written."""
    groups: list[tuple[list[int], list[str]]] = [([], [])]
    for word in words:
        days, spans = groups[-1]
        if not word[0].isalpha():
            spans.append(word)
        elif spans:
            groups.append((_days(word), []))
        else:
            days += _days(word)
    return [(days, _spans(days, spans)) for days, spans in groups]


def _spans(days: list[int], words: list[str]) -> HoursOfDay:
    if not days:
        raise ValueError(f"no day is named; write for example {_EXAMPLE!r}")
    if not words:
        raise ValueError(f"{DAYS[days[0]]} has no hours; write for example {_EXAMPLE!r}")
    spans = sorted(_span(word) for word in words)
    for (_, end), (start, later) in pairwise(spans):
        if start < end:
            again = f"{_written_clock(start)}-{_written_clock(later)}"
            raise ValueError(f"{DAYS[days[0]]} {again} overlaps the hours before it")
    return tuple(spans)


def _days(word: str) -> list[int]:
    first, dash, last = word.partition("-")
    start = _day(first)
    end = _day(last) if dash else start
    return [(start + step) % len(DAYS) for step in range((end - start) % len(DAYS) + 1)]


def _day(name: str) -> int:
    if len(name) >= _SHORTEST_NAME:
        for index, full in enumerate(_DAY_NAMES):
            if full.startswith(name.lower()):
                return index
    raise ValueError(f"{name!r} is no day; days are {', '.join(DAYS)}")


def _span(word: str) -> tuple[time, time]:
    first, _, last = word.partition("-")
    start, end = _clock(first, word), _clock(last, word)
    if end <= start:
        raise ValueError(
            f"{word} ends before it starts; hours past midnight are two: until 24:00, and from "
            "00:00 on the next day"
        )
    return start, end


def _clock(text: str, word: str) -> time:
    found = _CLOCK.fullmatch(text)
    hour, minute = (int(found[1]), int(found[2] or 0)) if found else (99, 0)
    if (hour, minute) == (24, 0):
        return DAY_END
    try:
        return time(hour, minute)
    except ValueError:
        raise ValueError(f"{word!r} is no span of hours; write for example '09:00-17:00'") from None


def _written_clock(clock: time) -> str:
    return "24:00" if clock == DAY_END else f"{clock:%H:%M}"
