"""A run that changes nothing: the same code, on a copy of the store, before calendars that forget.

What a rehearsal writes it finds again, as the real run would; what it does not write it finds in
the owner's own calendar. Nothing leaves it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from connectors.errors import ChangedMeanwhile
from connectors.port import Abilities, CalendarWriter, Found, InvitationWriter, OwnEvent, Written
from policies.sending.action import Payload


@dataclass
class RehearsedWriter:
    """A `CalendarWriter` over ``real``, which it only ever asks.

    It cannot know of somebody else's event under our uid: that only a real write would meet.
    """

    real: CalendarWriter
    _written: dict[str, Found | None] = field(default_factory=dict)
    _uids: dict[str, str] = field(default_factory=dict)

    def find(self, uid: str) -> Found | None:
        if uid in self._written:
            return self._written[uid]
        found = self.real.find(uid)
        if found is not None:
            self._uids[found.written.ref] = uid
        return found

    def create(self, event: OwnEvent) -> Written:
        if self.find(event.uid) is not None:
            raise ChangedMeanwhile("rehearsal", "something stands there already")
        return self._put(f"rehearsed {event.uid}", event)

    def update(self, written: Written, event: OwnEvent) -> Written:
        self._check(written)
        return self._put(written.ref, event)

    def delete(self, written: Written) -> None:
        uid = self._uids.get(written.ref, "")
        if uid in self._written and self._written[uid] is None:
            return
        self._check(written)
        self._written[uid] = None

    def _put(self, ref: str, event: OwnEvent) -> Written:
        made = Written(ref, f"rehearsed {hash(event)}")
        self._uids[ref] = event.uid
        self._written[event.uid] = Found(made, event)
        return made

    def _check(self, written: Written) -> None:
        uid = self._uids.get(written.ref, "")
        found = self.find(uid) if uid else None
        if found is None or found.written != written:
            raise ChangedMeanwhile("rehearsal", "it is not as it was last seen")


@dataclass
class RehearsedChannel(RehearsedWriter):
    """An `InvitationWriter` that tells nobody."""

    channel: InvitationWriter = field(kw_only=True)

    @property
    def abilities(self) -> Abilities:
        return self.channel.abilities

    def deliver(self, written: Written | None, payload: Payload, stamp: datetime) -> Written:
        return written or Written("", "")
