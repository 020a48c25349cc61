"""Which planning slots a stretch of time calls for: the first one, a weekly rhythm, reviews.

Weeks and quarters are those of the owner's own calendar; weeks are ISO weeks.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from policies.hours import whole_days
from policies.interval import Interval, common, without
from policies.planning.block import Purpose
from policies.rules import PlanningRules
from policies.wall import local_date

FIRST_PERIOD: Final = "first"
REVIEW_WINDOW: Final = timedelta(days=14)
"""A review belongs in the last two weeks of its quarter."""
REVIEW_AFTER: Final = timedelta(days=28)
"""A quarter is reviewed when planning began this long before its end."""

_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
_MONTHS: Final = 3
_QUARTERS: Final = ("first", "second", "third", "last")


class Want(NamedTuple):
    """Slots that should be: ``slots`` of them, in the first of ``spans`` that has room.

    ``period`` reads ``first``, ``2026-W48`` or ``2026-Q4``. ``early`` ones should come soon;
    the others may come at any time in their span.
    """

    purpose: Purpose
    period: str
    slots: int
    length: timedelta
    spans: tuple[Interval, ...]
    early: bool = False


def horizon(rules: PlanningRules, zone: str, now: datetime) -> Interval:
    """From ``now`` to the end of the last week planned; a week is planned whole, to its Sunday."""
    last = local_date(now, zone) + rules.weeks_ahead * _WEEK - _DAY
    return Interval(now, _days(zone, last, _sunday(last)).end)


def week_of(moment: datetime, zone: str) -> Interval:
    """The week, Monday to Sunday, that ``moment`` lies in."""
    sunday = _sunday(local_date(moment, zone))
    return _days(zone, sunday - _WEEK + _DAY, sunday)


def week_name(moment: datetime, zone: str) -> str:
    """The ISO week it is in ``zone``, as ``2026-W48``."""
    year, number, _ = local_date(moment, zone).isocalendar()
    return f"{year}-W{number:02}"


def period_said(period: str) -> str:
    """`in the week of 14 December`, `for the last quarter of 2026`; empty where it is no time."""
    year, dash, name = period.partition("-")
    if not dash:
        return ""
    if name.startswith("Q"):
        return f"for the {_QUARTERS[int(name[1:]) - 1]} quarter of {year}"
    monday = date.fromisocalendar(int(year), int(name[1:]), 1)
    return f"in the week of {monday.day} {monday:%B}"


def wants(rules: PlanningRules, zone: str, now: datetime, begun: datetime) -> Iterator[Want]:
    """All that should be from ``now`` to the `horizon`, what needs most room first.

    ``begun`` is when planning began: nobody reviews a quarter they have hardly planned in.
    """
    ahead = horizon(rules, zone, now)
    yield Want(Purpose.FIRST, FIRST_PERIOD, 1, rules.first_length, (ahead,), early=True)
    yield from _reviews(rules, zone, ahead, begun)
    yield from _weeks(rules, zone, ahead)


def _weeks(rules: PlanningRules, zone: str, ahead: Interval) -> Iterator[Want]:
    start = ahead.start
    while start < ahead.end:
        week = week_of(start, zone)
        period, spans = week_name(start, zone), common([week], [ahead])
        yield Want(Purpose.RHYTHM, period, rules.per_week, rules.length, spans)
        start = week.end


def _reviews(rules: PlanningRules, zone: str, ahead: Interval, begun: datetime) -> Iterator[Want]:
    """The last quarter's review while it is overdue, and those to come.

    A missed review is given up when the next one is due. A coming one is looked for once all of
    its two weeks can be seen; without room there, the days after will do.
    """
    today, last = local_date(ahead.start, zone), local_date(ahead.end - _DAY, zone)
    since = local_date(begun, zone) + REVIEW_AFTER
    missed, end = _quarter_start(today) - _DAY, _quarter_end(today)
    if since <= missed and today < _due(end):
        yield _review(rules, missed, (ahead,), early=True)
    while end <= last or _due(end) <= today:
        if since <= end:
            onward = common([ahead], [_days(zone, _due(end), max(last, end))])
            window = common(onward, [_days(zone, _due(end), end)])
            yield _review(rules, end, (*window, *without(onward, window)))
        end = _quarter_end(end + _DAY)


def _review(
    rules: PlanningRules, end: date, spans: tuple[Interval, ...], *, early: bool = False
) -> Want:
    period = f"{end.year}-Q{end.month // _MONTHS}"
    return Want(Purpose.REVIEW, period, 1, rules.review_length, spans, early)


def _due(end: date) -> date:
    return end - REVIEW_WINDOW + _DAY


def _quarter_start(day: date) -> date:
    return date(day.year, day.month - (day.month - 1) % _MONTHS, 1)


def _quarter_end(day: date) -> date:
    month = day.month + (-day.month) % _MONTHS
    return date(day.year + month // 12, month % 12 + 1, 1) - _DAY


def _sunday(day: date) -> date:
    return day + timedelta(days=6 - day.weekday())


def _days(zone: str, first: date, last: date) -> Interval:
    """Local days as one stretch; there is always time in them."""
    return whole_days(zone, first, last)[0]
