"""The door of the command line: every error is one line and an exit code."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import click
import pytest

from agent import __main__ as door
from agent import crash
from agent.cli.root import COMMANDS, cli
from agent.errors import UsageProblem
from agent.exits import Exit, worst
from agent.runlock import AlreadyRunning
from agent.store.errors import StateUnusable
from connectors.errors import NeedsLogin, TemporarilyUnavailable

SECRET = "what an event says"


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (UsageProblem("cause", "remedy"), Exit.USAGE, "fika: cause\n  → remedy\n"),
        (StateUnusable("full", "make room"), Exit.STATE_UNUSABLE, "fika: full\n  → make room\n"),
        (NeedsLogin("work", "expired"), Exit.SIGN_IN, "fika: work: expired\n"),
        (TemporarilyUnavailable("work", "down", ""), Exit.DEGRADED, "fika: work: down\n"),
        (AlreadyRunning("another run is under way"), Exit.OK, ""),
        (
            OSError(errno.ENOSPC, "No space left on device", "/mnt/fika.db"),
            Exit.STATE_UNUSABLE,
            (
                "fika: /mnt/fika.db: No space left on device\n  → make room, or put the permissions"
                " right, then run again\n"
            ),
        ),
        (
            OSError(errno.EMFILE, "Too many open files"),
            Exit.STATE_UNUSABLE,
            (
                "fika: Too many open files\n  → let more files be open at once (ulimit -n), then"
                " run again\n"
            ),
        ),
    ],
)
def test_an_error_is_its_cause_its_remedy_and_its_code(
    error: Exception, code: Exit, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert door._explained(error) == code
    assert capsys.readouterr().err == words


def test_an_error_nobody_foresaw_leaves_a_crash_file_without_a_word_of_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FIKA_HOME", str(tmp_path / "home"))
    with pytest.raises(RuntimeError) as caught:
        raise RuntimeError(SECRET)

    assert door._explained(caught.value) == Exit.INTERNAL
    said = capsys.readouterr().err
    (file,) = (tmp_path / "home" / "crashes").iterdir()
    assert str(file) in said
    assert "RuntimeError" in file.read_text()
    assert "test_main.py" in file.read_text()
    assert SECRET not in file.read_text() + said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_only_the_newest_crash_files_are_kept(tmp_path: Path) -> None:
    names = [crash.write(tmp_path, ValueError()).name for _ in range(15)]

    assert sorted(path.name for path in (tmp_path / "crashes").iterdir()) == names[-10:]


def test_other_files_beside_crash_files_are_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "crashes").mkdir()
    (tmp_path / "crashes" / "crash-of-my-car.txt").write_text("")

    assert crash.write(tmp_path, ValueError()).name == "crash-000001.txt"


def test_where_no_crash_file_can_be_written_the_error_is_still_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FIKA_HOME", "~no-such-user/home")

    assert door._explained(RuntimeError(SECRET)) == Exit.INTERNAL
    assert capsys.readouterr().err == "fika: internal error (RuntimeError)\n  → please report it\n"


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([], Exit.OK),
        ([Exit.DEGRADED, Exit.NEEDS_REVIEW], Exit.NEEDS_REVIEW),
        ([Exit.SIGN_IN, Exit.USAGE, Exit.OK], Exit.USAGE),
        (list(Exit), Exit.INTERNAL),
    ],
)
def test_of_several_codes_the_worst_is_told(codes: list[Exit], expected: Exit) -> None:
    assert worst(codes) is expected


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_in_the_list_is_there_and_has_help(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)

    assert command is not None
    assert command.help
    assert command.name == name


def fika(*words: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "FIKA_HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-m", "agent", *words],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    heavy = ("rich", "icalendar", "pendulum", "httpx", "holidays", "keyring", "sqlite3", "dateutil")
    script = (
        "import sys, agent.__main__ as m\n"
        "m.run(['--help'])\n"
        f"sys.exit(', '.join(n for n in {heavy!r} if n in sys.modules) or None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert done.stderr == ""
    assert done.returncode == 0


def test_a_command_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    done = fika("coffee", home=tmp_path)

    assert done.returncode == 2
    assert "No such command 'coffee'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("aduit",), "No such command 'aduit'. Did you mean 'audit'?"),
        (("people", "lst"), "No such command 'lst'. Did you mean 'list'?"),
        (("show", "first"), "'first' is no number from a list, such as 1"),
        (("show", "0"), "'0' is no number from a list, such as 1"),
        (("show", "99999999999"), "'99999999999' is no number from a list, such as 1"),
        (("schedule", "install", "--at", "25:99"), "'25:99' is no time of day, such as 05:15"),
        (("web", "--port", "http"), "'http' is not a valid number."),
    ],
)
def test_a_slip_of_the_fingers_is_told_what_was_meant(
    line: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert door.run([*line]) == Exit.USAGE
    assert capsys.readouterr().err.endswith(f"{said}\n")


def test_words_of_somebody_else_on_the_command_line_cannot_act_on_the_terminal(
    tmp_path: Path,
) -> None:
    hostile = "\x1b[2J\u202e"
    for words in ((hostile,), ("show", hostile), ("people", "show", hostile), ("run", hostile)):
        said = fika(*words, home=tmp_path).stderr

        assert hostile[0] not in said
        assert hostile[-1] not in said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_full_disk_under_the_output_is_said_in_a_line(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "agent", "people"],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
            env={**os.environ, "FIKA_HOME": str(tmp_path)},
        )  # fmt: skip

    assert done.returncode == 5
    assert done.stderr.startswith("fika: No space left on device")


def test_without_an_open_standard_input_nothing_is_asked(tmp_path: Path) -> None:
    environment = {**os.environ, "FIKA_HOME": str(tmp_path)}
    fika = f"{sys.executable} -m agent people"
    words = ["sh", "-c", f"{fika} add Ana <&- && {fika} remove ana <&-"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)

    assert done.returncode == 2
    assert "say it with --yes" in done.stderr


def test_without_a_configuration_the_first_step_is_named(tmp_path: Path) -> None:
    done = fika("run", home=tmp_path)

    assert done.returncode == 2
    assert "fika init" in done.stderr


@pytest.mark.parametrize("command", ["backup", "export", "people export", "restore"])
def test_a_name_too_long_for_a_file_is_a_usage_error(command: str, tmp_path: Path) -> None:
    done = fika(*command.split(), "x" * 300, home=tmp_path)

    assert done.returncode == 2
    assert "File name too long" in done.stderr


@pytest.mark.parametrize("command", ["export", "people export"])
def test_a_file_without_a_name_is_a_usage_error(command: str, tmp_path: Path) -> None:
    done = fika(*command.split(), "", "--force", home=tmp_path)

    assert (done.returncode, done.stderr.splitlines()[0]) == (2, "fika: the file has no name")


@pytest.mark.parametrize("command", ["backup", "report write", "demo --home"])
def test_an_empty_name_is_not_the_folder_one_is_in(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FIKA_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)

    assert door.run([*command.split(), ""]) == Exit.USAGE
    assert "an empty name" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_state_folder_in_nobodys_home_is_said_in_a_line() -> None:
    done = fika("people", home=Path("~no-such-user/fika"))

    assert (done.returncode, done.stderr.splitlines()[0]) == (
        2,
        "fika: FIKA_HOME names nobody's home",
    )


@pytest.mark.parametrize("line", [("--help",), ("completion", "bash"), ("plan", "templates")])
def test_a_reader_that_hangs_up_is_no_error(line: tuple[str, ...], tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    environment = {**os.environ, "FIKA_HOME": str(tmp_path)}
    words = [sys.executable, "-m", "agent", *line]
    done = subprocess.run(
        words, stdout=writing, stderr=subprocess.PIPE, check=False, env=environment
    )
    os.close(writing)

    assert (done.returncode, done.stderr) == (Exit.OK, b"")


def test_no_other_distribution_provides_our_rooms() -> None:
    from importlib.metadata import packages_distributions

    provided = packages_distributions()
    for room in ("agent", "connectors", "policies"):
        assert set(provided.get(room, [])) <= {"fika-agent"}
