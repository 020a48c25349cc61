"""When the owner and a guest have time, with every reason for having none kept apart.

Time is hours minus exclusions, and each exclusion knows its `Cause`: whoever finds no time can ask
which single cause, lifted, would give some.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from policies.frozen import frozen
from policies.hours import every_day, is_zone, open_hours, whole_days, written_hours
from policies.interval import Interval, common, merged, without
from policies.people.person import Person, WeeklyHours
from policies.rules import Owner, SlotRules
from policies.slots.occupancy import Occupies, PlainRow
from policies.wall import DAY_S, local_date, moment, seconds, wall_seconds

_SECOND: Final = timedelta(seconds=1)


class Cause(StrEnum):
    """Why a stretch of somebody's hours is not free."""

    NOTICE = "notice"
    MEETINGS = "meetings"
    TENTATIVE = "tentative entries"
    ALL_DAY = "all-day events"
    BUFFERS = "buffers"
    TRAVEL = "travel"
    LUNCH = "lunch"
    HOLIDAYS = "holidays"
    PLANNING = "planning"
    OFFICE = "office days"


@frozen
class Busy:
    """Something in a calendar that takes time.

    ``uid`` says what, to know one's own again; ``place`` where one has to go for it, empty for
    nowhere. ``gap`` is what stays free before and after it, ``None`` for what the rules say.
    """

    when: Interval
    all_day: bool = False
    tentative: bool = False
    uid: str = ""
    place: str = ""
    gap: timedelta | None = None


class Exclusion(NamedTuple):
    """Time that one cause takes away, merged and sorted."""

    cause: Cause
    taken: tuple[Interval, ...]


@frozen
class Availability:
    """Somebody's hours, and what is taken out of them; a cause appears at most once."""

    hours: tuple[Interval, ...]
    exclusions: tuple[Exclusion, ...] = ()

    def free(self, *ignoring: Cause) -> tuple[Interval, ...]:
        """The time that is left, merged and sorted; ``ignoring`` are causes not to apply.

        Buffers stand beside meetings and do not cover them, so a meeting is only wholly ignored
        together with `Cause.BUFFERS`.
        """
        applied = (each.taken for each in self.exclusions if each.cause not in ignoring)
        return without(self.hours, (span for taken in applied for span in taken))

    def also(self, cause: Cause, taken: Iterable[Interval]) -> Availability:
        """The same with one more cause."""
        return replace(self, exclusions=(*self.exclusions, *_exclusions((cause, taken))))

    def taken(self, *causes: Cause) -> tuple[Interval, ...]:
        """The time that these causes take, whether inside the hours or not."""
        return merged(
            span for each in self.exclusions if each.cause in causes for span in each.taken
        )

    def decisive(self, suits: Callable[[tuple[Interval, ...]], bool]) -> tuple[Cause, ...]:
        """The causes of which any single one, lifted, would leave free time that ``suits``.

        Meetings are lifted with their buffers and the way to them. Empty when time suits as it
        is, when no hours would, and when only several causes together are to blame.
        """
        if suits(self.free()):
            return ()
        return tuple(
            each.cause
            for each in self.exclusions
            if suits(self.free(each.cause, *_WITH.get(each.cause, ())))
        )


_AROUND: Final = (Cause.BUFFERS, Cause.TRAVEL)
_WITH: Final = {Cause.MEETINGS: _AROUND, Cause.TENTATIVE: _AROUND}


class GuestTime(NamedTuple):
    """When a guest can be asked for, and sentences for what had to be assumed to know it."""

    availability: Availability
    assumptions: tuple[str, ...]


class OccupiedRow(Protocol):
    """An occurrence as a store or a service lists it; seconds are absolute."""

    @property
    def start_s(self) -> int: ...
    @property
    def end_s(self) -> int: ...
    @property
    def occupies(self) -> Occupies: ...
    @property
    def all_day(self) -> bool: ...
    @property
    def uid(self) -> str: ...
    @property
    def place(self) -> str: ...


def busy_times(rows: Iterable[OccupiedRow]) -> tuple[Busy, ...]:
    """What takes time among ``rows``: not what is free, nor what has no length."""
    return tuple(
        Busy(
            Interval(moment(row.start_s), moment(row.end_s)),
            all_day=row.all_day,
            tentative=row.occupies is Occupies.TENTATIVE,
            uid=row.uid,
            place=row.place,
        )
        for row in rows
        if row.occupies is not Occupies.FREE and row.end_s > row.start_s
    )


def stretches(rows: Iterable[PlainRow]) -> tuple[Busy, ...]:
    """As `busy_times`, nameless meetings that overlap or touch as one stretch; by start.

    Only what differs in nothing but its time is joined, and nothing with a uid. The time that is
    taken, and what lies around it, is the same, at the cost of a few stretches instead of
    thousands of meetings.

    ``rows`` come by end, but for those with a uid.
    """
    found: list[PlainRow] = []
    spans: dict[tuple[int, int, str], list[tuple[int, int]]] = {}
    for row in rows:
        start_s, end_s, occupies, all_day, uid, place = row
        if uid:
            found.append(row)
            continue
        known = spans.setdefault((occupies, all_day, place), [])
        while known and start_s <= known[-1][1]:
            start_s = min(start_s, known.pop()[0])
        known.append((start_s, end_s))
    for (occupies, all_day, place), some in spans.items():
        found += [(*span, occupies, all_day, "", place) for span in some]
    return busy_times(
        _Row(start_s, end_s, Occupies(occupies), bool(all_day), uid, place)
        for start_s, end_s, occupies, all_day, uid, place in sorted(found)
    )


class _Row(NamedTuple):
    start_s: int
    end_s: int
    occupies: Occupies
    all_day: bool
    uid: str
    place: str


def owner_time(
    owner: Owner,
    rules: SlotRules,
    window: Interval,
    *,
    now: datetime,
    busy: Iterable[Busy] = (),
    protected: Iterable[Interval] = (),
    holidays: Iterable[date] = (),
) -> Availability:
    """The owner's time in ``window``.

    ``protected`` is planning time: it needs no buffer, for nobody waits at its end. Events of
    whole days and tentative ones count as the rules say; a whole day needs no buffer either.
    """
    blocking = [each for each in busy if blocks(each, rules)]
    timed = [each for each in blocking if not each.all_day]
    firm = [each.when for each in timed if not each.tentative]
    loose = [each.when for each in blocking if each.tentative]
    whole = [each.when for each in blocking if each.all_day and not each.tentative]
    lunch = within(every_day(*rules.lunch), owner.zone, window) if rules.lunch else ()
    return Availability(
        within(owner.hours, owner.zone, window),
        _exclusions(
            (Cause.NOTICE, _until(window.start, now + rules.minimum_notice)),
            (Cause.MEETINGS, firm),
            (Cause.TENTATIVE, loose),
            (Cause.ALL_DAY, whole),
            (Cause.BUFFERS, margins(timed, rules.buffer)),
            (Cause.LUNCH, lunch),
            (Cause.HOLIDAYS, _whole_days(holidays, owner.zone, window)),
            (Cause.PLANNING, protected),
        ),
    )


def blocks(each: Busy, rules: SlotRules) -> bool:
    """Whether the rules let it take time: whole days and tentative entries as they say."""
    return (rules.tentative_blocks or not each.tentative) and (
        rules.all_day_busy_blocks or not each.all_day
    )


def margins(around: Iterable[Busy], usual: timedelta) -> tuple[Interval, ...]:
    """The time just before and just after what takes time, without that itself.

    It is as long as each says, else ``usual``.
    """
    spans: dict[timedelta, list[Interval]] = {}
    for each in around:
        spans.setdefault(usual if each.gap is None else each.gap, []).append(each.when)
    taken = {gap: merged(each) for gap, each in spans.items()}
    wide = (each.widened(gap, gap) for gap, some in taken.items() if gap for each in some)
    return without(wide, (each for some in taken.values() for each in some))


def guest_time(
    guest: Person,
    owner: Owner,
    window: Interval,
    *,
    busy: Iterable[Interval] = (),
    holidays: Iterable[date] = (),
) -> GuestTime:
    """The guest's time in ``window``, as far as it is known.

    ``busy`` is the time they are known to be taken. Unknown hours are taken to be the owner's,
    on the guest's own clock; an unknown zone is taken to be the owner's.
    """
    assumptions: list[str] = []
    zone, hours = guest.zone, guest.hours
    if not is_zone(zone):
        named = f"{guest.name}'s time zone is not known"
        unknown = f"{named} ({zone!r} is none)" if zone else named
        assumptions.append(f"{unknown}: yours, {owner.zone}, is assumed.")
        zone = owner.zone
    if hours is None:
        hours = owner.hours
        assumptions.append(
            f"{guest.name}'s hours are not known: yours, {written_hours(hours)}, are assumed"
            + ("." if zone == owner.zone else f" on the clock of {zone}.")
        )
    time_left = Availability(
        within(hours, zone, window),
        _exclusions((Cause.MEETINGS, busy), (Cause.HOLIDAYS, _whole_days(holidays, zone, window))),
    )
    return GuestTime(time_left, tuple(assumptions))


def within(hours: WeeklyHours, zone: str, window: Interval) -> tuple[Interval, ...]:
    """The part of ``window`` that lies in ``hours``."""
    first, last = local_date(window.start, zone), local_date(window.end, zone)
    return common(open_hours(hours, zone, first, last), (window,))


def starts(
    free: Iterable[Interval], length: timedelta, grid: timedelta, zone: str
) -> tuple[Interval, ...]:
    """Every interval of ``length`` inside ``free`` that starts on the wall clock's grid.

    The grid counts from local midnight: quarter hours are :00, :15, :30 and :45 in Kathmandu too.
    An hour that happens twice has its grid twice.

    Raises:
        ValueError: ``grid`` is not whole seconds, or is nothing.
    """
    step_s, rest = divmod(grid, _SECOND)
    if step_s <= 0 or rest:
        raise ValueError("the grid must be one second or more, in whole seconds")
    found: list[Interval] = []
    for span in free:
        first_s = seconds(span.start) + bool(span.start.microsecond)
        last_s = seconds(span.end - length)
        while first_s <= last_s:
            until_s = _even_until(first_s, last_s, zone)
            wall_s = wall_seconds(first_s, zone)
            to_grid_s = -(wall_s % DAY_S) % step_s
            for at_s in range(first_s + to_grid_s, until_s + 1, step_s):
                start = moment(at_s)
                found.append(Interval(start, start + length))
            first_s = until_s + 1
    return tuple(found)


def _even_until(first_s: int, last_s: int, zone: str) -> int:
    """The last second until ``last_s`` on the day of ``first_s`` before the clocks change.

    No zone changes its clocks twice in a day.
    """
    wall_s = wall_seconds(first_s, zone)
    last_s = min(last_s, first_s + DAY_S - wall_s % DAY_S - 1)
    offset_s = wall_s - first_s
    if wall_seconds(last_s, zone) - last_s == offset_s:
        return last_s
    between = range(first_s, last_s + 1)

    def differs(at_s: int) -> bool:
        return wall_seconds(at_s, zone) - at_s != offset_s

    changed = bisect_left(between, True, key=differs)
    return between[changed] - 1


def _exclusions(*named: tuple[Cause, Iterable[Interval]]) -> tuple[Exclusion, ...]:
    every = (Exclusion(cause, merged(spans)) for cause, spans in named)
    return tuple(each for each in every if each.taken)


def _until(start: datetime, end: datetime) -> tuple[Interval, ...]:
    return (Interval(start, end),) if end > start else ()


def _whole_days(days: Iterable[date], zone: str, window: Interval) -> tuple[Interval, ...]:
    first, last = local_date(window.start, zone), local_date(window.end, zone)
    return tuple(
        span for day in days if first <= day <= last for span in whole_days(zone, day, day)
    )
