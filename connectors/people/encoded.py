"""The bytes of an export file, and the text in them, whichever program wrote it."""

from __future__ import annotations

import codecs
from pathlib import Path

from connectors.errors import NotAllowed, UnreadableAnswer

UTF8_MARK = codecs.BOM_UTF8
LIMIT = 64 * 1024 * 1024  # bytes
_LINES_MAX = 1_000_000  # 64 MiB of cards with pictures have fewer
_PROBE = 4_096  # bytes
_REMEDY = "split the file, or export less"
_MARKS = (
    (UTF8_MARK, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark begins the same
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Latin-1 as the programs that write it mean it: 0x80 to 0x9F are Windows-1252's.
_WINDOWS = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}
_NO_CONTACTS = (
    (b"PK\x03\x04", "an Excel or other packed file", "save it as CSV first"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Outlook file", "save or export it as CSV first"),
    (b"%PDF", "a PDF", "export the contacts as CSV or vCard"),
    (b"!BDN", "an Outlook data file", "export the contacts as CSV first"),
    (
        b"BEGIN:VCALENDAR",
        "a calendar",
        "add it to the configuration as a [[calendar]]; `fika triage` then names whom you meet",
    ),
)


def read(path: Path, limit: int = LIMIT) -> bytes:
    """All bytes of the file.

    Raises:
        UnreadableAnswer: there is no such file, or it cannot be opened.
        NotAllowed: it is larger than ``limit``, or has too many lines; no more is ever read.
    """
    data = head(path, limit + 1)
    if len(data) > limit:
        raise NotAllowed(path.name, f"it is larger than {limit // 1024**2} MiB", _REMEDY)
    if max(data.count(b"\n"), data.count(b"\r")) > _LINES_MAX:
        raise NotAllowed(path.name, f"it has more than {_LINES_MAX} lines", _REMEDY)
    return data


def head(path: Path, size: int) -> bytes:
    """The first bytes of the file.

    Raises:
        UnreadableAnswer: there is no such file, or it cannot be opened.
    """
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError as error:
        cause = error.strerror or "cannot be read"
        raise UnreadableAnswer(path.name, cause, "check the name of the file") from error


def is_wide(data: bytes) -> bool:
    """Whether it is UTF-16 or UTF-32 text."""
    marked = any(data.startswith(mark) for mark, name in _MARKS if name != "utf-8-sig")
    return marked or bool(_unmarked_utf16(data))


def text(data: bytes, source: str, encoding: str = "") -> str:
    """The text in ``data``: by its mark, as UTF-8, as UTF-16 without a mark, else as Windows-1252.

    Every byte means something in the last, so names in another old encoding come out wrong
    unless ``encoding`` names it.

    Raises:
        UnreadableAnswer: no contacts are in such a file, or it is not in ``encoding``.
    """
    for start, what, remedy in _NO_CONTACTS:
        if data.startswith(start):
            raise UnreadableAnswer(source, f"it is {what}", remedy)
    if encoding:
        return _in(encoding, data, source)
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _in(name, data, source)
    if name := _unmarked_utf16(data):
        return _in(name, data, source)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return western(data)


def western(data: bytes) -> str:
    """Bytes as Windows-1252; the five that it leaves without meaning are dropped."""
    return data.decode("latin-1").translate(_WINDOWS)


def _in(encoding: str, data: bytes, source: str) -> str:
    try:
        return data.decode(encoding)
    except LookupError as error:
        raise UnreadableAnswer(
            source, f"{encoding!r} is no encoding", "name one such as utf-8, cp1252 or cp1251"
        ) from error
    except (UnicodeDecodeError, ValueError) as error:
        raise UnreadableAnswer(source, f"it is not {encoding} text", "save it as UTF-8") from error


def _unmarked_utf16(data: bytes) -> str:
    """Which UTF-16 it is, if every other byte of the start is mostly zero."""
    head = data[:_PROBE]
    for zeros, name in ((head[1::2], "utf-16-le"), (head[0::2], "utf-16-be")):
        if len(head) > 1 and zeros.count(0) * 10 > len(zeros) * 7:
            return name
    return ""
