"""Our own entry for a meeting in the owner's calendar: what it says, and when it has to follow.

It never carries a guest: the guest stands in its text. It is ours by its private marker, and it
is only ever replaced or removed in the version we have just seen.
"""

from __future__ import annotations

from enum import Enum, auto
from types import MappingProxyType
from typing import Final, NamedTuple

from connectors.port import Found, InvitationWriter, MailsGuest, OwnEvent, Written
from policies.sending.action import Action, ActionKind, ActionState, Payload


def entry(payload: Payload) -> OwnEvent:
    """What stands in the calendar from the approval on."""
    guest = f"{payload.recipient_name} <{payload.recipient}>".strip()
    return OwnEvent(
        uid=payload.uid,
        when=payload.when,
        zone=payload.zone,
        title=payload.title,
        text=f"With {guest}\n\n{payload.text}".rstrip(),
        marker=f"meeting-{payload.uid}",
        location=payload.location,
    )


class Standing(Enum):
    """How our entry stands, as an action that is not sent yet sees it."""

    ABSENT = auto()  # there is none, and there should be one or will be
    LOST = auto()  # there is none, of a meeting the service told the guest of
    OURS = auto()  # as we wrote it, or it does not matter how
    CHANGED = auto()  # ours, and changed by someone
    FOREIGN = auto()  # not ours, unreadable, or with guests we do not know of
    DELIVERED = auto()  # the calendar itself shows that the guest was told exactly this
    UNREACHED = auto()  # another time was sent, and the service could not tell the guest


CHANGED: Final = "its entry in your calendar was changed, so nothing was sent"
ENDS: Final = MappingProxyType(
    {
        Standing.ABSENT: (
            ActionState.CANCELLED,
            "you removed its entry from your calendar, so nothing was sent",
        ),
        Standing.CHANGED: (ActionState.CANCELLED, CHANGED),
        Standing.FOREIGN: (
            ActionState.NEEDS_REVIEW,
            "another entry stands in its place; look, or ask the guest, then `fika settle`",
        ),
        Standing.LOST: (
            ActionState.NEEDS_REVIEW,
            "your calendar holds the meeting no more; ask the guest, then `fika settle`",
        ),
        Standing.UNREACHED: (
            ActionState.NEEDS_REVIEW,
            "your calendar's service could not tell the guest; tell them, then `fika settle`",
        ),
    }
)
"""What becomes of an action where its entry stands so and nothing shows it sent, and why."""


def standing(channel: InvitationWriter, found: Found | None, payload: Payload) -> Standing:
    """What `connectors.port.CalendarWriter.find` found means for this payload.

    Where we mail the guest ourselves, no calendar can show that it was done.
    """
    by_service = channel.abilities.mails_guest is MailsGuest.SERVICE
    invites = payload.kind is ActionKind.INVITE
    if found is None:
        return Standing.ABSENT if invites else Standing.LOST if by_service else Standing.OURS
    if by_service and _shows(found, payload):
        if not found.unreached:
            return Standing.DELIVERED
        return Standing.OURS if invites else Standing.UNREACHED
    if not invites:
        marked = found.event is None or _is_ours(found, payload)
        return Standing.OURS if marked or not by_service else Standing.FOREIGN
    if _is_unchanged(found, payload):
        return Standing.OURS
    return Standing.CHANGED if _is_ours(found, payload) and not found.guests else Standing.FOREIGN


def may_be_moved(action: Action, found: Found) -> bool:
    """Whether the guest may have been told of another time, and the owner moved the entry since.

    An entry with guests cannot be written anew to find out; that it is still the version we last
    saw shows that nothing came of it.
    """
    moves = action.payload.kind is ActionKind.RESCHEDULE
    return moves and found.written.etag != action.hold_etag


def is_done(payload: Payload, stands: Standing) -> bool:
    """Whether a service carried out what it was asked: called off, an entry is gone."""
    gone = stands is Standing.LOST and payload.kind is ActionKind.CANCEL
    return gone or stands is Standing.DELIVERED


def fence(channel: InvitationWriter, payload: Payload, found: Found) -> None:
    """Give our entry a new version, so that no sending still on its way can meet its own.

    That it could be written anew shows that none had arrived, also where readings may be old or
    another worker knows of no lock. An entry with guests is left to the service.
    """
    if payload.kind is ActionKind.INVITE:
        channel.update(found.written, entry(payload))


class PutRight(NamedTuple):
    """How our entry stands after its action: whether it is gone, and what the owner should know."""

    gone: bool
    note: str = ""


def put_right(channel: InvitationWriter, action: Action) -> PutRight:
    """Let the entry follow an action that has ended.

    Without an invitation it goes, unless the owner has changed it; after a cancellation it goes;
    after another time was sent it moves there. An entry with guests is the service's to change.

    Raises: as `connectors.port.CalendarWriter.delete` and `update`.
    """
    payload = action.payload
    found = channel.find(payload.uid)
    if found is None:
        _remove_unseen(channel, action)
        return PutRight(gone=True)
    if found.guests:
        return PutRight(gone=False)
    if not _is_ours(found, payload):
        return PutRight(False, "its entry in your calendar is not as we left it and stays")
    if payload.kind is ActionKind.RESCHEDULE:
        if action.state is ActionState.SENT and not _is_unchanged(found, payload):
            channel.update(found.written, entry(payload))
        return PutRight(gone=False)
    if action.state is not ActionState.SENT and not _is_unchanged(found, payload):
        return PutRight(False, "you changed its entry in your calendar, so it stays there")
    channel.delete(found.written)
    return PutRight(gone=True)


def _remove_unseen(channel: InvitationWriter, action: Action) -> None:
    """What is not shown may be there yet: a clock that was set hides how long ago we wrote it."""
    unsent = action.payload.kind is ActionKind.INVITE and action.state is not ActionState.SENT
    if unsent and action.hold_ref and channel.abilities.settles_within:
        channel.delete(Written(action.hold_ref, action.hold_etag))


def _is_ours(found: Found, payload: Payload) -> bool:
    return found.event is not None and found.event.marker == entry(payload).marker


def _is_unchanged(found: Found, payload: Payload) -> bool:
    """Whether it still says what we wrote and names no guest.

    Its version may be another: programs that synchronise calendars rewrite entries without a
    change. Spaces and line breaks are compared as words.
    """
    expected = entry(payload)
    return (
        found.event is not None
        and _is_ours(found, payload)
        and not found.guests
        and found.event.when == expected.when
        and _words(found.event) == _words(expected)
    )


def _shows(found: Found, payload: Payload) -> bool:
    """A move is always to another time, and shows by it: what the owner calls it is their own."""
    event = found.event
    if event is None or payload.kind is ActionKind.CANCEL:
        return False
    if found.guests != {payload.recipient} or event.when != payload.when:
        return False
    moves = payload.kind is ActionKind.RESCHEDULE
    return moves or _words(event)[:2] == _words(entry(payload))[:2]


def _words(event: OwnEvent) -> tuple[list[str], list[str], list[str]]:
    return event.title.split(), event.location.split(), event.text.split()
