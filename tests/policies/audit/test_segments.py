from __future__ import annotations

from dataclasses import replace

import pytest

from policies.audit.segments import (
    DAY_TO_DAY,
    Circle,
    Exposure,
    Segment,
    circle,
    exposure,
    segment,
)
from policies.people.person import Relation
from policies.rules import Owner
from tests.make import BERLIN, person

OWNER = Owner(
    "Olle", ("olle@northwind.example.com", "olle@gmail.com"), BERLIN, organisation="Northwind"
)
ANA = replace(person(), addresses=())

SEGMENTS = [
    ({"organisation": "northwind"}, Segment.INTERNAL),
    ({"organisation": "Contoso"}, Segment.EXTERNAL),
    ({"organisation": "Contoso", "addresses": ("ana@northwind.example.com",)}, Segment.EXTERNAL),
    ({"addresses": ("ana@northwind.example.com",)}, Segment.INTERNAL),
    ({"addresses": ("ana@se.northwind.example.com",)}, Segment.INTERNAL),
    ({"addresses": ("ana@contoso.example.com",)}, Segment.EXTERNAL),
    ({"addresses": ("ana@gmail.com", "ana@northwind.example.com")}, Segment.INTERNAL),
    ({"addresses": ("ana@gmail.com",)}, Segment.UNKNOWN),
    ({"addresses": ("ana@gmail.com",), "relation": Relation.MANAGER}, Segment.INTERNAL),
    ({"relation": Relation.CLIENT}, Segment.EXTERNAL),
    ({"relation": Relation.FRIEND}, Segment.UNKNOWN),
]


@pytest.mark.parametrize(("known", "expected"), SEGMENTS)
def test_inside_or_outside_is_told_by_organisation_then_address_then_relation(
    known: dict[str, object], expected: Segment
) -> None:
    who = replace(ANA, **known)  # type: ignore[arg-type]  # fields by name

    assert segment(who, OWNER) is expected


def test_an_owner_with_an_address_that_anybody_can_have_has_no_domain_of_their_own() -> None:
    owner = replace(OWNER, addresses=("olle@gmail.com",), organisation="")

    assert segment(replace(ANA, addresses=("ana@contoso.example.com",)), owner) is Segment.UNKNOWN


def test_whom_one_meets_every_other_week_needs_no_plan() -> None:
    assert circle(DAY_TO_DAY) is Circle.DAY_TO_DAY
    assert circle(DAY_TO_DAY - 1) is Circle.STRATEGIC


def test_exposure_is_the_share_of_contacts_beyond_the_day_to_day() -> None:
    assert exposure([DAY_TO_DAY, 5, 0, 1]) == Exposure(6, DAY_TO_DAY + 6)
    assert exposure([]) == Exposure(0, 0)
