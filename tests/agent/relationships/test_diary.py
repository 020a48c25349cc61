from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from agent.errors import UsageProblem
from agent.relationships import diary, memory
from agent.relationships import people as folk
from agent.store import diary as store
from agent.store import memory as remembered
from agent.store import people
from agent.store.database import Database
from policies.memory.logline import Kind, read_line
from policies.people.person import Format, PersonId, PrivateNotes
from tests.agent.store.stored import NOW, listed
from tests.make import BERLIN, person, utc

ANA, RAJ = person("Ana Silva"), person("Raj Patel")
TODAY = NOW.date()


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path) as store_:
        listed(store_, ANA, RAJ)
        yield store_


def log(db: Database, line: str) -> None:
    found = read_line(line, people.everyone(db), TODAY)
    whole = [
        replace(each, format=Format.COFFEE) if each.kind is Kind.CONTACT else each for each in found
    ]
    diary.record(db, whole, TODAY, BERLIN)


def undo(db: Database) -> tuple[store.Entry, ...]:
    return diary.take_back(db, store.latest(db, 1)[0])


def everything(db: Database) -> tuple[object, ...]:
    return (
        people.everyone(db),
        people.logged(db),
        remembered.promises(db),
        remembered.thanks(db),
        remembered.favours(db),
    )


def test_contact_is_logged_at_noon_of_the_owners_day(db: Database) -> None:
    day = date(2026, 3, 29)

    diary.contact(db, ANA, day, Format.COFFEE, "tea\x1b", TODAY, "Pacific/Auckland")

    (logged,) = people.logged(db)
    assert logged == (ANA.id, int(utc("2026-03-28 23:00").timestamp()), "coffee", "tea")


def test_what_is_promised_to_two_is_a_promise_to_each(db: Database) -> None:
    log(db, "promised Ana and Raj the paper by Friday; thanked Ana and Raj for the talk")

    friday = date(2026, 4, 3)
    assert [(e.person, e.what, e.due) for e in remembered.promises(db)] == [
        (ANA.id, "the paper", friday),
        (RAJ.id, "the paper", friday),
    ]
    assert [(e.person, e.what) for e in remembered.thanks(db)] == [
        (ANA.id, "the talk"),
        (RAJ.id, "the talk"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "coffee with Ana and Raj; promised them the paper by Friday",
        "coffee with Ana; promised the paper by Tuesday; she introduced Raj",
        "Ana helped with my draft; asked Raj for an introduction; sent Raj the deck",
        "Raj owes me a book; must thank Raj by Friday",
        "thanked Ana; thanked Raj for the map",
        "long lunch with Ana, about her new house; she has two cats",
        "Ana: moves to Lund; Raj: likes walks",
    ],
)
def test_a_line_taken_back_leaves_no_trace(db: Database, line: str) -> None:
    memory.to_thank(db, ANA, "the talk", TODAY)
    memory.annotate(db, RAJ, "has two cats", TODAY)
    log(db, "coffee with Raj")
    before = everything(db)

    log(db, line)
    assert everything(db) != before
    assert undo(db) == ()
    assert everything(db) == before


def test_lines_are_taken_back_one_after_the_other_the_newest_first(db: Database) -> None:
    empty = everything(db)
    for line in ("coffee with Ana", "Ana: moves to Lund", "promised Raj the paper"):
        log(db, line)

    assert [each.entries[0].finding.kind for each in store.latest(db, 2)] == [
        Kind.PROMISED,
        Kind.NOTE,
    ]
    for _ in range(3):
        undo(db)
    assert everything(db) == empty
    assert store.latest(db, 9) == ()


def test_a_note_that_was_changed_since_stays_and_is_told(db: Database) -> None:
    log(db, "Ana: moves to Lund; promised Ana the paper")
    changed = PrivateNotes("moves to Malmö after all")
    with db.transaction() as sql:
        people.save(sql, replace(ANA, notes=changed))

    (stays,) = undo(db)
    assert (stays.finding.kind, stays.person) == (Kind.NOTE, ANA.id)
    assert people.get(db, ANA.id) == replace(ANA, notes=changed)
    assert remembered.promises(db) == ()


def test_words_around_a_note_stay_when_it_goes(db: Database) -> None:
    log(db, "Ana: moves to Lund")
    memory.annotate(db, ANA, "has two cats", TODAY)

    undo(db)

    found = people.get(db, ANA.id)
    assert found is not None
    assert found.notes.reveal() == "2026-03-31: has two cats"


def test_what_was_not_shown_is_not_taken_back(db: Database) -> None:
    log(db, "coffee with Ana")
    (seen,) = store.latest(db, 1)
    log(db, "coffee with Raj")

    with pytest.raises(UsageProblem, match="something else was logged meanwhile"):
        diary.take_back(db, seen)
    assert len(people.logged(db)) == 2


def test_the_diary_knows_nothing_of_whom_the_owner_forgot(db: Database) -> None:
    log(db, "coffee with Ana and Raj; promised Ana the paper")
    with db.transaction() as sql:
        people.remove(sql, ANA.id)

    (line,) = store.latest(db, 9)
    assert [each.person for each in line.entries] == [RAJ.id]
    undo(db)
    assert people.logged(db) == ()


def test_what_is_merged_is_taken_back_from_whom_it_went_to(db: Database) -> None:
    log(db, "Raj: moves to Lund; promised Raj the paper")
    folk.join(db, ANA, people.everyone(db)[1])

    assert undo(db) == ()
    assert remembered.promises(db) == ()
    assert [each.notes.reveal() for each in people.everyone(db)] == [""]


def test_of_many_lines_the_last_can_be_taken_back(db: Database) -> None:
    for days in range(60):
        diary.contact(db, ANA, TODAY - timedelta(days), Format.CALL, "", TODAY, BERLIN)

    assert len(store.latest(db, 99)) == 50
    assert store.latest(db, 1)[0].entries[0].person == PersonId("ana-silva")
