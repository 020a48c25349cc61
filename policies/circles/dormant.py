"""Ties asleep for over a year: apart from upkeep, with a list and a cap of their own.

By lateness alone they would fill every list, for years, and crowd out whom the owner still knows.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from policies.audit.cadence import Standing


def is_dormant(standing: Standing, after: timedelta) -> bool:
    """Whether somebody was last met longer than ``after`` ago, and beyond their own longest gap."""
    if standing.last is None:
        return False
    return standing.days_waited > max(after.days, standing.maximum_days)


def dormant(standings: Iterable[Standing], after: timedelta) -> tuple[Standing, ...]:
    """Who they are: by priority, and of one priority the last met first, where it is easiest."""
    found = (each for each in standings if is_dormant(each, after))
    return tuple(
        sorted(found, key=lambda one: (one.person.priority, one.days_waited, one.person.id))
    )


class Apart(NamedTuple):
    """Who stays in the running, in the order they came, and which of the dormant have to wait."""

    stay: tuple[Standing, ...]
    wait: tuple[Standing, ...]


def apart(standings: Iterable[Standing], after: timedelta, room: int) -> Apart:
    """Let at most ``room`` of the dormant stay among ``standings``; turns in a ritual always do."""
    everyone = tuple(standings)
    first = dormant((each for each in everyone if not each.occasion), after)
    waiting = {each.person.id for each in first[max(room, 0) :]}
    return Apart(
        tuple(each for each in everyone if each.person.id not in waiting),
        tuple(each for each in everyone if each.person.id in waiting),
    )
