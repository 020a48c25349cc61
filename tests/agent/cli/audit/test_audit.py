from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.__main__ import run
from agent.app import App
from agent.cli.root import cli
from agent.clock import FixedClock
from agent.errors import UsageProblem
from agent.store import people, runs
from agent.store.database import Database
from policies.calendar.event import Attendee, Response
from policies.people.person import Boundaries, Format, Priority, Quality, Relation
from tests.agent.spoken import fika, said
from tests.agent.store.interrupted import Interrupted
from tests.agent.store.stored import NOW, SETTINGS, listed, logged, meeting, read
from tests.make import attendee, person, utc

ANA = replace(
    person("Ana Silva"),
    relation=Relation.SENIOR_LEADER,
    groups=("Committee",),
    goals=("Promotion",),
    quality=Quality.POOR,
    organisation="=HYPERLINK(1)",
)
RAJ = replace(person("Raj Patel", Priority.B), snoozed_until=(NOW + timedelta(days=9)).date())
MEI = replace(person("Mei Lin", Priority.D), boundaries=Boundaries(do_not_contact=True))
GUESTS = [f"guest-{number}@example.org" for number in range(9)]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A state folder: Ana overdue, Raj on time with a meeting booked, Mei only seen in a group."""
    with Database(tmp_path / "state") as db:
        listed(db, ANA, RAJ, MEI)
        read(
            db,
            [
                meeting("2026-01-19 09:00", *ANA.addresses, title="Ana / Olle"),
                meeting("2026-03-03 09:00", *ANA.addresses, *GUESTS, title="All hands"),
                meeting("2026-03-16 09:00", *RAJ.addresses, title="Lunch"),
                meeting("2026-04-13 09:00", *RAJ.addresses, title="[red]Review\x1b[2J"),
                meeting("2026-03-10 09:00", *MEI.addresses, *GUESTS[:4], title="Committee"),
            ],
        )
    return tmp_path / "state"


def names(home: Path, *words: str) -> list[str]:
    return [each["id"] for each in json.loads(said(home, "audit", "--json", *words))]


def test_the_audit_is_a_line_a_person_and_a_summary(home: Path) -> None:
    lines = said(home, "audit").splitlines()

    assert [line.split("  ")[0] for line in lines[1:4]] == ["Ana Silva", "Raj Patel", "Mei Lin"]
    assert "A  ▲ red" in lines[1]
    assert "2026-01-19    Ana / Olle" in lines[1]
    assert "+50  poor" in lines[1]
    assert "● green" in lines[2]
    assert "2026-04-13   -45           snoozed until 2026-04-09" in lines[2]
    assert "○ grey" in lines[3]
    assert "to meet       only seen in a group on 2026-03-10" in lines[3]
    assert lines[3].endswith("do not contact")
    assert lines[-1] == (
        "3 people: 1 red, 0 amber, 1 green, 1 grey. 1 overdue. 1 of 3 has a meeting booked."
    )


@pytest.mark.parametrize("words", [("audit", "--json"), ("why", "ana-silva", "--json")])
def test_a_run_that_commits_meanwhile_is_seen_whole_or_not_at_all(
    home: Path, words: tuple[str, ...]
) -> None:
    def ran(title: str, start: str) -> None:
        with Database(home) as db:
            read(db, [meeting(start, *ANA.addresses, uid="one", title=title)])

    for place in count(1):
        ran("Porridge", "2026-03-02 12:00")
        app = App(home, FixedClock(NOW), lambda _: SETTINGS)
        store = Interrupted(home, place, lambda: ran("Supper", "2026-03-02 19:00"))
        app.store = store
        result = CliRunner().invoke(cli, words, obj=app)

        assert result.exit_code == 0, result.exception
        assert ("Porridge" in result.output) != ("Supper" in result.output)
        if store.statements < place:
            break


@pytest.mark.parametrize("words", ["audit", "proposals", "digest", "why raj-patel"])
def test_a_daily_run_that_has_not_gone_well_for_days_is_said(home: Path, words: str) -> None:
    with Database(home) as db:
        runs.finish(db, runs.start(db, NOW, None), NOW, 0, "{}")

    fresh = fika(home, *words.split())
    late = fika(home, *words.split(), now=NOW + timedelta(days=3))

    assert "run has gone well since" not in fresh.output
    assert "o run has gone well since Tue 31 Mar 14:00, 3 days ago" in late.output


def test_a_title_can_neither_colour_nor_clear_the_terminal(home: Path) -> None:
    out = said(home, "why", "raj-patel") + said(home, "why", "raj-patel", "--json")

    assert "[red]Review^[[2J" in out
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ["ana-silva", "raj-patel", "mei-lin"]),
        (["--group", "committee"], ["ana-silva"]),
        (["--goal", "promotion"], ["ana-silva"]),
        (["--relation", "senior-leader"], ["ana-silva"]),
        (["--relation", "unknown"], ["raj-patel", "mei-lin"]),
        (["--status", "green", "--status", "grey"], ["raj-patel", "mei-lin"]),
        (["--priority", "a", "--priority", "D"], ["ana-silva", "mei-lin"]),
        (["--status", "red", "--priority", "B"], []),
        (["--overdue"], ["ana-silva"]),
        (["--sort", "name"], ["ana-silva", "mei-lin", "raj-patel"]),
        (["--sort", "priority"], ["ana-silva", "raj-patel", "mei-lin"]),
        (["--sort", "status"], ["ana-silva", "raj-patel", "mei-lin"]),
        (["--sort", "over"], ["ana-silva", "raj-patel", "mei-lin"]),
        (["--sort", "last"], ["ana-silva", "raj-patel", "mei-lin"]),
        (["--sort", "next"], ["raj-patel", "ana-silva", "mei-lin"]),
        (["--sort", "quality"], ["ana-silva", "raj-patel", "mei-lin"]),
    ],
)
def test_people_are_filtered_and_sorted(home: Path, words: list[str], expected: list[str]) -> None:
    assert names(home, *words) == expected


def test_filters_that_nobody_matches_say_so(home: Path) -> None:
    assert said(home, "audit", "--status", "red", "--priority", "B") == "None of 3 people match.\n"
    assert "1 of 3 people: 1 red" in said(home, "audit", "--overdue")


@pytest.mark.parametrize(
    ("words", "cause", "remedy"),
    [
        (["audit", "--group", "nosuch"], "there is no group 'nosuch'", "there is Committee"),
        (["audit", "--goal", "nosuch"], "there is no goal 'nosuch'", "there are Move, Promotion"),
        (["report", "write", "--goal", "x"], "there is no goal 'x'", "there are Move, Promotion"),
        (["report", "send", "--to", "e@example.org", "--group", "x"], "no group 'x'", "Committee"),
        (["people", "list", "--group", "x"], "there is no group 'x'", "there is Committee"),
        (["people", "list", "raj", "--group", "x"], "there is no group 'x'", "there is Committee"),
    ],
)
def test_a_group_or_a_goal_there_is_none_of_is_said_with_those_there_are(
    home: Path, words: list[str], cause: str, remedy: str
) -> None:
    said(home, "plan", "add", "Move")

    problem = fika(home, *words).exception
    assert isinstance(problem, UsageProblem)
    assert cause in problem.cause
    assert remedy in problem.remedy


def test_a_goal_nobody_helps_with_yet_is_a_goal_all_the_same(home: Path) -> None:
    said(home, "plan", "add", "Move")

    assert said(home, "audit", "--goal", "move") == "None of 3 people match.\n"


def test_an_empty_list_says_how_to_fill_it(tmp_path: Path) -> None:
    result = fika(tmp_path / "state", "audit")

    assert "fika people import" in result.stdout
    assert "work has never been read" in result.stderr


def test_json_gives_facts_and_not_what_a_terminal_may_show(home: Path) -> None:
    raj = json.loads(said(home, "audit", "--json"))[1]

    assert raj["next_meeting_what"] == "[red]Review\x1b[2J"
    assert raj["last_contact"] == "2026-03-16"
    assert (raj["days_since"], raj["days_over"], raj["overdue"]) == (15, -45, False)
    assert raj["snoozed_until"] == "2026-04-09"
    assert list(raj)[:4] == ["id", "name", "priority", "relation"]


def test_csv_has_the_same_columns_and_no_formula(home: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(said(home, "audit", "--csv"))))

    assert list(rows[0]) == list(json.loads(said(home, "audit", "--json"))[0])
    assert rows[0]["organisation"] == "'=HYPERLINK(1)"
    assert rows[0]["groups"] == "Committee"
    assert (rows[1]["days_over"], rows[1]["overdue"], rows[1]["seen"]) == ("-45", "0", "")


def test_another_day_is_seen_from_its_morning(home: Path) -> None:
    def raj(day: str) -> dict[str, object]:
        people = json.loads(said(home, "audit", "--json", "--day", day))
        return next(each for each in people if each["id"] == "raj-patel")

    then, that_day = raj("2026-04-14"), raj("2026-04-13")
    assert (then["last_contact"], then["days_since"]) == ("2026-04-13", 1)
    assert (that_day["last_contact"], that_day["next_meeting"]) == ("2026-03-16", "2026-04-13")


def test_why_tells_every_meeting_its_reason_and_the_arithmetic(home: Path) -> None:
    out = said(home, "why", "Ana", "Silva")

    for line in (
        "ana-silva, priority A, senior leader",
        "Last contact: 2026-01-19 Ana / Olle",
        "Your own rating: poor",
        "▲ red, place 1 of 3",
        "  Last contact 2026-01-19, today 2026-03-31: 71 days.",
        "  Gaps of priority A: ideal 21 days, longest 35. 71 is past 35: red.",
        "  Rank: weight 8 (priority A) x lateness 2.38 = 19.05.",
        "Contact 1 (in the past 365 days 1), seen 0, counted for nothing 1.",
    ):
        assert line in out.splitlines()
    assert "2026-03-03 09:00  All hands   work      nothing    11 people: too many" in out
    assert "2026-01-19 09:00  Ana / Olle  work      contact    2 people: few enough" in out


def test_a_relation_nobody_named_is_not_told(home: Path) -> None:
    assert "raj-patel, priority" in said(home, "why", "raj")
    assert "unknown" not in said(home, "why", "raj").splitlines()[1]


def test_why_says_which_meetings_only_the_archive_still_has(home: Path) -> None:
    with Database(home) as db:
        read(db, [meeting("2026-03-16 09:00", title="Kept")], now=NOW + timedelta(days=1))

    assert "its entry left the calendar by 2026-04-01 and is kept" in said(home, "why", "ana-silva")


def test_why_tells_boundaries_and_what_was_logged(home: Path) -> None:
    limits = Boundaries(do_not_contact=True, not_before=NOW.date() + timedelta(days=30))
    with Database(home) as db:
        listed(db, replace(MEI, boundaries=limits), replace(RAJ, addresses=()))
        logged(db, MEI, utc("2026-03-20 11:00"), Format.CALL, "asked about Lisbon")

    out = said(home, "why", "mei-lin")
    assert "You asked not to contact them." in out
    assert "Not to be contacted before 2026-04-30." in out
    assert "Last seen in a group: 2026-03-10" in out
    assert "call: asked about Lisbon            contact    you logged it" in out
    out = said(home, "why", "raj-patel")
    assert "No address known, so no calendar can name them." in out
    assert "Snoozed until 2026-04-09." in out
    assert "No calendar has a past meeting with them, and you have logged none." in out


def test_why_shows_the_newest_meetings_and_all_on_request(home: Path) -> None:
    with Database(home) as db:
        read(db, [meeting("2026-01-01 08:00", *ANA.addresses, rule="FREQ=DAILY;COUNT=120")])

    assert "30 of 92; --all shows the rest" in said(home, "why", "ana-silva")
    assert "3 of 30; --all shows the rest" in said(home, "why", "ana-silva")
    everything = said(home, "why", "ana-silva", "--all")
    assert "--all shows the rest" not in everything
    assert "2026-01-01 08:00" in everything
    told = json.loads(said(home, "why", "ana-silva", "--json"))
    assert (told["past_total"], len(told["past"]), len(told["to_come"])) == (92, 30, 30)


def test_why_in_json_gives_each_meeting_with_its_reason(home: Path) -> None:
    with Database(home) as db:
        guests = (attendee(ANA.addresses[0], Response.DECLINED), Attendee("room@example.org"))
        read(db, [replace(meeting("2026-03-30 09:00", title="Walk"), attendees=guests)])

    told = json.loads(said(home, "why", "ana-silva", "--json"))
    assert told["person"]["id"] == "ana-silva"
    assert told["past"][0] == {
        "start": "2026-03-30T09:00:00+02:00",
        "end": "2026-03-30T09:30:00+02:00",
        "all_day": False,
        "what": "Walk",
        "calendars": ["work"],
        "people": 2,
        "counts": "nothing",
        "reason": "they-declined",
        "why": "they declined",
        "left": None,
        "note": "",
    }


def test_a_name_that_fits_several_lists_them(home: Path) -> None:
    with Database(home) as db:
        listed(db, person("Ana Berg"))

    result = fika(home, "why", "ana")
    assert isinstance(result.exception, UsageProblem)
    assert result.exception.cause.splitlines() == [
        "'ana' could be 2 people",
        "  ana-berg: Ana Berg, ana.berg@example.com",
        "  ana-silva: Ana Silva, ana.silva@example.com",
    ]


def test_a_name_that_fits_nobody_says_where_to_look(home: Path) -> None:
    result = fika(home, "why", "Nobody\x1b[2J")

    assert isinstance(result.exception, UsageProblem)
    assert result.exception.cause == "nobody on your list is called 'Nobody^[[2J'"
    assert "fika people" in result.exception.remedy


def test_two_forms_of_output_at_once_are_a_mistake(home: Path) -> None:
    assert isinstance(fika(home, "audit", "--json", "--csv").exception, UsageProblem)


def test_without_a_configuration_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FIKA_HOME", str(tmp_path / "none"))

    assert run(["audit"]) == 2
    assert run(["why", "ana"]) == 2
    assert not (tmp_path / "none").exists()
    assert "fika init" in capsys.readouterr().err


def test_private_notes_are_in_no_form_of_the_audit(home: Path) -> None:
    with Database(home) as db:
        logged(db, ANA, utc("2026-03-20 11:00"), Format.CALL, "canary")
        assert people.get(db, ANA.id)

    for form in ([], ["--json"], ["--csv"]):
        assert "canary" not in said(home, "audit", *form)


def test_an_address_that_is_in_no_meeting_is_asked_about_everywhere(tmp_path: Path) -> None:
    alien = replace(meeting("2026-03-03 09:00", *ANA.addresses), organizer=ANA.addresses[0])
    alien = replace(alien, attendees=tuple(map(attendee, (*ANA.addresses, "other@example.com"))))
    with Database(tmp_path / "state") as db:
        read(db, [alien], [meeting("2026-03-04 09:00", *ANA.addresses)])

    for command in ("doctor", "audit", "digest", "run --dry-run"):
        said = fika(tmp_path / "state", *command.split()).output
        assert said.count("none of your addresses is in any meeting of work") == 1
        assert "in any meeting of private" not in said


def test_calendars_are_told_on_the_owners_clock_without_trailing_spaces(home: Path) -> None:
    lines = said(home, "calendars").splitlines()

    assert lines[0].split("  ")[0] == "Calendar"
    assert "2026-03-31 14:00" in lines[1], "12:00 UTC in Berlin"
    assert not [line for line in lines if line != line.rstrip()]
