"""Invitations by Google: a hold without guests first, then its guest by one conditional change.

The condition is the version of the hold that was last seen. Whoever changed it in between, the
owner or another run of ours, makes Google refuse, and nobody is told anything.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any, ClassVar, Final

from connectors.errors import ChangedMeanwhile, NotAllowed, TemporarilyUnavailable
from connectors.google import own
from connectors.google.client import GoogleClient
from connectors.google.entries import EVERYBODY, NOBODY, Entries, version
from connectors.google.refusals import Refusal
from connectors.google.writer import GoogleWriter
from connectors.port import SETTLES, Abilities, Found, MailsGuest, OwnEvent, Written
from policies.frozen import frozen
from policies.sending.action import ActionKind, Payload

Json = dict[str, Any]

MEET: Final = "Google Meet"
"""A place by this name is a video meeting: Google makes the link."""

_LOOKS: Final = 8
_PAUSE_S: Final = 1.0


@frozen
class GoogleInvitations:
    """Invitations from ``calendar_id``; an `connectors.port.InvitationWriter`.

    Google itself says that it may not notice a second event of the same id, and tells all guests
    of an event of any change: an event to which the owner has invited others is left to them.
    """

    name: str
    client: GoogleClient
    calendar_id: str
    sleep: Callable[[float], None] = time.sleep
    abilities: ClassVar[Abilities] = Abilities(
        strong_ids=False,
        conditional_update=True,
        mails_guest=MailsGuest.SERVICE,
        settles_within=SETTLES,
    )

    def find(self, uid: str) -> Found | None:
        entries = self._entries()
        raw = entries.find(uid)
        if raw is None:
            return None
        return Found(version(raw), own.read(raw), own.guests(raw))

    def create(self, event: OwnEvent) -> Written:
        entries = self._entries()
        if not _is_video(event.location):
            return version(entries.insert(event, {}))
        try:
            return version(entries.insert(event, _meeting_room(event.uid)))
        except Refusal as error:
            if error.status != HTTPStatus.BAD_REQUEST:
                raise
            raise self._no_link() from error

    def update(self, written: Written, event: OwnEvent) -> Written:
        return self._holds().update(written, event)

    def delete(self, written: Written) -> None:
        self._holds().delete(written)

    def deliver(self, written: Written | None, payload: Payload, stamp: datetime) -> Written:
        """See the port; the stamp is Google's own.

        A hold has no guest in the version we saw, so the condition is all that it needs, even
        where Google does not show it yet. An entry with a guest is looked at first.
        """
        if written is None:
            raise ChangedMeanwhile(self.name, "its entry is no longer there")
        if not own.is_entry_of(written.ref, payload.uid):
            raise ChangedMeanwhile(self.name, "that is another meeting")
        entries = self._entries()
        raw: Json = {"id": written.ref, "etag": written.etag}
        if _is_video(payload.location) and payload.kind is not ActionKind.CANCEL:
            raw = self._with_link(entries, written)
        elif payload.kind is not ActionKind.INVITE:
            raw = entries.expect(written)
        if own.guests(raw) - {payload.recipient.lower()}:
            cause = "you have invited others to it as well, whom Google would tell too"
            raise NotAllowed(self.name, cause, "change it in your calendar")
        if payload.kind is ActionKind.CANCEL:
            self._call_off(entries, raw, payload)
            return Written("", "")
        return version(entries.patch(raw, _invitation(payload), EVERYBODY))

    def _call_off(self, entries: Entries, raw: Json, payload: Payload) -> None:
        """Google's message shows the event's text, so our words are put there first."""
        if own.text_of(raw) != payload.text:
            raw = entries.patch(raw, {"description": own.described(payload.text)}, NOBODY)
        entries.delete(raw, EVERYBODY)

    def _with_link(self, entries: Entries, written: Written) -> Json:
        """The entry with its video link, which Google makes a while after it was asked for.

        Raises:
            ChangedMeanwhile: it is another version; so it is when the link was made just now.
            NotAllowed: Google makes none.
            TemporarilyUnavailable: not yet.
        """
        for look in range(_LOOKS):
            self.sleep(_PAUSE_S if look else 0)
            found = entries.get(written.ref)
            if found is None:  # it does not show yet
                continue
            raw = entries.checked(found, written)
            status = _link_status(raw)
            if status == "success":
                return raw
            if not status:  # the meeting had another place before
                status = _link_status(entries.patch(raw, _meeting_room(written.etag), NOBODY))
                if status:
                    raise ChangedMeanwhile(self.name, "its Meet link was asked for just now")
            if status != "pending":
                raise self._no_link()
        raise TemporarilyUnavailable(self.name, "its Meet link is not ready yet")

    def _no_link(self) -> NotAllowed:
        cause = "Google makes no Meet link for it"
        return NotAllowed(self.name, cause, "give the format another place: [formats]")

    def _holds(self) -> GoogleWriter:
        return GoogleWriter(self.name, self.client, self.calendar_id, focus=False)

    def _entries(self) -> Entries:
        return Entries(self.name, self.client, self.calendar_id)


def _invitation(payload: Payload) -> Json:
    """What makes a hold an invitation to exactly its recipient, or moves it."""
    guest = {"email": payload.recipient, "responseStatus": "needsAction"}
    if payload.recipient_name:
        guest["displayName"] = payload.recipient_name
    return {
        "summary": payload.title,
        "description": own.described(payload.text),
        "location": payload.location,
        "start": own.time(payload.when.start, payload.zone),
        "end": own.time(payload.when.end, payload.zone),
        "visibility": "default",
        "attendees": [guest],
    }


def _is_video(place: str) -> bool:
    return place.strip().casefold() in {MEET.casefold(), "meet"}


def _meeting_room(request: str) -> Json:
    """The same request twice is one room: ``conferenceData.createRequest.requestId``."""
    return {
        "conferenceData": {
            "createRequest": {
                "requestId": own.event_id(request, 0),
                "conferenceSolutionKey": {"type": "hangoutsMeet"},
            }
        }
    }


def _link_status(raw: Json) -> str:
    """``pending``, ``success`` or another word for failure; empty where none was asked for."""
    conference = raw.get("conferenceData") or {}
    if conference.get("entryPoints"):
        return "success"
    request = conference.get("createRequest") or {}
    return str((request.get("status") or {}).get("statusCode") or "")
