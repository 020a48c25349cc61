"""Making text from outside safe to show: on a terminal, in a log, in a mail, in a spreadsheet.

Event titles and names are written by strangers. They may hold escape sequences that retype a
terminal, marks that reverse the reading order, characters nobody can see, and marks piled up
until they cover the lines around.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

LIMIT: Final = 120
_FAR = 20_000  # characters looked at, so that no text costs much
_MARKS = 4  # on one letter; Vietnamese and Hebrew need three

_SPACES = " \t\n\r\v\f\x85\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_SPACE_RUN = re.compile(f"[{_SPACES}]+")
_LATIN = "!-~\xa1-\xac\xae-\u02ff"  # letters and signs with a shape of their own, no marks on them
_SAFE = re.compile(f"[{_LATIN}]+(?: [{_LATIN}]+)*")  # what is shown as it is
_PLAIN = re.compile(f"[ \n{_LATIN}]*")

LINE_END = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# Bidirectional embeddings, overrides and isolates (UAX 9); phones put them around names.
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")

# They only choose between drawings of the character before them.
_VARIATIONS = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Joiners that Persian, Indian scripts and emoji are written with; between Latin letters they hide.
_JOINERS = re.compile("(?<=[^\x00-\u02ff])[\u200c\u200d](?=[^\x00-\u02ff])")

# Drawn as nothing though their category is that of a letter, a mark or a symbol: what Unicode
# calls default ignorable, and blanks (Hangul fillers, Braille, musical and Egyptian blanks).
_BLANK: Final = frozenset(
    map(chr, (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0))
) | frozenset(map(chr, (0x13441, 0x13442, 0x16FE4, 0x1D159)))
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_ON_A_LETTER: Final = frozenset({"Mn", "Me"})
_CONTROL_END, _DELETE = 0x20, 0x7F


def shown(text: str, limit: int = LIMIT) -> str:
    """``text`` on one line, at most ``limit`` characters, with nothing hidden in it.

    Runs of spaces and line breaks become one space; controls their caret form (``^[`` is
    escape); all that has no shape of its own, bidi and zero-width characters among it, its code
    point as ``<U+202E>``. What was cut ends in an ellipsis. Showing it again changes nothing.
    """
    if len(text) <= limit and _SAFE.fullmatch(text):
        return text
    looked_at = _JOINERS.sub("", _VARIATIONS.sub("", text[: max(_FAR, limit)]))
    line = _SPACE_RUN.sub(" ", looked_at).strip(" ")
    return _cut(line, limit, more=len(text) > max(_FAR, limit))


def shown_lines(text: str, limit: int = 4_000) -> str:
    """As `shown`, but line breaks stay: for the body of a message."""
    lines, left = [], limit
    for line in LINE_END.split(text[: max(_FAR, limit)]):
        if left <= 0:
            break
        lines.append(shown(line, left))
        left -= len(lines[-1]) + 1
    return "\n".join(lines)


def visible(text: str) -> str:
    """Text of our own that may quote someone else's: only what is hidden in it is made visible.

    Spaces, indentation and line feeds stay as they are; a tab becomes spaces.
    """
    if _PLAIN.fullmatch(text):
        return text
    return "\n".join("".join(_shapes(each.expandtabs(4))) for each in text.split("\n"))


def as_sentence(text: str) -> str:
    """A cause or a remedy, which else stands in the middle of a line, by itself."""
    plain = text.rstrip(".")
    return f"{plain[:1].upper()}{plain[1:]}." if plain else ""


def one_line(text: str) -> str:
    """Each control character, line separator and lone surrogate as a space, all else as it is.

    For what is sent rather than shown: nothing in it can begin a header or a line of its own, or
    turn the reading order of what follows, while the joiners and direction marks that some
    scripts need stay.
    """
    return _BREAKS.sub(" ", _TURNS.sub("", text))


def cell(text: str, limit: int = 1_000) -> str:
    """As `shown`, for a spreadsheet: what it would take for a formula is led by an apostrophe.

    OWASP, CSV injection; the full-width signs are read as their ASCII ones in some locales.
    """
    plain = shown(text, limit)
    return f"'{plain}" if plain.startswith(tuple("=+-@＝＋－＠")) else plain  # noqa: RUF001 - full width


def _cut(line: str, limit: int, *, more: bool) -> str:
    """The line with everything visible, cut between characters where it is too long."""
    shapes: list[str] = []
    length = 0
    for shape in _shapes(line):
        shapes.append(shape)
        length += len(shape)
        if length > limit:
            break
    if length <= limit and not more:
        return "".join(shapes)
    while shapes and length > limit - 1:
        length -= len(shapes.pop())
    return "".join(shapes).rstrip() + "…" if limit > 0 else ""


def _shapes(line: str) -> Iterator[str]:
    """Each character as it can be seen; marks beyond what a letter can bear are left out."""
    marks = 0
    for position, char in enumerate(line):
        category = unicodedata.category(char)
        is_mark = category in _ON_A_LETTER and char not in _BLANK and position > 0
        marks = marks + 1 if is_mark else 0
        if is_mark and marks <= _MARKS:
            yield char
        elif not is_mark:
            is_hidden = category in _HIDDEN | _ON_A_LETTER or char in _BLANK
            yield _code(char) if is_hidden else char


def _code(char: str) -> str:
    code = ord(char)
    if code < _CONTROL_END or code == _DELETE:
        return "^" + chr(code ^ 0x40)
    return f"<U+{code:04X}>"
