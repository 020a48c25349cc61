"""How much room a week usually has: learnt from past weeks, and never more than is still free.

A weekday is as it was in the middle one of the weeks looked at, so a holiday or a week of leave
does not count. What a coming week already holds takes away from that; an empty one adds nothing,
for it will fill up as its forerunners did.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from policies.frozen import frozen
from policies.interval import Interval
from policies.rules import PlanningRules, Rules
from policies.wall import local_date

WEEK: Final = timedelta(days=7)
_NONE: Final = timedelta()
_FRIDAY: Final = 4


class Day(NamedTuple):
    """Time in stretches long enough for a meeting, and how many meetings it has room for."""

    free: timedelta = _NONE
    meetings: int = 0


class Week(NamedTuple):
    """``free`` is without the time for planning; ``meetings`` is under all the caps.

    ``last`` is the last day with room for a meeting.
    """

    monday: date
    free: timedelta
    meetings: int
    last: date

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)


def days(
    free: Iterable[Interval], zone: str, length: timedelta, gap: timedelta
) -> Mapping[date, Day]:
    """The days with room for a meeting of ``length``; ``gap`` stays free between two of them.

    ``free`` lies clear of other meetings by that gap already. A stretch counts for the day on
    which it starts.
    """
    found: dict[date, Day] = {}
    for each in free:
        if each.length >= length:
            day = local_date(each.start, zone)
            known = found.get(day, Day())
            more = (each.length + gap) // (length + gap)
            found[day] = Day(known.free + each.length, known.meetings + more)
    return found


def usual(known: Mapping[date, Day], mondays: Sequence[date]) -> tuple[Day, ...]:
    """Each weekday as it was in the middle one of these weeks, of two the fuller; Monday first."""
    result = []
    for offset in range(len("MTWTFSS")):
        of_weeks = [known.get(each + timedelta(days=offset), Day()) for each in mondays]
        free = sorted(each.free for each in of_weeks)
        meetings = sorted(each.meetings for each in of_weeks)
        middle = (len(mondays) - 1) // 2
        result.append(Day(free[middle], meetings[middle]) if mondays else Day())
    return tuple(result)


@frozen
class Diary:
    """What is known of the weeks that begin on ``mondays``.

    ``typical`` are the weekdays as they usually are, ``known`` the coming days as the calendars
    have them now: a day it lacks is full. ``takes`` is the time of an ordinary meeting and what
    stays free around it. ``first_planning``: the long first planning slot is still to come.
    """

    typical: tuple[Day, ...]
    known: Mapping[date, Day]
    mondays: tuple[date, ...]
    takes: timedelta
    first_planning: bool = False

    def weeks(self, rules: Rules, extra: timedelta = _NONE) -> tuple[Week, ...]:
        """What each week has room for, with ``extra`` free time in it."""
        return tuple(
            self._week(monday, rules, extra, first=self.first_planning and not number)
            for number, monday in enumerate(self.mondays)
        )

    def _week(self, monday: date, rules: Rules, extra: timedelta, *, first: bool) -> Week:
        caps = (rules.slots.per_week, rules.etiquette.per_week, 7 * rules.etiquette.per_run)
        week = [self._less(n, monday + timedelta(days=n)) for n in range(len(self.typical))]
        free = sum((each.free for each in week), extra)
        free -= planning_in(rules.planning, monday, first=first)
        most = sum(min(each.meetings, rules.slots.per_day) for each in week)
        most += extra // self.takes
        last = max((n for n, each in enumerate(week) if each.meetings), default=_FRIDAY)
        return Week(monday, max(free, _NONE), min(most, *caps), monday + timedelta(days=last))

    def _less(self, weekday: int, day: date) -> Day:
        usual, left = self.typical[weekday], self.known.get(day, Day())
        return Day(min(usual.free, left.free), min(usual.meetings, left.meetings))


def planning_in(rules: PlanningRules, monday: date, *, first: bool) -> timedelta:
    """The time for planning in a week.

    The first slot stands for its week's rhythm; a review comes in the last week but one of a
    quarter.
    """
    if not rules.enabled:
        return _NONE
    rhythm = rules.first_length if first else rules.per_week * rules.length
    review = _quarter(monday + WEEK) != _quarter(monday + 2 * WEEK)
    return rhythm + (rules.review_length if review else _NONE)


def _quarter(day: date) -> int:
    return (day.month - 1) // 3
