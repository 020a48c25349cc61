from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from policies.foresight.diary import Day, Diary, Week, days, planning_in, usual
from policies.rules import PlanningRules, Rules, SlotRules
from tests import make
from tests.policies.foresight.weeks import HOUR, MONDAY, diary, mondays

LENGTH, GAP = timedelta(minutes=45), timedelta(minutes=15)
NO_PLANNING = replace(Rules(), planning=PlanningRules(enabled=False))


def test_a_stretch_too_short_for_a_meeting_is_no_free_time() -> None:
    free = [
        make.interval("2026-01-05 08:00", "2026-01-05 08:40"),
        make.interval("2026-01-05 10:00", "2026-01-05 10:45"),
    ]

    assert days(free, make.BERLIN, LENGTH, GAP) == {MONDAY: Day(timedelta(minutes=45), 1)}


@pytest.mark.parametrize(
    ("minutes", "meetings"), [(45, 1), (104, 1), (105, 2), (164, 2), (165, 3), (480, 8)]
)
def test_between_two_meetings_of_a_stretch_the_gap_stays_free(minutes: int, meetings: int) -> None:
    start = make.utc("2026-01-05 08:00")
    free = [replace(make.interval("2026-01-05 08:00", "2026-01-05 09:00"),
                    end=start + timedelta(minutes=minutes))]  # fmt: skip

    (day,) = days(free, make.BERLIN, LENGTH, GAP).values()

    assert day.meetings == meetings


def test_a_stretch_counts_for_the_owners_own_day() -> None:
    free = [make.interval("2026-01-05 23:30", "2026-01-06 02:00")]

    assert list(days(free, make.BERLIN, LENGTH, GAP)) == [date(2026, 1, 6)]


def test_a_week_of_leave_does_not_change_what_is_usual() -> None:
    full = {
        monday + timedelta(days=number): Day(3 * HOUR, 3)
        for monday in mondays(4)
        for number in range(5)
    }
    on_leave = {day: each for day, each in full.items() if day >= MONDAY + timedelta(days=7)}

    assert usual(on_leave, mondays(4)) == usual(full, mondays(4))
    assert usual(full, mondays(4))[0] == Day(3 * HOUR, 3)
    assert usual(full, mondays(4))[6] == Day()


def test_of_weeks_half_full_and_half_empty_the_fuller_are_usual() -> None:
    known = {MONDAY: Day(4 * HOUR, 4)}

    assert usual(known, mondays(2))[0] == Day()
    assert usual(known, ()) == (Day(),) * 7


def test_a_week_to_come_is_a_usual_one_or_what_is_left_of_it() -> None:
    whole = diary(2, hours=3, meetings=3)
    away = {day: each for day, each in whole.known.items() if day != MONDAY + timedelta(days=1)}
    booked = away | {MONDAY: Day(HOUR, 1), MONDAY + timedelta(days=2): Day(9 * HOUR, 9)}

    first, second = replace(whole, known=booked).weeks(NO_PLANNING)

    assert first.free == HOUR + 3 * 3 * HOUR
    assert second.free == 5 * 3 * HOUR


@pytest.mark.parametrize(
    ("rules", "most"),
    [
        ({"slots": SlotRules(per_day=1, per_week=9)}, 5),
        ({"slots": SlotRules(per_day=4, per_week=9)}, 9),
        ({"slots": SlotRules(per_day=4, per_week=2)}, 2),
        ({"slots": SlotRules(per_day=9, per_week=99)}, 20),
    ],
)
def test_no_week_has_room_for_more_than_the_caps(rules: dict[str, SlotRules], most: int) -> None:
    etiquette = replace(Rules().etiquette, per_week=99, per_run=9)

    (week,) = diary(1).weeks(replace(NO_PLANNING, etiquette=etiquette, **rules))  # type: ignore[arg-type]

    assert week.meetings == most


def test_more_time_is_more_meetings_as_far_as_the_caps_go() -> None:
    slots = SlotRules(per_day=9, per_week=99)
    etiquette = replace(Rules().etiquette, per_week=99, per_run=9)
    rules = replace(NO_PLANNING, slots=slots, etiquette=etiquette)

    (week,) = diary(1, hours=1, meetings=1).weeks(rules)
    (more,) = diary(1, hours=1, meetings=1).weeks(rules, extra=2 * HOUR)

    assert (more.free - week.free, more.meetings - week.meetings) == (2 * HOUR, 2)


@pytest.mark.parametrize(
    ("monday", "first", "minutes"),
    [
        (date(2026, 1, 5), False, 30),
        (date(2026, 1, 5), True, 90),
        (date(2026, 3, 16), False, 30),
        (date(2026, 3, 23), False, 90),
        (date(2026, 3, 30), False, 30),
    ],
)
def test_planning_takes_its_time_first(monday: date, *, first: bool, minutes: int) -> None:
    assert planning_in(PlanningRules(), monday, first=first) == timedelta(minutes=minutes)


def test_without_planning_slots_nothing_is_kept_for_them() -> None:
    assert planning_in(PlanningRules(enabled=False), MONDAY, first=True) == timedelta()


def test_a_full_week_has_no_time_and_its_friday() -> None:
    full = Diary((Day(),) * 7, {}, mondays(1), HOUR, first_planning=True)

    assert full.weeks(Rules()) == (Week(MONDAY, timedelta(), 0, MONDAY + timedelta(days=4)),)


def test_a_week_ends_with_its_last_day_that_has_room() -> None:
    (week,) = diary(1, working=(0, 2)).weeks(NO_PLANNING)

    assert week.last == MONDAY + timedelta(days=2)
