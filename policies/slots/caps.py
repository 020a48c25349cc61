"""How many people may be met in a day and a week, and where there is room for one more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from datetime import date
from types import MappingProxyType
from typing import TypeAlias

from policies.frozen import frozen
from policies.people.person import Format

Week: TypeAlias = tuple[int, int]
"""ISO year and week."""


@frozen
class Caps:
    """How many people may be met in a day and an ISO week of the owner's ``zone``.

    ``days`` and ``weeks`` count who is there already; ``people`` is how many may be placed.
    ``formats`` are those with a limit a week of their own, and ``met`` counts who is there in them.
    """

    zone: str
    per_day: int
    per_week: int
    people: int
    days: Mapping[date, int] = field(default_factory=lambda: MappingProxyType({}))
    weeks: Mapping[Week, int] = field(default_factory=lambda: MappingProxyType({}))
    formats: Mapping[Format, int] = field(default_factory=lambda: MappingProxyType({}))
    met: Mapping[tuple[Format | None, Week], int] = field(
        default_factory=lambda: MappingProxyType({})
    )

    def counting(self, people: Iterable[tuple[Format | None, Iterable[date]]]) -> Caps:
        """The same with more people there, by their format and each day they may be met on."""
        days, weeks, met = Counter(self.days), Counter(self.weeks), Counter(self.met)
        for format_, theirs in people:
            their_days = set(theirs)
            their_weeks = set(map(week_of, their_days))
            days.update(their_days)
            weeks.update(their_weeks)
            met.update((format_, week) for week in their_weeks)
        return replace(self, days=days, weeks=weeks, met=met)

    def room_on(self, day: date, format_: Format | None = None) -> bool:
        week = week_of(day)
        return (
            self.days.get(day, 0) < self.per_day
            and self.weeks.get(week, 0) < self.per_week
            and (format_ is None or self.room_for(format_, week) > 0)
        )

    def room_for(self, format_: Format, week: Week) -> int:
        """How many more of a format there may be, as far as it has a limit of its own."""
        return self.formats.get(format_, self.per_week) - self.met.get((format_, week), 0)


def week_of(day: date) -> Week:
    year, week, _ = day.isocalendar()
    return year, week
