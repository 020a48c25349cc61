"""What to call someone at the head of a letter."""

from __future__ import annotations

import re
from typing import Final

_TITLES: Final = re.compile(
    "drs?|prof|professor|mrs?|ms|miss|mx|sir|dame|lord|lady|rev|herr|frau|fru|(dipl-)?ing|mag"
    "|mme|mlle|m|sra?|srta|dott|dra"
)
_AFTER: Final = re.compile(
    "phd|md|mba|msc|bsc|ma|ba|[js]r|i{2,3}|iv|esq|cfa|cpa|pmp|pe|rn|llm|dr|mag"
)
CJK: Final = "\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff"
"""The letters of Chinese, Japanese and Korean, in which a name is written in one."""
_SHOUTED = 3


def called(name: str) -> str:
    """The first name, without titles; empty when there is none to be had.

    `Silva, Ana` is Ana, `Dr. Ana Silva, PhD` is Ana, `ANA SILVA` is Ana. Where the first name is
    an initial, and where the family name stands first (Chinese, Japanese, Korean), it is the
    whole name. An address is no name.
    """
    plain = " ".join(name.split())
    if not plain or "@" in plain:
        return ""
    before, _, after = (part.strip() for part in plain.partition(","))
    if re.search(f"[{CJK}]", plain):
        return plain
    given = [word for word in after.replace(",", " ").split() if not _AFTER.fullmatch(_bare(word))]
    words = given + before.split()
    while len(words) > 1 and _TITLES.fullmatch(_bare(words[0])):
        del words[0]
    if not words:
        return ""
    first = words[0]
    if len(_bare(first)) == 1:
        return " ".join(words)
    return first.capitalize() if plain.isupper() and len(first) >= _SHOUTED else first


def _bare(word: str) -> str:
    return word.replace(".", "").casefold()
