"""The matrix of the specification: kill point, answer, run, service, kind of action.

What can be reached is found by playing every case of `tests.simulator.every`; of the rest it is
said here why nothing can get there.
"""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from types import MappingProxyType
from typing import Final, NamedTuple

from policies.sending.action import ActionKind
from tests.simulator import every
from tests.simulator.disk import Disk
from tests.simulator.every import ERRANDS, Case, Course
from tests.simulator.fate import Happening
from tests.simulator.wire import FAULTS, UNCLEAR, Answer, is_done

_AT: Final[Mapping[tuple[str, Happening], str]] = MappingProxyType(
    {
        ("create asked", Happening.DIES): "K3",
        ("create done", Happening.DIES): "K4",
        ("deliver asked", Happening.DIES): "K9",
        ("deliver done", Happening.DIES): "K10",
        ("K9", Happening.EDITS): "K19",
        ("K8", Happening.SLEEPS): "K20",
        **{
            (point, Happening.DIES): point
            for point in ("K0", "K1", "K2", "K5", "K6", "K7", "K8", "K11", "K12", "K13")
        },
    }
)
"""Where each row of the specification is in the program; a half-written request is one lost."""
KILLS: Final = tuple(f"K{number}" for number in range(21))
RUNS: Final = (1, 2)


class Cell(NamedTuple):
    """Something happens at ``kill`` in this ``run``, and one call has this answer.

    The first ``run`` is the one after the owner's yes, with that; the second is any later one.
    """

    profile: str
    kind: ActionKind
    kill: str
    answer: Answer
    run: int


class Walked(NamedTuple):
    """What came of every case of one service and kind: ``reached`` by those that got there."""

    cases: int
    violations: tuple[str, ...]
    reached: frozenset[Cell]


def every_cell() -> Iterator[Cell]:
    for (profile, kind), kill, answer, run in product(ERRANDS, KILLS, FAULTS, RUNS):
        yield Cell(profile, kind, kill, answer, run)


def walked(profile: str, kind: ActionKind) -> Walked:
    """Play every case once."""
    cases, violations, reached = 0, list[str](), set[Cell]()
    with Disk() as disk:
        for case, course in every.cases(disk, profile, kind):
            cases += 1
            if course.violation:
                violations.append(f"{course.violation}: {case}")
            cell = _cell(case, course)
            if cell is not None:
                reached.add(cell)
    return Walked(cases, tuple(violations), frozenset(reached))


def walked_twice(profile: str, kind: ActionKind) -> Walked:
    """Every case in which a process dies, killed a second time wherever it goes on."""
    count, violations = 0, list[str]()
    with Disk() as disk:
        for case, course in every.cases(disk, profile, kind):
            for twice, outcome in every.again(disk, case, course):
                count += 1
                if outcome.violation:
                    violations.append(f"{outcome.violation}: {twice}")
    return Walked(count, tuple(violations), frozenset())


def each_walk(walk: Callable[[str, ActionKind], Walked]) -> Iterator[Walked]:
    """Of every service and kind, on every core."""
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(walk, *zip(*ERRANDS, strict=True))


def why_not(cell: Cell) -> str:
    """Why nothing can get there; empty where something should."""
    return next((sentence for sentence, holds in _REASONS if holds(cell)), "")


def unreachable() -> Mapping[str, int]:
    """Each reason why something cannot be reached, and how much it explains."""
    return Counter(reason for reason in map(why_not, every_cell()) if reason)


def _cell(case: Case, course: Course) -> Cell | None:
    if not case.happens or course.answered_at is None:
        return None
    ((at, happening),) = case.happens
    passed = course.passed[at]
    kill = _AT.get((passed.point, happening))
    if kill is None:
        return None
    return Cell(case.profile, case.kind, kill, case.answer, min(passed.run, RUNS[-1]))


_AT_ONCE: Final = frozenset({Answer.GONE, Answer.CONFLICT, Answer.CHANGED})
_NOTHING_DONE: Final = frozenset(each for each in FAULTS if not is_done(each, "deliver")) - _AT_ONCE


def _elsewhere(kill: str) -> Callable[[Cell], bool]:
    return lambda cell: cell.kill == kill


_REASONS: Final[tuple[tuple[str, Callable[[Cell], bool]], ...]] = (
    ("the ping after a run is not part of sending", _elsewhere("K14")),
    ("reading is not part of sending; its kills are schedules of their own", _elsewhere("K15")),
    ("bringing the store up to date is not part of sending", _elsewhere("K16")),
    ("signing in is not part of sending", _elsewhere("K17")),
    ("a backup is not part of sending", _elsewhere("K18")),
    (
        "the owner says yes before the first run",
        lambda cell: cell.kill in {"K0", "K1"} and cell.run > 1,
    ),
    (
        "the first run claims, and no later one claims again",
        lambda cell: cell.kill == "K2" and cell.run > 1,
    ),
    (
        "only an invitation writes an entry",
        lambda cell: cell.kill in {"K3", "K4", "K5"} and cell.kind is not ActionKind.INVITE,
    ),
    (
        "the run that gets this answer settles it; no later run comes here",
        lambda cell: cell.run > 1 and cell.answer in _AT_ONCE,
    ),
    (
        "a call that fails ends the run before this; after it the owner is asked, nobody else",
        lambda cell: (
            cell.profile == "mail"
            and cell.kind is not ActionKind.INVITE
            and cell.kill in {"K8", "K9"}
            and cell.run == 1
            and cell.answer not in _AT_ONCE
        ),
    ),
    (
        "a report has no entry: the run that claims it goes on to the mail, and no later one does",
        lambda cell: cell.kind is ActionKind.REPORT and cell.kill == "K6" and cell.run > 1,
    ),
    (
        "a report has no entry that could be gone or another: it is out, and the run is over",
        lambda cell: (
            cell.kind is ActionKind.REPORT
            and cell.answer in {Answer.GONE, Answer.CHANGED}
            and cell.kill in {"K8", "K9"}
        ),
    ),
    (
        "a report is one call: an answer that fails it ends the run before this",
        lambda cell: (
            cell.kind is ActionKind.REPORT
            and cell.run == 1
            and (
                (cell.kill in {"K11", "K12", "K13"} and cell.answer not in _AT_ONCE)
                or (cell.kill == "K10" and cell.answer in _NOTHING_DONE)
            )
        ),
    ),
    (
        "nobody can tell whether the report went out: the owner is asked, and no run goes on",
        lambda cell: (
            cell.kind is ActionKind.REPORT
            and cell.run > 1
            and cell.answer in UNCLEAR | {Answer.TRUNCATED, Answer.LOGIN_PAGE}
        ),
    ),
    (
        "a call that was not carried out ends the run before this; after it nothing is called",
        lambda cell: (
            cell.kind is ActionKind.INVITE
            and cell.kill in ({"K10", "K11", "K12", "K13"} if cell.profile == "mail" else {"K13"})
            and cell.run == 1
            and cell.answer in _NOTHING_DONE
        ),
    ),
)
