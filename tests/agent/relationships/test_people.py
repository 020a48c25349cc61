from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from agent.errors import UsageProblem
from agent.relationships import diary
from agent.relationships import files as people_files
from agent.relationships import people as folk
from agent.settings import Settings
from agent.store import people
from agent.store.database import Database
from connectors.people.files import FileKind, people_file
from policies.people.identity import Doubt
from policies.people.importing import Incoming, Rules
from policies.people.person import (
    Boundaries,
    Format,
    Person,
    PersonId,
    Priority,
    PrivateNotes,
)
from policies.proposal import ProposalState
from tests.agent.store.stored import NOW, SETTINGS, invited, listed, meeting, read
from tests.make import OWNER, person, utc

TODAY = date(2026, 3, 31)
RULES = Rules(TODAY, owner=frozenset(OWNER.addresses))
ANA, BO = person("Ana Silva"), person("Bo Ek")
NOW_S = int(NOW.timestamp())


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "state") as opened:
        yield opened


def record(name: str, *addresses: str) -> Incoming:
    return Incoming(Person(PersonId(""), name, addresses))


def test_an_import_is_carried_out_as_planned_and_the_second_time_not_at_all(db: Database) -> None:
    listed(db, ANA)
    found = [record("Ana", *ANA.addresses, "ana@x.example"), record("Bo Ek", "bo@x.example")]

    folk.carry_out(db, folk.planned(db, found, RULES))

    assert [(each.id, each.addresses) for each in people.everyone(db)] == [
        ("ana-silva", ("ana.silva@example.com", "ana@x.example")),
        ("bo-ek", ("bo@x.example",)),
    ]
    again = folk.planned(db, found, RULES)
    assert (again.added, again.completed) == ((), ())


def test_an_import_leaves_out_whom_the_owner_never_wants(db: Database) -> None:
    with db.transaction() as sql:
        people.ignore(sql, "spam@x.example", TODAY)

    plan = folk.planned(db, [record("Spam", "spam@x.example")], RULES)

    assert (plan.added, len(plan.left_out)) == ((), 1)


@pytest.mark.parametrize(
    "meanwhile", [replace(ANA, priority=Priority.D), replace(BO, addresses=())]
)
def test_an_import_planned_on_another_list_changes_nothing(db: Database, meanwhile: Person) -> None:
    listed(db, ANA)
    plan = folk.planned(db, [record("Ana", *ANA.addresses, "a@x.example"), record("Bo Ek")], RULES)
    listed(db, meanwhile)
    before = people.everyone(db)

    with pytest.raises(UsageProblem, match="changed meanwhile"):
        folk.carry_out(db, plan)

    assert people.everyone(db) == before


def test_someone_added_gets_a_key_of_their_own(db: Database) -> None:
    listed(db, ANA)

    added = folk.add(db, "Ana  Silva", {"addresses": ["Other@X.example"], "priority": "b"}, TODAY)

    assert added == Person(
        PersonId("ana-silva-2"), "Ana Silva", ("other@x.example",), Priority.B, TODAY
    )
    assert people.get(db, added.id) == added


def test_adding_what_cannot_be_says_all_of_it_and_adds_nobody(db: Database) -> None:
    listed(db, ANA)

    with pytest.raises(UsageProblem, match="priority 'Z' is none of: A, B, C, D; zone 'Mars' is"):
        folk.add(db, "Bo", {"priority": "Z", "zone": "Mars"}, TODAY)
    with pytest.raises(UsageProblem, match="name is empty"):
        folk.add(db, " \u200b", {}, TODAY)
    with pytest.raises(UsageProblem, match="id of someone else"):
        folk.add(db, "Bo", {"id": "ana-silva"}, TODAY)
    with pytest.raises(UsageProblem, match="belongs to ana-silva"):
        folk.add(db, "Bo", {"addresses": list(ANA.addresses)}, TODAY)

    assert people.everyone(db) == (ANA,)


def test_one_person_is_meant_or_the_candidates_are_named(db: Database) -> None:
    listed(db, ANA, *(person(f"Bo Ek {number}") for number in range(12)))

    assert folk.one(db, "ana") == ANA
    with pytest.raises(UsageProblem, match="nobody on your list is called 'cy'"):
        folk.one(db, "cy")
    with pytest.raises(UsageProblem) as mistyped:
        folk.one(db, "Sliva")
    assert mistyped.value.remedy.startswith("did you mean Ana Silva (ana-silva)?")
    with pytest.raises(
        UsageProblem, match=r"'bo' could be 12 people\n  bo-ek-0: Bo Ek 0, bo.ek.0@example.com\n"
    ) as caught:
        folk.one(db, "bo")
    assert caught.value.cause.endswith("and 2 more")


def test_merging_keeps_all_that_is_recorded_of_both(db: Database) -> None:
    listed(db, ANA, replace(BO, groups=("vip",), notes=PrivateNotes("tea")))
    diary.contact(db, BO, TODAY, Format.CALL, "by phone", TODAY, "Europe/Berlin")
    invited(db, BO, utc("2026-03-01 09:00"))

    joined = folk.join(db, ANA, people.everyone(db)[1])

    assert people.everyone(db) == (joined,)
    assert (joined.id, joined.groups) == ("ana-silva", ("vip",))
    assert joined.addresses == (*ANA.addresses, *BO.addresses)
    assert [each.person for each in people.logged(db)] == ["ana-silva"]
    assert db.rows("SELECT person FROM proposal") == [("ana-silva",)]


DISCREET = replace(ANA, boundaries=Boundaries(do_not_contact=True), place="Lisbon")


def test_an_edit_changes_its_own_fields_and_none_that_were_changed_meanwhile(db: Database) -> None:
    listed(db, ANA)
    shown = folk.one(db, "ana")
    listed(db, DISCREET)

    edited = folk.edit(db, shown, {"organisation": "Acme"})

    assert people.everyone(db) == (edited,)
    assert edited == replace(DISCREET, organisation="Acme")


def test_whoever_was_removed_meanwhile_is_not_brought_back_by_an_edit(db: Database) -> None:
    with pytest.raises(UsageProblem, match="Ana Silva is no longer on your list"):
        folk.edit(db, ANA, {"place": "Lisbon"})

    assert people.everyone(db) == ()


@pytest.mark.parametrize("kept", [True, False])
def test_people_changed_while_their_merging_was_on_the_screen_are_not_merged(
    db: Database, kept: bool
) -> None:
    listed(db, DISCREET, BO)

    with pytest.raises(UsageProblem, match="changed elsewhere meanwhile"):
        folk.join(db, *((ANA, BO) if kept else (BO, ANA)))

    assert people.everyone(db) == (DISCREET, BO)


def test_two_waiting_proposals_keep_people_apart(db: Database) -> None:
    listed(db, ANA, BO)
    invited(db, ANA, utc("2026-04-20 09:00"), state=ProposalState.OPEN)
    invited(db, BO, utc("2026-04-21 09:00"), state=ProposalState.OPEN)

    with pytest.raises(UsageProblem, match="a proposal waiting for each"):
        folk.join(db, ANA, BO)

    assert people.everyone(db) == (ANA, BO)


def test_removing_someone_rejects_what_was_proposed(db: Database) -> None:
    listed(db, ANA)
    invited(db, ANA, utc("2026-04-20 09:00"), state=ProposalState.OPEN)

    folk.remove(db, ANA)

    assert people.everyone(db) == ()
    assert db.rows("SELECT state FROM proposal") == [("rejected",)]


def test_nobody_is_removed_while_their_invitation_is_on_its_way(db: Database) -> None:
    listed(db, ANA, BO)
    invited(db, BO, utc("2026-04-20 09:00"), state=ProposalState.APPROVED)

    folk.remove(db, ANA)
    with pytest.raises(UsageProblem, match="approved and not sent yet"):
        folk.remove(db, BO)

    assert people.everyone(db) == (BO,)


def test_whom_the_owner_meets_is_named_and_the_owner_is_not(db: Database) -> None:
    listed(db, ANA)
    events = [
        meeting("2026-03-02 09:00", "cy.li@x.example", *OWNER.addresses),
        meeting("2026-03-03 09:00", "cy.li@x.example", *ANA.addresses),
        meeting("2026-03-04 09:00", "info@x.example"),
        meeting("2026-03-05 09:00", "eve@examp1e.com"),
    ]
    read(db, [replace(each, organizer=OWNER.addresses[0]) for each in events])

    found = folk.encountered(db, _with_shouted_address(SETTINGS), NOW_S)

    assert [(each.address, each.name, each.contacts, each.doubts) for each in found] == [
        ("cy.li@x.example", "Cy Li", 2, ()),
        ("eve@examp1e.com", "Eve", 1, (Doubt.LOOKALIKE,)),
        ("info@x.example", "Info", 1, (Doubt.ROLE,)),
    ]


def _with_shouted_address(settings: Settings) -> Settings:
    shouted = tuple(each.upper() for each in settings.owner.addresses)
    return replace(settings, owner=replace(settings.owner, addresses=shouted))


def test_a_decision_of_triage_can_be_taken_back(db: Database) -> None:
    read(db, [meeting("2026-03-02 09:00", "cy@x.example")])
    (cy,) = folk.encountered(db, SETTINGS, NOW_S)

    listed_as = folk.list_met(db, cy, Priority.A, TODAY)
    assert folk.encountered(db, SETTINGS, NOW_S) == ()
    folk.undo(db, cy, listed_as)
    folk.never(db, cy, TODAY)
    assert folk.encountered(db, SETTINGS, NOW_S) == ()
    folk.undo(db, cy, None)

    assert folk.encountered(db, SETTINGS, NOW_S) == (cy,)
    assert people.everyone(db) == ()


FILES = [
    ("people.csv", "Name,Email\nAna,ana@x.example\n"),
    ("people.TSV", "Name\tEmail\nAna\tana@x.example\n"),
    ("people.vcf", "BEGIN:VCARD\nFN:Ana\nEMAIL:ana@x.example\nEND:VCARD\n"),
    ("people.toml", '[[person]]\nname = "Ana"\naddresses = ["ana@x.example"]\n'),
    ("people.txt", '# mine\n[[person]]\nname = "Ana"\naddresses = ["ana@x.example"]\n'),
    ("people", "begin:vcard\nFN:Ana\nEMAIL:ana@x.example\nEND:VCARD\n"),
    ("people.dat", "Name,Email\nAna,ana@x.example\n"),
]


@pytest.mark.parametrize(("name", "text"), FILES)
def test_a_file_is_known_by_its_name_or_how_it_begins(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text)

    (found,) = people_file(path, None, {}).people().people

    assert (found.person.name, found.person.addresses) == ("Ana", ("ana@x.example",))


def test_the_kind_can_be_given_where_the_name_misleads(tmp_path: Path) -> None:
    path = tmp_path / "people.toml"
    path.write_text("Name,Email\nAna,ana@x.example\n")

    read_back = people_files.read(path, FileKind.CSV, {}, "")

    assert [each.person.name for each in read_back.people] == ["Ana"]
    with pytest.raises(UsageProblem, match="not TOML"):
        people_files.read(path, None, {}, "")
    with pytest.raises(UsageProblem, match="No such file"):
        people_files.read(tmp_path / "none", None, {}, "")


@pytest.mark.parametrize("kind", [FileKind.TOML, FileKind.CSV])
def test_an_export_imported_again_changes_nothing(
    db: Database, kind: FileKind, tmp_path: Path
) -> None:
    listed(db, replace(ANA, notes=PrivateNotes("=tea"), groups=("a;b",)), replace(BO, addresses=()))
    path = tmp_path / f"people.{kind}"

    path.write_text(people_files.written(db, kind), "utf-8", newline="")

    plan = folk.planned(db, people_files.read(path, None, {}, "").people, RULES)
    assert (plan.added, plan.completed, plan.unchanged) == ((), (), 2)


def test_five_thousand_people_are_imported_in_four_seconds(db: Database, tmp_path: Path) -> None:
    rows = "".join(
        f"Ana {n},Silva {n},Acme {n % 50},ana{n}@acme{n % 50}.example ::: ana{n}@home.example\n"
        for n in range(5_000)
    )
    path = tmp_path / "contacts.csv"
    path.write_text(f"First Name,Last Name,Organization Name,E-mail 1 - Value\n{rows}")
    started = time.process_time()

    found = people_files.read(path, None, {}, "").people
    folk.carry_out(db, folk.planned(db, found, RULES))

    assert time.process_time() - started < 4
    assert len(people.everyone(db)) == 5_000
