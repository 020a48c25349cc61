"""What the owner allows for one person beyond their usual rules, as texts that stand in a field.

``hours Mon-Fri 08:00-08:30`` are hours of the owner's as well, ``within 6w`` looks that far ahead;
``holidays``, ``tentative``, ``all-day``, ``buffer``, ``lunch`` and ``office`` lift one rule each.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

from policies.frozen import frozen
from policies.hours import parse_hours, parse_length, written_hours, written_length
from policies.people.person import HoursOfDay, WeeklyHours

HOURS: Final = "hours"
WITHIN: Final = "within"
_LONGEST: Final = timedelta(weeks=26)


class Lifted(StrEnum):
    """A rule that does not hold for this person."""

    HOLIDAYS = "holidays"
    TENTATIVE = "tentative"
    ALL_DAY = "all-day"
    BUFFER = "buffer"
    LUNCH = "lunch"
    OFFICE = "office"


@frozen
class Allowed:
    """All allowances for one person together; ``hours`` and ``within`` are ``None`` without any."""

    hours: WeeklyHours | None = None
    within: timedelta | None = None
    lifted: frozenset[Lifted] = frozenset()


def read(text: str) -> str:
    """The one way to write an allowance.

    Raises:
        ValueError: it means nothing, in one line with what does.
    """
    word, _, rest = " ".join(text.split()).partition(" ")
    if word == HOURS:
        return f"{HOURS} {written_hours(parse_hours(rest))}"
    if word == WITHIN:
        length = parse_length(rest)
        if not timedelta() < length <= _LONGEST:
            raise ValueError(f"{WITHIN} needs {written_length(_LONGEST)} at most")
        return f"{WITHIN} {written_length(length)}"
    if rest or word not in set(Lifted):
        rules = ", ".join(f"'{each}'" for each in Lifted)
        known = f"'hours Mon-Fri 08:00-09:00', 'within 6w', {rules}"
        raise ValueError(f"{text!r} allows nothing; write {known}")
    return word


@lru_cache(maxsize=1024)
def allowed(texts: tuple[str, ...]) -> Allowed:
    """What texts as `read` answers them allow between them."""
    hours: WeeklyHours | None = None
    within: timedelta | None = None
    for text in texts:
        word, _, rest = text.partition(" ")
        if word == HOURS:
            hours = joined(hours, parse_hours(rest)) if hours else parse_hours(rest)
        elif word == WITHIN:
            within = max(within or timedelta(), parse_length(rest))
    return Allowed(hours, within, frozenset(Lifted(each) for each in texts if " " not in each))


def joined(one: WeeklyHours, other: WeeklyHours) -> WeeklyHours:
    """The hours of both."""
    days = zip(one.days, other.days, strict=True)
    return WeeklyHours(tuple(_merged((*mine, *theirs)) for mine, theirs in days))


def _merged(spans: Iterable[tuple[time, time]]) -> HoursOfDay:
    found: list[tuple[time, time]] = []
    for opens, closes in sorted(spans):
        if found and opens <= found[-1][1]:
            found[-1] = (found[-1][0], max(closes, found[-1][1]))
        else:
            found.append((opens, closes))
    return tuple(found)
