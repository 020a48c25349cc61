from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from agent.app import App
from agent.cli.root import cli
from agent.clock import FixedClock
from agent.store import people, proposals
from agent.store.database import FILE_NAME, Database
from policies.proposal import ProposalState
from tests.agent.world import NOW, draft
from tests.make import person

NAMES = ("Ana Silva", "Anders Ek", "Åsa Holm", "Pieter de Wit", "Pieter van Dam")
PERSON = (
    ("why",),
    ("people", "show"),
    ("people", "merge"),
    ("snooze",),
    ("brief",),
    ("log",),
    ("forget",),
    ("intro",),
    ("promises", "add"),
    ("thanks", "add"),
    ("favours", "gave"),
    ("commit", "to"),
    ("commit", "to", "raj-patel", "--tell"),
    ("find-time", "--with"),
    ("plan", "add", "Grow", "--who"),
    ("ritual", "new", "Lunch", "--with"),
    ("report", "send", "--to"),
    ("answer",),
)
PROPOSAL = (("approve",), ("reject",), ("cancel",), ("show",), ("settle",))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with Database(tmp_path) as db, db.transaction() as sql:
        for name in NAMES:
            people.save(sql, person(name))
        people.save(sql, replace(person("Raj Patel"), name="Raj \x1b[2JPatel"))
        for number, state in enumerate(
            (ProposalState.OPEN, ProposalState.REJECTED, ProposalState.SENT), start=1
        ):
            proposals.add(sql, draft(person(NAMES[number])), NOW)
            proposals.set_state(sql, number, state)
    return tmp_path


def offered(home: Path, *words: str, days: int = 0) -> dict[str, str | None]:
    """What is offered for the last word, with what is said of each."""
    app = App(home, FixedClock(NOW + timedelta(days)))
    completing = ShellComplete(cli, {"obj": app}, "fika", "_FIKA_COMPLETE")
    found = completing.get_completions(list(words[:-1]), words[-1])
    return {each.value: each.help for each in found}


@pytest.mark.parametrize("command", PERSON, ids=" ".join)
def test_whoever_takes_a_person_completes_their_name(home: Path, command: tuple[str, ...]) -> None:
    assert offered(home, *command, "An") == {"ana-silva": "Ana Silva", "anders-ek": "Anders Ek"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("sil",), ["ana-silva"]),
        (("Å",), ["åsa-holm"]),
        (("e",), ["anders-ek"]),
        (("d",), []),
        (("x",), []),
        (("Pieter", ""), ["de", "van"]),
        (("pieter", "D"), ["de"]),
        (("Pieter", "de", "w"), ["Wit"]),
        (("Pieter", "de", "Wit", ""), []),
        (("ana-silva", ""), []),
    ],
)
def test_a_name_is_completed_word_by_word(
    home: Path, words: tuple[str, ...], expected: list[str]
) -> None:
    assert list(offered(home, "why", *words)) == expected


def test_each_of_several_people_is_completed_by_itself(home: Path) -> None:
    assert list(offered(home, "events", "met", "1", "ana-silva", "an")) == [
        "ana-silva",
        "anders-ek",
    ]


def test_a_name_cannot_act_on_the_terminal(home: Path) -> None:
    assert offered(home, "why", "raj") == {"raj-patel": "Raj ^[[2JPatel"}
    assert list(offered(home, "why", "raj", "")) == ["^[[2JPatel"]


@pytest.mark.parametrize("command", PROPOSAL, ids=" ".join)
def test_whoever_takes_a_proposal_completes_its_number(
    home: Path, command: tuple[str, ...]
) -> None:
    found = offered(home, *command, "")

    assert found["1"] == "Anders Ek: coffee"
    assert found["3"] == "Pieter de Wit: coffee"
    assert "2" not in found
    assert "3" not in offered(home, *command, "", days=60)


def test_nothing_is_written_and_no_lock_waited_for(home: Path) -> None:
    before = {each: each.read_bytes() for each in home.iterdir()}
    with closing(sqlite3.connect(home / FILE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")

        assert "ana-silva" in offered(home, "why", "ana")
        other.execute("ROLLBACK")
    assert {each: each.read_bytes() for each in home.iterdir()} == before


@pytest.mark.parametrize("content", [None, b"", b"no store at all"])
def test_whatever_is_wrong_is_never_said(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / FILE_NAME).write_bytes(content)

    assert offered(tmp_path, "why", "an") == {}
    assert offered(tmp_path, "approve", "") == {}
    assert {each.name for each in tmp_path.iterdir()} == (
        {FILE_NAME} if content is not None else set()
    )


def test_a_home_that_is_nobodys_offers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIKA_HOME", "~nobody-of-that-name/x")

    found = ShellComplete(cli, {}, "fika", "_FIKA_COMPLETE").get_completions(["why"], "an")
    assert [each.value for each in found] == []
