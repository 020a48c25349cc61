from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from policies.foresight.play import Track, play
from policies.foresight.remedy import Change, Lever, Plan, changes, fits, is_kept_up, lasts, upkeep
from policies.people.person import PersonId, Priority
from policies.rules import EtiquetteRules, PlanningRules, Rules, SlotRules
from tests.policies.foresight.weeks import HOUR, MONDAY, diary, track

DAY = MONDAY.toordinal()


def plan(people: list[Track], *, per_week: int = 3, hours: float = 8, weeks: int = 20) -> Plan:
    rules = replace(
        Rules(),
        planning=PlanningRules(enabled=False),
        slots=SlotRules(per_day=1, per_week=per_week),
        etiquette=EtiquetteRules(per_week=per_week),
    )
    return Plan(tuple(people), diary(weeks, hours=hours), rules)


def crowd(count: int, priority: Priority = Priority.A, ago: int = 30) -> list[Track]:
    gap = Rules().cadence.gaps[priority]
    return [
        track(
            f"{priority.lower()}{number:02}",
            ago,
            gap.ideal.days,
            gap.maximum.days,
            priority=priority,
            weight=Rules().cadence.weights[priority],
        )
        for number in range(count)
    ]


def found(one: Plan) -> dict[tuple[Lever, Priority | None], Change]:
    late = play(one.tracks, one.weeks, one.manners).late
    return {(each.lever, each.priority): each for each in changes(one, late)}


def test_upkeep_adds_up_what_the_gaps_ask_for() -> None:
    weeks = plan([]).weeks
    people = [track("ana", 0, 21, 35), track("ben", 0, 14, 28, takes=HOUR / 2)]

    told = upkeep(people, weeks)

    assert told.people == 2
    assert told.meetings == pytest.approx(7 / 21 + 7 / 14)
    assert told.least_meetings == pytest.approx(7 / 35 + 7 / 28)
    assert told.time == HOUR * 7 / 21 + HOUR / 2 * 7 / 14
    assert told.least_time == HOUR * 7 / 35 + HOUR / 2 * 7 / 28


@pytest.mark.parametrize(
    ("booked", "kept"),
    [
        ((), False),
        ((DAY + 7,), False),
        ((DAY + 30, DAY + 60, DAY + 90, DAY + 120), True),
        ((DAY + 30, DAY + 60, DAY + 100, DAY + 130), False),
        ((DAY + 30, DAY + 60), False),
    ],
)
def test_a_rhythm_in_the_calendar_keeps_someone_up(booked: tuple[int, ...], *, kept: bool) -> None:
    weeks = plan([]).weeks

    assert is_kept_up(track("ana", 1, booked=booked), weeks) is kept
    assert upkeep([track("ana", 1, booked=booked)], weeks).people == (not kept)


def test_without_weeks_nobody_is_kept_up_by_anything() -> None:
    assert not is_kept_up(track("ana", 1, booked=(DAY + 1, DAY + 2)), ())


def test_a_plan_that_only_lasts_as_long_as_the_last_contacts_does_not_fit() -> None:
    fresh = plan(crowd(60, ago=0), weeks=2)

    assert play(fresh.tracks, fresh.weeks, fresh.manners).late == ()
    assert not lasts(fresh, fresh.weeks)
    assert not fits(fresh)
    assert fits(plan(crowd(6, ago=0), weeks=2))


def test_every_second_invitation_in_vain_needs_twice_the_room() -> None:
    whole = plan(crowd(14, ago=0), per_week=3)

    assert lasts(whole, whole.weeks)
    assert not lasts(replace(whole, share=0.5), whole.weeks)
    assert lasts(
        replace(plan(crowd(14, ago=0), per_week=5), share=0.56), plan([], per_week=5).weeks
    )


def test_every_change_is_enough_and_one_step_less_is_not() -> None:
    one = plan([*crowd(16), *crowd(8, Priority.B, ago=100)], per_week=3)

    told = found(one)

    assert {lever for lever, _ in told} == {Lever.MEETINGS, Lever.CADENCE, Lever.FEWER}
    more = told[Lever.MEETINGS, None]
    assert _with_meetings(one, more.to)
    assert not _with_meetings(one, more.to - 1)
    slower = told[Lever.CADENCE, Priority.A]
    assert _with_gap(one, slower.to, slower.and_)
    assert not _with_gap(one, slower.to - 5, -(-35 * (slower.to - 5) // 21))
    fewer = told[Lever.FEWER, Priority.A]
    assert (fewer.now, fewer.to) == (16, len(fewer.people))
    assert _without(one, fewer.people)
    assert not _without(one, fewer.people[:-1])


def test_more_a_week_than_working_days_is_more_a_day_too() -> None:
    told = found(plan(crowd(40), per_week=3))[Lever.MEETINGS, None]

    assert told.to > 5
    assert told.and_ == -(-told.to // 5)


def test_where_hours_are_short_more_of_them_are_advised_and_more_meetings_are_not() -> None:
    short = plan(crowd(15), per_week=5, hours=0.5)

    told = found(short)

    assert (Lever.MEETINGS, None) not in told
    extra = timedelta(minutes=told[Lever.TIME, None].to)
    assert fits(replace(short, extra=extra))
    assert not fits(replace(short, extra=extra - timedelta(minutes=15)))


def test_nobody_is_told_to_give_up_most_of_a_priority() -> None:
    assert (Lever.FEWER, Priority.A) not in found(plan(crowd(40), per_week=3))


def test_nothing_is_advised_that_would_not_be_enough() -> None:
    assert found(plan([*crowd(200), *crowd(200, Priority.B)])) == {}


def test_a_cadence_of_their_own_is_not_changed_with_the_priority() -> None:
    own = [replace(each, own=True) for each in crowd(30)]

    assert (Lever.CADENCE, Priority.A) not in found(plan(own))


def test_who_is_kept_up_anyway_is_not_left_out() -> None:
    rhythm = tuple(range(DAY + 1, DAY + 141, 7))
    kept = [replace(each, booked=rhythm) for each in crowd(3, Priority.B, ago=1)]

    told = found(plan([*crowd(30), *kept]))

    assert (Lever.FEWER, Priority.B) not in told


def test_where_the_cap_is_as_high_as_it_goes_no_more_is_advised() -> None:
    assert (Lever.MEETINGS, None) not in found(plan(crowd(200), per_week=20))


def _with_meetings(one: Plan, per_week: int) -> bool:
    slots = SlotRules(per_day=max(1, -(-per_week // 5)), per_week=per_week)
    etiquette = EtiquetteRules(per_week=per_week)
    return fits(replace(one, rules=replace(one.rules, slots=slots, etiquette=etiquette)))


def _with_gap(one: Plan, ideal: int, maximum: int) -> bool:
    slower = (
        replace(each, ideal=ideal, maximum=maximum) if each.priority is Priority.A else each
        for each in one.tracks
    )
    return fits(replace(one, tracks=tuple(slower)))


def _without(one: Plan, people: tuple[PersonId, ...]) -> bool:
    left = tuple(each for each in one.tracks if each.id not in people)
    return fits(replace(one, tracks=left))
