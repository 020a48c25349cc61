"""Who is written to, as they come from the seating to the letter."""

from __future__ import annotations

from policies.audit.cadence import Standing
from policies.circles.ground import NO_TIES, Ties
from policies.frozen import frozen
from policies.outreach.etiquette import Past
from policies.slots.candidates import OwnTimes


@frozen
class Guest:
    """Who is written to, what passed before, the format found, and what it took to find it.

    ``place`` is theirs among the ``of`` people who may be asked now, the first is 1. ``ties`` is
    what calendars show of the two beside contact.
    """

    standing: Standing
    past: Past
    address: str
    times: OwnTimes
    assumptions: tuple[str, ...] = ()
    place: int = 1
    of: int = 1
    ties: Ties = NO_TIES
