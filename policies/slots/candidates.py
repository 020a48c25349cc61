"""When two people could meet in one format, and how good each time is.

Hours are wall-clock hours of either side. The format's own window applies to both clocks, so a
call is decent for both. Lunch may lie in the owner's lunch break, and what is for after work may
lie after the hours of a working day; everything else stays inside them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from policies.hours import is_zone
from policies.interval import Interval, without
from policies.people.person import Format, HoursOfDay, Person, WeeklyHours
from policies.proposal import ScorePart, Slot
from policies.rules import FormatRule, Owner, SlotRules
from policies.slots.availability import (
    Availability,
    Busy,
    Cause,
    guest_time,
    owner_time,
    starts,
    within,
)
from policies.wall import local_date, local_datetime, seconds

AFTER_WORK: Final = frozenset({Format.DRINK, Format.EVENT})
_FARTHEST = timedelta(weeks=26)  # whatever the settings say; a horizon bounds the work of a run
_FINEST_GRID = timedelta(minutes=5)
_BEST = MappingProxyType(
    {
        Format.COFFEE: (time(10), time(15)),
        Format.LUNCH: (time(12),),
        Format.WALK: (time(13, 30), time(16)),
        Format.DRINK: (time(17, 30),),
        Format.CALL: (time(10), time(14)),
        Format.VIRTUAL_COFFEE: (time(10), time(15)),
        Format.EVENT: (time(18),),
    }
)
_NEAR_ENOUGH = timedelta(hours=2)
_LONG = timedelta(hours=2)
_FAIR = timedelta(days=5)
_BREATH = timedelta(minutes=15)
_MONDAY, _WEDNESDAY, _FRIDAY = 0, 2, 4
_MORNING, _NOON, _ONE = time(10), time(12), time(13)


@dataclass(frozen=True, slots=True)
class Preferences:
    """What makes one possible time better than another, in points; what speaks against it is < 0.

    ``suits`` is what every possible time has, so that none is worth nothing.
    """

    suits: float = 10.0
    time_of_day: float = 3.0
    long_stretch: float = 2.0
    room_around: float = 1.5
    fair_warning: float = 1.5
    early_for_seniors: float = 1.0
    soon_when_red: float = 2.0
    friday_afternoon: float = -1.5
    monday_morning: float = -1.0
    their_lunch: float = -1.0
    edge_of_their_day: float = -1.0


_is_zone = lru_cache(maxsize=1024)(is_zone)  # thousands of guests live in a few zones

PREFERENCES: Final = Preferences()


class Reserved(NamedTuple):
    """A time kept free for another proposal, and the gap it wants around it."""

    when: Interval
    gap: timedelta


@dataclass(frozen=True, slots=True)
class OwnerSide:
    """What is known of the owner's time from now on.

    ``protected`` is planning time; ``reserved`` are the slots of proposals that wait.
    """

    owner: Owner
    rules: SlotRules
    now: datetime
    busy: tuple[Busy, ...] = ()
    protected: tuple[Interval, ...] = ()
    holidays: tuple[date, ...] = ()
    reserved: tuple[Reserved, ...] = ()

    @property
    def window(self) -> Interval:
        """From now to the horizon."""
        horizon = max(min(self.rules.horizon, _FARTHEST), self.grid)
        return Interval(self.now, self.now + horizon)

    @property
    def grid(self) -> timedelta:
        return max(self.rules.grid, _FINEST_GRID)


@dataclass(frozen=True, slots=True)
class GuestSide:
    """What is known of the guest's time; ``busy`` is ``None`` where nobody can see it."""

    person: Person
    holidays: tuple[date, ...] = ()
    busy: tuple[Interval, ...] | None = None

    def zone(self, owner: Owner) -> str:
        """Their zone, else the owner's."""
        return self.person.zone if _is_zone(self.person.zone) else owner.zone


@dataclass(frozen=True, slots=True)
class OwnTimes:
    """The owner's possible times for one format, whoever the guest is."""

    format: Format
    rule: FormatRule
    gap: timedelta
    availability: Availability
    slots: tuple[Slot, ...]


def own_times(side: OwnerSide, format_: Format, prefer: Preferences = PREFERENCES) -> OwnTimes:
    """Every start on the grid that suits the owner, with what the owner's own day says of it.

    Before and after a meeting in person the larger of buffer and travel time stays free.
    """
    rule = side.rules.formats[format_]
    gap = gap_of(format_, side.rules)
    mine = replace(side.owner, hours=hours_for(format_, side.owner.hours, rule))
    lunch = None if format_ is Format.LUNCH else side.rules.lunch
    reserved = tuple(
        Busy(each.when.widened(extra, extra))
        for each in side.reserved
        for extra in [max(each.gap - gap, timedelta())]
    )
    available = owner_time(
        mine,
        replace(side.rules, buffer=gap, lunch=lunch),
        side.window,
        now=side.now,
        busy=(*side.busy, *reserved),
        protected=side.protected,
        holidays=side.holidays,
    )
    day = _Day(side, gap, prefer, available)
    found = starts(available.free(), rule.length, side.grid, side.owner.zone)
    slots = tuple(Slot(when, parts=day.parts(format_, when)) for when in found)
    return OwnTimes(format_, rule, gap, available, slots)


def suiting(
    times: OwnTimes,
    guest: GuestSide,
    side: OwnerSide,
    *,
    senior: bool = False,
    red: bool = False,
    prefer: Preferences = PREFERENCES,
) -> tuple[Slot, ...]:
    """Those of the owner's times that suit the guest too, by start, with their whole score."""
    free = their_time(guest, side, times.format, times.rule).free()
    zone = guest.zone(side.owner)
    begins = [span.start for span in free]
    found: list[Slot] = []
    for slot in times.slots:
        index = bisect_right(begins, slot.when.start) - 1
        if index >= 0 and slot.when.end <= free[index].end:
            parts = (
                *slot.parts,
                *_for_standing(slot.when, side, prefer, senior=senior, red=red),
                *_for_guest(slot.when, free[index], times.rule, zone, prefer),
            )
            found.append(replace(slot, parts=parts))
    return tuple(found)


def their_time(
    guest: GuestSide, side: OwnerSide, format_: Format, rule: FormatRule
) -> Availability:
    """The guest's time for one format on their own clock; unknown hours are the owner's."""
    known = guest_time(
        guest.person, side.owner, side.window, busy=guest.busy or (), holidays=guest.holidays
    ).availability
    hours = hours_for(format_, guest.person.hours or side.owner.hours, rule)
    return replace(known, hours=within(hours, guest.zone(side.owner), side.window))


def gap_of(format_: Format, rules: SlotRules) -> timedelta:
    """The time to leave free before and after: the way there is a buffer too."""
    rule = rules.formats.get(format_)
    return max(rules.buffer, rule.travel) if rule and rule.in_person else rules.buffer


def hours_for(format_: Format, hours: WeeklyHours, rule: FormatRule) -> WeeklyHours:
    """The part of ``hours`` a format may take, days off staying off.

    Lunch may fill a break between two spans of a day; what is for after work need not lie in
    the day's hours at all.
    """
    window = (rule.earliest, rule.latest_end)

    def of_day(spans: HoursOfDay) -> HoursOfDay:
        if not spans:
            return ()
        if format_ in AFTER_WORK:
            return (window,)
        if format_ is Format.LUNCH:
            spans = ((min(a for a, _ in spans), max(b for _, b in spans)),)
        cut = ((max(a, window[0]), min(b, window[1])) for a, b in spans)
        return tuple((a, b) for a, b in cut if a < b)

    return WeeklyHours(tuple(of_day(spans) for spans in hours.days))


# ---------------------------------------------------------------- what speaks for a time


class _Day:
    """The owner's day around a time."""

    def __init__(
        self, side: OwnerSide, gap: timedelta, prefer: Preferences, available: Availability
    ) -> None:
        self.zone = side.owner.zone
        self.now = side.now
        self.gap = gap
        self.prefer = prefer
        self.taken = available.taken(Cause.MEETINGS, Cause.TENTATIVE, Cause.PLANNING)
        usual = owner_time(
            side.owner,
            side.rules,
            side.window,
            now=side.now,
            busy=side.busy,
            protected=side.protected,
            holidays=side.holidays,
        )
        self.free: dict[date, list[Interval]] = {}
        for span in usual.free(Cause.NOTICE, Cause.BUFFERS):
            self.free.setdefault(local_date(span.start, self.zone), []).append(span)

    def parts(self, format_: Format, when: Interval) -> tuple[ScorePart, ...]:
        prefer = self.prefer
        here = local_datetime(seconds(when.start), self.zone)
        every = (
            ("suits both", prefer.suits),
            (f"a good time of day for a {format_}", prefer.time_of_day * _closeness(format_, here)),
            ("splits no long free stretch", prefer.long_stretch * self._keeps_a_long(when)),
            ("room before and after", prefer.room_around * self._has_room(when)),
            ("fair warning", prefer.fair_warning * min((when.start - self.now) / _FAIR, 1)),
            ("Friday afternoon", prefer.friday_afternoon * _is_friday_afternoon(here)),
            ("first thing on Monday", prefer.monday_morning * _is_monday_morning(here)),
        )
        return tuple(ScorePart(name, round(points, 2)) for name, points in every if points)

    def _keeps_a_long(self, when: Interval) -> bool:
        """Whether the day still has a long free stretch, or never had one to lose."""
        free = self.free.get(local_date(when.start, self.zone), [])
        left = without(free, [when.widened(self.gap, self.gap)])
        return _has_long(left) or not _has_long(free)

    def _has_room(self, when: Interval) -> bool:
        """Whether more than the gap stays free on both sides, to breathe."""
        around = when.widened(self.gap + _BREATH, self.gap + _BREATH)
        index = bisect_right(self.taken, around.start, key=lambda each: each.end)
        return index == len(self.taken) or self.taken[index].start >= around.end


def _for_standing(
    when: Interval, side: OwnerSide, prefer: Preferences, *, senior: bool, red: bool
) -> tuple[ScorePart, ...]:
    found: list[ScorePart] = []
    here = local_datetime(seconds(when.start), side.owner.zone)
    if senior and here.weekday() <= _WEDNESDAY:
        found.append(ScorePart("early in the week", prefer.early_for_seniors))
    if red:
        left = (side.window.end - when.start) / side.window.length
        found.append(ScorePart("soon", round(prefer.soon_when_red * left, 2)))
    return tuple(found)


def _for_guest(
    when: Interval, day: Interval, rule: FormatRule, zone: str, prefer: Preferences
) -> tuple[ScorePart, ...]:
    """Only from afar: who comes in person has the same clock."""
    found: list[ScorePart] = []
    first, last = (local_datetime(seconds(at), zone).time() for at in (when.start, when.end))
    if not rule.in_person and first < _ONE and last > _NOON:
        found.append(ScorePart("over their lunch", prefer.their_lunch))
    if not rule.in_person and (when.start == day.start or when.end == day.end):
        found.append(ScorePart("at the edge of their day", prefer.edge_of_their_day))
    return tuple(found)


def _closeness(format_: Format, here: datetime) -> float:
    """1 at one of the best times of day for the format, 0 from two hours away on."""
    away = min(abs(here - datetime.combine(here, best)) for best in _BEST[format_])
    return max(1 - away / _NEAR_ENOUGH, 0.0)


def _has_long(spans: Sequence[Interval]) -> bool:
    return any(span.length >= _LONG for span in spans)


def _is_friday_afternoon(here: datetime) -> bool:
    return here.weekday() == _FRIDAY and here.time() >= _ONE


def _is_monday_morning(here: datetime) -> bool:
    return here.weekday() == _MONDAY and here.time() < _MORNING
