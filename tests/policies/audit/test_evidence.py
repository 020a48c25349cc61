from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.audit.evidence import (
    Judgement,
    Reason,
    Strength,
    in_the_room,
    judge,
    own_answer,
    people_present,
    sentence,
)
from policies.calendar.event import Attendee, Event, Kind, Response, Span, Status
from policies.rules import EvidenceRules
from tests import make

ME = frozenset(make.OWNER.addresses)
OLLE, OLLE_AT_WORK = make.OWNER.addresses
ANA, RAJ = "ana@example.com", "raj@example.net"
RULES = EvidenceRules()
STRICT = EvidenceRules(unanswered_counts=False, tentative_counts=False)
R = Response


def meeting(*guests: Attendee, organizer: str = OLLE) -> Event:
    return replace(make.event(), attendees=guests, organizer=organizer)


def invited(*answers: Response, me: Response = R.ACCEPTED) -> Event:
    """Somebody else's meeting: the owner, and guests who answered like this."""
    guests = [make.attendee(f"guest-{number}@example.com", a) for number, a in enumerate(answers)]
    return meeting(make.attendee(OLLE, me), *guests, organizer="guest-0@example.com")


def of(address: str, event: Event, rules: EvidenceRules = RULES) -> Judgement:
    return {each.address: each for each in judge(event, ME, rules)}[address]


@pytest.mark.parametrize(
    ("guests", "expected"),
    [
        (1, (Strength.CONTACT, Reason.FEW)),
        (3, (Strength.CONTACT, Reason.FEW)),
        (4, (Strength.SEEN, Reason.GROUP)),
        (7, (Strength.SEEN, Reason.GROUP)),
        (8, (Strength.NOTHING, Reason.MASS)),
        (199, (Strength.NOTHING, Reason.MASS)),
    ],
)
def test_up_to_four_people_are_contact_and_up_to_eight_are_seen(
    guests: int, expected: tuple[Strength, Reason]
) -> None:
    judged = judge(invited(*[R.ACCEPTED] * guests), ME, RULES)

    assert len(judged) == guests
    assert {(each.strength, each.reason) for each in judged} == {expected}


def test_the_limits_are_the_owners_to_set() -> None:
    event = invited(*[R.ACCEPTED] * 5)

    assert of("guest-0@example.com", event, EvidenceRules(6, 8)).strength is Strength.CONTACT
    assert of("guest-0@example.com", event, EvidenceRules(2, 5)).strength is Strength.NOTHING


def test_a_crowd_names_nobody() -> None:
    assert judge(invited(*[R.ACCEPTED] * 200), ME, RULES) == ()


def test_those_who_declined_make_a_meeting_no_larger() -> None:
    event = invited(R.ACCEPTED, R.ACCEPTED, R.ACCEPTED, R.DECLINED, R.DECLINED)

    assert of("guest-0@example.com", event).strength is Strength.CONTACT
    assert of("guest-4@example.com", event).reason is Reason.THEY_DECLINED
    assert people_present(event, ME) == 4


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": Status.CANCELLED}, Reason.CANCELLED),
        ({"kind": Kind.OUT_OF_OFFICE}, Reason.OUT_OF_OFFICE),
        ({"kind": Kind.WORKING_LOCATION}, Reason.WORKING_LOCATION),
        ({"kind": Kind.BIRTHDAY}, Reason.BIRTHDAY),
        ({"kind": Kind.FOCUS}, Reason.FOCUS),
        ({"start": date(2026, 3, 2), "span": Span(1, 0)}, Reason.ALL_DAY),
        ({"span": Span(0, 3 * 86_400)}, Reason.ALL_DAY),
        ({"span": Span(1, 0)}, Reason.ALL_DAY),
        ({"busy": False}, Reason.FREE),
        ({"own_response": R.DECLINED}, Reason.I_DECLINED),
        ({"status": Status.CANCELLED, "own_response": R.DECLINED}, Reason.CANCELLED),
    ],
)
def test_what_is_no_meeting_proves_nothing_and_says_why(
    change: dict[str, object], reason: Reason
) -> None:
    event = replace(meeting(make.attendee(ANA)), **change)  # type: ignore[arg-type]

    assert judge(event, ME, RULES) == (Judgement(ANA, Strength.NOTHING, reason),)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (invited(R.ACCEPTED, me=R.TENTATIVE), Reason.I_AM_UNSURE),
        (invited(R.ACCEPTED, me=R.NEEDS_ACTION), Reason.I_DID_NOT_ANSWER),
        (replace(invited(R.ACCEPTED), status=Status.TENTATIVE), Reason.UNCONFIRMED),
        (invited(R.TENTATIVE), Reason.THEY_ARE_UNSURE),
        (
            meeting(make.attendee("guest-0@example.com", R.NEEDS_ACTION)),
            Reason.THEY_DID_NOT_ANSWER,
        ),
    ],
)
def test_a_missing_or_unsure_answer_counts_unless_the_owner_says_otherwise(
    event: Event, reason: Reason
) -> None:
    assert of("guest-0@example.com", event).strength is Strength.CONTACT
    assert of("guest-0@example.com", event, STRICT)[1:] == (Strength.NOTHING, reason)


def test_an_answer_of_yes_counts_under_the_strictest_rules() -> None:
    assert of("guest-0@example.com", invited(R.ACCEPTED), STRICT).strength is Strength.CONTACT


def test_the_organiser_was_there_even_when_not_among_those_invited() -> None:
    event = meeting(make.attendee(OLLE), make.attendee(RAJ), organizer=ANA)

    assert [each.address for each in judge(event, ME, STRICT)] == [RAJ, ANA]
    assert people_present(event, ME) == 3


def test_the_organisers_own_missing_answer_is_a_yes_and_their_no_a_no() -> None:
    me = make.attendee(OLLE)
    silent = meeting(me, make.attendee(ANA, R.NEEDS_ACTION), organizer=ANA)
    absent = meeting(me, make.attendee(ANA, R.DECLINED), organizer=ANA)

    assert of(ANA, silent, STRICT).strength is Strength.CONTACT
    assert of(ANA, absent).reason is Reason.THEY_DECLINED


@pytest.mark.parametrize(
    "nobody",
    [
        Attendee("room-4@example.com", "Room 4", is_person=False),
        Attendee("c_1a2b@resource.calendar.google.com"),
        Attendee("no-reply@example.com"),
        Attendee(""),
    ],
)
def test_rooms_calendars_and_machines_are_nobody(nobody: Attendee) -> None:
    guests = [make.attendee(f"guest-{number}@example.com") for number in range(3)]
    event = meeting(nobody, *guests)

    assert [each.address for each in judge(event, ME, RULES)] == [each.address for each in guests]
    assert {each.strength for each in judge(event, ME, RULES)} == {Strength.CONTACT}


def test_guests_without_a_mail_address_were_there_and_are_nobody_in_particular() -> None:
    unknown = [Attendee("invalid:nomail", name) for name in ("Mei", "Zoe", "Kim")]
    event = meeting(make.attendee(ANA), *unknown)

    assert judge(event, ME, RULES) == (Judgement(ANA, Strength.SEEN, Reason.GROUP),)
    assert people_present(event, ME) == 5
    assert in_the_room(event, ME) == {ANA}
    assert judge(meeting(*unknown), ME, RULES) == ()


def test_who_organises_and_is_invited_without_a_mail_address_was_there_once() -> None:
    exchange = "/o=exchange/cn=mei"
    event = meeting(make.attendee(OLLE), make.attendee(ANA), Attendee(exchange), organizer=exchange)

    assert people_present(event, ME) == 3
    assert of(ANA, event).strength is Strength.CONTACT


@pytest.mark.parametrize("organizer", ["abc@group.calendar.google.com", "room-4@example.com"])
def test_a_calendar_or_a_room_that_organises_is_nobody(organizer: str) -> None:
    room = Attendee("room-4@example.com", is_person=False)
    event = meeting(make.attendee(OLLE), make.attendee(ANA), room, organizer=organizer)

    assert [each.address for each in judge(event, ME, RULES)] == [ANA]


def test_behind_a_mailing_list_there_may_be_a_crowd_so_its_guests_are_only_seen() -> None:
    event = meeting(make.attendee("everyone@example.com"), make.attendee(OLLE), organizer=ANA)

    assert of(ANA, event)[1:] == (Strength.SEEN, Reason.LIST)


def test_a_list_that_the_service_calls_no_person_is_still_a_crowd() -> None:
    everyone = Attendee("everyone@example.com", is_person=False)
    event = meeting(make.attendee(OLLE), everyone, organizer=ANA)

    assert judge(event, ME, RULES) == (Judgement(ANA, Strength.SEEN, Reason.LIST),)


def test_where_the_calendar_does_not_name_everyone_nobody_was_met_alone() -> None:
    event = replace(meeting(make.attendee(OLLE), make.attendee(ANA)), unnamed_guests=True)

    assert judge(event, ME, RULES) == (Judgement(ANA, Strength.SEEN, Reason.UNNAMED),)


def test_someone_whose_own_address_looks_like_a_list_can_still_be_met() -> None:
    assert of("ana-dev@example.com", meeting(make.attendee("ana-dev@example.com"))).strength == 2


def test_an_event_without_other_people_names_nobody() -> None:
    assert judge(meeting(), ME, RULES) == ()
    assert judge(meeting(make.attendee(OLLE), make.attendee(OLLE_AT_WORK)), ME, RULES) == ()


def test_a_meeting_of_others_that_the_owner_merely_reads_is_not_theirs() -> None:
    event = meeting(make.attendee(RAJ), organizer=ANA)

    assert own_answer(event, ME) is None
    assert {each.reason for each in judge(event, ME, RULES)} == {Reason.NOT_INVITED}


def test_the_service_knows_the_owner_under_an_alias_we_do_not() -> None:
    event = replace(
        meeting(make.attendee("oo@example.com"), organizer=ANA), own_response=R.ACCEPTED
    )

    assert of(ANA, event).strength is Strength.CONTACT


def test_an_entry_without_an_organiser_is_the_owners_own() -> None:
    assert of(ANA, meeting(make.attendee(ANA), organizer="")).strength is Strength.CONTACT


def test_a_no_from_one_of_the_owners_addresses_is_no_answer_from_the_other() -> None:
    both = (make.attendee(OLLE, R.DECLINED), make.attendee(OLLE_AT_WORK, R.ACCEPTED))
    one = (make.attendee(OLLE, R.DECLINED), make.attendee(OLLE_AT_WORK, R.NEEDS_ACTION))

    assert own_answer(meeting(*both, organizer=ANA), ME) is R.ACCEPTED
    assert own_answer(meeting(*one, organizer=ANA), ME) is R.DECLINED


def test_an_owner_who_declines_their_own_meeting_was_not_there() -> None:
    event = meeting(make.attendee(OLLE, R.DECLINED), make.attendee(ANA))

    assert of(ANA, event).reason is Reason.I_DECLINED


def test_addresses_are_one_whatever_their_case_and_differ_by_what_follows_the_plus() -> None:
    event = meeting(
        Attendee("Olle@Example.com", response=R.ACCEPTED),
        make.attendee("Ana@Example.com"),
        make.attendee("ana+work@example.com"),
        organizer="OLLE@example.com",
    )

    assert [each.address for each in judge(event, ME, RULES)] == [ANA, "ana+work@example.com"]


@pytest.mark.parametrize("answers", [(R.DECLINED, R.ACCEPTED), (R.ACCEPTED, R.NEEDS_ACTION)])
def test_someone_invited_twice_is_one_person_whose_yes_counts(
    answers: tuple[Response, ...],
) -> None:
    event = meeting(*(make.attendee(ANA, answer) for answer in answers))

    assert judge(event, ME, STRICT) == (Judgement(ANA, Strength.CONTACT, Reason.FEW),)


@given(st.permutations(range(6)), st.lists(st.sampled_from(R), min_size=6, max_size=6))
def test_the_order_of_the_guests_decides_nothing(order: list[int], answers: list[Response]) -> None:
    guests = [make.attendee(f"guest-{n}@example.com", answer) for n, answer in enumerate(answers)]
    event = meeting(*guests)
    shuffled = meeting(*(guests[n] for n in order))

    assert set(judge(event, ME, RULES)) == set(judge(shuffled, ME, RULES))


@given(st.integers(1, 12), st.integers(2, 12), st.integers(2, 12))
def test_a_larger_meeting_never_proves_more(guests: int, contact: int, seen: int) -> None:
    rules = EvidenceRules(min(contact, seen), max(contact, seen))
    strengths = [
        of("guest-0@example.com", invited(*[R.ACCEPTED] * count), rules).strength
        for count in (guests, guests + 1)
    ]

    assert strengths[1] <= strengths[0]


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_can_be_read_aloud(reason: Reason) -> None:
    assert len(sentence(reason)) > 8
    assert sentence(reason).isprintable()
