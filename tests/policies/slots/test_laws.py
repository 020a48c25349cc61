"""What holds of every time that is found, whatever is known of two people.

Each of them in 75 cases on every run of the tests, 5,000 in the proofs, 100,000 in the soak: the
long ones in parts, which are done side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Final

import pytest
from hypothesis import HealthCheck, given, seed, settings

from policies.people.person import Format
from policies.proposal import Slot
from policies.slots.availability import Busy
from policies.slots.candidates import GuestSide, OwnerSide, own_times, suiting
from tests.policies.slots import plain
from tests.policies.slots.sides import sides

Law = Callable[[Sequence[Slot], OwnerSide, GuestSide, Format], None]
Record = Callable[[str, object], None]
FIGURE: Final = "cases in which each time found keeps every law"


def found(side: OwnerSide, guest: GuestSide, format_: Format) -> tuple[Slot, ...]:
    return suiting(own_times(side, format_), guest, side, senior=True, red=True)


def never_a_clash(
    slots: Sequence[Slot], side: OwnerSide, guest: GuestSide, format_: Format
) -> None:
    for slot in slots:
        assert not plain.is_taken(slot.when, side, guest, format_)


def in_the_hours_of_both(
    slots: Sequence[Slot], side: OwnerSide, guest: GuestSide, format_: Format
) -> None:
    owner = side.owner
    for slot in slots[::7]:
        theirs = guest.person.hours or owner.hours
        assert plain.in_hours(slot.when, owner.hours, owner.zone, format_, side)
        assert plain.in_hours(slot.when, theirs, guest.zone(owner), format_, side)


def the_same_the_other_way_round(
    _: Sequence[Slot], side: OwnerSide, guest: GuestSide, format_: Format
) -> None:
    """Where no rule is the owner's alone, it makes no difference who asks whom."""
    rule = replace(side.rules.formats[format_], in_person=False)
    rules = replace(
        side.rules,
        buffer=timedelta(),
        lunch=None,
        grid=timedelta(minutes=15),
        all_day_busy_blocks=True,
        tentative_blocks=True,
        formats=MappingProxyType({format_: rule}),
    )
    busy = tuple(each.when for each in side.busy)
    person, theirs = guest.person, guest.busy or ()
    one = OwnerSide(side.owner, rules, side.now, tuple(map(Busy, busy)), holidays=side.holidays)
    other = replace(
        one,
        owner=replace(
            side.owner, zone=guest.zone(side.owner), hours=person.hours or side.owner.hours
        ),
        busy=tuple(map(Busy, theirs)),
        holidays=guest.holidays,
    )
    mirrored = GuestSide(
        replace(person, zone=side.owner.zone, hours=side.owner.hours), side.holidays, busy
    )

    there = [slot.when for slot in found(one, guest, format_)]
    assert there == [slot.when for slot in found(other, mirrored, format_)]


def whatever_the_order(
    slots: Sequence[Slot], side: OwnerSide, guest: GuestSide, format_: Format
) -> None:
    turned = replace(
        side,
        busy=side.busy[::-1],
        protected=side.protected[::-1],
        holidays=side.holidays[::-1],
        reserved=side.reserved[::-1],
    )
    again = replace(guest, busy=guest.busy and guest.busy[::-1])

    assert slots == found(turned, again, format_)


LAWS: Final[tuple[Law, ...]] = (
    never_a_clash,
    in_the_hours_of_both,
    the_same_the_other_way_round,
    whatever_the_order,
)


def hold(cases: int, drawn: int) -> None:
    """Every law in each of so many cases, drawn from a seed."""

    @seed(drawn)
    @settings(max_examples=cases, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(sides())
    def holds(case: tuple[OwnerSide, GuestSide, Format]) -> None:
        slots = found(*case)
        for law in LAWS:
            law(slots, *case)

    holds()


def test_every_time_keeps_the_laws() -> None:
    hold(75, 0)


@pytest.mark.proof
@pytest.mark.parametrize("drawn", range(4))
def test_every_time_of_5_000_cases_keeps_the_laws(drawn: int, record_property: Record) -> None:
    record_property(FIGURE, 1_250)
    hold(1_250, drawn)


@pytest.mark.soak
@pytest.mark.parametrize("drawn", range(4, 24))
def test_every_time_of_100_000_cases_keeps_the_laws(drawn: int, record_property: Record) -> None:
    record_property(FIGURE, 5_000)
    hold(5_000, drawn)
