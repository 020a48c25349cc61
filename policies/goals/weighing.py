"""How goals weigh in the ranking: whoever helps with one comes forward, and nobody goes back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from policies.audit.cadence import Help
from policies.goals.goal import Goal
from policies.people.person import PersonId
from policies.rules import GoalRules


def weighed(goals: Iterable[Goal], rules: GoalRules) -> Mapping[PersonId, Help]:
    """What everyone helps with, and how many times their rank is multiplied.

    Each open goal adds its own weight times that of the rules: with both at 1, one goal doubles
    a rank, which is what one priority higher does. Goals are named as they are listed.
    """
    found: dict[PersonId, list[Goal]] = defaultdict(list)
    for goal in goals:
        if goal.is_open:
            for person in goal.people:
                found[person].append(goal)
    return {person: _help(theirs, rules) for person, theirs in found.items()}


def _help(goals: list[Goal], rules: GoalRules) -> Help:
    factor = 1 + rules.weight * sum(goal.weight for goal in goals)
    return Help(tuple(goal.title for goal in goals), factor)
