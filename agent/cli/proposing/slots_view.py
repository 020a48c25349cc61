"""The times of a proposal side by side, with what speaks for and against each."""

from __future__ import annotations

from collections.abc import Sequence

from agent.terminal import Column, print_grid
from policies.proposal import Slot
from policies.spoken import short_day
from policies.text import shown
from policies.wall import local_datetime, seconds


def print_slots(slots: Sequence[Slot], chosen: int, zone: str) -> None:
    """A column for each slot, the chosen one starred; a row for each part any of them has."""
    starts = [local_datetime(seconds(slot.when.start), zone) for slot in slots]
    worth = [{part.name: part.points for part in slot.parts} for slot in slots]
    names = dict.fromkeys(name for each in worth for name in each)
    numbers = [f"{'* ' if index == chosen else ''}{index + 1}" for index in range(len(slots))]
    rows = [
        ("", *map(short_day, starts)),
        ("", *(f"{start:%H:%M}" for start in starts)),
        *(
            (f"  {shown(name)}", *(_points(each.get(name, 0.0)) for each in worth))
            for name in names
        ),
        ("  points in all", *(f"{slot.score:+.2f}" for slot in slots)),
    ]
    columns = (Column("", gives_way=True), *(Column(each, right=True) for each in numbers))
    print_grid(columns, rows)


def _points(points: float) -> str:
    return f"{points:+.2f}" if points else ""
