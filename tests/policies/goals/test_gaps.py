from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from policies.audit.cadence import Standing, standing
from policies.goals.gaps import GapKind, gaps, gaps_of, perhaps
from policies.goals.goal import Goal, GoalId, GoalState, Helper, Role, Step
from policies.people.person import Boundaries, Influence, Person, Quality, Seniority
from policies.rules import CadenceRules, Owner
from tests.make import BERLIN, person

TODAY = date(2026, 3, 2)
OWNER = Owner("Olle", ("olle@northwind.example.com",), BERLIN, organisation="Northwind")
ANA, BO = person("Ana Silva"), person("Bo Ek")
GOAL = Goal(
    GoalId("move"),
    "Move",
    TODAY,
    helpers=(Helper(ANA.id, Role.DECIDES),),
    steps=(Step("x", TODAY),),
)


def met(who: Person, days: int = 10) -> Standing:
    return standing(who, TODAY - timedelta(days=days), None, TODAY, CadenceRules())


def to_meet(who: Person) -> Standing:
    return standing(who, None, None, TODAY, CadenceRules())


def said(goal: Goal, *standings: Standing) -> list[tuple[GapKind, str]]:
    return [(gap.kind, gap.sentence) for gap in gaps_of(goal, standings, TODAY)]


def test_a_goal_with_somebody_who_decides_in_good_touch_and_a_next_step_lacks_nothing() -> None:
    assert said(GOAL, met(ANA)) == []


LACKING = [
    ({"helpers": ()}, GapKind.NOBODY, "Nobody helps with it yet. Who decides, and who knows them?"),
    ({"helpers": (Helper(ANA.id),)}, GapKind.ROLE, "Nobody who decides."),
    ({"steps": ()}, GapKind.STEP, "No next step with a day."),
    ({"steps": (Step("x"),)}, GapKind.STEP, "No next step with a day."),
    ({"by": date(2026, 3, 1)}, GapKind.OVER, "Its day, 2026-03-01, has passed."),
    (
        {"function": "Finance"},
        GapKind.LEVEL,
        "Nobody you have met in Finance at director level or above.",
    ),
    (
        {"level": Seniority.EXECUTIVE},
        GapKind.LEVEL,
        "Nobody you have met at executive level; the highest is Ana Silva, manager.",
    ),
]


@pytest.mark.parametrize(("changed", "kind", "sentence"), LACKING)
def test_what_a_goal_lacks_is_said_in_a_sentence(
    changed: dict[str, object], kind: GapKind, sentence: str
) -> None:
    goal = replace(GOAL, **changed)  # type: ignore[arg-type]  # fields by name
    ana = replace(ANA, seniority=Seniority.MANAGER)

    assert said(goal, met(ana)) == [(kind, sentence)]


def test_whoever_helps_and_is_out_of_touch_or_on_bad_terms_is_a_gap() -> None:
    poor = replace(ANA, quality=Quality.POOR)

    assert said(GOAL, met(poor, 90)) == [
        (GapKind.OUT_OF_TOUCH, "Ana Silva (decides): out of touch since 2025-12-02."),
        (GapKind.POOR, "Ana Silva (decides): a poor relationship."),
    ]


def test_a_goal_that_is_reached_lacks_nothing_any_more() -> None:
    assert said(replace(GOAL, helpers=(), state=GoalState.REACHED)) == []


def test_somebody_high_enough_fills_the_level_only_once_they_were_met() -> None:
    goal = replace(GOAL, function="finance")
    bo = replace(BO, function="Finance", seniority=Seniority.DIRECTOR)

    assert said(goal, met(ANA), met(bo)) == []
    assert [kind for kind, _ in said(goal, met(ANA), to_meet(bo))] == [GapKind.LEVEL]


def colleague(name: str, function: str, level: Seniority | None) -> Person:
    return replace(person(name), function=function, organisation="Northwind", seniority=level)


def test_each_function_of_the_own_organisation_is_looked_at() -> None:
    standings = [
        met(colleague("Ana Silva", "Finance", Seniority.MANAGER)),
        met(colleague("Bo Ek", "finance", None)),
        met(colleague("Cy Ng", "Legal", Seniority.EXECUTIVE)),
        met(replace(colleague("Dee Li", "Sales", None), organisation="Contoso")),
    ]

    found = [gap.sentence for gap in gaps([], standings, OWNER, TODAY) if gap.kind is GapKind.LEVEL]

    assert found == [
        (
            "Nobody you have met in Finance at director level or above;"
            " the highest is Ana Silva, manager."
        )
    ]


def influence(*standings: Standing) -> list[str]:
    found = gaps([], standings, OWNER, TODAY)
    return [gap.sentence for gap in found if gap.kind is GapKind.INFLUENCE]


def test_who_decides_about_promotion_projects_and_team_is_asked_for() -> None:
    everything = replace(ANA, influence=tuple(Influence))

    assert influence(met(everything)) == []
    assert influence(met(ANA)) == [
        "Who decides about your promotion? Nobody on your list is said to.",
        "Who decides about the projects you get? Nobody on your list is said to.",
        "Who decides about who is on your team? Nobody on your list is said to.",
    ]


@pytest.mark.parametrize(
    "weak", [met(replace(ANA, quality=Quality.POOR)), met(ANA, 90), to_meet(ANA)]
)
def test_those_who_decide_count_only_while_in_good_touch(weak: Standing) -> None:
    deciding = replace(weak, person=replace(weak.person, influence=tuple(Influence)))

    assert influence(deciding)[0] == (
        "Of those who decide about your promotion, none is in good touch with you: Ana Silva."
    )


def test_many_names_are_counted() -> None:
    weak = [
        to_meet(replace(person(f"Ana {letter}"), influence=(Influence.PROMOTION,)))
        for letter in "ABCDE"
    ]

    assert influence(*weak)[0].endswith(": Ana A, Ana B, Ana C and 2 more.")


def test_gaps_say_which_goal_they_stand_in_the_way_of() -> None:
    found = gaps([replace(GOAL, helpers=())], [], OWNER, TODAY)

    assert (found[0].goal, found[-1].goal) == ("Move", "")


def test_somebody_who_is_not_in_the_audit_is_no_gap() -> None:
    assert said(GOAL) == []


def test_whoever_decides_has_influence_too() -> None:
    goal = replace(GOAL, template="repeat-business")

    assert said(goal, met(ANA)) == []
    assert said(replace(goal, helpers=(Helper(ANA.id, Role.INFLUENCES),)), met(ANA)) == [
        (GapKind.ROLE, "Nobody who decides.")
    ]


def suggested(goal: Goal, *people: Person) -> list[str]:
    return [each.person.name for each in perhaps(goal, map(met, people))]


LEVELS = {
    "Ann": Seniority.JUNIOR,
    "Ben": None,
    "Cat": Seniority.EXECUTIVE,
    "Dan": Seniority.DIRECTOR,
}
FINANCE = [replace(person(name), function="finance", seniority=s) for name, s in LEVELS.items()]


def test_whoever_has_the_function_might_help_the_highest_first() -> None:
    goal = replace(GOAL, function="Finance", helpers=())

    assert suggested(goal, BO, *FINANCE) == ["Cat", "Dan", "Ann"]
    assert suggested(replace(goal, level=Seniority.DIRECTOR), *FINANCE) == ["Cat", "Dan"]
    assert suggested(replace(goal, helpers=(Helper(FINANCE[2].id),)), *FINANCE)[0] == "Dan"


def test_nobody_is_suggested_who_is_to_be_left_alone_or_where_nobody_is_missing() -> None:
    goal = replace(GOAL, function="Finance", helpers=())
    alone = replace(FINANCE[2], boundaries=Boundaries(do_not_contact=True))

    assert suggested(goal, alone) == []
    assert suggested(replace(goal, function=""), *FINANCE) == []
    assert suggested(replace(goal, helpers=(Helper(ANA.id, Role.DECIDES),)), *FINANCE) == []
