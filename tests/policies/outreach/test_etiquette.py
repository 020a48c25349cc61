from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.audit.cadence import Standing, standing
from policies.memory.favour import Favour, FavourNumber
from policies.memory.promise import Promise, PromiseNumber, PromiseState
from policies.outreach.etiquette import Approach, Held, Hold, Past, admit, beyond, room
from policies.people.person import Boundaries, Cadence, Person, PersonId, Priority
from policies.proposal import Answer, ProposalState
from policies.quiet import parse_quiet
from policies.rules import CadenceRules, EtiquetteRules
from tests.make import person

ANA = PersonId("ana-silva")
TODAY = date(2026, 6, 10)  # a Wednesday
RULES = EtiquetteRules()
OPEN, SENT, REJECTED = ProposalState.OPEN, ProposalState.SENT, ProposalState.REJECTED


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def stands(
    someone: Person | None = None, *, met: int | None = 60, booked: int | None = None
) -> Standing:
    """Someone of priority A, last met so many days ago, with a meeting so many days ahead."""
    return standing(
        someone or person(),
        None if met is None else ago(met),
        None if booked is None else ago(-booked),
        TODAY,
        CadenceRules(),
    )


def invited(
    days: int,
    answer: Answer = Answer.NONE,
    *,
    answered: int | None = None,
    for_day: int | None = None,
) -> Approach:
    """An invitation sent so many days ago, for a week later if not said otherwise."""
    return Approach(
        7,
        SENT,
        ago(days),
        ago(days - 7) if for_day is None else ago(for_day),
        ago(days),
        answer,
        None if answered is None else ago(answered),
    )


def proposed(days: int, state: ProposalState) -> Approach:
    return Approach(7, state, ago(days), ago(days - 7))


def verdict(
    someone: Standing | None = None,
    *approaches: Approach,
    contacts: int = 0,
    rules: EtiquetteRules = RULES,
    paused: date | None = None,
) -> Held | None:
    """Why the person is held, ``None`` when they may be proposed."""
    one = someone or stands()
    found = admit([one], {one.person.id: Past(approaches, contacts)}, rules, paused_until=paused)
    assert bool(found.admitted) != bool(found.held)
    return found.held[0] if found.held else None


def within(**boundaries: object) -> Standing:
    return stands(replace(person(), boundaries=Boundaries(**boundaries)))  # type: ignore[arg-type]


def test_the_overdue_may_be_proposed_by_rank_and_nobody_else_is_mentioned() -> None:
    ana = stands(person("Ana Silva"), met=30)
    raj = stands(person("Raj Iyer"), met=60)
    zoe = stands(person("Zoe Kim"), met=21)
    kim = stands(replace(person("Kim Lee"), listed_on=ago(90)), met=None)

    found = admit([ana, zoe, raj, kim], {}, RULES)
    assert [each.person.id for each in found.admitted] == ["raj-iyer", "kim-lee", "ana-silva"]
    assert found.held == ()


def test_someone_to_meet_waits_until_they_are_due() -> None:
    assert admit([stands(replace(person(), listed_on=ago(21)), met=None)], {}, RULES).admitted == ()
    assert admit([stands(replace(person(), listed_on=ago(22)), met=None)], {}, RULES).admitted


@pytest.mark.parametrize(
    ("someone", "code", "words"),
    [
        (within(do_not_contact=True), Hold.DO_NOT_CONTACT, "You asked not to contact Ana Silva."),
        (within(not_before=ago(-1)), Hold.NOT_BEFORE, "Not before 11 June 2026"),
        (stands(replace(person(), snoozed_until=ago(-1))), Hold.SNOOZED, "until 11 June 2026"),
        (stands(booked=3), Hold.MEETING_BOOKED, "You meet on 13 June 2026 already."),
    ],
)
def test_boundaries_hold_whatever_the_rank(someone: Standing, code: Hold, words: str) -> None:
    held = verdict(someone)

    assert held is not None
    assert held.code is code
    assert words in held.sentence


@pytest.mark.parametrize(
    "someone", [within(not_before=TODAY), stands(replace(person(), snoozed_until=TODAY))]
)
def test_a_boundary_ends_on_the_day_it_names(someone: Standing) -> None:
    assert verdict(someone) is None


@pytest.mark.parametrize("state", [OPEN, ProposalState.APPROVED])
def test_one_proposal_at_a_time(state: ProposalState) -> None:
    held = verdict(None, proposed(2, state))

    assert held is not None
    assert (held.code, held.sentence) == (
        Hold.ALREADY_PROPOSED,
        "Proposal 7 is waiting for you.",
    )


def test_a_proposal_that_expired_unread_may_be_made_again_at_once() -> None:
    assert verdict(None, proposed(8, ProposalState.EXPIRED)) is None


@pytest.mark.parametrize("state", [REJECTED, ProposalState.CANCELLED])
@pytest.mark.parametrize(("days", "free"), [(1, False), (13, False), (14, True)])
def test_what_the_owner_turned_down_rests_for_the_cooldown(
    state: ProposalState, days: int, free: bool
) -> None:
    held = verdict(None, proposed(days, state))

    assert (held is None) is free
    assert free or (held is not None and held.code is Hold.TURNED_DOWN)


@pytest.mark.parametrize(("days", "free"), [(9, False), (13, False), (14, True)])
def test_nobody_is_asked_within_a_fortnight_of_contact(days: int, free: bool) -> None:
    weekly = replace(person(), cadence=Cadence(timedelta(days=7), timedelta(days=9)))
    held = verdict(stands(weekly, met=days))

    assert (held is None) is free
    assert free or (held is not None and held.code is Hold.COOLDOWN)


@pytest.mark.parametrize("answer", [Answer.NONE, Answer.ACCEPTED, Answer.TENTATIVE])
def test_nothing_is_proposed_while_an_invitation_is_for_a_day_to_come(answer: Answer) -> None:
    held = verdict(None, invited(30, answer, answered=29, for_day=0))

    assert held is not None
    assert (held.code, held.sentence) == (
        Hold.MEETING_BOOKED,
        "They are invited for 10 June 2026 already.",
    )


@pytest.mark.parametrize(
    ("silences", "days", "code"),
    [
        (1, 20, Hold.SILENT),
        (1, 21, None),
        (2, 41, Hold.SILENT),
        (2, 42, None),
        (3, 500, Hold.ASK_OWNER),
    ],
)
def test_every_silence_doubles_the_wait_and_the_third_asks_the_owner(
    silences: int, days: int, code: Hold | None
) -> None:
    earlier = [invited(days + 60 * back) for back in range(silences - 1, -1, -1)]
    held = verdict(stands(met=900), *earlier)

    assert (held and held.code) == code


def test_the_owner_is_told_how_often_nobody_answered_and_how_to_go_on() -> None:
    once = verdict(stands(met=900), invited(10))
    thrice = verdict(stands(met=900), invited(300), invited(200), invited(100))

    assert once is not None
    assert thrice is not None
    assert once.sentence == (
        "An invitation to Ana Silva had no answer: nothing before 21 June 2026."
    )
    assert "3 invitations to Ana Silva had no answer" in thrice.sentence
    assert thrice.sentence.endswith("fika log ana-silva")


@pytest.mark.parametrize(
    ("met", "code"),
    [
        pytest.param(93, Hold.ASK_OWNER, id="the day the last invitation was for"),
        pytest.param(50, None, id="a real meeting afterwards"),
        pytest.param(150, Hold.SILENT, id="a real meeting between two of the invitations"),
    ],
)
def test_contact_ends_the_silence_but_an_unanswered_invitation_is_no_contact(
    met: int, code: Hold | None
) -> None:
    rules = replace(RULES, after_silence=timedelta(days=101))
    held = verdict(stands(met=met), invited(300), invited(200), invited(100), rules=rules)

    assert (held and held.code) == code


def test_an_answer_ends_the_silence() -> None:
    past = (
        invited(400),
        invited(300),
        invited(200, Answer.ACCEPTED, answered=199),
        invited(100),
    )

    assert verdict(stands(met=900), *past) is None


def test_proposals_that_were_never_sent_are_no_silence() -> None:
    expired = [proposed(days, ProposalState.EXPIRED) for days in (300, 200, 100)]

    assert verdict(stands(met=900), *expired) is None


@pytest.mark.parametrize(("days", "free"), [(41, False), (42, True)])
def test_a_no_is_given_time(days: int, free: bool) -> None:
    held = verdict(stands(met=900), invited(days + 2, Answer.DECLINED, answered=days))

    assert (held is None) is free
    assert free or (held is not None and held.code is Hold.DECLINED)


def test_a_no_is_forgotten_once_they_met() -> None:
    assert verdict(stands(met=25), invited(32, Answer.DECLINED, answered=30)) is None


def test_only_the_latest_invitation_decides_about_a_no() -> None:
    no = invited(40, Answer.DECLINED, answered=39)

    assert verdict(stands(met=900), no, invited(30)) is None


@pytest.mark.parametrize(
    ("answered", "met", "code"), [(3, 900, Hold.ANSWER_DUE), (21, 900, None), (30, 25, None)]
)
def test_a_guest_who_named_another_time_is_answered_first(
    answered: int, met: int, code: Hold | None
) -> None:
    other_time = invited(answered + 1, Answer.COUNTERED, answered=answered)
    held = verdict(stands(met=met), other_time)

    assert (held and held.code) == code


@pytest.mark.parametrize(
    ("contacts", "refused", "free"), [(1, 0, True), (2, 0, False), (1, 1, False), (0, 1, True)]
)
def test_at_most_so_many_a_year_counts_meetings_and_refused_invitations(
    contacts: int, refused: int, free: bool
) -> None:
    no = [invited(200, Answer.DECLINED, answered=190)] * refused
    long_ago = invited(366, Answer.DECLINED, answered=360)
    held = verdict(within(at_most_a_year=2), long_ago, *no, contacts=contacts)

    assert (held is None) is free
    assert free or (held is not None and held.code is Hold.ENOUGH_THIS_YEAR)


@pytest.mark.parametrize(
    ("most", "words"), [(1, "Once a year"), (2, "Twice a year"), (4, "4 times a year")]
)
def test_the_yearly_limit_is_said_as_people_say_it(most: int, words: str) -> None:
    held = verdict(within(at_most_a_year=most), contacts=9)

    assert held is not None
    assert held.sentence.startswith(words)


def test_a_pause_holds_everyone_until_its_day() -> None:
    held = verdict(paused=ago(-5))

    assert held is not None
    assert (held.code, held.sentence) == (Hold.PAUSED, "Fika is paused until 15 June 2026.")
    assert verdict(paused=TODAY) is None


def test_the_weightiest_reason_is_the_one_given() -> None:
    held = verdict(
        stands(replace(person(), boundaries=Boundaries(do_not_contact=True)), booked=1),
        proposed(1, OPEN),
    )

    assert held is not None
    assert held.code is Hold.DO_NOT_CONTACT


def test_a_wait_longer_than_the_calendar_lasts_for_ever() -> None:
    rules = replace(RULES, after_decline=timedelta(days=999_999_999))
    held = verdict(stands(met=900), invited(90, Answer.DECLINED, answered=80), rules=rules)

    assert held is not None
    assert held.sentence.endswith("nothing before 31 December 9999.")


@pytest.mark.parametrize(
    ("made", "left", "cap"),
    [
        ([], 3, Hold.WEEKLY_CAP),
        ([0], 2, Hold.WEEKLY_CAP),
        ([2, 1], 1, Hold.WEEKLY_CAP),
        ([0, 1, 2, 2], 0, Hold.WEEKLY_CAP),
        ([3, 4, 7], 3, Hold.WEEKLY_CAP),
    ],
)
def test_the_cap_of_the_week_counts_every_proposal_since_monday(
    made: Sequence[int], left: int, cap: Hold
) -> None:
    assert room([ago(days) for days in made], RULES, TODAY) == (left, cap)


def test_a_second_run_on_the_same_day_has_only_the_rest_of_the_cap() -> None:
    many_a_week = EtiquetteRules(per_run=2, per_week=20)

    assert room([TODAY, TODAY], many_a_week, TODAY) == (0, Hold.RUN_CAP)
    assert room([ago(1), ago(1)], many_a_week, TODAY) == (2, Hold.RUN_CAP)


PAPER = Promise(PromiseNumber(4), ANA, True, "the paper", ago(30), ago(1))


@pytest.mark.parametrize(
    ("promise", "blocks"),
    [
        (PAPER, True),
        (replace(PAPER, due=TODAY), False),
        (replace(PAPER, due=None), False),
        (replace(PAPER, mine=False), False),
        (replace(PAPER, state=PromiseState.KEPT), False),
        (replace(PAPER, state=PromiseState.LET_GO), False),
    ],
)
def test_a_broken_promise_blocks_a_new_ask_until_it_is_kept_or_let_go(
    promise: Promise, blocks: bool
) -> None:
    found = admit([stands()], {ANA: Past(promises=(promise,))}, RULES)

    said = "You promised Ana Silva the paper by 9 June 2026. Will you keep it, or let it go?"
    commands = "fika promises kept 4, fika promises let-go 4"
    expected = (Held(ANA, Hold.PROMISE_BROKEN, f"{said} {commands}"),)
    assert found.held == (expected if blocks else ())


def ledger(story: str) -> tuple[Favour, ...]:
    return tuple(
        Favour(FavourNumber(place), ANA, word == "gave", word, ago(30 - place))
        for place, word in enumerate(story.split())
    )


@pytest.mark.parametrize(
    ("story", "rules", "blocks"),
    [
        ("asked asked", RULES, False),
        ("asked asked asked", RULES, True),
        ("asked gave asked asked", RULES, False),
        ("asked", EtiquetteRules(asks_before_giving=1), True),
    ],
)
def test_who_was_asked_three_times_and_given_nothing_is_given_something_first(
    story: str, rules: EtiquetteRules, blocks: bool
) -> None:
    found = admit([stands()], {ANA: Past(favours=ledger(story))}, rules)

    assert [each.code for each in found.held] == [Hold.GIVE_FIRST] * blocks


@pytest.mark.parametrize(("asks", "things"), [(3, "3 things"), (1, "1 thing")])
def test_where_nothing_is_noted_to_give_the_owner_is_asked_for_it(asks: int, things: str) -> None:
    rules = EtiquetteRules(asks_before_giving=asks)
    (held,) = admit([stands()], {ANA: Past(favours=ledger("asked " * asks))}, rules).held

    assert held.sentence == (
        f"You asked Ana Silva for {things} and gave nothing since. What could you give? The letter"
        " offers what you note with fika people edit ana-silva --to-give WHAT; given already: fika"
        " favours gave ana-silva WHAT"
    )


@pytest.mark.parametrize(
    ("story", "sent", "admitted"),
    [
        ("asked asked asked", None, True),
        ("asked asked asked", 40, True),  # before the third ask
        ("asked asked asked", 27, False),
        ("asked asked asked gave", 27, True),
    ],
)
def test_a_letter_that_offers_something_goes_once_until_something_is_given(
    story: str, sent: int | None, *, admitted: bool
) -> None:
    someone = stands(replace(person(), to_give=("", "an introduction to Raj")))
    before = () if sent is None else (invited(sent, Answer.DECLINED),)
    rules = replace(RULES, after_decline=timedelta())

    found = admit([someone], {ANA: Past(before, favours=ledger(story))}, rules)

    said = "Proposal 7 was to offer Ana Silva something. Did you give it?"
    gave = "fika favours gave ana-silva WHAT"
    assert [each.sentence for each in found.held] == ([] if admitted else [f"{said} {gave}"])


@pytest.mark.parametrize(
    ("period", "until"),
    [("Wed", "11 June 2026"), ("06-01..06-20", "21 June 2026"), ("Thu", ""), ("06-11", "")],
)
def test_nothing_is_proposed_in_a_quiet_time(period: str, until: str) -> None:
    held = verdict(rules=EtiquetteRules(quiet=(parse_quiet(period),)))

    assert (held.sentence if held else "") == (
        f"You keep this time quiet: nothing before {until}." if until else ""
    )


def test_those_beyond_a_cap_hear_which() -> None:
    others = [stands(person("Raj Iyer"))]

    assert beyond(others, Hold.WEEKLY_CAP, RULES) == (
        Held(
            PersonId("raj-iyer"),
            Hold.WEEKLY_CAP,
            "At most 3 are proposed in a week; others come first.",
        ),
    )
    assert "in a day" in beyond(others, Hold.RUN_CAP, RULES)[0].sentence


@given(st.permutations(range(6)))
def test_the_order_of_the_input_changes_nothing(order: list[int]) -> None:
    people = [
        stands(person(f"P{n}", priority), met=20 * n + 21)
        for n, priority in enumerate([*Priority, Priority.A, Priority.B])
    ]
    past = {people[0].person.id: Past((proposed(1, OPEN),))}

    assert admit([people[n] for n in order], past, RULES) == admit(people, past, RULES)
