from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from agent.store import people
from agent.store.database import Database
from agent.store.people import AddressTaken, Logged
from policies.people.person import Cadence, Person, PersonId, Priority, PrivateNotes
from tests.agent.store.stored import invited, listed
from tests.make import person, utc
from tests.people import lists_of_people

ANA, BO, JOANA = person("Ana Silva"), person("Bo Ek"), person("Joana Ek")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "state") as opened:
        yield opened


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(lists_of_people)
def test_people_are_kept_whole_and_answered_by_id(db: Database, found: list[Person]) -> None:
    with db.transaction() as sql:
        sql.execute("DELETE FROM person")
        people.save_all(sql, found)

    assert people.everyone(db) == tuple(sorted(found, key=lambda each: each.id))
    assert [people.get(db, each.id) for each in found] == found


def test_saving_again_replaces_what_was_known_and_keeps_the_log(db: Database) -> None:
    listed(db, ANA)
    with db.transaction() as sql:
        people.log(sql, Logged(ANA.id, 5, "coffee", "tea"))
    changed = replace(ANA, priority=Priority.D, addresses=("b@x.example", "a@x.example"))

    listed(db, changed)

    assert people.everyone(db) == (changed,)
    assert people.logged(db) == (Logged(ANA.id, 5, "coffee", "tea"),)


def test_an_address_has_one_owner(db: Database) -> None:
    listed(db, ANA)

    with pytest.raises(AddressTaken, match="belongs to ana-silva") as caught:
        listed(db, replace(BO, addresses=("bo@x.example", *ANA.addresses)))

    assert "people merge ana-silva" in caught.value.remedy
    assert people.everyone(db) == (ANA,)


def test_addresses_change_hands_when_both_are_saved_together(db: Database) -> None:
    listed(db, ANA, BO)
    swapped = (replace(ANA, addresses=BO.addresses), replace(BO, addresses=ANA.addresses))

    with db.transaction() as sql:
        people.save_all(sql, swapped)

    assert people.everyone(db) == swapped


def test_nobody_is_nobody(db: Database) -> None:
    assert people.everyone(db) == ()
    assert people.get(db, PersonId("ana")) is None
    assert people.by_address(db, "ana@x.example") is None
    assert people.find(db, "ana") == people.find(db, "  ") == ()


FOUND = [
    ("ana-silva", [ANA]),
    ("ANA-SILVA", [ANA]),
    (" Ana.Silva@Example.com ", [ANA]),
    ("ana silva", [ANA]),
    ("silva", [ANA]),
    ("SÍLVA an", [ANA]),
    ("ana", [ANA]),
    ("oana", []),
    ("ek bo", [BO]),
    ("ek", [BO, JOANA]),
    ("bo ek", [BO]),
    ("ek@example", [BO, JOANA]),
    ("example.com", [ANA, BO, JOANA]),
    ("nobody", []),
]


@pytest.mark.parametrize(("words", "expected"), FOUND)
def test_words_mean_the_closest_kind_of_match(
    db: Database, words: str, expected: list[Person]
) -> None:
    listed(db, JOANA, BO, ANA)

    assert list(people.find(db, words)) == expected


@pytest.mark.parametrize(("name", "words"), [("山田太郎", "太郎"), ("김민수", "민수")])
def test_a_name_written_in_one_is_found_by_its_second_part(
    db: Database, name: str, words: str
) -> None:
    listed(db, ANA, replace(BO, name=name))

    assert [each.name for each in people.find(db, words)] == [name]


@pytest.mark.parametrize(
    ("words", "expected"),
    [("oana", JOANA), ("Sliva", ANA), ("ana sliva", ANA), ("zed", None), ("", None)],
)
def test_a_name_spelt_wrong_is_like_one_of_the_list(
    db: Database, words: str, expected: Person | None
) -> None:
    listed(db, JOANA, BO, ANA)

    assert people.like(db, words) == expected


def test_removing_someone_takes_addresses_and_log_with_them(db: Database) -> None:
    listed(db, ANA, BO)
    with db.transaction() as sql:
        people.log(sql, Logged(ANA.id, 5, "coffee", ""))
        people.remove(sql, ANA.id)

    assert people.everyone(db) == (BO,)
    assert people.logged(db) == ()
    assert people.by_address(db, ANA.addresses[0]) is None


def test_what_is_recorded_of_one_can_be_handed_over(db: Database) -> None:
    listed(db, ANA, BO)
    invited(db, BO, utc("2026-03-01 09:00"))
    with db.transaction() as sql:
        people.log(sql, Logged(BO.id, 7, "call", ""))
        people.hand_over(sql, BO.id, ANA.id)

    assert people.logged(db) == (Logged(ANA.id, 7, "call", ""),)
    assert db.rows("SELECT person FROM proposal") == [(ANA.id,)]


def test_an_ignored_address_is_ignored_once_and_can_be_taken_back(db: Database) -> None:
    with db.transaction() as sql:
        people.ignore(sql, "x@x.example", date(2026, 1, 1))
        people.ignore(sql, "x@x.example", date(2026, 2, 1))
    assert people.ignored(db) == {"x@x.example"}

    with db.transaction() as sql:
        people.unignore(sql, "x@x.example")

    assert people.ignored(db) == frozenset()


def test_five_thousand_people_are_read_at_once(db: Database) -> None:
    many = [
        replace(
            person(f"Ana Silva {number}"),
            groups=(f"group {number % 20}",),
            cadence=Cadence(timedelta(number % 50 + 1), timedelta(99)),
            notes=PrivateNotes("n" * 200),
        )
        for number in range(5_000)
    ]
    with db.transaction() as sql:
        people.save_all(sql, many)

    started = time.process_time()
    found = people.everyone(db)

    assert time.process_time() - started < 0.5  # 0.05 s on a laptop
    assert len(found) == 5_000
