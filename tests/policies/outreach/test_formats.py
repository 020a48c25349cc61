from __future__ import annotations

from dataclasses import replace

import pytest

from policies.outreach.formats import Distance, distance, formats_for, place_for
from policies.people.person import Format, Person, Relation, Seniority
from policies.rules import SlotRules
from tests.make import OWNER, person

RULES = SlotRules().formats
AT_HOME = replace(OWNER, place="Berlin")
COFFEE, LUNCH, WALK, CALL = Format.COFFEE, Format.LUNCH, Format.WALK, Format.CALL
VIRTUAL = Format.VIRTUAL_COFFEE


def someone(**changes: object) -> Person:
    return replace(person(), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("who", "how_far"),
    [
        (someone(place="Berlin"), Distance.NEAR),
        (someone(place="Rosenstr. 4, 10178 BERLIN", zone="Asia/Tokyo"), Distance.NEAR),
        (someone(place="Bernau"), Distance.FAR),
        (someone(place="Lund"), Distance.FAR),
        (someone(zone="Asia/Tokyo"), Distance.FAR),
        (someone(zone="Europe/Berlin"), Distance.UNKNOWN),
        (someone(zone="Nowhere"), Distance.UNKNOWN),
        (someone(), Distance.UNKNOWN),
    ],
)
def test_how_far_someone_is_goes_by_place_and_then_by_zone(who: Person, how_far: Distance) -> None:
    assert distance(who, AT_HOME) is how_far


@pytest.mark.parametrize(
    ("changes", "formats"),
    [
        ({"relation": Relation.TEAM}, (COFFEE, WALK)),
        ({"relation": Relation.CLIENT}, (COFFEE, LUNCH)),
        ({"relation": Relation.TEAM, "seniority": Seniority.EXECUTIVE}, (COFFEE, LUNCH)),
        ({}, (COFFEE,)),
        ({"zone": "Asia/Tokyo"}, (VIRTUAL, CALL)),
        ({"formats": (WALK, LUNCH)}, (WALK, LUNCH)),
        ({"formats": (CALL, COFFEE, LUNCH), "zone": "Asia/Tokyo"}, (CALL, VIRTUAL)),
    ],
)
def test_formats_follow_what_they_like_and_else_relation_and_distance(
    changes: dict[str, object], formats: tuple[Format, ...]
) -> None:
    assert formats_for(someone(**changes), OWNER, RULES).formats == formats


def test_the_last_format_comes_last_this_time() -> None:
    liked = someone(formats=(COFFEE, LUNCH, WALK))

    assert formats_for(liked, OWNER, RULES, COFFEE).formats == (LUNCH, WALK, COFFEE)
    assert formats_for(liked, OWNER, RULES, CALL).formats == (COFFEE, LUNCH, WALK)
    assert formats_for(someone(formats=(COFFEE,)), OWNER, RULES, COFFEE).formats == (COFFEE,)


def test_formats_without_a_rule_are_left_out() -> None:
    only_walks = {WALK: RULES[WALK]}

    assert formats_for(someone(formats=(COFFEE, WALK)), OWNER, only_walks).formats == (WALK,)
    assert formats_for(someone(formats=(COFFEE,)), OWNER, only_walks).formats == ()
    far = someone(formats=(WALK,), zone="Asia/Tokyo")
    assert formats_for(far, OWNER, only_walks).formats == ()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "Where Ana Silva is is not known: near you is assumed."),
        (
            {"place": "Lund"},
            "Ana Silva is in Lund, and your own place is not set: near is assumed.",
        ),
        ({"zone": "Asia/Tokyo"}, None),
        (
            {"formats": (COFFEE,), "zone": "Asia/Tokyo"},
            "Ana Silva is in Asia/Tokyo: you meet from afar.",
        ),
        ({"formats": (CALL,)}, None),
    ],
)
def test_what_had_to_be_assumed_is_said(changes: dict[str, object], sentence: str | None) -> None:
    assumed = formats_for(someone(**changes), OWNER, RULES).assumptions

    assert assumed == (() if sentence is None else (sentence,))


def test_someone_known_to_be_near_needs_no_assumption() -> None:
    assert formats_for(someone(place="Berlin"), AT_HOME, RULES).assumptions == ()


def test_places_are_those_of_the_format_and_else_where_the_person_is() -> None:
    named = replace(RULES[COFFEE], places=("Linden", "Fabriken"))
    near = someone(place="Lund")

    assert [place_for(named, near, seed) for seed in range(3)] == ["Linden", "Fabriken", "Linden"]
    assert place_for(RULES[COFFEE], near, 0) == "Lund"
    assert place_for(RULES[CALL], near, 0) == ""
