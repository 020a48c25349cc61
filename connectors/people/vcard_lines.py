"""The content lines of vCard files: unfolded, split into name, parameters and value, decoded.

RFC 2426 (3.0), RFC 6350 (4.0), and of vCard 2.1 the quoted-printable and bare parameters that
phones still write.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from connectors.people import encoded

_HEAD = re.compile(rb'([^":]*(?:"[^"]*"[^":]*)*):')
_NAME = re.compile(rb"(?:[A-Za-z0-9_-]+\.)?([A-Za-z0-9_-]+)")  # a group such as `item1.` goes
_PARAMETER = re.compile(r';\s*([^;:="]+)(?:=((?:"[^"]*"|[^;"])*))?')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_HEAD_MAX, _RAW_MAX = 2_000, 200_000  # bytes: name and parameters; the whole
_BARE_ENCODINGS = frozenset({"quoted-printable", "base64", "8bit", "7bit"})


class Line(NamedTuple):
    """One property: ``name`` in upper case, parameters in lower case, ``value`` still escaped."""

    number: int
    name: str
    parameters: Mapping[str, tuple[str, ...]]
    value: str


def lines(data: bytes, wanted: Collection[str]) -> Iterator[Line]:
    """Every property of a file whose name is ``wanted``; what is no property is passed over.

    Text is UTF-8, else what CHARSET says, else Windows-1252. Of very long ones only the start.
    """
    for number, raw in _unfolded(data):
        named = _NAME.match(raw)
        name = named[1].decode().upper() if named else ""
        head = _HEAD.match(raw) if name in wanted else None
        if head:
            parameters = _parameters(_decoded(head[1][:_HEAD_MAX], ""))
            yield Line(number, name, parameters, _value(raw[head.end() :], parameters))


def text(value: str) -> str:
    r"""A value without its escapes (RFC 6350, section 3.4): `\n`, `\,`, `\;` and `\\`."""
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def parts(value: str, separator: str) -> list[str]:
    """A structured value's parts, split where the separator is not escaped."""
    pattern = rf"((?:[^{separator}\\]|\\.|\\$)*)(?:{separator}|$)"
    return [text(found[1]) for found in re.finditer(pattern, value, re.DOTALL)]


def _unfolded(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Logical lines and where they start: a line that begins with white space goes on the last.

    So does the one after a soft line break of quoted-printable (RFC 2045, section 6.7).
    """
    start, pending, soft = 0, [b""], False
    for number, line in enumerate(re.split(rb"\r\n|\n|\r", data), 1):
        if soft:
            pending[-1] = pending[-1][:-1]
            pending.append(line)
        elif line[:1] in (b" ", b"\t"):
            pending.append(line[1:])
        else:
            yield start, b"".join(pending)[:_RAW_MAX]
            start, pending = number, [line]
        soft = line.endswith(b"=") and b"QUOTED-PRINTABLE" in pending[0][:200].upper()
    yield start, b"".join(pending)[:_RAW_MAX]


def _parameters(head: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, value in _PARAMETER.findall(head):
        key, values = name.strip().lower(), value.replace('"', "").lower().split(",")
        if not value:  # vCard 2.1 writes only the value
            key, values = "encoding" if key in _BARE_ENCODINGS else "type", [key]
        found[key] = (*found.get(key, ()), *(each.strip() for each in values))
    return found


def _value(raw: bytes, parameters: Mapping[str, tuple[str, ...]]) -> str:
    if "quoted-printable" in parameters.get("encoding", ()):
        raw = quopri.decodestring(raw)
    return _decoded(raw, parameters.get("charset", ("",))[0])


def _decoded(raw: bytes, charset: str) -> str:
    for name in ("utf-8", charset or "cp1252"):
        try:
            return raw.decode(name)
        except (ValueError, LookupError):  # no such charset, or not in it
            continue
    return encoded.western(raw)
