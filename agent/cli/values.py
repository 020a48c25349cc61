"""Words of a command line that must lie within bounds: what is beyond them no command can use."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import click

NUMBER = click.IntRange(1, 2**31)
"""The number of a proposal, or of one of its times: small enough for every store."""


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
