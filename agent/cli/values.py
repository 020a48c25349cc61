"""What many commands take: the same flags, and words that must lie within bounds."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import Final

import click

from agent.app import App
from agent.cli.owner import today
from agent.days import read_day

AS_JSON: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
YES: Final = click.option("--yes", "-y", is_flag=True, help="Do not ask.")
FORCE: Final = click.option("--force", is_flag=True, help="Write over FILE if there is one.")


class _Place(click.Path):
    """A file or a folder, which an empty text does not name: it would be the current folder."""

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str | bytes | os.PathLike[str]:
        if not os.fspath(value):
            self.fail("an empty name; the folder you are in is called .", param, ctx)
        return super().convert(value, param, ctx)


PLACE: Final = _Place(path_type=Path)


class Whole(click.IntRange):
    """A whole number within bounds, called a number in help and messages."""

    name = "number"


class Number(click.ParamType[int]):
    """What a list calls one of its lines: small enough for every store."""

    name = "number"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        text = str(value)
        if not (text.isascii() and text.isdecimal() and 1 <= int(text[:11]) <= 2**31):
            self.fail(f"{text!r} is no number from a list, such as 1", param, ctx)
        return int(text)


NUMBER: Final = Number()


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


def choice(values: Iterable[StrEnum], *more: str) -> click.Choice[str]:
    """One of these words, written with hyphens for spaces, in small letters or not."""
    words = [each.replace(" ", "-") for each in values]
    return click.Choice([*words, *more], case_sensitive=False)


def chosen(text: str) -> str:
    """The value behind what `choice` offers."""
    return text.replace("-", " ")


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
UNTIL: Final = click.option("--until", type=AHEAD, metavar="DAY", help="The first day it is over.")
