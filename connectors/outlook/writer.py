"""Writes the owner's own blocks into one calendar of Outlook's, and touches no other event.

A block to which somebody was invited is no longer ours to change: Graph would write to them, and
has no way to be told not to.
"""

from __future__ import annotations

from typing import Any

from connectors.errors import ChangedMeanwhile
from connectors.outlook import own
from connectors.outlook.client import Graph
from connectors.outlook.entries import Entries, version
from connectors.port import Found, OwnEvent, Written
from policies.frozen import frozen

Json = dict[str, Any]


@frozen
class OutlookWriter:
    """The blocks in ``calendar_id``, known as ``name``; see `connectors.port.CalendarWriter`.

    A reference is the immutable id of the event, a version its ETag. Beyond the errors of the
    port every method raises `NeedsLogin` and `NotAllowed`; nothing was written then.
    """

    name: str
    graph: Graph
    calendar_id: str

    def find(self, uid: str) -> Found | None:
        raw = self._entries().find(uid)
        if raw is None:
            return None
        guests = own.guests(raw)
        return Found(version(raw), None if guests else own.read(raw), guests)

    def create(self, event: OwnEvent) -> Written:
        return version(self._entries().insert(event))

    def update(self, written: Written, event: OwnEvent) -> Written:
        entries = self._entries()
        raw = self._untouched(entries.expect(written))
        if own.own_uid(raw) != event.uid:
            raise ChangedMeanwhile(self.name, "that is another block")
        return version(entries.patch(raw, own.body(event)))

    def delete(self, written: Written) -> None:
        entries = self._entries()
        raw = entries.get(written.ref)
        if raw is not None:
            entries.delete(self._untouched(entries.checked(raw, written)))

    def _untouched(self, raw: Json) -> Json:
        if own.guests(raw):
            raise ChangedMeanwhile(self.name, "the block has guests now, so it is its owner's")
        return raw

    def _entries(self) -> Entries:
        return Entries(self.name, self.graph, self.calendar_id)
