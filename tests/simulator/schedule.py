"""One schedule from a seed: an owner, a few proposals, and everything that can go wrong."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from typing import Final, NamedTuple

from agent.store import proposals
from connectors.port import OwnEvent
from policies.interval import Interval
from policies.proposal import ProposalState
from policies.rules import SendingRules
from policies.sending.action import ActionKind
from tests import make
from tests.agent import world
from tests.agent.model_channel import PROFILES
from tests.simulator import trace
from tests.simulator.audit import INVARIANTS, Violated
from tests.simulator.disk import Disk
from tests.simulator.fate import DAY, HOUR, MINUTE, POINTS, Chance, Nature, nature
from tests.simulator.service import SkewedClock
from tests.simulator.simulation import Dispatcher, Simulation
from tests.simulator.trace import Line
from tests.simulator.wire import CALLS, FAULTS, occurs

NAMES: Final = tuple(PROFILES)
_UNLOCKED: Final = frozenset({"google", "caldav"})
"""Where the service compares and swaps, one invitation holds even without the run lock."""
_SHOWS: Final = frozenset({"google", "graph", "caldav"})
"""Where the service shows who was told, also what the store has lost is found again."""
_JUMPS: Final = (HOUR, -HOUR, 400 * DAY, -20_000 * DAY, 5 * MINUTE, -5 * MINUTE, timedelta())
_CHANGES: Final = ("title", "when", "rewrite", "remove")
_REAL: Final = Dispatcher()
_READERS: Final = ("karin@example.org", "guest.0@example.com")
"""Of reports: somebody who is not on the list, and somebody who is."""
_QUIET_DAYS: Final = 9
_FEW: Final = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """What a seed decides before anything happens."""

    seed: int
    profile: str
    nature: Nature
    proposals: int
    steps: int
    workers: int
    forgets: bool
    jumps: bool
    last_shows: bool
    rules: SendingRules


class Played(NamedTuple):
    """How a schedule went; ``violation`` is empty when every invariant held."""

    plan: Plan
    violation: str
    trace: tuple[Line, ...]
    deaths: int
    delivered: int

    @property
    def met(self) -> frozenset[str]:
        """What happened in it, each thing once."""
        workers = f"{self.plan.workers} at once"
        return frozenset({self.plan.profile, workers, *(line.what for line in self.trace)})


def plan(seed: int, profile: str | None = None) -> Plan:
    """The same for the same seed; without a ``profile``, the services take turns."""
    name = profile or NAMES[seed % len(NAMES)]
    chance = random.Random(f"plan {seed} {name}")
    crowded = chance.random() < 0.35
    return Plan(
        seed=seed,
        profile=name,
        nature=nature(chance, kind=crowded),
        proposals=chance.choice([5, 6, 8]) if crowded else chance.choice([2, 3]),
        steps=chance.randint(4, 12),
        workers=2 if name in _UNLOCKED and chance.random() < (0.8 if crowded else 0.3) else 1,
        forgets=name in _SHOWS and chance.random() < 0.35,
        jumps=chance.random() < 0.25,
        last_shows=chance.random() < 0.5,
        rules=SendingRules(
            per_run=chance.choice([1, 2, 5]) if crowded else 3,
            per_day=chance.choice([1, 2, 3]) if crowded else 5,
        ),
    )


EVERYTHING: Final = frozenset(
    {
        *NAMES,
        *("1 at once", "2 at once", "run", "STOP", "the owner rejects", "the owner settles"),
        "a guest answers",
        *(trace.SECOND_COPY, trace.OLD_STATE, trace.LOST, trace.FULL, trace.CLOCK, trace.SLEEP),
        *("an event of the owner's own", "calendars are read", "REACHES"),
        *(f"the owner changes an entry: {change}" for change in _CHANGES),
        *(f"the owner says yes to {kind}" for kind in ActionKind),
        *(f"DIES at {point}" for point in POINTS),
        *(
            f"{call} will be answered {answer}"
            for call, answer in product(CALLS, FAULTS)
            if occurs(answer, call)
        ),
    }
)
"""All that schedules have to hold, each of it in some of them."""


def play(
    disk: Disk,
    seed: int,
    profile: str | None = None,
    dispatcher: Dispatcher = _REAL,
    watched: frozenset[str] = INVARIANTS,
) -> Played:
    """Play one schedule to its end, or to the first of the ``watched`` that does not hold."""
    planned = plan(seed, profile)
    chance = Chance(random.Random(f"play {seed} {planned.profile}"), planned.nature)
    rules = replace(world.SETTINGS.rules, sending=planned.rules)
    settings = replace(world.SETTINGS, rules=rules)
    simulation = Simulation(
        planned.profile,
        disk,
        chance,
        settings=settings,
        dispatcher=dispatcher,
        forgets=planned.forgets,
        last_shows=planned.last_shows,
    )
    simulation.audit.watched = watched
    violation = ""
    try:
        _Schedule(planned, simulation, chance).play()
    except Violated as violated:
        violation = str(violated)
    finally:
        simulation.close()
    delivered = len(simulation.service.delivered)
    return Played(planned, violation, tuple(simulation.trace), chance.deaths, delivered)


class _Schedule:
    """Draws what happens next."""

    def __init__(self, planned: Plan, simulation: Simulation, chance: Chance) -> None:
        self.plan = planned
        self.here = simulation
        self.chance = chance
        self.random = chance.random
        self.numbers: list[int] = []
        simulation.deed = self._meddle

    def play(self) -> None:
        for number in range(self.plan.proposals):
            self.numbers.append(self._propose(number))
        if self.random.random() < 0.3:
            self._foreign()
        for number in self.numbers:
            if self.random.random() < 0.8:
                self.here.approve(number, self._slot())
        self._run()
        for _ in range(self.plan.steps):
            self.random.choices(*_STEPS)[0](self)
        self._ends()

    # ---------------------------------------------------------------- steps

    def _run(self) -> None:
        ended = self.here.run(self.plan.workers)
        if self.plan.forgets and ended.died and self.random.random() < 0.5:
            self.here.lose(self.random.randint(1, 3))
        self._passes(ended_well=ended.well)

    def _passes(self, *, ended_well: bool) -> None:
        """Time goes by, rarely so little that a service has not settled."""
        self.here.audit.at_rest(good_run=False)
        pause = [10 * world.MINUTE, HOUR, 5 * HOUR, DAY, timedelta(seconds=5)]
        self.here.clock.forward(self.random.choice(pause))
        if self.random.random() < 0.7:
            self.here.read()

    def _waits(self) -> None:
        self.here.clock.forward(self.random.choice([HOUR, DAY, 2 * DAY]))

    def _reads(self) -> None:
        self.here.read()

    def _approves(self) -> None:
        self.here.approve(self.random.choice(self.numbers), self._slot())

    def _follows_up(self) -> None:
        sent = proposals.listed(self.here.desk, ProposalState.SENT)
        if not sent:
            return
        number = self.random.choice(sent).number
        if self.random.random() < 0.5:
            self.here.call_off(number)
        else:
            self.here.move(number, self.random.randrange(3))

    def _reports(self) -> None:
        """Only where the ledger keeps it to one mail: nothing else shows that it was sent."""
        reader = self.random.choice(_READERS)
        if self.plan.workers == 1 and not self.plan.forgets:
            self.here.report(reader)

    def _reviews(self) -> None:
        self.here.settle_reviews()

    def _answers(self) -> None:
        told = [each.payload for each in self.here.service.delivered]
        meetings = [each for each in told if each.kind is not ActionKind.REPORT]
        if meetings:
            answer = self.random.choice(("ACCEPTED", "DECLINED"))
            self.here.guest_answers(self.random.choice(meetings), answer)

    def _rejects(self) -> None:
        self.here.reject(self.random.choice(self.numbers))

    def _meddle(self) -> None:
        """Something happens in the middle of a run."""
        self.random.choice(_DEEDS)(self)

    # ---------------------------------------------------------------- deeds

    def _edits(self) -> None:
        ref = self._entry()
        if ref is None:
            return
        service, change = self.here.service, self.random.choice(_CHANGES)
        if self.plan.forgets and service.entries[ref].guests and change in {"when", "remove"}:
            return  # what the store has forgotten and the calendar shows no more, nothing can tell
        self.here.tell(f"the owner changes an entry: {change}", ref[:8])
        when = service.entries[ref].event.when
        if change == "title":
            service.edit(ref, title="Dentist")
        elif change == "when":
            service.edit(ref, when=Interval(when.start + HOUR, when.end + HOUR))
        elif change == "rewrite":
            service.rewrite(ref)
        else:
            service.remove(ref)

    def _clashes(self) -> None:
        """A meeting of the owner's appears where something was approved, and is read."""
        every = self.here.under_way()
        meetings = [each for each in every if each.payload.kind is not ActionKind.REPORT]
        if meetings:
            when = self.random.choice(meetings).payload.when
            uid = f"busy-{len(self.here.busy)}"
            self.here.busy[uid] = Interval(when.start - HOUR, when.end)
            self.here.read()

    def _clears(self) -> None:
        self.here.busy.clear()
        self.here.read()

    def _stops(self) -> None:
        self.here.stop(stopped=not self.here.stopped)

    def _foreign(self) -> None:
        """An event of the owner's own, sometimes under the very id of one of ours to come."""
        start = make.utc("2026-04-02 10:00") + self.random.randrange(20) * DAY
        uid = f"own-{self.random.randrange(3)}"
        event = OwnEvent(uid, Interval(start, start + HOUR), make.BERLIN, "Mine", "", marker="")
        self.here.foreign_is(event)

    def _jumps(self) -> None:
        clock: SkewedClock = self.here.clock
        if self.plan.jumps:
            clock.skew = self.random.choice(_JUMPS)
            self.here.tell(trace.CLOCK, str(clock.skew))

    # ---------------------------------------------------------------- the end

    def _ends(self) -> None:
        """Faults end, the clock is right, days pass; then nothing may be half-way."""
        here, self.chance.unkind = self.here, False
        here.tell("ALL IS WELL from here on")
        here.clock.skew = timedelta()
        here.stop(stopped=False)
        for _ in range(_QUIET_DAYS):
            here.clock.forward(DAY)
            here.read()
            ended = here.run(self.plan.workers)
            here.audit.at_rest(good_run=ended.well)
            here.settle_reviews()
            if not here.under_way():
                break
        for number in self.numbers:
            here.reject(number)
        here.take_back_reports()
        here.clock.forward(DAY)
        here.run()
        here.audit.at_the_end()
        self._nothing_is_left()

    def _nothing_is_left(self) -> None:
        """No hold of a meeting that came to nothing stands as we wrote it.

        Without the run lock one worker may clear away before another has written.
        """
        if self.plan.workers > 1:
            return
        self.here.audit.tidied(self.here.service, self.here.unsent_invitations())

    # ---------------------------------------------------------------- parts

    def _propose(self, number: int) -> int:
        crowded = self.plan.proposals > _FEW
        days = 3 * number if crowded else self.random.randrange(4)
        start = world.FIRST.start + days * DAY + self.random.randrange(2) * HOUR
        guest = make.person(f"Guest {number}")
        return self.here.propose(guest, Interval(start, start + 45 * MINUTE))

    def _slot(self) -> int | None:
        return self.random.choice([None, 0, 1, 2])

    def _entry(self) -> str | None:
        """An entry of ours, rather the one that was spoken of last."""
        service = self.here.service
        ours = sorted(service.ours & service.entries.keys())
        if service.about in ours and self.random.random() < 0.5:
            return service.about
        return self.random.choice(ours) if ours else None


_Step = Callable[[_Schedule], None]
_S = _Schedule
_WEIGHTS: Final[dict[_Step, int]] = {
    _S._run: 14,
    _S._waits: 2,
    _S._reads: 2,
    _S._approves: 4,
    _S._follows_up: 5,
    _S._reports: 1,
    _S._reviews: 2,
    _S._answers: 2,
    _S._rejects: 1,
    _S._edits: 2,
    _S._clashes: 2,
    _S._clears: 1,
    _S._stops: 1,
    _S._foreign: 1,
    _S._jumps: 2,
}
_STEPS: Final = (list(_WEIGHTS), list(_WEIGHTS.values()))
_DEEDS: Final[tuple[_Step, ...]] = (
    *(_S._edits, _S._edits, _S._edits, _S._clashes, _S._clears, _S._reads, _S._stops),
    *(_S._foreign, _S._rejects, _S._approves, _S._jumps, _S._reviews),
    _S._answers,
)
