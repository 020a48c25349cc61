from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from agent.__main__ import run
from agent.store import people
from agent.store.database import Database
from policies.people.fields import FIELDS
from policies.people.person import Person, PersonId, Priority, PrivateNotes, Relation
from tests.agent.spoken import fika, refused, said
from tests.agent.store.stored import NOW, listed, meeting, read
from tests.make import person

ANA = replace(
    person("Ana Silva"),
    relation=Relation.MENTOR,
    organisation="[red]Acme\x1b[2J",
    groups=("vip",),
    notes=PrivateNotes("likes tea\nno milk"),
)
BO = replace(person("Bo Ek", Priority.C), addresses=("bo@x.example", "bo@home.example"))
ROOT = Path(__file__).parents[4]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with Database(tmp_path / "state") as db:
        listed(db, ANA, BO)
    return tmp_path / "state"


def known(home: Path) -> tuple[Person, ...]:
    with Database(home) as db:
        return people.everyone(db)


def test_the_list_is_a_line_a_person(home: Path) -> None:
    assert said(home, "people") == said(home, "people", "list")
    assert [line.split() for line in said(home, "people").splitlines()] == [
        ["Id", "Name", "Priority", "Relation", "Organisation", "Address"],
        ["ana-silva", "Ana", "Silva", "A", "mentor", "[red]Acme^[[2J", "ana.silva@example.com"],
        ["bo-ek", "Bo", "Ek", "C", "bo@x.example", "+1"],
    ]


@pytest.mark.parametrize("group", ["people", "events", "ritual", "promises", "thanks"])
def test_a_group_without_a_command_is_its_list_as_json_too(home: Path, group: str) -> None:
    assert json.loads(said(home, group, "--json")) == json.loads(
        said(home, group, "list", "--json")
    )


def test_the_same_contact_twice_on_one_day_is_logged_once(home: Path) -> None:
    for words in (("--how", "call"), ("--how", "call"), ("--how", "walk")):
        said(home, "log", "ana", *words, "--on", "2026-03-02")
    again = said(home, "log", "ana", "--how", "call", "--on", "2026-03-02")
    said(home, "log", "ana", "--how", "call", "--on", "2026-03-03")

    with Database(home) as db:
        assert [each.format for each in people.logged(db)] == ["call", "walk", "call"]
    assert again == "already logged for that day: call with Ana Silva\n"


LISTED = [
    ([], ["ana-silva", "bo-ek"]),
    (["bo"], ["bo-ek"]),
    (["ana", "silva"], ["ana-silva"]),
    (["--priority", "a"], ["ana-silva"]),
    (["--relation", "mentor", "--relation", "team"], ["ana-silva"]),
    (["--group", "VIP"], ["ana-silva"]),
    (["--group", "VIP", "--priority", "C"], []),
]


@pytest.mark.parametrize(("words", "expected"), LISTED)
def test_the_list_can_be_narrowed(home: Path, words: list[str], expected: list[str]) -> None:
    found = json.loads(said(home, "people", "list", "--json", *words))

    assert [each["id"] for each in found] == expected


def test_json_has_every_field_and_no_private_notes_unless_one_person_is_shown(home: Path) -> None:
    (ana, bo) = json.loads(said(home, "people", "list", "--json"))

    assert list(ana) == list(bo) == [name for name in FIELDS if name != "notes"]
    assert (bo["relation"], bo["groups"], bo["hours"], bo["do_not_contact"]) == (
        "unknown",
        [],
        None,
        False,
    )
    assert json.loads(said(home, "people", "show", "ana", "--json"))["notes"] == (
        "likes tea\nno milk"
    )


def test_an_empty_list_says_what_comes_next(tmp_path: Path) -> None:
    assert "fika people import" in said(tmp_path / "new", "people")
    assert json.loads(said(tmp_path / "new", "people", "list", "--json")) == []


def test_one_person_is_shown_with_notes_and_log_and_nothing_acts_on_the_terminal(
    home: Path,
) -> None:
    said(home, "log", "ana", "--how", "virtual-coffee", "--on", "2026-03-02", "--note", "fun")

    out = said(home, "people", "show", "ana", "silva")

    assert "organisation  [red]Acme^[[2J" in out
    assert "logged        2026-03-02 virtual coffee  fun" in out
    assert out.endswith("private notes:\n  likes tea\n  no milk\n")
    assert "\x1b" not in out


def test_someone_is_added_with_every_field_an_option(home: Path) -> None:
    out = fika(
        home, "people", "add", "Cy", "Li",
        "--address", "Cy@X.example", "--address", "info@x.example",
        "--priority", "b", "--relation", "senior-leader", "--ideal-gap", "6w", "--snooze", "2w",
        "--do-not-contact", "--at-most-a-year", "3", "--hours", "Mon 09:00-12:00", "--format",
        "walk", "--group", "board", "--zone", "Asia/Tokyo", "--notes", "tea", "--country", "jp",
        "--seniority", "director", "--quality", "fair", "--not-before", "2026-05-01",
    )  # fmt: skip

    assert out.exit_code == 0, out.output
    assert "added: Cy Li (cy-li), priority B" in out.stdout
    assert "info@x.example: a shared mailbox, not one person" in out.stderr
    shown = json.loads(said(home, "people", "show", "cy-li", "--json"))
    assert {name: value for name, value in shown.items() if value} == {
        "id": "cy-li", "name": "Cy Li", "addresses": ["cy@x.example", "info@x.example"],
        "priority": "B", "listed_on": "2026-03-31", "ideal_gap": "6w", "maximum_gap": "9w",
        "relation": "senior leader", "seniority": "director", "quality": "fair",
        "groups": ["board"], "zone": "Asia/Tokyo", "country": "JP", "hours": "Mon 09:00-12:00",
        "formats": ["walk"], "do_not_contact": True, "not_before": "2026-05-01",
        "at_most_a_year": 3, "snoozed_until": "2026-04-14", "notes": "tea",
    }  # fmt: skip


EDITS = [
    (["--priority", "d"], {"priority": "D"}),
    (["--group", "new", "--group", "two"], {"groups": ["new", "two"]}),
    (["--group", "+new"], {"groups": ["vip", "new"]}),
    (["--group", "-VIP"], {"groups": []}),
    (["--group", ""], {"groups": []}),
    (["--address", "+a@x.example"], {"addresses": ["ana.silva@example.com", "a@x.example"]}),
    (["--address", "-ana.silva@example.com"], {"addresses": []}),
    (["--snooze", "2026-06-01"], {"snoozed_until": "2026-06-01"}),
    (["--snooze", "friday"], {"snoozed_until": "2026-04-03"}),
    (["--listed-on", "1w"], {"listed_on": "2026-03-24"}),
    (["--name", "Ana  de Silva"], {"name": "Ana de Silva"}),
    (["--relation", "unknown"], {"relation": "unknown"}),
    (["--notes", ""], {"notes": None}),
    (["--listed-on", "2025-01-01"], {"listed_on": "2025-01-01"}),
]


@pytest.mark.parametrize(("options", "expected"), EDITS)
def test_an_edit_changes_what_was_named_and_nothing_else(
    home: Path, options: list[str], expected: dict[str, object]
) -> None:
    before = json.loads(said(home, "people", "show", "ana-silva", "--json"))

    out = said(home, "people", "edit", "ana-silva", *options)

    after = json.loads(said(home, "people", "show", "ana-silva", "--json"))
    assert after | {"shared": []} == {**before, **expected, "shared": []}
    assert "→" in out
    assert "tea" not in out


REFUSED = [
    (["edit", "ana"], "nothing to change"),
    (["edit", "nobody", "--priority", "A"], "nobody on your list"),
    (["edit", "ana", "--relation", "boss"], "'boss' is none of: team, manager, senior leader"),
    (["edit", "ana", "--snooze", "soon"], "'soon' is no day"),
    (["edit", "ana", "--at-most-a-year", "few"], "at_most_a_year: needs a whole number"),
    (["edit", "ana", "--address", "bo@x.example"], "bo@x.example already belongs to bo-ek"),
    (["add", "Cy", "--hours", "Mon 9-", "--zone", "Mars"], "hours .*; zone 'Mars' is no time zone"),
    (["merge", "ana", "ana"], "both are Ana Silva"),
    (["import", "none.csv"], "none.csv: No such file"),
    (["import", "none.csv", "--map", "name"], "write --map name=COLUMN"),
]


@pytest.mark.parametrize(("words", "cause"), REFUSED)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    home: Path, words: list[str], cause: str
) -> None:
    before = known(home)

    problem = refused(home, "people", *words)

    assert re.search(cause, problem.cause), problem.cause
    assert known(home) == before


def test_an_edit_that_changes_nothing_says_so(home: Path) -> None:
    assert "as before" in said(home, "people", "edit", "ana", "--priority", "A")


def test_merging_shows_what_becomes_of_both_and_asks(home: Path) -> None:
    problem = refused(home, "people", "merge", "ana", "bo")
    assert "needs your yes" in problem.cause
    assert len(known(home)) == 2

    out = said(home, "people", "merge", "ana", "bo", "--yes")

    assert "addresses: ana.silva@example.com → ana.silva@example.com, bo@x.example" in out
    (joined,) = known(home)
    assert (joined.id, joined.addresses) == (ANA.id, (*ANA.addresses, *BO.addresses))


def test_removing_asks_first(home: Path) -> None:
    assert "--yes" in refused(home, "people", "remove", "bo").remedy

    said(home, "people", "remove", "bo", "--yes")

    assert known(home) == (ANA,)


CONTACTS = """\
Name,Email,Company
Ana S.,ana.silva@example.com ::: ana@new.example,Other
Cy Li,cy@x.example,
Dee,,Globex
Me,olle@example.com,
Bad,nope,
"""


def test_an_import_shows_who_is_new_who_is_completed_and_who_is_left_out(
    home: Path, tmp_path: Path
) -> None:
    (tmp_path / "contacts.csv").write_text(CONTACTS)

    out = said(home, "people", "import", str(tmp_path / "contacts.csv"), "--dry-run")

    assert out.splitlines() == [
        "contacts.csv: 4 read, 0 known already",
        "new (2):",
        "  Cy Li  cy@x.example",
        "  Dee  Globex",
        "listed already, to be completed (1):",
        "  Ana Silva (ana-silva), known by ana.silva@example.com",
        "      addresses: ana.silva@example.com → ana.silva@example.com, ana@new.example",
        "left out (2):",
        "  Me: this is you",
        "  line 6: not a mail address: no name, at sign and domain",
        "1 without an address: to meet, and not to be invited until they have one",
        "2 to add, 1 to complete; a dry run changes nothing",
    ]
    assert known(home) == (ANA, BO)


def test_an_import_needs_a_yes_and_the_second_time_changes_nothing(
    home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "contacts.csv"
    path.write_text(CONTACTS)
    assert "--yes" in refused(home, "people", "import", str(path)).remedy
    assert known(home) == (ANA, BO)

    out = said(
        home, "people", "import", str(path), "--yes", "--priority", "b", "--group", "fair"
    )  # fmt: skip

    assert out.endswith("done: 2 added, 1 completed\n")
    assert [(each.id, each.priority, each.groups) for each in known(home)] == [
        ("ana-silva", "A", ("vip", "fair")),
        ("bo-ek", "C", ()),
        ("cy-li", "B", ("fair",)),
        ("dee", "B", ("fair",)),
    ]
    before = known(home)
    again = said(home, "people", "import", str(path), "--yes", "--group", "fair")
    assert again.splitlines()[0] == "contacts.csv: 4 read, 3 known already"
    assert again.endswith("nothing to change\n")
    assert known(home) == before


def test_the_kind_of_a_file_can_be_given(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "contacts.toml"
    path.write_text(CONTACTS)

    assert "new (2)" in said(home, "people", "import", str(path), "--format", "csv", "--dry-run")
    assert "not TOML" in refused(home, "people", "import", str(path), "--dry-run").cause


def test_a_long_preview_is_cut_unless_all_is_wanted(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    path.write_text("Who,Post\n" + "".join(f"P{n},p{n}@x.example\n" for n in range(30)))
    words = ("people", "import", str(path), "--map", "name=Who", "--map", "email=Post")

    assert "  and 10 more: --all shows them" in said(home, *words, "--dry-run")
    assert "  P29  p29@x.example" in said(home, *words, "--dry-run", "--all")


def test_an_export_goes_to_standard_output_or_a_file(home: Path, tmp_path: Path) -> None:
    text = said(home, "people", "export")

    assert 'name = "Ana Silva"' in text
    assert "\x1b" not in text
    said(home, "people", "export", str(tmp_path / "x.toml"))
    assert (tmp_path / "x.toml").read_text() == text
    said(home, "people", "export", str(tmp_path / "x.csv"))
    assert (tmp_path / "x.csv").read_text() == said(home, "people", "export", "--csv")
    assert "--force" in refused(home, "people", "export", str(tmp_path / "x.csv")).remedy
    said(home, "people", "export", str(tmp_path / "x.csv"), "--force")


def test_whom_you_meet_and_have_not_listed_is_discovered(home: Path) -> None:
    with Database(home) as db:
        events = [meeting(f"2026-03-0{day} 09:00", "cy.li@x.example") for day in (2, 3)]
        read(db, [*events, meeting("2026-03-04 09:00", "info@x.example"),
                  meeting("2026-03-05 09:00", *ANA.addresses)])  # fmt: skip

    lines = said(home, "people", "discover").splitlines()
    found = json.loads(said(home, "people", "discover", "--json"))

    assert lines[1].split() == ["2", "0", "2026-03-03", "Cy", "Li", "cy.li@x.example"]
    assert lines[2].endswith("info@x.example   a shared mailbox, not one person")
    assert found[0] == {
        "address": "cy.li@x.example",
        "name": "Cy Li",
        "contacts": 2,
        "seen": 0,
        "last_met": "2026-03-03",
        "doubts": [],
        "one_person": True,
        "perhaps": None,
    }
    assert [each["one_person"] for each in found] == [True, False]


def test_somebody_listed_without_an_address_may_be_whom_you_meet(home: Path) -> None:
    with Database(home) as db:
        read(db, [meeting("2026-03-02 09:00", "cy.li@x.example")])
    said(home, "people", "add", "Cy Lí")

    listed = said(home, "people", "discover")
    (found,) = json.loads(said(home, "people", "discover", "--json"))

    assert "listed without an address?" in listed.replace("\n", " ")
    assert found["perhaps"] == "cy-li"
    said(home, "people", "edit", "cy-li", "--address", "+cy.li@x.example")
    assert "Nobody" in said(home, "people", "discover")


def test_when_all_are_listed_nobody_is_discovered(home: Path) -> None:
    assert "Nobody" in said(home, "people", "discover")
    assert json.loads(said(home, "people", "discover", "--json")) == []


LOGGED = [
    (["--on", "2026-03-02"], "2026-03-02"),
    (["--on", "yesterday"], "2026-03-30"),
    ([], "2026-03-31"),
]


@pytest.mark.parametrize(("words", "day"), LOGGED)
def test_contact_no_calendar_knows_is_logged(home: Path, words: list[str], day: str) -> None:
    out = said(home, "log", "ana", "silva", "--how", "Coffee", *words)

    assert out == f"logged: coffee with Ana Silva on {day}\n"
    assert f"{day} coffee" in said(home, "people", "show", "ana")


def test_contact_is_not_logged_before_it_happened(home: Path) -> None:
    assert (
        "still to come" in refused(home, "log", "ana", "--how", "call", "--on", "2026-04-01").cause
    )
    assert "is no day" in refused(home, "log", "ana", "--how", "call", "--on", "soon").cause


def test_without_a_configuration_the_list_can_be_kept_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FIKA_HOME", str(tmp_path / "new"))
    (tmp_path / "contacts.csv").write_text(CONTACTS)

    assert run(["people", "add", "Ana", "--address", "ana@x.example"]) == 0
    assert run(["people", "import", str(tmp_path / "contacts.csv"), "--yes"]) == 0
    assert run(["log", "ana@x.example", "--how", "call"]) == 0
    assert run(["people", "show", "ana@x.example"]) == 0
    assert run(["people", "import", str(tmp_path / "none.csv"), "--yes"]) == 2
    assert "Traceback" not in capsys.readouterr().err

    (tmp_path / "new" / "config.toml").write_text("nonsense =")
    assert run(["people", "add", "Bo"]) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(("answer", "left"), [(b"y\n", 1), (b"n\n", 2)])
def test_on_a_terminal_the_question_is_asked(home: Path, answer: bytes, left: int) -> None:
    ours, theirs = os.openpty()
    os.write(ours, answer)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "agent", "people", "remove", "bo"],
            stdin=theirs, capture_output=True, timeout=60, check=False, cwd=ROOT,
            env={**os.environ, "FIKA_HOME": str(home)},
        )  # fmt: skip
    finally:
        os.close(ours)
        os.close(theirs)

    assert (done.returncode, done.stderr) == (0, b"")
    assert b"Remove Bo Ek (bo-ek), notes and logged contact? [y/N]:" in done.stdout
    assert len(known(home)) == left


def test_contact_is_logged_as_the_agenda_says_to_type_it(home: Path) -> None:
    assert said(home, "log", "ana") == f"logged: coffee with Ana Silva on {NOW:%Y-%m-%d}\n"


def test_a_merge_that_changes_nothing_has_no_empty_heading(home: Path) -> None:
    with Database(home) as db:
        listed(db, replace(ANA, id=PersonId("ana-2"), addresses=()))

    assert (
        said(home, "people", "merge", "ana-silva", "ana-2", "--yes").splitlines()[0].endswith(").")
    )


def test_no_summary_is_cut_where_the_terminal_is_narrow(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")

    assert "..." not in said(home, "people", "--help").partition("Commands:")[2]
