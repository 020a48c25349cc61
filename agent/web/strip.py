"""The day around a meeting, drawn: what takes time, and the hours of both sides.

Everything is a share of the strip's width, so that it fits any screen while its words keep their
size. No styles are written into the page: the marks have classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

from agent.store.day import DayRow
from policies.hours import open_hours
from policies.interval import Interval
from policies.people.person import WeeklyHours
from policies.slots.occupancy import Occupies
from policies.text import shown
from policies.wall import WallTime, absolute, local_date, local_datetime, seconds

_HOUR_S: Final = 3_600
_DAY: Final = timedelta(days=1)
_OPENS, _CLOSES = time(8), time(18)
_EVERY: Final = 2  # hours between two marks
_TITLE: Final = 60
_LETTERS, _FEWEST = 76, 4  # of a title across the whole strip, and so few that none are better


class Side(NamedTuple):
    """Someone's time zone and hours; ``assumed``: neither is known, and the owner's stand in."""

    zone: str
    hours: WeeklyHours
    assumed: bool = False


class Mark(NamedTuple):
    """A stretch of the strip, in per cent of its width."""

    left: str
    width: str
    kind: str = ""
    label: str = ""


class Strip(NamedTuple):
    """``above`` are the owner's hours of the clock, ``below`` the guest's at the same moments.

    ``said`` is the day in words, for whoever does not see it.
    """

    said: tuple[str, ...]
    taken: tuple[Mark, ...]
    whole: tuple[str, ...]
    meeting: Mark
    own: tuple[Mark, ...]
    theirs: tuple[Mark, ...]
    above: tuple[Mark, ...]
    below: tuple[Mark, ...]
    assumed: bool


def bounds(when: Interval, zone: str) -> tuple[int, int]:
    """The local day of a meeting, in seconds."""
    day = local_date(when.start, zone)
    first, last = (absolute(each, zone) for each in (day, day + _DAY))
    return first, last


def strip(when: Interval, rows: Sequence[DayRow], owner: Side, guest: Side) -> Strip:
    """The day of ``when`` on the owner's clock; ``rows`` are what takes time on it."""
    scale = _Scale.around(when, owner.zone)
    days = local_date(when.start, owner.zone)
    titles = [shown(row.title, _TITLE) or "(no title)" for row in rows]
    named = tuple(zip(rows, titles, strict=True))
    timed = ((row.start_s, row.end_s, _kind(row), title) for row, title in named if not row.all_day)
    start_s, end_s = seconds(when.start), seconds(when.end)
    return Strip(
        said=tuple(_said(row, title, owner.zone) for row, title in named),
        taken=tuple(scale.marks(timed)),
        whole=tuple(title for row, title in named if row.all_day),
        meeting=next(scale.marks([(start_s, end_s, "meeting", "")])),
        own=tuple(scale.marks(_open(owner, days))),
        theirs=tuple(scale.marks(_open(guest, days))),
        above=tuple(scale.clock(owner.zone)),
        below=tuple(scale.clock(guest.zone)) if guest.zone != owner.zone else (),
        assumed=guest.assumed,
    )


class _Scale(NamedTuple):
    from_s: int
    until_s: int

    @classmethod
    def around(cls, when: Interval, zone: str) -> _Scale:
        """From eight to six, and as much further as the meeting lies, in whole hours."""
        day = local_date(when.start, zone)
        opens, closes = (
            absolute(WallTime(datetime.combine(day, each), zone), zone)
            for each in (_OPENS, _CLOSES)
        )
        first = seconds(when.start) // _HOUR_S * _HOUR_S - _HOUR_S
        last = -(-seconds(when.end) // _HOUR_S) * _HOUR_S + _HOUR_S
        return cls(min(opens, first), max(closes, last))

    def marks(self, stretches: Iterable[tuple[int, int, str, str]]) -> Iterator[Mark]:
        """Those that can be seen, cut at the ends."""
        for start_s, end_s, kind, label in stretches:
            left, right = max(start_s, self.from_s), min(end_s, self.until_s)
            if left < right:
                width = self._share(right) - self._share(left)
                room = int(width / 100 * _LETTERS)
                seen = shown(label, room) if room >= _FEWEST else ""
                yield Mark(f"{self._share(left):.3f}%", f"{width:.3f}%", kind, seen)

    def clock(self, zone: str) -> Iterator[Mark]:
        """What a clock there says every two hours of the owner's."""
        for at_s in range(self.from_s, self.until_s, _EVERY * _HOUR_S):
            local = local_datetime(at_s, zone)
            label = f"{local:%H:%M}" if local.minute else f"{local.hour}"
            yield Mark(f"{self._share(at_s):.3f}%", "", "", label)

    def _share(self, at_s: int) -> float:
        return 100 * (at_s - self.from_s) / (self.until_s - self.from_s)


def _open(side: Side, day: date) -> Iterator[tuple[int, int, str, str]]:
    for each in open_hours(side.hours, side.zone, day - _DAY, day + _DAY):
        yield seconds(each.start), seconds(each.end), "", ""


def _kind(row: DayRow) -> str:
    return "tentative" if row.occupies is Occupies.TENTATIVE else "busy"


def _said(row: DayRow, title: str, zone: str) -> str:
    if row.all_day:
        return f"all day: {title}"
    start, end = (local_datetime(each, zone) for each in (row.start_s, row.end_s))
    tentative = " (tentative)" if row.occupies is Occupies.TENTATIVE else ""
    return f"{start:%H:%M} to {end:%H:%M}: {title}{tentative}"
