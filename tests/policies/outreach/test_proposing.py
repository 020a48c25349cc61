from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.audit.cadence import Standing, standing
from policies.circles.ground import Tellable, Ties
from policies.hours import parse_hours
from policies.interval import Interval
from policies.memory.favour import Favour, FavourNumber
from policies.outreach.drafting import why_this_time
from policies.outreach.etiquette import Approach, Hold, Past
from policies.outreach.proposing import GuestFacts, Proposed, ProposingFacts, proposals
from policies.outreach.templates import Template
from policies.outreach.waiting import caps_after, fate, reserved
from policies.people.person import (
    Boundaries,
    Format,
    Person,
    PersonId,
    Priority,
    PrivateNotes,
    Relation,
    Seniority,
)
from policies.proposal import (
    Answer,
    Draft,
    NoSlot,
    Proposal,
    ProposalState,
    ScorePart,
    Settles,
    Slot,
    Unplaced,
)
from policies.rules import EtiquetteRules, Rules, SlotRules
from policies.slots.availability import Busy
from policies.slots.candidates import GuestSide, OwnerSide
from policies.slots.caps import week_of
from policies.wall import local_date, local_datetime, seconds
from tests.make import BERLIN, OWNER, interval, person, utc

NOW = utc("2026-03-02 07:00")  # a Monday, eight o'clock in Berlin
TODAY = date(2026, 3, 2)
RULES = Rules()
WEEKS = interval("2026-03-01 00:00", "2026-04-01 00:00")
COFFEE, CALL, LUNCH = Format.COFFEE, Format.CALL, Format.LUNCH
KNOWN: dict[str, Any] = {
    "zone": BERLIN,
    "country": "DE",
    "hours": parse_hours("Mon-Fri 09:00-17:00"),
    "place": "Berlin",
}


def someone(name: str = "Ana Silva", **changes: Any) -> Person:  # noqa: ANN401 - any field
    return replace(person(name), **changes)


def overdue(who: Person, days: int = 60, *, to_meet: bool = False) -> Standing:
    if to_meet:
        who = replace(who, listed_on=TODAY - timedelta(days=days))
    last = None if to_meet else TODAY - timedelta(days=days)
    return standing(who, last, None, TODAY, RULES.cadence)


def owner_side(*busy: Interval, rules: Rules = RULES) -> OwnerSide:
    owner = replace(OWNER, place="Berlin", organisation="Sample & Co")
    return OwnerSide(owner, rules.slots, NOW, tuple(map(Busy, busy)))


def facts(*standings: Standing, side: OwnerSide | None = None, **changes: Any) -> ProposingFacts:  # noqa: ANN401
    rules = changes.get("rules", RULES)
    made = ProposingFacts(standings, side or owner_side(rules=rules), rules)
    return replace(made, **changes)


def one(found: Proposed) -> Draft:
    (draft,) = found.drafts
    return draft


def said(draft: Draft) -> list[str]:
    return [f"{local_datetime(seconds(s.when.start), BERLIN):%a %d %H:%M}" for s in draft.slots]


def stored(
    number: int,
    draft: Draft,
    state: ProposalState = ProposalState.OPEN,
    *,
    chosen: int = 0,
    answer: Answer = Answer.NONE,
) -> Proposal:
    return Proposal(number, draft, state, NOW, chosen, answer)


CROWD = [overdue(someone(f"P{n} Crowd", **KNOWN), 30 + n) for n in range(8)]


# ---------------------------------------------------------------- who and when


def test_the_most_overdue_are_proposed_and_the_others_hear_why_not() -> None:
    found = proposals(facts(*CROWD))

    assert [each.person for each in found.drafts] == ["p7-crowd", "p6-crowd", "p5-crowd"]
    assert {(each.person, each.code) for each in found.held} == {
        (f"p{n}-crowd", Hold.WEEKLY_CAP) for n in range(5)
    }
    assert found.unplaced == ()


def test_everyone_has_up_to_three_times_on_different_days_and_all_stay_free_together() -> None:
    found = proposals(facts(*CROWD))

    by_person = [[slot.when for slot in each.slots] for each in found.drafts]
    assert all(len(each) == 3 for each in by_person)
    assert all(len({local_date(w.start, BERLIN) for w in each}) == 3 for each in by_person)
    quarter = timedelta(minutes=15)
    for mine, theirs in combinations(by_person, 2):
        assert not any(a.widened(quarter, quarter).overlaps(b) for a in mine for b in theirs)


def test_lunch_once_a_week_is_lunch_once_a_week_whichever_times_are_chosen() -> None:
    formats = RULES.slots.formats
    lunch = replace(formats[Format.LUNCH], per_week=1)
    rules = replace(
        RULES, slots=replace(RULES.slots, formats={**formats, Format.LUNCH: lunch}, per_week=9)
    )
    hungry = [
        replace(each, person=replace(each.person, formats=(Format.LUNCH,))) for each in CROWD[:3]
    ]

    found = proposals(facts(*hungry, rules=rules))
    weeks = [
        {week_of(local_date(slot.when.start, BERLIN)) for slot in each.slots}
        for each in found.drafts
    ]
    assert len(weeks) == 3
    assert not any(mine & theirs for mine, theirs in combinations(weeks, 2))
    waiting = tuple(stored(n, each) for n, each in enumerate(found.drafts, 1))
    assert sum(caps_after(waiting, rules.slots, BERLIN, NOW).met.values()) == 3


def test_running_again_with_what_was_proposed_adds_nothing() -> None:
    first = proposals(facts(*CROWD))
    waiting = tuple(stored(n, each) for n, each in enumerate(first.drafts, 1))
    past = {
        each.draft.person: Past(
            (Approach(each.number, ProposalState.OPEN, TODAY, TODAY + timedelta(days=9)),)
        )
        for each in waiting
    }

    again = proposals(facts(*CROWD, proposals=waiting, past=past, before=first.unplaced))
    assert again.drafts == ()
    assert {each.code for each in again.held} == {Hold.ALREADY_PROPOSED, Hold.WEEKLY_CAP}


def test_who_cannot_be_placed_makes_room_for_the_next() -> None:
    nobody = overdue(someone("Nobody Known", addresses=()), 400)

    found = proposals(facts(nobody, *CROWD))
    assert [each.person for each in found.drafts] == ["p7-crowd", "p6-crowd", "p5-crowd"]
    assert found.unplaced == (
        Unplaced(
            PersonId("nobody-known"),
            NoSlot.NO_ADDRESS,
            "What is Nobody Known's own mail address?",
            Settles("addresses"),
        ),
    )


def test_a_question_stays_until_there_is_room_to_ask_it_again() -> None:
    nobody = overdue(someone("Nobody Known", addresses=()), 400)
    first = proposals(facts(nobody, *CROWD))
    made_today = tuple(stored(n, each) for n, each in enumerate(first.drafts, 1))

    again = proposals(facts(nobody, proposals=made_today, before=first.unplaced))
    assert again.unplaced == first.unplaced
    assert again.held == ()


def test_two_people_with_one_free_hour_between_them_leave_one_with_a_question() -> None:
    side = owner_side(
        interval("2026-03-01 00:00", "2026-03-05 08:00"),
        interval("2026-03-05 10:00", "2026-04-01 00:00"),
    )

    found = proposals(facts(*CROWD[:2], side=side))
    assert one(found).person == "p1-crowd"
    assert [each.code for each in found.unplaced] == [NoSlot.CAPS_REACHED]
    assert found.unplaced[0].question.startswith("The times that suit P0 went to others")


def test_who_was_left_is_told_so_when_their_group_was_seated_before() -> None:
    rules = replace(RULES, etiquette=EtiquetteRules(per_run=1, per_week=1))

    found = proposals(facts(*CROWD[:2], rules=rules))
    assert one(found).person == "p1-crowd"
    assert [each.code for each in found.held] == [Hold.WEEKLY_CAP]


def test_a_later_group_keeps_clear_of_the_first() -> None:
    rules = replace(RULES, slots=replace(SlotRules(), per_day=4, per_week=9))
    hour = (
        interval("2026-03-01 00:00", "2026-03-05 08:00"),
        interval("2026-03-05 09:30", "2026-03-06 08:00"),
        interval("2026-03-06 09:30", "2026-04-01 00:00"),
    )
    side = owner_side(*hour, rules=rules)
    # The first two want the same hour of Thursday, so the third is asked as well.
    thursday = {**KNOWN, "hours": parse_hours("Thu 09:00-12:00")}
    people = [
        overdue(someone("A A", **thursday), 90),
        overdue(someone("B B", **thursday), 80),
        overdue(someone("C C", **KNOWN), 70),
    ]
    limits = replace(rules, etiquette=EtiquetteRules(per_run=2, per_week=2))

    found = proposals(facts(*people, side=side, rules=limits))
    assert [each.person for each in found.drafts] == ["a-a", "c-c"]
    assert [each.person for each in found.unplaced] == ["b-b"]
    assert said(found.drafts[1])[0].startswith("Fri")


@pytest.mark.parametrize(
    ("addresses", "address"),
    [
        (("team@example.com", "ana@example.com"), "ana@example.com"),
        (("olle@example.com", "ana@example.com"), "ana@example.com"),
    ],
)
def test_the_first_address_of_their_own_is_used(addresses: tuple[str, ...], address: str) -> None:
    found = proposals(facts(overdue(someone(addresses=addresses))))

    assert one(found).address == address


@pytest.mark.parametrize(
    ("addresses", "words"),
    [
        ((), "What is Ana Silva's own mail address?"),
        (("noreply@example.com", "info@example.com"), "noreply@example.com: "),
        (("olle@example.com",), "olle@example.com is your own address. What is"),
    ],
)
def test_without_an_address_of_their_own_the_owner_is_asked(
    addresses: tuple[str, ...], words: str
) -> None:
    (found,) = proposals(facts(overdue(someone(addresses=addresses)))).unplaced

    assert found.code is NoSlot.NO_ADDRESS
    assert words in found.question


def test_a_format_without_a_rule_is_asked_about() -> None:
    rules = replace(RULES, slots=replace(RULES.slots, formats={}))

    liked = someone("Ana Silva", formats=(LUNCH,))
    found = proposals(facts(overdue(liked), overdue(someone("Raj Iyer")), rules=rules))
    assert {each.code for each in found.unplaced} == {NoSlot.NO_FORMAT}
    assert found.unplaced[0].question == (
        "How would you like to meet Ana Silva? There is no rule for lunch."
    )
    assert found.unplaced[1].question.endswith("There is no rule for any format.")


def test_the_next_format_is_tried_when_the_first_has_no_time() -> None:
    lunches_taken = tuple(
        interval(f"2026-03-{day:02} 10:30", f"2026-03-{day:02} 12:30") for day in range(2, 24)
    )
    who = someone(**KNOWN, formats=(LUNCH, COFFEE))

    draft = one(proposals(facts(overdue(who), side=owner_side(*lunches_taken))))
    assert draft.format is COFFEE


@pytest.mark.parametrize("formats", [(COFFEE,), (COFFEE, CALL)])
def test_a_full_calendar_is_a_question_and_never_silence(formats: tuple[Format, ...]) -> None:
    who = someone(**KNOWN, formats=formats)

    (found,) = proposals(facts(overdue(who), side=owner_side(WEEKS))).unplaced
    assert found.code is NoSlot.OWNER_BUSY


def test_whoever_is_asked_about_before_changes_no_question_about_another() -> None:
    guests = {
        name: GuestFacts(GuestSide(someone(f"{name} Q", **{**KNOWN, "zone": zone}), busy=busy))
        for name, zone, busy in (
            ("A", BERLIN, None),
            ("B", "Asia/Tokyo", None),
            ("C", BERLIN, (interval("2026-03-10 00:00", "2026-03-11 00:00"),)),
            ("D", BERLIN, None),
        )
    }
    lunch, end = interval("2026-03-10 11:00", "2026-03-10 12:00"), utc("2026-05-01 00:00")
    side = owner_side(Interval(WEEKS.start, lunch.start), Interval(lunch.end, end))

    def asked(*names: str) -> tuple[Unplaced, ...]:
        known = {each.side.person.id: each for each in guests.values()}
        waiting = [overdue(guests[name].side.person) for name in names]
        return proposals(facts(*waiting, side=side, guest=lambda who: known[who.id])).unplaced

    assert asked(*guests) == tuple(found for name in guests for found in asked(name))
    assert len({each.answer for each in asked(*guests)}) == 3


def test_a_call_is_offered_where_a_coffee_does_not_fit() -> None:
    evenings = {**KNOWN, "hours": parse_hours("Mon-Fri 16:30-20:00"), "formats": (COFFEE,)}
    formats = {COFFEE: RULES.slots.formats[COFFEE]}
    no_calls = replace(RULES, slots=replace(RULES.slots, formats=formats))

    (found,) = proposals(facts(overdue(someone(**evenings)))).unplaced
    assert "A call would fit on" in found.question
    (other,) = proposals(facts(overdue(someone(**evenings)), rules=no_calls)).unplaced
    assert "call" not in other.question


def test_a_pause_and_boundaries_come_before_everything() -> None:
    untouchable = someone("Zoe Kim", boundaries=Boundaries(do_not_contact=True))

    found = proposals(facts(overdue(untouchable), *CROWD[:1], paused_until=date(2026, 3, 9)))
    assert found.drafts == ()
    assert {each.code for each in found.held} == {Hold.PAUSED}
    found = proposals(facts(overdue(untouchable)))
    assert [each.code for each in found.held] == [Hold.DO_NOT_CONTACT]


@given(st.permutations(range(8)))
@settings(max_examples=8, deadline=None)
def test_the_order_of_the_people_changes_nothing(order: list[int]) -> None:
    assert proposals(facts(*(CROWD[n] for n in order))) == proposals(facts(*CROWD))


@given(st.lists(st.integers(0, 20 * 24), max_size=25), st.integers(1, 3), st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_caps_hold_whichever_times_are_chosen(
    hours: list[int], per_day: int, per_week: int
) -> None:
    rules = replace(RULES, slots=replace(RULES.slots, per_day=per_day, per_week=per_week))
    busy = [Interval(NOW + timedelta(hours=h), NOW + timedelta(hours=h + 3)) for h in hours]

    found = proposals(facts(*CROWD, side=owner_side(*busy, rules=rules), rules=rules))
    everyone = [{local_date(s.when.start, BERLIN) for s in each.slots} for each in found.drafts]
    for day in set().union(*everyone):
        assert sum(day in days for days in everyone) <= per_day
        mine = week_of(day)
        assert sum(any(week_of(d) == mine for d in days) for days in everyone) <= per_week


# ---------------------------------------------------------------- what a proposal says


def test_a_proposal_says_why_whom_and_when() -> None:
    draft = one(proposals(facts(overdue(someone(**KNOWN), 72))))

    first, second, third = draft.reasons
    assert first == "Last contact 72 days ago; the ideal gap is 21 days, the longest 35."
    assert second == "Priority A, number 1 of the 1 who may be asked."
    assert third.startswith(draft.slots[0].spoken + " suits both: ")
    assert draft.slots[0].spoken in draft.text
    assert draft.assumptions == ("Ana Silva's calendar is not known.",)


def test_a_proposal_waits_for_a_week() -> None:
    rules = replace(RULES, slots=replace(RULES.slots, minimum_notice=timedelta(hours=1)))

    draft = one(proposals(facts(overdue(someone(**KNOWN)), rules=rules)))
    assert draft.expires == NOW + timedelta(days=7)


def test_a_proposal_expires_when_its_last_time_comes_too_close() -> None:
    rules = replace(RULES, slots=replace(RULES.slots, horizon=timedelta(days=4)))

    draft = one(proposals(facts(overdue(someone(**KNOWN)), rules=rules)))
    latest = max(slot.when.start for slot in draft.slots)
    assert draft.expires == latest - RULES.slots.minimum_notice < NOW + timedelta(days=3)


def test_everything_that_was_assumed_is_said() -> None:
    notes = ("Calendar work as of 1 March.",)
    guest = GuestFacts(GuestSide(someone()), ("No public holidays are known for XX.",))

    draft = one(proposals(facts(overdue(someone()), notes=notes, guest=lambda _: guest)))
    assert draft.assumptions == (
        "Calendar work as of 1 March.",
        "Where Ana Silva is is not known: near you is assumed.",
        "Ana Silva's time zone is not known: yours, Europe/Berlin, is assumed.",
        "Ana Silva's hours are not known: yours, Mon-Fri 09:00-17:00, are assumed.",
        "Ana Silva's calendar and public holidays are not known.",
        "No public holidays are known for XX.",
    )


def test_what_is_known_is_not_assumed() -> None:
    known = someone(**KNOWN)
    guest = GuestFacts(GuestSide(known, busy=()))

    assert one(proposals(facts(overdue(known), guest=lambda _: guest))).assumptions == ()


def test_only_a_country_may_be_missing() -> None:
    known = someone(**{**KNOWN, "country": ""})
    guest = GuestFacts(GuestSide(known, busy=()))

    draft = one(proposals(facts(overdue(known), guest=lambda _: guest)))
    assert draft.assumptions == ("Ana Silva's public holidays are not known.",)


@pytest.mark.parametrize(
    ("changes", "promise"),
    [
        ({"formats": (Format.VIRTUAL_COFFEE,)}, "promises a link"),
        ({"formats": (CALL,)}, "asks for one"),
        ({"formats": (CALL,), "phone": "+46 40"}, ""),
    ],
)
def test_what_the_text_leaves_to_the_owner_is_said(changes: dict[str, Any], promise: str) -> None:
    assumed = one(proposals(facts(overdue(someone(**KNOWN, **changes))))).assumptions

    assert any(promise in each for each in assumed)
    assert len(assumed) == (2 if promise else 1)


def test_someone_far_away_is_met_from_afar_at_a_decent_hour() -> None:
    who = someone(zone="America/New_York", country="US", formats=(COFFEE,))

    draft = one(proposals(facts(overdue(who))))
    assert draft.format is Format.VIRTUAL_COFFEE
    assert "Ana Silva is in America/New_York: you meet from afar." in draft.assumptions
    assert "your time (" in draft.text
    for slot in draft.slots:
        assert 8 <= local_datetime(seconds(slot.when.start), "America/New_York").hour < 17


def test_the_format_changes_from_one_invitation_to_the_next() -> None:
    lunch = Approach(
        3, ProposalState.SENT, date(2025, 9, 1), date(2025, 9, 9), date(2025, 9, 1),
        Answer.ACCEPTED, date(2025, 9, 2), COFFEE,
    )  # fmt: skip
    who = someone(**KNOWN, relation=Relation.CLIENT)

    draft = one(proposals(facts(overdue(who), past={who.id: Past((lunch,))})))
    assert draft.format is LUNCH
    assert "This time lunch: the last invitation was for a coffee." in draft.reasons


def test_each_letter_suits_whom_it_is_for() -> None:
    stranger = overdue(someone("Kim Lee", **KNOWN, common_ground=("sailing",)), 90, to_meet=True)
    former = overdue(someone("Raj Iyer", **KNOWN, groups=("Ex-colleagues",)), 100)
    lapsed = overdue(someone("Zoe Kim", **KNOWN, priority=Priority.D), 900)

    texts = {each.person: each.text for each in proposals(facts(stranger, former, lapsed)).drafts}
    assert "Olle Owner" in texts[PersonId("kim-lee")]
    assert "sailing" in texts[PersonId("kim-lee")]
    assert any(
        words in texts[PersonId("raj-iyer")]
        for words in ("corridor", "as colleagues", "at work any more")
    )
    assert any(
        words in texts[PersonId("zoe-kim")]
        for words in ("far too long", "lost touch", "out of the blue")
    )


@pytest.mark.parametrize(("asks", "offered"), [(0, False), (2, False), (3, True), (5, True)])
def test_where_giving_comes_first_the_letter_offers_what_the_owner_can_give(
    asks: int, *, offered: bool
) -> None:
    who = someone(**KNOWN, to_give=("an introduction to Raj.",))
    owed = tuple(Favour(FavourNumber(n), who.id, False, "help", TODAY) for n in range(asks))

    draft = one(proposals(facts(overdue(who), past={who.id: Past(favours=owed)})))
    assert ("an introduction to Raj." in draft.text) is offered
    turn = f"You asked them for {asks} things and gave nothing since: it is your turn to give."
    assert (turn in draft.reasons) is offered


def test_a_stranger_is_offered_something_where_it_is_known() -> None:
    known = overdue(someone(**KNOWN, to_give=("our notes on pricing",)), to_meet=True)
    plain = overdue(someone(**KNOWN), to_meet=True)

    assert "our notes on pricing." in one(proposals(facts(known))).text
    assert "notes" not in one(proposals(facts(plain))).text


def test_whoever_had_one_to_ones_that_were_deleted_is_no_stranger() -> None:
    ties = Ties(Tellable(lapsed=True))
    gone = overdue(someone(**KNOWN, to_give=("our notes",)), to_meet=True)

    text = one(proposals(facts(gone, ties=lambda _: ties))).text
    assert "not met yet" not in text
    assert "do not know each other" not in text
    assert "our notes" not in text
    assert any(words in text for words in ("one-to-ones", "sit down together regularly"))


def test_a_template_without_a_place_for_the_offer_is_told_of() -> None:
    stranger = overdue(someone(**KNOWN, to_give=("our notes",)), to_meet=True)
    missing = "Your template does not offer what you can give, with {offer}: our notes"

    for body, is_missing in (("Fika {time}?", True), ("{offer}: fika {time}?", False)):
        own = {"any": Template("", body)}
        draft = one(proposals(facts(stranger, templates=own)))
        assert (missing in draft.assumptions) is is_missing


def test_seasons_are_only_named_where_both_have_the_same_ones() -> None:
    here = proposals(facts(overdue(someone(**KNOWN, relation=Relation.UNKNOWN), 200)))
    south = proposals(
        facts(overdue(someone(zone="Africa/Johannesburg", formats=(CALL,), phone="1"), 200))
    )

    assert "the summer" in one(here).text or "since" not in one(here).text
    assert "the summer" not in one(south).text


def test_places_are_named_where_the_owner_has_named_them() -> None:
    coffee = replace(RULES.slots.formats[COFFEE], places=("Café Linden",))
    rules = replace(
        RULES, slots=replace(RULES.slots, formats={**RULES.slots.formats, COFFEE: coffee})
    )

    draft = one(proposals(facts(overdue(someone(**KNOWN)), rules=rules)))
    assert {slot.place for slot in draft.slots} == {"Café Linden"}
    assert "Café Linden" in draft.text
    assert {slot.place for slot in one(proposals(facts(overdue(someone(**KNOWN))))).slots} == {
        "Berlin"
    }


@pytest.mark.parametrize(
    ("seniority", "relation", "sent"),
    [
        (Seniority.JUNIOR, Relation.TEAM, True),
        (Seniority.DIRECTOR, Relation.TEAM, False),
        (None, Relation.SENIOR_LEADER, False),
    ],
)
def test_someone_senior_is_offered_a_time_and_never_a_booking_page(
    seniority: Seniority | None, relation: Relation, sent: bool
) -> None:
    page = "https://calendly.com/olle"
    video = replace(RULES.slots.formats[Format.VIRTUAL_COFFEE], places=(page,))
    formats = {**RULES.slots.formats, Format.VIRTUAL_COFFEE: video}
    rules = replace(RULES, slots=replace(RULES.slots, formats=formats))
    who = someone(**KNOWN, formats=(Format.VIRTUAL_COFFEE,), seniority=seniority, relation=relation)

    draft = one(proposals(facts(overdue(who), rules=rules)))
    assert (page in draft.text, page in {slot.place for slot in draft.slots}) == (sent, sent)
    assert draft.slots[0].spoken in draft.text


def test_the_owner_s_own_template_is_used() -> None:
    own = {"any": Template("", "Fika {time}?")}

    draft = one(proposals(facts(overdue(someone(**KNOWN)), templates=own)))
    assert draft.text == f"Fika {draft.slots[0].spoken}?"


def test_private_notes_never_reach_a_proposal() -> None:
    secret = "owes me 200 crowns"
    who = someone(**KNOWN, notes=PrivateNotes(secret), goals=("secret goal",), role="secret role")

    draft = one(proposals(facts(overdue(who))))
    assert secret not in repr(draft)
    assert "secret" not in draft.title + draft.text


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ((), "suits you."),
        (
            (("suits you", 10), ("room before and after", 1.5)),
            "suits you: room before and after.",
        ),
        (
            (("suits both", 10), ("room before and after", 1.5)),
            "suits both: room before and after.",
        ),
        ((("soon", 1), ("Friday afternoon", -1)), "suits you: soon; but Friday afternoon."),
        ((("Friday afternoon", -1),), "suits you; but Friday afternoon."),
    ],
)
def test_why_this_time_is_said_in_a_sentence(
    parts: tuple[tuple[str, float], ...], sentence: str
) -> None:
    slot = Slot(
        interval("2026-03-06 13:00", "2026-03-06 14:00"), parts=tuple(ScorePart(*p) for p in parts)
    )

    assert why_this_time(slot, BERLIN) == f"Friday 6 March at 14:00 {sentence}"


# ---------------------------------------------------------------- proposals that wait


DRAFT = one(proposals(facts(overdue(someone(**KNOWN)))))


def later(days: float) -> datetime:
    return NOW + timedelta(days=days)


@pytest.mark.parametrize(
    ("state", "answer", "kept"),
    [
        (ProposalState.OPEN, Answer.NONE, 3),
        (ProposalState.APPROVED, Answer.NONE, 1),
        (ProposalState.SENT, Answer.ACCEPTED, 1),
        (ProposalState.SENT, Answer.DECLINED, 0),
        (ProposalState.SENT, Answer.COUNTERED, 0),
        (ProposalState.EXPIRED, Answer.NONE, 0),
    ],
)
def test_what_stands_keeps_its_times_and_counts_in_the_caps(
    state: ProposalState, answer: Answer, kept: int
) -> None:
    earlier = [stored(1, DRAFT, state, answer=answer)]

    assert len(reserved(earlier, RULES.slots, NOW)) == kept
    caps = caps_after(earlier, RULES.slots, BERLIN, NOW)
    assert sum(caps.days.values()) == kept
    assert all(count == 1 for count in caps.weeks.values())


def test_a_meeting_of_this_week_counts_after_it_is_over_but_keeps_no_time() -> None:
    sent = [stored(1, DRAFT, ProposalState.SENT)]
    sunday = DRAFT.slots[0].when.start
    sunday += timedelta(days=6 - local_date(sunday, BERLIN).weekday())

    assert reserved(sent, RULES.slots, sunday) == ()
    assert sum(caps_after(sent, RULES.slots, BERLIN, sunday).weeks.values()) == 1
    assert not caps_after(sent, RULES.slots, BERLIN, sunday + timedelta(days=8)).weeks


def decided(
    proposal: Proposal,
    stands: Standing | None,
    *,
    now: datetime = NOW,
    busy: tuple[Interval, ...] = (),
    past: Past | None = None,
) -> tuple[int | None, str]:
    side = replace(owner_side(*busy), now=now)
    own = Approach(proposal.number, ProposalState.OPEN, TODAY, TODAY)
    before = past or Past()
    return fate(
        proposal, stands, before._replace(approaches=(*before.approaches, own)), side, RULES
    )


def test_a_waiting_proposal_goes_on_waiting() -> None:
    stands = overdue(someone(**KNOWN))

    assert decided(stored(1, DRAFT), stands) == (0, "")
    assert decided(stored(1, DRAFT, chosen=2), stands) == (2, "")


def test_it_expires_after_a_week_or_when_its_last_time_is_too_close() -> None:
    stands = overdue(someone(**KNOWN))

    old = stored(1, replace(DRAFT, expires=later(1)))
    assert decided(old, stands, now=later(1)) == (None, "Nobody decided in time.")
    assert decided(stored(1, DRAFT), stands, now=later(30)) == (
        None,
        "Its times have come too close.",
    )


def test_it_falls_back_to_the_next_time_that_is_still_good() -> None:
    stands = overdue(someone(**KNOWN))
    first, second, third = (slot.when for slot in DRAFT.slots)

    assert decided(stored(1, DRAFT), stands, busy=(first,)) == (1, "")
    assert decided(stored(1, DRAFT), stands, busy=(first, second)) == (2, "")
    assert decided(stored(1, DRAFT, chosen=1), stands, busy=(second,)) == (0, "")
    assert decided(stored(1, DRAFT), stands, busy=(first, second, third)) == (
        None,
        "None of its times is good any more.",
    )


def test_it_expires_when_there_is_no_reason_left_for_it() -> None:
    who = someone(**KNOWN)
    booked = standing(
        who, TODAY - timedelta(days=60), TODAY + timedelta(days=3), TODAY, RULES.cadence
    )
    snoozed = overdue(replace(who, snoozed_until=TODAY + timedelta(days=30)))

    assert decided(stored(1, DRAFT), None)[1] == "The person is no longer on your list."
    moved = overdue(replace(who, addresses=("ana@new.example.com",)))
    assert decided(stored(1, DRAFT), moved)[1] == "The address is no longer theirs."
    assert decided(stored(1, DRAFT), overdue(who, 0))[1] == "You have been in contact since."
    assert decided(stored(1, DRAFT), overdue(who, 18))[1] == "It is no longer due."
    assert decided(stored(1, DRAFT), booked)[1] == "You meet on 5 March 2026 already."
    assert decided(stored(1, DRAFT), snoozed)[1] == "Snoozed until 1 April 2026."
