from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from agent.store.database import Database
from policies.goals.goal import GoalState
from policies.people.person import Influence, Intent, PersonId, Priority, Quality
from tests.agent.planning.planned import ANA, MEI, RAJ, known, plan, state
from tests.agent.spoken import said
from tests.agent.store.stored import NOW, listed

LATER = NOW + timedelta(days=100)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """One goal, with which Ana helps."""
    home = state(tmp_path)
    said(home, "plan", "add", "Move", "--who", "ana")
    return home


def reviewed(home: Path, keys: str, *words: str) -> str:
    return said(home, "plan", "review", *words, keys=keys, now=LATER)


def test_a_quarterly_review_goes_through_goals_and_whoever_matters_to_a_changed_plan(
    home: Path,
) -> None:
    out = reviewed(home, "k  B+.  1=.")

    assert "1 of 1  Move  k" in out
    assert "1 of 2  A  Ana Silva" in out
    assert "2 of 2  B  Raj Patel" in out
    assert "Mei" not in out
    assert (known(home, ANA.id).priority, known(home, ANA.id).quality) == (
        Priority.B,
        Quality.STRONG,
    )
    assert known(home, RAJ.id).quality is Quality.FAIR
    (goal,) = plan(home)
    assert goal.people == {ANA.id, RAJ.id}
    assert goal.review_on == date(2026, 10, 8)
    assert "Done. Changed for 2 of 2 people:" in out
    assert "Raj Patel: quality: (none) → fair; helps with Move" in out
    assert "missing in your plan: fika audit --gaps" in out


def test_the_yearly_review_is_about_everyone(home: Path) -> None:
    assert "3 of 3  C  Mei Lin" in reviewed(home, "k...", "--year")


def test_what_was_stopped_goes_on_with_the_next_person(home: Path) -> None:
    first = reviewed(home, "k A. q")
    second = reviewed(home, ".")

    assert "Kept so far. It goes on with: fika plan review" in first
    assert "begun on 2026-07-09; it goes on" in second
    assert "1 of 1  B  Raj Patel" in second
    assert "of 1  Move" not in second
    assert "Done." in second


def test_the_end_of_a_pipe_stops_it_and_keeps_what_was_decided(home: Path) -> None:
    assert "Kept so far" in reviewed(home, "kD")

    assert known(home, ANA.id).priority is Priority.D
    assert "1 of 1  B  Raj Patel" in reviewed(home, "")


def test_a_review_left_for_long_begins_anew(home: Path) -> None:
    reviewed(home, "k.q")

    out = said(home, "plan", "review", keys="k..", now=LATER + timedelta(days=60))

    assert "Review of the quarter, begun on 2026-09-07" in out
    assert "2 of 2" in out


def test_undo_takes_back_all_that_was_decided_about_the_last_one(home: Path) -> None:
    out = reviewed(home, "k 1D-nfirst\n. u .q")

    assert out.count("1 of 2  A  Ana Silva") == 2
    assert known(home, ANA.id) == ANA
    (goal,) = plan(home)
    assert goal.people == {ANA.id}
    assert goal.steps == ()


def test_undo_at_the_first_one_takes_back_what_was_said_of_them(home: Path) -> None:
    assert "there is nobody to go back to" in reviewed(home, "k D u q")
    assert known(home, ANA.id) == ANA


def test_a_next_step_is_typed_after_its_key(home: Path) -> None:
    out = reviewed(home, "nread the strategy\nk nask for lunch\n. .")

    assert [(each.text, each.person) for each in plan(home)[0].steps] == [
        ("read the strategy", None),
        ("ask for lunch", ANA.id),
    ]
    assert "next: 2  ask for lunch, with Ana Silva, by 2026-07-23" in out


def test_whoever_matters_and_is_rated_poor_is_asked_about_at_the_end(home: Path) -> None:
    out = reviewed(home, "k-..")

    assert "Ana Silva: poor. What would be better, and how will you start?" in out


def test_whoever_helps_with_nothing_has_no_next_step(home: Path) -> None:
    assert "they help with no goal yet" in reviewed(home, "k. n. ")


@pytest.mark.parametrize(("key", "state"), [("r", GoalState.REACHED), ("d", GoalState.DROPPED)])
def test_a_goal_is_reached_or_dropped_with_a_key(home: Path, key: str, state: GoalState) -> None:
    reviewed(home, key)

    assert plan(home)[0].state is state


def test_somebody_is_left_in_peace_for_a_quarter(home: Path) -> None:
    reviewed(home, "kz..")

    assert known(home, ANA.id).snoozed_until == date(2026, 10, 8)


def test_a_key_that_means_nothing_asks_again(home: Path) -> None:
    out = reviewed(home, "k ? x\x1b .")

    assert out.count("1 of 2  A  Ana Silva") == 4
    assert "\x1b" not in out


def test_a_goal_added_since_is_not_asked_about(home: Path) -> None:
    said(home, "plan", "add", "Newer", now=LATER)

    assert "1 of 1  Move" in reviewed(home, "k")


def test_the_summary_says_what_has_become_of_everyone(home: Path) -> None:
    out = reviewed(home, "k..")

    assert "Since 2026-04-09: 1 further away, 2 as before." in out


# ---------------------------------------------------------------- a coach's interview


def interviewed(home: Path, keys: str) -> str:
    return said(home, "audit", "--interview", keys=keys)


def test_an_interview_asks_what_matters_how_good_it_is_and_who_decides(home: Path) -> None:
    out = interviewed(home, "A-pj.r  C  .\n" + "\n\n\n\n")

    ana, raj = known(home, ANA.id), known(home, RAJ.id)
    assert (ana.priority, ana.quality) == (Priority.A, Quality.POOR)
    assert ana.influence == (Influence.PROMOTION, Influence.PROJECTS)
    assert ana.intent is Intent.RECONNECT
    assert (raj.priority, raj.quality, raj.intent) == (Priority.C, None, None)
    assert "Done: 3 people, changed for 2." in out
    assert "  promotion: Ana Silva ▲" in out
    assert "  wanted, reconnect: Ana Silva ▲" in out
    assert "Ana Silva ▲: a poor relationship that matters." in out
    assert out.endswith("For the coach: fika audit --export audit.md\n")


def test_a_key_an_interview_does_not_know_has_the_keys_said_again(home: Path) -> None:
    once, twice = interviewed(home, "q"), interviewed(home, "xq")

    assert "A most, D least" in once
    assert twice.count("A most, D least") == 2


def test_whoever_is_missing_is_listed_to_be_met(home: Path) -> None:
    out = interviewed(home, ".........\nLena Strand\nmei\n?\n\n\n\nAda Berg\nmy notes on Kyoto\n\n")

    assert "to meet: Lena Strand (lena-strand), priority B" in out
    assert "on your list already: Mei Lin (mei-lin)" in out
    assert "that is no name" in out
    lena, mei = known(home, PersonId("lena-strand")), known(home, MEI.id)
    assert lena.influence == mei.influence == (Influence.PROMOTION,)
    assert mei.priority is Priority.C
    assert known(home, PersonId("ada-berg")).to_give == ("my notes on Kyoto",)


def test_an_interview_that_was_stopped_goes_on(home: Path) -> None:
    assert "Kept so far. It goes on with: fika audit --interview" in interviewed(home, "A... A q")

    out = interviewed(home, ".\n\n\n\n\n")

    assert "The interview begun on 2026-03-31: 1 person" in out
    assert "Raj" not in out.partition("Done")[0]
    assert "Done: 3 people" in out


def test_going_back_in_an_interview_asks_about_the_one_before_again(home: Path) -> None:
    out = interviewed(home, "D u A+.. q")

    assert out.count("1 of 3  Ana Silva") == 2
    assert (known(home, ANA.id).priority, known(home, ANA.id).quality) == (
        Priority.A,
        Quality.STRONG,
    )


def test_a_key_again_takes_an_influence_away(home: Path) -> None:
    interviewed(home, "..ptp.. q")

    assert known(home, ANA.id).influence == (Influence.TEAM,)


def test_a_relationship_may_be_let_rest_for_a_quarter(home: Path) -> None:
    interviewed(home, "A=.z q")

    assert known(home, ANA.id).snoozed_until == NOW.date() + timedelta(weeks=13)


def test_at_most_thirty_people_are_asked_about(home: Path) -> None:
    with Database(home) as db:
        listed(db, *(replace(MEI, id=f"mei-{n}", addresses=()) for n in range(40)))  # type: ignore[arg-type]  # a key

    out = interviewed(home, "")

    assert "An interview: 30 people" in out
    assert "1 of 30  Ana Silva" in out
