"""When a group of people can meet, the best times first, or what stands in the way.

Everyone has a clock, hours, and what is known of their calendar. A time must suit everyone; of
those that do, the better is the one that is kinder to whoever has the worst of it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from itertools import islice
from operator import attrgetter
from typing import Final, NamedTuple

from policies.frozen import frozen
from policies.hours import every_day, whole_days
from policies.interval import Interval, merged
from policies.people.person import Format
from policies.proposal import ScorePart, Slot
from policies.slots.availability import Availability, Cause, starts, within
from policies.slots.candidates import AFTER_WORK
from policies.slots.lifting import Lift, Times, bits, conflict, left_by, lifts
from policies.slots.scoring import BEST, closeness
from policies.wall import local_date, local_datetime, seconds

HOURS: Final = "hours"
NIGHT: Final = "night"
DAY_OFF: Final = "day off"
"""Nobody likes to meet at night or on a day off: where hours give way, those two come last."""

WAKING: Final = (time(7), time(21))
_BEST = (time(10), time(14, 30))  # of a meeting of no format
_FAR = timedelta(hours=3)
_OWN_HOURS = {Format.LUNCH, *AFTER_WORK}  # they are no day, and have no edge that tires
_BREATH, _FAIR = timedelta(minutes=15), timedelta(days=5)
_NOON, _ONE, _MORNING = time(12), time(13), time(10)
_MONDAY, _FRIDAY = 0, 4
_ODD = (NIGHT, DAY_OFF)
_HARD = (HOURS, Cause.HOLIDAYS, Cause.PLANNING, Cause.MEETINGS, *_ODD)  # to lift, harder and harder
_START = attrgetter("start")
_MEETINGS = (Cause.MEETINGS, Cause.TENTATIVE)


class Rule(NamedTuple):
    """What excludes a time: `HOURS`, `NIGHT`, `DAY_OFF` or a `Cause`; unnamed, it is of all."""

    who: str
    what: str


class Member(NamedTuple):
    """One of a group. ``seen`` is whether their calendar is known; ``name`` is theirs alone."""

    name: str
    zone: str
    time: Availability
    seen: bool = True


@frozen
class Wish:
    """The meeting: how long, in which stretch of time, on which grid of whose clock, how soon.

    ``now`` is what ``notice`` counts from. ``format`` decides which time of day is good.
    """

    length: timedelta
    window: Interval
    grid: timedelta
    zone: str
    now: datetime
    notice: timedelta = timedelta()
    format: Format | None = None


class Remedy(NamedTuple):
    """Rules of which all must be lifted, and the time nearest to what is usual that this gives."""

    rules: tuple[Rule, ...]
    when: Interval
    times: int


class Found(NamedTuple):
    """Every time that suits, by start. Without any, the conflict, and what would settle it.

    ``conflict`` is a smallest set of rules that leaves no time. ``remedies`` are sets that give
    one when lifted and have no rule to spare: those without nights and days off first, then the
    smallest; see `policies.slots.lifting`.
    """

    slots: tuple[Slot, ...]
    conflict: tuple[Rule, ...] = ()
    remedies: tuple[Remedy, ...] = ()


def find(group: Sequence[Member], wish: Wish, *, remedies: int = 3) -> Found:
    """Every time that suits the whole group, else why there is none.

    The order of ``group`` decides nothing but the order of equal answers.
    """
    times = Times(starts((wish.window,), wish.length, wish.grid, wish.zone))
    rules = excluded(group, wish, times)
    left = left_by(rules, times.whole)
    if left:
        score = _Score(group, wish, times)
        return Found(tuple(score.slot(index) for index in bits(left)))
    usual = {rule: mask for rule, mask in rules.items() if rule.what not in _ODD}
    ways = ways_out(rules, group, times)
    return Found((), conflict(usual, times.whole), ways[:remedies])


def ways_out(
    rules: Mapping[Rule, int], group: Sequence[Member], times: Times
) -> tuple[Remedy, ...]:
    """All of `Found.remedies`; empty where there is time as it is."""
    found = [each for each in lifts(rules, times.whole) if each.rules]
    found.sort(key=lambda each: sum(rule.what in _ODD for rule in each.rules))
    return tuple(_remedy(each, group, times) for each in found)


def best(slots: Sequence[Slot], count: int) -> tuple[Slot, ...]:
    """The ``count`` best that do not overlap, best first; of equal ones the earlier."""
    chosen: list[Slot] = []
    for slot in sorted(slots, key=lambda each: (-each.score, each.when)):
        if len(chosen) == count:
            break
        if not any(slot.when.overlaps(each.when) for each in chosen):
            chosen.append(slot)
    return tuple(chosen)


def excluded(group: Sequence[Member], wish: Wish, times: Times) -> Mapping[Rule, int]:
    """The mask of every rule that excludes anything, the easier to lift first."""
    found: dict[Rule, int] = {}
    soonest = wish.now + wish.notice
    if soonest > wish.window.start:
        found[Rule("", Cause.NOTICE)] = times.meeting((Interval(wish.window.start, soonest),))
    for each in group:
        found[Rule(each.name, HOURS)] = times.whole & ~times.inside(each.time.hours)
    for each in group:
        for cause, taken in each.time.exclusions:
            found[Rule(each.name, cause)] = times.meeting(taken)
    for each in group:
        outside = found[Rule(each.name, HOURS)]
        waking = within(every_day(*WAKING), each.zone, wish.window)
        found[Rule(each.name, NIGHT)] = outside & ~times.inside(waking)
        found[Rule(each.name, DAY_OFF)] = outside & ~times.inside(_working_days(each))
    hardness = {what: place for place, what in enumerate(_HARD, 1)}
    order = sorted(found, key=lambda rule: hardness.get(rule.what, 0))
    return {rule: found[rule] for rule in order if found[rule]}


def _working_days(each: Member) -> tuple[Interval, ...]:
    days = {local_date(span.start, each.zone) for span in each.time.hours}
    return merged(span for day in days for span in whole_days(each.zone, day, day))


def _remedy(lift: Lift[Rule], group: Sequence[Member], times: Times) -> Remedy:
    """The time that lies least outside everyone's hours, then the earliest."""

    def odd(when: Interval) -> timedelta:
        return sum((_outside(when, each.time.hours) for each in group), timedelta())

    every = times.of(lift.times)
    return Remedy(lift.rules, min(every, key=lambda when: (odd(when), when)), len(every))


def _outside(when: Interval, hours: Sequence[Interval]) -> timedelta:
    """How far a time would have to be moved to lie in the nearest hours; they are in order."""
    after = bisect_right(hours, when.start, key=_START)
    nearest = max(when.end - hours[after - 1].end, timedelta()) if after else timedelta.max
    for span in islice(hours, after, None):
        if span.start - when.start >= nearest:
            break
        nearest = min(nearest, max(span.start - when.start, when.end - span.end))
    return nearest if hours else timedelta()


class _Score:
    """What speaks for and against a time, by the clocks of all."""

    def __init__(self, group: Sequence[Member], wish: Wish, times: Times) -> None:
        self.group = group
        self.now = wish.now
        self.best = BEST[wish.format] if wish.format else _BEST
        self.at_lunch = wish.format is Format.LUNCH
        self.times = times
        self.people = Counter(each.zone for each in group)
        wide = Times([each.widened(_BREATH, _BREATH) for each in times.every])
        self.tight = [wide.meeting(each.time.taken(*_MEETINGS)) for each in group]
        hours = [] if wish.format in _OWN_HOURS else [each.time.hours for each in group]
        self.opening = Counter(span.start for spans in hours for span in spans)
        self.closing = Counter(span.end for spans in hours for span in spans)

    def slot(self, index: int) -> Slot:
        when, size = self.times.every[index], len(self.group)
        clocks = {zone: _clock(when, zone) for zone in self.people}
        roomy = sum(not mask >> index & 1 for mask in self.tight) / size
        edges = self.opening[when.start] + self.closing[when.end]
        every = (
            ("suits everyone", 10.0),
            ("a good hour for everyone", 3 * self._hour(clocks.values())),
            ("room before and after", 1.5 * roomy),
            ("fair warning", 1.5 * min((when.start - self.now) / _FAIR, 1)),
            ("over lunch", 0.0 if self.at_lunch else -self._share(_over_lunch, clocks)),
            ("at the edge of a day", -min(edges / size, 1)),
            ("Friday afternoon", -1.5 * self._share(_friday_afternoon, clocks)),
            ("first thing on Monday", -self._share(_monday_morning, clocks)),
        )
        rounded = (ScorePart(name, round(points, 2)) for name, points in every)
        return Slot(when, parts=tuple(part for part in rounded if part.points))

    def _hour(self, clocks: Iterable[_Clock]) -> float:
        """How good it is for whoever has the worst of it, from 0 to 1."""
        return min(closeness(each.start, self.best, _FAR) for each in clocks)

    def _share(self, said: Callable[[_Clock], bool], clocks: Mapping[str, _Clock]) -> float:
        """The share of the group on whose clock something can be said of a time."""
        return sum(self.people[zone] for zone, clock in clocks.items() if said(clock)) / len(
            self.group
        )


class _Clock(NamedTuple):
    start: datetime
    end: datetime


def _clock(when: Interval, zone: str) -> _Clock:
    return _Clock(*(local_datetime(seconds(at), zone) for at in (when.start, when.end)))


def _over_lunch(clock: _Clock) -> bool:
    return clock.start.time() < _ONE and clock.end.time() > _NOON


def _friday_afternoon(clock: _Clock) -> bool:
    return clock.start.weekday() == _FRIDAY and clock.start.time() >= _ONE


def _monday_morning(clock: _Clock) -> bool:
    return clock.start.weekday() == _MONDAY and clock.start.time() < _MORNING
