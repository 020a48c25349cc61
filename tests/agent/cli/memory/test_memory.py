from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.app import App
from agent.cli.root import cli
from agent.clock import FixedClock
from agent.proposing.propose import propose
from agent.relationships.audit import lines
from agent.store import memory, people
from agent.store.database import Database
from policies.memory.promise import PromiseState
from policies.memory.thanks import Occasion, ThanksState
from policies.outreach.etiquette import Hold
from tests.agent.spoken import fika, refused, said
from tests.agent.store.stored import NOW, SETTINGS, listed
from tests.agent.world import SETTINGS as WITH_MAIL
from tests.agent.world import World
from tests.make import person

ANA, RAJ, BERG = person("Ana Silva"), person("Raj Patel"), person("Ana Berg")
LINE = "coffee with Ana; promised the paper by Tuesday; she introduced Raj"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with Database(tmp_path / "state") as db:
        listed(db, ANA, RAJ)
    return tmp_path / "state"


def test_one_line_is_contact_promise_help_and_thanks(home: Path) -> None:
    out = said(home, "log", LINE, "--yes")

    assert out == (
        "Understood:\n"
        "  contact   coffee with Ana Silva on Tue 31 Mar\n"
        "  promise   to Ana Silva: the paper, by Tue 7 Apr\n"
        "  had       from Ana Silva: introduced Raj\n"
        "  to thank  Ana Silva for this, by Thu 2 Apr\n"
        "saved; `fika log --undo` takes it back\n"
    )
    with Database(home) as db:
        (contact,) = people.logged(db)
        (promise,), (thanks,), (favour,) = (
            memory.promises(db),
            memory.thanks(db),
            memory.favours(db),
        )
    assert (contact.person, contact.format, contact.note) == (ANA.id, "coffee", "")
    assert (promise.what, promise.mine, str(promise.due)) == ("the paper", True, "2026-04-07")
    assert (thanks.occasion, thanks.what) == (Occasion.INTRODUCTION, "introduced Raj")
    assert (favour.given, favour.what) == (False, "introduced Raj")


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_nothing_is_saved_without_a_yes(home: Path, flags: tuple[str, ...]) -> None:
    fika(home, "log", LINE, *flags)

    with Database(home) as db:
        assert (people.logged(db), memory.promises(db), memory.thanks(db)) == ((), (), ())


def test_a_script_sees_what_was_understood(home: Path) -> None:
    answer = json.loads(said(home, "log", LINE, "--json", "--yes"))

    assert answer["saved"] is True
    assert [each["kind"] for each in answer["findings"]] == ["contact", "promised", "introduced me"]
    assert answer["findings"][1]["day"] == "2026-04-07"


def test_a_name_alone_can_be_logged_by_a_script_too(home: Path) -> None:
    answer = json.loads(said(home, "log", "ana", "--on", "2026-03-20", "--json", "--yes"))

    (found,) = answer["findings"]
    assert (found["people"], found["day"], found["format"]) == ([ANA.id], "2026-03-20", "coffee")
    with Database(home) as db:
        assert len(people.logged(db)) == 1


def test_the_last_line_is_shown_and_taken_back_after_a_yes(home: Path) -> None:
    assert said(home, "log") == 'Nothing is logged. `fika log "coffee with Ana"` does.\n'
    said(home, "log", "raj", "--on", "2026-03-20", "--note", "tea")
    said(home, "log", LINE, "--yes")

    last = (
        "Logged on Tue 31 Mar:\n"
        "  contact   coffee with Ana Silva on Tue 31 Mar\n"
        "  promise   to Ana Silva: the paper, by Tue 7 Apr\n"
        "  had       from Ana Silva: introduced Raj\n"
        "  to thank  Ana Silva: introduced Raj, by Thu 2 Apr\n"
    )
    first = "Logged on Tue 31 Mar:\n  contact   coffee with Raj Patel on Fri 20 Mar: tea\n"
    assert said(home, "log") == f"{last}\n{first}"
    assert refused(home, "log", "--undo").cause.endswith("there is no terminal to ask on")
    assert json.loads(said(home, "log", "--undo", "--json"))["taken_back"] is False
    assert said(home, "log", "--undo", "--yes") == f"{last}taken back\n"
    assert [each["findings"][0]["what"] for each in json.loads(said(home, "log", "--json"))] == [
        "tea"
    ]
    assert json.loads(said(home, "log", "--undo", "--json", "--yes"))["taken_back"] is True
    assert refused(home, "log", "--undo").cause == "nothing is logged that could be taken back"
    with Database(home) as db:
        assert (people.logged(db), memory.promises(db), memory.thanks(db)) == ((), (), ())


def test_undo_logs_nothing_and_says_which_notes_stay(home: Path) -> None:
    assert refused(home, "log", "--note", "tea").cause == "it does not say whom you met"
    assert refused(home, "log", "--on", "yesterday").cause == "it does not say whom you met"
    assert refused(home, "log", "--undo", "ana").cause.startswith("--undo takes")
    said(home, "log", "Ana: moves to Lund", "--yes")
    said(home, "log", "Ana: has two cats", "--yes")
    said(home, "people", "edit", "ana", "--notes", "Malmö after all")

    undone = json.loads(said(home, "log", "--undo", "--json", "--yes"))
    assert undone["notes_that_stay"] == ["ana-silva"]
    assert said(home, "log", "--undo", "--yes").endswith(
        "the notes on Ana Silva were changed since, and stay as they are\ntaken back\n"
    )


def test_what_is_not_understood_is_kept_as_a_note_and_said(home: Path) -> None:
    out = said(home, "log", "long lunch with Ana, about her new house; she has two cats", "--yes")

    assert "note      on Ana Silva, kept as it is: long … about her new house" in out
    assert "note      on Ana Silva, kept as it is: she has two cats" in out
    with Database(home) as db:
        assert people.logged(db)[0].note == "long … about her new house; she has two cats"


def test_a_note_without_contact_is_added_to_the_person(home: Path) -> None:
    said(home, "log", "Ana: moves to Lund", "--yes")

    with Database(home) as db:
        found = people.get(db, ANA.id)
    assert found is not None
    assert found.notes.reveal() == "2026-03-31: moves to Lund"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("coffee with Zed Quux", "nobody on your list is called 'Zed Quux'"),
        ("promised the moon", "nobody on your list is called 'promised the moon'"),
        ("promised the moon; she said no", "nobody on your list is named in it"),
        ("coffee with Ana tomorrow", "2026-04-01 is still to come"),
    ],
)
def test_what_cannot_be_saved_is_refused(home: Path, line: str, problem: str) -> None:
    assert refused(home, "log", line, "--yes").cause == problem


def test_who_could_be_several_is_never_guessed(home: Path) -> None:
    with Database(home) as db:
        listed(db, BERG)

    assert refused(home, "log", "coffee with Ana", "--yes").cause == (
        "'Ana' could be 2 people\n  ana-berg: Ana Berg\n  ana-silva: Ana Silva"
    )
    assert "coffee with Ana Berg" in said(home, "log", "coffee with ana-berg", "--yes")


def test_the_flags_fill_in_what_the_line_leaves_open(home: Path) -> None:
    said(home, "log", "met Ana", "--on", "yesterday", "--how", "walk", "--note", "n", "--yes")

    with Database(home) as db:
        (contact,) = people.logged(db)
    assert (contact.at_s, contact.format, contact.note) == (
        int(NOW.timestamp()) - 86_400 - 2 * 3_600,
        "walk",
        "n",
    )


def test_an_older_promise_is_asked_about_when_contact_is_logged(home: Path) -> None:
    said(home, "promises", "add", "ana", "a", "book")

    assert said(home, "log", "coffee with Ana", "--yes").endswith(
        "Still promised: a book to Ana Silva. Kept? fika promises kept 1\n"
    )


def test_saying_thanks_ends_the_thanks_that_are_due(home: Path) -> None:
    said(home, "thanks", "add", "ana", "--for", "the talk")
    said(home, "log", "thanked Ana; thanked Raj for the map", "--yes")

    with Database(home) as db:
        found = memory.thanks(db)
    assert [(each.what, each.state) for each in found] == [
        ("the talk", ThanksState.DONE),
        ("the map", ThanksState.DONE),
    ]
    assert said(home, "thanks").startswith("Nobody is waiting for thanks.")


def test_promises_are_listed_kept_and_let_go(home: Path) -> None:
    assert said(home, "promises").startswith("Nothing is promised.")
    assert said(home, "promises", "add", "ana", "the", "paper", "--by", "friday") == (
        "1. To Ana Silva: the paper, by Fri 3 Apr\n"
    )
    said(home, "promises", "add", "raj", "a book", "--theirs")
    assert [line.split(None, 1) for line in said(home, "promises").splitlines()] == [
        ["No.", "Promise         What       When"],
        ["1", "to Ana Silva    the paper  by Fri 3 Apr"],
        ["2", "from Raj Patel  a book     no day named"],
    ]
    assert said(home, "promises", "kept", "1") == "kept: the paper, to Ana Silva\n"
    assert said(home, "promises", "let-go", "2") == "let go: a book, from Raj Patel\n"
    states = [each["state"] for each in json.loads(said(home, "promises", "--all", "--json"))]
    assert states == [PromiseState.KEPT, PromiseState.LET_GO]
    assert json.loads(said(home, "promises", "--json")) == []
    assert "let go Tue 31 Mar" in said(home, "promises", "--all")
    assert refused(home, "promises", "kept", "1").cause == "promise 1 was kept on 2026-03-31"
    assert refused(home, "promises", "kept", "9").cause == "there is no number 9 in `fika promises`"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("add", "ana", "it", "--by", "3/4"), "'3/4' is no day"),
        (("add", "ana", "it", "--by", "yesterday"), "2026-03-30 is past"),
        (("add", "ana", " "), "it says nothing"),
        (("add", "zed", "it"), "nobody on your list is called 'zed'"),
    ],
)
def test_a_promise_needs_a_person_some_words_and_a_day_to_come(
    home: Path, words: tuple[str, ...], problem: str
) -> None:
    assert refused(home, "promises", *words).cause == problem


def test_thanks_are_listed_said_and_skipped(home: Path) -> None:
    assert said(home, "thanks", "add", "ana", "--for", "the talk") == (
        "1. Ana Silva: the talk, by Tue 7 Apr\n"
    )
    said(home, "thanks", "add", "raj", "--by", "2026-04-02")
    assert [each["person"] for each in json.loads(said(home, "thanks", "--json"))] == [
        RAJ.id,
        ANA.id,
    ]
    assert said(home, "thanks", "done", "1") == "done: Ana Silva, the talk\n"
    assert said(home, "thanks", "skip", "2") == "skipped: Raj Patel\n"
    assert refused(home, "thanks", "skip", "2").cause == "thanks 2 were skipped on 2026-03-31"
    assert "skipped Tue 31 Mar" in said(home, "thanks", "--all")


def test_the_ledger_says_who_should_be_given_something(home: Path) -> None:
    assert said(home, "favours").startswith("Nothing given or asked is noted.")
    assert said(home, "favours", "gave", "ana", "my", "notes") == "Ana Silva: gave 1, asked 0\n"
    said(home, "favours", "asked", "raj", "an hour")
    assert said(home, "favours").splitlines() == [
        "Raj Patel: gave 0, asked 1, nothing given yet",
        "Ana Silva: gave 1, asked 0",
    ]
    assert "you asked or had  an hour" in said(home, "favours", "list", "raj")
    assert [each["what"] for each in json.loads(said(home, "favours", "--json"))] == [
        "my notes",
        "an hour",
    ]
    assert said(home, "favours", "remove", "2") == "removed: 2\n"
    assert refused(home, "favours", "remove", "2").cause == "there is no favour 2"


def test_what_stands_open_is_shown_before_a_proposal_is_answered(home: Path) -> None:
    with Database(home) as db:
        world = World(db)
        world.read()
        number = world.propose(ANA)
    said(home, "promises", "add", "ana", "the paper", "--by", "friday")
    said(home, "thanks", "add", "ana", "--for", "the talk")

    expected = ("To Ana: the paper, by Fri 3 Apr", "Thank Ana: the talk, by Tue 7 Apr")
    shown = said(home, "show", str(number))
    assert "Between you\n  " + "\n  ".join(expected) in shown
    assert json.loads(said(home, "show", str(number), "--json"))["between"] == list(expected)
    app = App(home, FixedClock(NOW), lambda _: WITH_MAIL)
    asked = CliRunner().invoke(cli, ("approve", str(number)), obj=app)
    before, _, _ = asked.stdout.partition("An invitation, exactly as it will be sent")
    assert before == "".join(f"Between you: {each}\n" for each in expected)


def test_nobody_is_proposed_to_whom_a_promise_is_late(home: Path) -> None:
    with Database(home) as db:
        memory_of(db)
        held = propose(db, SETTINGS, lines(db, SETTINGS, NOW), lambda _: (), NOW).held
        assert [each.code for each in held] == [Hold.PROMISE_BROKEN]
        memory_of(db, state=PromiseState.KEPT)
        assert propose(db, SETTINGS, lines(db, SETTINGS, NOW), lambda _: (), NOW).new


def memory_of(db: Database, state: PromiseState = PromiseState.OPEN) -> None:
    """Only Ana is overdue, and the paper was promised to her for yesterday."""
    yesterday = NOW.date() - timedelta(days=1)
    with db.transaction() as sql:
        people.remove(sql, RAJ.id)
        sql.execute("DELETE FROM promise")
        number = memory.add_promise(sql, ANA.id, "the paper", yesterday, yesterday, mine=True)
        if state is not PromiseState.OPEN:
            memory.end_promise(sql, number, state, NOW.date())
