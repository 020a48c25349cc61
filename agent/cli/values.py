"""Words of a command line that must lie within bounds: what is beyond them no command can use."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Final

import click

from agent.errors import UsageProblem
from policies.memory.days import parse_day
from policies.text import shown

NUMBER = click.IntRange(1, 2**31)
"""The number of a proposal, or of one of its times: small enough for every store."""


def choice(values: Iterable[StrEnum]) -> click.Choice[str]:
    """One of these words, written with hyphens for spaces, in small letters or not."""
    return click.Choice([each.replace(" ", "-") for each in values], case_sensitive=False)


YEARS: Final = range(1970, 2200)


class _Day(click.DateTime):
    """A day of the owner's life: far enough from both ends of the calendar to reckon with."""

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d"])

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        day: datetime = super().convert(value, param, ctx)
        if day.year not in YEARS:
            self.fail(f"the year must be from {YEARS[0]} to {YEARS[-1]}.", param, ctx)
        return day


DAY: Final = _Day()


def day_ahead(text: str, today: date) -> date:
    """A day in words, or as 2026-05-01; the next there is where several could be.

    Raises:
        UsageProblem: it is no day, or one that is past.
    """
    day = parse_day(text, today, ahead=True)
    if day is None:
        raise UsageProblem(f"{shown(text)!r} is no day", "write for example 2026-05-01, or Friday")
    if day < today:
        raise UsageProblem(f"{day.isoformat()} is past", "name a day to come")
    return day
