"""The relationship map: distance is lateness, size is priority, shape and colour are status."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from textwrap import wrap
from typing import Final

from matplotlib.axes import Axes
from matplotlib.markers import MarkerStyle
from matplotlib.patches import Circle, PathPatch
from matplotlib.path import Path

from agent.pictures.figure import Picture, sheet, text_width
from agent.pictures.palette import STATUS_MARK, STATUS_MEANING, light
from agent.pictures.svg import Note
from policies.audit.cadence import Standing, Status
from policies.people.person import Priority
from policies.pictures import labels
from policies.pictures.map import LONGEST, ON_TIME, By, Map, Spot, laid_out, title
from policies.spoken import counted
from policies.text import shown

_NAME_PT: Final = 8.5
_SECTOR_PT: Final = 10
_SECTOR_NAME: Final = 18  # characters of a line
_BOLD: Final = 1.12  # how much wider bold letters are
_HEAD, _FOOT, _SIDE, _MARGIN = 40, 62, 118, 26  # points around the circle
_SMALL, _LARGE = 240, 430  # points of its radius, for few people and for many
_FEW: Final = 45
_LONGEST_NAME: Final = 22
_RINGS: Final = (
    (1.0, "red", "past the\nlongest gap"),
    (LONGEST, "amber", "past the\nideal gap"),
    (ON_TIME, "green", "on time"),
)
_Point = tuple[float, float]
LinkOf = Callable[[Standing], str]


def drawn(
    standings: Sequence[Standing], *, by: By = By.RELATION, link: LinkOf | None = None
) -> Picture:
    """The map of these people; ``link`` is the page each mark opens."""
    placed = laid_out(standings, by)
    radius = _SMALL * min(_LARGE / _SMALL, max(1.0, math.sqrt(len(placed.spots) / _FEW)))
    width, height = 2 * (radius + _SIDE), 2 * (radius + _MARGIN) + _HEAD + _FOOT
    figure, axes = sheet(width, height)
    middle = (width / 2, _FOOT + _MARGIN + radius)
    heading = shown(title(standings, by))
    axes.text(16, height - 28, heading, fontsize=13, fontweight="bold")
    _rings(axes, middle, radius)
    _borders(axes, placed, middle, radius)
    page = labels.Box(4, _FOOT, width - 4, height - _HEAD)
    sectors = _sector_names(axes, placed, middle, radius, page)
    taken = [*_ring_names(axes, middle, radius), *sectors]
    notes = {}
    for number, spot in enumerate(placed.spots):
        mark = f"mark-{number}"
        _mark(axes, spot, middle, radius, mark)
        notes[mark] = Note(_said(spot.standing), link(spot.standing) if link else "")
    named = _names(axes, placed, middle, radius, taken, page)
    _legend(axes, placed, len(standings), named, width)
    return Picture("map", heading, _description(standings, by), figure, notes)


def _rings(axes: Axes, middle: _Point, radius: float) -> None:
    for share, role, _ in _RINGS:
        around = share * radius
        axes.add_patch(Circle(middle, around, facecolor=light("ground"), edgecolor="none"))
        axes.add_patch(Circle(middle, around, facecolor=light(role), alpha=0.09, edgecolor="none"))
    for share, _, _ in _RINGS:
        axes.add_patch(Circle(middle, share * radius, fill=False, edgecolor=light("line")))


def _borders(axes: Axes, placed: Map, middle: _Point, radius: float) -> None:
    """A line on each side of each sector, and the owner where they would meet."""
    for sector in placed.sectors if len(placed.sectors) > 1 else ():
        for angle in (sector.start, sector.end):
            ends = [_at(middle, share * radius, angle) for share in (0.1, 1.0)]
            axes.plot(*zip(*ends, strict=True), color=light("line"), linewidth=0.8)
    axes.add_patch(Circle(middle, 0.052 * radius, facecolor=light("ink"), edgecolor="none"))
    own = light("ground")
    axes.text(*middle, "you", color=own, fontsize=8.5, ha="center", va="center_baseline")


def _ring_names(axes: Axes, middle: _Point, radius: float) -> Iterator[labels.Box]:
    """At twelve o'clock, where no sector is; returns the room they take."""
    for share, _, words in _RINGS:
        x, y = middle[0], middle[1] + radius * (share - 0.09)
        axes.text(
            x, y, words, color=light("quiet"), fontsize=7.5, ha="center", va="center"
        ).set_linespacing(1.1)
        yield labels.Box(x - 22, y - 10, x + 22, y + 10)


def _sector_names(
    axes: Axes, placed: Map, middle: _Point, radius: float, page: labels.Box
) -> list[labels.Box]:
    """Around the rim, the fullest sectors first; returns the room they take."""
    found: list[labels.Box] = []
    for sector in sorted(placed.sectors, key=lambda each: (-each.people, each.name)):
        lines = wrap(shown(sector.name) or "?", _SECTOR_NAME, max_lines=2, placeholder="…")
        lines[-1] += f" · {sector.people}"
        wide = max(text_width(line, _SECTOR_PT) for line in lines) * _BOLD
        size = (wide, _SECTOR_PT * 1.3 * len(lines))
        box = labels.beyond((*middle, radius), sector.middle, size, found, page, gap=7)
        if box is not None:
            axes.text(
                (box.left + box.right) / 2,
                (box.bottom + box.top) / 2,
                "\n".join(lines),
                fontsize=_SECTOR_PT,
                fontweight="bold",
                ha="center",
                va="center",
            )
            found.append(box)
    return found


def _mark(axes: Axes, spot: Spot, middle: _Point, radius: float, gid: str) -> None:
    status = spot.standing.status
    x, y = middle[0] + spot.x * radius, middle[1] + spot.y * radius
    _shape(axes, status, x, y, spot.size * radius, gid)


def _shape(axes: Axes, status: Status, x: float, y: float, size: float, gid: str = "") -> None:
    """The shape of a status around a centre; all have about the same area."""
    style = MarkerStyle(STATUS_MARK[status])
    grown = {"^": 1.12, "D": 0.88}.get(STATUS_MARK[status], 1.0)
    turned = style.get_transform()
    vertices = turned.transform(style.get_path().vertices) * 2 * size * grown + (x, y)
    hollow = status is Status.GREY
    patch = PathPatch(
        Path(vertices, style.get_path().codes),
        facecolor=light("ground") if hollow else light(status.value),
        edgecolor=light(status.value) if hollow else light("ground"),
        linewidth=1.6 if hollow else 0.8,
    )
    if gid:
        patch.set_gid(gid)
    axes.add_patch(patch)


def _names(
    axes: Axes,
    placed: Map,
    middle: _Point,
    radius: float,
    taken: list[labels.Box],
    page: labels.Box,
) -> int:
    """Name whoever there is room for, the most pressing first; returns how many that are."""
    words = [shown(each.standing.person.name, _LONGEST_NAME) for each in placed.spots]
    wanted = [
        labels.Wanted(
            middle[0] + spot.x * radius,
            middle[1] + spot.y * radius,
            spot.size * radius,
            text_width(name, _NAME_PT),
            _NAME_PT,
        )
        for spot, name in zip(placed.spots, words, strict=True)
    ]
    boxes = labels.placed(wanted, taken, page, gap=2.5)
    for name, box in zip(words, boxes, strict=True):
        if box is not None:
            axes.text(
                (box.left + box.right) / 2, box.bottom + 2, name, fontsize=_NAME_PT, ha="center"
            )
    return sum(box is not None for box in boxes)


def _legend(axes: Axes, placed: Map, of: int, named: int, width: float) -> None:
    counts = Counter(spot.standing.status for spot in placed.spots)
    x, y = 22.0, 40.0
    for status in Status:
        if counts[status]:
            words = f"{counts[status]} {status.value}, {STATUS_MEANING[status]}"
            _shape(axes, status, x, y, 5.5)
            axes.text(x + 11, y - 3.2, words, fontsize=9, color=light("quiet"))
            x += 11 + text_width(words, 9) + 22
    x, y = 22.0, 18.0
    for priority, size in zip(Priority, (8.5, 6.8, 5.4, 4.2), strict=True):
        axes.add_patch(Circle((x, y), size, facecolor=light("quiet"), edgecolor="none"))
        axes.text(x + 12, y - 3.2, f"priority {priority}", fontsize=9, color=light("quiet"))
        x += 74
    unnamed = len(placed.spots) - named
    rest = [
        f"{counted(unnamed, 'mark')} without room for a name" if unnamed else "",
        f"the {len(placed.spots)} that matter most of {of}" if placed.left_out else "",
    ]
    axes.text(
        width - 16,
        y - 3.2,
        "; ".join(filter(None, rest)),
        fontsize=9,
        color=light("quiet"),
        ha="right",
    )


def _at(middle: _Point, length: float, angle: float) -> _Point:
    return middle[0] + length * math.cos(angle), middle[1] + length * math.sin(angle)


def _said(one: Standing) -> str:
    """Who it is and how they stand; neither goals nor what is booked, for a picture is shown."""
    who = f"{shown(one.person.name)}, priority {one.person.priority}"
    if one.to_meet:
        return f"{who}: still to meet"
    return f"{who}: {one.status}, {counted(one.days_waited, 'day')} since contact"


def _description(standings: Sequence[Standing], by: By) -> str:
    counts = Counter(each.status for each in standings)
    said = ", ".join(
        f"{counts[each]} {each} ({STATUS_MEANING[each]})" for each in Status if counts[each]
    )
    people = counted(len(standings), "person")
    return (
        f"You in the middle, {people} around by {by}; the further out, the longer overdue. {said}."
    )
