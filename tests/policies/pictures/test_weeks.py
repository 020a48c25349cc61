from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.pictures.weeks import WEEKS, contact_title, contact_weeks, quiet_title

TODAY = date(2026, 3, 31)  # a Tuesday


def test_a_year_is_the_present_week_and_the_52_before_each_from_its_monday() -> None:
    weeks = contact_weeks([date(2026, 3, 30), date(2026, 3, 29), date(2026, 3, 29)], TODAY)

    assert len(weeks) == WEEKS
    assert weeks[-1] == (date(2026, 3, 30), 1)
    assert weeks[-2] == (date(2026, 3, 23), 2)
    assert weeks[0].monday == date(2025, 3, 31)


@given(st.lists(st.integers(-30, 500)))
def test_every_contact_of_the_year_is_in_one_week_and_none_to_come(back: list[int]) -> None:
    days = [TODAY - timedelta(days=each) for each in back]

    of_the_year = [day for day in days if date(2025, 3, 31) <= day <= TODAY]
    assert sum(each.contacts for each in contact_weeks(days, TODAY)) == len(of_the_year)


@pytest.mark.parametrize(
    ("back", "said"),
    [
        ([], "No contact in the past year"),
        ([-3, 900], "No contact in the past year"),
        ([0], "In contact once in a year, last today"),
        ([40, 1], "In contact twice in a year, last yesterday"),
        ([40, 60, 80], "In contact 3 times in a year, last 40 days ago"),
    ],
)
def test_the_title_says_how_often_and_when_last(back: list[int], said: str) -> None:
    assert contact_title([TODAY - timedelta(days=each) for each in back], TODAY) == said


@pytest.mark.parametrize(
    ("back", "said"),
    [
        ([[10], [91]], "In 13 weeks there was contact with everyone of priority A"),
        ([[10], [92], [-1]], "No contact in 13 weeks: 2 of 3 people of priority A"),
        ([[]], "No contact in 13 weeks: 1 of 1 person of priority A"),
    ],
)
def test_the_title_of_several_says_who_was_not_met_in_a_quarter(
    back: list[list[int]], said: str
) -> None:
    days = [[TODAY - timedelta(days=day) for day in each] for each in back]

    assert quiet_title(days, "A", TODAY) == said
