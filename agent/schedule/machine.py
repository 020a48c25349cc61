"""The schedulers this machine may have, and what is set up in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from agent.schedule.cron import Cron
from agent.schedule.job import Job, Scheduler, this_program
from agent.schedule.launchd import Launchd
from agent.schedule.systemd import Systemd

SCHEDULERS: tuple[Scheduler, ...] = (Launchd(), Systemd(), Cron())


def set_up(home: Path) -> Iterator[tuple[str, str]]:
    """Each scheduler that runs Fika for this state folder, and what is set up there.

    Raises:
        FikaError: a scheduler does not say.
    """
    job = Job(this_program(), home.resolve())
    for each in SCHEDULERS:
        if each.available() and (found := each.installed(job)):
            yield each.name, found
