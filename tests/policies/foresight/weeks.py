"""Weeks and people to play with; every week begins on a Monday of 2026."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from policies.foresight.diary import Day, Diary, Week
from policies.foresight.play import Manners, Track
from policies.people.person import PersonId, Priority

MONDAY = date(2026, 1, 5)
HOUR = timedelta(hours=1)
COOLDOWN = timedelta(days=14)
MANNERS = Manners(COOLDOWN)


def mondays(count: int) -> tuple[date, ...]:
    return tuple(MONDAY + number * timedelta(days=7) for number in range(count))


def weeks(*rooms: tuple[float, int]) -> tuple[Week, ...]:
    """One week for each pair of free hours and meetings at most; all meet on Friday."""
    return tuple(
        Week(monday, hours * HOUR, meetings, monday + timedelta(days=4))
        for monday, (hours, meetings) in zip(mondays(len(rooms)), rooms, strict=True)
    )


def track(name: str, ago: int, ideal: int = 21, maximum: int = 35, **more: object) -> Track:
    """Met ``ago`` days before the first Monday, an hour a meeting, of priority A."""
    fields: dict[str, object] = {"weight": 8.0, "takes": HOUR, "met": True, "priority": Priority.A}
    fields |= more
    since = MONDAY.toordinal() - ago
    return Track(id=PersonId(name), ideal=ideal, maximum=maximum, since=since, **fields)  # type: ignore[arg-type]


def diary(
    count: int, hours: float = 8, meetings: int = 4, working: Iterable[int] = range(5)
) -> Diary:
    """Every working day the same, as usual and in the weeks to come."""
    day, days = Day(hours * HOUR, meetings), set(working)
    typical = tuple(day if number in days else Day() for number in range(7))
    known = {
        monday + timedelta(days=number): each
        for monday in mondays(count)
        for number, each in enumerate(typical)
    }
    return Diary(typical, known, mondays(count), HOUR)
