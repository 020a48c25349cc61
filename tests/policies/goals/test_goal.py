from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from policies.goals.goal import (
    Goal,
    GoalId,
    Helper,
    Role,
    Stage,
    Step,
    agenda_line,
    joined,
    with_helper,
    without_helper,
)
from policies.goals.templates import (
    TEMPLATES,
    Phase,
    begun,
    next_review,
    of_phase,
    roles_needed,
    titled,
)
from policies.people.person import PersonId, Seniority
from tests.make import person

TODAY = date(2026, 3, 2)
ANA, RAJ = person("Ana Silva"), person("Raj Patel")
MOVE = Goal(GoalId("move-to-product"), "Move to product", TODAY)


@pytest.mark.parametrize("words", ["move-to-product", "Move to product", "MOVE TO PRODÚCT"])
def test_a_goal_goes_by_its_key_and_by_its_title(words: str) -> None:
    assert MOVE.called(words)
    assert not MOVE.called("move")


def test_steps_to_do_come_soonest_first_and_those_without_a_day_last() -> None:
    steps = (
        Step("some day", number=1),
        Step("later", date(2026, 4, 1), number=2),
        Step("sooner", date(2026, 3, 9), number=3),
        Step("done", date(2026, 3, 1), done=date(2026, 3, 1), number=4),
    )

    assert [each.text for each in replace(MOVE, steps=steps).to_do] == [
        "sooner",
        "later",
        "some day",
    ]


@pytest.mark.parametrize("text", ["Move to Product", "move-to-product"])
def test_whoever_names_a_goal_in_their_own_fields_helps_with_it(text: str) -> None:
    goal = with_helper(MOVE, Helper(RAJ.id, Role.DECIDES, Stage.CULTIVATE))
    naming = [replace(ANA, goals=(text, "another")), replace(RAJ, goals=(text,))]

    (found,) = joined([goal], naming)

    assert found.helpers == (Helper(RAJ.id, Role.DECIDES, Stage.CULTIVATE), Helper(ANA.id))


def test_a_helper_named_again_changes_and_keeps_their_place() -> None:
    goal = with_helper(with_helper(MOVE, Helper(ANA.id)), Helper(RAJ.id))

    changed = with_helper(goal, Helper(ANA.id, Role.MENTOR))

    assert [each.person for each in changed.helpers] == [ANA.id, RAJ.id]
    assert changed.helpers[0].role is Role.MENTOR
    assert without_helper(changed, ANA.id).people == {PersonId("raj-patel")}


@pytest.mark.parametrize("key", TEMPLATES)
def test_every_template_asks_for_a_reason_needs_somebody_and_begins_soon(key: str) -> None:
    template = TEMPLATES[key]
    steps = begun(template, TODAY)

    assert template.question.endswith("?")
    assert template.phases
    assert template.roles
    assert {1 <= (step.due or TODAY).toordinal() - TODAY.toordinal() <= 91 for step in steps} == {
        True
    }


def test_every_phase_of_a_career_has_templates() -> None:
    assert all(len(of_phase(phase)) >= 3 for phase in Phase)
    assert of_phase(None) == dict(TEMPLATES)


def test_a_goal_needs_the_roles_of_its_template_or_somebody_who_decides() -> None:
    made = replace(MOVE, template="move-industry")

    assert roles_needed(made)[0] is Role.OPENS_DOORS
    assert roles_needed(MOVE) == roles_needed(replace(MOVE, template="gone")) == (Role.DECIDES,)


def test_a_template_says_which_function_and_which_level_it_is_about() -> None:
    assert titled("know-a-function", "Finance") == "Know another function: Finance"
    assert titled("find-a-mentor", "") == "Find a mentor"
    assert TEMPLATES["senior-visibility"].level is Seniority.DIRECTOR


LINES = [
    (date(2026, 12, 3), "ask Ana, by 3 Dec: fika plan done 7"),
    (date(2027, 1, 3), "ask Ana, by 3 Jan 2027: fika plan done 7"),
    (None, "ask Ana: fika plan done 7"),
]


@pytest.mark.parametrize(("due", "line"), LINES)
def test_a_step_stands_in_an_agenda_with_its_day_and_what_to_type(
    due: date | None, line: str
) -> None:
    assert agenda_line(Step("ask Ana", due, number=7), TODAY) == line


def test_a_goal_is_looked_at_again_in_a_quarter() -> None:
    assert next_review(TODAY) == date(2026, 6, 1)
