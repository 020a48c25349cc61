from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proof.figures import record
from tests.simulator import syncing
from tests.simulator.disk import Disk
from tests.simulator.many import Tally, side_by_side
from tests.simulator.schedule import EVERYTHING, play

pytestmark = pytest.mark.proof
_SCHEDULES = 10_000
_LEAST = 5
_READINGS = 1_000
_ROOT = Path(__file__).parents[2]


@pytest.fixture
def disk() -> Iterator[Disk]:
    with Disk() as made:
        yield made


def test_no_schedule_of_crashes_breaks_an_invariant_and_they_hold_everything() -> None:
    tally = Tally()
    for tally in side_by_side(range(_SCHEDULES)):  # noqa: B007 - the last one counts
        pass

    record(
        "Random crash schedules",
        tally.schedules,
        seed=f"0 to {_SCHEDULES - 1}",
        violations=len(tally.violations),
        note=f"{tally.deaths:,} kills, {tally.delivered:,} messages to guests",
    )
    assert tally.violations == []
    assert tally.schedules == _SCHEDULES
    assert {each for each in EVERYTHING if tally.met[each] < _LEAST} == set()


def test_a_seed_means_the_same_wherever_and_after_whatever_it_is_played(disk: Disk) -> None:
    for seed in range(12, 32):
        here = "".join(f"{line}\n" for line in play(disk, seed).trace)
        if seed % 5 == 0:
            replayed = _replayed(seed)
            assert here in replayed


def test_a_reading_cut_off_anywhere_keeps_cursor_and_data_together() -> None:
    broken = [seed for seed in range(_READINGS) if syncing.play(seed)]

    record(
        "Calendar readings cut off anywhere",
        _READINGS,
        seed=f"0 to {_READINGS - 1}",
        violations=len(broken),
        note="cursor and data go together",
    )
    assert broken == []


def _replayed(seed: int) -> str:
    return subprocess.run(
        [sys.executable, "-m", "tests.simulator", "replay", str(seed)],
        cwd=_ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
