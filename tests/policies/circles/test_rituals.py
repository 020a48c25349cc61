from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.circles.rituals import OWNER, Ritual, paired, turn_of
from policies.people.person import PersonId

STARTS = date(2026, 3, 2)
ABCDE = tuple(map(PersonId, "abcde"))
members = st.integers(2, 9).map(lambda count: tuple(map(PersonId, "abcdefghi"[:count])))
rounds = st.integers(0, 60)


def sets(who: tuple[PersonId, ...], number: int) -> frozenset[frozenset[str]]:
    return paired(who, number).as_sets


@given(members, rounds)
def test_everyone_is_in_one_pair_or_rests(who: tuple[PersonId, ...], number: int) -> None:
    pairs, rests = paired(who, number)

    assert sorted([*(each for pair in pairs for each in pair), *rests]) == sorted(who)
    assert len(rests) == len(who) % 2


@given(members.filter(lambda who: len(who) > 2), rounds)
def test_no_pair_meets_and_nobody_rests_twice_in_a_row(
    who: tuple[PersonId, ...], number: int
) -> None:
    assert not sets(who, number) & sets(who, number + 1)


@given(members)
def test_everyone_meets_everyone_once_before_anyone_meets_again(who: tuple[PersonId, ...]) -> None:
    cycle = len(who) - 1 + len(who) % 2
    met = [frozenset(pair) for number in range(cycle) for pair in paired(who, number).pairs]

    assert sorted(map(sorted, met)) == sorted(map(sorted, combinations(who, 2)))


def test_two_have_no_choice() -> None:
    assert paired(("a", "b"), 0) == paired(("a", "b"), 7)


@pytest.mark.parametrize("ask", [lambda: paired(("a",), 0), lambda: turn_of((), 0)])
def test_nobody_is_no_ritual(ask: object) -> None:
    with pytest.raises(ValueError, match="needs"):
        ask()  # type: ignore[operator]


def ritual(who: tuple[PersonId, ...] = ABCDE, *, team: bool = False) -> Ritual:
    return Ritual("Thursday coffee", 2, STARTS, who, team)


@pytest.mark.parametrize(
    ("days", "number"), [(-1, -1), (0, 0), (13, 0), (14, 1), (28, 2), (-15, -2)]
)
def test_a_round_lasts_as_many_weeks_as_it_says(days: int, number: int) -> None:
    assert ritual().round_on(STARTS + timedelta(days=days)) == number
    assert ritual().begins(2) == date(2026, 3, 30)


def test_the_owner_meets_each_in_turn() -> None:
    assert [ritual().turn(number) for number in range(6)] == [*ABCDE, "a"]


@pytest.mark.parametrize(
    ("one", "number"), [(ritual(), -1), (ritual(()), 0), (ritual(team=True), 0)]
)
def test_it_is_nobody_s_turn_before_the_start_without_members_or_in_a_team(
    one: Ritual, number: int
) -> None:
    assert one.turn(number) is None


def test_the_owner_of_a_team_is_paired_like_anybody() -> None:
    met = [pair for number in range(5) for pair in ritual(team=True).pairs(number).pairs]

    assert sum(OWNER in pair for pair in met) == 5


change = st.sets(st.sampled_from("abcdefgh"), min_size=3).map(
    lambda who: tuple(map(PersonId, sorted(who)))
)


@given(members, change, st.integers(0, 200))
def test_whose_turn_it_is_keeps_it_when_others_come_and_go(
    who: tuple[PersonId, ...], after: tuple[PersonId, ...], days: int
) -> None:
    day = STARTS + timedelta(days=days)
    before = ritual(who)
    number = before.round_on(day)
    changed = before.with_members(after, day)

    now = before.turn(number)
    assert changed.turn(number) == now or now not in after
    assert changed.turn(number) != changed.turn(number + 1)


@given(members, change, st.integers(0, 200))
def test_a_team_that_changes_repeats_no_pair_of_the_round_it_is_in(
    who: tuple[PersonId, ...], after: tuple[PersonId, ...], days: int
) -> None:
    day = STARTS + timedelta(days=days)
    before = ritual(who, team=True)
    number = before.round_on(day)
    changed = before.with_members(after, day)

    assert changed.starts == before.begins(number + 1) > day
    told = {pair for pair in before.pairs(number).as_sets if len(pair) == 2}
    assert not told & changed.pairs(0).as_sets


def test_before_it_begins_and_without_anybody_members_are_just_taken() -> None:
    early = ritual().with_members(ABCDE[:2], STARTS - timedelta(days=3))
    first = ritual(()).with_members(ABCDE, STARTS)

    assert early == ritual(ABCDE[:2])
    assert first == ritual()


def test_who_leaves_in_their_turn_gives_it_to_the_next() -> None:
    day = STARTS + timedelta(weeks=2)
    gone = ritual().with_members(tuple(each for each in ABCDE if each != "b"), day)

    assert [gone.turn(number) for number in (1, 2, 3)] == ["c", "d", "e"]
    assert ritual().with_members((), day).turn(1) is None
    assert ritual().with_members((PersonId("z"),), day).turn(1) == "z"


def test_a_team_left_alone_has_no_pairs_to_shift() -> None:
    alone = ritual(team=True).with_members((), STARTS)

    assert replace(alone, shift=0) == alone


@given(members, st.lists(change, max_size=3))
def test_turns_follow_one_another_without_a_repeat(
    who: tuple[PersonId, ...], changes: list[tuple[PersonId, ...]]
) -> None:
    one = ritual(who)
    for number, after in enumerate(changes, 1):
        one = one.with_members(after, one.begins(2 * number))
    turns = [one.turn(number) for number in range(20, 40)]

    assert all(a != b for a, b in pairwise(turns))
