"""The wall times a recurrence rule names, in whole numbers and without replaying its past.

A day is counted from 1970-01-01, a wall time in seconds from that day's midnight. Rules that
only step (daily, or weekly on given weekdays) are arithmetic, COUNT included: the n-th instance
is a division. All others pick days of a year. The Gregorian calendar repeats after 400 years, so
a year is worked out once for all rules that pick alike, and remembered; only COUNT makes such a
rule walk from its start, and not further than `MOST_COUNTED` instances.

Times are those of a wall: `policies.wall` says what becomes of one the clocks skip.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import accumulate, dropwhile, groupby, islice, pairwise, takewhile
from typing import NamedTuple

from policies.calendar.rrule import BadRule, Days, Frequency, Rule
from policies.wall import DAY_S, EPOCH_ORDINAL

MOST_COUNTED = 50_000

_HOUR_S, _MINUTE_S = 3600, 60
_WEEK = 7
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday
_CYCLE_YEARS, _CYCLE_DAYS = 400, 146_097

_MONTHS = tuple(range(1, 13))
_MONTH_LENGTHS = (
    (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31),
    (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31),
)
_MONTH_STARTS = tuple(tuple(accumulate(lengths, initial=0)) for lengths in _MONTH_LENGTHS)
"""For plain and leap years the days from 1 January to the first of each month, and to the end."""


def named_by(rule: Rule, start: int, from_wall: int, until_wall: int, most: int) -> Sequence[int]:
    """The wall seconds ``rule`` names from ``from_wall`` up to, not with, ``until_wall``.

    ``start`` is DTSTART: nothing comes before it, COUNT counts from it, and what the rule leaves
    open (time of day, weekday, day of the month, month) is taken from it. It is among them only
    if the rule names it. They rise, each once, and are the first ``most`` if there are more.
    UNTIL is the caller's, who knows the zone.

    Raises:
        BadRule: COUNT asks for more counting than `MOST_COUNTED`.
    """
    from_wall = max(from_wall, start)
    if until_wall <= from_wall or rule.count == 0:
        return ()
    if rule.steps is not None:
        return _stepped(rule, rule.steps, start, from_wall, until_wall, most)
    if rule.count is None:
        walls = _from(from_wall, _picked(rule, start, from_wall, until_wall))
    else:
        walls = _from(start, _picked(rule, start, start, until_wall))
        walls = _from(from_wall, _counted(walls, rule.count))
    return list(islice(takewhile(until_wall.__gt__, walls), most))


def _from(first: int, walls: Iterable[int]) -> Iterator[int]:
    return dropwhile(first.__gt__, walls)


def _counted(walls: Iterable[int], count: int) -> Iterator[int]:
    for number, wall in enumerate(islice(walls, count)):
        if number == MOST_COUNTED:
            raise BadRule("the rule's COUNT asks for too much counting")
        yield wall


def _stepped(
    rule: Rule, steps: tuple[int, ...], start: int, from_wall: int, until_wall: int, most: int
) -> Sequence[int]:
    """Periods of one length with the same days in each: from DTSTART on, or from its week on."""
    start_day, time_s = divmod(start, DAY_S)
    first_day = _week(start_day, rule.days.week_start) if steps else start_day
    weekly = steps or rule.frequency is Frequency.WEEKLY
    period_s = rule.interval * (_WEEK if weekly else 1) * DAY_S
    offsets_s = [step * DAY_S for step in steps] or [0]
    first = first_day * DAY_S + time_s
    if rule.count is not None:
        skipped = bisect_left(offsets_s, start - first)
        periods, left = divmod(skipped + rule.count - 1, len(offsets_s))
        until_wall = min(until_wall, first + periods * period_s + offsets_s[left] + 1)
    if len(offsets_s) == 1:
        first += offsets_s[0]
        low = -((first - from_wall) // period_s)
        high = min(-((first - until_wall) // period_s), low + most)
        return range(first + low * period_s, first + high * period_s, period_s)
    low = (from_wall - first) // period_s
    high = min((until_wall - first) // period_s, low + most) + 1
    periods_s = range(first + low * period_s, first + high * period_s, period_s)
    found = [wall + offset for wall in periods_s for offset in offsets_s]
    return found[bisect_left(found, from_wall) : bisect_left(found, until_wall)][:most]


# ---------------------------------------------------------------- rules that pick days of a year


def _picked(rule: Rule, start: int, from_wall: int, until_wall: int) -> Iterator[int]:
    """What the rule names, rising, from somewhat before ``from_wall`` to after ``until_wall``."""
    start_day, time_s = divmod(start, DAY_S)
    hour, minute, second = time_s // _HOUR_S, time_s // _MINUTE_S % 60, time_s % 60
    rests = [
        each * _MINUTE_S + rest
        for each in rule.minutes or (minute,)
        for rest in rule.seconds or (second,)
    ]
    times = [each * _HOUR_S + rest for each in rule.hours or (hour,) for rest in rests]
    # BYSETPOS is part of what is remembered of a year where days alone are counted.
    counts_days = len(times) == 1 and rule.frequency <= Frequency.MONTHLY
    pick = _Pick(
        _anchored(rule, start_day),
        rule.positions if counts_days else (),
        rule.frequency is Frequency.MONTHLY,
    )
    # BYSETPOS needs the whole of a period, and a week may lie in two years.
    slack = _WEEK if rule.positions else 0
    years = range(_year(from_wall // DAY_S - slack), _year(until_wall // DAY_S + slack) + 1)
    days = _in_phase(rule, pick, start_day, years)
    if rule.frequency is Frequency.HOURLY:
        return _hourly(rule, start_day * 24 + hour, days, _at(rule.positions, rests))
    if rule.positions and not counts_days:
        return _positioned(rule, days, times)
    return (day * DAY_S + time for day in days for time in times)


def _anchored(rule: Rule, start_day: int) -> Days:
    """The rule's days, with what it leaves open taken from DTSTART."""
    days = rule.days
    if days.year_days or days.month_days or days.weekdays:
        return days
    if days.week_numbers or rule.frequency is Frequency.WEEKLY:
        return days._replace(weekdays=((_weekday(start_day), 0),))
    if rule.frequency > Frequency.WEEKLY:
        return days
    start = date.fromordinal(start_day + EPOCH_ORDINAL)
    months = days.months
    if rule.frequency is Frequency.YEARLY:
        months = months or (start.month,)
    return Days(months=months, month_days=(start.day,))


def _in_phase(rule: Rule, pick: _Pick, start_day: int, years: Iterable[int]) -> Iterator[int]:
    """The days picked in ``years``, of the periods that INTERVAL leaves."""
    interval = rule.interval
    if rule.frequency is Frequency.YEARLY:
        start_year = _year(start_day)
        return _days(pick, [each for each in years if (each - start_year) % interval == 0])
    if interval == 1 or rule.frequency is Frequency.HOURLY:
        return _days(pick, years)
    period_of, start = _period_of(rule), _period_of(rule)(start_day)
    if rule.frequency is Frequency.WEEKLY:
        interval *= _WEEK
    return (day for day in _days(pick, years) if (period_of(day) - start) % interval == 0)


def _hourly(
    rule: Rule, first_hour: int, days: Iterable[int], rests: Sequence[int]
) -> Iterator[int]:
    for day in days:
        for hour in range((first_hour - day * 24) % rule.interval, 24, rule.interval):
            if not rule.hours or hour in rule.hours:
                for rest in rests:
                    yield day * DAY_S + hour * _HOUR_S + rest


def _positioned(rule: Rule, days: Iterable[int], times: Sequence[int]) -> Iterator[int]:
    """BYSETPOS where times count as well, or periods are shorter than a month."""
    for _, group in groupby(days, _period_of(rule)):
        in_period = list(group)
        for index in _indices(rule.positions, len(in_period) * len(times)):
            day, time = divmod(index, len(times))
            yield in_period[day] * DAY_S + times[time]


def _period_of(rule: Rule) -> Callable[[int], int]:
    """The year, month, first day of the week, or day that stands for the period of a day."""
    if rule.frequency is Frequency.YEARLY:
        return _year
    if rule.frequency is Frequency.MONTHLY:
        return _month
    if rule.frequency is Frequency.WEEKLY:
        return lambda day: _week(day, rule.days.week_start)
    return lambda day: day


def _at(positions: tuple[int, ...], values: Sequence[int]) -> Sequence[int]:
    return [values[index] for index in _indices(positions, len(values))] if positions else values


def _indices(positions: tuple[int, ...], length: int) -> list[int]:
    """Places counted from 1, or from the end from -1, as sorted indices of what is there."""
    indices = {place - 1 if place > 0 else length + place for place in positions}
    return sorted(index for index in indices if 0 <= index < length)


# ---------------------------------------------------------------- the days of one year


class _Pick(NamedTuple):
    """Days, and which of each month or year by BYSETPOS; everything that makes years alike."""

    days: Days
    positions: tuple[int, ...]
    by_month: bool


def _days(pick: _Pick, years: Iterable[int]) -> Iterator[int]:
    for year in years:
        first_day = _first_day(year)
        for offset in _offsets(pick, year % _CYCLE_YEARS):
            yield first_day + offset


@lru_cache(maxsize=8192)
def _offsets(pick: _Pick, year: int) -> tuple[int, ...]:
    """The days picked from a year, in days since 1 January, rising."""
    days, first_day, leap = pick.days, _first_day(year), _leap(year)
    found = _in_months(days, leap)
    if days.year_days:
        allowed = set(_indices(days.year_days, 365 + leap))
        found = [offset for offset in found if offset in allowed]
    if days.week_numbers:
        found = [offset for offset in found if _in_weeks(days, first_day + offset)]
    if days.weekdays:
        wanted = {weekday for weekday, _ in days.weekdays}
        found = [offset for offset in found if _weekday(first_day + offset) in wanted]
        if any(n for _, n in days.weekdays):
            found = [offset for offset in found if _is_nth(days, first_day, leap, offset)]
    if not pick.positions:
        return tuple(found)
    starts = _MONTH_STARTS[leap] if pick.by_month else (0, 365 + leap)
    cuts = [bisect_left(found, start) for start in starts]
    periods = [found[first:last] for first, last in pairwise(cuts)]
    return tuple(offset for period in periods for offset in _at(pick.positions, period))


def _in_months(days: Days, leap: int) -> list[int]:
    """The days in BYMONTH and on BYMONTHDAY."""
    found: list[int] = []
    for month in days.months or _MONTHS:
        first, length = _MONTH_STARTS[leap][month - 1], _MONTH_LENGTHS[leap][month - 1]
        found += [first + index for index in _at(days.month_days, range(length))]
    return found


def _in_weeks(days: Days, day: int) -> bool:
    """BYWEEKNO: a week belongs to the year that holds four of its days or more."""
    middle = _week(day, days.week_start) + 3
    year = _year(middle)
    number, offset = divmod(middle - _first_day(year), _WEEK)
    weeks = (365 + _leap(year) - 1 - offset) // _WEEK + 1
    return number + 1 in days.week_numbers or number - weeks in days.week_numbers


def _is_nth(days: Days, first_day: int, leap: int, offset: int) -> bool:
    """Whether a day is one of the n-th weekdays of BYDAY, in its month or in the year."""
    weekday, weekdays = _weekday(first_day + offset), days.weekdays
    if (weekday, 0) in weekdays:
        return True
    first, last = 0, 365 + leap - 1
    if days.n_in_month:
        month = bisect_right(_MONTH_STARTS[leap], offset)
        first, last = _MONTH_STARTS[leap][month - 1], _MONTH_STARTS[leap][month] - 1
    n, n_from_end = (offset - first) // _WEEK + 1, (last - offset) // _WEEK + 1
    return (weekday, n) in weekdays or (weekday, -n_from_end) in weekdays


def _weekday(day: int) -> int:
    return (day + _EPOCH_WEEKDAY) % _WEEK


def _week(day: int, week_start: int) -> int:
    """The first day of the week that ``day`` is in."""
    return day - (day + _EPOCH_WEEKDAY - week_start) % _WEEK


@lru_cache(maxsize=1024)
def _first_day(year: int) -> int:
    before = year - 1
    return before * 365 + before // 4 - before // 100 + before // 400 + 1 - EPOCH_ORDINAL


def _leap(year: int) -> int:
    return _first_day(year + 1) - _first_day(year) - 365


@lru_cache(maxsize=1024)
def _year(day: int) -> int:
    """The year of a day; also outside the years 1 to 9999."""
    year = (day + EPOCH_ORDINAL) * _CYCLE_YEARS // _CYCLE_DAYS + 1
    if day < _first_day(year):
        return year - 1
    return year if day < _first_day(year + 1) else year + 1


@lru_cache(maxsize=8192)
def _month(day: int) -> int:
    """The month of a day, counted through all years."""
    year = _year(day)
    return 12 * year + bisect_right(_MONTH_STARTS[_leap(year)], day - _first_day(year))
