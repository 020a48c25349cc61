from __future__ import annotations

from datetime import timedelta
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from policies.interval import Interval
from policies.slots.lifting import Times, bits, conflict, left_by, lifts
from tests.make import utc

TIMES = 12
WHOLE = (1 << TIMES) - 1
rules = st.lists(st.integers(0, WHOLE), max_size=6).map(
    lambda masks: {f"rule {place}": mask for place, mask in enumerate(masks)}
)


def subsets(names: list[str]) -> list[frozenset[str]]:
    return [frozenset(each) for size in range(len(names) + 1) for each in combinations(names, size)]


@given(rules)
def test_the_lifts_are_the_sets_that_give_time_and_have_no_rule_to_spare(
    masks: dict[str, int],
) -> None:
    def gives(lifted: frozenset[str]) -> bool:
        return bool(left_by({k: m for k, m in masks.items() if k not in lifted}, WHOLE))

    found = lifts(masks, WHOLE)

    expected = {
        each
        for each in subsets(list(masks))
        if gives(each) and not any(gives(each - {one}) for one in each)
    }
    assert {frozenset(each.rules) for each in found} == expected
    assert len(found) == len(expected)
    assert [len(each.rules) for each in found] == sorted(len(each.rules) for each in found)
    for each in found:
        kept = {name: mask for name, mask in masks.items() if name not in each.rules}
        assert each.times == left_by(kept, WHOLE)


@given(rules)
def test_the_conflict_leaves_nothing_and_no_smaller_set_does(masks: dict[str, int]) -> None:
    found = conflict(masks, WHOLE)

    blocking = [
        len(each)
        for each in subsets(list(masks))
        if not left_by({name: masks[name] for name in each}, WHOLE)
    ]
    assert len(found) == (min(blocking) if blocking else 0)
    if blocking:
        assert not left_by({name: masks[name] for name in found}, WHOLE)


def test_a_conflict_too_large_to_search_still_has_no_rule_to_spare() -> None:
    whole = (1 << 400) - 1
    pairs = {f"{place}": 0b11 << place for place in range(399)}

    found = conflict(pairs, whole)
    assert not left_by({name: pairs[name] for name in found}, whole)
    for spared in found:
        assert left_by({name: pairs[name] for name in found if name != spared}, whole)


def test_without_times_there_is_nothing_to_lift() -> None:
    assert lifts({"hours": 0}, 0) == ()
    assert conflict({"hours": 0}, 0) == ()


@given(st.integers(0, 1 << 70))
def test_bits_are_the_places_of_ones(mask: int) -> None:
    assert list(bits(mask)) == [place for place in range(71) if mask >> place & 1]


spans = st.lists(
    st.tuples(st.integers(-10, 200), st.integers(1, 60)).map(
        lambda pair: Interval(
            utc("2026-03-02 09:00") + timedelta(minutes=pair[0]),
            utc("2026-03-02 09:00") + timedelta(minutes=sum(pair)),
        )
    ),
    max_size=4,
)


@given(spans)
def test_masks_say_of_each_time_what_intervals_say(taken: list[Interval]) -> None:
    start = utc("2026-03-02 09:00")
    every = [
        Interval(start + timedelta(minutes=at), start + timedelta(minutes=at + 30))
        for at in range(0, 180, 15)
    ]
    times = Times(every)

    assert times.of(times.meeting(taken)) == [
        each for each in every if any(map(each.overlaps, taken))
    ]
    assert times.of(times.inside(taken)) == [
        each for each in every if any(span.contains(each) for span in taken)
    ]
