"""When two people could meet in one format, and how good each time is.

Hours are wall-clock hours of either side. The format's own window applies to both clocks, so a
call is decent for both. Lunch may lie in the owner's lunch break, and what is for after work may
lie after the hours of a working day; everything else stays inside them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import compress
from types import MappingProxyType
from typing import Final, NamedTuple, TypeVar

from policies.frozen import frozen
from policies.hours import every_day, is_zone, whole_days
from policies.interval import Interval
from policies.people.person import Format, HoursOfDay, Person, Weekday, WeeklyHours
from policies.proposal import Slot
from policies.rules import FormatRule, Owner, SlotRules
from policies.slots.availability import (
    Availability,
    Busy,
    Cause,
    blocks,
    guest_time,
    margins,
    owner_time,
    starts,
    within,
)
from policies.slots.lifting import Times, bits
from policies.slots.places import same_place
from policies.slots.scoring import (
    BREATH,
    OwnDays,
    Want,
    beside_theirs,
    for_standing,
    from_afar,
    suits,
    with_them,
)
from policies.wall import local_date

T = TypeVar("T")

AFTER_WORK: Final = frozenset({Format.DRINK, Format.EVENT})
_FARTHEST = timedelta(weeks=26)  # whatever the settings say; a horizon bounds the work of a run
_FINEST_GRID = timedelta(minutes=5)
_NOON, _ONE = time(12), time(13)
_DAY = timedelta(days=1)
_WEEKDAYS: Final = tuple(Weekday)
_ZERO_OR_ONE: Final = bytes.maketrans(b"01", b"\0\1")

_is_zone = lru_cache(maxsize=1024)(is_zone)  # thousands of guests live in a few zones


class Reserved(NamedTuple):
    """A time kept free for another proposal, the gap it wants around it, and where it would be."""

    when: Interval
    gap: timedelta
    place: str = ""


@frozen
class OwnerSide:
    """What is known of the owner's time from now on.

    ``protected`` is planning time; ``reserved`` are the slots of proposals that wait.
    ``office_days`` says of which days the calendar tells whether they are spent in the office.
    """

    owner: Owner
    rules: SlotRules
    now: datetime
    busy: tuple[Busy, ...] = ()
    protected: tuple[Interval, ...] = ()
    holidays: tuple[date, ...] = ()
    reserved: tuple[Reserved, ...] = ()
    office_days: Mapping[date, bool] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def window(self) -> Interval:
        """From now to the horizon."""
        horizon = max(min(self.rules.horizon, _FARTHEST), self.grid)
        return Interval(self.now, self.now + horizon)

    @property
    def grid(self) -> timedelta:
        return max(self.rules.grid, _FINEST_GRID)

    def in_office(self, day: date) -> bool | None:
        """By the calendar, else by the usual weekdays; ``None`` where neither tells."""
        usual = self.owner.office_days
        return self.office_days.get(day, day.weekday() in usual if usual else None)


@frozen
class GuestSide:
    """What is known of the guest's time; ``busy`` is ``None`` where nobody can see it."""

    person: Person
    holidays: tuple[date, ...] = ()
    busy: tuple[Interval, ...] | None = None

    @property
    def is_known(self) -> bool:
        """Whether their hours or their calendar are; else the owner's hours are assumed."""
        return self.person.hours is not None or self.busy is not None

    def zone(self, owner: Owner) -> str:
        """Their zone, else the owner's."""
        return self.person.zone if _is_zone(self.person.zone) else owner.zone

    def kind(self, owner: Owner) -> Hashable:
        """What their time depends on beside their calendar: much the same for most guests."""
        person = self.person
        return person.hours, self.zone(owner), self.holidays, person.office_days, self.is_known

    def in_office(self, day: date) -> bool | None:
        """``None`` where their office days are not known."""
        usual = self.person.office_days
        return _WEEKDAYS[day.weekday()] in usual if usual else None


class _Alike(NamedTuple):
    """Guests who differ in nothing but their calendar: the times in their hours, with scores."""

    fits: int
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class OwnTimes:
    """The owner's possible times for one format, whoever the guest is.

    ``gap`` is to be left free around them, ``apart`` to other meetings proposed beside them.
    """

    format: Format
    rule: FormatRule
    gap: timedelta
    apart: timedelta
    availability: Availability
    slots: tuple[Slot, ...]
    times: Times = field(compare=False, repr=False)
    alike: dict[Hashable, _Alike] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )


def own_times(side: OwnerSide, format_: Format) -> OwnTimes:
    """Every start on the grid that suits the owner, with what the owner's own day says of it."""
    rule, rules, zone = side.rules.formats[format_], side.rules, side.owner.zone
    gap = gap_of(format_, rules)
    apart = max(gap, rules.travel) if rule.in_person else gap
    available = own_time(side, format_)
    found = starts(available.free(), rule.length, side.grid, zone)
    days = OwnDays(
        Want(format_, rule.in_person, gap),
        rules.preferences,
        side.now,
        zone,
        _time_of(side, side.owner, rules, side.busy),
        available.taken(Cause.MEETINGS, Cause.TENTATIVE, Cause.PLANNING),
        side.in_office,
    )
    slots = tuple(Slot(when, parts=days.parts(when)) for when in found)
    return OwnTimes(format_, rule, gap, apart, available, slots, Times(found))


def own_time(side: OwnerSide, format_: Format) -> Availability:
    """The owner's time for one format, on the grid or not.

    Before and after a meeting in person the larger of buffer and travel time stays free; where
    another one is at a place of its own, the way between the two.
    """
    rule, rules = side.rules.formats[format_], side.rules
    gap = gap_of(format_, rules)
    mine = replace(side.owner, hours=hours_for(format_, side.owner.hours, rule))
    usual = replace(rules, buffer=gap, lunch=None if format_ is Format.LUNCH else rules.lunch)
    busy = tuple(_known(side, rule, gap))
    available = _time_of(side, mine, usual, busy)
    if rule.in_person:
        away = (Busy(each.when) for each in busy if _is_elsewhere(each, rule, rules))
        available = available.also(Cause.TRAVEL, margins(away, rules.travel))
        if rules.office_only:
            off = _days_away(side.in_office, side.owner.zone, side.window)
            available = available.also(Cause.OFFICE, off)
    return available


def suiting(
    times: OwnTimes,
    guest: GuestSide,
    side: OwnerSide,
    *,
    senior: bool = False,
    red: bool = False,
) -> tuple[Slot, ...]:
    """Those of the owner's times that suit the guest too, by start, with their whole score.

    ``side`` is the one the times are of. What guests of the same hours, zone and days off have
    in common is found once.
    """
    key = (guest.kind(side.owner), senior, red)
    alike = times.alike.get(key)
    if alike is None:
        alike = times.alike[key] = _alike(times, guest, side, senior=senior, red=red)
    if not guest.busy:
        return _chosen(alike.fits, alike.slots)
    every, fits = times.times, alike.fits & ~times.times.meeting(guest.busy)
    more = beside_theirs(side.rules.preferences)
    if not more:
        return _chosen(fits, alike.slots)
    slots = list(alike.slots)
    for index in bits(fits & every.meeting([each.widened(BREATH, BREATH) for each in guest.busy])):
        slots[index] = Slot(slots[index].when, parts=slots[index].parts + more)
    return _chosen(fits, slots)


def their_time(
    guest: GuestSide, side: OwnerSide, format_: Format, rule: FormatRule
) -> Availability:
    """The guest's time for one format on their own clock; unknown hours are the owner's.

    In person their office days are kept to as the owner's are.
    """
    known = guest_time(
        guest.person, side.owner, side.window, busy=guest.busy or (), holidays=guest.holidays
    ).availability
    zone = guest.zone(side.owner)
    hours = hours_for(format_, guest.person.hours or side.owner.hours, rule)
    known = replace(known, hours=within(hours, zone, side.window))
    if rule.in_person and side.rules.office_only:
        known = known.also(Cause.OFFICE, _days_away(guest.in_office, zone, side.window))
    return known


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


# ---------------------------------------------------------------- the owner's side


def _time_of(side: OwnerSide, owner: Owner, rules: SlotRules, busy: Sequence[Busy]) -> Availability:
    return owner_time(
        owner,
        rules,
        side.window,
        now=side.now,
        busy=busy,
        protected=side.protected,
        holidays=side.holidays,
    )


def _known(side: OwnerSide, rule: FormatRule, gap: timedelta) -> Iterator[Busy]:
    """What takes the owner's time, proposals that wait too; at the very place there is no way."""
    waiting = (Busy(each.when, place=each.place, gap=max(each.gap, gap)) for each in side.reserved)
    for each in (*side.busy, *waiting):
        here = rule.in_person and each.place and _is_here(each.place, rule)
        yield replace(each, gap=side.rules.buffer) if here else each


def _is_here(place: str, rule: FormatRule) -> bool:
    """Whether the meeting can only be at this place."""
    return bool(rule.places) and all(same_place(place, each) for each in rule.places)


def _is_elsewhere(each: Busy, rule: FormatRule, rules: SlotRules) -> bool:
    timed = blocks(each, rules) and not each.all_day
    return bool(each.place) and timed and not _is_here(each.place, rule)


def _days_away(
    in_office: Callable[[date], bool | None], zone: str, window: Interval
) -> Iterator[Interval]:
    """The days on which somebody is known not to be in the office."""
    day, last = local_date(window.start, zone), local_date(window.end, zone)
    while day <= last:
        if in_office(day) is False:
            yield from whole_days(zone, day, day)
        day += _DAY


# ---------------------------------------------------------------- the guest's side


def _alike(
    times: OwnTimes, guest: GuestSide, side: OwnerSide, *, senior: bool, red: bool
) -> _Alike:
    every, rule, prefer = times.times, times.rule, side.rules.preferences
    theirs = their_time(replace(guest, busy=None), side, times.format, rule)
    fits = every.inside(theirs.free())
    zone, window = guest.zone(side.owner), side.window
    over_lunch = every.meeting(within(every_day(_NOON, _ONE), zone, window))
    opening = {span.start for span in theirs.hours}
    closing = {span.end for span in theirs.hours}
    mine, suited = len(suits(prefer, both=False)), suits(prefer, both=guest.is_known)
    slots = list(times.slots)
    for index in bits(fits):
        when, parts = slots[index].when, suited + slots[index].parts[mine:]
        parts += for_standing(when, window, side.owner.zone, prefer, senior=senior, red=red)
        if rule.in_person:
            office = guest.in_office(local_date(when.start, zone)) is True
            parts += with_them(prefer, office=office)
        else:
            edge = when.start in opening or when.end in closing
            parts += from_afar(prefer, lunch=bool(over_lunch >> index & 1), edge=edge)
        slots[index] = Slot(when, parts=parts)
    return _Alike(fits, tuple(slots))


def _chosen(fits: int, things: Sequence[T]) -> tuple[T, ...]:
    """Those of ``things`` whose bit is set."""
    return tuple(compress(things, f"{fits:b}"[::-1].encode().translate(_ZERO_OR_ONE)))
