"""What may be said of a goal on the command line, and the days it may be said with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final, TypeVar

import click

from agent.cli.values import Whole, choice
from agent.days import read_day
from policies.goals.goal import WEIGHT_MAX, Goal
from policies.people.person import Seniority

F = TypeVar("F", bound=Callable[..., Any])

_NONE: Final = "none"


_OPTIONS: Final = (
    click.option("--why", metavar="TEXT", help="What it is good for, in your own words."),
    click.option("--by", metavar="DAY", help="By when: 2027-03-31, Friday, 26w, or an empty text."),
    click.option("--function", metavar="TEXT", help="The function it is about, such as finance."),
    click.option(
        "--level",
        type=choice(Seniority, _NONE),
        help="The level it is about, and everything above.",
    ),
    click.option(
        "--weight",
        type=Whole(0, WEIGHT_MAX),
        help="How many times it counts in the ranking; 0: not at all.",
    ),
    click.option("--review", "review_on", metavar="DAY", help="When to look at it again."),
)


def goal_options(command: F) -> F:
    """An option for each thing that may be said of a goal."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def with_said(goal: Goal, said: Mapping[str, Any], today: date) -> Goal:
    """The goal with what the options of `goal_options` say of it.

    Raises:
        UsageProblem: a day that is none.
    """
    given = {name: value for name, value in said.items() if value is not None}
    for name in given.keys() & {"by", "review_on"}:
        given[name] = day_said(given[name], today)
    if "level" in given:
        given["level"] = None if given["level"] == _NONE else Seniority(given["level"])
    return replace(goal, **given)


def day_said(text: str, today: date) -> date | None:
    """A day as `read_day` reads it, ahead; an empty text is no day.

    Raises:
        UsageProblem: it is neither.
    """
    return read_day(text, today, ahead=True) if text.strip() else None
