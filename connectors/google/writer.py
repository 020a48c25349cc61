"""Writes the owner's own blocks into one calendar of Google's, and touches no other event.

A block that takes time becomes *focus time* where the account may have that: work and school
accounts, in their primary calendar. Google refuses it elsewhere, or quietly makes a plain event
of it, which is as well: then it is busy and private. Only the owner's express wish makes focus
time decline meetings.

A block to which somebody was invited is no longer ours to change: Google would write to them.
"""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus
from typing import Any

from connectors.errors import ChangedMeanwhile
from connectors.google import own
from connectors.google.client import GoogleClient
from connectors.google.entries import NOBODY, Entries, version
from connectors.google.parse import is_cancelled
from connectors.google.refusals import Refusal
from connectors.port import Found, OwnEvent, Written
from policies.frozen import frozen

Json = dict[str, Any]


class Declines(StrEnum):
    """What focus time does to invitations (``focusTimeProperties.autoDeclineMode``)."""

    NONE = "declineNone"
    NEW = "declineOnlyNewConflictingInvitations"
    ALL = "declineAllConflictingInvitations"


@frozen
class GoogleWriter:
    """The blocks in ``calendar_id``, known as ``name``; see `connectors.port.CalendarWriter`.

    A reference is Google's id of the event, a version its ETag. Beyond the errors of the port
    every method raises `NeedsLogin` and `NotAllowed`; nothing was written then.
    """

    name: str
    client: GoogleClient
    calendar_id: str
    focus: bool = True
    declines: Declines = Declines.NONE

    def find(self, uid: str) -> Found | None:
        entries = self._entries()
        raw = entries.find(uid)
        if raw is None:
            return None
        guests = own.guests(raw)
        return Found(version(raw), None if guests else own.read(raw), guests)

    def create(self, event: OwnEvent) -> Written:
        entries = self._entries()
        if self.focus and event.busy:
            try:
                return version(entries.insert(event, self._focus_time()))
            except Refusal as error:
                if error.status not in {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN}:
                    raise
        return version(entries.insert(event, {}))

    def update(self, written: Written, event: OwnEvent) -> Written:
        entries = self._entries()
        raw = self._untouched(entries.expect(written))
        if own.own_uid(raw) != event.uid:
            raise ChangedMeanwhile(self.name, "that is another block")
        change = own.body(event, own.generation(raw))
        return version(entries.patch(raw, change, NOBODY))

    def delete(self, written: Written) -> None:
        entries = self._entries()
        raw = entries.get(written.ref)
        if raw is None or is_cancelled(raw):
            return
        entries.delete(self._untouched(entries.checked(raw, written)), NOBODY)

    def _untouched(self, raw: Json) -> Json:
        if own.guests(raw):
            raise ChangedMeanwhile(self.name, "the block has guests now, so it is its owner's")
        return raw

    def _focus_time(self) -> Json:
        properties = {"autoDeclineMode": self.declines.value, "chatStatus": "available"}
        return {"eventType": "focusTime", "focusTimeProperties": properties}

    def _entries(self) -> Entries:
        return Entries(self.name, self.client, self.calendar_id)
