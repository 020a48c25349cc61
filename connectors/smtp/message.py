"""An approved action as the mail that carries it: iMIP (RFC 6047) in the shape clients expect.

``multipart/mixed`` holds a ``multipart/alternative`` of plain text, HTML and the iCalendar object
(Gmail, Outlook and Apple Mail show buttons for that one), and the same object once more as
``invite.ics`` for clients that only know attachments. The method stands in the type of the part
and in the object. Everything is made from the payload and one fixed moment, boundaries and the
Message-ID too, so composing twice gives the same bytes.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes
from email.charset import SHORTEST, Charset
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, EmailPolicy
from email.utils import format_datetime
from types import MappingProxyType
from typing import Final

from connectors.ical import write
from policies.sending.action import ActionKind, Payload
from policies.wall import local_datetime, seconds

_SUBJECTS: Final = MappingProxyType(
    {
        ActionKind.INVITE: "{}",
        ActionKind.RESCHEDULE: "New time: {}",
        ActionKind.CANCEL: "Cancelled: {}",
        ActionKind.REPORT: "{}",
    }
)
_METHODS: Final = MappingProxyType(
    {
        ActionKind.INVITE: "REQUEST",
        ActionKind.RESCHEDULE: "REQUEST",
        ActionKind.CANCEL: "CANCEL",
    }
)
_PLAIN: Final = re.compile("[A-Za-z0-9 !?+&'-]{1,60}")
"""Characters that need no quotes and no encoding wherever they stand in a header."""
_PLAIN_SUBJECT: Final = re.compile(r"(?!.*=\?)[!-~](?:[ -~]{0,58}[!-~])?")
"""In a subject all of ASCII, but for what would be read as an encoded word (RFC 2047)."""
_LONG: Final = 40
_ATTACHED_AS: Final = "invite.ics"
_CTE: Final = "base64"
"""Keeps line ends and folded lines whatever the mail passes through."""


def compose(payload: Payload, stamp: datetime) -> EmailMessage:
    """The mail for one approved action, dated ``stamp``.

    Raises:
        ValueError: an action of this kind is not told by an iCalendar object.
    """
    if payload.kind not in _METHODS:
        raise ValueError(f"no iCalendar method for {payload.kind.value}")
    calendar = write.invitation(payload, stamp=stamp)
    facts = when_and_where(payload)
    parts = EmailMessage(SMTP.clone(cte_type="7bit"))
    parts.set_content("\n\n".join((payload.text, "\n".join(facts))).strip() + "\n")
    parts.add_alternative(_html(payload.text, facts), subtype="html")
    typed = {"method": _METHODS[payload.kind], "charset": "UTF-8"}
    parts.add_alternative(calendar, "text", "calendar", cte=_CTE, params=typed)
    parts.add_attachment(calendar, "application", "ics", cte=_CTE, filename=_ATTACHED_AS)
    return _with_headers(parts, payload, stamp)


def compose_report(payload: Payload, stamp: datetime) -> EmailMessage:
    """The mail for one approved report, dated ``stamp``: its text, and the same as HTML."""
    parts = EmailMessage(SMTP.clone(cte_type="7bit"))
    parts.set_content(payload.text.strip() + "\n")
    parts.add_alternative(_html(payload.text, ()), subtype="html")
    return _with_headers(parts, payload, stamp)


def subject(payload: Payload) -> str:
    """The subject line of its mail."""
    return _SUBJECTS[payload.kind].format(payload.title)


def when_and_where(payload: Payload) -> tuple[str, ...]:
    """The facts as lines for people whose mail program shows no invitation."""
    start, end = payload.when.start, payload.when.end
    local, until = (local_datetime(seconds(each), payload.zone) for each in (start, end))
    ends = f"{until:%H:%M}" if until.date() == local.date() else f"{until:%d %B %H:%M}"
    when = f"When: {local:%A} {local.day} {local:%B %Y}, {local:%H:%M} to {ends} ({payload.zone})"
    return (when, f"Where: {payload.location}") if payload.location else (when,)


def _html(text: str, facts: tuple[str, ...]) -> str:
    blocks = [html.escape(block).replace("\n", "<br>\n") for block in text.split("\n\n") if block]
    blocks.append("<br>\n".join(map(html.escape, facts)))
    paragraphs = "\n".join(f"<p>{block}</p>" for block in blocks if block)
    return f"<!DOCTYPE html>\n<html><body>\n{paragraphs}\n</body></html>\n"


def _with_headers(parts: EmailMessage, payload: Payload, stamp: datetime) -> EmailMessage:
    _set_boundaries(parts, payload)
    data = "".join(_headers(payload, stamp)).encode() + parts.as_bytes()
    return message_from_bytes(data, policy=_policy(payload))


def _headers(payload: Payload, stamp: datetime) -> Iterator[str]:
    """The header lines, encoded here.

    `email.message.EmailMessage` decodes whatever looks encoded in a value it is given, and writes
    it out again: a title such as ``=?utf-8?q?=0ABcc:_eve?=`` becomes a header of its own.
    """
    yield f"From: {_mailbox(payload.sender_name, payload.sender, 'From')}\r\n"
    yield f"To: {_mailbox(payload.recipient_name, payload.recipient, 'To')}\r\n"
    yield f"Subject: {_words(subject(payload), 'Subject')}\r\n"
    yield f"Date: {format_datetime(stamp)}\r\n"
    yield f"Message-ID: {payload.message_id}\r\n"


def _words(text: str, header: str) -> str:
    """Text as it may stand in a header: plain, or as encoded words (RFC 2047)."""
    if (_PLAIN_SUBJECT if header == "Subject" else _PLAIN).fullmatch(text):
        return text
    utf_8 = Charset("utf-8")
    utf_8.header_encoding = SHORTEST  # any library may have set another for the whole process
    return Header(text, utf_8, header_name=header).encode(linesep="\r\n")


def _mailbox(name: str, address: str, header: str) -> str:
    """A name is quoted or encoded whenever it is more than plain words (RFC 5322, 3.4)."""
    if not name:
        return f"<{address}>"
    folds = "\r\n " if len(name) > _LONG else " "
    return f"{_words(name, header)}{folds}<{address}>"


def _policy(payload: Payload) -> EmailPolicy[EmailMessage]:
    """Header lines stay as they are written.

    Those in UTF-8 are only for an address that cannot be written otherwise (RFC 6532).
    """
    ascii_only = payload.recipient.isascii() and payload.sender.isascii()
    return (SMTP if ascii_only else SMTPUTF8).clone(refold_source="none", cte_type="8bit")


def _set_boundaries(message: EmailMessage, payload: Payload) -> None:
    """Fixed ones, in place of those the library would draw at random."""
    parts = (part for part in message.walk() if part.is_multipart())
    for number, part in enumerate(parts):
        part.set_boundary(f"=_{payload.digest[:24]}_{number}")
