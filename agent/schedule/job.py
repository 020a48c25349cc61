"""What is to be run and when, whichever scheduler runs it; and the port all three keep."""

from __future__ import annotations

import getpass
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import time
from pathlib import Path
from typing import NamedTuple, Protocol

from agent.errors import FikaError
from policies.frozen import frozen

_TIMEOUT_S = 30
_CHECK_TIMEOUT_S = 120


@frozen
class Job:
    """``home`` is the state folder, ``at`` the wall-clock time of the first try each day.

    The command is `fika run --if-due`, which does nothing when the day's run is done: a scheduler
    may try again every hour, and a day that began with the machine off is made up for.
    ``credentials`` are the names of systemd credentials that it needs.
    """

    program: tuple[str, ...]
    home: Path
    at: time = time(5, 15)
    credentials: tuple[str, ...] = ()

    @property
    def command(self) -> tuple[str, ...]:
        return (*self.program, "run", "--if-due")

    @property
    def check(self) -> tuple[str, ...]:
        """Reads every secret once, and does nothing else."""
        return (*self.program, "schedule", "check")


class Tried(NamedTuple):
    """How a command ended, and all it said."""

    code: int
    said: str


class Scheduler(Protocol):
    """One way to run something daily."""

    name: str

    def available(self) -> bool:
        """Whether this machine has it."""

    def install(self, job: Job) -> str:
        """Set the job up, in place of an older one; returns what the owner should know."""

    def tried(self, job: Job) -> Tried:
        """Run ``job.check`` now, in the environment that the daily run will have."""

    def installed(self, job: Job) -> str:
        """What is set up for this state folder, as its own files say it; empty for nothing."""

    def remove(self, job: Job) -> bool:
        """Take it away; false when there was nothing."""


def this_program() -> tuple[str, ...]:
    """How to start this very Fika from anywhere, without a shell's help."""
    script = Path(sys.executable).with_name("fika")
    return (str(script),) if script.exists() else (sys.executable, "-m", "agent")


def has(program: str) -> bool:
    return shutil.which(program) is not None


def tried_in(words: Sequence[str], environment: Mapping[str, str]) -> Tried:
    """Run a command with this environment and no other, and nobody to answer its questions.

    Raises:
        FikaError: it could not be run, or did not end.
    """
    try:
        done = subprocess.run(  # noqa: S603 - a list, no shell
            words,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_CHECK_TIMEOUT_S,
            check=False,
            start_new_session=True,
            cwd=Path.home(),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FikaError(f"{words[0]} could not be tried ({type(error).__name__})") from error
    return Tried(done.returncode, done.stdout)


def bare_environment(job: Job, path: str) -> dict[str, str]:
    """What a scheduler without a session gives a job: who, where, and a short ``PATH``."""
    user = getpass.getuser()
    return {
        "HOME": str(Path.home()),
        "LOGNAME": user,
        "USER": user,
        "SHELL": "/bin/sh",
        "PATH": path,
        "FIKA_HOME": str(job.home),
    }


def told(arguments: Sequence[str], text: str | None = None) -> str:
    """Run a scheduler's own command and return what it printed.

    Raises:
        FikaError: it failed; its own words are in the cause.
    """
    try:
        done = subprocess.run(  # noqa: S603 - a list, no shell
            arguments, input=text, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FikaError(f"{arguments[0]} could not be run ({type(error).__name__})") from error
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()
        said = words[-1] if words else f"exit {done.returncode}"
        raise FikaError(f"{' '.join(arguments[:2])}: {said}", "try another scheduler with --with")
    return done.stdout
