"""Whether an event takes the owner's time."""

from __future__ import annotations

from enum import IntEnum
from typing import Final, TypeAlias

from policies.audit.evidence import own_answer
from policies.calendar.event import Event, Kind, Response, Status


class Occupies(IntEnum):
    """How firmly an event takes time; an invitation still unanswered takes it tentatively."""

    FREE = 0
    TENTATIVE = 1
    BUSY = 2


PlainRow: TypeAlias = tuple[int, int, int, int, str, str]
"""Start, end, how firmly it takes time, whole days, uid and place: a run looks at thousands."""

_NEVER: Final = frozenset({Kind.WORKING_LOCATION, Kind.BIRTHDAY})
_UNDECIDED: Final = frozenset({Response.TENTATIVE, Response.NEEDS_ACTION})


def occupies(event: Event, owner: frozenset[str]) -> Occupies:
    """What ``event`` does to the time of the owner of these lower-case addresses.

    An entry of someone else's that stands in the owner's calendar without inviting them takes
    time as it says itself: the owner put it there. Being out of office is never tentative.
    """
    own = own_answer(event, owner)
    if event.status is Status.CANCELLED or own is Response.DECLINED:
        return Occupies.FREE
    if not event.busy or event.kind in _NEVER:
        return Occupies.FREE
    if event.kind is Kind.OUT_OF_OFFICE:
        return Occupies.BUSY
    if event.status is Status.TENTATIVE or own in _UNDECIDED:
        return Occupies.TENTATIVE
    return Occupies.BUSY
