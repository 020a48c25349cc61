from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.hours import open_hours, parse_hours
from policies.interval import Interval
from policies.planning.block import (
    Adopt,
    Block,
    BlockState,
    Decision,
    Keep,
    Kept,
    Loss,
    Lost,
    Move,
    NoRoom,
    Purpose,
    Write,
    after,
)
from policies.planning.upkeep import Situation, decide, planning_time
from policies.rules import OFFICE_HOURS, PlanningRules, Rules
from policies.slots.availability import Busy
from tests.make import BERLIN, OWNER, interval, utc

MONDAY = utc("2026-03-02 05:00")
RECENTLY = utc("2026-03-04 04:00")  # too late in the quarter for its review


def planned(
    blocks: Sequence[Block] = (),
    *,
    now: datetime = MONDAY,
    busy: Iterable[Busy] = (),
    seen: Mapping[str, Interval | None] | None = None,
    holidays: Iterable[date] = (),
    rules: PlanningRules | None = None,
    zone: str = BERLIN,
) -> tuple[Decision, ...]:
    """What is decided; every block stands where the ledger has it, unless ``seen`` says."""
    every = Rules(planning=rules or PlanningRules())
    owner = replace(OWNER, zone=zone)
    free = planning_time(owner, every, now=now, busy=busy, holidays=holidays)
    here = Situation(every.planning, zone, now, free, every.slots.grid)
    return decide(here, blocks, where(blocks) if seen is None else seen)


def where(blocks: Iterable[Block]) -> dict[str, Interval | None]:
    """Every block where the ledger has it."""
    return {block.uid: block.when for block in blocks}


def writes(decisions: Iterable[Decision]) -> list[Write]:
    return [each for each in decisions if isinstance(each, Write)]


def no_room(decisions: Iterable[Decision]) -> list[NoRoom]:
    return [each for each in decisions if isinstance(each, NoRoom)]


def carried_out(
    blocks: Sequence[Block], decisions: Iterable[Decision], now: datetime
) -> list[Block]:
    """The ledger once the decisions are carried out."""
    changed: dict[str, Block] = {}
    new: list[Block] = []
    for each in decisions:
        match each:
            case Write():
                uid = f"{each.period}-{len(blocks) + len(new)}"
                new.append(
                    block(each.period, each.when, uid=uid, created=now, purpose=each.purpose)
                )
            case NoRoom():
                pass
            case _:
                changed[each.block.uid] = after(each)
    return [changed.get(each.uid, each) for each in blocks] + new


def block(
    period: str,
    when: Interval,
    *,
    uid: str = "",
    state: BlockState = BlockState.HELD,
    purpose: Purpose = Purpose.RHYTHM,
    created: datetime = RECENTLY,
    why: Loss | None = None,
) -> Block:
    return Block(uid or period, purpose, period, when, state, created, why=why)


def half(text: str) -> Interval:
    start = utc(text)
    return Interval(start, start + timedelta(minutes=30))


def meeting(when: Interval) -> Busy:
    return Busy(when)


def local(when: Interval) -> str:
    return f"{when.start:%a %d %b %H:%M}"


FIRST = block(
    "first",
    interval("2026-02-10 08:30", "2026-02-10 10:00"),
    purpose=Purpose.FIRST,
    state=BlockState.KEPT,
)
W10 = block("2026-W10", half("2026-03-04 08:30"))
NEXT_WEEKS = tuple(
    block(f"2026-W{week}", half(f"2026-03-{day:02} 08:30"))
    for week, day in ((11, 9), (12, 16), (13, 23), (14, 30))
)
STEADY = (FIRST, W10, *NEXT_WEEKS)


def only(decisions: Iterable[Decision]) -> list[Decision]:
    """All but what stays as it is."""
    return [each for each in decisions if not isinstance(each, Keep)]


def test_an_empty_calendar_gets_a_long_slot_soon_and_then_a_short_one_every_week() -> None:
    found = [(each.period, local(each.when), each.when.length) for each in writes(planned())]

    assert found == [
        ("first", "Tue 03 Mar 08:30", timedelta(minutes=90)),
        ("2026-W11", "Mon 09 Mar 08:30", timedelta(minutes=30)),
        ("2026-W12", "Mon 16 Mar 08:30", timedelta(minutes=30)),
        ("2026-W13", "Mon 23 Mar 08:30", timedelta(minutes=30)),
    ]


def test_the_first_slot_comes_soon_rather_than_at_the_perfect_time() -> None:
    mornings = [
        meeting(interval(f"2026-03-0{d} 07:00", f"2026-03-0{d} 11:00")) for d in range(2, 7)
    ]

    found = {each.period: local(each.when) for each in writes(planned(busy=mornings))}

    assert found["first"] == "Tue 03 Mar 12:00"


def test_what_is_held_stays_where_it_is() -> None:
    assert planned(STEADY) == tuple(map(Keep, STEADY[1:]))


def test_a_better_time_is_no_need_to_move() -> None:
    odd = replace(W10, when=half("2026-03-06 15:15"))

    assert only(planned([FIRST, odd, *NEXT_WEEKS])) == []


def test_deciding_twice_a_week_plans_two_different_days() -> None:
    rules = PlanningRules(per_week=2, weeks_ahead=1)

    found = only(planned([FIRST], rules=rules))

    assert [local(each.when) for each in writes(found)] == ["Tue 03 Mar 08:30", "Wed 04 Mar 08:30"]


def test_the_first_slot_counts_as_one_of_its_weeks_rhythm() -> None:
    first = replace(FIRST, when=half("2026-03-03 08:30"), state=BlockState.HELD)
    rules = PlanningRules(per_week=2, weeks_ahead=1)

    assert [each.period for each in writes(planned([first], rules=rules))] == ["2026-W10"]
    assert only(planned([first], rules=replace(rules, per_week=1))) == []


def test_a_slot_the_owner_moved_is_theirs_to_move() -> None:
    there = half("2026-03-05 13:00")

    found = only(planned(STEADY, seen=where(STEADY) | {W10.uid: there}))

    assert found == [Adopt(W10, there, pinned=False)]
    assert after(Adopt(W10, there, pinned=False)) == replace(W10, when=there)


def test_a_slot_moved_to_another_week_is_not_booked_anew() -> None:
    seen = where(STEADY) | {W10.uid: half("2026-03-11 13:00")}

    decisions = planned(STEADY, seen=seen)

    assert not any(isinstance(each, Write) for each in decisions)


def test_a_slot_the_owner_put_over_a_meeting_stays_there() -> None:
    there = half("2026-03-05 13:00")
    busy = [meeting(there)]
    seen = where(STEADY) | {W10.uid: there}

    first = planned(STEADY, seen=seen, busy=busy)
    then = carried_out(STEADY, first, MONDAY)

    assert only(first) == [Adopt(W10, there, pinned=True)]
    assert only(planned(then, busy=busy)) == []


def test_a_deleted_slot_is_booked_anew_in_its_week_but_not_at_the_same_time() -> None:
    seen = where(STEADY) | {W10.uid: None}

    found = only(planned(STEADY, seen=seen))

    assert found[0] == Lost(W10, Loss.DELETED)
    assert isinstance(found[1], Write)
    assert found[1].period == "2026-W10"
    assert local(found[1].when) == "Tue 03 Mar 08:30"

    again = replace(W10, when=half("2026-03-03 08:30"))
    rewritten = only(planned([FIRST, again, *NEXT_WEEKS], seen=seen))[1]
    assert isinstance(rewritten, Write)
    assert local(rewritten.when) == "Wed 04 Mar 08:30"


def test_a_second_deletion_is_a_no_for_that_period() -> None:
    once = replace(W10, state=BlockState.LOST, why=Loss.DELETED)
    again = replace(W10, uid="again", when=half("2026-03-05 08:30"))
    ledger = (FIRST, once, again, *NEXT_WEEKS)
    seen = where(ledger) | {"again": None}

    found = only(planned(ledger, seen=seen))

    assert found == [Lost(again, Loss.DELETED)]
    assert only(planned(carried_out(ledger, found, MONDAY))) == []


def test_of_two_slots_a_week_each_is_booked_anew_once() -> None:
    rules = PlanningRules(per_week=2, weeks_ahead=1)
    one = replace(W10, state=BlockState.LOST, why=Loss.DELETED)
    ledger = [FIRST, *(replace(one, uid=f"lost{n}") for n in range(3))]

    assert len(only(planned(ledger, rules=rules))) == 1


def test_a_slot_that_a_meeting_takes_moves_within_its_week() -> None:
    taken = meeting(interval("2026-03-04 08:45", "2026-03-04 09:15"))

    found = only(planned(STEADY, busy=[taken]))

    assert [(type(each), local(each.when)) for each in found if isinstance(each, Move)] == [
        (Move, "Tue 03 Mar 08:30")
    ]


@pytest.mark.parametrize(
    ("busy", "moves"),
    [
        (Busy(half("2026-03-04 08:30"), tentative=True), False),
        (Busy(interval("2026-03-03 23:00", "2026-03-04 23:00"), all_day=True), True),
        (Busy(interval("2026-03-03 23:00", "2026-03-04 23:00"), True, True), False),
        (Busy(half("2026-03-04 09:00")), False),
        (Busy(half("2026-03-04 08:00")), False),
    ],
)
def test_only_firm_time_that_overlaps_makes_a_slot_move(busy: Busy, moves: bool) -> None:
    assert bool(only(planned(STEADY, busy=[busy]))) == moves


def test_a_slot_under_a_meeting_stays_and_says_so_when_its_week_is_full() -> None:
    week = [meeting(interval(f"2026-03-0{d} 08:00", f"2026-03-0{d} 16:00")) for d in range(2, 7)]

    first = planned(STEADY, busy=week)

    assert only(first) == [
        NoRoom(
            Purpose.RHYTHM,
            "2026-W10",
            (
                "a meeting took its time, and there is no free 30m in your planning hours "
                "(in the way: meetings)"
            ),
            W10,
        )
    ]
    assert planned(carried_out(STEADY, first, MONDAY), busy=week) == first


def test_the_first_slot_moves_within_its_week_or_as_early_as_can_be() -> None:
    when = interval("2026-03-03 08:30", "2026-03-03 10:00")
    first = replace(FIRST, when=when, state=BlockState.HELD)
    tuesday = [meeting(when)]
    week = [meeting(interval(f"2026-03-0{d} 08:00", f"2026-03-0{d} 16:00")) for d in range(2, 7)]

    def moved(busy: list[Busy]) -> list[tuple[str, timedelta]]:
        decisions = planned([first, W10, *NEXT_WEEKS], busy=busy)
        return [
            (local(each.when), each.when.length)
            for each in decisions
            if isinstance(each, Move) and each.block == first
        ]

    assert moved(tuesday) == [("Thu 05 Mar 08:30", timedelta(minutes=90))]
    assert moved(week) == [("Tue 10 Mar 08:30", timedelta(minutes=90))]


def test_a_slot_that_has_begun_is_left_alone() -> None:
    now = utc("2026-03-04 08:40")

    assert only(planned(STEADY, now=now, busy=[meeting(W10.when)])) == []


def test_a_slot_that_is_over_was_kept_unless_a_meeting_or_the_owner_took_it() -> None:
    now = utc("2026-03-04 10:00")
    gone = where(STEADY) | {W10.uid: None}
    elsewhere = gone | {W10.uid: half("2026-03-03 13:00")}

    assert only(planned(STEADY, now=now)) == [Kept(W10, W10.when)]
    assert only(planned(STEADY, now=now, seen=elsewhere)) == [Kept(W10, half("2026-03-03 13:00"))]
    assert only(planned(STEADY, now=now, busy=[meeting(W10.when)]))[0] == Lost(W10, Loss.CLASH)
    assert only(planned(STEADY, now=now, seen=gone))[0] == Lost(W10, Loss.DELETED)


def test_a_slot_lost_to_a_meeting_is_made_up_for_in_what_is_left_of_the_week() -> None:
    now = utc("2026-03-04 10:00")

    found = only(planned(STEADY, now=now, busy=[meeting(W10.when)]))

    assert [(each.period, local(each.when)) for each in writes(found)] == [
        ("2026-W10", "Thu 05 Mar 08:30")
    ]


def test_nothing_is_changed_of_a_slot_that_could_not_be_looked_up() -> None:
    ledger = (FIRST, replace(W10, state=BlockState.WRITING), *NEXT_WEEKS)

    decisions = planned(ledger, seen={}, busy=[meeting(W10.when)])

    assert decisions == tuple(map(Keep, ledger[1:]))


def test_a_week_that_is_as_good_as_over_is_passed_without_a_word() -> None:
    friday_evening = utc("2026-03-06 17:00")

    assert only(planned([FIRST, *NEXT_WEEKS], now=friday_evening)) == []


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (
            {"holidays": [date(2026, 3, day) for day in range(9, 14)]},
            "there is no free 30m in your planning hours (in the way: public holidays)",
        ),
        (
            {"rules": PlanningRules(hours=parse_hours("Mon 09:00-09:20"), weeks_ahead=2)},
            "your planning hours have no 30m then",
        ),
        (
            {
                "holidays": [date(2026, 3, day) for day in range(9, 14)],
                "busy": [Busy(interval("2026-03-08 23:00", "2026-03-13 23:00"), all_day=True)],
            },
            "there is no free 30m in your planning hours",
        ),
    ],
)
def test_no_room_says_what_is_in_the_way(facts: dict[str, object], reason: str) -> None:
    ledger = [each for each in STEADY if each.period != "2026-W11"]

    found = no_room(planned(ledger, **facts))  # type: ignore[arg-type]

    assert [(each.period, each.reason) for each in found if each.period == "2026-W11"] == [
        ("2026-W11", reason)
    ]


def test_a_review_comes_in_the_last_two_weeks_and_after_them_when_they_are_full() -> None:
    now = utc("2026-03-17 05:00")
    long_ago = replace(FIRST, created=utc("2026-02-01 08:00"))
    fortnight = Busy(interval("2026-03-17 23:00", "2026-03-31 22:00"), all_day=True)

    def review(busy: list[Busy]) -> list[tuple[str, str, timedelta]]:
        return [
            (each.period, local(each.when), each.when.length)
            for each in writes(planned([long_ago], now=now, busy=busy))
            if each.purpose is Purpose.REVIEW
        ]

    assert review([]) == [("2026-Q1", "Wed 18 Mar 08:30", timedelta(hours=1))]
    assert review([fortnight]) == [("2026-Q1", "Wed 01 Apr 07:30", timedelta(hours=1))]


def test_turned_off_planning_still_follows_what_became_of_its_slots() -> None:
    off = PlanningRules(enabled=False)
    seen = where(STEADY) | {NEXT_WEEKS[0].uid: None}

    decisions = planned(STEADY, rules=off, seen=seen, busy=[meeting(W10.when)])

    kept = (*NEXT_WEEKS[1:], W10)
    assert decisions == (Lost(NEXT_WEEKS[0], Loss.DELETED), *map(Keep, kept))


def test_planning_hours_may_differ_from_working_hours() -> None:
    rules = PlanningRules(hours=parse_hours("Sun 20:00-22:00"), preferred_time=time(20, 30))

    found = writes(planned([FIRST], rules=rules))

    assert local(found[0].when) == "Sun 08 Mar 19:30"


Life: TypeAlias = tuple[str, PlanningRules, datetime, list[tuple[int, list[Busy], int]]]
ZONES = st.sampled_from([BERLIN, "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu"])


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """A zone, preferences, a start, and days with new meetings and what the owner does."""
    start = draw(st.datetimes(datetime(2017, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
    rules = PlanningRules(
        per_week=draw(st.integers(1, 2)),
        weeks_ahead=draw(st.integers(1, 3)),
        preferred_days=tuple(draw(st.sets(st.integers(0, 6), max_size=2))),
        preferred_time=time(draw(st.integers(0, 23))),
    )
    days = []
    for _ in range(draw(st.integers(1, 3))):
        minutes = st.integers(-2 * 1440, 28 * 1440)
        meetings = [
            Busy(
                Interval(at, at + timedelta(minutes=draw(st.integers(15, 700)))),
                tentative=draw(st.booleans()),
            )
            for at in (
                start + timedelta(minutes=draw(minutes)) for _ in range(draw(st.integers(0, 25)))
            )
        ]
        days.append((draw(st.integers(0, 9)), meetings, draw(st.integers(0, 5))))
    return draw(ZONES), rules, start, days


@settings(max_examples=25, deadline=None)
@given(lives())
def test_whatever_happens_slots_fit_and_deciding_twice_decides_nothing_new(
    life: Life,
) -> None:
    zone, rules, now, days = life
    ledger: list[Block] = []
    busy: list[Busy] = []
    for later, meetings, deed in days:
        now += timedelta(days=later)
        busy += meetings
        seen = _owner_does(deed, ledger)

        decisions = planned(ledger, now=now, busy=busy, seen=seen, rules=rules, zone=zone)
        again = planned(ledger, now=now, busy=busy, seen=seen, rules=rules, zone=zone)

        assert decisions == again
        _assert_fits(decisions, busy, now, zone)
        ledger = carried_out(ledger, decisions, now)
        _assert_one_per_period(ledger, rules)
        settled = planned(ledger, now=now, busy=busy, rules=rules, zone=zone)
        assert all(isinstance(each, Keep | NoRoom) for each in settled)


def _owner_does(deed: int, ledger: list[Block]) -> dict[str, Interval | None]:
    """Delete, move or leave one of the slots."""
    seen: dict[str, Interval | None] = {each.uid: each.when for each in ledger}
    mine = [each for each in ledger if each.state is BlockState.HELD]
    if mine and deed % 3:
        one = mine[deed % len(mine)]
        hour = timedelta(hours=deed)
        seen[one.uid] = None if deed % 3 == 1 else one.when.widened(-hour, hour)
    return seen


def _assert_fits(
    decisions: Iterable[Decision], busy: Iterable[Busy], now: datetime, zone: str
) -> None:
    placed = [each.when for each in decisions if isinstance(each, Write | Move)]
    first = now.date() - timedelta(days=1)
    hours = open_hours(OFFICE_HOURS, zone, first, first + timedelta(days=40))
    for when in placed:
        assert when.start >= now + PlanningRules().minimum_notice
        assert any(each.contains(when) for each in hours)
        assert not any(when.overlaps(each.when) for each in busy)
    assert not any(one.overlaps(other) for one, other in combinations(placed, 2))


def _assert_one_per_period(ledger: Iterable[Block], rules: PlanningRules) -> None:
    standing: dict[str, int] = {}
    for each in ledger:
        if each.state is not BlockState.LOST:
            standing[each.period] = standing.get(each.period, 0) + 1
    for period, count in standing.items():
        assert count <= (rules.per_week if "-W" in period else 1)
