from __future__ import annotations

import pytest

from policies.foresight.rhythm import expected


@pytest.mark.parametrize(
    ("past", "booked", "days"),
    [
        ([], [], ()),
        ([50, 90], [], ()),
        ([72, 86, 93], [], (107, 121)),
        ([51, 65, 79, 95], [109], (123,)),
        ([65, 79, 93], [107, 121], ()),
        ([79, 79, 93, 95], [], (109, 123)),
    ],
)
def test_a_rhythm_goes_on_after_what_is_booked(
    past: list[int], booked: list[int], days: tuple[int, ...]
) -> None:
    assert expected(past, booked, today=100, until=125, maximum=21) == days


def test_one_that_has_stopped_or_is_slower_than_the_longest_gap_is_none() -> None:
    assert expected([40, 54, 68], [], today=100, until=200, maximum=21) == ()
    assert expected([10, 40, 70, 99], [], today=100, until=200, maximum=21) == ()


@pytest.mark.parametrize(
    ("last", "first"),
    [
        pytest.param(87, 101, id="due tomorrow"),
        pytest.param(86, 107, id="due today"),
        pytest.param(80, 107, id="overdue"),
    ],
)
def test_a_meeting_that_is_due_and_in_no_calendar_is_not_taken_for_todays(
    last: int, first: int
) -> None:
    past = [last - 28, last - 14, last]

    assert expected(past, [], today=100, until=125, maximum=21) == (first, first + 14)


def test_half_of_a_gap_of_one_day_is_tomorrow() -> None:
    assert expected([97, 98, 99], [], today=100, until=102, maximum=21) == (101, 102)
