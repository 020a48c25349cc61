"""How everyone stood at the end of each past week, worked out from contact alone.

By the priorities and gaps of today, so that a changed rule does not look like progress. Whoever
was neither listed nor met by then is not counted.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from policies.audit.cadence import Status, standing
from policies.people.person import Person, PersonId
from policies.pictures.weeks import mondays
from policies.rules import CadenceRules

WEEKS: Final = 26

_TO_SUNDAY: Final = timedelta(days=6)


class StatusWeek(NamedTuple):
    """How many stood how on the evening of ``day``: a Sunday, or today."""

    day: date
    people: Mapping[Status, int]


def status_weeks(
    people: Iterable[Person],
    days: Mapping[PersonId, Sequence[date]],
    today: date,
    rules: CadenceRules,
) -> tuple[StatusWeek, ...]:
    """The last `WEEKS` weeks, oldest first; ``days`` are each one's of contact, in order."""
    everyone = tuple(people)
    ends = tuple(min(each + _TO_SUNDAY, today) for each in mondays(today, WEEKS))
    return tuple(
        StatusWeek(
            end,
            Counter(
                status
                for person in everyone
                if (status := status_on(person, days.get(person.id, ()), end, rules)) is not None
            ),
        )
        for end in ends
    )


def status_on(
    person: Person, days: Sequence[date], day: date, rules: CadenceRules
) -> Status | None:
    """How ``person`` stood on ``day``; ``None`` before they were listed or met."""
    before = bisect_right(days, day)
    if not before and person.listed_on > day:
        return None
    last = days[before - 1] if before else None
    return standing(person, last, None, day, rules).status


def trend_title(weeks: Sequence[StatusWeek]) -> str:
    """What became of red over the weeks shown."""
    first, last = (week.people.get(Status.RED, 0) for week in (weeks[0], weeks[-1]))
    span = f"in {len(weeks)} weeks"
    if first == last:
        return f"{last} red today, as many as {len(weeks)} weeks ago"
    return f"Red {'fell' if last < first else 'rose'} from {first} to {last} {span}"
