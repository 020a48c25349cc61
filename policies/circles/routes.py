"""Introductions: who could open the door, by who was in small rooms with whom.

A route is a suggestion to ask somebody, and never more: nothing here is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from math import exp2
from typing import Final, NamedTuple

from policies.audit.cadence import Standing, Status
from policies.frozen import frozen
from policies.people.naming import called
from policies.people.person import Person, PersonId, Quality
from policies.spoken import counted, long_day

_HALF_LIFE_DAYS: Final = 365
_CLOSE: Final = {Status.GREEN: 1.0, Status.AMBER: 0.75, Status.RED: 0.5, Status.GREY: 0.0}
_RATED: Final = {Quality.STRONG: 1.5, Quality.FAIR: 1.0, Quality.POOR: 0.5, None: 1.0}


class Room(NamedTuple):
    """A small meeting on one day: which of the addresses that matter were in it.

    ``size`` counts everyone, the owner included if they were there.
    """

    day: date
    people: frozenset[str]
    size: int


class Footing(StrEnum):
    """Why somebody may know the person wanted; the first is shown by calendars."""

    ROOMS = "rooms"
    ORGANISATION = "organisation"
    FUNCTION = "function"


_BEST_FIRST: Final = (Footing.ROOMS, Footing.FUNCTION, Footing.ORGANISATION)


@frozen
class Wanted:
    """Whom the owner would like to meet: one person, or somebody of an organisation or function.

    ``name`` is how to speak of them. ``addresses`` are theirs, or those of people there;
    ``ids`` whoever of the list is meant, who is not asked for an introduction to themselves.
    With a colleague the owner shares the organisation, so that alone makes nobody a way to them.
    """

    name: str
    addresses: frozenset[str] = frozenset()
    organisation: str = ""
    function: str = ""
    ids: frozenset[PersonId] = frozenset()
    is_one: bool = True
    is_colleague: bool = False


@frozen
class Route:
    """Somebody to ask. ``rooms`` is how many small meetings they had with whoever is wanted.

    ``last`` is the day of the latest, ``None`` without any. ``strength`` is what routes of one
    footing are ranked by: each room counts by how small it was and half as much for every year
    it is past; all of it by how close the owner is to the person asked.
    """

    via: Standing
    wanted: Wanted
    footing: Footing
    rooms: int
    last: date | None
    strength: float

    @property
    def sentence(self) -> str:
        """`Ask Ana whether they would introduce you to Raj: …`"""
        name = called(self.via.person.name) or self.via.person.name
        return f"Ask {name} whether {self._what}: {self.because}."

    @property
    def because(self) -> str:
        if self.last is not None:
            count = counted(self.rooms, "small meeting")
            when = "on" if self.rooms == 1 else "the last on"
            together = "together" if self.wanted.is_one else "with people there"
            return f"{self._they} were in {count} {together}, {when} {long_day(self.last)}"
        inside = f" in {self.wanted.function}" if self.footing is Footing.FUNCTION else ""
        where = f"at {self.wanted.organisation}" if self.wanted.is_one else "there"
        return f"{self._they} work{inside} {where}"

    @property
    def _they(self) -> str:
        return "the two" if self.wanted.is_one else "they"

    @property
    def _what(self) -> str:
        if self.wanted.is_one and self.footing is Footing.ROOMS:
            return f"they would introduce you to {self.wanted.name}"
        if self.wanted.is_one:
            return f"they know {self.wanted.name} and would introduce you"
        return f"they would introduce you to {self.wanted.name}"


def routes(
    wanted: Wanted, rooms: Iterable[Room], standings: Iterable[Standing], today: date
) -> tuple[Route, ...]:
    """Whom to ask for an introduction, best first.

    To one person those lead who were in rooms with them; to somebody of an organisation those
    who are there themselves.

    Nobody is asked whom the owner has not met, or whom they said not to contact. Ties go by id,
    and the order of neither input matters.
    """
    rooms = tuple(rooms)
    known = [each for each in standings if _may_ask(each, wanted)]
    shared = _by_address(rooms, wanted.addresses)
    found = [route for each in known if (route := _route(each, wanted, shared, today))]
    order = _BEST_FIRST if wanted.is_one else tuple(reversed(Footing))
    return tuple(
        sorted(found, key=lambda one: (order.index(one.footing), -one.strength, one.via.person.id))
    )


def _may_ask(one: Standing, wanted: Wanted) -> bool:
    person = one.person
    return not (one.to_meet or person.boundaries.do_not_contact or person.id in wanted.ids)


def _by_address(rooms: Iterable[Room], wanted: frozenset[str]) -> Mapping[str, list[Room]]:
    found: dict[str, list[Room]] = {}
    for room in rooms:
        if room.people & wanted:
            for address in room.people - wanted:
                found.setdefault(address, []).append(room)
    return found


def _route(
    one: Standing, wanted: Wanted, shared: Mapping[str, list[Room]], today: date
) -> Route | None:
    person = one.person
    met = [room for address in person.addresses for room in shared.get(address, ())]
    close = _CLOSE[one.status] * _RATED[person.quality]
    if met:
        # A sum of floats depends on its order.
        weights = sorted(_weight(room, today) for room in met)
        last = max(room.day for room in met)
        return Route(one, wanted, Footing.ROOMS, len(met), last, close * sum(weights))
    footing = _same_house(person, wanted)
    return Route(one, wanted, footing, 0, None, close) if footing else None


def _weight(room: Room, today: date) -> float:
    """A room of two besides the owner says most; twice the people, half as much."""
    past_days = max((today - room.day).days, 0)
    return exp2(-past_days / _HALF_LIFE_DAYS) / max(room.size - 1, 1)


def _same_house(person: Person, wanted: Wanted) -> Footing | None:
    if not wanted.organisation or not _alike(person.organisation, wanted.organisation):
        return None
    if wanted.function and _alike(person.function, wanted.function):
        return Footing.FUNCTION
    return None if wanted.is_colleague else Footing.ORGANISATION


def _alike(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()
