"""A list of names as people write it in a note: `- Ana Silva (decides)`, `2. Raj, Contoso`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from policies.goals.goal import Role
from policies.people.identity import folded
from policies.people.tidy import line

_BULLET: Final = re.compile(r"^\s*(?:[-*+•\u2013]\s*(?:\[[ xX]?\]\s*)?|\d{1,3}[.)]\s+)?")
_REST: Final = re.compile(r"\s[-\u2013\u2014]\s|[,;:(<\t]|\s→\s")
_HEADING: Final = re.compile(r"^\s*#")
_WORDS_MAX: Final = 5  # of a name
_MARKS: Final = "*_`\"'"


class Noted(NamedTuple):
    """A name, and what is written beside it; ``role`` where that says one."""

    name: str
    beside: str
    role: Role | None


class NotAName(NamedTuple):
    """A line that is no name: left out, and told."""

    number: int
    text: str


def noted(text: str) -> tuple[tuple[Noted, ...], tuple[NotAName, ...]]:
    """The names in a note, once each, and the lines that are none; headings are left out."""
    names: dict[str, Noted] = {}
    others: list[NotAName] = []
    for number, raw in _lines(text):
        name, _, _ = parts = _parted(raw)
        if not any(map(str.isalpha, name)) or len(name.split()) > _WORDS_MAX:
            others.append(NotAName(number, line(raw)))
        else:
            names.setdefault(folded(name), Noted(*parts))
    return tuple(names.values()), tuple(others)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, raw in enumerate(text.splitlines(), 1):
        if raw.strip() and not _HEADING.match(raw):
            yield number, _BULLET.sub("", raw)


def _parted(text: str) -> tuple[str, str, Role | None]:
    name, beside = text, ""
    if cut := _REST.search(text):
        name, beside = text[: cut.start()], text[cut.start() :]
    said = folded(beside)
    role = next((each for each in Role if each.value in said), None)
    return line(name).strip(_MARKS).strip(), line(beside).strip(" -\u2013\u2014,;:()<>"), role
