"""Real kills: the real command line, ended by SIGKILL in the middle of its work, again and again.

    python -m tests.proof.kills --kills 1000                             what `make soak` runs
    python -m tests.proof.kills --seed 7 --provider feed --cycle 12      one cycle once more

Every cycle begins with the same household: three meetings have their yes and wait, a fourth is
proposed, and the guest of a fifth has the invitation. One command is killed. Then people do what
people do: they say it again, let the daily run go on, and settle what nobody can tell by asking the
guest (here the provider's own outbox). Some of that is killed as well; a server may be out of
order, a clash may turn up. When all has come to rest, `tests.proof.invariants` asks the provider.

What is killed, and after what share of its time, follows from the seed and the cycle's number;
where exactly that lands depends on the machine as well.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from agent.store.database import BACKUPS
from policies.interval import Interval
from policies.sending.action import ENDED_UNSENT, UNDER_WAY, ActionKind, ActionState
from tests.proof import ledger as ledgers
from tests.proof import warm
from tests.proof.figures import record
from tests.proof.household import Household, days_from_now
from tests.proof.invariants import RUN, Scene, Step, broken, deed_of
from tests.proof.later import AHEAD_S
from tests.proof.ledger import Deed, Ledger
from tests.proof.stage import (
    APPROVED,
    FIKA,
    FURTHER,
    INVITES,
    PER_DAY,
    PER_RUN,
    Stage,
    Words,
    stage,
)
from tests.servers.dav_provider import Radicale, Xandikos
from tests.servers.folder import FeedAndMail, FolderAndMail
from tests.servers.google.provider import Google
from tests.servers.graph.provider import Outlook
from tests.servers.provider import Provider

PROVIDERS: Final[Mapping[str, type[Provider]]] = {
    each.name: each for each in (FolderAndMail, FeedAndMail, Radicale, Xandikos, Google, Outlook)
}
"""Every service that kills are tried with."""

LATER: Final = ("-m", "tests.proof.later")
_MOST_STEPS: Final = 30
_GOLDEN: Final = 0.6180339887498949
"""Its multiples, without their whole parts, spread evenly however many there are."""
_PATIENCE_S: Final = 120
_WAIT: Final = timedelta(seconds=61)
"""What passes before a command after the first: longer than any service takes to show a change."""
_NEWS: Final = Interval(days_from_now(45, 9), days_from_now(45, 10))
"""Something for the first run to read that is in nobody's way."""
_USUAL_S: Final = 1.0  # a command that was not measured
_NEVER: Final = frozenset({2, 5, 70})
"""Exit codes that no command of these ends with: misused, state unusable, internal error."""
_LANDINGS: Final = ("inviting", "held", "holding", "needs-review", "approved")


@dataclass
class Tally:
    """What came of some cycles. ``landed`` counts the kills by how far the sending had come."""

    cycles: int = 0
    kills: int = 0
    again: int = 0  # kills of what was to put an earlier kill right
    landed: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    def __iadd__(self, other: Tally) -> Tally:
        self.cycles += other.cycles
        self.kills += other.kills
        self.again += other.again
        self.landed += other.landed
        self.violations += other.violations
        return self

    def __str__(self) -> str:
        landed = ", ".join(f"{count} {where}" for where, count in self.landed.most_common())
        return f"{landed}; {self.again} of them in a recovery"


class Cycle:
    """One command killed, what people then do, and what came of it."""

    def __init__(self, on: Stage, house: Household, seed: int, number: int) -> None:
        self.on = on
        self.house = house
        self.random = random.Random(f"{seed} {on.provider.name} {number}")
        self.share = (number * _GOLDEN + random.Random(seed).random()) % 1
        self.steps: list[Step] = []
        self.late: dict[str, datetime] = {}
        self.given_up: set[int] = set()
        self.foreign = dict(on.foreign)
        self.ahead = timedelta()
        self.tally = Tally(cycles=1)

    def play(self) -> Tally:
        """From the first kill to rest."""
        victims: list[Deed | None] = [None, None, None, *FURTHER]
        wanted = self.random.choice(victims)
        words = RUN if wanted is None else FURTHER[wanted]
        self._add("news", _NEWS)
        self.on.provider.slow(self.on.slow_s)
        if self.random.random() < 1 / 3:
            self.on.provider.fault(self.random.choice(self.on.provider.faults))
        self._step(words, self.share)
        self.on.provider.fault("")
        if self.random.random() < 1 / 4:
            self._clash()
        deeds = [*(Deed(number, ActionKind.INVITE) for number in APPROVED)]
        self._recover([*deeds, wanted] if wanted else deeds)
        if not self.tally.violations:
            self._judge()
        return self.tally

    def _recover(self, deeds: Sequence[Deed]) -> None:
        """What people do until nothing is left to do; each command may be killed like the first."""
        kills = self.random.choice((0, 1, 1, 2))
        for _ in range(_MOST_STEPS):
            words = self._next(deeds)
            if words is None:
                break
            share = None
            if kills and self.random.random() < 1 / 2:
                kills, share = kills - 1, self.random.random()
            self.on.provider.slow(self.on.slow_s if share is not None else 0)
            self._step(words, share)
            if self.tally.violations:
                return  # what follows from it would hide it
        else:
            self._wrong(f"I7: not at rest after {_MOST_STEPS} commands")
        self.on.provider.slow(0)
        told = len(self.on.provider.outbox())
        last = self._step(RUN)
        if last.code:
            self._wrong(f"I9: the last run ended with {last.code}")
        if len(self.on.provider.outbox()) != told:
            self._wrong("I7: a run with nothing to send told somebody something")

    def _next(self, deeds: Sequence[Deed]) -> Words | None:
        """The command for what needs the owner first, then for what waits."""
        now = ledgers.read(self.house.home)
        for action in now.in_state(ActionState.NEEDS_REVIEW):
            told = any(deed_of(now, each) == action for each in self.on.provider.outbox())
            return "settle", str(action.proposal), "--sent" if told else "--not-sent"
        for deed in deeds:
            tries = now.of(deed)
            if deed.proposal in self.given_up or any(
                each.state not in ENDED_UNSENT for each in tries
            ):
                continue
            return FURTHER.get(deed) or INVITES[deed]
        has_run = any(each.words == RUN and not each.killed for each in self.steps)
        waits = now.in_state(*UNDER_WAY) or any(each.untidy for each in now.actions)
        return None if has_run and not waits else RUN

    def _clash(self) -> None:
        """Something else comes in where a meeting is to be; nobody asks for that one again."""
        now = ledgers.read(self.house.home)
        number = self.random.choice(APPROVED)
        (action,) = now.of(Deed(number, ActionKind.INVITE))
        self._add("clash", action.payload.when)
        self.given_up.add(number)

    def _add(self, uid: str, when: Interval) -> None:
        """The owner puts something new into the calendar."""
        name = self.on.provider.add_foreign(uid, when, "All hands")
        self.late[name] = self._now()
        self.foreign[name] = self.on.provider.entries()[name]

    def _step(self, words: Words, kill_after: float | None = None) -> Step:
        """Say one command, and end it after this share of the time it usually takes."""
        before, started = len(self.on.provider.outbox()), self._now()
        if kill_after is None:
            code = self._whole(words)
        else:
            code = self._killed(words, kill_after * self.on.lasts_s.get(words, _USUAL_S))
        told = self.on.provider.outbox()[before:]
        now = ledgers.read(self.house.home)
        step = Step(words, code < 0, code, started, tuple(told), now.read)
        self.steps.append(step)
        if step.killed:
            self.tally.kills += 1
            self.tally.again += len(self.steps) > 1
        self._wait()
        return step

    def _now(self) -> datetime:
        """By the clock of the next command."""
        return datetime.now(UTC) + self.ahead

    def _wait(self) -> None:
        self.ahead += _WAIT
        self.house.environment[AHEAD_S] = str(self.ahead.total_seconds())
        if self.house.entry == FIKA:
            self.house.entry = LATER

    def _whole(self, words: Words) -> int:
        said = self.house.fika(*words)
        if said.code in _NEVER or b"Traceback" in said.err:
            self._wrong(f"`{' '.join(words)}` ended with {said.code}: {said.err.decode()[-300:]}")
        return said.code

    def _killed(self, words: Words, after_s: float) -> int:
        around = {**os.environ, "FIKA_HOME": str(self.house.home), **self.house.environment}
        with warm.Process([*self.house.entry, *words], around, None, None, None) as process:
            self._until(process, after_s)
            process.kill()
            code = process.wait(_PATIENCE_S)
        if code < 0:
            self.tally.landed[_landing(ledgers.read(self.house.home))] += 1
            self._whole_store()
        return code

    def _until(self, process: warm.Process, after_s: float) -> None:
        if self.on.aim is None:
            with suppress(TimeoutError):
                process.wait(after_s)
            return
        until = time.monotonic() + after_s
        while not process.ended() and not self.on.aim() and time.monotonic() < until:
            time.sleep(0.002)

    def _judge(self) -> None:
        scene = Scene(
            self.steps,
            ledgers.read(self.house.home),
            self.on.provider.outbox(),
            self.on.provider.entries(),
            self.foreign,
            self.late,
            self.ahead,
            PER_RUN,
            PER_DAY,
        )
        for each in broken(scene):
            self._wrong(each)
        self._whole_store()
        if not list((self.house.home / BACKUPS).glob("*.db")):
            self._wrong("K18: no backup was made")

    def _whole_store(self) -> None:
        if damage := ledgers.damage(self.house.home):
            self._wrong(f"damaged: {damage}")

    def _wrong(self, what: str) -> None:
        self.tally.violations.append(what)


def _landing(found: Ledger) -> str:
    """How far the furthest that was not at its end had come."""
    states = {each.state.value for each in found.actions}
    return next((f"while {each}" for each in _LANDINGS if each in states), "at rest")


def killed(on: Stage, seed: int, kills: int, part: int = 0, parts: int = 1) -> Tally:
    """Cycles ``part``, ``part + parts``... until so many kills have landed in them."""
    on.measure()
    tally, number = Tally(), part
    while tally.kills < kills:
        tally += once(on, seed, number)
        number += parts
        assert tally.cycles < 10 * (kills + 1), "commands end before they can be killed"
    return tally


def once(on: Stage, seed: int, number: int) -> Tally:
    """One cycle; what it violates says how to see it again."""
    with on.household() as house:
        tally = Cycle(on, house, seed, number).play()
    again = f"--seed {seed} --provider {on.provider.name} --cycle {number}"
    tally.violations = [f"{each} ({again})" for each in tally.violations]
    return tally


def main() -> int:
    """Kill as often as the command line says, with every provider."""
    parser = argparse.ArgumentParser(description="Real kills of the real command line.")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--provider", choices=sorted(PROVIDERS))
    parser.add_argument("--cycle", type=int, help="only this one")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    said = parser.parse_args()
    names = [said.provider] if said.provider else sorted(PROVIDERS)
    parts = 1 if said.cycle is not None else max(1, said.jobs // len(names))
    each = -(-said.kills // (len(names) * parts))

    def work(task: tuple[str, int]) -> Tally:
        name, part = task
        with tempfile.TemporaryDirectory() as folder, stage(PROVIDERS[name](), Path(folder)) as on:
            if said.cycle is not None:
                on.measure()
                return once(on, said.seed, said.cycle)
            return killed(on, said.seed, each, part, parts)

    tasks = [(name, part) for name in names for part in range(parts)]
    tallies = {name: Tally() for name in names}
    with ThreadPoolExecutor(said.jobs) as pool:
        for (name, _), tally in zip(tasks, pool.map(work, tasks), strict=True):
            tallies[name] += tally
    for name, tally in tallies.items():
        print(f"{name}: {tally.kills} kills, {tally}", *tally.violations, sep="\n")  # noqa: T201 - a program of its own
        if said.cycle is None:
            figure(tally, said.seed, name)
    return int(any(tally.violations for tally in tallies.values()))


def figure(tally: Tally, seed: int, provider: str) -> None:
    record(
        f"Real kills of the command line, {provider}",
        tally.kills,
        seed=seed,
        violations=len(tally.violations),
        note=str(tally),
    )


if __name__ == "__main__":
    sys.exit(main())
