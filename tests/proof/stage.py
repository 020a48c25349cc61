"""What every cycle of `tests.proof.kills` begins with, and the commands that are killed in it."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from agent.store.database import BACKUPS
from policies.interval import Interval
from policies.sending.action import ActionKind
from tests.proof.household import OWNER, Household, days_from_now
from tests.proof.invariants import RUN
from tests.proof.ledger import Deed
from tests.servers.provider import Entry, Provider

FIKA: Final = ("-m", "agent")
Words = tuple[str, ...]

PER_RUN, PER_DAY = 2, 5
_OWNER: Final = """
[owner]
name = "Olle Owner"
addresses = ["{owner}"]
zone = "Europe/Stockholm"

[etiquette]
per_run = 5
per_week = 5

[slots]
per_week = 5
minimum_notice = "{notice}"

[sending]
per_run = {per_run}
per_day = {per_day}
"""
_GUESTS: Final = ("ana", "raj", "mei", "tom", "eva")
APPROVED, _PROPOSED, _INVITED = (1, 2, 3), 4, 5
INVITES: Final = {
    Deed(number, ActionKind.INVITE): ("approve", str(number), "--yes")
    for number in (*APPROVED, _PROPOSED)
}
FURTHER: Final = {
    Deed(_PROPOSED, ActionKind.INVITE): INVITES[Deed(_PROPOSED, ActionKind.INVITE)],
    Deed(_INVITED, ActionKind.RESCHEDULE): ("approve", str(_INVITED), "--slot", "2", "--yes"),
    Deed(_INVITED, ActionKind.CANCEL): ("cancel", str(_INVITED), "--yes"),
}
"""Beside the daily run, the commands that are killed first, by what they are for."""
COMMANDS: Final = (RUN, *FURTHER.values())


@dataclass
class Stage:
    """A provider and the household that every cycle begins with.

    ``lasts_s`` is how long each command takes when nothing ends it, with a slow provider. ``entry``
    is what the interpreter is told to run; a program broken on purpose has another. ``aim`` ends a
    command that is to be killed at the latest when it is true.
    """

    provider: Provider
    folder: Path
    home: Path
    foreign: Mapping[str, Entry]
    entry: Sequence[str] = FIKA
    slow_s: float = 0.08
    aim: Callable[[], bool] | None = None
    lasts_s: dict[Words, float] = field(default_factory=dict)

    @contextmanager
    def household(self) -> Iterator[Household]:
        """A copy of it, with the provider as it was."""
        self.provider.restore()
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            made = Household(Path(folder), self.entry)
            made.environment |= self.provider.environment()
            shutil.copytree(self.home, made.home, dirs_exist_ok=True)
            yield made

    def measure(self) -> None:
        for words in COMMANDS:
            with self.household() as house:
                self.provider.slow(self.slow_s)
                began = time.monotonic()
                code = house.fika(*words).code
                self.lasts_s[words] = time.monotonic() - began
                assert code == 0, house.said[-1]


@contextmanager
def stage(provider: Provider, folder: Path) -> Iterator[Stage]:
    """Start the provider and bring its household to where every cycle begins."""
    with provider.running(folder):
        house = Household(folder / "template")
        house.environment |= provider.environment()
        _configure(house, provider, notice="4d")
        provider.sign_in(house.home)
        for day, guest in enumerate(_GUESTS, start=40):
            met = days_from_now(-day, 8)
            when = Interval(met, met + timedelta(minutes=30))
            provider.add_foreign(f"met-{guest}", when, "One-to-one", [f"{guest}@example.com"])
        soon = days_from_now(5, 10)
        provider.add_foreign("board", Interval(soon, soon + timedelta(hours=3)), "Board")
        foreign = provider.entries()
        listed = house.people(*map(_person, _GUESTS))
        assert listed.code == 0, listed
        _say(house, RUN)
        _configure(house, provider, notice="1d")  # no time comes too near while this goes on
        _say(house, ("approve", str(_INVITED), "--yes"))
        stop = house.home / "STOP"
        stop.touch()
        for number in APPROVED:
            _say(house, INVITES[Deed(number, ActionKind.INVITE)])
        stop.unlink()
        shutil.rmtree(house.home / BACKUPS)  # so that every cycle makes one
        provider.save()
        yield Stage(provider, folder, house.home, foreign)


def _configure(house: Household, provider: Provider, *, notice: str) -> None:
    rules = _OWNER.format(owner=OWNER, notice=notice, per_run=PER_RUN, per_day=PER_DAY)
    (house.home / "config.toml").write_text(f"{rules}{provider.configuration()}", "utf-8")


def _person(guest: str) -> dict[str, object]:
    addresses = [f"{guest}@example.com"]
    return {"name": f"{guest.title()} Guest", "addresses": addresses, "priority": "A"}


def _say(house: Household, words: Words) -> None:
    said = house.fika(*words)
    assert said.code == 0, said
