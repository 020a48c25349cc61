from __future__ import annotations

from datetime import date, timedelta

import pytest

from policies.memory.promise import (
    Promise,
    PromiseNumber,
    PromiseState,
    by_urgency,
    promise_listed,
    promise_said,
    worst_broken,
)
from policies.people.person import PersonId

TODAY = date(2026, 3, 31)


def promise(
    number: int = 1,
    due: int | None = 0,
    *,
    mine: bool = True,
    state: PromiseState = PromiseState.OPEN,
) -> Promise:
    """A promise due in so many days."""
    day = None if due is None else TODAY + timedelta(days=due)
    made = TODAY - timedelta(days=30)
    return Promise(PromiseNumber(number), PersonId("ana"), mine, "the paper", made, day, state)


@pytest.mark.parametrize(
    ("one", "broken"),
    [
        (promise(due=0), False),
        (promise(due=-1), True),
        (promise(due=1), False),
        (promise(due=None), False),
        (promise(due=-1, mine=False), False),
        (promise(due=-1, state=PromiseState.KEPT), False),
        (promise(due=-1, state=PromiseState.LET_GO), False),
    ],
)
def test_a_promise_of_mine_is_broken_from_the_day_after_it_was_due(
    one: Promise, broken: bool
) -> None:
    assert one.is_broken(TODAY) is broken
    assert (worst_broken([one], TODAY) is one) is broken


def test_the_most_urgent_come_first_and_the_undated_last() -> None:
    mixed = [promise(1, None), promise(2, 5), promise(4, -3), promise(3, 5)]

    assert [each.number for each in by_urgency(mixed)] == [4, 2, 3, 1]
    assert worst_broken([promise(1, -1), promise(2, -9)], TODAY) == promise(2, -9)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (promise(due=3), "To Ana: the paper, by Fri 3 Apr"),
        (promise(due=0), "To Ana: the paper, today"),
        (promise(due=-1), "To Ana: the paper, by Mon 30 Mar, 1 day late"),
        (promise(due=400), "To Ana: the paper, by Wed 5 May 2027"),
        (promise(due=None, mine=False), "From Ana: the paper"),
    ],
)
def test_a_promise_says_whose_what_and_by_when(one: Promise, said: str) -> None:
    assert promise_said(one, "Ana", TODAY) == said


def test_in_a_list_that_stands_for_days_a_promise_changes_once() -> None:
    said = "To Ana: the paper, by Tue 31 Mar"

    for days in range(3):
        today = TODAY + timedelta(days=days)
        assert promise_listed(promise(), "Ana", today) == said + (", late" if days else "")
    assert promise_listed(promise(due=None), "Ana", TODAY) == "To Ana: the paper"
