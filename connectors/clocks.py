"""How far this machine's clock is off, by what the answers of services say of theirs.

Whoever reads a calendar gathers it without any reader handing it on. It loads nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Final

_SECOND: Final = timedelta(seconds=1)
_TOLD: Final[ContextVar[list[timedelta] | None]] = ContextVar("told", default=None)


@contextmanager
def comparing() -> Iterator[list[timedelta]]:
    """How far we are ahead (negative: behind) by each answer that comes within and tells it."""
    told: list[timedelta] = []
    before = _TOLD.set(told)
    try:
        yield told
    finally:
        _TOLD.reset(before)


def compare(made: datetime | None, sent: datetime, came: datetime) -> None:
    """An answer says, by its service's clock, when it was ``made``: to the second, or not at all.

    It was between ``sent`` and ``came`` by ours, nobody knows when. What is told is the least that
    explains that: nothing while both clocks may be right. One of ours that stood still meanwhile,
    as in a rehearsal of another day, or went back is not compared.
    """
    told = _TOLD.get()
    if told is not None and made is not None and sent < came:
        least, most = sent - made - _SECOND, came - made
        told.append(max(least, min(most, timedelta())))
