from __future__ import annotations

import csv
import io
import json
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.errors import UsageProblem
from agent.relationships import audit
from agent.store.database import Database
from policies.people.person import Influence, Intent, Quality
from tests.agent.planning.planned import ANA, MEI, RAJ, state
from tests.agent.spoken import fika, refused, said
from tests.agent.store.stored import NOW, SETTINGS, listed


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = state(tmp_path)
    with Database(home) as db:
        audit.remember(db, audit.audit(db, SETTINGS, NOW))
    return home


def changed(home: Path, *people: object) -> None:
    with Database(home) as db:
        listed(db, *people)  # type: ignore[arg-type]  # people


def test_progress_shows_who_came_closer_and_who_drifted_away(home: Path) -> None:
    changed(home, replace(MEI, quality=Quality.FAIR))
    said(home, "log", "mei", "--on", "2026-03-31")

    out = said(home, "audit", "--since", "2026-03-31", now=NOW + timedelta(days=100))

    assert out.splitlines() == [
        "Further away (1)",
        "Person        Then     Now    Quality then  Now",
        "Raj Patel  B  ● green  ▲ red",
        "",
        "Closer (1)",
        "Person      Then    Now      Quality then  Now",
        "Mei Lin  C  ○ grey  ● green                fair",
        "",
        "Since 2026-03-31: 1 closer, 1 further away, 0 new on the list; 1 as before.",
    ]


def test_a_day_before_the_first_run_is_reckoned_from_the_calendars(home: Path) -> None:
    result = fika(home, "audit", "--since", "2026-02-01")

    assert "before 2026-03-31 is reckoned from the calendars" in result.stderr
    assert "Ana Silva  A  ● green  ▲ red" in result.stdout


def test_who_was_listed_later_is_new_on_the_list(home: Path) -> None:
    (record,) = (
        each
        for each in json.loads(said(home, "audit", "--since", "2025-06-01", "--json"))
        if each["id"] == "mei-lin"
    )

    assert (record["trend"], record["status_then"], record["status"]) == (
        "new on the list",
        None,
        "grey",
    )


def test_what_is_missing_is_said_goal_by_goal(home: Path) -> None:
    said(home, "plan", "add", "Move")

    out = said(home, "audit", "--gaps")
    told = json.loads(said(home, "audit", "--gaps", "--json"))

    assert out.startswith("Move\n  Nobody helps with it yet. Who decides, and who knows them?\n")
    assert "Beyond single goals\n  Who decides about your promotion?" in out
    assert "Of 2 contacts in the past year 2 (100 %) were with people you do not meet" in out
    assert told["exposure"] == {"beyond": 2, "contacts": 2}
    assert told["missing"][0] == {
        "kind": "nobody",
        "goal": "Move",
        "sentence": "Nobody helps with it yet. Who decides, and who knows them?",
    }


@pytest.mark.parametrize("words", [["--group", "x"], ["--overdue"], ["--quality", "poor"]])
def test_what_is_missing_is_looked_for_in_the_whole_list_alone(
    home: Path, words: list[str]
) -> None:
    problem = fika(home, "audit", "--gaps", *words).exception

    assert isinstance(problem, UsageProblem)
    assert problem.cause == "--gaps looks at your whole list"


def test_where_nothing_is_missing_it_says_so(home: Path) -> None:
    changed(home, replace(RAJ, influence=tuple(Influence)))

    assert said(home, "audit", "--gaps").startswith("Nothing is missing")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--quality", "poor"], ["ana-silva"]),
        (["--influence", "team", "--influence", "budget"], ["raj-patel"]),
        (["--segment", "internal"], ["ana-silva", "mei-lin", "raj-patel"]),
        (["--segment", "external"], []),
        (["--intent", "win-business"], ["raj-patel"]),
        (["--circle", "strategic"], ["ana-silva", "mei-lin", "raj-patel"]),
        (["--circle", "day-to-day"], []),
    ],
)
def test_people_are_filtered_by_quality_influence_segment_and_circle(
    home: Path, words: list[str], expected: list[str]
) -> None:
    changed(
        home,
        replace(ANA, quality=Quality.POOR),
        replace(RAJ, influence=(Influence.TEAM,), intent=Intent.WIN_BUSINESS),
    )

    assert [each["id"] for each in json.loads(said(home, "audit", "--json", *words))] == expected


def test_the_export_for_a_coach_is_for_its_owner_alone_and_leaves_out_the_sensitive(
    home: Path, tmp_path: Path
) -> None:
    changed(home, replace(RAJ, sensitive=True))
    said(home, "plan", "add", "Move", "--who", "raj", "--who", "ana")
    said(home, "plan", "step", "move", "ask", "Patel")
    file = tmp_path / "coach.md"

    out = said(home, "audit", "--export", str(file))

    page = file.read_text("utf-8")
    assert out == f"written: {file}, 2 people; 1 sensitive left out\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "- Move\n  - Ana Silva: helps, create\n" in page
    assert "Raj" not in page
    assert "Patel" not in page


def test_a_filter_does_not_bring_the_sensitive_back(home: Path, tmp_path: Path) -> None:
    changed(home, replace(RAJ, sensitive=True))
    said(home, "plan", "add", "Move", "--who", "raj")
    file = tmp_path / "coach.md"

    said(home, "audit", "--priority", "A", "--export", str(file))

    assert "Raj" not in file.read_text("utf-8")
    assert "Mei" not in file.read_text("utf-8")


def test_the_export_as_csv_has_a_row_a_person_and_no_formula(home: Path, tmp_path: Path) -> None:
    changed(home, replace(ANA, organisation="=HYPERLINK(1)"))
    file = tmp_path / "coach.csv"

    said(home, "audit", "--export", str(file))

    rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8"))))
    assert [each["name"] for each in rows] == ["Ana Silva", "Mei Lin", "Raj Patel"]
    assert rows[0]["organisation"] == "'=HYPERLINK(1)"


def test_an_export_writes_over_nothing_unasked(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "coach.md"
    file.write_text("mine")

    assert isinstance(fika(home, "audit", "--export", str(file)).exception, UsageProblem)
    assert file.read_text() == "mine"
    said(home, "audit", "--export", str(file), "--force")


def test_an_export_can_be_read_on_the_screen(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "coach.md"
    said(home, "audit", "--export", str(file))

    assert said(home, "audit", "--export", "-") == file.read_text("utf-8")
    assert refused(home, "plan", "export", "-").cause == "the file has no name"


@pytest.mark.parametrize(
    "words",
    [
        ["--since", "2026-01-01", "--gaps"],
        ["--interview", "--csv"],
        ["--export", "x.md", "--json"],
        ["--interview", "--json"],
    ],
)
def test_one_thing_is_asked_for_at_a_time(home: Path, words: list[str]) -> None:
    problem = fika(home, "audit", *words).exception

    assert isinstance(problem, UsageProblem)
    assert "exclude" in problem.cause
