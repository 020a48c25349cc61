"""Choosing people out of the audit: the options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from agent.cli.values import choice
from policies.audit.cadence import Status
from policies.audit.segments import Circle, Segment
from policies.people.person import Influence, Intent, Priority, Quality, Relation

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--group", "groups", multiple=True, metavar="NAME", help="Only people in it."),
    click.option("--relation", "relations", multiple=True, type=choice(Relation)),
    click.option("--goal", "goals", multiple=True, metavar="NAME", help="Only who helps with it."),
    click.option("--status", "statuses", multiple=True, type=choice(Status)),
    click.option("--priority", "priorities", multiple=True, type=choice(Priority)),
    click.option("--overdue", is_flag=True, help="Only people past their ideal gap."),
)


def filter_options(command: F) -> F:
    """Fields of `Wanted`; each may be given more than once."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_MORE = (
    click.option("--quality", "qualities", multiple=True, type=choice(Quality)),
    click.option("--influence", "influences", multiple=True, type=choice(Influence)),
    click.option("--intent", "intents", multiple=True, type=choice(Intent)),
    click.option("--segment", "segments", multiple=True, type=choice(Segment)),
    click.option("--circle", "circles", multiple=True, type=choice(Circle)),
)


def more_filters(command: F) -> F:
    """What only the audit itself is filtered by."""
    for option in reversed(_MORE):
        command = option(command)
    return command
