from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from policies.audit.cadence import ranked
from policies.circles.ground import Tellable, Ties
from policies.outreach import phrases
from policies.outreach.etiquette import Hold
from policies.outreach.phrases import Voice
from policies.outreach.proposing import proposals
from policies.outreach.wording import Seed, worded
from policies.people.person import Format, Priority
from policies.proposal import Draft, Proposal, ProposalState
from policies.rules import EtiquetteRules, Rules
from tests.make import utc
from tests.policies.outreach.test_proposing import (
    KNOWN,
    TODAY,
    facts,
    one,
    overdue,
    someone,
)
from tests.policies.outreach.test_wording import facts as letter_facts

SEEN: Mapping[str, Any] = {"meeting": "Steering group", "quiet": "Choir", "event": "Fair"}


def why(seed: int = 0, **changes: object) -> str:
    """The second paragraph of a letter: why one writes, and what is shared."""
    return worded(letter_facts(**changes), Seed("x", seed)).text.split("\n\n")[1]


@pytest.mark.parametrize(("name", "title"), SEEN.items())
def test_a_letter_names_what_stands_in_both_calendars(name: str, title: str) -> None:
    named: Mapping[str, Any] = {name: title}

    assert f"“{title}”" in why(**named)


@pytest.mark.parametrize("voice", [each for each in Voice if each is not Voice.TO_MEET])
def test_one_thing_in_common_is_named_and_what_the_owner_noted_goes_first(voice: Voice) -> None:
    told = why(voice=voice, common_ground=("school: KTH",), how_met="by chance", **SEEN)
    seen = why(voice=voice, how_met="by chance", **SEEN)

    assert "we both went to KTH" in told
    assert "“" not in told
    assert seen.count("“") == 1
    assert "by chance" not in told + seen


def test_to_somebody_not_met_yet_no_meeting_is_named() -> None:
    assert "“" not in why(voice=Voice.TO_MEET, since="", **SEEN)


@pytest.mark.parametrize("upward", [True, False])
def test_a_one_to_one_that_stopped_is_why_one_writes(*, upward: bool) -> None:
    sentences = phrases.RESTART_SENIOR if upward else phrases.RESTART
    letters = {why(seed, restarts=True, upward=upward) for seed in range(2)}

    assert letters == set(sentences)


@pytest.mark.parametrize(
    ("in_person", "ask_how", "asks"),
    [(True, True, True), (True, False, False), (False, True, False)],
)
def test_who_may_not_be_ready_to_meet_in_person_is_offered_video(
    *, in_person: bool, ask_how: bool, asks: bool
) -> None:
    text = worded(letter_facts(in_person=in_person, ask_how=ask_how), Seed("x")).text

    assert any(each in text for each in phrases.OR_AFAR) is asks


# ---------------------------------------------------------------- in proposals

RULES = Rules(etiquette=EtiquetteRules(per_run=4, per_week=4))
TIES = Ties(Tellable(("sailing",), lapsed=True), ("You had a one-to-one every week.",))


def test_a_proposal_says_what_calendars_show_of_the_two() -> None:
    draft = one(proposals(facts(overdue(someone(**KNOWN)), ties=lambda _: TIES)))

    assert draft.reasons[1] == "You had a one-to-one every week."
    assert "sailing" in draft.text
    assert any(each in draft.text for each in phrases.RESTART)


def test_ties_are_looked_up_for_those_alone_who_are_proposed() -> None:
    asked: list[str] = []

    def ties(person: object) -> Ties:
        asked.append(person.id)  # type: ignore[attr-defined]
        return TIES

    crowd = [overdue(someone(f"P{n} Crowd", **KNOWN), 30 + n) for n in range(6)]
    proposals(facts(*crowd, ties=ties))

    assert sorted(asked) == ["p3-crowd", "p4-crowd", "p5-crowd"]


@pytest.mark.parametrize(
    ("days", "formats", "offered"),
    [(400, (), True), (90, (), False), (400, (Format.COFFEE,), False)],
)
def test_who_was_not_met_for_a_year_is_asked_how_unless_their_liking_is_known(
    days: int, formats: tuple[Format, ...], *, offered: bool
) -> None:
    who = someone(**KNOWN, formats=formats, priority=Priority.B)
    draft = one(proposals(facts(overdue(who, days))))

    assert any(each in draft.text for each in phrases.OR_AFAR) is offered


ASLEEP = [overdue(someone(f"A{n} Sleep", **KNOWN), 400 + n) for n in range(3)]
AWAKE = [overdue(someone(f"W{n} Crowd", **KNOWN), 40 + n) for n in range(2)]


def test_of_those_asleep_one_a_week_is_proposed_and_the_others_hear_why_not() -> None:
    found = proposals(facts(*ASLEEP, *AWAKE, rules=RULES))

    assert sorted(each.person for each in found.drafts) == ["a0-sleep", "w0-crowd", "w1-crowd"]
    assert {(each.person, each.code) for each in found.held} == {
        ("a1-sleep", Hold.DORMANT_CAP),
        ("a2-sleep", Hold.DORMANT_CAP),
    }
    assert found.held[0].sentence == (
        "Not met for over 365 days: of those asleep at most 1 is proposed in a week."
    )


@pytest.mark.parametrize(("made", "drafts"), [("2026-03-02 06:00", 0), ("2026-02-27 06:00", 1)])
def test_what_was_proposed_to_one_of_them_this_week_counts(made: str, drafts: int) -> None:
    first: Draft = one(proposals(facts(ASLEEP[1])))
    before = Proposal(1, first, ProposalState.EXPIRED, utc(made))

    found = proposals(facts(*ASLEEP, proposals=(before,), rules=RULES))
    assert len(found.drafts) == drafts


TURN = replace(
    overdue(someone("Tara Turn", **KNOWN, priority=Priority.D), 20),
    occasion="It is their turn in “Thursday coffee”.",
)


def test_whose_turn_it_is_comes_first_over_video_though_nothing_is_overdue() -> None:
    found = proposals(facts(*AWAKE, TURN, rules=Rules(etiquette=EtiquetteRules(per_run=1))))

    draft = one(found)
    assert (draft.person, draft.format) == ("tara-turn", Format.VIRTUAL_COFFEE)
    assert draft.reasons[0].startswith("It is their turn in “Thursday coffee”. Last contact 20 ")


def test_a_turn_is_no_reason_to_press_anybody() -> None:
    just_met = replace(TURN, last=TODAY - timedelta(days=3))
    found = proposals(facts(just_met))

    assert [each.code for each in found.held] == [Hold.COOLDOWN]


def test_a_turn_ranks_before_everyone_and_counts_as_a_gap_late() -> None:
    late = overdue(someone("Late Lee", priority=Priority.A), 700)

    assert [each.person.id for each in ranked([late, TURN])] == ["tara-turn", "late-lee"]
    assert TURN.overdue
    assert TURN.rank == TURN.weight
    assert replace(TURN, last=date(2020, 1, 1)).lateness > 1


def test_every_sentence_about_ties_is_one_sentence() -> None:
    for sentences in (phrases.GROUP, phrases.GROUP_QUIET, phrases.AT_EVENT):
        assert all(each.count(".") == 1 for each in sentences)
