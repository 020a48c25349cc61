"""What keeping up with everyone takes, and the smallest single change that would make it fit.

It fits when nobody is past their longest gap in the end for want of room, and when the longest
gaps can be kept up for good, not only while the last contacts last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final, NamedTuple

from policies.foresight.diary import Diary, Week
from policies.foresight.play import Manners, Track, play
from policies.frozen import frozen
from policies.people.person import PersonId, Priority
from policies.rules import Rules

_WEEK_DAYS: Final = 7
_WORKDAYS: Final = 5
_STEP_DAYS: Final = 5
_LONGEST_DAYS: Final = 730
_MOST_MEETINGS: Final = 20
_QUARTER_HOUR: Final = timedelta(minutes=15)
_MOST_TIME: Final = timedelta(hours=10)


class Upkeep(NamedTuple):
    """What so many people take in a week for good, at their ideal gaps and at their longest."""

    people: int
    meetings: float
    time: timedelta
    least_meetings: float
    least_time: timedelta


class Lever(StrEnum):
    """What can be changed."""

    MEETINGS = "meetings"
    TIME = "time"
    CADENCE = "cadence"
    FEWER = "fewer"


class Change(NamedTuple):
    """One change that is enough by itself.

    ``to`` is what to change it to, and ``now`` what it is: meetings a week (``and_`` so many a
    day), free minutes a week more, days of the ideal gap of ``priority`` (``and_`` of the
    longest), or people of that priority fewer, who are ``people``.
    """

    lever: Lever
    now: int
    to: int
    and_: int = 0
    priority: Priority | None = None
    people: tuple[PersonId, ...] = ()


@frozen
class Plan:
    """Whom to keep up with, in which weeks, by which rules.

    ``share`` of the invitations lead to a meeting.
    """

    tracks: tuple[Track, ...]
    diary: Diary
    rules: Rules
    extra: timedelta = timedelta()
    share: float = 1.0

    @property
    def manners(self) -> Manners:
        etiquette = self.rules.etiquette
        return Manners(
            etiquette.cooldown,
            etiquette.after_silence,
            etiquette.silences_before_asking,
            self.share,
        )

    @property
    def weeks(self) -> tuple[Week, ...]:
        return self.diary.weeks(self.rules, self.extra)


def is_kept_up(one: Track, weeks: Sequence[Week]) -> bool:
    """Whether a rhythm in the calendars keeps someone within their longest gap anyway."""
    if len(one.booked) < len((1, 2)) or not weeks:
        return False
    days = (one.since, *one.booked, weeks[-1].sunday.toordinal())
    return all(later - earlier <= one.maximum for earlier, later in pairwise(days))


def upkeep(tracks: Iterable[Track], weeks: Sequence[Week]) -> Upkeep:
    """Of those whom no rhythm in the calendars keeps up with, and who may be asked."""
    wanted = [
        each
        for each in tracks
        if each.ready is not None and each.left is None and not is_kept_up(each, weeks)
    ]
    return Upkeep(
        people=len(wanted),
        meetings=sum(_WEEK_DAYS / each.ideal for each in wanted),
        time=sum((each.takes * _WEEK_DAYS / each.ideal for each in wanted), timedelta()),
        least_meetings=sum(_WEEK_DAYS / each.maximum for each in wanted),
        least_time=sum((each.takes * _WEEK_DAYS / each.maximum for each in wanted), timedelta()),
    )


def fits(plan: Plan) -> bool:
    weeks = plan.weeks
    return lasts(plan, weeks) and not play(plan.tracks, weeks, plan.manners).late


def lasts(plan: Plan, weeks: Sequence[Week]) -> bool:
    """Whether an average week has room for the invitations that the longest gaps ask for."""
    needed, invitations = upkeep(plan.tracks, weeks), len(weeks) / plan.share
    return needed.least_meetings * invitations <= sum(
        each.meetings for each in weeks
    ) and needed.least_time * invitations <= sum((each.free for each in weeks), timedelta())


def changes(plan: Plan, late: Sequence[PersonId]) -> Iterator[Change]:
    """For each lever the smallest change that is enough by itself, if there is one.

    Found by halving, and played before it is told; nobody is told to give up most of a priority.
    ``late`` are who would be left over now: leaving people out begins with them.
    """
    yield from _found(plan, _MOST_MEETINGS - _meetings(plan), _more_meetings)
    yield from _found(plan, _MOST_TIME // _QUARTER_HOUR, _more_time)
    present = [p for p in reversed(Priority) if any(each.priority is p for each in plan.tracks)]
    for priority in present:
        now = plan.rules.cadence.gaps[priority].ideal.days
        yield from _found(plan, (_LONGEST_DAYS - now) // _STEP_DAYS, _slower(priority))
    for priority in present:
        order = _leaving(plan.tracks, plan.weeks, priority, frozenset(late))
        yield from _found(plan, len(order) // 2, _without(priority, order))


_Lever = Callable[[Plan, int], tuple[Plan, Change]]


def _found(plan: Plan, most: int, lever: _Lever) -> Iterator[Change]:
    """The smallest number of steps with which it fits; nothing when not even ``most`` are enough.

    None at all are known not to be.
    """
    if most < 1 or not fits(lever(plan, most)[0]):
        return
    too_few, enough = 0, most
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        if fits(lever(plan, middle)[0]):
            enough = middle
        else:
            too_few = middle
    yield lever(plan, enough)[1]


def _meetings(plan: Plan) -> int:
    return min(plan.rules.slots.per_week, plan.rules.etiquette.per_week)


def _more_meetings(plan: Plan, steps: int) -> tuple[Plan, Change]:
    """More a week, and more a day where there would otherwise be no room for so many."""
    rules, now = plan.rules, _meetings(plan)
    to = now + steps
    per_day = max(rules.slots.per_day, -(-to // _WORKDAYS))
    slots = replace(rules.slots, per_week=max(rules.slots.per_week, to), per_day=per_day)
    etiquette = replace(rules.etiquette, per_week=max(rules.etiquette.per_week, to))
    changed = replace(plan, rules=replace(rules, slots=slots, etiquette=etiquette))
    return changed, Change(Lever.MEETINGS, now, to, per_day)


def _more_time(plan: Plan, steps: int) -> tuple[Plan, Change]:
    extra = steps * _QUARTER_HOUR
    minutes = extra // timedelta(minutes=1)
    return replace(plan, extra=extra), Change(Lever.TIME, 0, minutes)


def _slower(priority: Priority) -> _Lever:
    def slower(plan: Plan, steps: int) -> tuple[Plan, Change]:
        gap = plan.rules.cadence.gaps[priority]
        now, longest = gap.ideal.days, gap.maximum.days
        to = (now // _STEP_DAYS + steps) * _STEP_DAYS
        maximum = -(-longest * to // now)
        tracks = tuple(
            replace(each, ideal=to, maximum=maximum)
            if each.priority is priority and not each.own
            else each
            for each in plan.tracks
        )
        change = Change(Lever.CADENCE, now, to, maximum, priority)
        return replace(plan, tracks=tracks), change

    return slower


def _leaving(
    tracks: Iterable[Track], weeks: Sequence[Week], priority: Priority, late: frozenset[PersonId]
) -> tuple[PersonId, ...]:
    """In which order to leave people out: who is left over first, then the latest met.

    Whom a rhythm in the calendars keeps up with costs nothing, and stays.
    """
    of_it = [each for each in tracks if each.priority is priority and not is_kept_up(each, weeks)]
    of_it.sort(key=lambda each: (each.id not in late, -each.since, each.id))
    return tuple(each.id for each in of_it)


def _without(priority: Priority, order: Sequence[PersonId]) -> _Lever:
    def without(plan: Plan, steps: int) -> tuple[Plan, Change]:
        gone = frozenset(order[:steps])
        left = tuple(each for each in plan.tracks if each.id not in gone)
        change = Change(Lever.FEWER, len(order), steps, 0, priority, tuple(order[:steps]))
        return replace(plan, tracks=left), change

    return without
