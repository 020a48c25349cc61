"""How good a possible time is: named parts, each worth the points its preference gives it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from policies.interval import Interval
from policies.people.person import Format
from policies.proposal import ScorePart
from policies.rules import Preferences
from policies.slots.availability import Availability, Cause
from policies.wall import local_date, local_datetime, seconds

BEST: Final = MappingProxyType(
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
"""When each format begins best, on the wall clock."""
_NEAR_ENOUGH: Final = timedelta(hours=2)
_LONG: Final = timedelta(hours=2)
_FAIR: Final = timedelta(days=5)
_HALF: Final = 0.5
BREATH: Final = timedelta(minutes=15)
"""What a meeting wants free beyond what it must have, not to be back to back."""
SUITS_BOTH: Final = "suits both"
_MONDAY, _WEDNESDAY, _FRIDAY = 0, 2, 4
_MORNING, _ONE = time(10), time(13)
_TO_COME: Final = (Cause.NOTICE, Cause.BUFFERS)
_EMPTY: Final = (
    *_TO_COME, Cause.MEETINGS, Cause.TENTATIVE, Cause.ALL_DAY, Cause.PLANNING
)  # fmt: skip


class Want(NamedTuple):
    """What is to be placed: a format, and the time to leave free before and after it."""

    format: Format
    in_person: bool
    gap: timedelta


class _OfDay(NamedTuple):
    """What holds for every time of one day; ``long`` are its long free stretches."""

    long: tuple[Interval, ...]
    parts: tuple[ScorePart, ...]


class OwnDays:
    """The owner's days, as far as they speak for or against a time.

    ``usual`` is the owner's time whatever the format, ``taken`` what meetings and planning take
    of it, merged. ``in_office`` tells whether a day is spent in the office, ``None`` for not
    known.
    """

    def __init__(
        self,
        want: Want,
        prefer: Preferences,
        now: datetime,
        zone: str,
        usual: Availability,
        taken: Iterable[Interval],
        in_office: Callable[[date], bool | None],
    ) -> None:
        self._want = want
        self._prefer = prefer
        self._now = now
        self._zone = zone
        self._in_office = in_office
        self._taken = tuple(taken)
        self._until = [each.end for each in self._taken]
        self._free = _by_day(usual.free(*_TO_COME), zone)
        self._whole = _by_day(usual.free(*_EMPTY), zone)
        self._days: dict[date, _OfDay] = {}
        self._clocks: dict[tuple[int, time], tuple[ScorePart, ...]] = {}
        self._spared = _worth("splits no long free stretch", prefer.long_stretch)
        self._roomy = _worth("room before and after", prefer.room_around)
        self._fair = _warning(prefer, 1)

    def parts(self, when: Interval) -> tuple[ScorePart, ...]:
        """What speaks for and against a time; what is worth no points is left out."""
        here = local_datetime(seconds(when.start), self._zone)
        day, ahead = self._day(here.date()), when.start - self._now
        return (
            self._clock(here)
            + (self._spared if self._spares(when, day) else ())
            + (self._roomy if self._has_room(when) else ())
            + (self._fair if ahead >= _FAIR else _warning(self._prefer, ahead / _FAIR))
            + day.parts
        )

    def _clock(self, here: datetime) -> tuple[ScorePart, ...]:
        """By weekday and time of day, which come back every week."""
        key = (here.weekday(), here.time())
        if key not in self._clocks:
            prefer, format_ = self._prefer, self._want.format
            fitting = prefer.time_of_day * closeness(here, BEST[format_], _NEAR_ENOUGH)
            friday, monday = _is_friday_afternoon(here), _is_monday_morning(here)
            self._clocks[key] = (
                suits(prefer, both=False)
                + _worth(f"a good time of day for a {format_}", fitting)
                + _worth("Friday afternoon", prefer.friday_afternoon * friday)
                + _worth("first thing on Monday", prefer.monday_morning * monday)
            )
        return self._clocks[key]

    def _day(self, day: date) -> _OfDay:
        if day not in self._days:
            free, whole = self._free.get(day, ()), _sum(self._whole.get(day, ()))
            taken = 1 - _sum(free) / whole if whole else 0.0
            full = max((taken - _HALF) / _HALF, 0.0)
            office = self._want.in_person and self._in_office(day) is True
            parts = _worth("a day in the office", self._prefer.office_day * office) + _worth(
                "a full day", self._prefer.full_day * full
            )
            self._days[day] = _OfDay(tuple(each for each in free if each.length >= _LONG), parts)
        return self._days[day]

    def _spares(self, when: Interval, day: _OfDay) -> bool:
        """Whether the day still has a long free stretch, or never had one to lose."""
        start, end = when.start - self._want.gap, when.end + self._want.gap
        return not day.long or any(
            min(start, each.end) - each.start >= _LONG or each.end - max(end, each.start) >= _LONG
            for each in day.long
        )

    def _has_room(self, when: Interval) -> bool:
        """Whether more than the gap stays free on both sides, to breathe."""
        around = self._want.gap + BREATH
        index = bisect_right(self._until, when.start - around)
        return index == len(self._taken) or self._taken[index].start >= when.end + around


def suits(prefer: Preferences, *, both: bool) -> tuple[ScorePart, ...]:
    """The part every time begins with, of the owner alone or of both."""
    return _worth(SUITS_BOTH if both else "suits you", prefer.suits)


def for_standing(
    when: Interval, window: Interval, zone: str, prefer: Preferences, *, senior: bool, red: bool
) -> tuple[ScorePart, ...]:
    """What the guest's rank and the state of the relationship say of a time."""
    early = senior and local_datetime(seconds(when.start), zone).weekday() <= _WEDNESDAY
    soon = (window.end - when.start) / window.length if red else 0.0
    return _worth("early in the week", prefer.early_for_seniors * early) + _worth(
        "soon", prefer.soon_when_red * soon
    )


def with_them(prefer: Preferences, *, office: bool) -> tuple[ScorePart, ...]:
    """What a guest minds who is met in person."""
    return _worth("a day they are in the office", prefer.office_day * office)


def from_afar(prefer: Preferences, *, lunch: bool, edge: bool) -> tuple[ScorePart, ...]:
    """What a guest minds who is not met in person; who comes in person has the same clock."""
    return _worth("over their lunch", prefer.their_lunch * lunch) + _worth(
        "at the edge of their day", prefer.edge_of_their_day * edge
    )


def beside_theirs(prefer: Preferences) -> tuple[ScorePart, ...]:
    """What a guest minds whose calendar is known to be taken just before or after."""
    return _worth("straight before or after something of theirs", prefer.beside_theirs)


def _warning(prefer: Preferences, share: float) -> tuple[ScorePart, ...]:
    return _worth("fair warning", prefer.fair_warning * share)


def _worth(name: str, points: float) -> tuple[ScorePart, ...]:
    """The part, unless it is worth nothing."""
    rounded = round(points, 2)
    return (ScorePart(name, rounded),) if rounded else ()


def _by_day(spans: Iterable[Interval], zone: str) -> Mapping[date, tuple[Interval, ...]]:
    found: dict[date, tuple[Interval, ...]] = {}
    for span in spans:
        day = local_date(span.start, zone)
        found[day] = (*found.get(day, ()), span)
    return found


def _sum(spans: Iterable[Interval]) -> timedelta:
    return sum((each.length for each in spans), timedelta())


def closeness(here: datetime, best: Iterable[time], far: timedelta) -> float:
    """1 at one of the best times of day, 0 from ``far`` away on."""
    away = min(abs(here - datetime.combine(here, each)) for each in best)
    return max(1 - away / far, 0.0)


def _is_friday_afternoon(here: datetime) -> bool:
    return here.weekday() == _FRIDAY and here.time() >= _ONE


def _is_monday_morning(here: datetime) -> bool:
    return here.weekday() == _MONDAY and here.time() < _MORNING
