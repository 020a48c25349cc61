"""A person's contact week by week over the past year; weeks begin on Monday."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

WEEKS: Final = 53
"""A year, and the week that is going on."""

QUIET: Final = timedelta(weeks=13)

_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)


class Week(NamedTuple):
    """``contacts`` from this Monday to the Sunday after it."""

    monday: date
    contacts: int


def monday(day: date) -> date:
    return day - day.weekday() * _DAY


def mondays(today: date, weeks: int) -> Iterator[date]:
    """The Mondays of the last ``weeks`` weeks, oldest first, the present week's last."""
    newest = monday(today)
    return (newest - back * _WEEK for back in reversed(range(weeks)))


def contact_weeks(days: Sequence[date], today: date) -> tuple[Week, ...]:
    """How often there was contact in each of the last `WEEKS` weeks, up to ``today``."""
    counts = Counter(monday(day) for day in days if day <= today)
    return tuple(Week(each, counts[each]) for each in mondays(today, WEEKS))


def contact_title(days: Sequence[date], today: date) -> str:
    """What the year shows, in a few words."""
    first = next(mondays(today, WEEKS))
    past = [day for day in days if first <= day <= today]
    if not past:
        return "No contact in the past year"
    times = "once" if len(past) == 1 else "twice" if len(past) == 2 else f"{len(past)} times"  # noqa: PLR2004 - twice is two
    return f"In contact {times} in a year, last {_ago((today - max(past)).days)}"


def quiet_title(days: Sequence[Sequence[date]], priority: str, today: date) -> str:
    """How many of some people were not met in the last quarter; ``days`` has those of each."""
    since = today - QUIET
    quiet = sum(not any(since <= day <= today for day in each) for each in days)
    if not quiet:
        return f"In {QUIET // _WEEK} weeks there was contact with everyone of priority {priority}"
    people = "person" if len(days) == 1 else "people"
    of = f"{quiet} of {len(days)} {people} of priority {priority}"
    return f"No contact in {QUIET // _WEEK} weeks: {of}"


def _ago(days: int) -> str:
    return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")
