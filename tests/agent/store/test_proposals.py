from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from agent.store import glance, proposals
from agent.store.database import Database
from policies.people.person import Format, PersonId
from policies.proposal import (
    Answer,
    Draft,
    NoSlot,
    ProposalState,
    ScorePart,
    Slot,
    Unplaced,
)
from tests.make import interval, utc

NOW = utc("2026-03-02 08:00")
SECOND = timedelta(seconds=1)
MONDAY = Slot(
    interval("2026-03-09 08:30", "2026-03-09 09:15"),
    "Café Kaffekoppen",
    (ScorePart("room before and after", 1.5), ScorePart("Friday afternoon", -1.0)),
    "Monday 9 March at 09:30",
)
TUESDAY = Slot(interval("2026-03-10 13:00", "2026-03-10 13:45"), spoken="Tuesday 10 March at 14:00")


def draft(person: str = "ana-silva") -> Draft:
    return Draft(
        person=PersonId(person),
        address=f"{person}@example.com",
        format=Format.VIRTUAL_COFFEE,
        slots=(MONDAY, TUESDAY),
        reasons=("last met 72 days ago", "Überfällig"),
        assumptions=("Her hours are not known",),
        title="Coffee",
        text="Hello Ana,\n\nwould Monday 9 March at 09:30 suit you?\n\nOlle",
        expires=utc("2026-03-09 08:00"),
    )


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "home") as opened:
        yield opened


def added(db: Database, person: str = "ana-silva") -> int:
    with db.transaction() as sql:
        return proposals.add(sql, draft(person), NOW)


def test_a_proposal_comes_back_as_it_was_stored(db: Database) -> None:
    number = added(db)

    found = proposals.get(db, number)

    assert found is not None
    assert found.draft == draft()
    assert (found.number, found.state, found.created) == (number, ProposalState.OPEN, NOW)
    assert (found.slot, found.answer, found.answered) == (MONDAY, Answer.NONE, None)


def test_a_number_nobody_was_given_finds_nothing(db: Database) -> None:
    assert proposals.get(db, 17) is None


def test_numbers_are_never_used_twice(db: Database) -> None:
    first = added(db)
    with db.transaction() as sql:
        sql.execute("DELETE FROM proposal")

    assert added(db) == first + 1


def test_a_person_has_one_open_proposal_at_most(db: Database) -> None:
    added(db)

    with pytest.raises(sqlite3.IntegrityError):
        added(db)
    assert len(proposals.listed(db)) == 1


def test_a_person_may_be_proposed_again_once_the_first_is_settled(db: Database) -> None:
    number = added(db)
    with db.transaction() as sql:
        proposals.set_state(sql, number, ProposalState.REJECTED)

    assert added(db) == number + 1


def test_the_list_is_by_state_and_oldest_first(db: Database) -> None:
    ana, raj, zoe = added(db), added(db, "raj"), added(db, "zoe")
    with db.transaction() as sql:
        proposals.set_state(sql, raj, ProposalState.SENT)

    open_ones = proposals.listed(db, ProposalState.OPEN)
    assert [each.number for each in open_ones] == [ana, zoe]
    assert [each.number for each in proposals.listed(db)] == [ana, raj, zoe]
    assert proposals.listed(db, ProposalState.EXPIRED, ProposalState.CANCELLED) == ()


def test_choosing_another_slot_changes_the_time_in_the_text(db: Database) -> None:
    number = added(db)

    with db.transaction() as sql:
        assert proposals.choose(sql, number, 1)
    found = proposals.get(db, number)
    assert found is not None
    assert found.slot == TUESDAY
    assert "would Tuesday 10 March at 14:00 suit you?" in found.draft.text
    with db.transaction() as sql:
        assert proposals.choose(sql, number, 0)
    assert proposals.listed(db)[0].draft.text == draft().text


def test_a_text_the_owner_rewrote_is_left_alone_when_another_slot_is_chosen(db: Database) -> None:
    number = added(db)
    with db.transaction() as sql:
        proposals.rewrite(sql, number, "Fika", "Next week?")

    with db.transaction() as sql:
        assert not proposals.choose(sql, number, 1)
    found = proposals.get(db, number)
    assert found is not None
    assert (found.chosen, found.draft.title, found.draft.text) == (1, "Fika", "Next week?")


@pytest.mark.parametrize("index", [-1, 2])
def test_a_slot_that_is_not_there_cannot_be_chosen(db: Database, index: int) -> None:
    number = added(db)

    with db.transaction() as sql, pytest.raises(ValueError, match="no slot"):
        proposals.choose(sql, number, index)


def test_an_answer_keeps_its_comment_and_its_time(db: Database) -> None:
    number = added(db)
    at = utc("2026-03-05 10:00")

    with db.transaction() as sql:
        proposals.set_answer(sql, number, Answer.COUNTERED, "Rather at noon?", at)
    found = proposals.get(db, number)
    assert found is not None
    assert (found.answer, found.comment, found.answered) == (
        Answer.COUNTERED,
        "Rather at noon?",
        at,
    )


def test_only_the_last_run_says_who_could_not_be_placed(db: Database) -> None:
    old = Unplaced(PersonId("raj"), NoSlot.NO_ADDRESS, "What is Raj's address?")
    new = Unplaced(PersonId("zoe"), NoSlot.OWNER_BUSY, "May it be later?")

    with db.transaction() as sql:
        proposals.replace_unplaced(sql, [old], 1)
        proposals.replace_unplaced(sql, [new], 2)
    assert proposals.unplaced(db) == (new,)


def test_the_time_of_sending_comes_from_the_ledger_of_what_was_sent(db: Database) -> None:
    sent, planned = added(db), added(db, "raj")
    with db.transaction() as sql:
        for number, state in ((sent, "sent"), (planned, "approved")):
            sql.execute(
                "INSERT INTO action (id, proposal, person, kind, generation, uid, payload, digest,"
                " state, created_s, updated_s)"
                " VALUES (?, ?, 'x', 'invite', 0, ?, '{}', 'd', ?, 0, 0)",
                (f"a{number}", number, f"u{number}", state),
            )
            sql.execute(
                "INSERT INTO sending (action, kind, guest, run, at_s)"
                " VALUES (?, 'invite', 'guest', 1, 1000)",
                (f"a{number}",),
            )

    assert list(proposals.sent_times(db)) == [sent]
    assert proposals.sent_times(db)[sent] == utc("1970-01-01 00:16:40")


@pytest.mark.parametrize("now", [MONDAY.when.end - SECOND, MONDAY.when.end, TUESDAY.when.end])
def test_what_the_shell_completes_is_what_is_current(
    db: Database, tmp_path: Path, now: datetime
) -> None:
    for state, chosen in product(ProposalState, (0, 1)):
        number = added(db, f"{state}-{chosen}")
        with db.transaction() as sql:
            proposals.choose(sql, number, chosen)
            proposals.set_state(sql, number, state)
    current = [each.number for each in proposals.listed(db) if each.is_current(now)]
    db.rows("PRAGMA wal_checkpoint")

    assert [number for number, *_ in glance.proposals(tmp_path / "home", now)] == current
