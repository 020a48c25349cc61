"""What leaves for another person: the action, its exact payload, its states and its digest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

ActionId = NewType("ActionId", str)
"""Deterministic: made from the installation, the proposal, the kind and the generation."""


class Ceiling:
    """Bounds compiled in: no setting raises them."""

    PER_RUN: Final = 10
    PER_DAY: Final = 20


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
ARROWS: Final[dict[ActionState, frozenset[ActionState]]] = {
    _S.PROPOSED: frozenset({_S.APPROVED, _S.REJECTED, _S.EXPIRED, _S.CANCELLED}),
    _S.APPROVED: frozenset({_S.HOLDING, _S.EXPIRED, _S.REJECTED, _S.CANCELLED, _S.NEEDS_REVIEW}),
    _S.HOLDING: frozenset({_S.HELD, _S.EXPIRED, _S.CANCELLED, _S.NEEDS_REVIEW}),
    _S.HELD: frozenset({_S.INVITING, _S.EXPIRED, _S.CANCELLED, _S.NEEDS_REVIEW}),
    _S.INVITING: frozenset({_S.SENT, _S.HELD, _S.CANCELLED, _S.NEEDS_REVIEW}),
    _S.NEEDS_REVIEW: frozenset({_S.SENT, _S.CANCELLED}),
    _S.SENT: frozenset(),
    _S.EXPIRED: frozenset(),
    _S.REJECTED: frozenset(),
    _S.CANCELLED: frozenset(),
}
"""The arrows there are. ``INVITING -> HELD`` only when it is certain that nothing was sent."""


@dataclass(frozen=True, slots=True)
class Payload:
    """Exactly what will be sent; changing any field changes the digest and voids the approval.

    Times are ISO 8601 in UTC, ``zone`` the IANA zone the invitation is written in. ``uid`` and
    ``sequence`` are those of RFC 5545; ``calendar`` is where the hold stands; ``channel`` names
    who mails the guest.
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

    def canonical(self) -> str:
        """One text for one payload: JSON with sorted keys."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical text, hexadecimal."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Action:
    """One outbound action as the ledger holds it."""

    id: ActionId
    proposal: int
    person: str
    payload: Payload
    state: ActionState
    created: datetime
    updated: datetime
    hold_ref: str = ""
    hold_etag: str = ""
    message_id: str = ""
    note: str = ""
