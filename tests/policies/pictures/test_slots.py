from __future__ import annotations

from datetime import date, timedelta

import pytest

from policies.interval import Interval
from policies.pictures.slots import AHEAD, PAST, plan_title, plan_weeks
from policies.planning.block import Block, BlockState, Purpose
from tests import make

TODAY = date(2026, 3, 31)
KEPT, LOST, HELD = BlockState.KEPT, BlockState.LOST, BlockState.HELD


def block(state: BlockState, start: str = "2026-03-26 09:00") -> Block:
    at = make.utc(start)
    return Block("uid", Purpose.RHYTHM, "", Interval(at, at + timedelta(hours=1)), state, at)


def test_slots_stand_in_the_week_they_were_to_be_in_on_the_owners_clock() -> None:
    late_on_sunday = block(KEPT, "2026-03-29 21:59"), block(LOST, "2026-03-29 22:01")

    weeks = plan_weeks([*late_on_sunday, block(HELD, "2026-04-20 08:00")], TODAY, make.BERLIN)
    assert len(weeks) == PAST + AHEAD
    assert weeks[PAST - 2] == (date(2026, 3, 23), 1, 0, 0)
    assert weeks[PAST - 1] == (date(2026, 3, 30), 0, 1, 0)
    assert weeks[PAST + 2] == (date(2026, 4, 20), 0, 0, 1)


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ([], "There is no planning slot yet"),
        ([HELD], "No planning slot is over yet, 1 is to come"),
        ([BlockState.WRITING, HELD], "No planning slot is over yet, 2 are to come"),
        ([KEPT, LOST, HELD], "1 of 2 planning slots was kept"),
        ([KEPT, KEPT, LOST], "2 of 3 planning slots were kept"),
    ],
)
def test_the_title_says_how_many_were_kept(states: list[BlockState], said: str) -> None:
    assert plan_title(plan_weeks(map(block, states), TODAY, make.BERLIN)) == said
