"""The owner's crontab: our lines between two marks, every other line as it was."""

from __future__ import annotations

import re
import shlex
import subprocess

from agent.schedule.job import Job, Tried, bare_environment, has, told, tried_in

_LAST_HOUR = 23
_SETTING = re.compile(r"""\s*(\w+)\s*=\s*["']?(.*?)["']?\s*$""")  # crontab(5)


class Cron:
    """cron cannot catch up, so it tries every hour, and `--if-due` makes all tries but one idle."""

    name = "cron"

    def available(self) -> bool:
        return has("crontab")

    def install(self, job: Job) -> str:
        ours = [
            f"{job.at.minute} {job.at.hour}-{_LAST_HOUR} * * * {_line(job)}",
        ]
        lines = [*_others(_crontab(), job), _begin(job), *ours, _end(job)]
        told(["crontab", "-"], "\n".join(lines) + "\n")
        return "cron mails what a run prints, if this machine can send mail"

    def tried(self, job: Job) -> Tried:
        """No session, and so no key ring: what else there is stands in the crontab itself."""
        settings = (_SETTING.match(line) for line in _crontab().splitlines())
        given = {each[1]: each[2] for each in settings if each}
        environment = bare_environment(job, "/usr/bin:/bin") | given
        return tried_in(job.check, environment | {"FIKA_HOME": str(job.home)})

    def installed(self, job: Job) -> str:
        return "\n".join(_ours(_crontab(), job))

    def remove(self, job: Job) -> bool:
        text = _crontab()
        if not _ours(text, job):
            return False
        told(["crontab", "-"], "".join(f"{line}\n" for line in _others(text, job)))
        return True


def _line(job: Job) -> str:
    """The command as cron reads it: a percent sign would end it there."""
    words = ["env", f"FIKA_HOME={job.home}", *job.command]
    return shlex.join(words).replace("%", r"\%")


def _begin(job: Job) -> str:
    return f"# fika begin {job.home}"


def _end(job: Job) -> str:
    return f"# fika end {job.home}"


def _crontab() -> str:
    """The owner's crontab, empty when there is none (`crontab -l` then fails)."""
    done = subprocess.run(["crontab", "-l"], capture_output=True, text=True, check=False)  # noqa: S607
    return done.stdout if done.returncode == 0 else ""


def _ours(text: str, job: Job) -> list[str]:
    lines = text.splitlines()
    if _begin(job) not in lines or _end(job) not in lines:
        return []
    return lines[lines.index(_begin(job)) + 1 : lines.index(_end(job))]


def _others(text: str, job: Job) -> list[str]:
    lines = text.splitlines()
    if not _ours(text, job):
        return lines
    return lines[: lines.index(_begin(job))] + lines[lines.index(_end(job)) + 1 :]
