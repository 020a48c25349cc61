"""On which line each table and key of a TOML text stands; no TOML reader says."""

from __future__ import annotations

import re
from typing import NamedTuple

_HEADER = re.compile(r"\s*\[\[?\s*([^\[\]]*?)\s*\]")
_KEY = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*[=.]""")
# What can hold a line break, or hide the start of something that does.
_TOKEN = re.compile(
    r"""\"\"\"(?:[^"\\]|\\.|"(?!""))*"{3,5}"""  # a long string
    r"""|\'\'\'(?:[^']|'(?!''))*'{3,5}"""  # a long literal string
    r"""|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\#[^\n]*|[\[\]{}]|\n""",
    re.DOTALL,
)


class Table(NamedTuple):
    """A table's header line, and the line of each key in it."""

    name: str
    line: int
    keys: dict[str, int]


def tables(text: str) -> list[Table]:
    """Every table in order, the one without a header first; for text that is TOML."""
    found = [Table("", 0, {})]
    for number, line in _statements(text):
        if header := _HEADER.match(line):
            found.append(Table(header[1], number, {}))
        elif key := _KEY.match(line):
            found[-1].keys.setdefault(key[1] or key[2] or key[3], number)
    return found


def _statements(text: str) -> list[tuple[int, str]]:
    """The line each header or key-value pair begins on, with the text of it."""
    found: list[tuple[int, str]] = []
    number, begun, at, depth = 1, 1, 0, 0
    for token in _TOKEN.finditer(text + "\n"):
        if token[0] == "\n" and depth <= 0:
            found.append((begun, text[at : token.start()]))
            at, begun = token.end(), number + 1
        depth += (token[0] in "[{") - (token[0] in "]}")
        number += token[0].count("\n")
    return found
