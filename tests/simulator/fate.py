"""What happens to a simulation: by chance, from a seed, or as a script says."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple, Protocol

from tests.simulator.wire import FAULTS, Answer, occurs

MILLISECOND = timedelta(milliseconds=1)
SECOND, MINUTE, HOUR, DAY = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
)


class Death(BaseException):
    """The process ends here."""


class Fate(Protocol):
    """Asked at every point that a run passes, and for every answer of the service."""

    def answer(self, call: str) -> Answer:
        """How the service answers this call."""

    def dies(self, point: str) -> bool:
        """Whether the process ends here."""

    def waits(self, point: str) -> timedelta:
        """How long it takes to get here."""

    def meddles(self, point: str) -> bool:
        """Whether the owner, or another program, does something just now."""

    def fills(self) -> bool:
        """Whether the disk is full at this commit."""

    def below(self, count: int) -> int:
        """A number from 0 to one less than ``count``: which of several things."""


class Nature(NamedTuple):
    """How unkind one schedule is: shares of calls and points, and bounds."""

    faults: float = 0.0
    deaths: float = 0.0
    deeds: float = 0.0
    sleeps: float = 0.0
    full: float = 0.0
    most_deaths: int = 12


@dataclass
class Chance:
    """Everything from one seeded source, as long as ``unkind``; then all goes well."""

    random: random.Random
    nature: Nature
    unkind: bool = True
    deaths: int = field(default=0)

    def answer(self, call: str) -> Answer:
        if not self._happens(self.nature.faults):
            return Answer.OK
        return self.random.choice([each for each in FAULTS if occurs(each, call)])

    def dies(self, point: str) -> bool:
        dies = self.deaths < self.nature.most_deaths and self._happens(self.nature.deaths)
        self.deaths += dies
        return dies

    def waits(self, point: str) -> timedelta:
        if self._happens(self.nature.sleeps):
            return self.random.choice([20 * SECOND, 61 * SECOND, 10 * MINUTE, 8 * HOUR, 2 * DAY])
        return self.random.randrange(50, 3_000) * MILLISECOND

    def meddles(self, point: str) -> bool:
        return self._happens(self.nature.deeds)

    def fills(self) -> bool:
        return self._happens(self.nature.full)

    def below(self, count: int) -> int:
        return self.random.randrange(count)

    def _happens(self, share: float) -> bool:
        return self.unkind and self.random.random() < share


@dataclass
class Script:
    """Exactly this: answers to some calls, an end at some points, each counted from 0.

    ``sleeps`` and ``deeds`` name points; they count when such a point is passed the first time.
    """

    answers: dict[int, Answer] = field(default_factory=dict)
    deaths: frozenset[int] = frozenset()
    sleeps: dict[str, timedelta] = field(default_factory=dict)
    deeds: frozenset[str] = frozenset()
    calls: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)

    def answer(self, call: str) -> Answer:
        self.calls.append(call)
        return self.answers.get(len(self.calls) - 1, Answer.OK)

    def dies(self, point: str) -> bool:
        self.passed.append(point)
        return len(self.passed) - 1 in self.deaths

    def waits(self, point: str) -> timedelta:
        if point in self.passed:
            return 200 * MILLISECOND
        return self.sleeps.get(point, 200 * MILLISECOND)

    def meddles(self, point: str) -> bool:
        return point in self.deeds and point not in self.passed

    def fills(self) -> bool:
        return False

    def below(self, count: int) -> int:
        return 0
