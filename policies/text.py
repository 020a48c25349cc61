"""Making text from outside safe to show, on a terminal, in a log, in a mail.

Event titles and names are written by strangers. They may hold escape sequences that retype a
terminal, marks that reverse the reading order, or characters nobody can see.
"""

from __future__ import annotations

import unicodedata

LIMIT = 120

# Bidi controls (Unicode TR9), zero-width and other invisible characters, variation of space.
_INVISIBLE = frozenset(
    [
        *(0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x3164, 0xFEFF, 0xFFA0),
        *(*range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070)),
        *(*range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE0080)),
    ]
)
_CONTROL_END, _DELETE, _C1_END = 0x20, 0x7F, 0xA0


def shown(text: str, limit: int = LIMIT) -> str:
    """``text`` on one line, at most ``limit`` characters, with nothing hidden in it.

    Line breaks and tabs become spaces, other controls their caret form (``^[`` for escape, and
    ``<U+009B>`` above 0x7F), bidi and invisible characters their code point. What was cut ends
    in an ellipsis.
    """
    plain = "".join(map(_visible, text[: 4 * limit])).strip()
    return plain if len(plain) <= limit else plain[: max(limit - 1, 0)] + "…"


def shown_lines(text: str, limit: int = 4_000) -> str:
    """As `shown`, but line breaks stay: for the body of a message."""
    lines = text[:limit].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("".join(map(_visible, line)).rstrip() for line in lines)


def _visible(char: str) -> str:
    code = ord(char)
    if char in "\t\n\r\v\f\x85\u2028\u2029":
        return " "
    if code < _CONTROL_END:
        return "^" + chr(code + 0x40)
    if code == _DELETE:
        return "^?"
    if _DELETE < code < _C1_END or code in _INVISIBLE or unicodedata.category(char) == "Cs":
        return f"<U+{code:04X}>"
    return char
