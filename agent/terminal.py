"""How things look on a terminal: one console, tables, the colours of a status, JSON."""

from __future__ import annotations

import errno
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from policies.text import shown

if TYPE_CHECKING:  # rich takes 60 ms to load; only what prints a table pays for it
    from rich.console import Console
    from rich.text import Text

STATUS_STYLE: Final = {"red": "bold red", "amber": "yellow", "green": "green", "grey": "dim"}
STATUS_SHAPE: Final = {"red": "▲", "amber": "◆", "green": "●", "grey": "○"}

_PIPE_COLUMNS = 400  # a file or a pipe has no width: nothing is cut for it
_NARROWEST = 10
_READABLE = 16  # a name, or a few words; columns are left out before others get narrower
_LEAST = 4
_GAP = "  "
_BAR = "  | "
_LED = re.compile(r" *\S+(?: \S+)*? {2,}")  # a word or a command, and a gap
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
    """``gives_way``: its cells are shortened when the terminal is too narrow for all.

    ``spare``: the column is left out where that is not enough, the highest number first, and of
    equal ones the last; 0 stays.
    """

    heading: str
    right: bool = False
    gives_way: bool = False
    spare: int = 0


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
            raise BrokenPipeError(errno.EPIPE, "nobody reads")

    _bear_all_letters()
    made = Ours(highlight=False, soft_wrap=False)
    if not made.is_terminal:
        made.width = _PIPE_COLUMNS
    return made


def print_grid(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, pages: bool = False
) -> None:
    """A table of one line a row, for hundreds of rows: ten times as fast as rich's own.

    ``pages``: one that is higher than the terminal goes through the owner's pager.

    Where it is wider than the terminal, empty columns are left out, those that give way are
    shortened, each as little as possible, then spare ones are left out and named in a last line,
    and then whatever is widest is cut.
    """
    screen = console()
    widths = _widths(columns, rows, screen.width)
    grid, paged = _grid(columns, rows, widths), pages and len(rows) >= screen.height
    with screen.capture() if paged and screen.is_terminal else nullcontext() as taken:
        screen.print(grid, no_wrap=True, overflow="ignore", crop=False)
    if taken is not None:
        click.echo_via_pager(taken.get().rstrip("\n"))
    gone = [
        column.heading
        for index, column in enumerate(columns)
        if index not in widths and _says(rows, index)
    ]
    if gone:
        left_out = folded(f"A wider terminal also shows: {', '.join(gone)}")
        screen.print(left_out, style="dim", markup=False, soft_wrap=True)


def print_sections(sections: Iterable[tuple[str, Sequence[str], bool]]) -> None:
    """Headings with their lines below them, each after an empty line; urgent ones in colour."""
    for heading, lines, urgent in sections:
        print_text(f"\n{heading}", "bold yellow" if urgent else "bold")
        for line in lines:
            print_text(f"  {line}")


def print_text(text: str, style: str = "") -> None:
    """Print it `folded`, in a style; into a pipe or a file, where neither is, without rich."""
    if not _is_terminal():
        _bear_all_letters()
        sys.stdout.write(f"{text}\n")
        return
    from rich.text import Text

    console().print(Text(folded(text), style), soft_wrap=True)


def _is_terminal() -> bool:
    """Whether somebody reads along; FORCE_COLOR says so of anything, as for rich."""
    return sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))


def _bear_all_letters() -> None:
    """Letters the output cannot encode become ``?``."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def folded(text: str) -> str:
    """Lines too long for the terminal broken between words.

    What follows is set in a little more, or stands under what follows the first wide gap.
    """
    if not _is_terminal():
        return text
    screen, lines = console(), list[str]()
    for line in text.split("\n"):
        under = " " * _under(line, screen.width)
        first, *more = _wrapped(line, screen.width, screen)
        lines.append(first)
        if more:
            rest = line[len(first) :].strip()
            lines += (under + each for each in _wrapped(rest, screen.width - len(under), screen))
    return "\n".join(lines)


def _under(line: str, width: int) -> int:
    from rich.cells import cell_len

    led = _LED.match(line)
    lead = cell_len(led[0]) if led else width
    return lead if lead <= width // 2 else len(line) - len(line.lstrip()) + len(_GAP)


def say(text: str) -> None:
    """Print sentences, `folded`."""
    click.echo(folded(text))


def path_shown(path: Path) -> str:
    """A path, which may be far longer than other texts."""
    return shown(str(path), 500)


def quoted(text: str) -> str:
    """Every line after a bar, also where a terminal is too narrow for one and makes several."""
    screen = console()
    lines = text.split("\n")
    if screen.is_terminal:
        width = screen.width - len(_BAR)
        lines = [part for line in lines for part in _wrapped(line, width, screen)]
    return "\n".join(f"{_BAR}{line}".rstrip() for line in lines)


def _wrapped(line: str, width: int, screen: Console) -> list[str]:
    from rich.text import Text

    return [part.plain.rstrip() for part in Text(line).wrap(screen, max(width, _NARROWEST))] or [""]


def json_text(value: object) -> str:
    """Indented JSON with letters as they are, and all that could act on a terminal escaped."""
    return harmless_json(json.dumps(value, indent=2, ensure_ascii=False))


def harmless_json(text: str) -> str:
    """JSON that says the same, with all that could act on a terminal escaped."""
    return _NOT_IN_JSON.sub(lambda found: json.dumps(found[0])[1:-1], text)


def _grid(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], widths: Mapping[int, int]
) -> Text:
    from rich.text import Span, Text

    heading = [Styled(column.heading, "bold") for column in columns]
    lines: list[str] = []
    spans: list[Span] = []
    start = 0
    for row in chain([heading], rows):
        line = ""
        for index, wide in widths.items():
            cell = row[index]
            piece = _fitted(_text(cell), wide, right=columns[index].right)
            if isinstance(cell, Styled) and piece.strip():
                end = start + len((line + piece).rstrip())
                spans.append(Span(start + len(line), end, cell.style))
            line += piece + _GAP
        lines.append(line.rstrip())
        start += len(lines[-1]) + 1
    return Text("\n".join(lines), spans=spans)


def _widths(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], screen: int
) -> dict[int, int]:
    """How wide each column is drawn, by its place; those left out are missing."""
    from rich.cells import cell_len

    full = {index: cell_len(column.heading) for index, column in enumerate(columns)}
    for row in rows:
        for index, cell in enumerate(row):
            full[index] = max(full[index], cell_len(_text(cell)))
    if _across(full) > screen:
        full = {index: wide for index, wide in full.items() if _says(rows, index)}
    gives_way = {index for index in full if columns[index].gives_way}
    widths = _narrowed(full, gives_way, _READABLE, screen)
    for index in sorted(full, key=lambda i: (columns[i].spare, i), reverse=True):
        if _across(widths) <= screen or not columns[index].spare:
            break
        del full[index]
        widths = _narrowed(full, gives_way & full.keys(), _READABLE, screen)
    widths = _narrowed(widths, gives_way & full.keys(), _NARROWEST, screen)
    return _narrowed(widths, widths, _LEAST, screen)


def _narrowed(
    full: Mapping[int, int], which: Iterable[int], least: int, screen: int
) -> dict[int, int]:
    """The widths with the widest of ``which`` cut in turn, none below ``least``, until all fit."""
    widths = dict(full)
    can = [index for index in which if widths[index] > least]
    for _ in range(_across(widths) - screen):
        widest = max(can, key=widths.__getitem__, default=None)
        if widest is None or widths[widest] <= least:
            break
        widths[widest] -= 1
    return widths


def _says(rows: Sequence[Sequence[Cell]], index: int) -> bool:
    return any(_text(row[index]) for row in rows)


def _across(widths: Mapping[int, int]) -> int:
    return sum(widths.values()) + len(_GAP) * (len(widths) - 1)


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
def working(*, quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """A line that says what is being done, gone when it is done; none in a pipe or a schedule."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        yield status.update
