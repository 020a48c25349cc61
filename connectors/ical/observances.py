"""The changes of an IANA zone's clocks as the yearly rules a VTIMEZONE is written with.

`icalendar` would write a VTIMEZONE as a list of dates, which ical.js (in Thunderbird and
Nextcloud) reads an hour late in summer. Plain yearly rules every client understands.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from policies.wall import local_datetime, seconds, wall_seconds

_YEARS = 28  # after as many years all weekdays have fallen on all dates
_STEP_S = 3 * 86_400
_WEEK = 7
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Observance(NamedTuple):
    """From ``onset`` on the wall as it was before, ``after_s`` takes the place of ``before_s``.

    ``rule`` is the RRULE of its onsets, or empty for a single one; ``name`` what the zone is
    called then.
    """

    onset: datetime
    before_s: int
    after_s: int
    name: str
    rule: str = ""

    @property
    def is_daylight(self) -> bool:
        return self.after_s > self.before_s


@lru_cache(maxsize=64)
def observances(zone: str, year: int) -> tuple[Observance, ...]:
    """What a zone observes in ``year``, from the year before, which its first months depend on.

    Where the clocks follow one rule a year they are rules without end. Where they do not
    (Morocco sets them by Ramadan), they are the single changes to the end of the next year.
    """
    changes = list(_changes(zone, year - 1, year - 1 + _YEARS))
    by_kind: dict[tuple[object, ...], list[Observance]] = defaultdict(list)
    for each in changes:
        when = (each.onset.month, each.onset.weekday(), each.onset.time())
        by_kind[(*when, each.before_s, each.after_s)].append(each)
    rules = [_yearly([each.onset for each in kind]) for kind in by_kind.values()]
    if changes and all(rules):
        first = (kind[0] for kind in by_kind.values())
        return tuple(each._replace(rule=rule) for each, rule in zip(first, rules, strict=True))
    start = datetime(year - 1, 1, 1, tzinfo=UTC)
    offset_s = _offset_s(seconds(start), zone)
    steady = Observance(start.replace(tzinfo=None), offset_s, offset_s, _name(zone, seconds(start)))
    return (steady, *(each for each in changes if each.onset.year <= year + 1))


def _changes(zone: str, first_year: int, until_year: int) -> Iterator[Observance]:
    at_s = seconds(datetime(first_year, 1, 1, tzinfo=UTC))
    until_s = seconds(datetime(until_year, 1, 1, tzinfo=UTC))
    before_s = _offset_s(at_s, zone)
    while at_s < until_s:
        next_s = min(at_s + _STEP_S, until_s)
        if _offset_s(next_s, zone) != before_s:
            low_s = at_s
            while next_s - low_s > 1:
                middle_s = (low_s + next_s) // 2
                if _offset_s(middle_s, zone) == before_s:
                    low_s = middle_s
                else:
                    next_s = middle_s
            after_s = _offset_s(next_s, zone)
            onset = local_datetime(next_s + before_s, "UTC")
            yield Observance(onset, before_s, after_s, _name(zone, next_s))
            before_s = after_s
        at_s = next_s


def _yearly(onsets: Sequence[datetime]) -> str:
    """The rule for onsets of one month, weekday and time, one in each year; empty if none is.

    A weekday on or after some date, which is no fifth or last one, is given with its seven dates.
    """
    if len({onset.year for onset in onsets}) != len(onsets) or len(onsets) != _YEARS:
        return ""
    first, days = onsets[0], sorted({onset.day for onset in onsets})
    rule, weekday = f"FREQ=YEARLY;BYMONTH={first.month}", _DAYS[first.weekday()]
    if all(onset.day + _WEEK > monthrange(onset.year, onset.month)[1] for onset in onsets):
        return f"{rule};BYDAY=-1{weekday}"
    nth = {(day - 1) // _WEEK + 1 for day in days}
    if len(nth) == 1:
        return f"{rule};BYDAY={nth.pop()}{weekday}"
    if days[-1] - days[0] < _WEEK:
        dates = ",".join(str(days[0] + number) for number in range(_WEEK))
        return f"{rule};BYMONTHDAY={dates};BYDAY={weekday}"
    return ""


def _offset_s(absolute_s: int, zone: str) -> int:
    return wall_seconds(absolute_s, zone) - absolute_s


def _name(zone: str, absolute_s: int) -> str:
    moment = datetime.fromtimestamp(absolute_s, UTC) + timedelta(seconds=1)
    return moment.astimezone(ZoneInfo(zone)).tzname() or zone
