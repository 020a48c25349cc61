from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.errors import UsageProblem
from policies.goals.goal import GoalState, Role, Stage
from policies.people.person import Seniority
from tests.agent.planning.planned import ANA, RAJ, plan, state
from tests.agent.spoken import fika, said


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return state(tmp_path)


def test_without_goals_it_says_how_to_begin(home: Path) -> None:
    out = said(home, "plan")

    assert out.startswith("No goals yet. What do you want to progress, and who can help?")
    assert "fika plan templates" in out


def test_a_goal_is_added_with_why_by_when_and_who(home: Path) -> None:
    words = ("plan", "add", "Move", "to product", "--why", "customers", "--by", "26w")

    out = said(home, *words, "--who", "ana", "--who", "raj")

    assert out.splitlines()[:3] == [
        "Move to product (move-to-product), by 2026-09-29",
        "  why: customers",
        "  to be looked at again on 2026-06-30",
    ]
    assert "Ana Silva  A  helps  create  ▲ red    2026-01-19" in out
    assert "missing: Nobody who decides." in out
    assert plan(home)[0].people == {ANA.id, RAJ.id}


def test_a_template_brings_title_level_and_first_steps(home: Path) -> None:
    out = said(home, "plan", "add", "--template", "senior-visibility")

    assert "about: director level or above" in out
    assert "next: 1  Tell my manager which result" in out
    assert plan(home)[0].level is Seniority.DIRECTOR
    assert said(
        home, "plan", "add", "--template", "know-a-function", "--function", "Legal"
    ).startswith("Know another function: Legal (know-another-function-legal)")


def test_templates_can_be_had_for_one_phase_of_a_career(home: Path) -> None:
    everything = said(home, "plan", "templates")
    changing = said(home, "plan", "templates", "--phase", "changing")

    assert "repeat-business: Win repeat business" in everything
    assert "repeat-business" not in changing
    assert "move-industry: Move to another industry (changing)" in changing


def test_people_are_given_a_role_and_a_stage_and_taken_out_again(home: Path) -> None:
    said(home, "plan", "add", "Move")

    said(home, "plan", "who", "move", "Ana", "Silva", "--role", "opens-doors")
    said(home, "plan", "who", "move", "ana", "--stage", "capitalise")
    (helper,) = plan(home)[0].helpers
    assert (helper.role, helper.stage) == (Role.OPENS_DOORS, Stage.CAPITALISE)

    assert "Nobody helps with it yet" in said(home, "plan", "who", "move", "ana", "--remove")
    assert plan(home)[0].helpers == ()


def test_a_step_is_planned_done_and_followed_by_the_question_what_is_next(home: Path) -> None:
    said(home, "plan", "add", "Move")

    out = said(home, "plan", "step", "move", "ask", "for lunch", "--with", "ana", "--by", "10d")
    assert "next: 1  ask for lunch, with Ana Silva, by 2026-04-10" in out
    assert "1 step is due within two weeks" in said(home, "plan")

    done = said(home, "plan", "done", "1")
    assert done.splitlines() == [
        "done: ask for lunch",
        "What is next for Move? fika plan step move TEXT --by DAY",
    ]
    assert "due within" not in said(home, "plan")
    assert said(home, "plan", "done", "1", "--undo") == "to do again: ask for lunch\n"


def test_what_came_of_a_goal_stands_with_it(home: Path) -> None:
    said(home, "plan", "add", "Move")

    out = said(
        home, "plan", "outcome", "move", "a new client", "--kind", "referral", "--with", "raj"
    )

    assert "came of it: referral: a new client, through Raj Patel, 2026-03-31" in out


def test_a_goal_that_is_reached_steps_back_and_can_be_opened_again(home: Path) -> None:
    said(home, "plan", "add", "Move", "--who", "raj")

    assert "reached on 2026-03-31" in said(home, "plan", "end", "move")
    assert "1 reached or dropped: fika plan --all" in said(home, "plan")
    assert "Move (move), reached" in said(home, "plan", "--all")
    said(home, "plan", "end", "move", "--again")
    assert plan(home)[0].state is GoalState.OPEN


def test_what_is_said_of_a_goal_is_changed_and_cleared(home: Path) -> None:
    said(home, "plan", "add", "Move", "--by", "2026-09-30", "--level", "executive")

    said(home, "plan", "edit", "move", "--title", "Move on", "--by", "", "--level", "none")
    said(home, "plan", "edit", "move", "--weight", "3")

    (goal,) = plan(home)
    assert (goal.title, goal.by, goal.level, goal.weight) == ("Move on", None, None, 3)


def test_a_goal_is_removed_only_after_a_yes(home: Path) -> None:
    said(home, "plan", "add", "Move")

    assert isinstance(fika(home, "plan", "remove", "move").exception, UsageProblem)
    assert said(home, "plan", "remove", "move", "--yes") == "removed: Move\n"
    assert plan(home) == ()


def test_the_ranking_follows_the_plan_and_says_so(home: Path) -> None:
    said(home, "plan", "add", "Move", "--who", "mei")

    records = {each["id"]: each for each in json.loads(said(home, "audit", "--json"))}

    assert records["mei-lin"]["goals"] == ["Move"]
    assert records["mei-lin"]["reason"].endswith("; helps with: Move.")
    assert json.loads(said(home, "audit", "--json", "--goal", "move"))[0]["id"] == "mei-lin"
    assert "helps with Move" in said(home, "audit")


def test_the_plan_is_told_as_json(home: Path) -> None:
    said(home, "plan", "add", "Move", "--who", "ana")
    said(home, "plan", "step", "move", "ask")

    (goal,) = json.loads(said(home, "plan", "--json"))

    assert goal["people"] == [
        {"person": "ana-silva", "role": "helps", "stage": "create", "status": "red"}
    ]
    assert goal["steps"][0]["due"] == "2026-04-14"
    assert goal["missing"][0] == "Nobody who decides."


WRONG = [
    (("plan", "add"), "a goal needs a title"),
    (("plan", "add", "X", "--who", "nobody"), "nobody on your list is called 'nobody'"),
    (("plan", "add", "X", "--by", "soon"), "'soon' is no day"),
    (("plan", "add", "X", "--by", "9999w"), "is too far away"),
    (("plan", "edit", "x", "--why", "y"), "no goal of yours is called 'x'"),
    (("plan", "edit", "move"), "nothing to change was named"),
    (("plan", "done", "9"), "there is no step 9"),
    (("plan", "step", "move", " "), "the step says nothing"),
    (("plan", "end", "move", "--dropped", "--again"), "exclude each other"),
]


@pytest.mark.parametrize(("words", "cause"), WRONG)
def test_what_cannot_be_done_is_said_with_a_remedy(
    home: Path, words: tuple[str, ...], cause: str
) -> None:
    said(home, "plan", "add", "Move")

    problem = fika(home, *words).exception

    assert isinstance(problem, UsageProblem)
    assert cause in problem.cause
    assert problem.remedy


def test_texts_of_a_goal_cannot_act_on_the_terminal(home: Path) -> None:
    said(home, "plan", "add", "Mo\x1b[2Jve", "--why", "a\x1b]0;x\x07b")
    said(home, "plan", "step", "mo", "as\x1b[2Jk")

    assert "\x1b" not in said(home, "plan")


def test_what_somebody_does_for_your_goals_is_shown_with_them(home: Path) -> None:
    said(home, "plan", "add", "Move")
    said(home, "plan", "who", "move", "ana", "--role", "decides")
    said(home, "plan", "step", "move", "ask for lunch", "--with", "ana", "--by", "10d")

    out = said(home, "people", "show", "ana")

    assert "  helps with Move: decides, create\n  next step: ask for lunch, by 2026-04-10" in out
    said(home, "plan", "end", "move")
    assert "Move" not in said(home, "people", "show", "ana")


def test_a_goal_that_lacks_people_names_who_might_help(home: Path) -> None:
    out = said(home, "plan", "add", "Know them", "--function", "finance")

    assert "perhaps: Ana Silva (Finance, director)" in out
    assert "perhaps" not in said(home, "plan", "who", "know", "ana", "--role", "decides")


def test_a_goal_says_when_it_should_have_been_looked_at(home: Path) -> None:
    out = said(home, "plan", "add", "Move", "--review", "2026-03-31")

    assert "to be looked at again on 2026-03-31: fika plan review" in out
