"""Text from address books and command lines, tidied before it is kept."""

from __future__ import annotations

import unicodedata

LINE_MAX, BODY_MAX = 300, 20_000  # characters: a name, a note
_JOINERS = "\u200c\u200d"  # Persian and Indic names are misspelled without them


def line(text: str) -> str:
    """Text from outside on one line: hidden and control characters dropped, at most `LINE_MAX`."""
    return " ".join("".join(map(_visible, text[: 4 * LINE_MAX])).split())[:LINE_MAX].rstrip()


def body(text: str) -> str:
    """As `line`, but line breaks stay; at most `BODY_MAX` characters."""
    lines = text[: 2 * BODY_MAX].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    cleaned = ("".join(map(_visible, one)).rstrip() for one in lines)
    return "\n".join(cleaned).strip()[:BODY_MAX].rstrip()


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cf":
        return char if char in _JOINERS else ""
    return " " if category[0] in "CZ" else char
