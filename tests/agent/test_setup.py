from __future__ import annotations

import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.accounts.secrets import read_secret
from agent.app import App
from agent.cli.root import cli
from agent.config.load import ConfigProblems, load
from agent.errors import UsageProblem
from agent.setup import Answers, guessed_zone, named_calendar, write
from agent.store.errors import StateUnusable

ROOT = Path(__file__).parents[2]

ANSWERS = Answers(
    name='Olle "O" Öster\\',
    addresses=("olle@example.com",),
    zone="Europe/Stockholm",
    calendars=(("work", "/calendars/work"), ("team", "https://calendar.example.com/team.ics")),
)


def test_what_was_answered_is_what_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "state" / "config.toml"

    write(path, ANSWERS)
    settings = load(path)
    assert settings.owner.name == ANSWERS.name
    assert [each.name for each in settings.calendars] == ["work", "team", "planning"]
    assert settings.write_calendar == "planning"
    assert (path.parent / "planning").is_dir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_of_the_owners_can_take_the_planning_slots(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"

    write(path, replace(ANSWERS, write="work", mail_host="smtp.example.com", mail_user="olle"))
    settings = load(path)
    assert settings.write_calendar == "work"
    assert settings.mail is not None
    assert settings.mail.password is not None
    assert not (tmp_path / "planning").exists()


def test_a_configuration_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("mine")

    with pytest.raises(UsageProblem, match="already"):
        write(path, ANSWERS)
    assert path.read_text() == "mine"


def test_an_answer_that_cannot_be_used_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigProblems, match="Mars"):
        write(tmp_path / "config.toml", replace(ANSWERS, zone="Mars"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("work=~/cal", ("work", "~/cal")),
        ("/home/o/calendars/private.ics", ("private", "/home/o/calendars/private.ics")),
        ("https://c.example.com/a?b=c", ("c.example.com", "https://c.example.com/a?b=c")),
        ("team=https://c.example.com/a?b=c", ("team", "https://c.example.com/a?b=c")),
    ],
)
def test_a_calendar_is_named_by_the_owner_or_by_its_place(
    text: str, expected: tuple[str, str]
) -> None:
    assert named_calendar(text) == expected


def test_the_zone_is_guessed_from_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", ":Europe/Oslo")

    assert guessed_zone() == "Europe/Oslo"


@pytest.mark.parametrize("named", [":/etc/localtime", "CET-1CEST,M3.5.0,M10.5.0/3", "Mars"])
def test_what_names_no_zone_leaves_it_to_the_machine(
    monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.delenv("TZ", raising=False)
    own = guessed_zone()
    monkeypatch.setenv("TZ", named)

    assert guessed_zone() == own


@pytest.mark.parametrize(
    ("flag", "answer", "cause"),
    [
        ("--address", "nope", "no name, at sign and domain"),
        ("--zone", "Mars", "there is no such zone; write for example Europe/Berlin"),
        ("--calendar", "a=/no/such", "there is nothing by that name"),
        (
            "--calendar",
            "http://example.org/a",
            "it would be read without encryption; give its https:// address",
        ),
        (
            "--mail-host",
            "smtp.example.com:587",
            "this is no name of a server; write for example smtp.example.com",
        ),
    ],
)
def test_an_answer_that_cannot_be_used_names_its_flag(
    tmp_path: Path, flag: str, answer: str, cause: str
) -> None:
    good = {"--name": "Olle", "--address": "olle@example.com", "--zone": "Europe/Oslo"}
    given = {**good, "--calendar": str(tmp_path), flag: answer}

    words = [word for pair in given.items() for word in pair]
    result = CliRunner().invoke(cli, ["init", *words], obj=App(tmp_path / "home"))
    assert isinstance(result.exception, UsageProblem)
    assert result.exception.cause == f"{flag} {answer}: {cause}"
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ((), "--name, --address, --calendar"),
        (("--name", "Olle", "--address", "olle@example.com"), "--calendar"),
        (("--name", "Olle", "--no-calendar"), "--address"),
    ],
)
def test_without_a_terminal_all_that_is_missing_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: tuple[str, ...], missing: str
) -> None:
    monkeypatch.setenv("TZ", "Europe/Oslo")
    result = CliRunner().invoke(cli, ["init", *given], obj=App(tmp_path / "home"))

    assert isinstance(result.exception, UsageProblem)
    assert result.exception.cause == f"there is no terminal to ask on; still missing: {missing}"
    assert all(f"{flag} …" in result.exception.remedy for flag in missing.split(", "))
    assert ("--no-calendar" in result.exception.remedy) is ("--calendar" in missing)
    assert not (tmp_path / "home").exists()


def test_whose_calendars_are_an_accounts_begins_without_a_terminal_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Europe/Oslo")
    words = ("--no-calendar", "--name", "Olle", "--address", "olle@example.com")

    result = CliRunner().invoke(cli, ["init", *words], obj=App(tmp_path / "home"))
    assert result.exit_code == 0, result.output
    assert "next:    fika connect google NAME" in result.output
    settings = load(tmp_path / "home" / "config.toml")
    assert [each.name for each in settings.calendars] == ["planning"]
    assert settings.owner.zone == "Europe/Oslo"


def test_no_calendar_is_not_one_as_well(tmp_path: Path) -> None:
    words = ("--no-calendar", "--calendar", str(tmp_path))
    result = CliRunner().invoke(cli, ["init", *words], obj=App(tmp_path / "home"))

    assert isinstance(result.exception, UsageProblem)
    assert "--no-calendar goes with no --calendar" in result.exception.cause


def test_the_address_of_a_feed_is_kept_where_nobody_else_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"

    kept = write(path, ANSWERS)
    assert kept == (tmp_path / "team-feed.txt",)
    assert kept[0].read_text() == "https://calendar.example.com/team.ics\n"
    assert stat.S_IMODE(kept[0].stat().st_mode) == 0o600
    assert "calendar.example.com" not in path.read_text()
    secret = load(path).calendars[1].url_secret
    assert secret is not None
    assert read_secret(secret, "team").reveal() == "https://calendar.example.com/team.ics"


def test_a_file_that_stands_where_an_address_would_go_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "team-feed.txt").write_text("mine")

    with pytest.raises(UsageProblem, match=r"team-feed\.txt"):
        write(tmp_path / "config.toml", ANSWERS)
    assert [each.name for each in tmp_path.iterdir()] == ["team-feed.txt"]
    assert (tmp_path / "team-feed.txt").read_text() == "mine"


def test_without_a_terminal_the_way_to_keep_the_password_is_said(tmp_path: Path) -> None:
    words = ["--name", "Olle", "--address", "olle@example.com", "--zone", "Europe/Oslo"]
    words += ["--calendar", str(tmp_path), "--mail-host", "smtp.example.com", "--mail-user", "olle"]

    result = CliRunner().invoke(cli, ["init", *words], obj=App(tmp_path / "home"))
    assert result.exit_code == 0, result.output
    assert "password: keyring set fika olle" in result.output


def test_a_country_nobody_knows_and_a_folder_others_can_read_are_said_before_anything_is_written(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)

    with pytest.raises(UsageProblem, match="holidays"):
        write(home / "config.toml", replace(ANSWERS, country="DE-XX"))
    with pytest.raises(StateUnusable, match="other users"):
        write(home / "config.toml", ANSWERS)
    assert list(home.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_an_answer_at_the_terminal_that_cannot_be_used_is_asked_for_again(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    typed = ["Olle", "nobody", "olle@example.com", "", "Mars", "Europe/Stockholm"]
    typed += [str(tmp_path / "nowhere"), str(tmp_path / "work"), "", "XX", "SE", ""]
    ours, theirs = os.openpty()
    os.write(ours, "\n".join(typed).encode())
    try:
        done = subprocess.run(
            [sys.executable, "-m", "agent", "init"],
            stdin=theirs, capture_output=True, timeout=60, check=True, cwd=ROOT,
            env={**os.environ, "FIKA_HOME": str(tmp_path / "state")},
        )  # fmt: skip
    finally:
        os.close(ours)
        os.close(theirs)

    assert done.stdout.count(b"Error: ") == 4
    owner = load(tmp_path / "state" / "config.toml").owner
    assert (owner.addresses, owner.zone) == (("olle@example.com",), "Europe/Stockholm")
    assert owner.country == "SE"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"write": "nope"}, "no calendar called nope"),
        ({"write": "team"}, "team cannot be written: it is an address"),
        ({"calendars": (("a", "/x"), ("a", "/y"))}, "two calendars are called a$"),
        ({"calendars": (("planning", "/x"),)}, "called planning, one of them the new one"),
    ],
)
def test_what_is_wrong_between_calendars_is_said_in_the_words_typed(
    tmp_path: Path, changed: dict[str, str], said: str
) -> None:
    with pytest.raises(UsageProblem, match=said) as raised:
        write(tmp_path / "config.toml", replace(ANSWERS, **changed))  # type: ignore[arg-type]

    assert "line" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []
