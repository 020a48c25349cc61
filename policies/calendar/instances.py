"""Which instances a series has: RRULE, RDATE, EXDATE and EXRULE (RFC 5545, section 3.8.5).

An instance is known by its *identity*: the absolute second its rule would start it at, or for a
whole day midnight UTC of that day, so that whoever reads the calendar gets the same number.
Everything a series is made of comes down to sets of identities.

Where the RFC is silent, or exports stray from it:

- DTSTART is an instance even if its rule does not name it, and COUNT counts what the rule names
  (3.8.5.3 leaves both open). If every rule ended before DTSTART there is none: so does Google
  leave a series whose instances were all deleted.
- A time that the clocks skip is kept and read as `policies.wall` says (3.3.5), though 3.3.10
  would drop it: a meeting at 02:30 takes place that night too. Two wall times that come to one
  second are one instance.
- A date among times means its whole day in EXDATE and UNTIL, and the time of day of DTSTART
  in RDATE and RECURRENCE-ID. A time among whole days means the day it is midnight of for the
  owner, or else the day as it is written. A local UNTIL is read in the zone of DTSTART.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from operator import ge
from typing import NamedTuple, TypeVar

from policies.calendar.event import Recurrence, Span
from policies.calendar.rrule import BadRule, Rule, Until, UntilForm, parse
from policies.calendar.rrule_times import named_by
from policies.wall import (
    DAY_S,
    WallTime,
    When,
    Zone,
    absolute_all,
    absolute_seconds,
    day_seconds,
    local_seconds,
    wall_all,
    wall_range,
    wall_seconds,
)

MOST_RULES = 10
MOST_DATES = 200_000
TOO_MANY = "it repeats more often than is kept; only its first occurrences are"
T = TypeVar("T")
_EXRULE_SHARE = 16  # an EXRULE may name this many times as many as are kept


class Frame(NamedTuple):
    """How the instances of one series get their identity.

    ``zone`` is that of DTSTART, and UTC for whole days; ``start_wall_s`` DTSTART itself on the
    wall there; ``owner_zone`` where whole days start.
    """

    zone: Zone
    start_wall_s: int
    all_day: bool
    owner_zone: str

    def identity(self, when: When) -> int:
        """The identity of the instance that RDATE, EXDATE or RECURRENCE-ID names."""
        if isinstance(when, WallTime):
            wall_s = local_seconds(when.local)
            identity_s = absolute_seconds(wall_s, when.zone)
            if not self.all_day:
                return identity_s
            own_s = wall_seconds(identity_s, self.owner_zone)
            return own_s if own_s % DAY_S == 0 else wall_s - wall_s % DAY_S
        day_s = day_seconds(when)
        if self.all_day:
            return day_s
        return absolute_seconds(day_s + self.start_wall_s % DAY_S, self.zone)


def frame_of(start: When, owner_zone: str) -> Frame:
    """The frame of the series that starts with ``start``."""
    if isinstance(start, WallTime):
        return Frame(start.zone, local_seconds(start.local), False, owner_zone)
    return Frame("UTC", day_seconds(start), True, owner_zone)


class Excluded(NamedTuple):
    """What EXDATE takes out: single identities, and whole days on the wall of DTSTART."""

    identities: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()

    def left_of(self, identities: list[int], zone: Zone) -> list[int]:
        """Those that are not taken out; ``identities`` must rise."""
        if self.identities:
            identities = [each for each in identities if each not in self.identities]
        if self.days:
            walls_s = wall_all(identities, zone)
            pairs = zip(identities, walls_s, strict=True)
            identities = [each for each, wall_s in pairs if wall_s // DAY_S not in self.days]
        return identities


NOTHING_EXCLUDED = Excluded()


class Reach(NamedTuple):
    """Which identities are wanted: from one up to, not with, another, at most so many."""

    from_s: int
    until_s: int
    most: int


def excluded_by(recurrence: Recurrence, frame: Frame, problems: list[str]) -> Excluded:
    """What the EXDATEs take out."""
    if not recurrence.excluded:
        return NOTHING_EXCLUDED
    identities: set[int] = set()
    days: set[int] = set()
    for when in _first_of(recurrence.excluded, problems):
        if frame.all_day or isinstance(when, WallTime):
            identities.add(frame.identity(when))
        else:
            days.add(day_seconds(when) // DAY_S)
    return Excluded(frozenset(identities), frozenset(days))


def dated_by(recurrence: Recurrence, frame: Frame, problems: list[str]) -> dict[int, Span | None]:
    """The RDATEs, with their length where they have their own."""
    return {frame.identity(when): span for when, span in _first_of(recurrence.extra, problems)}


def instances(recurrence: Recurrence, frame: Frame, reach: Reach, problems: list[str]) -> list[int]:
    """The identities that DTSTART, RRULE and EXRULE make, rising; RDATE and EXDATE are apart.

    What cannot be followed is left out, and why is added to ``problems``.
    """
    rules = _parsed(recurrence.rules, problems)
    if len(rules) == 1:
        found = _named(rules[0], frame, reach, problems)
    else:
        found = sorted({each for rule in rules for each in _named(rule, frame, reach, problems)})
    if frame.start_wall_s > reach.from_s - DAY_S:  # no offset is longer than a day
        _add_start(found, rules, frame, reach)
    if found and recurrence.exclusion_rules:
        among = Reach(found[0], found[-1] + 1, reach.most * _EXRULE_SHARE)
        for rule in _parsed(recurrence.exclusion_rules, problems):
            taken = set(_named(rule, frame, among, problems))
            found = [each for each in found if each not in taken]
    return found


def _add_start(found: list[int], rules: Sequence[Rule], frame: Frame, reach: Reach) -> None:
    """DTSTART, if no rule named it and not all rules had ended."""
    start_s = absolute_seconds(frame.start_wall_s, frame.zone)
    if found[:1] == [start_s] or not reach.from_s <= start_s < reach.until_s:
        return
    lasting = [rule for rule in rules if not rule.until or _last_s(rule.until, frame) >= start_s]
    if lasting or not rules:
        found.insert(0, start_s)


def _named(rule: Rule, frame: Frame, reach: Reach, problems: list[str]) -> list[int]:
    """The identities within reach that one rule names, rising, each once.

    Among whole days BYHOUR and its like "MUST be ignored" (3.3.10).
    """
    if frame.all_day:
        rule = replace(rule, hours=(), minutes=(), seconds=())
    from_wall, until_wall = wall_range(reach.from_s, reach.until_s, frame.zone)
    until_s = reach.until_s
    if rule.until:
        until_s = min(until_s, _last_s(rule.until, frame) + 1)
        until_wall = min(until_wall, rule.until.second + DAY_S)
    try:
        named = named_by(rule, frame.start_wall_s, from_wall, until_wall, reach.most + 1)
    except BadRule as error:
        problems.append(str(error))
        return []
    if len(named) > reach.most:
        problems.append(TOO_MANY)
    found = absolute_all(named, frame.zone)
    if any(map(ge, found, found[1:])):
        found = sorted(set(found))
    return found[bisect_left(found, reach.from_s) : bisect_left(found, until_s)]


def _last_s(until: Until, frame: Frame) -> int:
    """The last identity that UNTIL allows; among whole days a time means its day, as written."""
    if until.form is UntilForm.UTC or frame.all_day:
        return until.second
    return absolute_seconds(until.second, frame.zone)


def _parsed(texts: Sequence[str], problems: list[str]) -> list[Rule]:
    rules: list[Rule] = []
    for text in texts[:MOST_RULES]:
        try:
            rules.append(parse(text))
        except BadRule as error:
            problems.append(str(error))
    if len(texts) > MOST_RULES:
        problems.append(f"it has more than {MOST_RULES} rules; only the first are followed")
    return rules


def _first_of(dates: Sequence[T], problems: list[str]) -> Sequence[T]:
    if len(dates) <= MOST_DATES:
        return dates
    problems.append(f"it lists more than {MOST_DATES} dates; only the first are read")
    return dates[:MOST_DATES]
