from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.audit.cadence import Standing, standing
from policies.circles.routes import Footing, Room, Route, Wanted, routes
from policies.people.person import Boundaries, PersonId, Quality
from policies.rules import CadenceRules
from tests import make

TODAY = date(2026, 3, 2)
RAJ = make.person("Raj Patel")
WANTED = Wanted(RAJ.name, frozenset(RAJ.addresses), "Contoso", "Finance", frozenset([RAJ.id]))


def known(name: str, days_ago: int | None = 5, **changes: Any) -> Standing:  # noqa: ANN401 - any field
    last = None if days_ago is None else TODAY - timedelta(days=days_ago)
    who = replace(make.person(name), **changes)
    return standing(who, last, None, TODAY, CadenceRules())


def room(*names: str, days_ago: int = 30, size: int = 3) -> Room:
    addresses = frozenset(address for name in names for address in make.person(name).addresses)
    return Room(TODAY - timedelta(days=days_ago), addresses, size)


def to(wanted: Wanted, rooms: list[Room], *people: Standing) -> list[Route]:
    return list(routes(wanted, rooms, people, TODAY))


def asked(rooms: list[Room], *people: Standing) -> list[str]:
    return [each.via.person.name for each in to(WANTED, rooms, *people)]


def test_a_route_says_whom_to_ask_and_what_shows_it() -> None:
    both = [room("Ana Silva", "Raj Patel", days_ago=days) for days in (30, 90)]

    (one,) = to(WANTED, both, known("Ana Silva"))
    assert one.sentence == (
        "Ask Ana whether they would introduce you to Raj Patel: the two were in 2 small meetings"
        " together, the last on 31 January 2026."
    )
    (once,) = to(WANTED, both[:1], known("Ana Silva"))
    assert once.because == "the two were in 1 small meeting together, on 31 January 2026"


@pytest.mark.parametrize(
    ("changes", "days_ago"),
    [
        ({}, None),
        ({"boundaries": Boundaries(do_not_contact=True)}, 5),
    ],
)
def test_nobody_is_asked_who_is_to_meet_or_not_to_be_contacted(
    changes: dict[str, Any], days_ago: int | None
) -> None:
    assert asked([room("Ana Silva", "Raj Patel")], known("Ana Silva", days_ago, **changes)) == []


def test_nobody_is_asked_for_an_introduction_to_themselves() -> None:
    assert asked([room("Raj Patel", "Ana Silva")], known("Raj Patel")) == []


def test_a_room_with_only_one_of_the_two_shows_nothing() -> None:
    assert asked([room("Ana Silva"), room("Raj Patel")], known("Ana Silva")) == []


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        pytest.param({"days_ago": 10}, {"days_ago": 400}, id="a recent room"),
        pytest.param({"size": 3}, {"size": 8}, id="a small room"),
    ],
)
def test_what_says_more_comes_first(better: dict[str, int], worse: dict[str, int]) -> None:
    rooms = [room("Ana Silva", "Raj Patel", **worse), room("Mei Lin", "Raj Patel", **better)]

    assert asked(rooms, known("Ana Silva"), known("Mei Lin")) == ["Mei Lin", "Ana Silva"]


@pytest.mark.parametrize(
    ("near", "far"),
    [
        (known("Mei Lin", 5), known("Ana Silva", 300)),
        (known("Mei Lin", 5, quality=Quality.STRONG), known("Ana Silva", 5)),
        (known("Mei Lin", 5), known("Ana Silva", 5, quality=Quality.POOR)),
    ],
)
def test_of_two_who_know_them_equally_the_one_closer_to_the_owner_is_asked_first(
    near: Standing, far: Standing
) -> None:
    rooms = [room("Ana Silva", "Raj Patel"), room("Mei Lin", "Raj Patel")]

    assert asked(rooms, far, near) == ["Mei Lin", "Ana Silva"]


def test_without_a_room_those_of_the_same_house_come_and_of_the_same_function_first() -> None:
    house: dict[str, Any] = {"organisation": "contoso"}
    people = (
        known("Ana Silva", **house),
        known("Mei Lin", **house, function="finance"),
        known("Kim Berg", organisation="Elsewhere"),
        known("Tom Ek", **house),
    )
    found = to(WANTED, [room("Tom Ek", "Raj Patel")], *people)

    assert [each.footing for each in found] == [
        Footing.ROOMS,
        Footing.FUNCTION,
        Footing.ORGANISATION,
    ]
    assert [each.sentence for each in found[1:]] == [
        (
            "Ask Mei whether they know Raj Patel and would introduce you:"
            " the two work in Finance at Contoso."
        ),
        "Ask Ana whether they know Raj Patel and would introduce you: the two work at Contoso.",
    ]


def test_to_a_colleague_the_house_alone_is_no_way() -> None:
    colleague = replace(WANTED, is_colleague=True)
    people = known("Ana Silva", organisation="Contoso")

    assert to(colleague, [], people) == []


def test_to_somebody_of_a_house_those_who_are_there_come_first() -> None:
    anybody = replace(WANTED, name="somebody in Finance at Contoso", ids=frozenset(), is_one=False)
    people = (
        known("Ana Silva"),
        known("Mei Lin", organisation="Contoso", function="Finance"),
        known("Kim Berg", organisation="Contoso"),
    )

    assert [each.sentence for each in to(anybody, [room("Ana Silva", "Raj Patel")], *people)] == [
        (
            "Ask Mei whether they would introduce you to somebody in Finance at Contoso:"
            " they work in Finance there."
        ),
        (
            "Ask Kim whether they would introduce you to somebody in Finance at Contoso:"
            " they work there."
        ),
        (
            "Ask Ana whether they would introduce you to somebody in Finance at Contoso:"
            " they were in 1 small meeting with people there, on 31 January 2026."
        ),
    ]


NAMES = ("Ana Silva", "Mei Lin", "Kim Berg")
PEOPLE = [known(name, days) for name, days in zip(NAMES, (5, 50, 300), strict=True)]
rooms_ = st.lists(
    st.builds(
        lambda names, days_ago, size: room("Raj Patel", *names, days_ago=days_ago, size=size),
        st.sets(st.sampled_from(NAMES)),
        st.integers(0, 900),
        st.integers(2, 8),
    ),
    max_size=6,
)


def strengths(rooms: list[Room], people: list[Standing]) -> dict[PersonId, float]:
    return {each.via.person.id: each.strength for each in to(WANTED, rooms, *people)}


@given(rooms_, st.randoms(use_true_random=False))
def test_the_order_of_rooms_and_people_changes_nothing(rooms: list[Room], random: Any) -> None:  # noqa: ANN401 - hypothesis' own
    shuffled, people = list(rooms), list(PEOPLE)
    random.shuffle(shuffled)
    random.shuffle(people)

    assert to(WANTED, shuffled, *people) == to(WANTED, rooms, *PEOPLE)


@given(rooms_, rooms_)
def test_another_room_never_weakens_a_route_nor_loses_one(
    rooms: list[Room], more: list[Room]
) -> None:
    before, after = strengths(rooms, PEOPLE), strengths([*rooms, *more], PEOPLE)

    assert all(after[person] >= strength for person, strength in before.items())


@given(rooms_)
def test_routes_come_strongest_first(rooms: list[Room]) -> None:
    found = [each.strength for each in to(WANTED, rooms, *PEOPLE)]

    assert found == sorted(found, reverse=True)
