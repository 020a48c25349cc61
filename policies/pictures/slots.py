"""Planning slots week by week: which were kept, which were lost, which are to come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from policies.pictures.weeks import monday, mondays
from policies.planning.block import Block, BlockState
from policies.wall import local_date

PAST, AHEAD = 22, 4  # weeks, the present one among the past

_WEEK: Final = timedelta(days=7)
_HELD: Final = frozenset({BlockState.WRITING, BlockState.HELD})


class PlanWeek(NamedTuple):
    """The slots of one week."""

    monday: date
    kept: int
    lost: int
    coming: int


def plan_weeks(blocks: Iterable[Block], today: date, zone: str) -> tuple[PlanWeek, ...]:
    """`PAST` weeks and `AHEAD` to come, oldest first; a slot stands where it was to be."""
    found = [(monday(local_date(each.when.start, zone)), each.state) for each in blocks]
    newest = monday(today)
    weeks = (*mondays(today, PAST), *(newest + ahead * _WEEK for ahead in range(1, AHEAD + 1)))

    def count(week: date, states: frozenset[BlockState]) -> int:
        return sum(at == week and state in states for at, state in found)

    return tuple(
        PlanWeek(
            week,
            count(week, frozenset({BlockState.KEPT})),
            count(week, frozenset({BlockState.LOST})),
            count(week, _HELD),
        )
        for week in weeks
    )


def plan_title(weeks: Sequence[PlanWeek]) -> str:
    """How many were kept of those that are over."""
    kept, lost, coming = map(sum, zip(*(each[1:] for each in weeks), strict=True))
    over = kept + lost
    if over:
        return f"{kept} of {over} planning slots {'was' if kept == 1 else 'were'} kept"
    if coming:
        are = "is" if coming == 1 else "are"
        return f"No planning slot is over yet, {coming} {are} to come"
    return "There is no planning slot yet"
