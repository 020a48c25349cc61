"""What many commands take: the flag for JSON, and words that must lie within bounds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

import click

from agent.app import App
from agent.cli.owner import today
from agent.errors import UsageProblem
from policies.hours import parse_length
from policies.memory.days import parse_day
from policies.text import shown

AS_JSON: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class Whole(click.IntRange):
    """A whole number within bounds, called a number in help and messages."""

    name = "number"


class _Number(click.ParamType[int]):
    """What a list calls one of its lines: small enough for every store."""

    name = "number"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        text = str(value)
        if not (text.isascii() and text.isdecimal() and 1 <= int(text[:11]) <= 2**31):
            self.fail(f"{text!r} is no number from a list, such as 1", param, ctx)
        return int(text)


NUMBER: Final = _Number()
"""The number of a proposal, or of one of its times."""


class _TimeOfDay(click.ParamType[time]):
    """Hours and minutes on the wall clock."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> time:
        try:
            return datetime.strptime(str(value), "%H:%M").time()  # noqa: DTZ007 - of every zone
        except ValueError:
            self.fail(f"{str(value)!r} is no time of day, such as 05:15", param, ctx)


TIME_OF_DAY: Final = _TimeOfDay()


def choice(values: Iterable[StrEnum]) -> click.Choice[str]:
    """One of these words, written with hyphens for spaces, in small letters or not."""
    return click.Choice([each.replace(" ", "-") for each in values], case_sensitive=False)


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


class _Day(click.ParamType[date]):
    """An option that `read_day` reads, by the owner's today."""

    name = "day"

    def __init__(self, *, ahead: bool) -> None:
        self._ahead = ahead

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        if isinstance(value, date):
            return value
        app: App = (ctx or click.get_current_context()).obj
        return read_day(str(value), today(app), ahead=self._ahead)


AHEAD: Final = _Day(ahead=True)
PAST: Final = _Day(ahead=False)
