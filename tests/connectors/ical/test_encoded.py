from __future__ import annotations

import gc

import pytest

from connectors.ical.encoded import Encoded
from policies.calendar import codec
from policies.calendar.event import CalendarItem
from tests.make import event, item

ITEMS = tuple(item(event(start)) for start in ("2026-03-02 09:00", "2026-03-09 09:00"))
AS_TEXT = [codec.encode(each).encode() for each in ITEMS]


def test_what_is_held_as_text_is_what_a_tuple_of_it_is() -> None:
    held = Encoded(AS_TEXT)

    assert (len(held), tuple(held), tuple(held)) == (2, ITEMS, ITEMS)
    assert (held[0], held[-1], tuple(held[1:])) == (ITEMS[0], ITEMS[-1], ITEMS[1:])
    assert held == ITEMS
    assert held == Encoded(AS_TEXT)
    assert hash(held) == hash(ITEMS)


@pytest.mark.parametrize("other", [(), ITEMS[:1], ITEMS[::-1], None])
def test_what_holds_others_is_another(other: object) -> None:
    assert Encoded(AS_TEXT) != other


def test_of_many_items_only_the_one_in_hand_takes_room() -> None:
    held = Encoded(AS_TEXT * 100)
    before = _alive()

    most = max(_alive() for _ in held)

    assert most <= before + 1


def _alive() -> int:
    return sum(type(each) is CalendarItem for each in gc.get_objects())
