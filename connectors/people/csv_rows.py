"""Rows of a CSV text with the line each starts on, the broken ones told apart.

A quote that never closes would swallow every row after it without a word. Such a line is read by
itself and marked broken, and reading goes on with the next line.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

_SEPARATORS = ",;\t|"
_LINES_MAX = 500  # of one row: a long note has fewer
_LINE_MAX = 1_000_000  # characters
_SEP_LINE = "sep="  # Excel's own first line
_PROBE = 20  # rows


class Row(NamedTuple):
    """One row; when ``broken``, its cells may not be what was meant."""

    line: int
    cells: list[str]
    broken: bool = False


def lines_of(text: str) -> list[str]:
    """Lines with their ends: CR, LF or both. Other separators stay inside cells."""
    return io.StringIO(text.replace("\0", ""), newline="").readlines()


def rows(lines: Sequence[str], separator: str) -> Iterator[Row]:
    """Every row that is not blank (RFC 4180)."""
    at = 1 if _named_separator(lines) else 0
    while at < len(lines):
        cells, used = _row(lines, at, separator)
        if any(cell.strip() for cell in cells) or used == 0:
            yield Row(at + 1, cells, broken=used == 0)
        at += max(used, 1)


def separators(lines: Sequence[str]) -> list[str]:
    """Which separators it may be, the likeliest first: a line `sep=;` settles it."""
    if named := _named_separator(lines):
        return [named]

    def width(separator: str) -> int:
        return max((len(row.cells) for row in islice(rows(lines, separator), _PROBE)), default=0)

    return sorted(_SEPARATORS, key=width, reverse=True)


def _named_separator(lines: Sequence[str]) -> str:
    first = lines[0] if lines else ""
    found = first[len(_SEP_LINE) :].strip("\r\n")
    return found if first.lower().startswith(_SEP_LINE) and len(found) == 1 else ""


def _row(lines: Sequence[str], at: int, separator: str) -> tuple[list[str], int]:
    """The cells of the row that starts on a line, and how many lines it takes; 0 if broken."""
    if len(lines[at]) > _LINE_MAX:
        return [], 0
    following = (lines[index] for index in range(at, min(at + _LINES_MAX, len(lines))))
    reader = csv.reader(following, delimiter=separator, strict=True)
    try:
        return next(reader), reader.line_num
    except csv.Error:
        pass
    try:
        return next(csv.reader([lines[at]], delimiter=separator)), 0
    except csv.Error:  # longer than any cell may be
        return [], 0
