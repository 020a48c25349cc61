from __future__ import annotations

from dataclasses import replace
from typing import Any

from policies.audit.cadence import Help
from policies.outreach.proposing import proposals
from policies.people.person import Influence, Intent
from tests.policies.outreach.test_proposing import KNOWN, facts, one, overdue, someone


def test_a_letter_says_nothing_of_goals_influence_intent_and_ratings() -> None:
    secrets: dict[str, Any] = {"influence": (Influence.PROMOTION,), "intent": Intent.WIN_BUSINESS}
    plain = overdue(someone(**KNOWN))
    helping = replace(
        overdue(someone(**KNOWN, **secrets, to_give=("a zyx favour",))),
        help=Help(("Take over zyx",), 3.0),
    )

    letter = one(proposals(facts(helping)))

    assert (letter.title, letter.text) == (
        one(proposals(facts(plain))).title,
        one(proposals(facts(plain))).text,
    )
    assert "zyx" not in letter.title + letter.text


def test_the_owner_is_told_which_goal_somebody_helps_with() -> None:
    helping = replace(overdue(someone(**KNOWN)), help=Help(("Take over zyx",), 3.0))

    assert "helps with: Take over zyx." in one(proposals(facts(helping))).reasons[0]


def test_whoever_helps_with_a_goal_is_proposed_before_somebody_as_late() -> None:
    late = [overdue(someone(f"P{n} Crowd", **KNOWN)) for n in range(5)]
    late[4] = replace(late[4], help=Help(("Move",), 2.0))

    found = proposals(facts(*sorted(late, key=lambda each: -each.rank)))

    assert found.drafts[0].person == "p4-crowd"
