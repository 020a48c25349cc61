"""What the plan lacks: by goal, by function and level, and among those who decide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from policies.audit.cadence import Standing, Status
from policies.audit.segments import Segment, segment
from policies.goals.goal import Goal, Role
from policies.goals.templates import roles_needed
from policies.people.identity import folded
from policies.people.person import Influence, PersonId, Quality, Seniority
from policies.rules import Owner
from policies.text import shown

LEVEL: Final = Seniority.DIRECTOR
"""Decisions that reach another function are mostly made at this level or above."""

_LEVELS: Final = tuple(Seniority)
_ASKED: Final = (Influence.PROMOTION, Influence.PROJECTS, Influence.TEAM)
_NAMED: Final = 3
_LACKING: Final = {
    Role.DECIDES: "decides",
    Role.INFLUENCES: "has influence",
    Role.OPENS_DOORS: "opens doors",
    Role.MENTOR: "is a mentor for it",
    Role.ADVOCATE: "speaks for you",
    Role.HELPS: "helps",
}
_ABOUT: Final = {
    Influence.PROMOTION: "your promotion",
    Influence.PROJECTS: "the projects you get",
    Influence.TEAM: "who is on your team",
}


class GapKind(StrEnum):
    """What is missing."""

    NOBODY = "nobody"
    ROLE = "role"
    OUT_OF_TOUCH = "out-of-touch"
    POOR = "poor"
    LEVEL = "level"
    STEP = "step"
    OVER = "over"
    INFLUENCE = "influence"


class Gap(NamedTuple):
    """One thing that is missing; ``goal`` is the title of the one it stands in the way of."""

    kind: GapKind
    sentence: str
    goal: str = ""


def gaps(
    goals: Iterable[Goal], standings: Sequence[Standing], owner: Owner, today: date
) -> tuple[Gap, ...]:
    """Everything that is missing: goal by goal, then who decides, then function by function."""
    of_goals = (gap for goal in goals for gap in gaps_of(goal, standings, today))
    return (*of_goals, *_influence(standings), *_functions(standings, owner))


def gaps_of(goal: Goal, standings: Sequence[Standing], today: date) -> tuple[Gap, ...]:
    """What one goal lacks; nothing once it is reached or dropped."""
    if not goal.is_open:
        return ()
    known = {each.person.id: each for each in standings}
    found = (*_people(goal, known), *_level(goal, standings), *_progress(goal, today))
    return tuple(gap._replace(goal=goal.title) for gap in found)


def perhaps(goal: Goal, standings: Iterable[Standing]) -> tuple[Standing, ...]:
    """Who might help: of its function, or without one of its level; the highest first.

    Nobody for a goal that is about neither, for one that lacks no role, and nobody to be left
    alone.
    """
    filled = {each.role for each in goal.helpers}
    if not (goal.function or goal.level) or filled.issuperset(roles_needed(goal)):
        return ()
    found = [
        each
        for each in standings
        if each.person.id not in goal.people
        and not each.person.boundaries.do_not_contact
        and (not goal.function or folded(each.person.function) == folded(goal.function))
        and (goal.level is None or at_least(each.person.seniority, goal.level))
    ]
    return tuple(sorted(found, key=lambda each: (-_height(each)[0], each.person.id))[:_NAMED])


def at_least(level: Seniority | None, wanted: Seniority) -> bool:
    """Whether a level is ``wanted`` or above; an unknown one is not."""
    return level is not None and _LEVELS.index(level) >= _LEVELS.index(wanted)


def _people(goal: Goal, known: Mapping[PersonId, Standing]) -> Iterator[Gap]:
    if not goal.helpers:
        yield Gap(GapKind.NOBODY, "Nobody helps with it yet. Who decides, and who knows them?")
        return
    filled = {each.role for each in goal.helpers}
    if Role.DECIDES in filled:
        filled.add(Role.INFLUENCES)
    for role in roles_needed(goal):
        if role not in filled:
            yield Gap(GapKind.ROLE, f"Nobody who {_LACKING[role]}.")
    for helper in goal.helpers:
        standing = known.get(helper.person)
        if standing is None:
            continue
        name = shown(standing.person.name)
        if standing.status is Status.RED:
            yield Gap(
                GapKind.OUT_OF_TOUCH, f"{name} ({helper.role}): out of touch since {standing.last}."
            )
        if standing.person.quality is Quality.POOR:
            yield Gap(GapKind.POOR, f"{name} ({helper.role}): a poor relationship.")


def _level(goal: Goal, standings: Sequence[Standing]) -> Iterator[Gap]:
    """Whoever the goal is about, met and of that level; a function alone asks for `LEVEL`."""
    if not goal.function and goal.level is None:
        return
    level = goal.level or LEVEL
    theirs = [
        each
        for each in standings
        if not goal.function or folded(each.person.function) == folded(goal.function)
    ]
    if not _reached(theirs, level):
        yield Gap(GapKind.LEVEL, _nobody(goal.function, level, theirs))


def _progress(goal: Goal, today: date) -> Iterator[Gap]:
    if goal.by is not None and goal.by < today:
        yield Gap(GapKind.OVER, f"Its day, {goal.by}, has passed.")
    if not any(each.due for each in goal.to_do):
        yield Gap(GapKind.STEP, "No next step with a day.")


def _influence(standings: Sequence[Standing]) -> Iterator[Gap]:
    for each in _ASKED:
        deciding = [one for one in standings if each in one.person.influence]
        weak = [one for one in deciding if _is_weak(one)]
        if not deciding:
            sentence = f"Who decides about {_ABOUT[each]}? Nobody on your list is said to."
            yield Gap(GapKind.INFLUENCE, sentence)
        elif len(weak) == len(deciding):
            sentence = f"Of those who decide about {_ABOUT[each]}, none is in good touch with you"
            yield Gap(GapKind.INFLUENCE, f"{sentence}: {_names(weak)}.")


def _functions(standings: Sequence[Standing], owner: Owner) -> Iterator[Gap]:
    """Functions of the owner's own organisation where the highest contact is not high enough."""
    theirs: dict[str, list[Standing]] = defaultdict(list)
    for each in standings:
        if each.person.function and segment(each.person, owner) is Segment.INTERNAL:
            theirs[folded(each.person.function)].append(each)
    for key in sorted(theirs):
        if not _reached(theirs[key], LEVEL):
            name = min(each.person.function for each in theirs[key])
            yield Gap(GapKind.LEVEL, _nobody(name, LEVEL, theirs[key]))


def _reached(standings: Iterable[Standing], level: Seniority) -> bool:
    return any(not each.to_meet and at_least(each.person.seniority, level) for each in standings)


def _nobody(function: str, level: Seniority, standings: Sequence[Standing]) -> str:
    """`Nobody you have met in Finance at director or above; the highest is Bo Ek, manager.`"""
    where = f" in {shown(function)}" if function else ""
    met = [each for each in standings if each.person.seniority and not each.to_meet]
    top = max(met, key=_height, default=None)
    above = "executive level" if level is _LEVELS[-1] else f"{level} level or above"
    sentence = f"Nobody you have met{where} at {above}"
    if top is None or top.person.seniority is None:
        return f"{sentence}."
    return f"{sentence}; the highest is {shown(top.person.name)}, {top.person.seniority}."


def _height(standing: Standing) -> tuple[int, str]:
    level = standing.person.seniority
    return (_LEVELS.index(level) if level else -1), standing.person.id


def _is_weak(standing: Standing) -> bool:
    return standing.status in {Status.RED, Status.GREY} or standing.person.quality is Quality.POOR


def _names(standings: Sequence[Standing]) -> str:
    names = [shown(each.person.name) for each in standings[:_NAMED]]
    more = len(standings) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")
