"""Partial answers: ``fields=items(id,start/dateTime),nextPageToken``.

https://developers.google.com/calendar/api/guides/performance#partial.
"""

from __future__ import annotations

import re

from tests.servers.google.discovery import Json
from tests.servers.google.refused import Refused

_TOKEN = re.compile(r"[\w*]+|[(),/]")
Wanted = dict[str, "Wanted"]


def only(answer: Json, fields: str) -> Json:
    """The part of an answer that was asked for; all of it for no ``fields``.

    Raises:
        Refused: ``fields`` cannot be read.
    """
    if not fields:
        return answer
    tokens = _TOKEN.findall(fields)
    if "".join(tokens) != fields:
        raise _wrong(fields)
    wanted = _read(tokens, fields)
    if tokens:
        raise _wrong(fields)
    return _part(answer, wanted)


def _read(tokens: list[str], fields: str) -> Wanted:
    """A list of names, each with what is wanted of it, up to a closing bracket or the end."""
    made: Wanted = {}
    while tokens and tokens[0] != ")":
        name = tokens.pop(0)
        if name in {"(", ",", "/"}:
            raise _wrong(fields)
        inner = made.setdefault(name, {})
        while tokens and tokens[0] == "/":
            tokens.pop(0)
            if not tokens:
                raise _wrong(fields)
            inner = inner.setdefault(tokens.pop(0), {})
        if tokens and tokens[0] == "(":
            tokens.pop(0)
            inner.update(_read(tokens, fields))
            if not tokens:
                raise _wrong(fields)
            tokens.pop(0)
        if tokens and tokens[0] == ",":
            tokens.pop(0)
    return made


def _part(value: Json, wanted: Wanted) -> Json:
    if not wanted or "*" in wanted:
        return value
    made: Json = {}
    for name, inner in wanted.items():
        if isinstance(value.get(name), dict):
            made[name] = _part(value[name], inner)
        elif isinstance(value.get(name), list):
            made[name] = [_part(x, inner) if isinstance(x, dict) else x for x in value[name]]
        elif name in value:
            made[name] = value[name]
    return made


def _wrong(fields: str) -> Refused:
    return Refused(400, "invalidParameter", f"Invalid field selection {fields}", "fields")
