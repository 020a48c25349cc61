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


def test_nothing_is_expected_of_days_that_are_over() -> None:
    assert expected([52, 66, 80], [], today=100, until=130, maximum=21)[0] >= 100
