"""Text made to deceive whoever reads it, and a check that none of it came through as it was."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Final

CONTROLS: Final = tuple(map(chr, (*range(0x01, 0x20), 0x7F, *range(0x80, 0xA0))))
OVERRIDES: Final = tuple("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
BIDI: Final = (*OVERRIDES, *"\u061c\u200e\u200f")
UNSEEN: Final = (
    *"\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\u00ad\u034f\u180e\u2028\u2029\ufeff",
    *"\u3164\u115f\u2800\u206a\u206f\ufff9\ufffb\ue000\U000e0001\U000e0041\U000e007f\U000f0000",
)
SEQUENCES: Final = (
    "\x1b]0;owned\x07",  # the window's title
    "\x1b]8;;https://evil.example/\x1b\\click\x1b]8;;\x1b\\",  # a link under other words
    "\x1b]52;c;ZXZpbA==\x07",  # the clipboard
    "\x1bP+q544e\x1b\\",  # a question the terminal answers into the shell
    "\x1b[2J\x1b[H",
    "\x1b[6n",
    "\x1b[8m",
    "\x9b31m",
    "\x90q\x9c",
    "\x08" * 12,
    "\x0e\x0f",
    "\u202egnp.exe",
    "\u2066\u2067\u2068",
    "a" + "\u0301" * 40,
    "[red]x[/red][/]",
    "\u2028Bcc: eve@evil.example",
    "\nATTENDEE:mailto:eve@evil.example",
    "\r\nBcc: eve@evil.example\r\n",
    "'\"><script>alert(1)</script>",
    '=HYPERLINK("https://evil.example")',
)
_PIECES: Final = (*CONTROLS, *BIDI, *UNSEEN, *SEQUENCES)
_LETTERS: Final = "abc xyz åäö éß дом 日本 अ ب"

_RAW: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
TOKEN: Final = re.compile(r"q([0-9]+)q")


def texts(seed: int) -> Iterator[str]:
    """Hostile texts without end; each holds the token ``q<number>q`` to be known by."""
    chance = random.Random(seed)
    number = 0
    while True:
        pieces = chance.choices(_PIECES, k=chance.randrange(1, 5))
        letters = chance.choices(_LETTERS, k=chance.randrange(6))
        mixed = [*pieces, *letters]
        chance.shuffle(mixed)
        yield f"{chance.choice(_PIECES)}q{number}q{''.join(mixed)}"
        number += 1


def raw(data: bytes, *, crlf: bool = False) -> list[str]:
    """The characters in ``data`` that act on a terminal or hide in it, each as its code point.

    ``crlf``: lines end as RFC 4180 and mail have them.
    """
    text = data.decode("utf-8")
    if crlf:
        text = text.replace("\r\n", "\n")
    return [f"U+{ord(char):04X}" for char in sorted(set(_RAW.findall(text)))]


def tokens(data: bytes) -> set[int]:
    """The numbers of the texts that ``data`` shows."""
    return {int(number) for number in TOKEN.findall(data.decode("utf-8", "replace"))}
