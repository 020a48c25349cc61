"""A persona's year as a picture: how everyone stood week by week, and how often each was asked."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from agent.pictures.figure import POINTS_PER_INCH, Picture
from agent.pictures.palette import light
from policies.audit.cadence import Status
from policies.people.person import PersonId
from tests.personas.cast import BEGIN, people
from tests.personas.life import Counts, Year

_WIDTH, _HEIGHT = 704, 250  # points
_STACK: Final = (Status.GREEN, Status.AMBER, Status.RED, Status.GREY)
_FAINT: Final = {Status.GREEN: 0.45, Status.GREY: 0.4}


def picture(year: Year) -> Picture:
    """Green stands at the bottom, where it can be compared with the year without Fika."""
    figure = Figure(figsize=(_WIDTH / POINTS_PER_INCH, _HEIGHT / POINTS_PER_INCH))
    heading = f"{year.persona.name}: {year.share():.0%} green in the end"
    figure.text(0.023, 0.89, heading, fontsize=13, fontweight="bold")
    _weeks(figure.add_axes((0.065, 0.12, 0.57, 0.66)), year)
    _asked(figure.add_axes((0.73, 0.12, 0.25, 0.66)), year)
    text = (
        f"After {len(year.weeks)} weeks {year.share():.0%} of {len(_everyone(year))} people are"
        f" green, {year.share_without:.0%} had nobody asked; nobody was invited more than"
        f" {max(year.invited.values(), default=0)} times."
    )
    return Picture(f"persona-{year.persona.key}", heading, text, figure)


def _weeks(axes: Axes, year: Year) -> None:
    days = range(len(year.weeks))
    below = [0.0] * len(year.weeks)
    for status in _STACK:
        shares = [_percent(each, status) for each in year.weeks]
        axes.bar(days, shares, 0.86, below, color=light(status), alpha=_FAINT.get(status))
        below = [low + share for low, share in zip(below, shares, strict=True)]
    without = [_percent(each, Status.GREEN) for each in year.without]
    axes.plot(days, without, color=light("ink"), linewidth=1.6, label="green, had nobody asked")
    foreseen = [_percent(each, Status.GREEN) for each in year.foreseen]
    axes.plot(
        range(len(foreseen)),
        foreseen,
        color=light("accent"),
        linewidth=1.6,
        linestyle=(0, (3, 2)),
        label="green, as foreseen on day one",
    )
    months = [n for n in days if (BEGIN + n * timedelta(days=7)).day <= 7]
    names = [f"{BEGIN + n * timedelta(days=7):%b}" for n in months]
    axes.set_xticks(months, names, fontsize=8)
    axes.set_yticks([0, 50, 100], ["0", "50", "100%"], fontsize=8)
    axes.set_xlim(-0.7, len(year.weeks) - 0.3)
    axes.set_ylim(0, 100)
    axes.legend(
        loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=2, fontsize=8, frameon=False,
        borderpad=0, handlelength=1.6,
    )  # fmt: skip


def _asked(axes: Axes, year: Year) -> None:
    count = Counter(year.invited[each] for each in _everyone(year))
    times = range(max(count, default=0) + 1)
    axes.bar(times, [count[each] for each in times], 0.8, color=light("tier-b"))
    axes.set_title("people by invitations in the year", fontsize=8, color=light("quiet"))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.tick_params(labelsize=8)


def _everyone(year: Year) -> list[PersonId]:
    return [person.id for person, _, _ in people(year.persona)]


def _percent(counts: Counts, status: Status) -> float:
    return 100 * counts[status] / sum(counts.values())
