"""What excludes every time of two people, for one format: the rules, and each way out of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from policies.interval import Interval
from policies.people.allowances import joined
from policies.proposal import NoSlot
from policies.slots.availability import Availability, Cause, starts, within
from policies.slots.candidates import (
    AFTER_WORK,
    GuestSide,
    OwnerSide,
    OwnTimes,
    hours_for,
    their_time,
)
from policies.slots.group import HOURS, Member, Remedy, Rule, Wish, excluded, ways_out
from policies.slots.lifting import Times, left_by

ME, THEM = "me", "them"
FORMAT = Rule(ME, "format")  # its hours on the guest's clock; on the owner's they are hours
HOURLY: Final = frozenset({HOURS, FORMAT.what, Cause.LUNCH})
_STAGES: Final[tuple[tuple[NoSlot, Callable[[Rule], bool]], ...]] = (
    (NoSlot.NO_COMMON_HOURS, lambda rule: rule.what in HOURLY),
    (NoSlot.NOTICE_TOO_SHORT, lambda rule: rule.what == Cause.NOTICE),
    (NoSlot.HOLIDAYS, lambda rule: rule.what == Cause.HOLIDAYS),
    (NoSlot.OWNER_BUSY, lambda rule: rule.who == ME),
    (NoSlot.GUEST_BUSY, lambda _: True),
)


class Excluded(NamedTuple):
    """What excludes the times of both sides for one format, and every way out.

    ``theirs`` is the guest's time, ``formal`` those of their hours that suit the format.
    """

    code: NoSlot
    theirs: Availability
    formal: tuple[Interval, ...]
    every: Times
    rules: Mapping[Rule, int]
    ways: tuple[Remedy, ...]


def excluded_for(times: OwnTimes, guest: GuestSide, side: OwnerSide) -> Excluded:
    """Where the owner has no time of ``times`` for this guest."""
    theirs, formal = _their_times(guest, side, times)
    length, grid, zone = times.rule.length, side.grid, side.owner.zone
    every = _every(side.window, length, grid, zone)
    both = (
        Member(ME, zone, times.availability),
        Member(THEM, guest.zone(side.owner), theirs),
    )
    odd = every.inside(theirs.hours) & ~every.inside(formal)
    wish = Wish(length, side.window, grid, zone, side.now)
    rules = {FORMAT: odd, **excluded(both, wish, every)}
    code = _code(rules, every.whole)
    return Excluded(code, theirs, formal, every, rules, ways_out(rules, both, every))


def _code(rules: Mapping[Rule, int], whole: int) -> NoSlot:
    """The first stage of which, with those before it, nothing is left."""
    for code, holds in _STAGES:
        whole = left_by({rule: mask for rule, mask in rules.items() if holds(rule)}, whole)
        if not whole:
            return code
    return NoSlot.CAPS_REACHED


def _their_times(
    guest: GuestSide, side: OwnerSide, times: OwnTimes
) -> tuple[Availability, tuple[Interval, ...]]:
    """The guest's time in their own hours, and those of their hours that suit the format.

    On one clock an owner who allows a coffee at 08:45 allows it to both.
    """
    theirs = their_time(guest, side, times.format, times.rule)
    zone = guest.zone(side.owner)
    if times.format in AFTER_WORK or zone != side.owner.zone:  # elsewhere a lunch must be a lunch
        return theirs, theirs.hours
    hours = guest.person.hours or side.owner.hours
    wide = joined(hours, hours_for(times.format, hours, times.rule))
    return replace(theirs, hours=within(wide, zone, side.window)), theirs.hours


@lru_cache(maxsize=16)
def _every(window: Interval, length: timedelta, grid: timedelta, zone: str) -> Times:
    """Every time of the window, whoever is asked: the same for all who cannot be placed."""
    return Times(starts((window,), length, grid, zone))
