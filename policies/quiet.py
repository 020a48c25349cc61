"""When the owner wants nothing proposed: weekdays, days, and weeks that come every year."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from policies.frozen import frozen

_DAYS: Final = tuple(name.lower() for name in calendar.day_name)
_SPAN: Final = re.compile(r"(?a:(\d{4}-)?(\d\d-\d\d)(?:\.\.(\d{4}-)?(\d\d-\d\d))?)")
_LEAP_YEAR: Final = "2000-"
_SHORTEST, _LONGEST = 3, 366  # letters of a weekday, days looked at


@frozen
class Quiet:
    """A weekday (Monday 0), or the days from ``first`` to ``last``, both included.

    ``yearly``: the years of the two mean nothing, and it may reach over New Year.
    """

    weekday: int | None = None
    first: date = date.min
    last: date = date.max
    yearly: bool = False

    def covers(self, day: date) -> bool:
        if self.weekday is not None:
            return day.weekday() == self.weekday
        if not self.yearly:
            return self.first <= day <= self.last
        first, last, this = ((d.month, d.day) for d in (self.first, self.last, day))
        return first <= this <= last if first <= last else this >= first or this <= last


def parse_quiet(text: str) -> Quiet:
    """`Fri`, `2026-12-24`, `2026-07-01..2026-07-14`, or every year `12-20..01-06`.

    Raises:
        ValueError: it is none of these.
    """
    word = text.strip().lower()
    for weekday, name in enumerate(_DAYS):
        if len(word) >= _SHORTEST and name.startswith(word):
            return Quiet(weekday)
    found = _SPAN.fullmatch(word.replace(" ", ""))
    if found is None:
        raise ValueError("is no weekday, day or span of days")
    year, day, last_year, last_day = found.groups()
    if last_day and bool(year) is not bool(last_year):
        raise ValueError("names a year at one end only")
    first = date.fromisoformat((year or _LEAP_YEAR) + day)
    last = date.fromisoformat((last_year or year or _LEAP_YEAR) + (last_day or day))
    if year and last < first:
        raise ValueError("ends before it begins")
    return Quiet(first=first, last=last, yearly=year is None)


def quiet_until(periods: Iterable[Quiet], day: date) -> date | None:
    """The first day from ``day`` on that is not quiet; ``None`` where ``day`` is none itself.

    Where no day of a year is left, the last that was looked at.
    """
    known = tuple(periods)
    ahead = (day + timedelta(days=count) for count in range(_LONGEST + 1))
    end = next((each for each in ahead if not _is_quiet(known, each)), None)
    if end == day:
        return None
    return end or day + timedelta(days=_LONGEST)


def quiet_days(periods: Iterable[Quiet], first: date, last: date) -> tuple[date, ...]:
    """The days of a stretch on which nobody is met either: weekdays only keep proposals away."""
    spans = [each for each in periods if each.weekday is None]
    days = (first + timedelta(days=count) for count in range((last - first).days + 1))
    return tuple(day for day in days if _is_quiet(spans, day))


def _is_quiet(periods: Iterable[Quiet], day: date) -> bool:
    return any(each.covers(day) for each in periods)
