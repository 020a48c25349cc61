"""What happens to a simulation: by chance, from a seed, or as a script says."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from tests.simulator import wire
from tests.simulator.wire import FAULTS, Answer

MILLISECOND = timedelta(milliseconds=1)
SECOND, MINUTE, HOUR, DAY = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
)


class Death(BaseException):
    """The process ends here."""


class Happening(StrEnum):
    """What can happen to a process at a point it passes."""

    DIES = "dies"
    EDITS = "the owner edits the entry"
    SLEEPS = "the machine sleeps for 8 hours"


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


POINTS: Final = (
    *("K0", "K1", "K2", "K3", "K5", "K6", "K7", "K8", "K9", "K11", "K12", "K13", "T1", "T2"),
    *("commit asked", "commit done"),
    *(f"{call} {when}" for call in wire.CALLS for when in ("asked", "done")),
)
"""Every point there is."""
_STAKES: Final = ("K7", "K8", "K9", "deliver asked", "deliver done", "K11", "K12")
"""Where a mistake would reach a guest: chosen three times as often as other points."""
_LATER: Final = frozenset({"update", "delete"})
"""Calls that follow when all is said: they go wrong without keeping the rest from happening."""
_OFTEN: Final = 0.5
_WEIGHTS: Final = MappingProxyType(
    {each: 3 if each in wire.UNCLEAR or each is Answer.TRUNCATED else 1 for each in FAULTS}
)
"""Answers that leave it open what was done come more often than those that settle it."""


class Nature(NamedTuple):
    """How unkind one schedule is.

    The numbers are shares of all calls and points. Each schedule has calls that often go wrong
    and points where often somebody dies or meddles: were it the same everywhere, few would live
    to see the end of the way.
    """

    faults: float = 0.0
    faulty: frozenset[str] = frozenset()
    deaths: float = 0.0
    deadly: frozenset[str] = frozenset()
    deeds: float = 0.0
    busy: frozenset[str] = frozenset()
    sleeps: float = 0.0
    full: float = 0.0
    most_deaths: int = 12


def nature(chance: random.Random, *, kind: bool) -> Nature:
    """Drawn anew for each schedule; a ``kind`` one lets more of what is begun come to its end."""
    share, places = (0.3, 1) if kind else (1.0, 4)
    return Nature(
        faults=chance.choice([0.0, 0.02, 0.05, 0.15]) * share,
        faulty=_some(chance, (*wire.CALLS, "deliver", "deliver"), places // 2)
        | (_LATER if chance.random() < 0.35 else frozenset()),
        deaths=chance.choice([0.0, 0.01, 0.03, 0.06]) * share,
        deadly=_some(chance, (*POINTS, *_STAKES, *_STAKES), places),
        deeds=chance.choice([0.0, 0.01, 0.03, 0.06]) * share,
        busy=_some(chance, (*POINTS, *_STAKES, *_STAKES), places),
        sleeps=chance.choice([0.0, 0.01, 0.05]) * share,
        full=chance.choice([0.0, 0.0, 0.02]) * share,
    )


def _some(chance: random.Random, of: Sequence[str], most: int) -> frozenset[str]:
    return frozenset(chance.sample(of, chance.randint(0, most)))


@dataclass
class Chance:
    """Everything from one seeded source, as long as ``unkind``; then all goes well."""

    random: random.Random
    nature: Nature
    unkind: bool = True
    deaths: int = field(default=0)

    def answer(self, call: str) -> Answer:
        if not self._strikes(self.nature.faults, self.nature.faulty, call):
            return Answer.OK
        able = [each for each in FAULTS if wire.occurs(each, call)]
        return self.random.choices(able, [_WEIGHTS[each] for each in able])[0]

    def dies(self, point: str) -> bool:
        strikes = self._strikes(self.nature.deaths, self.nature.deadly, point)
        dies = self.deaths < self.nature.most_deaths and strikes
        self.deaths += dies
        return dies

    def waits(self, point: str) -> timedelta:
        if self._happens(self.nature.sleeps):
            return self.random.choice([20 * SECOND, 61 * SECOND, 10 * MINUTE, 8 * HOUR, 2 * DAY])
        return self.random.randrange(50, 3_000) * MILLISECOND

    def meddles(self, point: str) -> bool:
        return self._strikes(self.nature.deeds, self.nature.busy, point)

    def fills(self) -> bool:
        return self._happens(self.nature.full)

    def below(self, count: int) -> int:
        return self.random.randrange(count)

    def _strikes(self, share: float, often: frozenset[str], where: str) -> bool:
        return self._happens(_OFTEN if where in often else share)

    def _happens(self, share: float) -> bool:
        return self.unkind and self.random.random() < share


@dataclass
class Script:
    """Exactly this, from `begin` on: answers to some calls, things that happen at some points.

    Calls and points are counted from 0 as they come. ``calls`` and ``passed`` are those that came;
    ``answered_at`` is the point at which an answer other than the usual was given, ``calls_before``
    the number of calls that came before anything happened.
    """

    answers: Mapping[int, Answer] = field(default_factory=dict)
    happens: Mapping[int, Happening] = field(default_factory=dict)
    begun: bool = False
    calls: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    answered_at: int | None = None
    calls_before: int = 0

    def begin(self) -> None:
        self.begun = True

    def answer(self, call: str) -> Answer:
        if not self.begun:
            return Answer.OK
        self.calls.append(call)
        answer = self.answers.get(len(self.calls) - 1, Answer.OK)
        if answer is Answer.OK or not wire.occurs(answer, call):
            return Answer.OK
        self.answered_at = len(self.passed)
        return answer

    def waits(self, point: str) -> timedelta:
        if self.begun:
            self.passed.append(point)
        return 8 * HOUR if self._is_now(Happening.SLEEPS) else 200 * MILLISECOND

    def meddles(self, point: str) -> bool:
        return self._is_now(Happening.EDITS)

    def dies(self, point: str) -> bool:
        return self._is_now(Happening.DIES)

    def fills(self) -> bool:
        return False

    def below(self, count: int) -> int:
        return 0

    def _is_now(self, happening: Happening) -> bool:
        is_now = self.begun and self.happens.get(len(self.passed) - 1) is happening
        if is_now and not self.calls_before:
            self.calls_before = len(self.calls)
        return is_now
