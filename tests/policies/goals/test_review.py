from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from policies.audit.cadence import Help, Standing, standing
from policies.goals.review import (
    QUARTER,
    YEAR,
    is_due,
    of_the_interview,
    of_the_quarter,
)
from policies.people.person import Influence, Priority
from policies.rules import CadenceRules
from tests.make import person

TODAY = date(2026, 3, 2)


def stands(name: str, priority: Priority = Priority.C, *helps: str) -> Standing:
    return standing(
        person(name, priority), TODAY, None, TODAY, CadenceRules(), Help(helps) if helps else Help()
    )


def names(found: tuple[Standing, ...]) -> list[str]:
    return [each.person.name for each in found]


def test_the_quarter_is_about_those_who_matter_in_the_order_given() -> None:
    decides = stands("Dee")
    decides = replace(decides, person=replace(decides.person, influence=(Influence.TEAM,)))
    everyone = [
        stands("Cy"),
        decides,
        stands("Bo", Priority.B),
        stands("Hana", Priority.D, "Move"),
        stands("Ana", Priority.A),
    ]

    assert names(of_the_quarter(everyone)) == ["Dee", "Bo", "Hana", "Ana"]


def test_an_interview_takes_those_who_matter_then_those_met_most_by_priority() -> None:
    met = [
        (stands("Rare"), 0),
        (stands("Often"), 50),
        (stands("Bo", Priority.B), 0),
        (stands("Ana", Priority.A), 3),
        (stands("Abe", Priority.A), 9),
    ]

    assert names(of_the_interview(met, 4)) == ["Abe", "Ana", "Bo", "Often"]
    assert names(of_the_interview(met, 2)) == ["Abe", "Ana"]
    assert of_the_interview([]) == ()


@pytest.mark.parametrize(
    ("last", "listed", "due"),
    [
        (None, None, False),
        (None, TODAY, False),
        (None, TODAY - QUARTER, True),
        (TODAY - QUARTER, TODAY - YEAR, True),
        (TODAY - QUARTER + timedelta(days=1), TODAY - YEAR, False),
    ],
)
def test_a_review_is_due_a_quarter_after_the_last_or_after_the_first_goal(
    last: date | None, listed: date | None, *, due: bool
) -> None:
    assert is_due(last, listed, QUARTER, TODAY) is due
