from __future__ import annotations

import json
import re
import stat
from pathlib import Path

import pytest

from agent.__main__ import run
from agent.exits import Exit
from agent.store import people
from agent.store.database import Database
from tests.agent.keeping.kept import ANA, fill
from tests.agent.spoken import fika, said
from tests.agent.world import World


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    with Database(tmp_path / "state") as db:
        fill(db)
    monkeypatch.setenv("FIKA_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """The exit code and the complaint, through the door of the program."""
    code = run(list(words))
    found = capsys.readouterr()
    assert "Traceback" not in found.err
    return code, found.err


def test_the_commands_stand_together_in_the_help(home: Path) -> None:
    page = said(home, "--help")

    section = page.partition("Your data:")[2].partition("\n\n")[0]
    assert re.findall(r"^  (\w+)", section, re.MULTILINE) == [
        "backup",
        "restore",
        "export",
        "forget",
    ]


def test_a_backup_says_where_it_is_and_that_it_is_private(home: Path, tmp_path: Path) -> None:
    assert re.fullmatch(
        r"backed up: \S+/backups/fika-20260331T120000Z\.db \(0\.\d MB, private notes included\)\n",
        said(home, "backup"),
    )
    assert str(tmp_path / "mine.db") in said(home, "backup", str(tmp_path / "mine.db"))
    assert said(home, "backup", str(tmp_path / "mine.db"), "--force")


def test_a_round_trip_through_a_backup_brings_back_what_was_lost(home: Path) -> None:
    said(home, "backup")
    (file,) = (home / "backups").glob("fika-*.db")
    said(home, "forget", "--yes", ANA.id)
    assert people_of(home) == ["mei-lin", "raj-patel"]

    out = said(home, "restore", str(file), "-y")

    assert people_of(home) == [ANA.id, "mei-lin", "raj-patel"]
    assert "people 3, open proposals 1, last run 2026-03-31 12:00 UTC" in out
    assert "what was there before: " in out
    assert "open proposals that need a new yes: 1" in out
    assert f"you had forgotten {ANA.id} since" in out


def test_restoring_names_what_has_to_be_settled(home: Path) -> None:
    with Database(home) as db:
        world = World(db)
        world.approve(2)
    said(home, "backup")
    (file,) = (home / "backups").glob("fika-*.db")

    out = said(home, "restore", str(file), "--yes")

    assert "proposal 2 was being sent: look whether it was, `fika settle 2`" in out


def test_restoring_over_a_damaged_store_says_what_is_lost(home: Path) -> None:
    said(home, "backup")
    (file,) = (home / "backups").glob("fika-*.db")
    (home / "fika.db").write_bytes(b"")

    out = said(home, "restore", str(file), "--yes")

    assert "it could not be read: what was sent since the backup is not known here" in out
    assert len(people_of(home)) == 3


def people_of(home: Path) -> list[str]:
    with Database(home) as db:
        return [each.id for each in people.everyone(db)]


def test_an_export_to_a_file_says_that_the_notes_are_in_it(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "all.json"

    out = said(home, "export", str(file))

    assert "with your private notes; only you can read it" in out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "Ana's secret" in file.read_text()
    assert "people 3" in said(home, "restore", str(file), "--yes")


def test_an_export_to_the_terminal_is_json_that_cannot_act_on_it(home: Path) -> None:
    with Database(home) as db, db.transaction() as sql:
        sql.execute("UPDATE person SET how_met = char(27) || '[2J' || char(8238) || 'x'")

    result = fika(home, "export")

    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout
    document = json.loads(result.stdout)
    assert document["tables"]["person"][0]["how_met"] == "\x1b[2J\u202ex"
    assert "private notes" in result.stderr


def test_forgetting_tells_what_goes_what_stands_and_what_still_names_them(home: Path) -> None:
    said(home, "backup")
    with Database(home) as db, db.transaction() as sql:
        sql.execute("UPDATE action SET untidy = 1")

    out = said(home, "forget", "ana.silva@example.com", "-y")

    assert "Ana Sílva, ana.silva@example.com, as@example.net: everything Fika knows goes" in out
    assert "A meeting on 2026-04-09 stands" in out
    assert "An entry of 2026-04-09 in work names them and is to go or to move: `fika run`" in out
    assert "forgotten: Ana Sílva" in out
    assert "backup that names them: " in out
    assert "say --backups with their address" in out
    assert list((home / "backups").iterdir())
    assert "deleted" in said(home, "forget", "ana.silva@example.com", "--backups", "--yes")
    assert not list((home / "backups").iterdir())


def test_without_a_file_the_newest_backup_is_brought_back(home: Path) -> None:
    said(home, "backup")
    before = people_of(home)
    said(home, "people", "remove", ANA.id, "--yes")

    assert "people 3" in said(home, "restore", "--yes")
    assert people_of(home) == before


def test_many_files_of_one_folder_are_told_together(home: Path) -> None:
    (home / "planning").mkdir()
    for number in range(5):
        (home / "planning" / f"{number}.ics").write_text("mailto:ana.silva@example.com")
    (home / "run.log").write_text("Ana Sílva")

    out = said(home, "forget", ANA.id, "--yes")

    named = [each for each in out.splitlines() if each.startswith("still named in: ")]
    assert named == [
        f"still named in: 5 files in {home}/planning",
        f"still named in: {home}/run.log",
    ]


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["restore", "{file}"], Exit.USAGE, "no terminal to ask on"),
        (["restore", "--yes"], Exit.USAGE, "there is no backup in"),
        (["forget", "raj"], Exit.USAGE, "no terminal to ask on"),
        (["forget", "--yes", "nobody"], Exit.USAGE, "nobody on your list"),
        (["restore", "--yes", "nothing.db"], Exit.USAGE, "No such file"),
        (["restore", "--yes", "{home}"], Exit.USAGE, "is not a file"),
        (["restore", "--yes", "{home}/fika.db"], Exit.USAGE, "is the store itself"),
        (["backup", "{file}"], Exit.USAGE, "exists"),
        (["backup", "/proc/none.db"], Exit.USAGE, "/proc/none.db"),
        (["export", "{file}"], Exit.USAGE, "exists"),
        (["export", "/proc/none.json"], Exit.USAGE, "/proc/none.json"),
    ],
)
def test_what_cannot_be_done_ends_in_a_line_and_a_code_and_changes_nothing(
    home: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    code: Exit,
    complaint: str,
) -> None:
    file = tmp_path / "kept.db"
    with Database(home) as db:
        db.write_copy(file)
    before = people_of(home)

    found = refused(capsys, *(word.format(file=file, home=home) for word in words))

    assert found[0] == code
    assert complaint in found[1]
    assert "\n  → " in found[1]
    assert people_of(home) == before


@pytest.mark.parametrize("words", [["backup"], ["export"], ["forget", "--yes", "ana"]])
def test_a_damaged_store_is_code_five_and_names_the_remedy(
    home: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    (home / "fika.db").write_bytes(b"")

    code, complaint = refused(capsys, *words)

    assert code == Exit.STATE_UNUSABLE
    assert "fika restore" in complaint


@pytest.mark.parametrize(
    "words", [["people"], ["people", "show", "ana"], ["forget", "--yes", "ana"]]
)
def test_what_no_fika_wrote_is_damage_and_no_fault_of_the_program(
    home: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    with Database(home) as db:
        db.rows("UPDATE person SET priority = 'a secret'")

    code, complaint = refused(capsys, *words)

    assert code == Exit.STATE_UNUSABLE
    assert "fika.db holds something that Fika cannot read (ValueError in person)" in complaint
    assert "fika restore" in complaint
    assert "secret" not in complaint
