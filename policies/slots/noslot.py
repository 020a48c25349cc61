"""Why a person could not be placed, and a question whose answer would settle it.

The code is the first kind of rule (hours, notice, holidays, the owner's calendar, the guest's)
with which nothing is left. The question is about a way out: rules of which all must give way and
none needlessly, with the time that this would give. Beside it stands what a yes saves; see
`policies.people.allowances`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from policies.hours import DAYS, written_hours, written_length
from policies.interval import Interval
from policies.people.allowances import WITHIN, Lifted, read
from policies.people.naming import called
from policies.people.person import Format
from policies.proposal import NoSlot, Settles
from policies.slots.availability import Cause
from policies.slots.candidates import (
    GuestSide,
    OwnerSide,
    OwnTimes,
    suiting,
)
from policies.slots.excluding import FORMAT, HOURLY, ME, Excluded
from policies.slots.group import DAY_OFF, HOURS, NIGHT, Remedy, Rule
from policies.slots.lifting import left_by
from policies.spoken import clock_said, length_said, moment_said
from policies.wall import local_datetime, seconds

OPEN: Final = Settles()
_MY_HOURS, _MY_DAY_OFF, _MY_NIGHT = Rule(ME, HOURS), Rule(ME, DAY_OFF), Rule(ME, NIGHT)
_WITH_HOURS = frozenset({_MY_HOURS, FORMAT, _MY_DAY_OFF})
_WEEK = timedelta(weeks=1)
_SMALL: Final[Mapping[str, tuple[Lifted, str]]] = MappingProxyType(
    {
        Cause.BUFFERS: (Lifted.BUFFER, "leaves less than {gap} to another meeting"),
        Cause.TRAVEL: (Lifted.BUFFER, "leaves too little time for the way to another meeting"),
        Cause.TENTATIVE: (Lifted.TENTATIVE, "is taken only tentatively"),
        Cause.ALL_DAY: (Lifted.ALL_DAY, "is free but for an entry of the whole day"),
        Cause.LUNCH: (Lifted.LUNCH, "is in your lunch"),
        Cause.OFFICE: (Lifted.OFFICE, "is on a day you are not in the office"),
    }
)
"""What of the owner's may give way, and how it stands in the way of a time."""


class Obstacle(NamedTuple):
    """The kind of rule that left no time, the question to the owner, and what an answer saves."""

    code: NoSlot
    question: str
    answer: Settles = OPEN


_Asked: TypeAlias = tuple[str, Settles] | None


def obstacle(
    times: OwnTimes,
    guest: GuestSide,
    side: OwnerSide,
    excluded: Excluded,
    *,
    call: Callable[[], OwnTimes | None] = lambda: None,
    later: Callable[[], Interval | None] = lambda: None,
) -> Obstacle:
    """Why no slot of ``times`` could be given to this guest, ``excluded`` as they all are.

    ``call`` gives the owner's times for a call, which is asked for instead where it would fit;
    ``None`` where it was tried already. ``later`` is the first time beyond the horizon.
    """
    seek = _Question(times, guest, side, excluded)
    question, answer = (
        seek.with_something_small()
        or seek.call_instead(call())
        or seek.in_another_format()
        or seek.in_other_hours()
        or seek.on_a_holiday()
        or seek.further_ahead(later())
        or seek.with_several_rules_less()
        or seek.openly()
    )
    return Obstacle(seek.code, question, answer)


class _Question:
    """What to ask the owner about one guest."""

    def __init__(
        self, times: OwnTimes, guest: GuestSide, side: OwnerSide, excluded: Excluded
    ) -> None:
        self.times = times
        self.guest = guest
        self.side = side
        self.zone = side.owner.zone
        self.name = called(guest.person.name) or guest.person.name
        self.horizon = length_said(side.window.length)
        self.code, self.theirs, self.formal, self.every, self.rules, self.ways = excluded

    def first(self, holds: Callable[[Rule], bool]) -> Interval | None:
        """The first time that suits both where only these rules hold."""
        held = {rule: mask for rule, mask in self.rules.items() if holds(rule)}
        return next(iter(self.every.of(left_by(held, self.every.whole))), None)

    def said(self, when: Interval) -> str:
        return moment_said(when.start, self.zone)

    # ------------------------------------------------------------ the ways out, least first

    def with_something_small(self) -> _Asked:
        """Things of the owner's only that are easily said yes to."""
        small = (way for way in self.ways if all(_is_small(rule) for rule in way.rules))
        return next(map(self._all_the_same, small), None)

    def call_instead(self, call: OwnTimes | None) -> _Asked:
        found = suiting(call, self.guest, self.side) if call else ()
        if not call or not found:
            return None
        question = (
            f"There is no time for {a(self.times.format)} with {self.name} within {self.horizon}."
            f" {A(call.format)} would fit on {self.said(found[0].when)}. Would that do?"
        )
        return question, Settles("formats", (call.format.value,))

    def in_another_format(self) -> _Asked:
        """Where the hours of one of both have no room for this one on any day."""
        rule, what = self.times.rule, a(self.times.format)
        for whose, hours in (
            ("your", self.times.availability.hours),
            (f"{self.name}'s", self.formal),
        ):
            if not hours:
                window = f"between {rule.earliest:%H:%M} and {rule.latest_end:%H:%M}"
                question = f"None of {whose} hours are {window}, when {what} may be."
                return f"{question} Would another format do?", Settles("formats")
        if all(span.length < rule.length for span in self.theirs.hours):
            question = f"None of {self.name}'s hours are long enough for {what}."
            return f"{question} Would another format do?", Settles("formats")
        return None

    def in_other_hours(self) -> _Asked:
        """Earlier or later than the owner's usual hours, or on a day off; never at night."""
        way = next((way for way in self.ways if _WITH_HOURS.issuperset(way.rules)), None)
        if way is None:
            return None
        question = self._hours_question(way)
        return question, Settles("allowances", self._saved(way))

    def on_a_holiday(self) -> _Asked:
        for way in self.ways:
            if all(rule.what == Cause.HOLIDAYS for rule in way.rules):
                question = (
                    f"All days that suit {self.name} within {self.horizon} are holidays."
                    f" Would {self.said(way.when)} be all right all the same?"
                )
                return question, Settles("allowances", (Lifted.HOLIDAYS.value,))
        return None

    def further_ahead(self, when: Interval | None) -> _Asked:
        if when is None:
            return None
        weeks = -(-(when.end - self.side.now) // _WEEK) + 1  # a week more, for things change
        question = (
            f"There is no time for {a(self.times.format)} with {self.name} within {self.horizon}."
            f" The first would be {self.said(when)}. Shall Fika look that far ahead?"
        )
        return question, Settles("allowances", (f"{WITHIN} {written_length(weeks * _WEEK)}",))

    def with_several_rules_less(self) -> _Asked:
        ways = (way for way in self.ways if all(_may_give_way(rule) for rule in way.rules))
        return next(map(self._all_the_same, ways), None)

    def openly(self) -> tuple[str, Settles]:
        """Where no yes would do."""
        name, horizon = self.name, self.horizon
        match self.code:
            case NoSlot.NO_COMMON_HOURS:
                return self._other_hours_of_theirs()
            case NoSlot.NOTICE_TOO_SHORT:
                return self._notice_question(), Settles("allowances")
            case NoSlot.HOLIDAYS:
                return self._busy_holidays(), Settles("allowances")
            case NoSlot.OWNER_BUSY:
                taken = f"Every time that suits {name} within {horizon} is taken in your calendar."
                question = f"{taken} What may give way, or how far ahead may Fika look?"
                return question, Settles("allowances")
            case NoSlot.GUEST_BUSY:
                taken = f"{name} is taken at every time that suits you within {horizon}."
                return f"{taken} How far ahead may Fika look?", Settles("allowances")
        return self._caps_question(), OPEN

    # ------------------------------------------------------------ in words

    def _all_the_same(self, way: Remedy) -> tuple[str, Settles]:
        why = " and ".join(dict.fromkeys(filter(None, map(self._why, way.rules))))
        question = (
            f"{self.said(way.when)} would suit {self.name} but {why}. May it be used for"
            f" {a(self.times.format)}?"
        )
        return question, Settles("allowances", self._saved(way))

    def _why(self, rule: Rule) -> str:
        if rule in {_MY_HOURS, FORMAT}:
            return f"is outside your hours for {a(self.times.format)}"
        if rule.what == Cause.HOLIDAYS:
            return "is on a holiday"
        return (
            _SMALL[rule.what][1].format(gap=length_said(self.times.gap)) if _is_small(rule) else ""
        )

    def _saved(self, way: Remedy) -> tuple[str, ...]:
        """The allowances that make this way out."""
        saved: dict[str, None] = {}
        for rule in way.rules:
            if rule in _WITH_HOURS:
                saved[read(f"{HOURS} {self._days(way)} {self._span(way)}")] = None
            elif rule.what == Cause.HOLIDAYS:
                saved[Lifted.HOLIDAYS.value] = None
            elif _is_small(rule):
                saved[_SMALL[rule.what][0].value] = None
        return tuple(saved)

    def _span(self, way: Remedy) -> str:
        return f"{clock_said(way.when.start, self.zone)}-{clock_said(way.when.end, self.zone)}"

    def _days(self, way: Remedy) -> str:
        """All of the owner's working days, or the one day off."""
        own = [day for day, spans in zip(DAYS, self.side.owner.hours.days, strict=True) if spans]
        day = DAYS[local_datetime(seconds(way.when.start), self.zone).weekday()]
        return " ".join(own) if day in own else day

    def _hours_question(self, way: Remedy) -> str:
        what, start = a(self.times.format), clock_said(way.when.start, self.zone)
        if self.code is not NoSlot.NO_COMMON_HOURS:
            taken = f"No time in your hours suits {self.name} within {self.horizon}."
            return f"{taken} Would {self.said(way.when)} be all right for {what}?"
        if _MY_DAY_OFF in way.rules:
            hours = self.guest.person.hours or self.side.owner.hours
            return (
                f"None of {self.name}'s hours ({written_hours(hours)}) are among yours."
                f" Would {self.said(way.when)} be all right for {what}?"
            )
        zone = self.guest.zone(self.side.owner)
        there, yours = (f" in {zone}", " on your clock") if zone != self.zone else ("", "")
        their = next(span for span in self.theirs.hours if span.contains(way.when))
        mine = min(self.times.availability.hours, key=lambda span: _apart(span, way.when))
        earlier = way.when.start < mine.start
        verb, at = ("ends", their.end) if earlier else ("starts", their.start)
        return (
            f"{self.name}'s day{there} {verb} at {clock_said(at, self.zone)}{yours}."
            f" Would {start} be all right for {what}?"
        )

    def _other_hours_of_theirs(self) -> tuple[str, Settles]:
        what = a(self.times.format)
        hours = written_hours(self.guest.person.hours or self.side.owner.hours)
        mine = {*_WITH_HOURS, _MY_NIGHT}
        near = next((way.when for way in self.ways if mine.issuperset(way.rules)), None)
        question = f"None of {self.name}'s hours ({hours}) are among yours."
        if near:
            at = clock_said(near.start, self.zone)
            question = (
                f"{self.name}'s day and yours are too far apart: {at} on your clock would be the"
                f" nearest for {what}."
            )
        return f"{question} Do you know other hours of theirs?", Settles("hours")

    def _busy_holidays(self) -> str:
        when = self.first(lambda rule: rule.what in HOURLY or rule.what == Cause.NOTICE)
        taken = f": on {self.said(when)} you are taken besides" if when else ""
        return (
            f"All days that suit {self.name} within {self.horizon} are holidays{taken}."
            " How far ahead may Fika look?"
        )

    def _notice_question(self) -> str:
        soon = self.first(lambda rule: rule.what in HOURLY)
        notice = length_said(self.side.rules.minimum_notice)
        example = f", as {self.said(soon)} is" if soon else ""
        return (
            f"Every time that suits {self.name} within {self.horizon} is sooner than the {notice}"
            f" of notice you give{example}. How far ahead may Fika look?"
        )

    def _caps_question(self) -> str:
        rules, when = self.side.rules, self.first(lambda _: True)
        example = f", for example on {self.said(when)}" if when else ""
        return (
            f"All times that suit {self.name} are on days or in weeks that are full (at most"
            f" {rules.per_day} a day, {rules.per_week} a week). May there be one more{example}?"
        )


def _apart(one: Interval, other: Interval) -> timedelta:
    return max(one.start - other.end, other.start - one.end)


def _is_small(rule: Rule) -> bool:
    return rule.who == ME and rule.what in _SMALL


def _may_give_way(rule: Rule) -> bool:
    return _is_small(rule) or rule in _WITH_HOURS or rule.what == Cause.HOLIDAYS


def a(format_: Format) -> str:
    """The format with its article."""
    return f"an {format_}" if format_ is Format.EVENT else f"a {format_}"


def A(format_: Format) -> str:  # noqa: N802 - the same, opening a sentence
    return a(format_).capitalize()
