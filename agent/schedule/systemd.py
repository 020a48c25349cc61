"""A systemd user timer: it catches up by itself (`Persistent=`)."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from agent.schedule.job import Job, Tried, has, told, tried_in

_SERVICE = """[Unit]
Description=Fika: read the calendars, protect time, propose, send what was approved
OnFailure={unit}-failed.service

[Service]
Type=oneshot
Environment="FIKA_HOME={home}"
{credentials}ExecStart={command}
TimeoutStartSec=1h
UMask=0077
NoNewPrivileges=true
"""
_FAILED = """[Unit]
Description=Fika: say that its daily run failed, also where it could not say so itself

[Service]
Type=oneshot
Environment="FIKA_HOME={home}"
{commands}
TimeoutStartSec=1min
UMask=0077
NoNewPrivileges=true
"""
_TIMER = """[Unit]
Description=Fika every day at {at}

[Timer]
OnCalendar=*-*-* {at}:00
OnCalendar=*-*-* {next_hour:02}..23:{minute:02}:00
Persistent=true
RandomizedDelaySec=5min

[Install]
WantedBy=timers.target
"""

_KINDS = (".service", "-failed.service", ".timer")


class Systemd:
    """Units of the user's own manager; later tries of the same day are idle, see `Job`."""

    name = "systemd"

    def available(self) -> bool:
        return has("systemctl") and Path("/run/systemd/system").is_dir()

    def install(self, job: Job) -> str:
        folder = _folder()
        folder.mkdir(parents=True, exist_ok=True)
        home = _escaped(str(job.home))
        service = _SERVICE.format(
            home=home,
            command=_command(job.command),
            unit=_unit(job),
            credentials="".join(f"{_escaped(each)}\n" for each in _credentials(job)),
        )
        told_by = "\n".join(f"ExecStart=-{_command(each)}" for each in _tellers(job))
        timer = _TIMER.format(
            at=f"{job.at:%H:%M}", next_hour=min(job.at.hour + 1, 23), minute=job.at.minute
        )
        (folder / f"{_unit(job)}.service").write_text(service)
        failed = _FAILED.format(home=home, commands=told_by)
        (folder / f"{_unit(job)}-failed.service").write_text(failed)
        (folder / f"{_unit(job)}.timer").write_text(timer)
        told(["systemctl", "--user", "daemon-reload"])
        told(["systemctl", "--user", "enable", "--now", f"{_unit(job)}.timer"])
        return "to run while you are not logged in as well: loginctl enable-linger"

    def tried(self, job: Job) -> Tried:
        """As a unit of the same manager, with the same credentials."""
        properties = [f"--property={each}" for each in ("UMask=0077", *_credentials(job))]
        home = f"--setenv=FIKA_HOME={job.home}"
        words = ["systemd-run", "--user", "--wait", "--pipe", "--quiet", "--collect", home]
        return tried_in([*words, *properties, "--", *job.check], os.environ)

    def installed(self, job: Job) -> str:
        paths = (_folder() / f"{_unit(job)}{kind}" for kind in _KINDS)
        return "\n".join(path.read_text() for path in paths if path.exists())

    def remove(self, job: Job) -> bool:
        timer = _folder() / f"{_unit(job)}.timer"
        if not timer.exists():
            return False
        told(["systemctl", "--user", "disable", "--now", timer.name])
        for kind in _KINDS:
            (_folder() / f"{_unit(job)}{kind}").unlink(missing_ok=True)
        told(["systemctl", "--user", "daemon-reload"])
        return True


def _credentials(job: Job) -> list[str]:
    """Decrypted by systemd for this unit's run alone (systemd-creds)."""
    return [f"LoadCredentialEncrypted={name}:{job.home / name}.cred" for name in job.credentials]


def _tellers(job: Job) -> Iterator[tuple[str, ...]]:
    """What says that a run failed: a note on the desktop, where there is one, and the monitor."""
    if note := shutil.which("notify-send"):
        text = f"journalctl --user -u {_unit(job)} says why; so may `fika doctor`."
        yield note, "--app-name=Fika", "Fika's daily run failed", text
    yield *job.program, "ping", "--fail"


def _folder() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "systemd" / "user"


def _unit(job: Job) -> str:
    """One unit per state folder, so that two owners of one login do not share a timer."""
    return f"fika-{hashlib.sha256(str(job.home).encode()).hexdigest()[:8]}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")


def _command(words: Iterable[str]) -> str:
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    return f'"{_escaped(word)}"'
