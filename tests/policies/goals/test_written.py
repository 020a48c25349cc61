from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.goals.goal import (
    Goal,
    GoalId,
    GoalState,
    Helper,
    Outcome,
    OutcomeKind,
    Role,
    Stage,
    Step,
)
from policies.goals.written import GoalProblems, plain, read
from policies.people.person import PersonId, Seniority
from tests.people import days, texts, words

people = st.from_regex(r"[a-z]{1,8}", fullmatch=True).map(PersonId)
numbers = st.integers(0, 99)
goals = st.builds(
    Goal,
    id=st.from_regex(r"[a-z]{1,8}", fullmatch=True).map(GoalId),
    title=words,
    listed_on=days,
    why=texts,
    by=st.none() | days,
    function=texts,
    level=st.none() | st.sampled_from(Seniority),
    weight=st.integers(0, 5),
    template=texts,
    review_on=st.none() | days,
    state=st.sampled_from(GoalState),
    ended_on=st.none() | days,
    helpers=st.lists(
        st.builds(Helper, people, st.sampled_from(Role), st.sampled_from(Stage)), max_size=3
    ).map(tuple),
    steps=st.lists(
        st.builds(
            Step, words, st.none() | days, st.none() | people, st.none() | days, number=numbers
        ),
        max_size=3,
    ).map(tuple),
    outcomes=st.lists(
        st.builds(
            Outcome,
            st.sampled_from(OutcomeKind),
            words,
            days,
            st.none() | people,
            number=numbers,
        ),
        max_size=3,
    ).map(tuple),
)


def values(goal: Goal) -> dict[str, Any]:
    fields, lists = plain(goal)
    return {**fields, **{name: [dict(row) for row in rows] for name, rows in lists.items()}}


@given(goals)
def test_plain_values_hold_a_goal_whole(goal: Goal) -> None:
    empty = Goal(goal.id, "", date.min)

    assert read(values(goal)).over(empty) == goal


@given(goals, goals)
def test_what_a_file_leaves_out_stays_as_it_is(known: Goal, other: Goal) -> None:
    stated = read({"id": known.id, "why": other.why, "person": values(other).get("person", [])})

    assert stated.over(known) == replace(known, why=other.why, helpers=other.helpers)


def test_days_may_be_texts_and_an_empty_text_clears_what_may_be_unknown() -> None:
    known = Goal(GoalId("x"), "X", date(2026, 1, 1), by=date(2026, 5, 1), level=Seniority.MANAGER)

    after = read({"id": "x", "by": "", "level": "", "review_on": "2026-06-01"}).over(known)

    assert (after.by, after.level, after.review_on) == (None, None, date(2026, 6, 1))


WRONG: list[tuple[dict[str, object], str, str]] = [
    ({}, "title", "is missing"),
    ({"title": 3}, "title", "needs text"),
    ({"title": " "}, "title", "is empty"),
    ({"title": "a\0b"}, "title", "needs text"),
    ({"title": "x", "by": "soon"}, "by", "needs a day such as"),
    ({"title": "x", "by": 3}, "by", "needs a day such as"),
    ({"title": "x", "weight": 6}, "weight", "needs a whole number from 0 to 5"),
    ({"title": "x", "weight": True}, "weight", "needs a whole number"),
    ({"title": "x", "level": "king"}, "level", "is none of: junior"),
    ({"title": "x", "color": "red"}, "color", "is not known here; known are: id, title"),
    ({"title": "x", "person": "ana"}, "person", "write [[goal.person]] above each"),
    ({"title": "x", "person": [{}]}, "name", "is missing"),
    ({"title": "x", "person": [{"name": "ana", "role": "boss"}]}, "role", "is none of: decides"),
    ({"title": "x", "step": [{"text": "y", "when": 1}]}, "when", "known are: number, text"),
    ({"title": "x", "outcome": [{"text": "y"}]}, "day", "is missing"),
]


@pytest.mark.parametrize(("values", "field", "cause"), WRONG)
def test_a_value_that_cannot_be_used_is_refused_with_the_reason(
    values: dict[str, object], field: str, cause: str
) -> None:
    with pytest.raises(GoalProblems) as caught:
        read(values)

    assert [each.field for each in caught.value.problems] == [field]
    assert cause in caught.value.problems[0].cause
    assert field in str(caught.value)


def test_all_problems_come_together_with_their_places() -> None:
    with pytest.raises(GoalProblems) as caught:
        read({"title": 1, "step": [{"text": "a"}, {"due": "x", "text": "b"}, {}]})

    assert [(each.of, each.row, each.field) for each in caught.value.problems] == [
        ("", 0, "title"),
        ("step", 1, "due"),
        ("step", 2, "text"),
    ]


def test_roles_may_be_written_as_in_commands() -> None:
    stated = read({"title": "x", "person": [{"name": "ana", "role": "Opens-Doors"}]})

    assert stated.goal.helpers == (Helper(PersonId("ana"), Role.OPENS_DOORS),)
