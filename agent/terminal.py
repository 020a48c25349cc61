"""How things look on a terminal: one console, tables, the colours of a status, JSON."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:  # rich takes 60 ms to load; only what prints a table pays for it
    from rich.console import Console
    from rich.text import Text

STATUS_STYLE: Final = {"red": "bold red", "amber": "yellow", "green": "green", "grey": "dim"}
STATUS_SHAPE: Final = {"red": "▲", "amber": "◆", "green": "●", "grey": "○"}

_PIPE_COLUMNS = 400  # a file or a pipe has no width: nothing is cut for it
_NARROWEST = 10
_GAP = "  "
_BAR = "  | "
# Written as they are, these would act on a terminal or hide in it; JSON can say them in ASCII.
_NOT_IN_JSON = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


class Styled(NamedTuple):
    """A cell in a style of its own."""

    text: str
    style: str


Cell = str | Styled


class Column(NamedTuple):
    """``gives_way``: its cells are shortened when the terminal is too narrow for all."""

    heading: str
    right: bool = False
    gives_way: bool = False


def console() -> Console:
    """Writes to standard output; plain when that is no terminal or ``NO_COLOR`` is set.

    Event titles and names are printed with ``markup=False`` or as `rich.text.Text`, so that
    square brackets in them mean nothing. Letters the output cannot encode become ``?``.

    Raises:
        BrokenPipeError: on printing, when whoever read our output has gone.
    """
    from rich.console import Console

    class Ours(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    made = Ours(highlight=False, soft_wrap=False)
    if not made.is_terminal:
        made.width = _PIPE_COLUMNS
    return made


def print_grid(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> None:
    """A table of one line a row, for hundreds of rows: ten times as fast as rich's own.

    Where it is wider than the terminal the columns that give way are cut, each as little as
    possible; where that is not enough, the terminal wraps.
    """
    screen = console()
    made = _grid(columns, rows, screen.width)
    screen.print(made, no_wrap=True, overflow="ignore", crop=False)


def print_sections(sections: Iterable[tuple[str, Sequence[str], bool]]) -> None:
    """Headings with their lines below them, each after an empty line; urgent ones in colour."""
    from rich.text import Text

    out = console()
    for heading, lines, urgent in sections:
        out.print(Text(f"\n{heading}", "bold yellow" if urgent else "bold"))
        for line in lines:
            out.print(Text(f"  {line}"), soft_wrap=True)


def quoted(text: str) -> str:
    """Every line after a bar, also where a terminal is too narrow for one and makes several."""
    from rich.text import Text

    screen = console()
    lines = text.split("\n")
    if screen.is_terminal:
        width = max(screen.width - len(_BAR), _NARROWEST)
        parts = (Text(line).wrap(screen, width) for line in lines)
        lines = [part.plain for line in parts for part in line or [Text()]]
    return "\n".join(f"{_BAR}{line}".rstrip() for line in lines)


def json_text(value: object) -> str:
    """Indented JSON with letters as they are, and all that could act on a terminal escaped."""
    return harmless_json(json.dumps(value, indent=2, ensure_ascii=False))


def harmless_json(text: str) -> str:
    """JSON that says the same, with all that could act on a terminal escaped."""
    return _NOT_IN_JSON.sub(lambda found: json.dumps(found[0])[1:-1], text)


def _grid(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], width: int) -> Text:
    from rich.text import Span, Text

    widths = _widths(columns, rows, width)
    heading = [Styled(column.heading, "bold") for column in columns]
    lines: list[str] = []
    spans: list[Span] = []
    start = 0
    for row in chain([heading], rows):
        line = ""
        for column, cell, wide in zip(columns, row, widths, strict=True):
            piece = _fitted(_text(cell), wide, right=column.right)
            if isinstance(cell, Styled) and piece.strip():
                end = start + len((line + piece).rstrip())
                spans.append(Span(start + len(line), end, cell.style))
            line += piece + _GAP
        lines.append(line.rstrip())
        start += len(lines[-1]) + 1
    return Text("\n".join(lines), spans=spans)


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], width: int) -> list[int]:
    from rich.cells import cell_len

    widths = [cell_len(column.heading) for column in columns]
    for row in rows:
        for index, cell in enumerate(row):
            widths[index] = max(widths[index], cell_len(_text(cell)))
    flexible = [index for index, column in enumerate(columns) if column.gives_way]
    over = sum(widths) + len(_GAP) * (len(widths) - 1) - width
    while over > 0 and flexible:
        widest = max(flexible, key=lambda index: widths[index])
        if widths[widest] <= _NARROWEST:
            break
        widths[widest] -= 1
        over -= 1
    return widths


def _text(cell: Cell) -> str:
    return cell.text if isinstance(cell, Styled) else cell


def _fitted(text: str, width: int, *, right: bool) -> str:
    from rich.cells import cell_len, set_cell_size

    length = cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + "…"
    space = " " * (width - length)
    return space + text if right else text + space


@contextmanager
def working() -> Iterator[Callable[[str], None]]:
    """A line on standard error that says what is being done, gone when it is done."""
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        yield status.update
