"""A launchd agent on macOS: hourly, so that a Mac that slept through the morning catches up."""

from __future__ import annotations

import hashlib
import os
import plistlib
import sys
from pathlib import Path

from agent.errors import FikaError
from agent.schedule.job import Job, Tried, bare_environment, told, tried_in

_LAST_HOUR = 23


class Launchd:
    """A property list among the user's LaunchAgents."""

    name = "launchd"

    def available(self) -> bool:
        return sys.platform == "darwin"

    def install(self, job: Job) -> str:
        path = _path(job)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            _unload(path)
        path.write_bytes(plistlib.dumps(_agent(job)))
        told(["launchctl", "bootstrap", _domain(), str(path)])
        return f"what a run prints goes to {job.home / 'run.log'}"

    def tried(self, job: Job) -> Tried:
        """An agent runs within the login's session, key ring and all, but not with its shell's."""
        return tried_in(job.check, bare_environment(job, "/usr/bin:/bin:/usr/sbin:/sbin"))

    def installed(self, job: Job) -> str:
        return _path(job).read_text() if _path(job).exists() else ""

    def remove(self, job: Job) -> bool:
        if not _path(job).exists():
            return False
        _unload(_path(job))
        _path(job).unlink()
        return True


def _agent(job: Job) -> dict[str, object]:
    return {
        "Label": _path(job).stem,
        "ProgramArguments": list(job.command),
        "EnvironmentVariables": {"FIKA_HOME": str(job.home)},
        "StartCalendarInterval": [
            {"Hour": hour, "Minute": job.at.minute} for hour in range(job.at.hour, _LAST_HOUR + 1)
        ],
        "RunAtLoad": True,
        "StandardOutPath": str(job.home / "run.log"),
        "StandardErrorPath": str(job.home / "run.log"),
        "Umask": 0o077,
    }


def _path(job: Job) -> Path:
    name = f"fika.daily.{hashlib.sha256(str(job.home).encode()).hexdigest()[:8]}"
    return Path.home() / "Library" / "LaunchAgents" / f"{name}.plist"


def _domain() -> str:
    return f"gui/{os.getuid()}"


def _unload(path: Path) -> None:
    try:
        told(["launchctl", "bootout", f"{_domain()}/{path.stem}"])
    except FikaError:
        return  # it was not loaded: after a restart, or removed by hand
