"""Choosing people out of the audit: the options, and what they leave."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

import click

from agent.errors import UsageProblem
from agent.relationships.audit import Line
from agent.store import goals
from agent.store.database import Database
from policies.audit.cadence import Status
from policies.audit.segments import Circle, Segment, circle, segment
from policies.people.person import Influence, Intent, Priority, Quality, Relation
from policies.rules import Owner
from policies.text import shown

F = TypeVar("F", bound=Callable[..., Any])

_NAMED = 500  # characters of the names there are


def choice(values: Iterable[StrEnum]) -> click.Choice[str]:
    return click.Choice([each.replace(" ", "-") for each in values], case_sensitive=False)


_OPTIONS = (
    click.option("--group", "groups", multiple=True, metavar="NAME", help="Only people in it."),
    click.option("--relation", "relations", multiple=True, type=choice(Relation)),
    click.option("--goal", "goals", multiple=True, metavar="NAME", help="Only who helps with it."),
    click.option("--status", "statuses", multiple=True, type=choice(Status)),
    click.option("--priority", "priorities", multiple=True, type=choice(Priority)),
    click.option("--overdue", is_flag=True, help="Only people past their ideal gap."),
)


def filter_options(command: F) -> F:
    """Each may be given more than once; a person must match one value of each that is given."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_MORE = (
    click.option("--quality", "qualities", multiple=True, type=choice(Quality)),
    click.option("--influence", "influences", multiple=True, type=choice(Influence)),
    click.option("--intent", "intents", multiple=True, type=choice(Intent)),
    click.option("--segment", "segments", multiple=True, type=choice(Segment)),
    click.option("--circle", "circles", multiple=True, type=choice(Circle)),
)


def more_filters(command: F) -> F:
    """What only the audit itself is filtered by; `narrowed` applies it."""
    for option in reversed(_MORE):
        command = option(command)
    return command


def narrowed(lines: Iterable[Line], wanted: Mapping[str, Any], owner: Owner) -> list[Line]:
    """The lines that the options of `more_filters` leave, in the order given."""

    def is_wanted(line: Line) -> bool:
        person = line.standing.person
        return (
            _matches(wanted["qualities"], (person.quality or "",))
            and _matches(wanted["influences"], person.influence)
            and _matches(wanted["intents"], ((person.intent or "").replace(" ", "-"),))
            and (not wanted["segments"] or segment(person, owner) in wanted["segments"])
            and _matches(wanted["circles"], (circle(line.facts.in_a_year),))
        )

    return [each for each in lines if is_wanted(each)]


def see_known(db: Database, everyone: Sequence[Line], wanted: Mapping[str, Any]) -> None:
    """See that every group and goal asked for is one; an empty list has a word of its own.

    Raises:
        UsageProblem: nobody is in such a group, or there is no such goal in the plan or the list.
    """
    people = [line.standing.person for line in everyone]
    if people and wanted["groups"]:
        _see_among("group", wanted["groups"], (name for each in people for name in each.groups))
    if people and wanted["goals"]:
        titles = (goal.title for goal in goals.every(db))
        _see_among("goal", wanted["goals"], (*titles, *(g for each in people for g in each.goals)))


def _see_among(kind: str, wanted: Iterable[str], known: Iterable[str]) -> None:
    names = {each.casefold(): each for each in known}
    for each in wanted:
        if each.casefold() not in names:
            there = ", ".join(sorted(names.values(), key=str.casefold))
            verb = "are" if len(names) > 1 else "is"
            remedy = f"there {verb} {shown(there, _NAMED) or 'none yet'}"
            raise UsageProblem(f"there is no {kind} {shown(each)!r}", remedy)


def picked(lines: Iterable[Line], wanted: Mapping[str, Any]) -> list[Line]:
    """The lines that the options of `filter_options` leave, in the order given."""
    return [each for each in lines if _is_wanted(each, wanted)]


def _is_wanted(line: Line, wanted: Mapping[str, Any]) -> bool:
    person = line.standing.person
    return (
        (line.standing.overdue or not wanted["overdue"])
        and _matches(wanted["groups"], person.groups)
        and _matches(wanted["goals"], (*line.standing.help.goals, *person.goals))
        and _matches(wanted["relations"], (person.relation.replace(" ", "-"),))
        and _matches(wanted["statuses"], (line.standing.status,))
        and _matches(wanted["priorities"], (person.priority,))
    )


def _matches(wanted: Collection[str], having: Iterable[str]) -> bool:
    """Whether there is one of ``wanted`` among ``having``, in any case; no wish is met by all."""
    return not wanted or not {each.casefold() for each in wanted}.isdisjoint(
        each.casefold() for each in having
    )
