from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import UnreadableAnswer
from connectors.plan_file import read, written
from policies.goals.goal import Goal, GoalId
from tests.policies.goals.test_written import goals


@settings(max_examples=50)
@given(st.lists(goals, max_size=3))
def test_a_plan_survives_its_file(found: list[Goal]) -> None:
    text = written(found)

    again = [
        each.over(Goal(goal.id, "", date.min))
        for each, goal in zip(read(text, "p"), found, strict=True)
    ]

    assert again == found


def test_the_file_says_how_to_edit_it() -> None:
    text = written([])

    assert "fika plan import FILE" in text
    assert "# role: one of decides, influences, opens doors" in text
    assert read(text, "p") == ()


BAD = """\
[[goal]]
title = "Move"
by = "soon"

[[goal.step]]
text = "ask"

[[goal.step]]
due = "never"

[[goal]]
why = 3
"""


def test_all_that_is_wrong_is_told_with_its_lines() -> None:
    with pytest.raises(UnreadableAnswer) as caught:
        read(BAD, "plan.toml")

    assert str(caught.value).splitlines()[1:] == [
        "  line 3: by: needs a day such as 2027-03-31",
        "  line 8: step 2: text: is missing",
        "  line 9: step 2: due: needs a day such as 2027-03-31",
        "  line 11: title: is missing",
        "  line 12: why: needs text",
    ]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("x = 1", "x is not known here; a goal begins with [[goal]]"),
        ("goal = 1", "write [[goal]] above each goal"),
        ("[goal", "not TOML"),
        ("goal = [{title = 3}]", "title: needs text"),
        ("goal = [{title = 'x', step = [{}]}]", "step 1: text: is missing"),
        ("a = " + "[" * 2_000, "not TOML"),
    ],
)
def test_what_is_no_plan_is_refused(text: str, cause: str) -> None:
    with pytest.raises(UnreadableAnswer, match=r".") as caught:
        read(text, "plan.toml")

    assert cause in str(caught.value)


def test_windows_line_ends_do_not_matter() -> None:
    plain = replace(Goal(GoalId("x"), "X", date(2026, 1, 1)), why="a\nb")

    assert read(written([plain]).replace("\n", "\r\n"), "p")[0].goal.why == "a\nb"
