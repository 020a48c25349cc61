"""Whom a mail would reach, read from the finished mail itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTPUTF8
from typing import Final

_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_FOLD: Final = re.compile(r"(?:\r\n|\n|\r)[ \t]")


def named_guests(data: bytes) -> frozenset[str]:
    """Everyone a mail names as receiving it or as invited, read anew from its bytes.

    Whoever could be told by it: To, Cc, Bcc and each ATTENDEE of each calendar in it. Read here
    by hand and not with what wrote it, so that one mistake is not made twice.
    """
    message = message_from_bytes(data, policy=SMTPUTF8)
    guests = set(recipients(message))
    for part in message.walk():
        if part.get_content_type() in {"text/calendar", "application/ics"}:
            content = part.get_payload(decode=True)
            guests.update(_attendees(content if isinstance(content, bytes) else b""))
    return frozenset(guests)


def recipients(message: EmailMessage) -> Iterator[str]:
    """The addresses in its To, Cc and Bcc, in lower case."""
    for name in ("To", "Cc", "Bcc"):
        for header in message.get_all(name, []):
            yield from (_decoded(address.addr_spec).lower() for address in header.addresses)


def _decoded(address: str) -> str:
    """The parser leaves bytes of UTF-8 in headers (RFC 6532) as lone surrogates."""
    return address.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _attendees(calendar: bytes) -> Iterator[str]:
    # Any line end counts: some readers take a bare line feed for one.
    unfolded = _FOLD.sub("", calendar.decode())
    for line in _LINE_END.split(unfolded):
        if line[:8].upper() == "ATTENDEE":
            yield line.lower().rpartition("mailto:")[2]
