"""Content lines (RFC 5545, 3.1): from bytes to name, parameters and value, as the field has them.

Real files break the grammar in every way there is, so nothing here refuses anything: what is not
a content line comes out as a name nobody asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_LONGEST = 20_000
"""Characters of parameters looked at in one line; what follows can only be hostile."""

_LARGE = 1_000_000
"""Characters from which a list of millions of parts could fill the memory."""

_RESTORED = {"n": "\n", "N": "\n", ",": ",", ";": ";", "\\": "\\", ":": ":", '"': '"'}
_ESCAPED = re.compile(r"\\(.)")
_CARETS = {"n": "\n", "^": "^", "'": '"'}
_CARETED = re.compile(r"\^([n^'])")


def clean(data: bytes) -> bytes:
    """The document as UTF-8 with newlines, without a byte order mark or NULs.

    Usually that is the very same object: a copy of a big calendar is made only where needed.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", "replace").encode()
    if data[:3] == b"\xef\xbb\xbf":
        data = data[3:]
    if data[:1] in {b" ", b"\t"}:
        data = data.lstrip(b" \t")
    if b"\0" in data:
        data = data.replace(b"\0", b"")
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    return data


def unfolded(component: bytes) -> str:
    """The text of one component, lines joined that were folded, with newlines only.

    Folds are undone before decoding, since some writers fold inside a character.
    """
    plain = component.replace(b"\r", b"")
    if b"\n\n" in plain:  # some writers end each line twice, even where they fold it
        plain = re.sub(rb"\n{2,}", b"\n", plain)
    small = len(plain) < _LARGE  # then joining is faster than replacing
    plain = b"".join(plain.split(b"\n ")) if small else plain.replace(b"\n ", b"")
    if b"\t" in plain:
        plain = plain.replace(b"\n\t", b"")
    try:
        return plain.decode()
    except UnicodeDecodeError:
        return "\n".join(map(_decoded, plain.split(b"\n")))


def each(text: str, separator: str = "\n") -> Iterable[str]:
    """The parts of a text between separators; of a large one without a list of them all."""
    return text.split(separator) if len(text) < _LARGE else _each(text, separator)


def split(line: str) -> tuple[str, str]:
    """The line before and after the colon that ends its parameters; colons in quotes are text.

    Where a quotation never ends, or is absurdly long, the first colon counts.
    """
    colon = line.find(":")
    quote = line.find('"', 0, max(colon, 0))
    while quote >= 0:
        closing = line.find('"', quote + 1, _LONGEST)
        if closing < 0:
            break
        if colon < closing:
            colon = line.find(":", closing + 1)
        if colon < 0:
            colon = line.find(":")
            break
        quote = line.find('"', closing + 1, colon)
    return (line[:colon], line[colon + 1 :]) if colon >= 0 else (line, "")


def parted(line: str) -> tuple[str, str]:
    """The parameters of a line, without its name, and its value."""
    head, value = split(line)
    return head.partition(";")[2], value


def parameters(text: str) -> dict[str, str]:
    """Parameters by upper-case name, quotes removed, RFC 6868 undone; of several the first."""
    result: dict[str, str] = {}
    text = text[:_LONGEST]
    for part in _parts(text) if '"' in text else text.split(";"):
        name, _, value = part.partition("=")
        value = value.strip()
        if '"' in value:
            value = value.replace('"', "")
        if "^" in value:
            value = _CARETED.sub(lambda match: _CARETS[match[1]], value)
        result.setdefault(name.strip().upper(), value)
    return result


def text(value: str) -> str:
    """A TEXT value (RFC 5545, 3.3.11) without its escapes and the space around it."""
    if "\\" in value:
        value = _ESCAPED.sub(lambda match: _RESTORED.get(match[1], match[0]), value)
    return value.strip()


def _each(text: str, separator: str) -> Iterator[str]:
    start = 0
    while (end := text.find(separator, start + _LARGE)) >= 0:
        yield from text[start:end].split(separator)
        start = end + 1
    yield from text[start:].split(separator)


def _parts(text: str) -> list[str]:
    """What lies between semicolons that stand outside quotes."""
    parts = [""]
    for index, stretch in enumerate(text.split('"')):
        if index % 2:
            parts[-1] += stretch
        else:
            first, *others = stretch.split(";")
            parts[-1] += first
            parts.extend(others)
    return parts


def _decoded(line: bytes) -> str:
    """One line in UTF-8, else in the encoding of Western Windows, which contains Latin-1's text."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        try:
            return line.decode("cp1252")
        except UnicodeDecodeError:
            return line.decode("latin-1")
