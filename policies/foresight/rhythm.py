"""Whom the owner meets anyway, and when that can be expected to go on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median_high
from typing import Final

_FEWEST: Final = 3  # two make no rhythm


def expected(
    past: Sequence[int], booked: Sequence[int], *, today: int, until: int, maximum: int
) -> tuple[int, ...]:
    """The days of contact that no calendar holds yet, as often as it has been, up to ``until``.

    Days are ordinals; ``past`` and ``booked`` are in order, without those that Fika brought about.
    Only a rhythm within the longest gap counts, and one that has not stopped: the last time was
    no longer ago than two of its gaps. The next that is due by today and not booked would have been
    met or entered if it came on time, so it is placed half a gap from today.
    """
    days = sorted(set(past))
    if len(days) < _FEWEST:
        return ()
    usual = median_high([later - earlier for earlier, later in pairwise(days)])
    if usual > maximum or today - days[-1] > 2 * usual:
        return ()
    due = max((days[-1], *booked)) + usual
    return tuple(range(due if due > today else today + (usual + 1) // 2, until + 1, usual))
