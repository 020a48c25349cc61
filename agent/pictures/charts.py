"""Charts over time: status by week, hours and exposure by month, planning slots by week."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from agent.pictures.figure import POINTS_PER_INCH, Picture, sheet, text_width
from agent.pictures.palette import STATUS_MARK, light
from agent.pictures.svg import Note
from policies.audit.cadence import Status
from policies.people.person import Priority
from policies.pictures.months import Month, hours_title, outside_title
from policies.pictures.slots import PlanWeek, plan_title
from policies.pictures.trend import StatusWeek, trend_title

_WIDTH, _HEIGHT = 704, 250  # points
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 104, 52, 30
_STACK: Final = (Status.RED, Status.AMBER, Status.GREEN, Status.GREY)
_LINE: Final = 14  # points from one label at the right to the next
_ROOM_INSIDE: Final = 0.12  # of the chart's height, for a number in its bar
_FAINT: Final = {"green": 0.45, "grey": 0.4}  # what is well, or not begun, stands back


class _Label(NamedTuple):
    """Words beside the end of a chart; ``shape`` is empty where no mark stands before them."""

    y: float
    words: str
    role: str
    shape: str = ""


def status_over_time(weeks: Sequence[StatusWeek]) -> Picture:
    """Everyone by status at the end of each week, red at the bottom where it can be compared."""
    heading = trend_title(weeks)
    figure, axes = _chart(heading)
    layers = [[week.people.get(status, 0) for week in weeks] for status in _STACK]
    tops = _stacked(axes, layers, [status.value for status in _STACK], "week")
    _at_right(
        axes,
        len(weeks),
        [
            _Label(
                tops[at] - layer[-1] / 2, f"{layer[-1]} {status}", status.value, STATUS_MARK[status]
            )
            for at, (status, layer) in enumerate(zip(_STACK, layers, strict=True))
            if layer[-1]
        ],
    )
    _months_below(axes, [week.day for week in weeks])
    said = [f"{w.day}: " + _listed((w.people.get(s, 0), s.value) for s in _STACK) for w in weeks]
    notes = {f"week-{at}": Note(words) for at, words in enumerate(said)}
    return Picture("trend", heading, "People by status, week by week. " + said[-1], figure, notes)


def hours_by_priority(months: Sequence[Month]) -> Picture:
    """Hours a month by priority, A at the bottom."""
    heading = hours_title(months)
    figure, axes = _chart(heading)
    layers = [[month.hours[each] for month in months] for each in Priority]
    tops = _stacked(axes, layers, [f"tier-{each.lower()}" for each in Priority], "hours")
    axes.set_ylabel("hours", fontsize=9)
    _at_right(
        axes,
        len(months),
        [
            _Label(tops[at] - layer[-1] / 2, f"priority {each}", f"tier-{each.lower()}", "s")
            for at, (each, layer) in enumerate(zip(Priority, layers, strict=True))
            if any(layer)
        ],
    )
    _each_month(axes, months)
    said = [
        _named(m) + ": " + _listed((round(m.hours[p], 1), p.value) for p in Priority)
        for m in months
    ]
    notes = {f"hours-{at}": Note(words) for at, words in enumerate(said)}
    text = "Hours of contact by month and priority; two people at one table count an hour each."
    return Picture("hours", heading, text, figure, notes)


def exposure_by_month(months: Sequence[Month], goal: float) -> Picture:
    """The share of the hours beyond the owner's own circle, and the goal as a line."""
    heading = outside_title(months, goal)
    figure, axes = _chart(heading)
    met = [(at, each.outside) for at, each in enumerate(months) if each.outside is not None]
    for at, share in met:
        bar = Rectangle((at - 0.38, 0), 0.76, share * 100, facecolor=light("accent"))
        bar.set_gid(f"share-{at}")
        axes.add_patch(bar)
        inside = share >= _ROOM_INSIDE
        axes.text(
            at,
            share * 100 + (-7 if inside else 2),
            f"{share:.0%}",
            ha="center",
            fontsize=8,
            color=light("ground" if inside else "quiet"),
        )
    axes.axhline(goal * 100, color=light("quiet"), linewidth=1.2, linestyle=(0, (4, 3)), zorder=1.5)
    axes.set_ylim(0, 108)
    axes.set_xlim(-0.6, len(months) - 0.4)
    axes.set_yticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", "100%"], fontsize=8)
    _at_right(axes, len(months), [_Label(goal * 100, f"goal {goal:.0%}", "quiet")])
    _each_month(axes, months)
    said = [(at, f"{_named(months[at])}: {share:.0%} beyond your own circle") for at, share in met]
    notes = {f"share-{at}": Note(words) for at, words in said}
    text = "Share of the hours with people on your list who are neither your team nor your manager."
    return Picture("exposure", heading, text, figure, notes)


def planning_by_week(weeks: Sequence[PlanWeek]) -> Picture:
    """A square for each slot: kept is full, lost is crossed out, one to come is hollow."""
    heading = plan_title(weeks)
    most = max(3, *(each.kept + each.lost + each.coming for each in weeks))
    side, pitch = 17, (_WIDTH - 32) / len(weeks)
    height = 92 + most * (side + 4)
    figure, axes = sheet(_WIDTH, height)
    axes.text(16, height - 24, heading, fontsize=13, fontweight="bold")
    notes = {}
    for number, week in enumerate(weeks):
        x = 16 + number * pitch + (pitch - side) / 2
        kinds = ["kept"] * week.kept + ["lost"] * week.lost + ["to come"] * week.coming
        for at, kind in enumerate(kinds):
            gid = f"slot-{number}-{at}"
            _slot(axes, x, 54 + at * (side + 4), side, kind, gid)
            notes[gid] = Note(f"Week of {week.monday.day} {week.monday:%B %Y}: {kind}")
    axes.plot([16, _WIDTH - 16], [50, 50], color=light("line"), linewidth=1)
    _month_words(axes, [each.monday for each in weeks], 16, pitch, 36)
    x = 16.0
    for kind in ("kept", "lost", "to come"):
        _slot(axes, x, 10, 11, kind)
        axes.text(x + 16, 12, kind, fontsize=9, color=light("quiet"))
        x += 16 + text_width(kind, 9) + 20
    whole = [f"{w.monday}: {w.kept} kept, {w.lost} lost" for w in weeks if w.kept or w.lost]
    return Picture("planning", heading, "; ".join(whole) or "No slot is over.", figure, notes)


def _chart(heading: str) -> tuple[Figure, Axes]:
    """A sheet with its title, and axes with nothing on them yet."""
    figure = Figure(figsize=(_WIDTH / POINTS_PER_INCH, _HEIGHT / POINTS_PER_INCH))
    figure.text(16 / _WIDTH, 1 - 28 / _HEIGHT, heading, fontsize=13, fontweight="bold")
    axes = figure.add_axes(
        (
            _LEFT / _WIDTH,
            _BOTTOM / _HEIGHT,
            1 - (_LEFT + _RIGHT) / _WIDTH,
            1 - (_TOP + _BOTTOM) / _HEIGHT,
        )
    )
    axes.spines["left"].set_visible(False)
    axes.grid(axis="y", color=light("line"), linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8)
    return figure, axes


def _stacked(
    axes: Axes, layers: Sequence[Sequence[float]], roles: Sequence[str], gid: str
) -> list[float]:
    """Bars on top of each other; returns where each layer ends in the last bar."""
    below = [0.0] * len(layers[0])
    tops = []
    for layer, role in zip(layers, roles, strict=True):
        for at, value in enumerate(layer):
            if value:
                bar = Rectangle((at - 0.4, below[at]), 0.8, value, facecolor=light(role))
                bar.set_edgecolor(light("ground"))
                bar.set_alpha(_FAINT.get(role))
                bar.set_gid(f"{gid}-{at}")
                axes.add_patch(bar)
        below = [low + value for low, value in zip(below, layer, strict=True)]
        tops.append(below[-1])
    axes.set_xlim(-0.6, len(below) - 0.4)
    axes.set_ylim(0, max(*below, 1) * 1.04)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    return tops


def _at_right(axes: Axes, bars: int, labels: Iterable[_Label]) -> None:
    """Words beside the last bar with their mark, pushed up where they would cover each other."""
    low, high = axes.get_ylim()
    line = (high - low) * _LINE / (_HEIGHT - _TOP - _BOTTOM)
    point = (bars + 0.2) / (_WIDTH - _LEFT - _RIGHT)  # of the horizontal axis
    free_from = float("-inf")
    for each in sorted(labels):
        y = max(each.y, free_from)
        if each.shape:
            axes.plot(
                [bars - 0.4 + 8 * point],
                [y],
                each.shape,
                markersize=6,
                markerfacecolor="none" if each.role == "grey" else light(each.role),
                markeredgecolor=light(each.role),
                clip_on=False,
            )
        x = bars - 0.4 + (17 if each.shape else 6) * point
        axes.text(x, y, each.words, fontsize=9, va="center", color=light("quiet"))
        free_from = y + line


def _months_below(axes: Axes, days: Sequence[date]) -> None:
    firsts = [at for at, day in enumerate(days) if day.day <= 7]  # noqa: PLR2004 - the first Sunday of a month
    axes.set_xticks(firsts, [f"{days[at]:%b}" for at in firsts], fontsize=8)


def _each_month(axes: Axes, months: Sequence[Month]) -> None:
    words = [
        f"{each.first:%b\n%Y}" if each.first.month == 1 else f"{each.first:%b}" for each in months
    ]
    words[-1] = f"{months[-1].first:%b}\nso far"
    axes.set_xticks(range(len(months)), words, fontsize=8)


def _month_words(axes: Axes, mondays: Sequence[date], left: float, pitch: float, y: float) -> None:
    for number, day in enumerate(mondays):
        if day.day <= 7:  # noqa: PLR2004 - the first Monday of a month
            axes.text(left + number * pitch, y, f"{day:%b}", fontsize=8, color=light("quiet"))


def _slot(axes: Axes, x: float, y: float, side: float, kind: str, gid: str = "") -> None:
    role = {"kept": "green", "lost": "red", "to come": "quiet"}[kind]
    full = light(role) if kind == "kept" else light("ground")
    square = Rectangle((x, y), side, side, facecolor=full, edgecolor=light(role), linewidth=1.4)
    if gid:
        square.set_gid(gid)
    axes.add_patch(square)
    if kind == "lost":
        low, high = 0.28 * side, 0.72 * side
        for ends in ((low, high), (high, low)):
            axes.plot(
                [x + low, x + high], [y + each for each in ends], color=light(role), linewidth=1.4
            )


def _named(month: Month) -> str:
    return f"{month.first:%B %Y}"


def _listed(parts: Iterable[tuple[float, str]]) -> str:
    return ", ".join(f"{number:g} {name}" for number, name in parts if number) or "nobody"
