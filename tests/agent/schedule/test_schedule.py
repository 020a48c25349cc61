from __future__ import annotations

import os
import plistlib
import shutil
import subprocess
from datetime import time
from pathlib import Path

import pytest

from agent.errors import FikaError
from agent.schedule.cron import Cron
from agent.schedule.job import Job, told
from agent.schedule.launchd import Launchd
from agent.schedule.systemd import Systemd

OTHERS = "# my own\nMAILTO=me\n0 4 * * * backup 50% \n"


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(("/opt/my apps/fika",), tmp_path / "state of 100%", time(5, 15))


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder first on the PATH, for stand-ins of programs this machine may not have."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def crontab(programs: Path, tmp_path: Path) -> Path:
    """A `crontab` that keeps its table in a file, and fails when there is none, as cron's does."""
    table = tmp_path / "table"
    program(
        programs,
        "crontab",
        f'if [ "$1" = -l ]; then cat "{table}" 2>/dev/null || exit 1; else cat > "{table}"; fi',
    )
    return table


def test_cron_keeps_every_other_line_as_it_was(crontab: Path, job: Job) -> None:
    crontab.write_text(OTHERS)

    Cron().install(job)
    assert crontab.read_text().startswith(OTHERS)
    assert Cron().remove(job)
    assert crontab.read_text() == OTHERS
    assert not Cron().remove(job)


def test_cron_installed_twice_is_installed_once(crontab: Path, job: Job) -> None:
    Cron().install(job)
    once = crontab.read_text()

    Cron().install(job)
    assert crontab.read_text() == once
    assert once.count("run --if-due") == 1


def test_cron_tries_every_hour_and_escapes_what_cron_would_cut(crontab: Path, job: Job) -> None:
    Cron().install(job)
    line = Cron().installed(job)

    assert line.startswith("15 5-23 * * * env 'FIKA_HOME=")
    assert r"100\%" in line
    assert "'/opt/my apps/fika' run --if-due" in line


def test_two_state_folders_have_two_lines(crontab: Path, job: Job, tmp_path: Path) -> None:
    other = Job(job.program, tmp_path / "other")

    Cron().install(job)
    Cron().install(other)
    Cron().remove(job)
    assert Cron().installed(job) == ""
    assert "other" in Cron().installed(other)


def test_systemd_catches_up_and_its_units_are_valid(
    programs: Path, job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = tmp_path / "calls"
    program(programs, "systemctl", f'echo "$@" >> "{calls}"')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    runs = programs / "fika"
    program(programs, "fika", "exit 0")
    job = Job((str(runs),), job.home, job.at)

    Systemd().install(job)
    units = sorted((tmp_path / "config/systemd/user").iterdir())
    assert [path.suffix for path in units] == [".service", ".service", ".timer"]
    assert "Persistent=true" in Systemd().installed(job)
    assert "enable --now" in calls.read_text()
    if shutil.which("systemd-analyze"):
        command = ["systemd-analyze", "verify", "--user", "--man=no", *map(str, units)]
        environment = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
        checked = subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment
        )
        assert "fika-" not in checked.stderr, checked.stderr
    assert Systemd().remove(job)
    assert not list((tmp_path / "config/systemd/user").iterdir())


def test_systemd_has_a_run_that_died_told_by_another_unit(
    programs: Path, job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    program(programs, "systemctl", "exit 0")
    program(programs, "notify-send", "exit 0")
    program(programs, "fika", "exit 0")

    Systemd().install(Job((str(programs / "fika"),), job.home, job.at))
    service, failed = (
        path.read_text()
        for path in sorted((tmp_path / "config/systemd/user").glob("*.service"))[::-1]
    )
    (named,) = (line.partition("=")[2] for line in service.splitlines() if "OnFailure=" in line)
    assert (tmp_path / "config/systemd/user" / named).read_text() == failed
    commands = [line for line in failed.splitlines() if line.startswith("ExecStart=-")]
    assert [line.split('"')[1] for line in commands] == [
        str(programs / "notify-send"),
        str(programs / "fika"),
    ]
    assert commands[1].endswith('"ping" "--fail"')


def test_launchd_is_told_every_hour_of_the_day(
    programs: Path, job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(programs, "launchctl", "exit 0")
    monkeypatch.setenv("HOME", str(tmp_path))

    Launchd().install(job)
    (path,) = (tmp_path / "Library/LaunchAgents").iterdir()
    agent = plistlib.loads(path.read_bytes())
    assert agent["ProgramArguments"] == ["/opt/my apps/fika", "run", "--if-due"]
    assert agent["EnvironmentVariables"] == {"FIKA_HOME": str(job.home)}
    assert agent["StartCalendarInterval"][0] == {"Hour": 5, "Minute": 15}
    assert agent["RunAtLoad"]
    assert Launchd().remove(job)
    assert not path.exists()


def test_a_scheduler_that_fails_says_why_in_its_own_words(programs: Path, job: Job) -> None:
    program(programs, "crontab", 'if [ "$1" = -l ]; then exit 1; fi; echo "disk full" >&2; exit 1')

    with pytest.raises(FikaError, match="disk full"):
        Cron().install(job)


def test_a_program_that_is_not_there_is_no_traceback() -> None:
    with pytest.raises(FikaError, match="could not be run"):
        told(["no-such-scheduler"])
