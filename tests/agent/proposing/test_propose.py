from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from agent import daily
from agent.errors import UsageProblem
from agent.proposing.propose import (
    Expired,
    Moved,
    ProposeReport,
    left_in_peace,
    propose,
    templates_in,
)
from agent.relationships.audit import Line
from agent.settings import Settings
from agent.store import proposals
from agent.store.database import Database
from agent.store.meetings import ContactFacts
from agent.store.pause import FOR_GOOD, pause
from policies.audit.cadence import standing
from policies.interval import Interval
from policies.outreach.etiquette import Hold
from policies.people.person import Boundaries, Format, Person
from policies.proposal import Answer, NoSlot, Proposal, ProposalState
from policies.rules import CadenceRules
from policies.slots.availability import Busy
from policies.wall import local_date, local_datetime, seconds
from tests.agent.store import stored
from tests.agent.store.stored import Listing, listed, meeting
from tests.make import BERLIN, OWNER, interval, person, utc

NOW = utc("2026-03-02 07:00")
SETTINGS = Settings(OWNER, ())
WEEKS = interval("2026-03-01 00:00", "2026-04-01 00:00")
ANA, RAJ = person("Ana Silva"), person("Raj Iyer")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "home") as opened:
        yield opened


def line(who: Person, days: int = 60, *, contacts: int = 0, now: datetime = NOW) -> Line:
    today = local_date(now, BERLIN)
    stands = standing(who, today - timedelta(days=days), None, today, CadenceRules())
    return Line(stands, ContactFacts(in_a_year=contacts))


def ran(
    db: Database,
    *lines: Line,
    busy: Iterable[Busy] = (),
    now: datetime = NOW,
    settings: Settings = SETTINGS,
) -> ProposeReport:
    return propose(db, settings, lines, lambda _: busy, now, run=1, notes=("As of today.",))


def the_one(db: Database) -> Proposal:
    (found,) = proposals.listed(db)
    return found


def dump(db: Database) -> list[object]:
    return [
        db.rows("SELECT * FROM proposal"),
        db.rows("SELECT * FROM proposal_slot"),
        db.rows("SELECT * FROM unplaced"),
    ]


def test_what_was_decided_is_what_is_stored(db: Database) -> None:
    report = ran(db, line(ANA), line(RAJ))

    assert proposals.listed(db, ProposalState.OPEN) == report.new
    assert {each.draft.person for each in report.new} == {ANA.id, RAJ.id}
    assert report.new[0].draft.assumptions[0] == "As of today."


def test_a_rehearsal_on_a_copy_answers_the_same_and_writes_nothing(db: Database) -> None:
    nobody = replace(person("Zoe Kim"), addresses=())
    before = dump(db)

    with db.copy() as copy:
        rehearsed = ran(copy, line(ANA), line(nobody))
    assert dump(db) == before
    assert ran(db, line(ANA), line(nobody)) == rehearsed


def test_a_second_run_on_the_same_day_writes_nothing(db: Database) -> None:
    nobody = replace(person("Zoe Kim"), addresses=())
    lines = [line(ANA), line(RAJ), line(nobody, 900), *(line(person(f"P{n}")) for n in range(4))]
    ran(db, *lines)
    before = dump(db)

    again = ran(db, *lines, now=NOW + timedelta(hours=1))
    assert dump(db) == before
    assert ProposeReport(again.new, again.expired, (), (), again.moved) == ProposeReport()
    assert [each.person for each in again.unplaced] == ["zoe-kim"]


def test_who_could_not_be_placed_is_kept_with_the_question(db: Database) -> None:
    report = ran(db, line(ANA), busy=[Busy(WEEKS)])

    assert [each.code for each in report.unplaced] == [NoSlot.OWNER_BUSY]
    assert proposals.unplaced(db) == report.unplaced
    assert ran(db).unplaced == ()
    assert proposals.unplaced(db) == ()


def test_an_unread_proposal_expires_and_its_place_is_filled_again(db: Database) -> None:
    ran(db, line(ANA))
    later = NOW + timedelta(days=30)

    report = ran(db, line(ANA, 90, now=later), now=later)
    assert report.expired == (Expired(1, ANA.id, "Its times have come too close."),)
    assert [each.number for each in report.new] == [2]
    assert proposals.listed(db)[0].outcome == "Its times have come too close."
    assert [each.state for each in proposals.listed(db)] == [
        ProposalState.EXPIRED,
        ProposalState.OPEN,
    ]


def test_someone_who_left_the_list_has_no_proposal(db: Database) -> None:
    ran(db, line(ANA))

    assert ran(db).expired == (Expired(1, ANA.id, "The person is no longer on your list."),)


def test_when_the_chosen_time_is_taken_the_text_names_the_next(db: Database) -> None:
    first = ran(db, line(ANA)).new[0]
    taken = Busy(first.slot.when)

    report = ran(db, line(ANA), busy=[taken])
    assert report.moved == (Moved(1, ANA.id, 1),)
    stored = the_one(db)
    assert stored.chosen == 1
    assert stored.slot.spoken in stored.draft.text
    assert first.slot.spoken not in stored.draft.text
    assert ran(db, line(ANA), busy=[taken]).moved == ()


@pytest.mark.parametrize(("place", "chosen"), [("", 0), ("Uppsala", 1)])
def test_a_time_one_can_no_longer_travel_to_is_not_offered_any_more(
    db: Database, place: str, chosen: int
) -> None:
    over_coffee = line(replace(ANA, formats=(Format.COFFEE,)))
    slot = ran(db, over_coffee).new[0].slot.when
    before = Interval(slot.start - timedelta(hours=1), slot.start - timedelta(minutes=20))

    ran(db, over_coffee, busy=[Busy(before, place=place)])
    assert the_one(db).chosen == chosen


@pytest.mark.parametrize(
    ("who", "days", "code", "sentence"),
    [
        (replace(RAJ, snoozed_until=date(2026, 4, 1)), 60, "snoozed", "Snoozed until 1 April"),
        (replace(RAJ, addresses=()), 900, "no-address", "What is Raj Iyer's own mail address?"),
        (person("Zoe Kim"), 50, "weekly-cap", "At most 3 are proposed in a week"),
        (ANA, 400, "already-proposed", "Proposal 1 is waiting for you."),
    ],
)
def test_why_someone_overdue_is_not_proposed_is_found_afresh(
    db: Database, who: Person, days: int, code: str, sentence: str
) -> None:
    ran(db, *(line(person(f"P{number}"), 90) for number in range(3)), line(who, days))

    found = left_in_peace(db, SETTINGS, line(who, days), NOW)
    assert found is not None
    assert found.code == code
    assert found.sentence.startswith(sentence)


def test_nobody_is_left_in_peace_who_is_not_overdue_or_comes_next(db: Database) -> None:
    assert left_in_peace(db, SETTINGS, line(ANA, 1), NOW) is None
    assert left_in_peace(db, SETTINGS, line(ANA, 60), NOW) is None


def test_approved_and_sent_meetings_are_left_alone(db: Database) -> None:
    number = ran(db, line(ANA)).new[0].number
    with db.transaction() as sql:
        proposals.set_state(sql, number, ProposalState.APPROVED)

    report = ran(db, line(ANA), busy=[Busy(WEEKS)])
    assert (report.expired, report.moved) == ((), ())
    assert [each.code for each in report.held] == [Hold.ALREADY_PROPOSED]


def test_a_refused_invitation_is_respected_by_the_day_it_was_refused(db: Database) -> None:
    number = ran(db, line(ANA)).new[0].number
    with db.transaction() as sql:
        proposals.set_state(sql, number, ProposalState.SENT)
        proposals.set_answer(sql, number, Answer.DECLINED, "", NOW)
    soon, late = NOW + timedelta(days=41), NOW + timedelta(days=43)

    assert [e.code for e in ran(db, line(ANA, 90, now=soon), now=soon).held] == [Hold.DECLINED]
    assert len(ran(db, line(ANA, 90, now=late), now=late).new) == 1


def test_silence_counts_from_the_day_of_sending(db: Database) -> None:
    number = ran(db, line(ANA)).new[0].number
    with db.transaction() as sql:
        proposals.set_state(sql, number, ProposalState.SENT)
        sql.execute(
            "INSERT INTO action (id, proposal, person, kind, generation, uid, payload, digest,"
            " state, created_s, updated_s)"
            " VALUES ('a', ?, 'x', 'invite', 0, 'u', '{}', 'd', 'sent', 0, 0)",
            (number,),
        )
        sent = NOW + timedelta(days=5)
        sql.execute(
            "INSERT INTO sending (action, kind, guest, run, at_s)"
            " VALUES ('a', 'invite', 'g', 1, ?)",
            (seconds(sent),),
        )
    waiting, over = NOW + timedelta(days=25), NOW + timedelta(days=27)

    assert [e.code for e in ran(db, line(ANA, 90, now=waiting), now=waiting).held] == [Hold.SILENT]
    assert ran(db, line(ANA, 90, now=over), now=over).new


def test_contact_in_the_year_counts_towards_the_owner_s_limit(db: Database) -> None:
    rarely = replace(ANA, boundaries=Boundaries(at_most_a_year=2))

    assert ran(db, line(rarely, contacts=2)).held[0].code is Hold.ENOUGH_THIS_YEAR
    assert ran(db, line(rarely, contacts=1)).new


def test_a_run_counts_the_contact_in_the_year_of_those_with_such_a_limit(db: Database) -> None:
    rarely = replace(ANA, boundaries=Boundaries(at_most_a_year=2))
    listed(db, rarely, RAJ)
    met = [
        meeting(f"2025-1{month}-04 09:00", *each.addresses, uid=f"{month} {each.id}")
        for month in (0, 1)
        for each in (ANA, RAJ)
    ]
    readers = {"work": Listing(met), "private": Listing([])}

    report = daily.run(db, stored.SETTINGS, readers, None, NOW, run_id=1).proposed

    assert [(e.person, e.code) for e in report.held] == [(ANA.id, Hold.ENOUGH_THIS_YEAR)]
    assert [each.draft.person for each in report.new] == [RAJ.id]


@pytest.mark.parametrize(
    ("until", "paused"),
    [
        (NOW, False),
        (NOW + timedelta(hours=2), True),
        (utc("2026-03-08 23:00"), True),
        (FOR_GOOD, True),
    ],
)
def test_a_pause_stops_proposing(db: Database, until: datetime, paused: bool) -> None:
    with db.transaction() as sql:
        pause(sql, until)

    report = ran(db, line(ANA))
    assert bool(report.new) is not paused
    assert [each.code for each in report.held] == ([Hold.PAUSED] if paused else [])


def test_planning_time_is_kept_free_without_a_buffer(db: Database) -> None:
    slot = interval("2026-03-05 08:00", "2026-03-05 09:00")
    with db.transaction() as sql:
        sql.execute(
            "INSERT INTO block (uid, purpose, period, start_s, end_s, calendar, ref, etag, state,"
            " created_s) VALUES ('plan-1', 'rhythm', '2026-W10', ?, ?, 'own', 'r', 'e', 'held', 0)",
            (seconds(slot.start), seconds(slot.end)),
        )
    around = [
        Busy(Interval(WEEKS.start, slot.start), uid="a"),
        Busy(slot, uid="plan-1"),
        Busy(Interval(slot.end + timedelta(minutes=60), WEEKS.end), uid="b"),
    ]

    (found,) = ran(db, line(ANA), busy=around).new
    (only,) = found.draft.slots
    assert f"{local_datetime(seconds(only.when.start), BERLIN):%a %H:%M}" == "Thu 10:00"


def test_holidays_of_both_sides_are_free_of_proposals(db: Database) -> None:
    easter = utc("2026-03-30 07:00")
    settings = replace(SETTINGS, owner=replace(OWNER, country="DE"))
    swede = replace(ANA, country="SE", zone="Europe/Stockholm")

    days = {
        local_date(slot.when.start, BERLIN)
        for each in ran(db, line(swede, now=easter), now=easter, settings=settings).new
        for slot in each.draft.slots
    }
    assert days
    assert not days & {date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1)}


def test_a_guest_s_country_that_is_none_is_said_and_does_no_harm(db: Database) -> None:
    lost = replace(ANA, country="XX")

    assumptions = ran(db, line(lost)).new[0].draft.assumptions
    assert "No public holidays are known for 'XX'." in assumptions


def test_the_owner_s_own_texts_are_used(db: Database, tmp_path: Path) -> None:
    (tmp_path / "any.txt").write_text("Title: Fika\nHej {first_name}, {time}?", "utf-8")
    (tmp_path / "README.md").write_text("{nothing}", "utf-8")

    (found,) = ran(db, line(ANA), settings=replace(SETTINGS, templates=tmp_path)).new
    assert (found.draft.title, found.draft.text) == ("Fika", f"Hej Ana, {found.slot.spoken}?")


def test_all_that_is_wrong_with_the_templates_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "coffee.txt").write_text("{nickname}\n{", "utf-8")
    (tmp_path / "tea.txt").write_text("Hej", "utf-8")
    (tmp_path / "walk.txt").write_bytes(b"\xff\xfe")
    (tmp_path / "lunch.txt").write_text("x" * 70_000, "utf-8")

    with pytest.raises(UsageProblem) as caught:
        templates_in(tmp_path)
    for words in (
        "coffee.txt: line 1: {nickname} is no placeholder",
        "coffee.txt: line 2: a brace",
        "tea.txt: 'tea' is no format",
        "walk.txt: it is not UTF-8",
        "lunch.txt: it is longer than 64 KiB",
    ):
        assert words in caught.value.cause


def test_a_templates_folder_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="No such file"):
        templates_in(tmp_path / "missing")


def test_broken_templates_change_nothing(db: Database, tmp_path: Path) -> None:
    (tmp_path / "any.txt").write_text("{oops}", "utf-8")

    with pytest.raises(UsageProblem):
        ran(db, line(ANA), settings=replace(SETTINGS, templates=tmp_path))
    assert proposals.listed(db) == ()


class Directory:
    """Lets us see when Ana is taken."""

    def __init__(self, *taken: Interval) -> None:
        self.taken = taken

    def busy(
        self, addresses: tuple[str, ...], window: Interval
    ) -> Mapping[str, tuple[Interval, ...] | None]:
        return {each: self.taken if each in ANA.addresses else None for each in addresses}


def test_a_guest_is_never_proposed_a_time_at_which_they_are_seen_to_be_taken(
    db: Database,
) -> None:
    first = ran(db, line(ANA)).new[0]
    with db.transaction() as sql:
        proposals.set_state(sql, first.number, ProposalState.REJECTED)
        sql.execute("DELETE FROM proposal")
    taken = first.slot.when

    report = propose(
        db, SETTINGS, [line(ANA)], lambda _: (), NOW, run=2, free_busy=[Directory(taken)]
    )

    assert not any(slot.when.overlaps(taken) for slot in report.new[0].draft.slots)
    assert not any("calendar" in each for each in report.new[0].draft.assumptions)
    assert any("calendar" in each for each in first.draft.assumptions)
