from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.interval import merged
from policies.planning.block import Purpose
from policies.planning.periods import Want, horizon, period_said, wants, week_name, week_of
from policies.rules import PlanningRules
from tests.make import BERLIN, interval, utc

RULES = PlanningRules()
LONG_AGO = utc("2020-01-01 00:00")


def wanted(now: str, *, begun: datetime = LONG_AGO, weeks: int = 4) -> list[Want]:
    return list(wants(replace(RULES, weeks_ahead=weeks), BERLIN, utc(now), begun))


def reviews(now: str, *, begun: datetime = LONG_AGO, weeks: int = 4) -> list[tuple[str, str]]:
    """Each review with the local days it may lie on."""
    return [
        (
            each.period,
            " then ".join(
                f"{span.start.astimezone(UTC):%d %b}-{span.end - timedelta(hours=3):%d %b}"
                for span in each.spans
            ),
        )
        for each in wanted(now, begun=begun, weeks=weeks)
        if each.purpose is Purpose.REVIEW
    ]


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-03-02 05:00", "2026-03-29 22:00"),  # Monday: four weeks, to their last Sunday
        ("2026-03-03 05:00", "2026-04-05 22:00"),  # Tuesday: the fifth week is planned whole
        ("2026-03-08 22:30", "2026-04-05 22:00"),  # Sunday, half past eleven at night in Berlin
        ("2026-03-08 23:30", "2026-04-05 22:00"),  # Monday already in Berlin
    ],
)
def test_the_horizon_is_four_weeks_and_ends_with_a_sunday(now: str, end: str) -> None:
    assert horizon(RULES, BERLIN, utc(now)) == interval(now, end)


def test_every_week_ahead_wants_its_rhythm_from_now_on() -> None:
    weeks = [each for each in wanted("2026-12-23 10:00") if each.purpose is Purpose.RHYTHM]

    assert [each.period for each in weeks] == [
        "2026-W52",
        "2026-W53",
        "2027-W01",
        "2027-W02",
        "2027-W03",
    ]
    assert weeks[0].spans == (interval("2026-12-23 10:00", "2026-12-27 23:00"),)
    assert weeks[1].spans == (interval("2026-12-27 23:00", "2027-01-03 23:00"),)


def test_the_first_slot_may_lie_anywhere_ahead_but_should_be_early() -> None:
    first = wanted("2026-03-02 05:00")[0]

    assert first == Want(
        Purpose.FIRST,
        "first",
        1,
        timedelta(minutes=90),
        (horizon(RULES, BERLIN, utc("2026-03-02 05:00")),),
        early=True,
    )


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        # Too early to see the quarter's last two weeks whole.
        ("2026-02-16 09:00", [("2025-Q4", "16 Feb-15 Mar")]),
        # Seen whole: in its window, else in what follows of the horizon.
        (
            "2026-03-03 09:00",
            [("2025-Q4", "03 Mar-05 Apr"), ("2026-Q1", "17 Mar-31 Mar then 31 Mar-05 Apr")],
        ),
        # Due: the one missed before is given up.
        ("2026-03-18 09:00", [("2026-Q1", "18 Mar-31 Mar then 31 Mar-19 Apr")]),
        # Overdue: as soon as possible.
        ("2026-04-01 09:00", [("2026-Q1", "01 Apr-03 May")]),
    ],
)
def test_a_review_is_due_in_the_last_two_weeks_of_its_quarter(
    now: str, expected: list[tuple[str, str]]
) -> None:
    assert reviews(now) == expected


def test_a_quarter_that_planning_hardly_saw_is_not_reviewed() -> None:
    assert reviews("2026-03-20 09:00", begun=utc("2026-03-03 08:00")) == [
        ("2026-Q1", "20 Mar-31 Mar then 31 Mar-19 Apr")
    ]
    assert reviews("2026-03-20 09:00", begun=utc("2026-03-04 08:00")) == []
    assert reviews("2026-04-20 09:00", begun=utc("2026-03-04 08:00")) == []


def test_a_long_horizon_sees_several_reviews_coming() -> None:
    found = reviews("2026-11-02 09:00", begun=utc("2026-11-02 09:00"), weeks=23)

    assert [period for period, _ in found] == ["2026-Q4", "2027-Q1"]


def test_a_short_horizon_looks_for_a_review_once_it_is_due() -> None:
    assert reviews("2026-03-17 09:00", begun=utc("2026-01-01 09:00"), weeks=1) == []
    assert reviews("2026-03-18 09:00", begun=utc("2026-01-01 09:00"), weeks=1) == [
        ("2026-Q1", "18 Mar-29 Mar")
    ]


def test_a_week_is_that_of_the_owners_own_clock() -> None:
    late_sunday = utc("2026-03-08 23:30")

    assert week_name(late_sunday, BERLIN) == "2026-W11"
    assert week_name(late_sunday, "America/New_York") == "2026-W10"
    assert week_of(late_sunday, BERLIN) == interval("2026-03-08 23:00", "2026-03-15 23:00")


@given(
    now=st.datetimes(datetime(2017, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants them bare
    zone=st.sampled_from(["Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu"]),
    weeks=st.integers(1, 30),
    begun=st.dates(date(2016, 1, 1), date(2029, 1, 1)),
)
def test_what_is_wanted_lies_ahead_and_the_weeks_leave_no_gap(
    now: datetime, zone: str, weeks: int, begun: date
) -> None:
    rules = replace(RULES, weeks_ahead=weeks)
    ahead = horizon(rules, zone, now)

    found = list(wants(rules, zone, now, datetime(begun.year, begun.month, begun.day, tzinfo=UTC)))

    change = timedelta(hours=1)  # of the clocks, on the way
    assert timedelta(days=7 * weeks - 1) - change <= ahead.length
    assert ahead.length < timedelta(days=7 * weeks + 7) + change
    assert all(ahead.contains(span) for each in found for span in each.spans)
    assert all(each.spans for each in found)
    assert len({each.period for each in found}) == len(found)
    rhythm = [span for each in found if each.purpose is Purpose.RHYTHM for span in each.spans]
    assert merged(rhythm) == (ahead,)


@pytest.mark.parametrize(
    ("period", "said"),
    [
        ("first", ""),
        ("2026-W51", "in the week of 14 December"),
        ("2026-W53", "in the week of 28 December"),
        ("2027-W01", "in the week of 4 January"),
        ("2026-Q4", "for the last quarter of 2026"),
    ],
)
def test_a_period_is_said_by_its_days(period: str, said: str) -> None:
    assert period_said(period) == said
