from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from policies.audit.cadence import Help, Standing, standing
from policies.audit.coach import CoachFacts, markdown, names_nobody, rows
from policies.people.person import Influence, Person, Priority, PrivateNotes, Quality
from policies.rules import CadenceRules, Owner
from tests.make import BERLIN, person

TODAY = date(2026, 3, 2)
OWNER = Owner("Olle Owner", ("olle@northwind.example.com",), BERLIN, organisation="Northwind")
ANA = replace(
    person("Ana Silva"),
    organisation="Northwind",
    function="Finance",
    quality=Quality.POOR,
    influence=(Influence.PROMOTION,),
    notes=PrivateNotes("a secret"),
    how_met="by chance",
    phone="+46 1",
)
ZOE = replace(person("Zoe Okafor", Priority.B), sensitive=True, influence=(Influence.TEAM,))


def stands(who: Person, *helps: str) -> Standing:
    return standing(who, TODAY - timedelta(days=40), None, TODAY, CadenceRules(), Help(helps))


FACTS = CoachFacts(
    TODAY,
    OWNER,
    (stands(ANA, "Move"), stands(ZOE)),
    (ZOE,),
    (("Move, by 2027-01-01", "Ana Silva: decides", "next: ask Zoe"), ("Help Zoe Okafor",)),
    ("Move: Nobody who decides.", "Zoe Okafor (decides): out of touch."),
)


def test_a_coach_sees_the_map_the_plan_and_what_is_missing() -> None:
    page = markdown(FACTS)

    assert page.startswith("# Relationships of Olle Owner, 2 March 2026\n\n1 person: 1 red,")
    assert "| A | 1 |  |  |  |  |  | 1 |  |" in page
    assert "| Ana Silva | A | red | poor |  | unknown | internal | Northwind | Finance |" in page
    assert "- promotion: Ana Silva (red, poor)" in page
    assert "- Move, by 2027-01-01\n  - Ana Silva: decides\n" in page
    assert page.endswith("## What is missing\n\n- Move: Nobody who decides.\n")


def test_whoever_is_sensitive_is_nowhere_on_the_page() -> None:
    page = markdown(FACTS) + repr(rows(FACTS))

    assert "zoe" not in page.lower()
    assert "okafor" not in page.lower()
    assert "team:" not in page


@pytest.mark.parametrize("secret", ["a secret", "by chance", "+46 1", "ana.silva@example.com"])
def test_notes_addresses_and_the_like_are_nowhere_on_the_page(secret: str) -> None:
    assert secret not in markdown(FACTS) + repr(rows(FACTS))


def test_a_name_cannot_be_taken_for_markdown() -> None:
    odd = stands(replace(ANA, name="A|na [x](http://a.example) <b>"))

    page = markdown(replace(FACTS, standings=(odd,)))

    assert "A\\|na \\[x\\](http://a.example) \\<b\\>" in page


def test_a_section_without_lines_is_left_out() -> None:
    page = markdown(CoachFacts(TODAY, OWNER, ()))

    assert "##" not in page.replace("## Status and quality", "")


@pytest.mark.parametrize(
    ("text", "free"),
    [("ask zoe", False), ("the ÓKAFOR paper", False), ("ask zoey", True), ("", True)],
)
def test_a_text_names_somebody_by_any_word_of_their_name(text: str, *, free: bool) -> None:
    assert names_nobody(text, [ZOE]) is free
