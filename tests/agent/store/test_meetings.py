from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.store import meetings, memory_meetings, people
from agent.store.database import Database
from agent.store.meetings import NO_CONTACT, ContactFacts, Met, Origin
from policies.audit.evidence import Reason, Strength
from policies.calendar.event import Event, Response, Status
from policies.people.person import Format
from policies.proposal import Answer, ProposalState
from policies.wall import seconds
from tests.agent.store.stored import NOW, invited, listed, logged, meeting, read
from tests.make import attendee, person, utc, wall

NOW_S = seconds(NOW)
ANA, RAJ = person("Ana Silva"), person("Raj Patel")
(TO_ANA,), (TO_RAJ,) = ANA.addresses, RAJ.addresses
CROWD = [f"guest-{number}@example.org" for number in range(4)]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "state") as made:
        listed(made, ANA)
        yield made


def facts(db: Database, now_s: int = NOW_S) -> ContactFacts:
    return meetings.contacts(db, now_s).get(ANA.id, NO_CONTACT)


def last(db: Database, now_s: int = NOW_S) -> int | None:
    found = facts(db, now_s).last
    return found and found.start_s


def at(text: str) -> int:
    return seconds(utc(text))


def test_the_last_contact_is_the_newest_small_meeting_that_has_ended(db: Database) -> None:
    read(
        db,
        [
            meeting("2026-01-05 09:00", TO_ANA),
            meeting("2026-03-02 09:00", TO_ANA),
            meeting("2026-03-09 09:00", TO_ANA, *CROWD),
            meeting("2026-03-10 09:00", TO_RAJ),
            meeting("2026-04-20 09:00", TO_ANA),
        ],
    )

    assert last(db) == at("2026-03-02 08:00")
    assert facts(db).seen_s == at("2026-03-09 08:00")


def test_of_two_meetings_to_come_the_sooner_is_the_next(db: Database) -> None:
    read(db, [meeting("2026-05-04 09:00", TO_ANA), meeting("2026-04-20 09:00", TO_ANA)])

    found = facts(db).next
    assert found
    assert found.start_s == at("2026-04-20 07:00")
    assert last(db) is None


def test_a_meeting_still_going_on_is_the_next_until_it_ends(db: Database) -> None:
    read(db, [meeting("2026-03-31 13:45", TO_ANA, minutes=30)])

    assert facts(db).next
    assert last(db) is None
    assert last(db, NOW_S + 15 * 60) == at("2026-03-31 11:45")
    assert facts(db, NOW_S + 15 * 60).next is None


@pytest.mark.parametrize(
    "unkept",
    [
        replace(meeting("2026-04-20 09:00", TO_ANA), status=Status.CANCELLED),
        replace(
            meeting("2026-04-20 09:00"), attendees=(attendee(TO_ANA, Response.DECLINED),)
        ),
        meeting("2026-04-20 09:00", TO_ANA, *CROWD),
    ],
)  # fmt: skip
def test_what_will_not_count_is_no_meeting_booked(db: Database, unkept: Event) -> None:
    read(db, [unkept])

    assert facts(db).next is None


def test_each_address_of_a_person_counts_and_one_meeting_of_both_is_one(db: Database) -> None:
    listed(db, replace(ANA, addresses=(TO_ANA, "ana@example.net")))
    read(
        db,
        [
            meeting("2026-03-02 09:00", TO_ANA, "ana@example.net"),
            meeting("2026-03-04 09:00", "ana@example.net"),
        ],
    )

    assert last(db) == at("2026-03-04 08:00")
    assert facts(db).in_a_year == 2
    assert [each.start_s for each in meetings.history(db, ANA.id)] == [
        at("2026-03-04 08:00"),
        at("2026-03-02 08:00"),
    ]


def test_a_meeting_in_two_calendars_counts_once_and_is_told_once(db: Database) -> None:
    one = meeting("2026-03-02 09:00", TO_ANA)
    read(db, [one], [one])

    assert facts(db).in_a_year == 1
    (told,) = meetings.history(db, ANA.id)
    assert told.calendars == ("private", "work")


def test_of_two_copies_the_one_that_counts_is_told(db: Database) -> None:
    one = meeting("2026-03-02 09:00", TO_ANA)
    read(db, [one], [replace(one, own_response=Response.DECLINED)])

    (told,) = meetings.history(db, ANA.id)
    assert told.strength is Strength.CONTACT
    assert told.calendars == ("work", "private")


def test_an_instance_of_a_series_that_moved_in_one_calendar_is_one_meeting(db: Database) -> None:
    series = meeting("2026-03-02 09:00", TO_ANA, uid="weekly", rule="FREQ=WEEKLY;COUNT=2")
    moved = replace(
        meeting("2026-03-10 11:00", TO_ANA, uid="weekly"), recurrence_id=wall("2026-03-09 09:00")
    )
    read(db, [series, moved], [series])

    assert len(meetings.history(db, ANA.id)) == 2


def test_entries_of_one_calendar_that_share_an_id_are_several_meetings(db: Database) -> None:
    read(
        db,
        [
            meeting("2026-03-02 09:00", TO_ANA, uid="same"),
            meeting("2026-03-03 09:00", TO_ANA, uid="same"),
        ],
    )

    assert len(meetings.history(db, ANA.id)) == 2


def test_only_contact_of_the_past_365_days_is_counted_as_of_a_year(db: Database) -> None:
    read(
        db,
        [
            meeting("2025-03-31 13:00", TO_ANA),
            meeting("2025-04-01 09:00", TO_ANA),
            meeting("2026-03-02 09:00", TO_ANA),
            meeting("2026-03-03 09:00", TO_ANA, *CROWD),
            meeting("2026-04-20 09:00", TO_ANA),
        ],
    )

    assert facts(db).in_a_year == 2


def test_someone_listed_today_has_the_meetings_of_before(db: Database) -> None:
    read(db, [meeting("2026-03-02 09:00", TO_RAJ)])
    assert RAJ.id not in meetings.contacts(db, NOW_S)

    listed(db, RAJ)
    assert meetings.contacts(db, NOW_S)[RAJ.id].last


def test_what_ended_and_left_its_calendar_still_counts_and_says_so(db: Database) -> None:
    read(db, [meeting("2026-03-02 09:00", TO_ANA), meeting("2026-03-03 09:00", TO_RAJ)])
    read(db, [meeting("2026-03-03 09:00", TO_RAJ)], now=NOW + timedelta(days=1))

    assert last(db) == at("2026-03-02 08:00")
    (told,) = meetings.history(db, ANA.id)
    assert told.left_s == NOW_S + 86_400


def test_what_left_one_calendar_and_stands_in_another_has_not_left(db: Database) -> None:
    one, other = meeting("2026-03-02 09:00", TO_ANA), meeting("2026-03-03 09:00", TO_RAJ)
    read(db, [one], [one, other])
    read(db, [one], [other], now=NOW + timedelta(days=1))

    (told,) = meetings.history(db, ANA.id)
    assert told.left_s is None


def test_logged_contact_counts_beside_the_calendars(db: Database) -> None:
    read(db, [meeting("2026-03-02 09:00", TO_ANA)])
    logged(db, ANA, utc("2026-03-20 11:00"), Format.CALL, "asked about Lisbon")

    found = facts(db)
    assert found.last == (at("2026-03-20 11:00"), "call")
    assert found.in_a_year == 2
    told = meetings.history(db, ANA.id)[0]
    assert (told.origin, told.reason, told.what) == (Origin.LOGGED, Reason.LOGGED, "call")
    assert told.note == "asked about Lisbon"


def test_an_older_log_entry_does_not_hide_a_newer_meeting(db: Database) -> None:
    logged(db, ANA, utc("2026-02-20 11:00"), Format.CALL)
    read(db, [meeting("2026-03-02 09:00", TO_ANA)])

    assert last(db) == at("2026-03-02 08:00")


def test_contact_logged_for_today_counts_from_the_morning_on(db: Database) -> None:
    logged(db, ANA, utc("2026-03-31 12:00"), Format.CALL)

    assert last(db, at("2026-03-31 00:00"))
    assert meetings.history(db, ANA.id)[0].is_past(at("2026-03-31 00:00"))
    assert last(db, at("2026-03-30 23:59")) is None


def test_an_invitation_that_went_out_is_a_meeting_booked_and_then_contact(db: Database) -> None:
    invited(db, ANA, utc("2026-03-25 09:00"))

    before, after = facts(db, at("2026-03-20 12:00")), facts(db)
    assert (before.last, before.next and before.next.what) == (None, "coffee")
    assert (after.next, after.last and after.last.what) == (None, "coffee")
    assert after.in_a_year == 1
    (told,) = meetings.history(db, ANA.id)
    assert (told.origin, told.what, told.event) == (Origin.ARRANGED, "coffee", None)


@pytest.mark.parametrize(
    ("answer", "counts"),
    [
        (Answer.NONE, True),
        (Answer.ACCEPTED, True),
        (Answer.TENTATIVE, True),
        (Answer.DECLINED, False),
        (Answer.COUNTERED, False),
    ],
)
def test_an_invitation_that_was_turned_down_is_no_meeting(
    db: Database, answer: Answer, *, counts: bool
) -> None:
    invited(db, ANA, utc("2026-03-25 09:00"), answer=answer)

    assert bool(facts(db).last) is counts
    assert bool(meetings.history(db, ANA.id)) is counts


@pytest.mark.parametrize("state", [s for s in ProposalState if s is not ProposalState.SENT])
def test_a_proposal_that_was_never_sent_or_is_called_off_is_no_meeting(
    db: Database, state: ProposalState
) -> None:
    invited(db, ANA, utc("2026-04-25 09:00"), state=state)

    assert facts(db) == NO_CONTACT
    assert meetings.history(db, ANA.id) == ()


def test_where_a_calendar_has_a_copy_that_names_the_guest_the_copy_decides(db: Database) -> None:
    invited(db, ANA, utc("2026-03-25 09:00"))
    declined = replace(
        meeting("2026-03-25 10:00"), attendees=(attendee(TO_ANA, Response.DECLINED),)
    )
    read(db, [declined])

    assert last(db) is None
    assert [each.reason for each in meetings.history(db, ANA.id)] == [Reason.THEY_DECLINED]


def test_history_is_newest_first_with_the_meetings_to_come_and_their_reasons(db: Database) -> None:
    read(
        db,
        [
            meeting("2026-03-02 09:00", TO_ANA, title="One to one"),
            replace(meeting("2026-03-09 09:00", TO_ANA), status=Status.CANCELLED),
            meeting("2026-04-20 09:00", TO_ANA, *CROWD, title="Committee"),
        ],
    )

    told = meetings.history(db, ANA.id)
    assert [each.reason for each in told] == [Reason.GROUP, Reason.CANCELLED, Reason.FEW]
    assert [each.is_past(NOW_S) for each in told] == [False, True, True]
    assert [each.event and each.event.summary for each in told] == [
        "Committee",
        "A meeting",
        "One to one",
    ]


def test_what_contact_is_called_is_found_by_person_and_start_however_many(db: Database) -> None:
    rule = "FREQ=DAILY;COUNT=600"
    read(db, [meeting("2024-08-01 09:00", TO_ANA, title="Daily", rule=rule)])
    contacts = [(ANA.id, row[0]) for row in db.rows("SELECT start_s FROM occurrence")]

    assert len(contacts) == 600
    assert meetings.titles(db, contacts) == dict.fromkeys(contacts, "Daily")
    assert meetings.titles(db, []) == {}


def test_whom_the_owner_meets_and_has_not_listed_most_contacts_first(db: Database) -> None:
    weekly = "FREQ=WEEKLY;COUNT=3"
    named = attendee(TO_RAJ)._replace(name="Raj Patel")
    read(
        db,
        [
            replace(meeting("2026-03-02 09:00", rule=weekly), attendees=(named,)),
            meeting("2026-03-03 09:00", TO_ANA, *CROWD),
            meeting("2026-03-04 09:00", CROWD[0]),
            meeting("2026-04-20 09:00", "future@example.org"),
            replace(meeting("2026-03-05 09:00", "gone@example.org"), status=Status.CANCELLED),
        ],
        [replace(meeting("2026-03-02 09:00", rule=weekly), attendees=(named,))],
    )

    found = meetings.met(db, NOW_S)
    assert found[:2] == (
        Met(TO_RAJ, "Raj Patel", 3, 0, at("2026-03-16 08:00")),
        Met(CROWD[0], "", 1, 1, at("2026-03-04 08:00")),
    )
    assert [each.address for each in found[2:]] == CROWD[1:]


def test_who_is_never_to_be_listed_is_not_offered_again(db: Database) -> None:
    read(db, [meeting("2026-03-02 09:00", TO_RAJ)])
    with db.transaction() as sql:
        people.ignore(sql, TO_RAJ, NOW.date())

    assert meetings.met(db, NOW_S) == ()


@pytest.mark.parametrize("held", ["", meetings._HELD])
def test_a_person_costs_some_seeks_and_never_a_walk_through_the_archive(
    db: Database, held: str
) -> None:
    query = meetings._BY_ADDRESS.format(held=held)
    plan = [row[3] for row in db.rows(f"EXPLAIN QUERY PLAN {query}", NOW_S, NOW_S, None)]

    seek = (
        "SEARCH t USING COVERING INDEX attendance_by_address (address=? AND strength=? AND start_s"
    )
    assert sum(step.startswith(seek) for step in plan) == 4
    assert not any(step.startswith("SCAN t") or "ORDER BY" in step for step in plan)


def test_contact_is_what_the_history_of_each_person_shows(db: Database) -> None:
    chance = random.Random(5)
    many = [person(f"Person {number}") for number in range(40)]
    many = [replace(each, addresses=(*each.addresses, f"{each.id}@home.example")) for each in many]
    listed(db, *many)
    addresses = [address for each in many for address in each.addresses]

    def some(count: int) -> list[Event]:
        return [
            meeting(
                f"{NOW + timedelta(hours=chance.randrange(-10_000, 2_000)):%Y-%m-%d %H:00}",
                *chance.sample(addresses, chance.choice((1, 2, 3, 8))),
                uid=f"{number}@example.com",
                minutes=chance.choice((30, 600)),
            )
            for number in range(count)
        ]

    work = some(300)
    read(db, work, [*chance.sample(work, 100), *(replace(e, uid=f"own-{e.uid}") for e in some(50))])
    for each in chance.sample(many, 10):
        logged(db, each, NOW - timedelta(days=chance.randrange(400)), Format.CALL)
    with db.transaction() as sql:
        for each in chance.sample(many, 10):
            held = meetings.history(db, each.id)
            memory_meetings.answer(sql, each.id, held[-1].start_s, happened=False)

    found = meetings.contacts(db, NOW_S)
    for each in many:
        told = meetings.history(db, each.id)
        past = {m.start_s for m in told if m.strength is Strength.CONTACT and m.is_past(NOW_S)}
        ahead = [m.start_s for m in told if m.strength is Strength.CONTACT and not m.is_past(NOW_S)]
        seen = [m.start_s for m in told if m.strength is Strength.SEEN and m.is_past(NOW_S)]
        facts = found.get(each.id, NO_CONTACT)
        assert (facts.last and facts.last.start_s) == max(past, default=None)
        assert (facts.next and facts.next.start_s) == min(ahead, default=None)
        assert facts.seen_s == max(seen, default=None)
        assert facts.in_a_year == sum(at_s > NOW_S - 365 * 86_400 for at_s in past)
        assert meetings.contact(db, each.id, NOW_S) == facts
    one = min(found)
    counted = meetings.contacts(db, NOW_S, [one])
    assert counted[one] == found[one]
    assert {who: facts[:3] for who, facts in counted.items()} == {
        who: facts[:3] for who, facts in found.items()
    }
