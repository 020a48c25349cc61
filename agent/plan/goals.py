"""The Strategic Relationships Plan as commands and the page change it, and what of it is due."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final, NamedTuple

from agent.errors import UsageProblem
from agent.store import goals, people, reviews
from agent.store.database import Database
from agent.store.reviews import ReviewKind
from policies.goals.goal import (
    Goal,
    GoalId,
    GoalState,
    Helper,
    Outcome,
    Step,
    agenda_line,
    joined,
    with_helper,
    without_helper,
)
from policies.goals.review import QUARTER, YEAR, is_due
from policies.goals.templates import TEMPLATES, begun, next_review
from policies.people.identity import folded, person_id
from policies.people.person import Person
from policies.people.tidy import body, line
from policies.text import shown

DUE_WITHIN: Final = timedelta(days=14)
_CANDIDATES: Final = 10


class DueStep(NamedTuple):
    """A step to do soon, and the goal it belongs to."""

    goal: Goal
    step: Step


def every(db: Database) -> tuple[Goal, ...]:
    """All goals, those who name them in their own fields among the helpers."""
    return joined(goals.every(db), people.everyone(db))


def one(found: Iterable[Goal], words: str) -> Goal:
    """The goal meant by its key, its title, or a part of the title; the open ones first.

    Raises:
        UsageProblem: none is meant, or several are.
    """
    known = sorted(found, key=lambda each: not each.is_open)
    exact = [each for each in known if each.called(words)]
    part = [each for each in known if folded(words) in folded(each.title)]
    meant = exact or [each for each in part if each.is_open] or part
    if len(meant) == 1 or exact:
        return meant[0]
    if not meant:
        raise UsageProblem(f"no goal of yours is called {shown(words)!r}", "`fika plan` shows them")
    names = [f"  {each.id}: {shown(each.title)}" for each in meant[:_CANDIDATES]]
    raise UsageProblem(
        "\n".join((f"{shown(words)!r} could be {len(meant)} goals", *names)), "name one by its key"
    )


def new(title: str, template: str, taken: Iterable[Goal], today: date) -> Goal:
    """A goal that is not kept yet, to be reviewed in a quarter; from a template with its steps.

    Raises:
        UsageProblem: the title says nothing, or another open goal has it.
    """
    named, known = line(title), tuple(taken)
    if not named:
        raise UsageProblem("a goal needs a title", "say what you want to progress")
    if any(each.is_open and folded(each.title) == folded(named) for each in known):
        raise UsageProblem(f"there is a goal {shown(named)!r}", "`fika plan edit` changes it")
    made = TEMPLATES.get(template)
    return Goal(
        id=GoalId(person_id(named, {each.id for each in known})),
        title=named,
        listed_on=today,
        level=made.level if made else None,
        template=template,
        review_on=next_review(today),
        steps=begun(made, today) if made else (),
    )


def keep(db: Database, goal: Goal) -> None:
    """Add a goal."""
    with db.transaction() as sql:
        goals.save(sql, tidied(goal))


def change(db: Database, key: GoalId, changed: Callable[[Goal], Goal]) -> Goal:
    """One goal as ``changed`` makes it of what is kept now.

    Raises:
        UsageProblem: it was removed meanwhile.
    """
    with db.transaction() as sql:
        known = next((each for each in goals.every(db) if each.id == key), None)
        if known is None:
            raise UsageProblem(f"the goal {key} is gone", "`fika plan` shows what there is")
        goals.save(sql, tidied(changed(known)))
    return next(each for each in every(db) if each.id == key)


def remove(db: Database, goal: Goal) -> None:
    with db.transaction() as sql:
        goals.remove(sql, goal.id)


def name_helper(db: Database, goal: Goal, helper: Helper) -> Goal:
    return change(db, goal.id, lambda kept: with_helper(kept, helper))


def leave_out(db: Database, goal: Goal, person: Person) -> Goal:
    """The goal without this person, whichever way they were named."""
    with db.transaction() as sql:
        known = people.get(db, person.id)
        names = tuple(each for each in known.goals if not goal.called(each)) if known else ()
        if known and names != known.goals:
            people.save(sql, replace(known, goals=names))
    return change(db, goal.id, lambda kept: without_helper(kept, person.id))


def add_step(db: Database, goal: Goal, step: Step) -> Step:
    changed = change(db, goal.id, lambda kept: replace(kept, steps=(*kept.steps, step)))
    return max(changed.steps, key=lambda each: each.number)


def add_outcome(db: Database, goal: Goal, outcome: Outcome) -> Goal:
    return change(db, goal.id, lambda kept: replace(kept, outcomes=(*kept.outcomes, outcome)))


def finish_step(db: Database, number: int, day: date | None) -> DueStep:
    """Mark a step as done on ``day``; ``None`` makes it one to do again.

    Raises:
        UsageProblem: there is no such step.
    """
    goal = next((g for g in goals.every(db) if number in {each.number for each in g.steps}), None)
    if goal is None:
        raise UsageProblem(
            f"there is no step {number}", "`fika plan` shows them with their numbers"
        )

    def done(kept: Goal) -> Goal:
        return replace(
            kept,
            steps=tuple(
                replace(each, done=day) if each.number == number else each for each in kept.steps
            ),
        )

    changed = change(db, goal.id, done)
    return DueStep(changed, next(each for each in changed.steps if each.number == number))


def end(db: Database, goal: Goal, state: GoalState, today: date) -> Goal:
    """Reach, drop or open a goal again."""
    ended = None if state is GoalState.OPEN else today
    return change(db, goal.id, lambda kept: replace(kept, state=state, ended_on=ended))


def reviewed(goal: Goal, today: date) -> Goal:
    """The goal as looked at today: again in a quarter."""
    return replace(goal, review_on=next_review(today))


def due(found: Sequence[Goal], until: date) -> tuple[DueStep, ...]:
    """The steps of open goals to be done by ``until``, the soonest first."""
    steps = [
        DueStep(goal, step)
        for goal in found
        if goal.is_open
        for step in goal.to_do
        if step.due is not None and step.due <= until
    ]
    return tuple(sorted(steps, key=lambda each: (each.step.due or until, each.step.number)))


def reviews_due(db: Database, found: Sequence[Goal], today: date) -> tuple[str, ...]:
    """A line for each review that is due, with the command that begins it."""
    listed = min((each.listed_on for each in found), default=None)
    kinds = (
        (ReviewKind.QUARTER, QUARTER, "fika plan review"),
        (ReviewKind.YEAR, YEAR, "fika plan review --year"),
    )
    return tuple(
        f"The review of the {kind} is due: {command}"
        for kind, every_, command in kinds
        if is_due(reviews.last(db, kind), listed, every_, today)
    )


def about(db: Database, person: Person) -> tuple[str, ...]:
    """What one person does for open goals, and the next steps with them, a line each."""
    found = [each for each in joined(goals.every(db), [person]) if each.is_open]
    helps = [
        f"helps with {shown(goal.title)}: {helper.role}, {helper.stage}"
        for goal in found
        for helper in goal.helpers
        if helper.person == person.id
    ]
    steps = [
        f"next step: {shown(step.text)}" + (f", by {step.due}" if step.due else "")
        for goal in found
        for step in goal.to_do
        if step.person == person.id
    ]
    return (*helps, *steps)


def agenda(db: Database, today: date) -> tuple[str, ...]:
    """The next steps as the text of a planning slot has them, a line each.

    They stand in a calendar others may see into: neither the goals they serve nor anybody
    sensitive is named.
    """
    found = due(goals.every(db), today + DUE_WITHIN)
    return tuple(agenda_line(each.step, today) for each in found if _may_be_named(db, each.step))


def _may_be_named(db: Database, step: Step) -> bool:
    person = people.get(db, step.person) if step.person else None
    return person is None or not person.sensitive


def tidied(goal: Goal) -> Goal:
    """Texts from outside without what is hidden in them."""
    return replace(
        goal,
        title=line(goal.title) or goal.id,
        why=body(goal.why),
        function=line(goal.function),
        steps=tuple(replace(each, text=line(each.text)) for each in goal.steps),
        outcomes=tuple(replace(each, text=line(each.text)) for each in goal.outcomes),
    )
