"""Hours of contact month by month: by priority, and how much went beyond the owner's own circle.

Two people at one table count an hour each. The own circle is the team and the manager: whom work
brings together by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from policies.people.person import Person, PersonId, Priority, Relation

MONTHS: Final = 12

_HOUR: Final = timedelta(hours=1)
_HALF: Final = 0.5
_CIRCLE: Final = frozenset({Relation.TEAM, Relation.MANAGER})


class Spent(NamedTuple):
    """Contact with one person."""

    person: PersonId
    day: date
    length: timedelta


class Month(NamedTuple):
    """Hours by priority in the month that begins on ``first``.

    ``outside`` is the share of ``placed`` hours beyond the owner's own circle, ``None`` where
    there are none; placed are those with people of whom the owner said what they are to them.
    """

    first: date
    hours: Mapping[Priority, float]
    outside: float | None
    placed: float

    @property
    def whole(self) -> float:
        return sum(self.hours.values())


def months(people: Iterable[Person], spent: Iterable[Spent], today: date) -> tuple[Month, ...]:
    """The last `MONTHS` months, oldest first, the present one among them up to ``today``."""
    known = {person.id: person for person in people}
    found: dict[date, dict[PersonId, timedelta]] = defaultdict(lambda: defaultdict(timedelta))
    for one in spent:
        if one.day <= today and one.person in known:
            found[one.day.replace(day=1)][one.person] += one.length
    return tuple(_month(first, known, found[first]) for first in _firsts(today))


def hours_title(shown: Sequence[Month]) -> str:
    """How many hours a month there are, and how many of them are for those who matter most."""
    whole = sum(each.whole for each in shown) / len(shown)
    most = sum(each.hours[Priority.A] for each in shown) / len(shown)
    if not whole:
        return "No hours with anyone in the past year"
    return (
        f"{_hours(whole)} a month with people on your list, {most:.{_places(most)}f} of them with A"
    )


def outside_title(shown: Sequence[Month], goal: float) -> str:
    """The share of the whole time shown, against the goal."""
    share = outside_share(shown)
    if share is None:
        return "No hours with anyone whose relation to you is known"
    against = "at or above" if share >= goal else "below"
    return (
        f"{share:.0%} of your time goes beyond your own circle, {against} your goal of {goal:.0%}"
    )


def outside_share(shown: Sequence[Month]) -> float | None:
    """Of all months together, by their hours."""
    placed = sum(each.placed for each in shown)
    return sum(each.placed * (each.outside or 0.0) for each in shown) / placed if placed else None


def _month(
    first: date, known: Mapping[PersonId, Person], lengths: Mapping[PersonId, timedelta]
) -> Month:
    hours = dict.fromkeys(Priority, 0.0)
    inside = outside = 0.0
    for who, length in lengths.items():
        person, spent = known[who], length / _HOUR
        hours[person.priority] += spent
        if person.relation in _CIRCLE:
            inside += spent
        elif person.relation is not Relation.UNKNOWN:
            outside += spent
    placed = inside + outside
    return Month(first, hours, outside / placed if placed else None, placed)


def _firsts(today: date) -> Iterator[date]:
    this = today.year * 12 + today.month - 1
    return (date(each // 12, each % 12 + 1, 1) for each in range(this - MONTHS + 1, this + 1))


def _hours(number: float) -> str:
    return f"{number:.{_places(number)}f} hours"


def _places(number: float) -> int:
    """Half hours matter where there are few."""
    return 0 if number >= 10 or abs(number - round(number)) < _HALF / 10 else 1  # noqa: PLR2004 - two digits are enough
