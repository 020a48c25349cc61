"""A goal of the owner's: why, by when, who can help and how, what to do next, what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Final, NewType

from policies.frozen import frozen
from policies.people.identity import folded
from policies.people.person import Person, PersonId, Seniority
from policies.text import shown

GoalId = NewType("GoalId", str)
"""A short readable key made from the title when the goal is added; it never changes."""

WEIGHT_MAX: Final = 5


class Role(StrEnum):
    """What a person can do for a goal."""

    DECIDES = "decides"
    INFLUENCES = "influences"
    OPENS_DOORS = "opens doors"
    MENTOR = "mentor"
    ADVOCATE = "advocate"
    HELPS = "helps"


class Stage(StrEnum):
    """How far a relationship has come for a goal: made, cared for, and asked something of."""

    CREATE = "create"
    CULTIVATE = "cultivate"
    CAPITALISE = "capitalise"


class GoalState(StrEnum):
    OPEN = "open"
    REACHED = "reached"
    DROPPED = "dropped"


class OutcomeKind(StrEnum):
    """What may come of a relationship."""

    OPPORTUNITY = "opportunity"
    REFERRAL = "referral"
    REPEAT_BUSINESS = "repeat business"
    JOB_OFFER = "job offer"
    INTRODUCTION = "introduction"
    ADVICE = "advice"
    OTHER = "other"


@frozen
class Helper:
    """Someone who can help with a goal."""

    person: PersonId
    role: Role = Role.HELPS
    stage: Stage = Stage.CREATE


@frozen
class Step:
    """Something to do next; ``number`` is 0 until it is kept, ``done`` the day it was done."""

    text: str
    due: date | None = None
    person: PersonId | None = None
    done: date | None = None
    number: int = 0


@frozen
class Outcome:
    """Something that came of it; ``number`` is 0 until it is kept."""

    kind: OutcomeKind
    text: str
    day: date
    person: PersonId | None = None
    number: int = 0


@frozen
class Goal:
    """What to progress. ``by`` and ``review_on`` are days, ``None`` for none set.

    ``function`` and ``level`` say whom it is about: people of that function, at that level or
    above. A goal counts ``weight`` times in the ranking, 0 for not at all. ``template`` is the
    key of the one it was made from, empty for none. ``ended_on`` is the day it was reached or
    dropped.
    """

    id: GoalId
    title: str
    listed_on: date
    why: str = ""
    by: date | None = None
    function: str = ""
    level: Seniority | None = None
    weight: int = 1
    template: str = ""
    review_on: date | None = None
    state: GoalState = GoalState.OPEN
    ended_on: date | None = None
    helpers: tuple[Helper, ...] = ()
    steps: tuple[Step, ...] = ()
    outcomes: tuple[Outcome, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.state is GoalState.OPEN

    @property
    def to_do(self) -> tuple[Step, ...]:
        """The steps not done yet, the soonest first; those without a day come last."""
        return tuple(sorted((each for each in self.steps if each.done is None), key=_soonest))

    @property
    def people(self) -> frozenset[PersonId]:
        return frozenset(each.person for each in self.helpers)

    def called(self, words: str) -> bool:
        """Whether ``words`` are its key or its title, in whatever case."""
        return folded(words) in {folded(self.id), folded(self.title)}


def joined(goals: Iterable[Goal], people: Iterable[Person]) -> tuple[Goal, ...]:
    """The goals with everyone who names them in their own ``goals`` field among the helpers.

    Who is named both ways keeps the role given in the plan.
    """
    named = [(person.id, {folded(each) for each in person.goals}) for person in people]
    naming = [(person, texts) for person, texts in named if texts]
    return tuple(_joined(goal, naming) for goal in goals)


def with_helper(goal: Goal, helper: Helper) -> Goal:
    """The goal with this helper, in place of what was said of the same person."""
    places = {each.person: each for each in goal.helpers} | {helper.person: helper}
    return replace(goal, helpers=tuple(places.values()))


def without_helper(goal: Goal, person: PersonId) -> Goal:
    return replace(goal, helpers=tuple(each for each in goal.helpers if each.person != person))


def agenda_line(step: Step, today: date) -> str:
    """`ask Ana for an hour, by 3 Dec: fika plan done 7`, with the year only where it is another."""
    day = step.due
    year = f" {day.year}" if day and day.year != today.year else ""
    by = f", by {day.day} {day:%b}{year}" if day else ""
    return f"{shown(step.text)}{by}: fika plan done {step.number}"


def _joined(goal: Goal, naming: Iterable[tuple[PersonId, set[str]]]) -> Goal:
    calls = {folded(goal.id), folded(goal.title)}
    known = goal.people
    more = [Helper(each) for each, texts in naming if each not in known and texts & calls]
    return replace(goal, helpers=(*goal.helpers, *more)) if more else goal


def _soonest(step: Step) -> tuple[date, int]:
    return step.due or date.max, step.number
