"""Many schedules, side by side on every core, and what they held between them."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from tests.simulator.disk import Disk
from tests.simulator.schedule import play

_TOGETHER = 250


@dataclass
class Tally:
    """``violations`` say how to see each again; ``met`` counts schedules by what happened there."""

    schedules: int = 0
    deaths: int = 0
    delivered: int = 0
    violations: list[str] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        self.schedules += other.schedules
        self.deaths += other.deaths
        self.delivered += other.delivered
        self.violations += other.violations
        self.met += other.met


def tally(seeds: range) -> Tally:
    """Play these schedules one after the other."""
    result = Tally()
    with Disk() as disk:
        for seed in seeds:
            played = play(disk, seed)
            result.schedules += 1
            result.deaths += played.deaths
            result.delivered += played.delivered
            result.met.update(played.met)
            if played.violation:
                shown = f"python -m tests.simulator replay {seed}"
                result.violations.append(f"{played.violation}: {shown}")
    return result


def side_by_side(seeds: range) -> Iterator[Tally]:
    """Play them on every core; what is known so far, ever more of it."""
    result = Tally()
    # Not forked: the caller may have threads.
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        for each in pool.map(tally, _parts(seeds)):
            result.add(each)
            yield result


def _parts(seeds: range) -> Iterable[range]:
    for first in range(0, len(seeds), _TOGETHER):
        yield seeds[first : first + _TOGETHER]
