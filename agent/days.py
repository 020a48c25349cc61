"""Days as the owner writes them, on the command line and on the page."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from agent.errors import UsageProblem
from policies.hours import parse_length
from policies.memory.days import parse_day
from policies.text import shown

YEARS: Final = range(1970, 2200)
DAYS_SUCH_AS: Final = "2026-05-01, Friday, 6w or 10d"
_REMEDY: Final = f"write for example {DAYS_SUCH_AS}"


def read_day(text: str, present: date, *, ahead: bool) -> date:
    """A day as 2026-05-01, in words such as Friday or tomorrow, or so far from ``present`` as 6w.

    ``ahead``: a length is counted, and a weekday or a date without a year looked for, after
    ``present``; else before. A day with its year may lie on either side.

    Raises:
        UsageProblem: it is no day, or one too far from both ends of the calendar to reckon with.
    """
    day = _iso(text) or _counted(text, present, ahead=ahead)
    day = day or parse_day(text, present, ahead=ahead)
    if day is None:
        raise UsageProblem(f"{shown(text)!r} is no day", _REMEDY)
    if day.year not in YEARS:
        beyond = "too long ago" if day < present else "too far away"
        raise UsageProblem(f"{day.isoformat()} is {beyond}", _REMEDY)
    return day


def day_ahead(text: str, present: date) -> date:
    """A day to come, today included.

    Raises:
        UsageProblem: it is no day, or one that is past.
    """
    day = read_day(text, present, ahead=True)
    if day < present:
        raise UsageProblem(f"{day.isoformat()} is past", "name a day to come")
    return day


def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _counted(text: str, present: date, *, ahead: bool) -> date | None:
    try:
        length = parse_length(text)
        if timedelta() < length < timedelta(days=1):
            return None  # 30m is no month
        return present + length if ahead else present - length
    except (ValueError, OverflowError):
        return None
