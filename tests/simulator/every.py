"""Every kill point with every answer, in the first run and the next, at every service.

Nothing is drawn: a play without a kill tells which points there are, and each of them has its own
play, killed just there. What becomes of it is held against every invariant, and against what the
owner expects: where the calendar can tell, the guest is told once, whatever happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import count, product
from typing import Final, NamedTuple

from agent.store import actions
from policies.sending.action import ActionKind
from tests import make
from tests.agent import world
from tests.agent.model_channel import PROFILES
from tests.simulator.audit import Violated
from tests.simulator.disk import Disk
from tests.simulator.fate import DAY, HOUR, MINUTE, Happening, Script
from tests.simulator.simulation import Simulation
from tests.simulator.trace import Line
from tests.simulator.wire import FAULTS, Answer

_ABOUT_MEETINGS: Final = (ActionKind.INVITE, ActionKind.RESCHEDULE, ActionKind.CANCEL)
ERRANDS: Final = (*product(PROFILES, _ABOUT_MEETINGS), ("mail", ActionKind.REPORT))
"""Every service with every kind of action it is asked for; a report only ever goes by mail."""
_PAUSES: Final = (10 * MINUTE, 5 * HOUR, DAY + HOUR, HOUR, HOUR, HOUR)
"""Between runs. Nobody's yes expires meanwhile, and a service that wants a day of peace has it,
with three more runs, of which two may be killed."""
_SAME: Final = frozenset({"commit asked", "find asked", "find done"})
"""Points before which nothing has changed since the last: to die here is to have died there."""
_OTHERWISE: Final = frozenset({Answer.GONE, Answer.CONFLICT, Answer.CHANGED})
"""Answers that come with a change in the calendar, which may rightly end what was approved."""


class Case(NamedTuple):
    """One play: which call has which answer, and what happens at which points, all from 0."""

    profile: str
    kind: ActionKind
    answer: Answer = Answer.OK
    call: int = 0
    happens: tuple[tuple[int, Happening], ...] = ()

    def and_then(self, at: int, happening: Happening) -> Case:
        return self._replace(happens=(*self.happens, (at, happening)))


class Passed(NamedTuple):
    """A point, and in which run it was passed: the owner's yes belongs to the first."""

    point: str
    run: int


class Course(NamedTuple):
    """How a case went.

    ``answered_at`` is the point at which the answer was given, ``None`` when it was not.
    ``calls`` is how many calls there were, ``calls_before`` how many before anything happened.
    """

    violation: str
    passed: tuple[Passed, ...]
    answered_at: int | None
    calls: int
    calls_before: int
    trace: tuple[Line, ...]


def play(disk: Disk, case: Case) -> Course:
    """Play one case to its end, or to the first thing that does not hold."""
    script = Script({case.call: case.answer}, dict(case.happens))
    simulation = Simulation(case.profile, disk, script)
    acted = _Play(case, simulation, script)
    violation = ""
    try:
        acted.play()
    except Violated as violated:
        violation = str(violated)
    finally:
        simulation.close()
    return Course(
        violation,
        tuple(acted.passed),
        script.answered_at,
        len(script.calls),
        script.calls_before,
        tuple(simulation.trace),
    )


def cases(disk: Disk, profile: str, kind: ActionKind) -> Iterator[tuple[Case, Course]]:
    """Every case with at most one answer and one thing that happens, whichever comes first."""
    peaceful = Case(profile, kind)
    course = play(disk, peaceful)
    yield peaceful, course
    for answered, course in _answered(disk, peaceful, first=0):
        yield answered, course
        yield from _happening(disk, answered, course, after=course.answered_at)
    for befallen, course in _happening(disk, peaceful, play(disk, peaceful), after=-1):
        yield befallen, course
        yield from _answered(disk, befallen, first=course.calls_before)


def again(disk: Disk, case: Case, course: Course) -> Iterator[tuple[Case, Course]]:
    """The same, killed a second time at each point that is passed after the first."""
    last = max((at for at, _ in case.happens), default=len(course.passed))
    for at, passed in enumerate(course.passed):
        if at > last and passed.point not in _SAME:
            killed = case.and_then(at, Happening.DIES)
            yield killed, play(disk, killed)


def _answered(disk: Disk, case: Case, *, first: int) -> Iterator[tuple[Case, Course]]:
    """Each answer to each of its calls from the ``first`` on."""
    for answer in FAULTS:
        for call in count(first):
            answered = case._replace(answer=answer, call=call)
            course = play(disk, answered)
            if call >= course.calls:
                break
            if course.answered_at is not None:
                yield answered, course


def _happening(
    disk: Disk, case: Case, course: Course, *, after: int | None
) -> Iterator[tuple[Case, Course]]:
    """Each thing that can happen at each of its points ``after`` one."""
    for at, passed in enumerate(course.passed):
        for happening in _possible(passed.point) if after is not None and at > after else ():
            befallen = case.and_then(at, happening)
            yield befallen, play(disk, befallen)


def _possible(point: str) -> Iterator[Happening]:
    if point not in _SAME:
        yield Happening.DIES
    if point == "K9":
        yield Happening.EDITS
    if point == "K8":
        yield Happening.SLEEPS


class _Play:
    """One errand of the owner's, and the runs that see to it."""

    def __init__(self, case: Case, simulation: Simulation, script: Script) -> None:
        self.case = case
        self.here = simulation
        self.script = script
        self.passed: list[Passed] = []
        self._run = 1
        simulation.deed = self._edit

    def play(self) -> None:
        number = self.here.propose(make.person("Ana Silva"), world.FIRST)
        if self.case.kind in {ActionKind.RESCHEDULE, ActionKind.CANCEL}:
            self.here.approve(number)
            self.here.run()
            self._time_passes(HOUR)
        before = len(self.here.service.delivered)
        self.script.begin()
        self._say_yes(number)
        for pause in _PAUSES:
            ended = self.here.run()
            self._note_points()
            self._run += 1
            self.here.audit.at_rest(good_run=ended.well)
            self._time_passes(pause)
            if not self.here.under_way() and not actions.untidy(self.here.desk):
                break
        self._expect(len(self.here.service.delivered) - before)
        self._end(number)

    def _say_yes(self, number: int) -> None:
        """Once, and again as long as it does not reach the disk: two processes may die over it."""
        for _ in range(3):
            if self.case.kind is ActionKind.INVITE:
                self.here.approve(number)
            elif self.case.kind is ActionKind.RESCHEDULE:
                self.here.move(number, 2)
            elif self.case.kind is ActionKind.REPORT:
                self.here.report("karin@example.org")
            else:
                self.here.call_off(number)
            self._note_points()
            if self.here.under_way():
                return

    def _expect(self, told: int) -> None:
        """The guest is told; at a service that shows it always, unless the owner changed things."""
        by_hand = any(happening is Happening.EDITS for _, happening in self.case.happens)
        may_end = by_hand or self.case.answer in _OTHERWISE
        if not may_end and self.case.profile != "mail" and told != 1:
            raise Violated(f"nobody was told, though nothing stood in the way: {told}")

    def _end(self, number: int) -> None:
        here = self.here
        here.settle_reviews()
        if self.case.kind is ActionKind.INVITE:
            here.reject(number)
        for _ in range(4):  # the answer and two deaths may each meet one
            here.clock.forward(DAY)
            here.run()
            if not actions.untidy(here.desk):
                break
        self._note_points()
        here.audit.at_the_end()
        here.audit.tidied(here.service, here.unsent_invitations())

    def _time_passes(self, time: timedelta) -> None:
        self.here.clock.forward(time)
        self.here.read()

    def _edit(self) -> None:
        for ref in sorted(self.here.service.ours & self.here.service.entries.keys()):
            self.here.tell("the owner changes an entry", ref[:8])
            self.here.service.edit(ref, title="Dentist")

    def _note_points(self) -> None:
        for point in self.script.passed[len(self.passed) :]:
            self.passed.append(Passed(point, self._run))
