from __future__ import annotations

import pytest

from tests.proof.figures import record
from tests.simulator.matrix import each_walk, every_cell, unreachable, walked, why_not

pytestmark = pytest.mark.proof


def test_every_kill_point_with_every_answer_holds_and_what_cannot_be_reached_is_explained() -> None:
    walks = list(each_walk(walked))

    violations = [violation for walk in walks for violation in walk.violations]
    reached = frozenset[object]().union(*(walk.reached for walk in walks))
    explained = sum(unreachable().values())
    record(
        "Every kill point, answer, run, service and kind of action",
        f"{len(reached):,} reached, {explained:,} cannot be",
        violations=len(violations),
        note=f"{sum(walk.cases for walk in walks):,} plays",
    )
    assert violations == []
    assert reached == {cell for cell in every_cell() if not why_not(cell)}
