from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.interval import Interval
from policies.people.person import Format, PersonId
from policies.proposal import ScorePart, Slot
from policies.slots.alternatives import alternatives
from policies.slots.assign import Candidates, assign
from policies.slots.caps import Caps, week_of
from policies.wall import local_date
from tests.make import BERLIN, utc

MONDAY = utc("2026-03-02 00:00")  # midnight in Greenwich, one o'clock in Berlin
QUARTER = timedelta(minutes=15)


def at(day: int, hour: float, score: float = 10, minutes: int = 45) -> Slot:
    start = MONDAY + timedelta(days=day, hours=hour)
    return Slot(
        Interval(start, start + timedelta(minutes=minutes)),
        parts=(ScorePart("suits", float(score)),),
    )


def wants(
    person: str,
    *slots: Slot,
    weight: float = 1.0,
    gap: timedelta = timedelta(),
    by: Format | None = None,
) -> Candidates:
    return Candidates(PersonId(person), weight, slots, gap, by)


def caps(
    per_day: int = 9,
    per_week: int = 9,
    people: int = 9,
    days: Mapping[date, int] | None = None,
    weeks: Mapping[tuple[int, int], int] | None = None,
    formats: Mapping[Format, int] | None = None,
    met: Mapping[tuple[Format | None, tuple[int, int]], int] | None = None,
) -> Caps:
    return Caps(
        BERLIN, per_day, per_week, people, days or {}, weeks or {}, formats or {}, met or {}
    )


def day_of(slot: Slot) -> date:
    return local_date(slot.when.start, BERLIN)


def keep_clear(one: Slot, other: Slot, gap: timedelta) -> bool:
    return one.when.end + gap <= other.when.start or other.when.end + gap <= one.when.start


def keeps_every_rule(chosen: Sequence[tuple[Candidates, Slot]], limits: Caps) -> bool:
    days = Counter(limits.days) + Counter(day_of(slot) for _, slot in chosen)
    weeks = Counter(limits.weeks) + Counter(week_of(day_of(slot)) for _, slot in chosen)
    met = Counter(limits.met) + Counter((one.format, week_of(day_of(slot))) for one, slot in chosen)
    mine = {day_of(slot) for _, slot in chosen}
    return (
        len(chosen) <= limits.people
        and all(days[day] <= limits.per_day for day in mine)
        and all(weeks[week_of(day)] <= limits.per_week for day in mine)
        and all(
            met[one.format, week_of(day_of(slot))] <= limits.formats.get(one.format, 99)
            for one, slot in chosen
            if one.format
        )
        and all(
            keep_clear(slot, other, max(one.gap, two.gap))
            for index, (one, slot) in enumerate(chosen)
            for two, other in chosen[:index]
        )
    )


def best_by_trying_everything(wanted: Sequence[Candidates], limits: Caps) -> float:
    best = 0.0
    for picks in product(*((None, *each.slots) for each in wanted)):
        chosen = [(each, slot) for each, slot in zip(wanted, picks, strict=True) if slot]
        if keeps_every_rule(chosen, limits):
            best = max(best, sum(each.weight * slot.score for each, slot in chosen))
    return best


def total(placed: Mapping[PersonId, Slot], wanted: Sequence[Candidates]) -> float:
    return sum(each.weight * placed[each.person].score for each in wanted if each.person in placed)


slots = st.lists(
    st.builds(
        at,
        st.sampled_from([0, 1, 4, 7]),
        st.sampled_from([8, 8.25, 8.5, 9, 9.5, 10]),
        st.integers(1, 12),
        st.sampled_from([30, 45, 90]),
    ),
    max_size=4,
    unique_by=lambda slot: slot.when.start,
)
people = st.lists(
    st.tuples(
        slots,
        st.integers(1, 5),
        st.sampled_from([0, 15, 30]),
        st.sampled_from([None, Format.COFFEE, Format.LUNCH, Format.LUNCH]),
    ),
    min_size=1,
    max_size=4,
).map(
    lambda rows: [
        wants(f"p{index}", *found, weight=weight, gap=timedelta(minutes=gap), by=format_)
        for index, (found, weight, gap, format_) in enumerate(rows)
    ]
)
limits = st.builds(
    caps,
    per_day=st.integers(1, 3),
    per_week=st.integers(1, 4),
    people=st.integers(0, 4),
    days=st.dictionaries(st.sampled_from([date(2026, 3, 2), date(2026, 3, 6)]), st.integers(0, 2)),
    weeks=st.dictionaries(st.sampled_from([(2026, 10), (2026, 11)]), st.integers(0, 3)),
    formats=st.dictionaries(st.sampled_from([Format.COFFEE, Format.LUNCH]), st.integers(1, 2)),
    met=st.dictionaries(st.just((Format.LUNCH, (2026, 10))), st.integers(0, 2)),
)


@given(people, limits)
@settings(max_examples=300, deadline=None)
def test_no_placing_is_better_and_every_rule_is_kept(wanted: list[Candidates], limit: Caps) -> None:
    found = assign(wanted, limit)

    assert found.proven
    assert keeps_every_rule(
        [(each, found.placed[each.person]) for each in wanted if each.person in found.placed], limit
    )
    best = best_by_trying_everything(wanted, limit)
    assert total(found.placed, wanted) == pytest.approx(best)
    assert found.total == found.bound == pytest.approx(best)
    assert sorted([*found.placed, *found.left]) == sorted(each.person for each in wanted)


@given(people, limits, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_order_of_the_input_changes_nothing(
    wanted: list[Candidates], limit: Caps, shuffle: random.Random
) -> None:
    mixed = [
        each._replace(slots=tuple(shuffle.sample(each.slots, len(each.slots)))) for each in wanted
    ]
    shuffle.shuffle(mixed)

    assert assign(mixed, limit) == assign(wanted, limit)


@given(people, limits, st.integers(1, 4))
@settings(max_examples=150, deadline=None)
def test_whatever_alternatives_are_chosen_every_rule_is_kept(
    wanted: list[Candidates], limit: Caps, count: int
) -> None:
    found = assign(wanted, limit)
    offered = alternatives(found.placed, wanted, limit, count)

    by_id = {each.person: each for each in wanted}
    for picks in product(*offered.values()):
        chosen = [(by_id[person], slot) for person, slot in zip(offered, picks, strict=True)]
        assert keeps_every_rule(chosen, limit)
    for person, choice in offered.items():
        assert choice[0] == found.placed[person]
        assert len({day_of(slot) for slot in choice}) == len(choice) <= count


def test_one_person_gives_up_a_better_time_so_that_both_are_met() -> None:
    ana = wants("ana", at(0, 9, 10), at(1, 9, 9), weight=2)
    raj = wants("raj", at(0, 9, 8))

    found = assign([ana, raj], caps())
    assert found.placed == {"ana": at(1, 9, 9), "raj": at(0, 9, 8)}
    assert found.left == ()


def test_equal_sums_give_the_earlier_time_to_the_first_id() -> None:
    first, second = at(0, 9), at(1, 9)

    found = assign([wants("raj", second, first), wants("ana", second, first)], caps())
    assert found.placed == {"ana": first, "raj": second}


def test_the_larger_of_two_gaps_stays_free_between_meetings() -> None:
    coffee = wants("ana", at(0, 9, 10), gap=2 * QUARTER)
    call = wants("raj", at(0, 10, 10), at(0, 10.25, 9), gap=QUARTER)

    assert assign([coffee, call], caps()).placed[PersonId("raj")] == at(0, 10.25, 9)


def test_what_is_in_the_calendar_already_counts_towards_the_caps() -> None:
    ana = wants("ana", at(0, 9, 10), at(1, 9, 5), at(8, 9, 1))

    full_day = caps(per_day=1, days={date(2026, 3, 2): 1})
    full_week = caps(per_week=2, weeks={(2026, 10): 2})
    assert assign([ana], full_day).placed[PersonId("ana")] == at(1, 9, 5)
    assert assign([ana], full_week).placed[PersonId("ana")] == at(8, 9, 1)


def test_of_two_who_are_met_for_lunch_one_waits_a_week_where_one_a_week_is_enough() -> None:
    ana = wants("ana", at(0, 11, 10), at(7, 11, 4), by=Format.LUNCH)
    raj = wants("raj", at(1, 11, 10), at(8, 11, 5), by=Format.LUNCH)
    zoe = wants("zoe", at(2, 9, 10), by=Format.COFFEE)
    once = {Format.LUNCH: 1}

    found = assign([ana, raj, zoe], caps(formats=once))
    assert found.placed == {"ana": at(0, 11, 10), "raj": at(8, 11, 5), "zoe": at(2, 9, 10)}
    assert found.proven
    after_one = caps(formats=once, met={(Format.LUNCH, (2026, 10)): 1})
    assert assign([ana], after_one).placed == {"ana": at(7, 11, 4)}


def test_nobody_is_placed_when_nobody_may_be() -> None:
    assert assign([wants("ana", at(0, 9))], caps(people=0)).left == ("ana",)
    assert assign([], caps()).placed == {}


def test_a_person_without_times_is_left() -> None:
    assert assign([wants("ana"), wants("raj", at(0, 9))], caps()).left == ("ana",)


def test_days_and_weeks_are_those_of_the_owner() -> None:
    sunday_evening_in_greenwich = at(-1, 23.5)
    monday = at(0, 9)

    found = assign(
        [wants("ana", sunday_evening_in_greenwich), wants("raj", monday)], caps(per_day=1)
    )
    assert len(found.placed) == 1


def test_alternatives_are_on_other_days_and_at_other_times_of_day() -> None:
    same_time = [at(day, 8, 9) for day in (1, 2, 3)]
    ana = wants("ana", at(0, 8, 10), at(0, 9, 9.9), *same_time, at(4, 14, 8.5))

    offered = alternatives(assign([ana], caps()).placed, [ana], caps(), 3)
    assert offered[PersonId("ana")] == (at(0, 8, 10), at(4, 14, 8.5), at(1, 8, 9))


def test_an_alternative_never_takes_the_place_of_a_meeting_with_someone_else() -> None:
    ana = wants("ana", at(0, 8, 10), at(1, 8, 9), weight=5)
    raj = wants("raj", at(1, 8.5, 10))

    offered = alternatives(assign([ana, raj], caps()).placed, [ana, raj], caps(), 3)
    assert offered == {"ana": (at(0, 8, 10),), "raj": (at(1, 8.5, 10),)}


def crowd(people: int, starts: int, seed: int) -> list[Candidates]:
    """People who mostly want the same times, as colleagues do."""
    chance = random.Random(seed)
    per_day = starts // 15
    grid = [(day + day // 5 * 2, 8 + step / 4) for day in range(15) for step in range(per_day)]
    good = {place: chance.uniform(8, 14) for place in grid}
    return [
        wants(
            f"p{number:03}",
            *(
                at(*place, good[place] + chance.uniform(-1, 1))
                for place in grid
                if chance.random() < 0.35
            ),
            weight=chance.uniform(0.1, 16),
            gap=QUARTER,
        )
        for number in range(people)
    ]


def test_two_hundred_people_and_four_hundred_starts_are_solved_to_the_end() -> None:
    wanted = crowd(200, 400, seed=1)
    limit = caps(per_day=2, per_week=6, people=200)

    found = assign(wanted, limit)
    assert found.proven
    assert len(found.placed) == 18


@given(people, limits, st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_however_short_a_search_the_best_there_is_lies_between_its_total_and_its_bound(
    wanted: list[Candidates], limit: Caps, flows: int
) -> None:
    cut = assign(wanted, limit, limit=flows)

    best = best_by_trying_everything(wanted, limit)
    assert cut.total == pytest.approx(total(cut.placed, wanted))
    assert cut.total <= best + 1e-6
    assert best <= cut.bound + 1e-6


def test_a_search_that_is_cut_short_says_so_and_still_keeps_every_rule() -> None:
    wanted = crowd(30, 400, seed=2)
    limit = caps(per_day=3, per_week=9, people=30)

    cut = assign(wanted, limit, limit=1)
    whole = assign(wanted, limit)
    assert not cut.proven
    assert whole.proven
    assert keeps_every_rule(
        [(each, cut.placed[each.person]) for each in wanted if each.person in cut.placed], limit
    )
    assert cut.total <= whole.total <= cut.bound
    assert 0 < 1 - cut.total / cut.bound < 0.2
