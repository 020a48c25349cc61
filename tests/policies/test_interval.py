from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.interval import Interval, common, merged, without
from tests.make import interval, utc

START = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

# Few minutes in all, so that lists touch, overlap and repeat often.
_ends = st.tuples(st.integers(0, 30), st.integers(0, 30)).filter(lambda pair: pair[0] != pair[1])
intervals = st.lists(
    _ends.map(lambda pair: Interval(START + min(pair) * MINUTE, START + max(pair) * MINUTE)),
    max_size=8,
)


def minutes(spans: tuple[Interval, ...] | list[Interval]) -> set[int]:
    """The minutes covered, by looking at every one."""
    return {
        minute
        for minute in range(31)
        for each in spans
        if each.start <= START + minute * MINUTE < each.end
    }


def is_tidy(spans: tuple[Interval, ...]) -> bool:
    return all(one.end < other.start for one, other in pairwise(spans))


def test_ends_in_any_zone_are_the_same_interval() -> None:
    berlin = timezone(timedelta(hours=1))

    there = Interval(
        datetime(2026, 3, 2, 10, tzinfo=berlin), datetime(2026, 3, 2, 11, tzinfo=berlin)
    )

    assert there == interval("2026-03-02 09:00", "2026-03-02 10:00")
    assert there.length == timedelta(hours=1)


@pytest.mark.parametrize("end", ["2026-03-02 09:00", "2026-03-02 08:00"])
def test_an_interval_ends_after_it_starts(end: str) -> None:
    with pytest.raises(ValueError, match="not after start"):
        interval("2026-03-02 09:00", end)


@pytest.mark.parametrize("which", ["start", "end"])
def test_an_interval_needs_a_time_zone(which: str) -> None:
    ends = {"start": utc("2026-03-02 09:00"), "end": utc("2026-03-02 10:00")}
    ends[which] = ends[which].replace(tzinfo=None)

    with pytest.raises(ValueError, match=f"{which} has no time zone"):
        Interval(**ends)


def test_intervals_that_only_touch_do_not_overlap() -> None:
    morning = interval("2026-03-02 09:00", "2026-03-02 10:00")

    assert not morning.overlaps(interval("2026-03-02 10:00", "2026-03-02 11:00"))
    assert not morning.overlaps(interval("2026-03-02 08:00", "2026-03-02 09:00"))
    assert morning.overlaps(interval("2026-03-02 09:59", "2026-03-02 11:00"))


def test_an_interval_contains_itself_and_what_lies_inside() -> None:
    morning = interval("2026-03-02 09:00", "2026-03-02 10:00")

    assert morning.contains(morning)
    assert morning.contains(interval("2026-03-02 09:10", "2026-03-02 09:20"))
    assert not morning.contains(interval("2026-03-02 09:10", "2026-03-02 10:01"))


def test_a_buffer_widens_both_ends() -> None:
    morning = interval("2026-03-02 09:00", "2026-03-02 10:00")

    widened = morning.widened(timedelta(minutes=10), timedelta(minutes=20))

    assert widened == interval("2026-03-02 08:50", "2026-03-02 10:20")


@settings(deadline=None)
@given(intervals)
def test_merging_keeps_the_time_and_leaves_gaps(spans: list[Interval]) -> None:
    result = merged(spans)

    assert minutes(result) == minutes(spans)
    assert is_tidy(result)


@settings(deadline=None)
@given(intervals)
def test_merging_ignores_order_and_happens_once(spans: list[Interval]) -> None:
    result = merged(spans)

    assert merged(reversed(spans)) == result
    assert merged(result) == result


@settings(deadline=None)
@given(intervals, intervals)
def test_what_is_left_is_free_and_not_busy(free: list[Interval], busy: list[Interval]) -> None:
    result = without(free, busy)

    assert minutes(result) == minutes(free) - minutes(busy)
    assert not any(one.overlaps(other) for one in result for other in busy)
    assert all(one.start < other.start for one, other in pairwise(result))


@settings(deadline=None)
@given(intervals, intervals)
def test_common_time_is_in_both_whichever_comes_first(
    one: list[Interval], other: list[Interval]
) -> None:
    result = common(one, other)

    assert minutes(result) == minutes(one) & minutes(other)
    assert result == common(other, one)


@settings(deadline=None)
@given(intervals, intervals)
def test_what_is_left_and_what_is_common_make_up_the_whole(
    one: list[Interval], other: list[Interval]
) -> None:
    parts = without(one, other) + common(one, other)

    assert merged(parts) == merged(one)
