"""Exit codes; if several apply, the first of `WORST_FIRST`."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Exit(IntEnum):
    """What a scheduler learns from a finished command."""

    OK = 0
    DEGRADED = 1
    USAGE = 2
    SIGN_IN = 3
    NEEDS_REVIEW = 4
    STATE_UNUSABLE = 5
    INTERNAL = 70


WORST_FIRST = (
    Exit.INTERNAL,
    Exit.STATE_UNUSABLE,
    Exit.USAGE,
    Exit.NEEDS_REVIEW,
    Exit.SIGN_IN,
    Exit.DEGRADED,
    Exit.OK,
)


def worst(codes: Iterable[Exit]) -> Exit:
    """The code to end with; all well when there is none."""
    return min(codes, key=WORST_FIRST.index, default=Exit.OK)
