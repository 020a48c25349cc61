from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.memory.favour import (
    Favour,
    FavourNumber,
    balance_said,
    gives_first_since,
    in_order,
    unreturned,
)
from policies.people.person import PersonId

DAY = date(2026, 3, 1)


def ledger(story: str) -> tuple[Favour, ...]:
    """`asked asked gave`: one a day."""
    return tuple(
        Favour(
            FavourNumber(place),
            PersonId("ana"),
            word == "gave",
            word,
            DAY + timedelta(days=place),
        )
        for place, word in enumerate(story.split())
    )


@pytest.mark.parametrize(
    ("story", "days"),
    [
        ("", None),
        ("asked asked", None),
        ("asked asked asked", 2),
        ("asked asked asked asked asked", 2),
        ("asked asked gave asked", None),
        ("gave asked asked asked", 3),
        ("asked asked asked gave", None),
    ],
)
def test_from_the_third_ask_with_nothing_given_the_owner_gives_first(
    story: str, days: int | None
) -> None:
    since = None if days is None else DAY + timedelta(days=days)

    assert gives_first_since(ledger(story), 3) == since


def test_what_is_of_one_day_counts_in_the_order_it_was_noted() -> None:
    early, late = (replace(each, day=DAY) for each in ledger("gave asked"))
    swapped = replace(early, number=late.number), replace(late, number=early.number)

    assert unreturned((late, early)) == (late,)
    assert unreturned(swapped) == ()


@pytest.mark.parametrize(
    ("story", "said"),
    [
        ("", "gave 0, asked 0"),
        ("asked", "gave 0, asked 1, nothing given yet"),
        ("asked gave", "gave 1, asked 1"),
        ("gave asked asked", "gave 1, asked 2, 2 since you last gave"),
    ],
)
def test_a_balance_says_what_is_owed(story: str, said: str) -> None:
    assert balance_said(ledger(story)) == said


@given(st.lists(st.booleans()), st.randoms())
def test_the_order_of_the_ledger_does_not_matter(
    given_: list[bool],
    random: st.randoms,  # type: ignore[valid-type]
) -> None:
    favours = list(ledger(" ".join("gave" if each else "asked" for each in given_)))
    shuffled = list(favours)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert unreturned(shuffled) == unreturned(favours)
    assert in_order(shuffled) == tuple(favours)
    assert not any(each.given for each in unreturned(favours))
