"""Choosing people out of the audit, and the order they come in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from agent.errors import UsageProblem
from agent.relationships.audit import Line
from agent.store import goals
from agent.store.database import Database
from policies.audit.cadence import Status
from policies.audit.segments import circle, segment
from policies.people.person import Person, Quality
from policies.rules import Owner
from policies.text import shown

_NAMED: Final = 500  # characters of the names there are


class Order(StrEnum):
    """What the audit is sorted by; ties, and people without a value, go by rank."""

    RANK = "rank"
    NAME = "name"
    PRIORITY = "priority"
    STATUS = "status"
    OVER = "over"
    LAST = "last"
    NEXT = "next"
    QUALITY = "quality"


_STATUSES: Final = tuple(Status)
_QUALITIES: Final = (Quality.POOR, Quality.FAIR, Quality.STRONG, None)
KEYS: Final[Mapping[Order, Callable[[Line], int | str | date]]] = MappingProxyType(
    {
        Order.RANK: lambda _: 0,
        Order.NAME: lambda line: line.standing.person.name.casefold(),
        Order.PRIORITY: lambda line: line.standing.person.priority,
        Order.STATUS: lambda line: _STATUSES.index(line.standing.status),
        Order.OVER: lambda line: -line.standing.days_over,
        Order.LAST: lambda line: line.standing.last or date.max,
        Order.NEXT: lambda line: line.standing.next or date.max,
        Order.QUALITY: lambda line: _QUALITIES.index(line.standing.person.quality),
    }
)


class Wanted(NamedTuple):
    """Whom one asks for: people who match one value of each field that has any, in any case.

    A value of two words may be written with a hyphen.
    """

    groups: tuple[str, ...] = ()
    goals: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    qualities: tuple[str, ...] = ()
    influences: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    circles: tuple[str, ...] = ()
    overdue: bool = False


def see_known(db: Database, everyone: Sequence[Line], wanted: Wanted) -> None:
    """See that every group and goal asked for is one; an empty list has a word of its own.

    Raises:
        UsageProblem: nobody is in such a group, or there is no such goal in the plan or the list.
    """
    people = [line.standing.person for line in everyone]
    see_groups(people, wanted.groups)
    if people and wanted.goals:
        _see_among("goal", wanted.goals, known_goals(db, people))


def see_groups(people: Sequence[Person], wanted: Iterable[str]) -> None:
    """The same of groups alone.

    Raises:
        UsageProblem: nobody is in such a group.
    """
    if people:
        _see_among("group", wanted, known_groups(people))


def known_groups(people: Iterable[Person]) -> tuple[str, ...]:
    """Every group somebody is in, sorted."""
    return tuple(sorted({name for each in people for name in each.groups}))


def known_goals(db: Database, people: Iterable[Person]) -> tuple[str, ...]:
    """Every goal of the plan, even if nobody helps with it yet, and those on the list, sorted."""
    titles = {goal.title for goal in goals.every(db)}
    return tuple(sorted(titles.union(*(each.goals for each in people))))


def _see_among(kind: str, wanted: Iterable[str], known: Iterable[str]) -> None:
    names = {each.casefold(): each for each in known}
    for each in wanted:
        if each.casefold() not in names:
            there = ", ".join(sorted(names.values(), key=str.casefold))
            verb = "are" if len(names) > 1 else "is"
            remedy = f"there {verb} {shown(there, _NAMED) or 'none yet'}"
            raise UsageProblem(f"there is no {kind} {shown(each)!r}", remedy)


def picked(lines: Iterable[Line], wanted: Wanted, owner: Owner) -> list[Line]:
    """The lines of whoever is wanted, in the order given."""
    return [each for each in lines if _is_wanted(each, wanted, owner)]


def _is_wanted(line: Line, wanted: Wanted, owner: Owner) -> bool:
    person = line.standing.person
    return (
        (line.standing.overdue or not wanted.overdue)
        and is_listed_so(person, wanted)
        and _matches(wanted.goals, (*line.standing.help.goals, *person.goals))
        and _matches(wanted.statuses, (line.standing.status,))
        and (not wanted.segments or _matches(wanted.segments, (segment(person, owner),)))
        and _matches(wanted.circles, (circle(line.facts.in_a_year),))
    )


def is_listed_so(person: Person, wanted: Wanted) -> bool:
    """Whether what the list says of somebody is wanted; what only the audit knows is not asked."""
    return (
        _matches(wanted.groups, person.groups)
        and _matches(wanted.relations, (person.relation.replace(" ", "-"),))
        and _matches(wanted.priorities, (person.priority,))
        and _matches(wanted.qualities, (person.quality or "",))
        and _matches(wanted.influences, person.influence)
        and _matches(wanted.intents, ((person.intent or "").replace(" ", "-"),))
    )


def _matches(wanted: Collection[str], having: Iterable[str]) -> bool:
    """Whether there is one of ``wanted`` among ``having``, in any case; no wish is met by all."""
    return not wanted or not {each.casefold() for each in wanted}.isdisjoint(
        each.casefold() for each in having
    )
