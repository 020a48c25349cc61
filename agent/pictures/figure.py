"""A sheet to draw on with matplotlib, and what becomes of it: SVG text for a page, PNG for a file.

The same facts give the same bytes: no date, no random ids, no settings of the owner's own
matplotlib. Text is never read as mathematics, whatever stands in a name.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from typing import Final

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.textpath import text_to_path

from agent.pictures.palette import light
from agent.pictures.svg import Note, page_svg
from policies.frozen import frozen

POINTS_PER_INCH: Final = 72
_DOTS_PER_INCH: Final = 144
_FONTS: Final = (
    "DejaVu Sans",  # comes with matplotlib; the others are for scripts it lacks
    "Noto Sans CJK JP",
    "Noto Sans Arabic",
    "Noto Sans Hebrew",
    "Noto Sans Devanagari",
    "Arial Unicode MS",
    "Hiragino Sans",
    "Microsoft YaHei",
    "Nirmala UI",
)


def _settle() -> None:
    """Settings for the whole process: a context of its own would not be safe between threads."""
    mpl.rcdefaults()
    known = {each.name for each in font_manager.fontManager.ttflist}
    mpl.rcParams.update(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": "fika",
            "text.parse_math": False,
            "font.family": [each for each in _FONTS if each in known],
            "font.size": 10,
            "text.color": light("ink"),
            "axes.edgecolor": light("line"),
            "axes.labelcolor": light("quiet"),
            "xtick.labelcolor": light("quiet"),
            "ytick.labelcolor": light("quiet"),
            "xtick.major.size": 0,
            "ytick.major.size": 0,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "figure.facecolor": light("ground"),
            "axes.facecolor": "none",
        }
    )


_settle()


@contextmanager
def _any_letter() -> Iterator[None]:
    """A letter no font has is a box in a PNG; a page has the reader's own fonts."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


@frozen
class Picture:
    """One drawing. ``title`` is what one sees, ``description`` what one who sees nothing needs.

    ``name`` is part of the ids within it, so two of one name cannot stand on one page; ``notes``
    are the words and the link of single marks, by the mark's own name in the drawing.
    """

    name: str
    title: str
    description: str
    figure: Figure
    notes: Mapping[str, Note] = field(default_factory=dict)

    def svg(self) -> str:
        """An ``<svg>`` element to stand in a page, without scripts, styles or outside references.

        Its colours are classes (`palette.stylesheet`), with the light ones where that is missing.
        """
        FigureCanvasSVG(self.figure)
        out = io.StringIO()
        with _any_letter():
            self.figure.savefig(
                out,
                format="svg",
                metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")),
            )
        return page_svg(out.getvalue(), self.name, self.title, self.description, self.notes)

    def png(self) -> bytes:
        """The same as a PNG on a light ground."""
        FigureCanvasAgg(self.figure)
        out = io.BytesIO()
        with _any_letter():
            self.figure.savefig(out, format="png", dpi=_DOTS_PER_INCH, metadata={"Software": None})
        return out.getvalue()


def sheet(width: float, height: float) -> tuple[Figure, Axes]:
    """A sheet of this size in points, and axes over all of it that count in points."""
    figure = Figure(figsize=(width / POINTS_PER_INCH, height / POINTS_PER_INCH))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    axes.set_axis_off()
    return figure, axes


def text_width(text: str, size: float) -> float:
    """How wide ``text`` is in points, in the font of the drawing; the reader's may be narrower."""
    with _any_letter():
        width, _, _ = text_to_path.get_text_width_height_descent(
            text, font_manager.FontProperties(size=size), ismath=False
        )
    return float(width)
