"""Which of several free times is the best one for planning.

A time is scored by named parts whose sum decides; equal scores go to the earlier time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Final

from policies.frozen import frozen
from policies.hours import whole_days
from policies.interval import Interval, common, merged, without
from policies.proposal import ScorePart
from policies.rules import PlanningRules
from policies.wall import local_date, local_datetime, seconds

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
LONG_STRETCH: Final = timedelta(hours=2)
"""Free time worth leaving whole: what deep work needs."""
MEETING_RUN: Final = timedelta(minutes=90)
"""Meetings in a row that leave nobody fresh."""
BREATHER: Final = timedelta(minutes=15)
"""The gap that ends a run of meetings, and the distance to keep from one."""

PER_HOUR_OFF: Final = -2.0
PER_DAY_OFF: Final = -3.0
SPLIT: Final = -4.0
PER_RUN: Final = -2.0
SAME_DAY: Final = -6.0
PER_DAY_LATER: Final = -1.5


@frozen
class Surroundings:
    """What a time is judged by: free time (merged, sorted), runs of meetings, other planning."""

    rules: PlanningRules
    zone: str
    now: datetime
    free: tuple[Interval, ...]
    runs: tuple[Interval, ...]
    planned: tuple[Interval, ...]


def best(
    candidates: Iterable[Interval], around: Surroundings, *, early: bool
) -> tuple[Interval, tuple[ScorePart, ...]] | None:
    """The candidate with the highest score, and its parts; ``None`` when there is none.

    ``early`` makes every day of waiting count: for what should happen soon.
    """
    scored = ((when, scores(when, around, early=early)) for when in candidates)
    return min(scored, key=lambda each: (-_total(each[1]), each[0]), default=None)


def scores(when: Interval, around: Surroundings, *, early: bool) -> tuple[ScorePart, ...]:
    """What speaks for and against one time; parts of no points are left out."""
    rules, zone = around.rules, around.zone
    local = local_datetime(seconds(when.start), zone)
    wanted = local.replace(
        hour=rules.preferred_time.hour, minute=rules.preferred_time.minute, second=0
    )
    days_off = min((abs(local.weekday() - day) for day in rules.preferred_days), default=0)
    later = (when.start - around.now) / _DAY if early else 0.0
    parts = (
        ScorePart("hours from the preferred time", PER_HOUR_OFF * (abs(local - wanted) / _HOUR)),
        ScorePart("days from a preferred day", PER_DAY_OFF * days_off),
        ScorePart("splits the day's last long stretch", SPLIT * _splits(when, around)),
        ScorePart("beside back-to-back meetings", PER_RUN * _sides(when, around.runs)),
        ScorePart("other planning on that day", SAME_DAY * _same_day(when, around)),
        ScorePart("days to wait", PER_DAY_LATER * later),
    )
    return tuple(part for part in parts if part.points)


def meeting_runs(meetings: Iterable[Interval]) -> tuple[Interval, ...]:
    """Meetings with hardly a gap between them, where they last `MEETING_RUN` or more together."""
    joined = merged(each.widened(timedelta(), BREATHER) for each in meetings)
    ended = (Interval(each.start, each.end - BREATHER) for each in joined)
    return tuple(each for each in ended if each.length >= MEETING_RUN)


def _total(parts: Sequence[ScorePart]) -> float:
    return sum(part.points for part in parts)


def _splits(when: Interval, around: Surroundings) -> bool:
    date_of = _day(when.start, around.zone)
    (day,) = whole_days(around.zone, date_of, date_of)
    first = bisect_right(around.free, day.start, key=attrgetter("end"))
    last = bisect_left(around.free, day.end, key=attrgetter("start"))
    before = common(around.free[first:last], [day])
    after = without(before, [when])
    return _has_long(before) and not _has_long(after)


def _has_long(stretches: Iterable[Interval]) -> bool:
    return any(each.length >= LONG_STRETCH for each in stretches)


def _sides(when: Interval, runs: Iterable[Interval]) -> int:
    near = when.widened(BREATHER, BREATHER)
    return sum(near.overlaps(run) for run in runs)


def _same_day(when: Interval, around: Surroundings) -> bool:
    day = _day(when.start, around.zone)
    return any(_day(each.start, around.zone) == day for each in around.planned)


def _day(moment: datetime, zone: str) -> date:
    return local_date(moment, zone)
