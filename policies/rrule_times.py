"""The wall times a recurrence rule names, in whole numbers and without replaying its past.

A day is counted from 1970-01-01, a wall time in seconds from that day's midnight. Rules that
only step (daily, or weekly on given weekdays) are arithmetic, COUNT included: the n-th instance
is a division. All others look up which days of a year they allow. The Gregorian calendar repeats
after 400 years, so a year is worked out once per rule and remembered; only COUNT makes such a
rule walk from its start, and not further than `MOST_COUNTED` instances.

Times are those of a wall: `policies.wall` says what becomes of one the clocks skip.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import lru_cache
from itertools import accumulate, dropwhile, groupby, islice, takewhile

from policies.rrule import BadRule, Days, Frequency, Rule
from policies.wall import DAY_S, EPOCH_ORDINAL

MOST_COUNTED = 500_000

_HOUR_S, _MINUTE_S = 3600, 60
_WEEK = 7
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday
_CYCLE_YEARS, _CYCLE_DAYS = 400, 146_097

_MONTH_LENGTHS = (
    (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31),
    (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31),
)
_MONTH_STARTS = tuple(tuple(accumulate(lengths, initial=0)) for lengths in _MONTH_LENGTHS)
_YEAR_DAYS = tuple(
    tuple((offset, bisect_right(starts, offset)) for offset in range(starts[-1]))
    for starts in _MONTH_STARTS
)
"""For plain and leap years the days as (days since 1 January, month)."""


def named_by(rule: Rule, start: int, from_wall: int, until_wall: int, most: int) -> list[int]:
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
        return []
    weekdays = _stepping_weekdays(rule, start // DAY_S)
    if weekdays is not None:
        return _steps(rule, weekdays, start, from_wall, until_wall, most)
    first = from_wall if rule.count is None else start
    walls: Iterable[int] = dropwhile(first.__gt__, _picked(rule, start, first, until_wall))
    if rule.count is not None:
        walls = _counted(walls, rule.count)
    return list(islice(filter(from_wall.__le__, takewhile(until_wall.__gt__, walls)), most))


def _stepping_weekdays(rule: Rule, start_day: int) -> tuple[int, ...] | None:
    """The weekdays of a rule that steps by weeks, none if it steps by days, else ``None``."""
    days = rule.days
    if rule.frequency < Frequency.WEEKLY or any(
        (rule.hours, rule.minutes, rule.seconds, rule.positions)
    ):
        return None
    if days.months or days.week_numbers or days.year_days or days.month_days:
        return None
    weekdays = tuple(weekday for weekday, _ in days.weekdays)
    if rule.frequency is Frequency.WEEKLY:
        return weekdays or (_weekday(start_day),)
    if rule.frequency is Frequency.DAILY and (not weekdays or rule.interval == 1):
        return weekdays  # every day that is one of these is every week on these
    return None


def _steps(
    rule: Rule, weekdays: tuple[int, ...], start: int, from_wall: int, until_wall: int, most: int
) -> list[int]:
    start_day, time_s = divmod(start, DAY_S)
    if weekdays:
        week_start = rule.days.week_start
        first_day, period = _week(start_day, week_start), _WEEK * rule.interval
        offsets = sorted((weekday - week_start) % _WEEK for weekday in weekdays)
    else:
        first_day, period, offsets = start_day, rule.interval, [0]
    first, step_s = first_day * DAY_S + time_s, period * DAY_S
    if rule.count is not None:
        skipped = bisect_left(offsets, start_day - first_day)
        periods, left = divmod(skipped + rule.count - 1, len(offsets))
        last = first + periods * step_s + offsets[left] * DAY_S
        until_wall = min(until_wall, last + 1)
    low = (from_wall - first) // step_s
    high = min((until_wall - first) // step_s, low + most) + 1
    walls: Iterable[int] = range(first + low * step_s, first + high * step_s, step_s)
    shifts = [offset * DAY_S for offset in offsets]
    found = [wall + shift for wall in walls for shift in shifts]
    return found[bisect_left(found, from_wall) : bisect_left(found, until_wall)][:most]


def _counted(walls: Iterable[int], count: int) -> Iterator[int]:
    for number, wall in enumerate(islice(walls, count)):
        if number == MOST_COUNTED:
            raise BadRule("the rule's COUNT asks for too much counting")
        yield wall


def _picked(rule: Rule, start: int, from_wall: int, until_wall: int) -> Iterator[int]:
    """What a rule that picks days of a year names, rising, from a little before ``from_wall``."""
    start_day, time_s = divmod(start, DAY_S)
    days = _days(rule, start_day, from_wall // DAY_S, until_wall // DAY_S)
    hour, minute, second = time_s // _HOUR_S, time_s // _MINUTE_S % 60, time_s % 60
    minutes = [
        minute_ * _MINUTE_S + second_
        for minute_ in rule.minutes or (minute,)
        for second_ in rule.seconds or (second,)
    ]
    if rule.frequency is Frequency.HOURLY:
        if rule.positions:
            minutes = sorted(minutes[i] for i in _indices(rule.positions, len(minutes)))
        return _hourly(rule, start_day * 24 + hour, days, minutes)
    times = [hour_ * _HOUR_S + rest for hour_ in rule.hours or (hour,) for rest in minutes]
    if rule.positions:
        return _positioned(rule.positions, days, times)
    return (day * DAY_S + time for _, day in days for time in times)


def _hourly(
    rule: Rule, first_hour: int, days: Iterable[tuple[int, int]], minutes: list[int]
) -> Iterator[int]:
    for _, day in days:
        for hour in range((first_hour - day * 24) % rule.interval, 24, rule.interval):
            if not rule.hours or hour in rule.hours:
                for rest in minutes:
                    yield day * DAY_S + hour * _HOUR_S + rest


def _positioned(
    positions: tuple[int, ...], days: Iterable[tuple[int, int]], times: list[int]
) -> Iterator[int]:
    """BYSETPOS: of the instances in each period those at these places."""
    for _, group in groupby(days, key=lambda each: each[0]):
        in_period = [day for _, day in group]
        for place in _indices(positions, len(in_period) * len(times)):
            day, time = divmod(place, len(times))
            yield in_period[day] * DAY_S + times[time]


def _indices(positions: tuple[int, ...], length: int) -> list[int]:
    """Places counted from 1, or from the end from -1, as sorted indices of what is there."""
    places = {place - 1 if place > 0 else length + place for place in positions}
    return sorted(place for place in places if 0 <= place < length)


def _days(rule: Rule, start_day: int, from_day: int, until_day: int) -> Iterator[tuple[int, int]]:
    """(period, day) for the days the rule allows, from the whole period that holds ``from_day``.

    A week may begin in the year before, hence the days added at both ends.
    """
    days = _anchored(rule, start_day)
    frequency = rule.frequency
    interval = 1 if frequency is Frequency.HOURLY else rule.interval
    period_of = _period_of(rule, start_day)
    for year in range(_year(from_day - _WEEK), _year(until_day + _WEEK) + 1):
        if frequency is Frequency.YEARLY and period_of(year, 1, 0) % interval:
            continue
        first_day = _first_day(year)
        for offset, month in _allowed(days, year % _CYCLE_YEARS):
            period = period_of(year, month, first_day + offset)
            if period % interval == 0:
                yield period, first_day + offset


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
    months = days.months or ((start.month,) if rule.frequency is Frequency.YEARLY else ())
    return days._replace(months=months, month_days=(start.day,))


def _period_of(rule: Rule, start_day: int) -> Callable[[int, int, int], int]:
    """Which period of the rule, counted from that of DTSTART, a year, month and day are in."""
    if rule.frequency is Frequency.WEEKLY:
        first_week = _week(start_day, rule.days.week_start)
        return lambda _year, _month, day: (day - first_week) // _WEEK
    if rule.frequency > Frequency.WEEKLY:
        return lambda _year, _month, day: day - start_day
    start = date.fromordinal(start_day + EPOCH_ORDINAL)
    if rule.frequency is Frequency.MONTHLY:
        return lambda year, month, _day: 12 * (year - start.year) + month - start.month
    return lambda year, _month, _day: year - start.year


# ---------------------------------------------------------------- the days of one year


@lru_cache(maxsize=8192)
def _allowed(days: Days, year: int) -> tuple[tuple[int, int], ...]:
    """The days of a year that ``days`` allows, as (days since 1 January, month), rising."""
    first_day = _first_day(year)
    leap = _first_day(year + 1) - first_day - 365
    found: Iterable[int] = _in_months(days, leap)
    if days.year_days:
        length = 365 + leap
        allowed = {n - 1 if n > 0 else length + n for n in days.year_days}
        found = [offset for offset in found if offset in allowed]
    if days.week_numbers:
        found = [offset for offset in found if _in_weeks(days, first_day + offset)]
    if days.weekdays:
        found = [offset for offset in found if _on_weekdays(days, first_day, leap, offset)]
    return tuple(_YEAR_DAYS[leap][offset] for offset in found)


def _in_months(days: Days, leap: int) -> list[int]:
    """The days in BYMONTH and on BYMONTHDAY."""
    found: list[int] = []
    for month in days.months or range(1, 13):
        first, length = _MONTH_STARTS[leap][month - 1], _MONTH_LENGTHS[leap][month - 1]
        if days.month_days:
            found += [first + index for index in _indices(days.month_days, length)]
        else:
            found += range(first, first + length)
    return found


def _in_weeks(days: Days, day: int) -> bool:
    """BYWEEKNO: a week belongs to the year that holds four of its days or more."""
    middle = _week(day, days.week_start) + 3
    first_day = _first_day(_year(middle))
    length = _first_day(_year(middle) + 1) - first_day
    number, offset = divmod(middle - first_day, _WEEK)
    weeks = (length - 1 - offset) // _WEEK + 1
    return number + 1 in days.week_numbers or number - weeks in days.week_numbers


def _on_weekdays(days: Days, first_day: int, leap: int, offset: int) -> bool:
    """BYDAY, with its n counted in the month or in the year."""
    weekday = _weekday(first_day + offset)
    first, length = 0, 365 + leap
    if days.n_in_month:
        month = _YEAR_DAYS[leap][offset][1]
        first, length = _MONTH_STARTS[leap][month - 1], _MONTH_LENGTHS[leap][month - 1]
    n, from_end = (offset - first) // _WEEK + 1, (first + length - 1 - offset) // _WEEK + 1
    return any((weekday, each) in days.weekdays for each in (0, n, -from_end))


def _weekday(day: int) -> int:
    return (day + _EPOCH_WEEKDAY) % _WEEK


def _week(day: int, week_start: int) -> int:
    """The first day of the week that ``day`` is in."""
    return day - (_weekday(day) - week_start) % _WEEK


def _first_day(year: int) -> int:
    before = year - 1
    return before * 365 + before // 4 - before // 100 + before // 400 + 1 - EPOCH_ORDINAL


def _year(day: int) -> int:
    """The year of a day; also outside the years 1 to 9999."""
    year = (day + EPOCH_ORDINAL) * _CYCLE_YEARS // _CYCLE_DAYS + 1
    if day < _first_day(year):
        return year - 1
    return year if day < _first_day(year + 1) else year + 1
