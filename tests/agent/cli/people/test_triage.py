from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.app import App
from agent.cli.root import cli
from agent.clock import FixedClock
from agent.store import people
from agent.store.database import Database
from policies.people.person import Priority
from tests.agent.store.stored import NOW, SETTINGS, meeting, read

termios = pytest.importorskip("termios", reason="there are no terminals of this kind")

ROOT = Path(__file__).parents[4]
GUESTS = ("ana.silva@x.example", "bo@x.example", "cy@x.example", "dee@x.example")
CONFIG = """\
[owner]
name = "Olle Owner"
addresses = ["olle@example.com"]
zone = "Europe/Berlin"

[[calendar]]
name = "work"
path = "work"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Ana was met four times, Bo three times, and so on; a mailbox and a room are no people."""
    with Database(tmp_path / "state") as db:
        read(
            db,
            [
                meeting(f"2026-03-{day:02} 1{index}:00", guest)
                for index, guest in enumerate(GUESTS)
                for day in range(2, 6 - index)
            ]
            + [
                meeting("2026-03-20 09:00", "info@x.example"),
                meeting("2026-03-21 09:00", "noreply@x.example"),
            ],
        )
    return tmp_path / "state"


def triaged(home: Path, keys: str) -> list[str]:
    app = App(home, FixedClock(NOW), lambda _: SETTINGS)
    result = CliRunner().invoke(cli, ["triage"], input=keys, obj=app)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout.splitlines()


def decided(home: Path) -> tuple[dict[str, Priority], set[str]]:
    with Database(home) as db:
        listed = {each.addresses[0]: each.priority for each in people.everyone(db)}
        return listed, set(people.ignored(db))


def test_one_key_decides_about_each_person_most_met_first(home: Path) -> None:
    lines = triaged(home, "a\nN\ns\nd\n")

    assert lines == [
        "A B C D: list with that priority · s: skip · n: never ask again · u: undo · q: quit",
        "1 of 4  Ana Silva <ana.silva@x.example>  met 4 times, last 2026-03-05  A",
        "2 of 4  Bo <bo@x.example>  met 3 times, last 2026-03-04  n",
        "3 of 4  Cy <cy@x.example>  met 2 times, last 2026-03-03  s",
        "4 of 4  Dee <dee@x.example>  met once, last 2026-03-02  D",
        "listed A: 1 D: 1; never 1; 1 left for another time",
    ]
    assert decided(home) == (
        {"ana.silva@x.example": Priority.A, "dee@x.example": Priority.D},
        {"bo@x.example"},
    )


KEYS = [
    ("q", {}, set()),
    ("", {}, set()),
    ("Abq", {"ana.silva@x.example": "A", "bo@x.example": "B"}, set()),
    ("a u b q", {"ana.silva@x.example": "B"}, set()),
    ("nuc", {"ana.silva@x.example": "C"}, set()),
    ("sunuq", {}, set()),
    ("uaq", {"ana.silva@x.example": "A"}, set()),
    ("abuucq", {"ana.silva@x.example": "C"}, set()),
    ("x?1aq", {"ana.silva@x.example": "A"}, set()),
    ("nnnn", {}, set(GUESTS)),
]


@pytest.mark.parametrize(("keys", "listed", "never"), KEYS)
def test_every_key_does_what_it_says(
    home: Path, keys: str, listed: dict[str, str], never: set[str]
) -> None:
    triaged(home, keys)

    assert decided(home) == (listed, never)


def test_a_key_that_means_nothing_is_asked_again(home: Path) -> None:
    lines = triaged(home, "\x1bq")

    assert lines[1:] == [
        "1 of 4  Ana Silva <ana.silva@x.example>  met 4 times, last 2026-03-05  ^[",
        "A B C D: list with that priority · s: skip · n: never ask again · u: undo · q: quit",
        "1 of 4  Ana Silva <ana.silva@x.example>  met 4 times, last 2026-03-05  q",
        "listed nobody; never 0; 4 left for another time",
    ]


def test_decisions_made_before_leaving_are_kept_and_not_asked_again(home: Path) -> None:
    triaged(home, "an")

    lines = triaged(home, "b")

    assert lines[1].startswith("1 of 2  Cy")
    assert decided(home) == ({"ana.silva@x.example": "A", "cy@x.example": "B"}, {"bo@x.example"})


def test_when_all_are_decided_there_is_nobody_to_ask_about(home: Path) -> None:
    triaged(home, "aaaa")

    assert triaged(home, "") == ["Nobody to decide about: all whom you meet are listed."]


def test_on_a_terminal_a_key_counts_without_enter(home: Path) -> None:
    (home / "config.toml").write_text(CONFIG)
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "agent", "triage"],
        stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT,
        env={**os.environ, "FIKA_HOME": str(home)},
    )  # fmt: skip
    try:
        for prompt, key in ((b"1 of 4", b"a"), (b"2 of 4", b"n"), (b"3 of 4", b"q")):
            _await_prompt(process, prompt)
            _await_keys(theirs)
            os.write(ours, key)
        out, _ = process.communicate(timeout=30)
    finally:
        process.kill()
        os.close(ours)
        os.close(theirs)

    assert process.returncode == 0, out
    assert out.endswith(b"listed A: 1; never 1; 2 left for another time\n")
    assert decided(home) == ({"ana.silva@x.example": "A"}, {"bo@x.example"})


def _await_prompt(process: subprocess.Popen[bytes], prompt: bytes) -> None:
    assert process.stdout is not None
    seen = b""
    while prompt not in seen:
        piece = os.read(process.stdout.fileno(), 4096)
        assert piece, seen
        seen += piece


def _await_keys(terminal: int) -> None:
    """Wait until single keys are read: what is typed before is thrown away."""
    deadline = time.monotonic() + 30
    while termios.tcgetattr(terminal)[3] & termios.ICANON:
        assert time.monotonic() < deadline
        time.sleep(0.01)
