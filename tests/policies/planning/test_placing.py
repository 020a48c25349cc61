from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

from policies.interval import Interval
from policies.planning.placing import Surroundings, best, meeting_runs, scores
from policies.rules import PlanningRules
from tests.make import BERLIN, interval, utc

# Office hours of one winter week in Berlin, 09:00 to 17:00 there.
WEEK = tuple(interval(f"2026-03-0{day} 08:00", f"2026-03-0{day} 16:00") for day in (2, 3, 4, 5, 6))
AROUND = Surroundings(PlanningRules(), BERLIN, utc("2026-03-01 12:00"), WEEK, (), ())
HALF = timedelta(minutes=30)


def at(text: str, length: timedelta = HALF) -> Interval:
    start = utc(f"2026-03-{text}")
    return Interval(start, start + length)


def points(
    when: Interval, around: Surroundings = AROUND, *, early: bool = False
) -> dict[str, float]:
    return {part.name: part.points for part in scores(when, around, early=early)}  # fmt: skip


def test_the_preferred_time_on_an_open_day_loses_nothing() -> None:
    assert points(at("02 08:30")) == {}


def test_every_hour_from_the_preferred_time_counts_the_same_before_and_after() -> None:
    afternoon = replace(AROUND, rules=PlanningRules(preferred_time=time(14, 0)))

    assert points(at("02 14:30"), afternoon) == {"hours from the preferred time": -3.0}
    assert points(at("02 11:30"), afternoon) == {"hours from the preferred time": -3.0}


def test_the_nearest_preferred_day_is_what_counts() -> None:
    fridays = replace(AROUND, rules=PlanningRules(preferred_days=(0, 4)))

    assert points(at("02 08:30"), fridays) == {}
    assert points(at("03 08:30"), fridays) == {"days from a preferred day": -3.0}
    assert points(at("05 08:30"), fridays) == {"days from a preferred day": -3.0}


def test_a_day_keeps_its_last_long_stretch() -> None:
    two_hours = (interval("2026-03-02 08:30", "2026-03-02 10:30"),)
    tight = replace(AROUND, free=two_hours)
    roomy = replace(AROUND, free=(*two_hours, interval("2026-03-02 12:00", "2026-03-02 14:00")))

    assert points(at("02 08:30"), tight) == {"splits the day's last long stretch": -4.0}
    assert points(at("02 08:30"), roomy) == {}


def test_time_that_was_never_long_is_no_loss() -> None:
    short = replace(AROUND, free=(interval("2026-03-02 08:30", "2026-03-02 10:00"),))

    assert points(at("02 08:30"), short) == {}


def test_a_run_of_meetings_on_either_side_counts() -> None:
    runs = (
        interval("2026-03-02 06:00", "2026-03-02 08:20"),
        interval("2026-03-02 09:14", "2026-03-02 11:00"),
    )
    around = replace(AROUND, runs=runs)

    assert points(at("02 08:30"), around) == {"beside back-to-back meetings": -4.0}
    assert points(at("02 08:30"), replace(around, runs=runs[:1])) == {
        "beside back-to-back meetings": -2.0
    }
    assert points(at("03 08:30"), around) == {}


def test_planning_twice_on_one_day_is_avoided() -> None:
    around = replace(AROUND, planned=(at("02 13:00"),))

    assert points(at("02 08:30"), around) == {"other planning on that day": -6.0}


def test_waiting_only_counts_for_what_should_come_soon() -> None:
    assert points(at("03 08:30"), early=True) == {"days to wait": -2.78125}


def test_meetings_with_short_gaps_are_one_run_and_short_ones_are_none() -> None:
    meetings = [
        interval("2026-03-02 08:00", "2026-03-02 08:30"),
        interval("2026-03-02 08:45", "2026-03-02 09:30"),
        interval("2026-03-02 11:00", "2026-03-02 12:00"),
        interval("2026-03-02 12:16", "2026-03-02 12:45"),
    ]

    assert meeting_runs(meetings) == (interval("2026-03-02 08:00", "2026-03-02 09:30"),)


def test_the_best_time_wins_whatever_the_order_and_the_earlier_of_equals() -> None:
    candidates = [at("04 08:30"), at("03 08:30"), at("02 09:00")]

    for order in (candidates, candidates[::-1]):
        found = best(order, AROUND, early=False)
        assert found
        assert found[0] == at("03 08:30")


def test_nothing_to_choose_from_is_no_choice() -> None:
    assert best([], AROUND, early=True) is None
