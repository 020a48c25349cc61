from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from agent.proposing.guests import GuestTimes, guests
from connectors.errors import TemporarilyUnavailable
from policies.interval import Interval
from tests.make import interval, person

WINDOW = interval("2026-03-02 00:00", "2026-03-23 00:00")
NOON = interval("2026-03-03 12:00", "2026-03-03 13:00")
LATER = interval("2026-03-03 12:30", "2026-03-03 14:00")
ANA = replace(person("Ana Silva"), addresses=("ana@example.com", "ana@example.net"))
CREW = [replace(person(f"Person {n}"), addresses=(f"p{n}@example.org",)) for n in range(50)]


@dataclass
class Directory:
    """Shows what it holds, and notes what it was asked."""

    shown: Mapping[str, tuple[Interval, ...]]
    asked: list[tuple[str, ...]] = field(default_factory=list)
    is_down: bool = False

    def busy(
        self, addresses: tuple[str, ...], window: Interval
    ) -> Mapping[str, tuple[Interval, ...] | None]:
        assert window == WINDOW
        self.asked.append(addresses)
        if self.is_down:
            raise TemporarilyUnavailable("work", "it is down")
        return {each: self.shown.get(each) for each in addresses}


def test_a_guest_is_taken_when_any_of_their_calendars_says_so() -> None:
    one = Directory({"ana@example.com": (NOON,)})
    other = Directory({"ana@example.net": (LATER,)})

    assert GuestTimes([one, other], [], WINDOW).of(ANA) == (
        interval("2026-03-03 12:00", "2026-03-03 14:00"),
    )
    assert other.asked == [("ana@example.net",)]


def test_unknown_is_not_free() -> None:
    times = GuestTimes([Directory({"p1@example.org": ()})], [], WINDOW)

    assert times.of(CREW[0]) is None
    assert times.of(CREW[1]) == ()


def test_those_next_in_line_are_asked_about_together_and_once() -> None:
    directory = Directory({})
    times = GuestTimes([directory], CREW, WINDOW)

    for each in CREW[:20]:
        times.of(each)
    assert [len(each) for each in directory.asked] == [20]
    times.of(CREW[20])
    assert [len(each) for each in directory.asked] == [20, 20]


def test_a_source_that_fails_is_not_asked_again_and_the_others_are() -> None:
    down, well = Directory({}, is_down=True), Directory({"p0@example.org": (NOON,)})
    times = GuestTimes([down, well], [], WINDOW)

    assert times.of(CREW[0]) == (NOON,)
    assert times.of(CREW[1]) is None
    assert len(down.asked) == 1
    assert [str(each) for each in times.failures] == ["work: it is down"]


@pytest.mark.parametrize("country", ["", "SE", "XX"])
def test_without_a_source_everybodys_calendar_is_unknown(country: str) -> None:
    known = guests(GuestTimes([], [ANA], WINDOW), range(2026, 2027))

    assert known(replace(ANA, country=country)).side.busy is None
