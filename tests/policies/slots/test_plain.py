"""The fast form of availability against the plain one, on either side of every change of clocks."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from policies.people.person import Format
from policies.slots.candidates import GuestSide, OwnerSide, own_times, suiting
from tests.policies.slots import plain
from tests.policies.slots.sides import sides


def agrees(given_sides: tuple[OwnerSide, GuestSide, Format]) -> None:
    side, guest, format_ = given_sides

    found = suiting(own_times(side, format_), guest, side, senior=True, red=True)
    assert [slot.when for slot in found] == plain.suits(side, guest, format_)


@given(sides())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_times_found_are_those_of_the_plain_definition(
    given_sides: tuple[OwnerSide, GuestSide, Format],
) -> None:
    agrees(given_sides)


@pytest.mark.proof
@given(sides())
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_they_are_in_hundreds_of_cases(
    given_sides: tuple[OwnerSide, GuestSide, Format],
) -> None:
    agrees(given_sides)
