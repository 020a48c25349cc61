"""Who gets which time: 200 people, 400 slots, beside HiGHS, SciPy's MILP and greedy.

People mostly want the same good times, as colleagues do; neighbouring slots overlap, at most 2
meetings a day and 6 a week. Seeded. Fika solves 200 such instances, and each must be proven best.
The first few are also solved, each in a process of its own with its imports counted, by

- fika: `policies.slots.assign.assign`, from its own values;
- highspy: HiGHS on 0/1 variables, only the best 18 people for each slot (as many as can meet);
- milp: `scipy.optimize.milp` on every pair;

and all must reach the same sum. Greedy takes the best pair left that keeps every rule. CPU seconds.

    python benchmarks/assign.py [--instances N] [--peers N]
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
ZONE = "Europe/Berlin"
LENGTH, GAP = timedelta(minutes=45), timedelta(minutes=15)
PEOPLE, DAYS, A_DAY = 200, 16, 25
PER_DAY, PER_WEEK, MOST = 2, 6, 24  # four weeks begin in 16 working days
GOALS = {"highspy": 5.0, "milp": 15.0}
Untyped = Any  # the solvers state no types


class Pair(NamedTuple):
    """One person at one slot, and what that is worth."""

    person: int
    slot: int
    worth: float


class Instance(NamedTuple):
    """``starts`` by slot, and every pair that suits."""

    starts: tuple[datetime, ...]
    weights: tuple[float, ...]
    scores: dict[tuple[int, int], float]

    @property
    def pairs(self) -> list[Pair]:
        weights = self.weights
        return [
            Pair(person, slot, round(weights[person] * score * 1_000_000) / 1_000_000)
            for (person, slot), score in self.scores.items()
        ]

    def day(self, slot: int) -> date:
        return self.starts[slot].date()

    def week(self, slot: int) -> tuple[int, int]:
        return self.day(slot).isocalendar()[:2]


def instance(seed: int) -> Instance:
    chance = random.Random(seed)
    starts = tuple(
        MONDAY + timedelta(days=day + day // 5 * 2, hours=8, minutes=15 * step)
        for day in range(DAYS)
        for step in range(A_DAY)
    )
    good = [chance.uniform(8, 14) for _ in starts]
    weights = tuple(chance.uniform(0.1, 16) for _ in range(PEOPLE))
    scores = {
        (person, slot): round(good[slot] + chance.uniform(-1, 1), 2)
        for person in range(PEOPLE)
        for slot in range(len(starts))
        if chance.random() < 0.35
    }
    return Instance(starts, weights, scores)


# ---------------------------------------------------------------- fika and greedy


def by_fika(given: Instance) -> tuple[float, float]:
    """The sum, and what no answer exceeds."""
    from policies.interval import Interval
    from policies.people.person import PersonId
    from policies.proposal import ScorePart, Slot
    from policies.slots.assign import Candidates, assign
    from policies.slots.caps import Caps

    whens = [Interval(start, start + LENGTH) for start in given.starts]
    slots: list[list[Slot]] = [[] for _ in range(PEOPLE)]
    for (person, slot), score in given.scores.items():
        slots[person].append(Slot(whens[slot], parts=(ScorePart("suits", score),)))
    wanted = [
        Candidates(PersonId(f"p{person:03}"), given.weights[person], tuple(mine), GAP)
        for person, mine in enumerate(slots)
    ]
    found = assign(wanted, Caps(ZONE, PER_DAY, PER_WEEK, PEOPLE))
    return found.total, found.bound


def by_greedy(given: Instance) -> float:
    people: set[int] = set()
    taken: list[int] = []
    total = 0.0
    for pair in sorted(given.pairs, key=lambda each: -each.worth):
        if pair.person in people or any(clash(given, pair.slot, each) for each in taken):
            continue
        day, week = given.day(pair.slot), given.week(pair.slot)
        if sum(given.day(each) == day for each in taken) >= PER_DAY:
            continue
        if sum(given.week(each) == week for each in taken) >= PER_WEEK:
            continue
        people.add(pair.person)
        taken.append(pair.slot)
        total += pair.worth
    return total


def clash(given: Instance, one: int, other: int) -> bool:
    return abs(given.starts[one] - given.starts[other]) < LENGTH + GAP


# ---------------------------------------------------------------- the solvers


class Rows:
    """Linear rules over the pairs: of each of these at most so many."""

    def __init__(self, given: Instance, pairs: Sequence[Pair]) -> None:
        self.rows: dict[object, list[int]] = {}
        self.most: dict[object, int] = {}
        width = (LENGTH + GAP) // timedelta(minutes=15)
        for index, pair in enumerate(pairs):
            self._add(("person", pair.person), index, 1)
            self._add(("day", given.day(pair.slot)), index, PER_DAY)
            self._add(("week", given.week(pair.slot)), index, PER_WEEK)
            day, step = divmod(pair.slot, A_DAY)
            for moment in range(step, min(step + width, A_DAY)):
                self._add(("moment", day, moment), index, 1)

    def _add(self, row: object, index: int, most: int) -> None:
        self.rows.setdefault(row, []).append(index)
        self.most[row] = most


def by_highspy(given: Instance) -> tuple[float, float]:
    import highspy
    import numpy as np

    pairs = pruned(given)
    rows = Rows(given, pairs)
    solver: Untyped = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("mip_rel_gap", 0.0)
    count = len(pairs)
    solver.addVars(count, np.zeros(count), np.ones(count))
    solver.changeColsCost(count, np.arange(count), -np.array([each.worth for each in pairs]))
    solver.changeColsIntegrality(
        count, np.arange(count), np.array([highspy.HighsVarType.kInteger] * count)
    )
    for row, inside in rows.rows.items():
        size = len(inside)
        solver.addRow(-highspy.kHighsInf, rows.most[row], size, np.array(inside), np.ones(size))
    solver.run()
    info = solver.getInfo()
    return -info.objective_function_value, -info.mip_dual_bound


def pruned(given: Instance) -> list[Pair]:
    by_slot: dict[int, list[Pair]] = {}
    for pair in given.pairs:
        by_slot.setdefault(pair.slot, []).append(pair)
    return [
        pair
        for slot in sorted(by_slot)
        for pair in sorted(by_slot[slot], key=lambda each: -each.worth)[:MOST]
    ]


def by_milp(given: Instance) -> tuple[float, float]:
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_matrix

    pairs = given.pairs
    rows = Rows(given, pairs)
    names = list(rows.rows)
    columns = [index for name in names for index in rows.rows[name]]
    lines = [place for place, name in enumerate(names) for _ in rows.rows[name]]
    matrix: Untyped = csr_matrix(
        (np.ones(len(columns)), (lines, columns)), shape=(len(names), len(pairs))
    )
    result: Untyped = milp(
        -np.array([each.worth for each in pairs]),
        constraints=LinearConstraint(matrix, -np.inf, np.array([rows.most[n] for n in names])),
        bounds=Bounds(0, 1),
        integrality=np.ones(len(pairs)),
        options={"mip_rel_gap": 0.0},
    )
    return -result.fun, -result.mip_dual_bound


SOLVERS: dict[str, Callable[[Instance], tuple[float, float]]] = {
    "fika": by_fika,
    "highspy": by_highspy,
    "milp": by_milp,
}


# ---------------------------------------------------------------- side by side


class Solved(NamedTuple):
    """CPU seconds with imports, the sum, and the bound."""

    cpu_s: float
    total: float
    bound: float


def in_a_process(solver: str, seed: int) -> Solved:
    command = [sys.executable, __file__, "--solve", solver, "--seed", str(seed)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Solved(*json.loads(done.stdout))


def solve(solver: str, seed: int) -> Solved:
    given = instance(seed)
    start = time.process_time()
    total, bound = SOLVERS[solver](given)
    return Solved(time.process_time() - start, total, bound)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--instances", type=int, default=200)
    parser.add_argument("--peers", type=int, default=5)
    parser.add_argument("--solve", choices=SOLVERS, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.solve:
        print(json.dumps(solve(given.solve, given.seed)))
        return
    spent, shortfalls = [], []
    for seed in range(given.instances):
        problem = instance(seed)
        start = time.process_time()
        total, bound = by_fika(problem)
        spent.append(time.process_time() - start)
        if total < bound:
            raise SystemExit(f"instance {seed} was not solved to the end: {total} of {bound}")
        shortfalls.append(1 - by_greedy(problem) / total)
    peers = {name: [in_a_process(name, seed) for seed in range(given.peers)] for name in SOLVERS}
    gate(peers)
    report(spent, shortfalls, peers)


def gate(peers: dict[str, list[Solved]]) -> None:
    for name, found in peers.items():
        for seed, each in enumerate(found):
            best = peers["fika"][seed].total
            if abs(each.total - best) > 1e-4 * best / 100:
                raise SystemExit(f"{name} reached {each.total} on instance {seed}, fika {best}")


def report(spent: list[float], shortfalls: list[float], peers: dict[str, list[Solved]]) -> None:
    from processes import keep

    cpu_s = {name: statistics.median(each.cpu_s for each in found) for name, found in peers.items()}
    ratios = {
        name: statistics.median(
            peer.cpu_s / ours.cpu_s for peer, ours in zip(found, peers["fika"], strict=True)
        )
        for name, found in peers.items()
    }
    print(f"fika, {len(spent)} instances, all proven best: median {statistics.median(spent):.3f} s")
    print(f"greedy falls short by {statistics.mean(shortfalls):.2%}, at most {max(shortfalls):.2%}")
    for name, each in cpu_s.items():
        goal = f"goal {GOALS[name]:g}" if name in GOALS else ""
        print(
            f"{name:10} {each:8.3f} s CPU with imports, {ratios[name]:6.1f} times fika's   {goal}"
        )
    keep(
        "assign",
        {
            "instances": len(spent),
            "gap": 0.0,
            "median_cpu_s": statistics.median(spent),
            "largest_cpu_s": max(spent),
            "greedy_shortfall": {"mean": statistics.mean(shortfalls), "largest": max(shortfalls)},
            "with_imports_cpu_s": cpu_s,
            "times": ratios,
            "goals": GOALS,
        },
    )


if __name__ == "__main__":
    main()
