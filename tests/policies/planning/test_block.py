from __future__ import annotations

import pytest

from policies.planning.block import (
    Adopt,
    Block,
    BlockState,
    Decision,
    Keep,
    Kept,
    Loss,
    Lost,
    Move,
    NoRoom,
    Purpose,
    Write,
    sentence,
)
from tests.make import BERLIN, interval, utc

WHEN = interval("2026-03-04 08:30", "2026-03-04 09:00")
LATER = interval("2026-03-05 08:30", "2026-03-05 09:00")
BLOCK = Block("uid", Purpose.RHYTHM, "2026-W10", WHEN, BlockState.HELD, utc("2026-03-01 05:00"))
FULL = "there is no free 30m in your planning hours"


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        (Keep(BLOCK), ""),
        (
            Write(Purpose.FIRST, "first", WHEN),
            "Wed 4 Mar 09:30-10:00: first planning slot written",
        ),
        (
            Move(BLOCK, LATER),
            (
                "Thu 5 Mar 09:30-10:00: planning slot moved from Wed 4 Mar 09:30-10:00, "
                "because something else took that time"
            ),
        ),
        (
            Adopt(BLOCK, LATER, pinned=False),
            "Thu 5 Mar 09:30-10:00: planning slot, where you moved it",
        ),
        (Kept(BLOCK, WHEN), "Wed 4 Mar 09:30-10:00: planning slot kept"),
        (Lost(BLOCK, Loss.DELETED), "Wed 4 Mar 09:30-10:00: planning slot deleted by you"),
        (
            Lost(BLOCK, Loss.CLASH),
            "Wed 4 Mar 09:30-10:00: planning slot lost, something else took that time",
        ),
        (
            NoRoom(Purpose.REVIEW, "2026-Q1", FULL),
            f"no room for a quarterly review in 2026-Q1: {FULL}",
        ),
        (NoRoom(Purpose.FIRST, "first", FULL), f"no room for a first planning slot: {FULL}"),
        (
            NoRoom(Purpose.RHYTHM, "2026-W10", FULL, BLOCK),
            f"Wed 4 Mar 09:30-10:00: planning slot not moved: {FULL}",
        ),
    ],
)  # fmt: skip
def test_every_decision_can_be_said_in_one_line(decision: Decision, said: str) -> None:
    assert sentence(decision, BERLIN) == said
