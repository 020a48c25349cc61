from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.app import App
from agent.cli.root import cli
from agent.clock import FixedClock
from agent.errors import UsageProblem
from agent.plan import goals as plan
from agent.settings import Settings
from agent.store import gatherings
from agent.store.database import Database
from policies.calendar.event import Response
from policies.people.person import Priority, PrivateNotes, Relation, Seniority
from tests import make
from tests.agent.store.stored import NOW, SETTINGS, listed, meeting, read

ANA = replace(
    make.person("Ana Silva"),
    relation=Relation.SENIOR_LEADER,
    seniority=Seniority.EXECUTIVE,
    organisation="Contoso",
    notes=PrivateNotes("zyxcanary"),
)
RAJ = replace(make.person("Raj Patel", Priority.B), to_give=("notes on pricing",))
MEI = replace(make.person("Mei [red]Lin\x1b[2J", Priority.C), groups=("Choir",))
KIM = replace(make.person("Kim Berg", Priority.D), groups=("Choir",))
PEOPLE = (ANA, RAJ, replace(MEI, id=make.person("Mei Lin").id, addresses=("mei@example.com",)), KIM)
OWN = replace(SETTINGS, owner=replace(make.OWNER, organisation="Sample"))
CROWD = [f"guest{number}@example.org" for number in range(12)]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ana's one-to-one and a committee stopped, Kim knows Raj, there was a fair yesterday."""
    ended = "FREQ=WEEKLY;UNTIL=20260105T220000Z"
    home = tmp_path_factory.mktemp("filled") / "state"
    with Database(home) as db:
        listed(db, *PEOPLE)
        read(
            db,
            [
                meeting("2025-09-01 09:00", *ANA.addresses, title="Ana / Olle", rule=ended),
                meeting(
                    "2025-09-02 10:00", *ANA.addresses, "mei@example.com", *CROWD[:4],
                    title="[b]Committee\x1b[2J", rule=ended,
                ),
                replace(
                    meeting("2026-02-02 09:00", *RAJ.addresses, *KIM.addresses),
                    own_response=Response.DECLINED,
                    organizer=RAJ.addresses[0],
                ),
                meeting("2026-03-20 09:00", *KIM.addresses),
                meeting("2024-06-03 09:00", "mei@example.com"),
                meeting("2026-03-30 15:00", *CROWD, *KIM.addresses, title="Fair", minutes=180),
                meeting("2026-04-20 15:00", *CROWD, title="Meetup", minutes=180),
                meeting("2026-04-21 09:00", *KIM.addresses, title="Small talk"),
            ],
            settings=OWN,
        )  # fmt: skip
    return home


@pytest.fixture
def home(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "state"))


def fika(home: Path, *words: str, settings: Settings = OWN) -> Result:
    app = App(home, FixedClock(NOW), lambda _: settings)
    return CliRunner().invoke(cli, words, obj=app)


def said(home: Path, *words: str) -> str:
    result = fika(home, *words)
    assert result.exit_code == 0, result.output
    assert "\x1b" not in result.output
    assert "zyxcanary" not in result.output
    return result.output


def refused(home: Path, *words: str) -> str:
    error = fika(home, *words).exception
    assert isinstance(error, UsageProblem), error
    return f"{error} / {error.remedy}"


def parsed(home: Path, *words: str) -> object:
    return json.loads(said(home, *words, "--json"))


# ---------------------------------------------------------------- restart


def test_restart_lists_what_stopped_each_in_its_part(home: Path) -> None:
    out = said(home, "restart")

    assert out.index("One-to-ones that stopped") < out.index("Groups gone quiet")
    assert "Ana Silva (A): You had a one-to-one every week until 5 January 2026" in out
    assert "[b]Committee^[[2J: 7 people, about every week, last on 30 December 2025." in out
    assert "worth a coffee of their own: Mei [red]Lin^[[2J (C)" in out
    assert "Asleep for over a year, apart from everyone else (at most 1 a week" in out
    assert out.index("Asleep") < out.rindex("Mei [red]Lin^[[2J (C): last met on 3 June 2024")


def test_restart_says_when_there_is_nothing(tmp_path: Path) -> None:
    Database(tmp_path / "empty").close()

    assert said(tmp_path / "empty", "restart") == (
        "Nothing has stopped, and nobody has been asleep for over a year.\n"
    )


def test_restart_in_json_has_it_all(home: Path) -> None:
    found = parsed(home, "restart")

    assert isinstance(found, dict)
    assert [each["person"] for each in found["one_to_ones"]] == ["ana-silva"]
    assert found["groups"][0]["worth_a_coffee"] == ["mei-lin"]
    assert [each["last"] for each in found["dormant"]] == ["2024-06-03"]


@pytest.mark.parametrize(
    ("words", "to", "text"),
    [
        ("committee", "ana.silva@example.com, guest0@example.org", "has not met since December"),
        ("ana", "ana.silva@example.com", "We used to speak regularly"),
    ],
)
def test_restart_with_a_name_writes_a_note_and_sends_nothing(
    home: Path, words: str, to: str, text: str
) -> None:
    out = said(home, "restart", words)

    assert to in out.splitlines()[0]
    assert text in out
    assert "Nothing was sent" in out
    found = parsed(home, "restart", words)
    assert isinstance(found, dict)
    assert set(found) == {"to", "subject", "text"}


def test_restart_knows_only_what_stopped(home: Path) -> None:
    assert "nothing to restart is called 'kim'" in refused(home, "restart", "kim")


def test_of_many_asleep_the_first_are_shown(home: Path) -> None:
    many = [make.person(f"Person {chr(97 + n)}") for n in range(15)]
    with Database(home) as db:
        listed(db, *many)
        read(
            db,
            [meeting("2024-06-03 09:00", *each.addresses, uid=each.id) for each in many]
            + [meeting("2026-03-02 09:00", *CROWD[:2], uid=f"x{n}") for n in range(9)],
            settings=OWN,
        )

    assert "and 4 more: --all shows them" in said(home, "restart")
    assert "more:" not in said(home, "restart", "--all")


# ---------------------------------------------------------------- intro


def test_intro_says_whom_to_ask_and_what_one_can_give(home: Path) -> None:
    out = said(home, "intro", "raj")

    assert out.startswith(
        "1. Ask Kim whether they would introduce you to Raj Patel: the two were in 1 small meeting"
        " together, on 2 February 2026.\n"
    )
    assert "What you can do for them: notes on pricing" in out


def test_intro_without_a_person_lists_all_who_are_to_meet(home: Path) -> None:
    out = said(home, "intro")

    assert "Raj Patel" in out
    assert "notes on pricing" in out
    found = parsed(home, "intro")
    assert isinstance(found, list)
    assert [(each["person"], len(each["routes"])) for each in found] == [("raj-patel", 1)]


def test_intro_writes_a_note_to_whom_it_named_and_sends_nothing(home: Path) -> None:
    out = said(home, "intro", "raj", "--ask", "kim")

    assert "To: kim.berg@example.com" in out
    assert "You know Raj Patel, I believe." in out
    assert "I may have something to offer, too: notes on pricing." in out
    assert "Nothing was sent" in out


def test_intro_to_somebody_of_a_house(home: Path) -> None:
    out = said(home, "intro", "--at", "contoso")
    note = parsed(home, "intro", "--at", "contoso", "--ask", "ana")

    assert (
        "Ask Ana whether they would introduce you to somebody at Contoso: they work there." in out
    )
    assert isinstance(note, dict)
    assert note["text"].startswith("Hi Ana,\n\nI would like to get to know somebody at Contoso.")
    assert "Nobody you know was in a small meeting" in said(home, "intro", "--at", "Nowhere")
    assert parsed(home, "intro", "--at", "Nowhere") == []


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("raj", "--at", "Contoso"), "name a person, or an organisation"),
        (("--function", "finance"), "name a person, or an organisation"),
        (("raj", "--function", "finance"), "--function goes with --at"),
        (("raj", "--ask", "ana"), "nothing shows that Ana Silva knows Raj Patel"),
        (("nobody",), "nobody on your list is called"),
    ],
)
def test_intro_says_what_is_wrong(home: Path, words: tuple[str, ...], problem: str) -> None:
    assert problem in refused(home, "intro", *words)


# ---------------------------------------------------------------- rituals


def test_a_ritual_lives_from_its_beginning_to_its_end(home: Path) -> None:
    assert "None yet" in said(home, "ritual")
    out = said(home, "ritual", "new", "Thursday", "coffee", "--with", "ana", "--with", "raj")
    assert out == (
        "Thursday coffee: every 2 weeks, you with each in turn (Ana Silva, Raj Patel);"
        " now Ana Silva\n"
    )
    shown = said(home, "ritual", "show", "thursday").splitlines()
    assert shown[1:3] == ["  from 2026-03-31: Ana Silva", "  from 2026-04-14: Raj Patel"]
    assert "Kim Berg" in said(home, "ritual", "members", "thursday", "--add", "kim")
    assert said(home, "ritual", "end", "thursday", "--yes") == "ended: Thursday coffee\n"
    assert "None yet" in said(home, "ritual", "list")


def test_a_team_in_pairs_is_a_note_to_send_by_hand(home: Path) -> None:
    said(home, "ritual", "new", "Choir", "--group", "choir", "--team", "--weeks", "1")
    out = said(home, "ritual", "show", "choir")

    assert "Choir: every week, a team in pairs (Kim Berg, Mei [red]Lin^[[2J)" in out
    assert "sits out" in out
    assert "To: kim.berg@example.com, mei@example.com" in out
    assert "Nothing was sent" in out
    everything = parsed(home, "ritual", "list")
    assert isinstance(everything, list)
    (found,) = everything
    assert (found["turn"], found["members"]) == (None, ["kim-berg", "mei-lin"])
    assert len(found["pairs"]) == len(found["rests"]) == 1
    assert json.loads(said(home, "ritual", "show", "choir", "--json")) == found


def test_a_ritual_that_begins_later_says_so(home: Path) -> None:
    out = said(home, "ritual", "new", "Later", "--with", "ana", "--from", "2026-05-01")

    assert out.endswith("; from 2026-05-01 Ana Silva\n")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("new", "Tea"), "a ritual needs somebody"),
        (("new", "Tea", "--group", "nobody"), "nobody is in the group"),
        (("show", "tea"), "no ritual is called"),
        (("members", "coffee"), "nobody was named"),
        (("new", "Coffee", "--with", "ana"), "there is a ritual called"),
    ],
)
def test_a_ritual_says_what_is_wrong(home: Path, words: tuple[str, ...], problem: str) -> None:
    said(home, "ritual", "new", "Coffee", "--with", "ana")

    assert problem in refused(home, "ritual", *words)


# ---------------------------------------------------------------- events


def test_events_asks_within_two_days_whom_one_met_and_lists_what_is_ahead(home: Path) -> None:
    out = said(home, "events")

    assert out == (
        "To follow up\n"
        "  Fair: whom did you meet? fika events met 'Fair' PERSON, and write to them by"
        " Wednesday 1 April at 18:00\n"
        "\n"
        "Ahead\n"
        "  Mon 20 Apr 2026: Meetup, 12 invited\n"
    )


def test_whom_one_met_is_contact_and_to_be_written_to(home: Path) -> None:
    out = said(home, "events", "met", "fair", "raj", "kim")

    assert "met: Raj Patel (a note: fika events note 1 raj-patel)" in out
    assert "1. Fair: write to Kim Berg and Raj Patel by Wednesday 1 April" in said(home, "events")
    assert "event" in said(home, "people", "show", "raj")
    note = said(home, "events", "note", "1", "raj")
    assert "It was good to talk to you at Fair." in note
    assert "fika events done 1 raj-patel" in note
    assert said(home, "events", "done", "fair", "raj", "kim") == (
        "followed up: Raj Patel\nfollowed up: Kim Berg\n"
    )
    assert "Fair" not in said(home, "events")
    assert "met: Raj" in said(home, "events", "met", "1", "raj")  # said twice: kept once
    assert said(home, "people", "show", "raj").count("logged") == 1


def test_an_event_may_serve_a_goal_and_be_a_step_of_it(home: Path) -> None:
    with Database(home) as db:
        plan.keep(db, plan.new("Move to product", "", (), NOW.date()))
    out = said(home, "events", "go", "small talk", "--goal", "product")
    said(home, "events", "go", "1", "--goal", "product")

    assert out == "1. Small talk, Tue 21 Apr 2026; a step of your goal now: fika plan\n"
    with Database(home) as db:
        (goal,) = plan.every(db)
    assert [(each.text, each.due) for each in goal.steps] == [
        ("Go to Small talk", (NOW + timedelta(days=21)).date())
    ]
    assert "1. Small talk, 1 invited; you know Kim Berg; for Move to product" in said(
        home, "events"
    )


def test_an_event_of_no_calendar_is_noted_by_hand_and_dropped(home: Path) -> None:
    out = said(home, "events", "add", "Garden", "party", "--on", "2026-04-10")

    assert out == "1. Garden party, Fri 10 Apr 2026\n"
    assert "Fri 10 Apr 2026: 1. Garden party" in said(home, "events")
    assert said(home, "events", "go", "garden") == out
    assert said(home, "events", "drop", "garden", "--yes") == "dropped: Garden party\n"
    with Database(home) as db:
        assert gatherings.every(db) == ()


def test_events_in_json(home: Path) -> None:
    found = parsed(home, "events", "list")

    assert isinstance(found, list)
    assert [(each["title"], each["size"], each["known"]) for each in found] == [
        ("Fair", 13, ["kim-berg"]),
        ("Meetup", 12, []),
    ]
    note = parsed(home, "events", "note", "fair", "raj")
    assert isinstance(note, dict)
    assert note["to"] == ["raj.patel@example.com"]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("met", "meetup", "raj"), "Meetup is still to come"),
        (("done", "fair", "raj"), "Raj Patel is not among those you met at Fair"),
        (("go", "7"), "no event near is called '7'"),
        (("go", "7" * 5_000), "no event near is called '777"),
        (("go", "a"), "could be 2 events, on 2026-03-30"),
        (("go", "fair", "--goal", "nothing"), "no goal of yours is called"),
    ],
)
def test_events_says_what_is_wrong(home: Path, words: tuple[str, ...], problem: str) -> None:
    said(home, "events", "add", "Garden", "party", "--on", "2026-04-10")

    assert problem in refused(home, "events", *words)


def test_without_any_event_near_it_says_how_to_note_one(tmp_path: Path) -> None:
    Database(tmp_path / "empty").close()

    assert "fika events add TITLE --on DAY" in said(tmp_path / "empty", "events")
