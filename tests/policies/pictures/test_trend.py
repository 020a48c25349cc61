from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.audit.cadence import Status, standing
from policies.people.person import Priority
from policies.pictures.trend import WEEKS, StatusWeek, status_on, status_weeks, trend_title
from policies.rules import CadenceRules
from tests import make

TODAY = date(2026, 3, 31)  # a Tuesday
RULES = CadenceRules()
ANA = replace(make.person("Ana Silva"), listed_on=date(2026, 3, 1))


def test_each_week_ends_on_its_sunday_and_the_present_one_today() -> None:
    weeks = status_weeks([ANA], {}, TODAY, RULES)

    assert [each.day for each in weeks[-3:]] == [date(2026, 3, 22), date(2026, 3, 29), TODAY]
    assert len(weeks) == WEEKS


def test_somebody_counts_once_they_are_listed_or_met() -> None:
    met_before = replace(ANA, listed_on=TODAY)

    assert status_on(ANA, (), date(2026, 2, 28), RULES) is None
    assert status_on(ANA, (), date(2026, 3, 1), RULES) is Status.GREY
    assert status_on(met_before, [date(2026, 1, 5)], date(2026, 1, 10), RULES) is Status.GREEN


def test_a_contact_turns_green_the_weeks_after_it_and_none_before() -> None:
    days = {ANA.id: [date(2025, 11, 3), date(2026, 3, 26)]}

    found = [set(each.people) for each in status_weeks([ANA], days, TODAY, RULES)]
    assert found[-3:] == [{Status.RED}, {Status.GREEN}, {Status.GREEN}]


@given(st.lists(st.integers(0, 400), min_size=1), st.sampled_from(Priority))
def test_the_last_week_is_how_everyone_stands_today(back: list[int], priority: Priority) -> None:
    person = replace(ANA, priority=priority)
    days = sorted(TODAY - timedelta(days=each) for each in back)

    (*_, last) = status_weeks([person], {person.id: days}, TODAY, RULES)
    assert last.people == {standing(person, days[-1], None, TODAY, RULES).status: 1}


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (14, 11, "Red fell from 14 to 11 in 2 weeks"),
        (0, 3, "Red rose from 0 to 3 in 2 weeks"),
        (2, 2, "2 red today, as many as 2 weeks ago"),
    ],
)
def test_the_title_says_what_became_of_red(first: int, last: int, said: str) -> None:
    weeks = [StatusWeek(TODAY, {Status.RED: each}) for each in (first, last)]

    assert trend_title(weeks) == said
