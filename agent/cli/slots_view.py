"""The times of a proposal side by side, with what speaks for and against each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policies.proposal import Slot
from policies.text import shown
from policies.wall import local_datetime, seconds

_GAP = "  "


def slot_lines(slots: Sequence[Slot], chosen: int, zone: str) -> Iterator[str]:
    """A column for each slot, the chosen one starred; a row for each part any of them has."""
    starts = [local_datetime(seconds(slot.when.start), zone) for slot in slots]
    worth = [{part.name: part.points for part in slot.parts} for slot in slots]
    names = dict.fromkeys(name for each in worth for name in each)
    rows = [
        ("", [f"{'* ' if index == chosen else ''}{index + 1}" for index in range(len(slots))]),
        ("", [f"{start:%a %d %b}" for start in starts]),
        ("", [f"{start:%H:%M}" for start in starts]),
        *((shown(name), [_points(each.get(name, 0.0)) for each in worth]) for name in names),
        ("points in all", [f"{slot.score:+.2f}" for slot in slots]),
    ]
    first = max(len(name) for name, _ in rows)
    widths = [max(map(len, column)) for column in zip(*(cells for _, cells in rows), strict=True)]
    for name, cells in rows:
        right = (f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
        yield _GAP.join((f"{name:{first}}", *right)).rstrip()


def _points(points: float) -> str:
    return f"{points:+.2f}" if points else ""
