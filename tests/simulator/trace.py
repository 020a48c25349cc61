"""What happened in a simulation, in order."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple


class Line(NamedTuple):
    """One thing that happened. ``what`` says the same wherever the same happens.

    ``at`` is the true time, ``skew`` how far this machine's clock was off, ``worker`` whose turn
    it was.
    """

    at: datetime
    skew: timedelta
    worker: int
    what: str
    detail: str = ""

    def __str__(self) -> str:
        skew = f" (clock off by {self.skew})" if self.skew else ""
        told = f"{self.what} {self.detail}".rstrip()
        return f"{self.at:%m-%d %H:%M:%S} [{self.worker}] {told}{skew}"


SECOND_COPY = "a second copy is made"
OLD_STATE = "an older state is shown"
LOST = "commits are lost"
FULL = "the disk is full"
CLOCK = "the clock jumps"
SLEEP = "time passes"
"""More than a minute between two points."""
