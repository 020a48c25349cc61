"""One person's past year: a cell for each week, darker with more contact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from agent.pictures.figure import Picture, sheet, text_width
from agent.pictures.palette import light
from agent.pictures.svg import Note
from policies.pictures.weeks import WEEKS, Week, contact_title, contact_weeks, quiet_title
from policies.text import shown

_SIDE: Final = 16  # points
_ALONE, _TOGETHER = 13.0, 10.2  # points from one week to the next
_NAMES: Final = 131  # points for the names of several people
_NAME: Final = 22  # characters of one
_HEIGHT, _ROW = 18.0, 16.0  # points of a cell, and of one among several
_SHADES: Final = ("empty", "heat-1", "heat-2", "heat-3")
_TO_SUNDAY: Final = timedelta(days=6)


def drawn(days: Sequence[date], today: date, *, name: str = "") -> Picture:
    """Contact on ``days``, week by week; ``name`` is whose it is, empty where the page says so."""
    weeks = contact_weeks(days, today)
    width, height = 2 * _SIDE + len(weeks) * _ALONE - 2, 78.0
    figure, axes = sheet(width, height)
    heading = contact_title(days, today)
    whole = f"{shown(name)}: {heading}" if name else heading
    axes.text(_SIDE, height - 20, whole, fontsize=11, fontweight="bold")
    notes = dict(_cells(axes, weeks, (_SIDE, 26), _ALONE, _HEIGHT, "week"))
    _months(axes, weeks, _SIDE, _ALONE)
    _legend(axes, width, height - 20)
    return Picture("strip", whole, _description(weeks), figure, notes)


def several(people: Sequence[tuple[str, Sequence[date]]], priority: str, today: date) -> Picture:
    """The same for some people of one priority by name, one below the other."""
    left, count = _SIDE + _NAMES, len(people)
    width, height = left + WEEKS * _TOGETHER + _SIDE, 76 + count * (_ROW + 3)
    figure, axes = sheet(width, height)
    heading = quiet_title([days for _, days in people], priority, today)
    axes.text(_SIDE, height - 28, heading, fontsize=13, fontweight="bold")
    notes: dict[str, Note] = {}
    for number, (name, days) in enumerate(people):
        y = height - 64 - number * (_ROW + 3)
        axes.text(_SIDE, y + 4, shown(name, _NAME), fontsize=9)
        weeks = contact_weeks(days, today)
        of = f"{shown(name)}, "
        notes |= _cells(axes, weeks, (left, y), _TOGETHER, _ROW, f"week-{number}", of)
    _months(axes, contact_weeks((), today), left, _TOGETHER)
    _legend(axes, width, height - 28)
    said = "; ".join(f"{name}: {contact_title(days, today)}" for name, days in people)
    return Picture("strips", heading, shown(said, 2_000), figure, notes)


def _cells(
    axes: Axes,
    weeks: Sequence[Week],
    at: tuple[float, float],
    pitch: float,
    height: float,
    mark: str,
    of: str = "",
) -> Iterator[tuple[str, Note]]:
    """A cell for each week, with what it says when pointed at."""
    for number, week in enumerate(weeks):
        shade = light(_SHADES[min(week.contacts, len(_SHADES) - 1)])
        corner = (at[0] + number * pitch, at[1])
        cell = Rectangle(corner, pitch * 0.85, height, facecolor=shade, edgecolor="none")
        cell.set_gid(f"{mark}-{number}")
        axes.add_patch(cell)
        yield f"{mark}-{number}", Note(of + _said(week))


def _months(axes: Axes, weeks: Sequence[Week], left: float, pitch: float) -> None:
    """A month's name under the week its first day lies in, where it has room."""
    free_from = 0.0
    for number, week in enumerate(weeks):
        first = (week.monday + _TO_SUNDAY).replace(day=1)
        x = left + number * pitch
        if week.monday <= first and x >= free_from:
            words = f"{first:%b}"
            wide = text_width(words, 8)
            if x + wide < left + len(weeks) * pitch:
                axes.text(x, 12, words, fontsize=8, color=light("quiet"))
                free_from = x + wide + 6


def _legend(axes: Axes, width: float, y: float) -> None:
    words = ("none", "1", "2", "3 or more a week")
    x = width - _SIDE - sum(text_width(each, 8) + 21 for each in words)
    for shade, each in enumerate(words):
        axes.add_patch(
            Rectangle((x, y - 1), 8, 8, facecolor=light(_SHADES[shade]), edgecolor="none")
        )
        axes.text(x + 11, y, each, fontsize=8, color=light("quiet"))
        x += text_width(each, 8) + 21


def _said(week: Week) -> str:
    times = {0: "no contact", 1: "1 contact"}.get(week.contacts, f"{week.contacts} contacts")
    return f"week of {week.monday.day} {week.monday:%B %Y}: {times}"


def _description(weeks: Sequence[Week]) -> str:
    met = [each for each in weeks if each.contacts]
    listed = "; ".join(f"{each.monday}: {each.contacts}" for each in met)
    return f"Contacts a week by its Monday. {listed}." if met else "No contact in the past year."
