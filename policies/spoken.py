"""Times and lengths as people say them, in English."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from policies.hours import is_zone
from policies.interval import Interval
from policies.wall import local_date, local_datetime, seconds

_UNITS = (
    ("week", timedelta(weeks=1), 1),
    ("day", timedelta(days=1), 3),
    ("hour", timedelta(hours=1), 1),
)
_MANY = {"person": "people", "entry": "entries"}
_SEASONS = {12: "winter", 3: "spring", 6: "summer", 9: "autumn"}
_A_SEASON_AGO, _SOMETIME_AGO = 120, 300
_AGO = (
    (35, "for a few weeks"),
    (75, "for a month or two"),
    (430, "for about a year"),
    (700, "for well over a year"),
    (1100, "for a couple of years"),
)


def moment_said(at: datetime, zone: str) -> str:
    """`Tuesday 24 November at 09:30` on the clock of ``zone``."""
    here = local_datetime(seconds(at), zone)
    return f"{here:%A} {here.day} {here:%B} at {here:%H:%M}"


def long_day(day: date) -> str:
    """`3 March 2026`; in sentences."""
    return f"{day.day} {day:%B %Y}"


def short_day(day: date) -> str:
    """`Tue 3 Mar`; in lists and tables of days near by."""
    return f"{day:%a} {day.day} {day:%b}"


def short_moment(at: datetime, zone: str) -> str:
    """`Tue 3 Mar 09:30` on the clock of ``zone``."""
    here = local_datetime(seconds(at), zone)
    return f"{short_day(here)} {here:%H:%M}"


def until_said(end: datetime, now: datetime, zone: str) -> str:
    """`Tue 3 Mar`, with the year where it is another and the time where it is within a day."""
    if end - now < timedelta(days=1):
        return short_moment(end, zone)
    return day_said(local_date(end, zone), local_date(now, zone))


def clock_said(at: datetime, zone: str) -> str:
    """`09:30` on the clock of ``zone``."""
    return f"{local_datetime(seconds(at), zone):%H:%M}"


def said_to(when: Interval, zone: str, own_zone: str, *, in_person: bool) -> str:
    """The start as it is said to a guest whose clock is ``zone`` (empty: not known).

    From afar nobody should have to ask whose clock is meant. Two zones that show the same time
    at that moment need no explanation.
    """
    own = moment_said(when.start, own_zone)
    if in_person:
        return own
    if not is_zone(zone):
        return f"{own} {city(own_zone)} time"
    theirs = moment_said(when.start, zone)
    if theirs == own:
        return own
    same_day = theirs.partition(" at ")[0] == own.partition(" at ")[0]
    mine = clock_said(when.start, own_zone) if same_day else own
    return f"{theirs} your time ({mine} in {city(own_zone)})"


def city(zone: str) -> str:
    """`Buenos Aires` for ``America/Argentina/Buenos_Aires``; other names as they are."""
    area, slash, place = zone.rpartition("/")
    return place.replace("_", " ") if slash and area != "Etc" else zone


def length_said(length: timedelta) -> str:
    """`3 weeks`, `48 hours`, `45 minutes`: the largest unit that divides it, days from three on."""
    for name, unit, least in _UNITS:
        count, rest = divmod(length, unit)
        if count >= least and not rest:
            return counted(count, name)
    return counted(round(length / timedelta(minutes=1)), "minute")


def since_said(last: date, today: date, *, northern: bool) -> str:
    """What can stand after "we have not met", without a number of days in it.

    Seasons only where both know which is meant (``northern``), else the month; further back
    than some ten months neither is clear.
    """
    days = (today - last).days
    if _AGO[1][0] < days <= _SOMETIME_AGO:
        season = northern and days > _A_SEASON_AGO
        return f"since the {_SEASONS[last.month // 3 * 3 or 12]}" if season else f"since {last:%B}"
    return next((phrase for most, phrase in _AGO if days <= most), "for years")


def counted(count: int, one: str, many: str = "") -> str:
    """`1 day`, `3 days`, `3 people`; ``many`` where more than the noun is to agree."""
    return f"{count} {one if abs(count) == 1 else many or _MANY.get(one, f'{one}s')}"


def day_said(day: date, today: date) -> str:
    """`Tue 3 Mar`, with the year only where it is another."""
    return short_day(day) + (f" {day.year}" if day.year != today.year else "")


def by_day(due: date, today: date) -> str:
    """`by Tue 3 Mar`, and whether it is late: it changes once, and not from day to day."""
    return f"by {day_said(due, today)}" + (", late" if due < today else "")


def by_when(due: date, today: date) -> str:
    """`by Tue 3 Mar`, and how late that is by now; `today` on its day."""
    if due == today:
        return "today"
    late = (today - due).days
    return f"by {day_said(due, today)}" + (f", {counted(late, 'day')} late" if late > 0 else "")
