"""An approved action as the mail that carries it: iMIP (RFC 6047) in the shape clients expect.

``multipart/mixed`` holds a ``multipart/alternative`` of plain text, HTML and the iCalendar object
(Gmail, Outlook and Apple Mail show buttons for that one), and the same object once more as
``invite.ics`` for clients that only know attachments. The method stands in the type of the part
and in the object. Everything is made from the payload and one fixed moment, boundaries and the
Message-ID too, so composing twice gives the same bytes.
"""

from __future__ import annotations

import html
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, EmailPolicy
from email.utils import format_datetime
from types import MappingProxyType
from typing import Final

from connectors.ical import write
from policies.action import ActionKind, Payload
from policies.wall import local_datetime, seconds

_SUBJECTS: Final = MappingProxyType(
    {
        ActionKind.INVITE: "{}",
        ActionKind.RESCHEDULE: "New time: {}",
        ActionKind.CANCEL: "Cancelled: {}",
    }
)
_METHODS: Final = MappingProxyType(
    {
        ActionKind.INVITE: "REQUEST",
        ActionKind.RESCHEDULE: "REQUEST",
        ActionKind.CANCEL: "CANCEL",
    }
)
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
    message = EmailMessage(_policy(payload))
    message["From"] = _address(payload.sender_name, payload.sender)
    message["To"] = _address(payload.recipient_name, payload.recipient)
    message["Subject"] = subject(payload)
    message["Date"] = format_datetime(stamp)
    message["Message-ID"] = payload.message_id
    message.set_content("\n\n".join((payload.text, "\n".join(facts))).strip() + "\n")
    message.add_alternative(_html(payload.text, facts), subtype="html")
    typed = {"method": _METHODS[payload.kind], "charset": "UTF-8"}
    message.add_alternative(calendar, "text", "calendar", cte=_CTE, params=typed)
    message.add_attachment(calendar, "application", "ics", cte=_CTE, filename=_ATTACHED_AS)
    _set_boundaries(message, payload)
    return message


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
    paragraphs = "\n".join(f"<p>{block}</p>" for block in blocks)
    return f"<!DOCTYPE html>\n<html><body>\n{paragraphs}\n</body></html>\n"


def _policy(payload: Payload) -> EmailPolicy[EmailMessage]:
    """Seven bits only, so that any server can pass it on; UTF-8 headers only for an address
    that cannot be written otherwise (RFC 6531).
    """
    ascii_only = payload.recipient.isascii() and payload.sender.isascii()
    return (SMTP if ascii_only else SMTPUTF8).clone(cte_type="7bit")


def _address(name: str, address: str) -> Address:
    user, _, domain = address.rpartition("@")
    return Address(name, user, domain)


def _set_boundaries(message: EmailMessage, payload: Payload) -> None:
    """Fixed ones, in place of those the library would draw at random."""
    parts = (part for part in message.walk() if part.is_multipart())
    for number, part in enumerate(parts):
        part.set_boundary(f"=_{payload.digest[:24]}_{number}")
