"""Whom a review goes through, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

from policies.audit.cadence import Standing
from policies.people.person import Priority

QUARTER: Final = timedelta(weeks=13)
YEAR: Final = timedelta(days=365)
INTERVIEWED: Final = 30
"""So many people fit into twenty minutes: whoever matters less is asked about with one key."""

_MATTER: Final = frozenset({Priority.A, Priority.B})


def of_the_quarter(standings: Iterable[Standing]) -> tuple[Standing, ...]:
    """Those the plan is about: priorities A and B, those who help with a goal, and who decide.

    In the order given.
    """
    return tuple(each for each in standings if matters(each))


def matters(standing: Standing) -> bool:
    person = standing.person
    return bool(person.priority in _MATTER or standing.help.goals or person.influence)


def of_the_interview(
    met: Sequence[tuple[Standing, int]], most: int = INTERVIEWED
) -> tuple[Standing, ...]:
    """Whom a coach asks about: those who matter and those met most, with contacts in a year.

    ``most`` people in all, by priority and then the most met first; ties by id.
    """
    chosen = sorted(met, key=lambda each: (not matters(each[0]), -each[1], each[0].person.id))
    listed = sorted(
        chosen[:most], key=lambda each: (each[0].person.priority, -each[1], each[0].person.id)
    )
    return tuple(standing for standing, _ in listed)


def is_due(last: date | None, listed: date | None, every: timedelta, today: date) -> bool:
    """Whether a review is due: so long after the last one, else after the first goal was listed."""
    since = last or listed
    return since is not None and today - since >= every
