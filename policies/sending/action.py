"""What leaves for another person: the action, its exact payload, its states and its digest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NewType

from policies.frozen import frozen
from policies.interval import Interval
from policies.text import one_line

ActionId = NewType("ActionId", str)
"""Deterministic: made from the installation, the proposal, the kind and the generation."""

_ID_LENGTH: Final = 32  # hexadecimal digits: 128 bits, no two alike by chance


class Ceiling:
    """Bounds compiled in: no setting raises them."""

    PER_RUN: Final = 10
    PER_DAY: Final = 20
    PER_PERSON: Final = timedelta(days=1)
    """Until the same person may be invited again."""
    APPROVAL: Final = timedelta(days=14)
    """How long a yes counts."""
    UNREAD: Final = timedelta(days=7)
    """How long a calendar may not have been read while things are sent."""


class ActionKind(StrEnum):
    """What the action does to the guest's calendar, or to their inbox."""

    INVITE = "invite"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    REPORT = "report"


class ActionState(StrEnum):
    """The states of sending; each arrow between them is one committed transaction."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    HOLDING = "holding"
    HELD = "held"
    INVITING = "inviting"
    SENT = "sent"
    EXPIRED = "expired"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    NEEDS_REVIEW = "needs-review"


_S = ActionState
ARROWS: Final = MappingProxyType(
    {
        _S.PROPOSED: frozenset({_S.APPROVED}),
        _S.APPROVED: frozenset(
            {_S.HOLDING, _S.EXPIRED, _S.REJECTED, _S.CANCELLED, _S.NEEDS_REVIEW}
        ),
        _S.HOLDING: frozenset({_S.HELD, _S.EXPIRED, _S.REJECTED, _S.CANCELLED, _S.NEEDS_REVIEW}),
        _S.HELD: frozenset({_S.INVITING, _S.EXPIRED, _S.REJECTED, _S.CANCELLED, _S.NEEDS_REVIEW}),
        _S.INVITING: frozenset({_S.SENT, _S.HELD, _S.NEEDS_REVIEW}),
        _S.NEEDS_REVIEW: frozenset({_S.SENT, _S.CANCELLED}),
        _S.SENT: frozenset(),
        _S.EXPIRED: frozenset(),
        _S.REJECTED: frozenset(),
        _S.CANCELLED: frozenset(),
    }
)
"""The arrows there are. ``INVITING -> HELD`` only when it is certain that nothing was sent."""

ENDED_UNSENT: Final = frozenset({_S.EXPIRED, _S.REJECTED, _S.CANCELLED})
"""Nothing went out, and nothing will."""

MEETS: Final = frozenset({ActionKind.INVITE, ActionKind.RESCHEDULE})
"""What asks the guest for time."""

FOLLOWS: Final = frozenset({ActionKind.RESCHEDULE, ActionKind.CANCEL})
"""About a meeting the guest knows: once sent, our entry in the calendar has to follow."""

UNDER_WAY: Final = frozenset({_S.APPROVED, _S.HOLDING, _S.HELD, _S.INVITING})
"""What the next run takes further."""


@frozen
class Payload:
    """Exactly what will be sent; changing any field changes the digest and voids the approval.

    Times are ISO 8601 in UTC, ``zone`` the IANA zone the invitation is written in. ``uid`` and
    ``sequence`` are those of RFC 5545; ``calendar`` is where the hold stands; ``channel`` names
    who mails the guest. A report is about no meeting: its times, zone, place and calendar are
    empty.

    Raises:
        ValueError: the meeting ends before it starts or has no offset, a report has one, or a field
            holds a control character: an address, a name or a title that breaks its line could
            name another guest.
    """

    kind: ActionKind
    uid: str
    sequence: int
    recipient: str
    recipient_name: str
    sender: str
    sender_name: str
    start: str
    end: str
    zone: str
    title: str
    text: str
    location: str
    calendar: str
    channel: str

    def __post_init__(self) -> None:
        for name in _FIELDS:
            value = getattr(self, name)
            plain = value.replace("\n", " ") if name == "text" else value
            if isinstance(plain, str) and one_line(plain) != plain:
                raise ValueError(f"{name} holds control characters")
        if self.recipient.count("@") != 1 or set(self.recipient) & set(" ,;<>"):
            raise ValueError("the recipient is not one address")
        if self.kind is not ActionKind.REPORT:
            _ = self.when
        elif any((self.start, self.end, self.zone, self.location, self.calendar)):
            raise ValueError("a report is about no meeting")

    @property
    def when(self) -> Interval:
        """When the meeting is. Raises: ValueError: a report is about none."""
        return Interval(datetime.fromisoformat(self.start), datetime.fromisoformat(self.end))

    def canonical(self) -> str:
        """One text for one payload: JSON with sorted keys."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical text, hexadecimal."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    @property
    def message_id(self) -> str:
        """The Message-ID of the mail that carries it, the same however often it is composed."""
        return f"<{self.digest[:_ID_LENGTH]}@{self.sender.rpartition('@')[2]}>"


_FIELDS: Final = tuple(sorted(field.name for field in fields(Payload)))


@lru_cache(maxsize=256)  # each look at the ledger reads the same few again
def read_payload(canonical: str) -> Payload:
    """The payload that `Payload.canonical` wrote.

    Raises:
        ValueError: it wrote no such text.
    """
    values = json.loads(canonical)
    if not isinstance(values, dict) or set(values) != set(_FIELDS):
        raise ValueError("not the fields of a payload")
    if not all(isinstance(each, int if key == "sequence" else str) for key, each in values.items()):
        raise ValueError("a field of the payload has another type")
    return Payload(**values | {"kind": ActionKind(values["kind"])})


def action_id(installation: str, proposal: int, kind: ActionKind, generation: int) -> ActionId:
    """The same id for the same intent, on every run of this installation."""
    return ActionId(_hashed(installation, "action", str(proposal), kind.value, str(generation)))


def meeting_uid(installation: str, proposal: int, generation: int) -> str:
    """The iCalendar UID of a meeting, stable for its life; hexadecimal, safe in a file name."""
    return _hashed(installation, "meeting", str(proposal), str(generation))


def report_uid(installation: str, number: int, at_s: int) -> str:
    """What stands for a report in the ledger; a number given again later is another report."""
    return _hashed(installation, "report", str(number), str(at_s))


def guest_key(address: str) -> str:
    """What the ledger of sendings keeps of a guest, also after the guest is forgotten."""
    return hashlib.sha256(address.encode()).hexdigest()


@frozen
class Action:
    """One outbound action as the ledger holds it.

    A report comes from no ``proposal`` (0) and has a number of its own, ``report``; that is 0 for
    everything else. ``payload_digest`` is the digest written beside the payload when it was stored.
    ``hold_ref`` and ``hold_etag`` say where the hold stands and which version we last saw;
    empty before. ``untidy``: once it has ended, our calendar entry
    still has to follow it.
    """

    id: ActionId
    proposal: int
    person: str
    payload: Payload
    payload_digest: str
    state: ActionState
    created: datetime
    updated: datetime
    hold_ref: str = ""
    hold_etag: str = ""
    untidy: bool = False
    note: str = ""
    report: int = 0

    @property
    def called(self) -> str:
        """What the owner knows it by: `proposal 3`, `report 1`."""
        return f"report {self.report}" if self.report else f"proposal {self.proposal}"


def _hashed(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:_ID_LENGTH]
