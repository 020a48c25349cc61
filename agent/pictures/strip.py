"""One person's past year: a cell for each week, darker with more contact."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from agent.pictures.figure import Picture, sheet, text_width
from agent.pictures.palette import light
from agent.pictures.svg import Note
from policies.pictures.weeks import Week, contact_title, contact_weeks
from policies.text import shown

_CELL, _GAP, _SIDE = 11, 2, 16  # points
_SHADES: Final = ("empty", "heat-1", "heat-2", "heat-3")
_MONDAY_AFTER: Final = timedelta(days=7)


def drawn(days: Sequence[date], today: date, *, name: str = "") -> Picture:
    """Contact on ``days``, week by week; ``name`` is whose it is, empty where the page says so."""
    weeks = contact_weeks(days, today)
    pitch = _CELL + _GAP
    width, height = 2 * _SIDE + len(weeks) * pitch - _GAP, 78.0
    figure, axes = sheet(width, height)
    heading = contact_title(days, today)
    whole = f"{shown(name)}: {heading}" if name else heading
    axes.text(_SIDE, height - 20, whole, fontsize=11, fontweight="bold")
    notes = {}
    for number, week in enumerate(weeks):
        mark = f"week-{number}"
        _cell(axes, _SIDE + number * pitch, 26, min(week.contacts, len(_SHADES) - 1), mark)
        notes[mark] = Note(_said(week))
    _months(axes, weeks, pitch)
    _legend(axes, width, height - 20)
    return Picture("strip", whole, _description(weeks), figure, notes)


def _cell(axes: Axes, x: float, y: float, shade: int, gid: str = "") -> None:
    cell = Rectangle((x, y), _CELL, _CELL * 1.6, facecolor=light(_SHADES[shade]), edgecolor="none")
    if gid:
        cell.set_gid(gid)
    axes.add_patch(cell)


def _months(axes: Axes, weeks: Sequence[Week], pitch: float) -> None:
    """A month's name under the week its first day lies in, where it has room."""
    free_from = 0.0
    for number, week in enumerate(weeks):
        first = (week.monday + timedelta(days=6)).replace(day=1)
        x = _SIDE + number * pitch
        if week.monday <= first < week.monday + _MONDAY_AFTER and x >= free_from:
            words = f"{first:%b %Y}" if first.month == 1 or free_from == 0 else f"{first:%b}"
            wide = text_width(words, 8)
            if x + wide < _SIDE + len(weeks) * pitch:
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
    return f"Week of {week.monday.day} {week.monday:%B %Y}: {times}"


def _description(weeks: Sequence[Week]) -> str:
    met = [each for each in weeks if each.contacts]
    listed = "; ".join(f"{each.monday}: {each.contacts}" for each in met)
    return f"Contacts a week by its Monday. {listed}." if met else "No contact in the past year."
