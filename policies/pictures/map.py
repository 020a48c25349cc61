"""The relationship map: the owner in the middle, everyone further out the longer they have waited.

Lengths are shares of the map's radius, angles radians counter-clockwise from three o'clock, as in
geometry; the first sector begins at twelve and they follow clockwise.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from policies.audit.cadence import Standing, Status
from policies.people.person import Priority, Relation
from policies.spoken import counted
from policies.text import shown

ON_TIME: Final = 0.54
"""Whoever waits exactly the ideal gap stands here."""
LONGEST: Final = 0.78
"""Whoever waits exactly the longest gap stands here."""
MOST: Final = 300
"""People on one map; beyond them it is no picture any more."""

_LONGEST_NAME: Final = 40
_NEAREST: Final = 0.24  # room around the owner for those seen just now
_FLAT: Final = 0.6  # most of those on time were seen lately; this parts them
_AT_EASE: Final = 40  # people up to which marks have their full size
_SMALLEST: Final = 0.45
_TRIES: Final = 32  # angles looked at for one mark
_ENOUGH: Final = 0.15  # between marks; further apart is no better
_BESIDE: Final = math.radians(2)  # kept free on each side of a sector's border
_TOP_GAP: Final = math.radians(15)  # kept free at twelve, where the rings are named
_SIZES: Final = MappingProxyType(
    {Priority.A: 0.036, Priority.B: 0.029, Priority.C: 0.023, Priority.D: 0.018}
)


class By(StrEnum):
    """What the sectors are."""

    RELATION = "relation"
    GOAL = "goal"
    GROUP = "group"


class Sector(NamedTuple):
    """A slice of the map, from ``start`` clockwise to ``end``, which is the smaller angle."""

    name: str
    people: int
    start: float
    end: float

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2


class Spot(NamedTuple):
    """One person's mark: its centre from the owner's, and its radius."""

    standing: Standing
    sector: int
    x: float
    y: float
    size: float


class Map(NamedTuple):
    """``left_out``: how many people there was no place for, those who matter least."""

    sectors: tuple[Sector, ...]
    spots: tuple[Spot, ...]
    left_out: int = 0


def laid_out(standings: Iterable[Standing], by: By = By.RELATION) -> Map:
    """A place for everyone; spots come in the order of ``standings``.

    Whoever has several goals or groups stands with the first. Of more than `MOST` people, those
    of higher priority stay, and of these the latest.
    """
    everyone = tuple(standings)
    chosen = {id(each) for each in sorted(everyone, key=_importance)[:MOST]}
    placed = tuple(each for each in everyone if id(each) in chosen)
    names = [_NAMES[by](each) for each in placed]
    sectors = _sectors(Counter(names), by)
    index = {sector.name: number for number, sector in enumerate(sectors)}
    scale = max(_SMALLEST, math.sqrt(min(1.0, _AT_EASE / max(1, len(placed)))))
    spots: dict[int, Spot] = {}
    for number, sector in enumerate(sectors):
        members = [place for place, name in enumerate(names) if index[name] == number]
        marks = [
            (placed[place], _SIZES[placed[place].person.priority] * scale) for place in members
        ]
        spots.update(zip(members, _spread(marks, sector, number), strict=True))
    return Map(sectors, tuple(spots[place] for place in sorted(spots)), len(everyone) - len(placed))


def distance(one: Standing) -> float:
    """How far from the owner: within `ON_TIME`, up to `LONGEST`, or beyond, always below 1."""
    waited, ideal, longest = max(0, one.days_waited), one.ideal_days, one.maximum_days
    if waited <= ideal:
        return _NEAREST + (ON_TIME - _NEAREST) * math.pow(waited / ideal, _FLAT)
    if waited <= longest:
        return ON_TIME + (LONGEST - ON_TIME) * (waited - ideal) / (longest - ideal)
    return LONGEST + (1 - LONGEST) * (waited - longest) / waited


def title(standings: Sequence[Standing], by: By = By.RELATION) -> str:
    """What the map shows, in one sentence: how many are red, and where most of them are."""
    total = len(standings)
    if not total:
        return "Nobody is on your list yet"
    red = [each for each in standings if each.status is Status.RED]
    people = counted(total, "relationship")
    if not red:
        return f"None of {people} is red"
    are = "is" if len(red) == 1 else "are"
    said = f"{len(red)} of {people} {are} red"
    where, most = min(
        Counter(_NAMES[by](each) for each in red).items(), key=lambda one: (-one[1], one[0])
    )
    # Of one or two reds, a sector that holds half of them says little.
    if len(red) > 2 and most * 2 >= len(red) and where != _NOWHERE[by]:  # noqa: PLR2004 - see above
        return f"{said}, {most} of them under {shown(where, _LONGEST_NAME)}"
    return f"{said}, {shown(min(red, key=_importance).person.name, _LONGEST_NAME)} first"


def _importance(one: Standing) -> tuple[Priority, float, str]:
    return (one.person.priority, -one.lateness, one.person.id)


def _first(values: Sequence[str], otherwise: str) -> str:
    return values[0] if values else otherwise


_NOWHERE: Final[Mapping[By, str]] = MappingProxyType(
    {By.RELATION: Relation.UNKNOWN.value, By.GOAL: "no goal", By.GROUP: "no group"}
)
_NAMES: Final[Mapping[By, Callable[[Standing], str]]] = MappingProxyType(
    {
        By.RELATION: lambda one: one.person.relation.value,
        By.GOAL: lambda one: _first(one.help.goals or one.person.goals, _NOWHERE[By.GOAL]),
        By.GROUP: lambda one: _first(one.person.groups, _NOWHERE[By.GROUP]),
    }
)


def _sectors(counts: Mapping[str, int], by: By) -> tuple[Sector, ...]:
    """Slices that grow with their people, in an order that does not change from day to day."""
    relations = [each.value for each in Relation]

    def order(name: str) -> tuple[bool, int, str]:
        place = relations.index(name) if by is By.RELATION else 0
        return (name == _NOWHERE[by], place, name)

    names = sorted(counts, key=order)
    weights = [counts[name] + 1 for name in names]  # a slice of one person can still be named
    whole, at, found = 2 * math.pi - _TOP_GAP, math.pi / 2 - _TOP_GAP / 2, []
    for name, weight in zip(names, weights, strict=True):
        end = at - whole * weight / sum(weights)
        found.append(Sector(name, counts[name], at, end))
        at = end
    return tuple(found)


def _spread(marks: Sequence[tuple[Standing, float]], sector: Sector, number: int) -> Iterator[Spot]:
    """Their spots within the sector, each at its distance, as far from the others as can be.

    The largest choose first. The distance is a fact and never gives way; where there is no room,
    marks touch.
    """
    placed: dict[int, Spot] = {}
    order = sorted(range(len(marks)), key=lambda at: (-marks[at][1], _importance(marks[at][0])))
    for place in order:
        standing, size = marks[place]
        radius = distance(standing)

        def room(angle: float, radius: float = radius, size: float = size) -> float:
            x, y = radius * math.cos(angle), radius * math.sin(angle)
            others = (math.dist((x, y), (o.x, o.y)) - o.size - size for o in placed.values())
            return min(others, default=1.0)

        # A mark as far from all others as here is good anywhere: then the middle is best.
        best = max(
            _angles(sector, radius, size),
            key=lambda angle: (min(room(angle), _ENOUGH), -abs(angle - sector.middle)),
        )
        x, y = radius * math.cos(best), radius * math.sin(best)
        placed[place] = Spot(standing, number, x, y, size)
    return (placed[place] for place in range(len(marks)))


def _angles(sector: Sector, radius: float, size: float) -> Iterator[float]:
    """Angles across the sector at which a mark of this size stays within it."""
    beside = _BESIDE + math.asin(min(1.0, size / radius))
    first, last = sector.start - beside, sector.end + beside
    if first <= last:
        return iter((sector.middle,))
    return (first + (last - first) * step / (_TRIES - 1) for step in range(_TRIES))
