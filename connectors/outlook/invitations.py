"""Invitations by Outlook: a hold without guests first, then its guest by one conditional change.

Graph writes to the guests at every change of an event that has any, and cannot be told not to. So
each message is exactly one request: the guest and everything the message says are in it.
"""

from __future__ import annotations

import html
import re
from datetime import datetime
from typing import Any, ClassVar, Final

from connectors.errors import ChangedMeanwhile, NotAllowed
from connectors.outlook import own
from connectors.outlook.client import Graph
from connectors.outlook.entries import Entries, version
from connectors.outlook.writer import OutlookWriter
from connectors.port import SETTLES, Abilities, Found, MailsGuest, OwnEvent, Written
from policies.frozen import frozen
from policies.sending.action import ActionKind, Payload

Json = dict[str, Any]

_TEAMS: Final = "teamsForBusiness"
_VIDEO: Final = frozenset(("microsoft teams", "teams"))
"""A place by one of these names is a video meeting: Outlook makes the link."""
_RULER: Final = re.compile(r"_{10,}")


@frozen
class OutlookInvitations:
    """Invitations from ``calendar_id``; a `connectors.port.InvitationWriter`.

    That ``If-Match`` is heeded is not certain, so what is to be changed is looked at once more,
    right before. Answers are counted only in the account's default calendar
    (``isTallyingResponses``): from any other nothing is sent.
    """

    name: str
    graph: Graph
    calendar_id: str
    abilities: ClassVar[Abilities] = Abilities(
        strong_ids=False,
        conditional_update=False,
        mails_guest=MailsGuest.SERVICE,
        settles_within=SETTLES,
    )

    def find(self, uid: str) -> Found | None:
        raw = self._entries().find(uid)
        return Found(version(raw), own.read(raw), own.guests(raw)) if raw else None

    def create(self, event: OwnEvent) -> Written:
        self._check_calendar(is_online=is_video(event.location))
        return self._holds().create(event)

    def update(self, written: Written, event: OwnEvent) -> Written:
        return self._holds().update(written, event)

    def delete(self, written: Written) -> None:
        self._holds().delete(written)

    def deliver(self, written: Written | None, payload: Payload, stamp: datetime) -> Written:
        """See the port; the stamp is Outlook's own."""
        if written is None:
            raise ChangedMeanwhile(self.name, "its entry is no longer there")
        entries = self._entries()
        raw = entries.expect(written)
        if own.own_uid(raw) != payload.uid:
            raise ChangedMeanwhile(self.name, "that is another meeting")
        if own.guests(raw) - {payload.recipient.lower()}:
            cause = "you have invited others to it as well, whom Outlook would tell too"
            raise NotAllowed(self.name, cause, "change it in your calendar")
        if payload.kind is ActionKind.CANCEL:
            entries.cancel(raw, payload.text)
            return Written("", "")
        if is_video(payload.location) and not raw.get("isOnlineMeeting"):
            self._check_calendar(is_online=True)
        return version(entries.patch(raw, _invitation(raw, payload)))

    def _check_calendar(self, *, is_online: bool) -> None:
        """
        Raises:
            NotAllowed: invitations cannot go from this calendar, or have no Teams link.
        """
        url = self.graph.url(
            "calendars",
            self.calendar_id,
            select="id,isTallyingResponses,canEdit,allowedOnlineMeetingProviders",
        )
        found = self.graph.get(url, self.name)
        if not found.get("canEdit") or not found.get("isTallyingResponses"):
            cause = "Outlook counts answers to invitations only in an account's own main calendar"
            raise NotAllowed(self.name, cause, "set [write] calendar to that one")
        if is_online and _TEAMS not in (found.get("allowedOnlineMeetingProviders") or ()):
            cause = "this account has no Teams meetings"
            raise NotAllowed(self.name, cause, "give the format another place: [formats]")

    def _holds(self) -> OutlookWriter:
        return OutlookWriter(self.name, self.graph, self.calendar_id)

    def _entries(self) -> Entries:
        return Entries(self.name, self.graph, self.calendar_id)


def is_video(place: str) -> bool:
    return place.strip().casefold() in _VIDEO


def _invitation(raw: Json, payload: Payload) -> Json:
    """What makes a hold an invitation to exactly its recipient, or moves it."""
    is_online = is_video(payload.location)
    text = _with_link(raw, payload.text) if is_online else payload.text
    change: Json = {
        "subject": payload.title,
        "body": {"contentType": "text", "content": text},
        "location": {"displayName": payload.location},
        "start": own.time(payload.when.start, payload.zone),
        "end": own.time(payload.when.end, payload.zone),
        "sensitivity": "normal",
    }
    if not own.guests(raw):
        address = {"address": payload.recipient, "name": payload.recipient_name}
        change["attendees"] = [{"emailAddress": address, "type": "required"}]
    if is_online and not raw.get("isOnlineMeeting"):
        change |= {"isOnlineMeeting": True, "onlineMeetingProvider": _TEAMS}
    return change


def _with_link(raw: Json, text: str) -> str:
    """Our words; below them what Outlook wrote about joining, without which the link is lost.

    "Preserve the meeting blob" (the API reference on updating an event).
    """
    link = str((raw.get("onlineMeeting") or {}).get("joinUrl") or "")
    content = str((raw.get("body") or {}).get("content") or "")
    if not link or link not in html.unescape(content):
        return text
    ruler = _RULER.search(content)
    return f"{text}\n\n{content[ruler.start() :] if ruler else content}"
