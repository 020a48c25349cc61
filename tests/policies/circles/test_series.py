from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.audit.cadence import Standing, standing
from policies.circles.series import (
    Ending,
    Gathering,
    Lapse,
    Series,
    lapse,
    quiet_groups,
    restarts,
    rhythm_said,
)
from policies.people.person import PersonId, Priority, Seniority
from policies.rules import CadenceRules
from policies.wall import seconds
from tests import make

TODAY = date(2026, 3, 2)
NOW_S = seconds(make.utc("2026-03-02 12:00"))
DAY_S = 86_400


def ago(*days: int) -> tuple[int, ...]:
    return tuple(NOW_S - each * DAY_S for each in sorted(days, reverse=True))


def met(days_ago: int | None, name: str = "Ana Silva", priority: Priority = Priority.A) -> Standing:
    last = None if days_ago is None else TODAY - timedelta(days=days_ago)
    return standing(make.person(name, priority), last, None, TODAY, CadenceRules())


def series(
    *planned: int, missed: tuple[int, ...] = (), next_in: int | None = None, uid: str = "a"
) -> Series:
    """A one-to-one planned so many days ago, but for some held."""
    held = tuple(each for each in planned if each not in missed)
    next_s = None if next_in is None else NOW_S + next_in * DAY_S
    return Series(uid, "Ana / Olle", ago(*planned), ago(*held), next_s)


MONTHLY = tuple(range(120, 400, 28))


def found(*some: Series, days_ago: int | None = 120) -> Lapse | None:
    return lapse(some, met(days_ago), NOW_S, make.BERLIN)


def test_a_regular_one_to_one_with_nothing_ahead_has_ended() -> None:
    ended = found(series(*MONTHLY))

    assert ended is not None
    assert ended.ending is Ending.ENDED
    assert ended.last == date(2025, 11, 2)
    assert ended.sentence == (
        "You had a one-to-one every 4 weeks until 2 November 2025; none is planned."
    )


@pytest.mark.parametrize(
    ("some", "days_ago"),
    [
        pytest.param((), 120, id="there never was one"),
        pytest.param((series(120, 148, 176),), 120, id="three times are no habit"),
        pytest.param((series(*MONTHLY),), None, id="they were never met at all"),
        pytest.param((series(*MONTHLY),), 30, id="they were met otherwise since"),
        pytest.param((series(*range(50, 330, 28)),), 50, id="not twice its rhythm yet"),
        pytest.param((series(*range(20, 120, 7)),), 20, id="three weeks are a holiday"),
        pytest.param(
            (series(*MONTHLY), series(uid="b", next_in=9)), 120, id="another one took its place"
        ),
        pytest.param(
            (series(*range(60, 1000, 28), next_in=3, missed=()),), 60, id="skipped twice, going on"
        ),
        pytest.param(
            (series(60, 88, 116, 144, 172, next_in=3),), 60, id="too young to say it thinned"
        ),
    ],
)
def test_nothing_is_said_to_have_stopped_when(some: tuple[Series, ...], days_ago: int) -> None:
    assert found(*some, days_ago=days_ago) is None


def test_of_one_that_was_deleted_its_own_last_date_says_since_when() -> None:
    gone = series(*MONTHLY)._replace(deleted=True)

    ended = found(gone, days_ago=None)
    assert ended is not None
    assert ended.last == date(2025, 11, 2)
    assert found(gone, days_ago=30) is None
    assert found(series(*range(20, 120, 7))._replace(deleted=True), days_ago=None) is None


def test_one_that_goes_on_and_is_called_off_more_and_more_has_thinned_out() -> None:
    fortnightly = tuple(range(4, 400, 14))
    thinned = found(series(*fortnightly, missed=(4, 18, 32, 46), next_in=10), days_ago=60)

    assert thinned is not None
    assert thinned.ending is Ending.THINNED
    assert thinned.sentence == (
        "Your one-to-one every 2 weeks has thinned out: 2 of the last 6 held."
    )


def test_of_one_that_was_always_held_now_and_then_nothing_is_new() -> None:
    weekly = tuple(range(5, 900, 7))
    rare = tuple(each for each in weekly if each % 4)

    assert found(series(*weekly, missed=rare, next_in=2), days_ago=40) is None


def test_senior_people_come_first_then_priority_then_the_most_recent() -> None:
    def one(name: str, priority: Priority, days_ago: int, seniority: Seniority | None) -> Lapse:
        who = met(days_ago, name, priority)
        who = replace(who, person=replace(who.person, seniority=seniority))
        day = TODAY - timedelta(days=days_ago)
        return Lapse(who, Ending.ENDED, "x", 28, day)

    order = restarts(
        [
            one("Cleo C", Priority.B, 90, None),
            one("Ben B", Priority.B, 80, None),
            one("Dora D", Priority.A, 200, None),
            one("Eve E", Priority.C, 300, Seniority.EXECUTIVE),
        ]
    )

    assert [each.standing.person.id for each in order] == ["eve-e", "dora-d", "ben-b", "cleo-c"]


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (1, "every day"),
        (3, "every 3 days"),
        (2, "every 2 days"),
        (7, "every week"),
        (13, "every 2 weeks"),
        (30, "every 4 weeks"),
    ],
)
def test_a_rhythm_is_said_in_weeks_where_it_is_longer(days: int, said: str) -> None:
    assert rhythm_said(days) == said


# ---------------------------------------------------------------- groups


def gathering(
    *days_ago: int, title: str = "Green Office", members: str = "abcdef", next_in: int | None = None
) -> Gathering:
    starts = ago(*days_ago)
    next_s = None if next_in is None else NOW_S + next_in * DAY_S
    who = frozenset(f"{each}@example.com" for each in members)
    uid = f"{title} {members}"
    return Gathering(uid, title, who, len(starts), starts[0], starts[-1], next_s)


PEOPLE: Mapping[PersonId, Standing] = {
    one.person.id: one
    for one in (met(200, "a", Priority.C), met(30, "b"), met(None, "c", Priority.B))
}
WHOSE = {f"{each}@example.com": PersonId(each) for each in "abc"}


def quiet(*groups: Gathering) -> list[tuple[str, list[str]]]:
    gone = quiet_groups(groups, PEOPLE, WHOSE, NOW_S, make.BERLIN)
    return [(each.title, [one.person.id for one in each.worth]) for each in gone]


def test_of_a_group_gone_quiet_those_are_worth_a_coffee_who_were_not_met_since() -> None:
    assert quiet(gathering(150, 180, 210)) == [("Green Office", ["c", "a"])]


def test_a_quiet_group_is_told_with_its_size_and_rhythm() -> None:
    (gone,) = quiet_groups([gathering(150, 178, 206)], PEOPLE, WHOSE, NOW_S, make.BERLIN)

    assert gone.sentence == "7 people, about every 4 weeks, last on 3 October 2025."
    assert len(gone.addresses) == 6


@pytest.mark.parametrize(
    "groups",
    [
        pytest.param([gathering(150, 180)], id="it met twice"),
        pytest.param([gathering(150, 180, 210, next_in=40)], id="it has a date ahead"),
        pytest.param([gathering(50, 80, 110)], id="not twice its rhythm yet"),
        pytest.param(
            [gathering(150, 180, 210), gathering(3, members="xyz", title=" green  office")],
            id="it goes on under its title",
        ),
        pytest.param(
            [gathering(150, 180, 210), gathering(3, title="Blue", members="abcde")],
            id="its members go on under another",
        ),
        pytest.param(
            [gathering(150, 180, 210, members="bvwxy")], id="everyone known was met since"
        ),
    ],
)
def test_no_group_is_quiet_when(groups: list[Gathering]) -> None:
    assert quiet(*groups) == []


def test_a_group_of_nobody_on_the_list_is_told_all_the_same() -> None:
    assert quiet(gathering(150, 180, 210, members="vwxyz")) == [("Green Office", [])]


def test_two_series_of_one_title_are_one_group_and_the_last_silent_comes_first() -> None:
    older = gathering(300, 330, 360, members="av")
    other = gathering(100, 130, 160, title="Blue", members="axyz")

    assert [title for title, _ in quiet(older, other, gathering(150, 180, 210))] == [
        "Blue",
        "Green Office",
    ]


FIVE = [
    gathering(100 + 7 * n, 130 + 7 * n, 160 + 7 * n, title=f"G{n}", members=f"a{n}xy")
    for n in range(5)
]


@given(st.permutations(FIVE))
def test_the_order_groups_are_found_in_does_not_matter(groups: list[Gathering]) -> None:
    assert [title for title, _ in quiet(*groups)] == [f"G{n}" for n in range(5)]
