from __future__ import annotations

from collections.abc import Callable
from copy import copy, deepcopy
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace
from inspect import signature
from typing import Any

import pytest

from policies.frozen import frozen


def made_by(decorator: Callable[[type], type]) -> tuple[type, type]:
    """Two classes with all that values of ours have."""

    @decorator
    class Room:
        name: str
        seats: int = 4
        guests: list[str] = field(default_factory=list)
        code: str = field(default="", repr=False)
        seen: int = field(default=0, compare=False)

        def __post_init__(self) -> None:
            if self.seats < 0:
                raise ValueError("no such room")

        @property
        def is_full(self) -> bool:
            return len(self.guests) >= self.seats

    @decorator
    class Door:
        """Where one goes in."""

        width: int

        def __hash__(self) -> int:
            return 7

        def __repr__(self) -> str:
            return "a door"

    return Room, Door


STANDARD, STANDARD_DOOR = made_by(dataclass(frozen=True, slots=True))
OURS, OUR_DOOR = made_by(frozen)


@pytest.mark.parametrize(
    "seen",
    [
        lambda room, door: repr(room("red", 2, ["Ann"], "1234")).replace(room.__qualname__, ""),
        lambda room, door: room("red") == room("red"),
        lambda room, door: room("red") == room("blue"),
        lambda room, door: room("red", seen=1) == room("red", seen=2),
        lambda room, door: room("red") == ("red", 4, [], ""),
        lambda room, door: room("red") == made_by(dataclass)[0]("red"),
        lambda room, door: room("red") != room("red"),
        lambda room, door: hash(room("red", guests=(1,))) == hash(room("red", 4, (1,), "", 9)),
        lambda room, door: [each.name for each in fields(room)],
        lambda room, door: asdict(room("red", guests=["Ann"])),
        lambda room, door: asdict(copy(room("red", guests=["Ann"], code="1234"))),
        lambda room, door: asdict(deepcopy(room("red", guests=["Ann"], seen=3))),
        lambda room, door: (one := room("red"), deepcopy(one).guests is one.guests)[1],
        lambda room, door: asdict(replace(room("red", 2), name="blue")),
        lambda room, door: [
            (each.name, each.kind, each.default is each.empty)
            for each in signature(room).parameters.values()
        ],
        lambda room, door: (room.__name__, room.__module__, room.__qualname__, room.__match_args__),
        lambda room, door: (room.__slots__, room.is_full.__doc__, room("red", 0).is_full),
        lambda room, door: (hash(door(1)), repr(door(1)), door(1) == door(1), door.__doc__),
    ],
)
def test_is_as_the_standard_decorator_makes_it(seen: Callable[[Any, Any], object]) -> None:
    assert seen(OURS, OUR_DOOR) == seen(STANDARD, STANDARD_DOOR)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda room: setattr(room("red"), "name", "blue"),
        lambda room: delattr(room("red"), "name"),
        lambda room: room(),
        lambda room: room("red", colour="blue"),
        lambda room: room("red", 1, [], "", 0, 0),
        lambda room: room("red", -1),
        lambda room: replace(room("red"), seats=-1),
        lambda room: replace(room("red"), colour="blue"),
        lambda room: hash(room("red")),
    ],
)
def test_refuses_what_the_standard_decorator_refuses(wrong: Callable[[Any], object]) -> None:
    with pytest.raises((FrozenInstanceError, TypeError, ValueError)) as standard:
        wrong(STANDARD)

    with pytest.raises(standard.type) as ours:
        wrong(OURS)
    if standard.type is TypeError:
        assert str(ours.value) == str(standard.value)


def test_each_value_has_a_default_of_its_own() -> None:
    first, second = OURS("red"), OURS("blue")

    first.guests.append("Ann")

    assert second.guests == []
