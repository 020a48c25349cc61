"""Why a person could not be placed, and a question whose answer would settle it.

The rules are applied one after the other, hours first; the one after which nothing is left is
the reason. Wherever there is a time that only this rule forbids, the question names it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import NamedTuple

from policies.hours import written_hours
from policies.interval import Interval, common
from policies.people.naming import called
from policies.people.person import Format
from policies.proposal import NoSlot
from policies.slots.availability import Availability, Cause, starts
from policies.slots.candidates import GuestSide, OwnerSide, OwnTimes, suiting, their_time
from policies.spoken import clock_said, length_said, moment_said
from policies.wall import local_datetime, seconds

_BUSY = (
    Cause.MEETINGS,
    Cause.TENTATIVE,
    Cause.ALL_DAY,
    Cause.BUFFERS,
    Cause.TRAVEL,
    Cause.PLANNING,
    Cause.OFFICE,
)
_THEIRS = (Cause.HOLIDAYS, Cause.MEETINGS)
_SAME_DAY = timedelta(hours=12)
_WAKING = (time(7), time(21))  # when somebody may be asked to begin, outside their own hours


class Obstacle(NamedTuple):
    """The rule that left no time, and the question to the owner."""

    code: NoSlot
    question: str


def obstacle(
    times: OwnTimes,
    guest: GuestSide,
    side: OwnerSide,
    call: Callable[[], OwnTimes | None] = lambda: None,
) -> Obstacle:
    """Why no slot of ``times`` could be given to this guest.

    ``call`` gives the owner's times for a call, which is asked for instead where it would fit;
    ``None`` where it was tried already.
    """
    seek = _Search(times, guest, side)
    within_hours = seek.first((*_BUSY, Cause.HOLIDAYS, Cause.NOTICE), _THEIRS)
    if within_hours is None:
        question = seek.call_instead(call()) or _hours_question(seek)
        return Obstacle(NoSlot.NO_COMMON_HOURS, question)
    later = seek.first((*_BUSY, Cause.HOLIDAYS), _THEIRS)
    if later is None:
        return Obstacle(NoSlot.NOTICE_TOO_SHORT, _notice_question(seek, within_hours))
    if seek.first(_BUSY, (Cause.MEETINGS,)) is None:
        return Obstacle(NoSlot.HOLIDAYS, _holiday_question(seek, later))
    if seek.first((), (Cause.MEETINGS,)) is None:
        question = _small_obstacle(seek) or seek.call_instead(call()) or _busy_question(seek)
        return Obstacle(NoSlot.OWNER_BUSY, question)
    free = seek.first()
    if free is None:
        return Obstacle(NoSlot.GUEST_BUSY, _guest_question(seek))
    return Obstacle(NoSlot.CAPS_REACHED, _caps_question(seek, free))


class _Search:
    """The times of both sides for one format, with any of the rules lifted."""

    def __init__(self, times: OwnTimes, guest: GuestSide, side: OwnerSide) -> None:
        self.times = times
        self.guest = guest
        self.side = side
        self.theirs: Availability = their_time(guest, side, times.format, times.rule)
        self.zone = side.owner.zone
        self.name = called(guest.person.name) or guest.person.name
        self.horizon = length_said(side.window.length)

    def first(self, own: tuple[Cause, ...] = (), theirs: tuple[Cause, ...] = ()) -> Interval | None:
        """The first time that suits both without these causes on either side."""
        rule, grid = self.times.rule, self.side.grid
        for span in common(self.times.availability.free(*own), self.theirs.free(*theirs)):
            found = starts((span,), rule.length, grid, self.zone)
            if found:
                return found[0]
        return None

    def said(self, when: Interval) -> str:
        return moment_said(when.start, self.zone)

    def call_instead(self, call: OwnTimes | None) -> str:
        """The question whether a call would do, empty when it would not fit either."""
        found = suiting(call, self.guest, self.side) if call else ()
        if not call or not found:
            return ""
        return (
            f"There is no time for {a(self.times.format)} with {self.name} within {self.horizon}."
            f" {A(call.format)} would fit on {self.said(found[0].when)}. Would that do?"
        )


def a(format_: Format) -> str:
    """The format with its article."""
    return f"an {format_}" if format_ is Format.EVENT else f"a {format_}"


def A(format_: Format) -> str:  # noqa: N802 - the same, opening a sentence
    return a(format_).capitalize()


class _Apart(NamedTuple):
    """How far a stretch of the guest's lies from one of the owner's, the better the smaller.

    ``start`` is the time that is nearest; it is ``odd`` where the owner hardly wakes then.
    """

    odd: bool
    gap: timedelta
    mine: Interval
    their: Interval
    earlier: bool
    start: datetime

    @classmethod
    def of(cls, seek: _Search, mine: Interval, their: Interval) -> _Apart:
        gap = max(mine.start - their.end, their.start - mine.end)
        earlier = their.end < mine.end
        start = their.end - seek.times.rule.length if earlier else their.start
        at = local_datetime(seconds(start), seek.zone).time()
        return cls(not _WAKING[0] <= at <= _WAKING[1], gap, mine, their, earlier, start)


def _hours_question(seek: _Search) -> str:
    own, theirs = seek.times.availability.hours, seek.theirs.hours
    rule, what = seek.times.rule, a(seek.times.format)
    window = f"between {rule.earliest:%H:%M} and {rule.latest_end:%H:%M}"
    if not own or not theirs:
        whose = f"{seek.name}'s" if own else "your"
        return f"None of {whose} hours are {window}, when {what} may be. Would another format do?"
    best = min(_Apart.of(seek, mine, their) for mine in own for their in theirs)
    gap, earlier, their, start = best.gap, best.earlier, best.their, best.start
    if best.odd:
        return (
            f"{seek.name}'s day and yours are too far apart: {clock_said(start, seek.zone)} on your"
            f" clock would be the nearest for {what}. Do you know other hours of theirs?"
        )
    if gap > _SAME_DAY:
        hours = seek.guest.person.hours or seek.side.owner.hours
        day = moment_said(start, seek.zone)
        return (
            f"None of {seek.name}'s hours ({written_hours(hours)}) are among yours."
            f" Would {day} be all right for {what}?"
        )
    zone = seek.guest.zone(seek.side.owner)
    there, yours = (f" in {zone}", " on your clock") if zone != seek.zone else ("", "")
    verb, at = ("ends", their.end) if earlier else ("starts", their.start)
    return (
        f"{seek.name}'s day{there} {verb} at {clock_said(at, seek.zone)}{yours}."
        f" Would {clock_said(start, seek.zone)} be all right for {what}?"
    )


def _notice_question(seek: _Search, soon: Interval) -> str:
    notice = length_said(seek.side.rules.minimum_notice)
    return (
        f"Every time that suits {seek.name} within {seek.horizon} is sooner than the {notice}"
        f" of notice you give, as {seek.said(soon)} is. May it be at shorter notice, or later?"
    )


def _holiday_question(seek: _Search, when: Interval) -> str:
    when = seek.first((Cause.HOLIDAYS,), (Cause.HOLIDAYS,)) or when
    return (
        f"All days that suit {seek.name} within {seek.horizon} are holidays."
        f" Would {seek.said(when)} be all right all the same?"
    )


def _small_obstacle(seek: _Search) -> str:
    """A time that only one small thing stands in the way of."""
    buffer = length_said(seek.times.gap)
    for causes, why in (
        ((Cause.BUFFERS,), f"leaves less than {buffer} to another meeting"),
        ((Cause.TENTATIVE, Cause.BUFFERS), "is taken only tentatively"),
        ((Cause.ALL_DAY,), "is free but for an entry of the whole day"),
    ):
        when = seek.first(causes, (Cause.MEETINGS,))
        if when is not None:
            return (
                f"{seek.said(when)} would suit {seek.name} but {why}. May it be used for"
                f" {a(seek.times.format)}?"
            )
    return ""


def _busy_question(seek: _Search) -> str:
    return (
        f"Every time that suits {seek.name} within {seek.horizon} is taken in your calendar."
        " What may give way, or shall Fika look further ahead?"
    )


def _guest_question(seek: _Search) -> str:
    return (
        f"{seek.name} is taken at every time that suits you within {seek.horizon}."
        " Shall Fika look further ahead?"
    )


def _caps_question(seek: _Search, when: Interval) -> str:
    rules = seek.side.rules
    return (
        f"All times that suit {seek.name} are on days or in weeks that are full (at most"
        f" {rules.per_day} a day, {rules.per_week} a week). May there be one more, for example"
        f" on {seek.said(when)}?"
    )
