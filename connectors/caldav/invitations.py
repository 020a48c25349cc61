"""Invitations through a server that schedules: it mails the guests of what is written there.

The hold stands first, without a guest. The guest is added in one conditional write, upon which
the server sends exactly one invitation (RFC 6638, 3.2.1); a meeting is called off by removing it.
Where a guest has answered since we looked, the version is another and nothing is written over.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import ClassVar, Final

from connectors.api import Reply
from connectors.caldav.client import Dav
from connectors.caldav.discovery import principal
from connectors.caldav.writer import CaldavWriter
from connectors.errors import ChangedMeanwhile, NotAllowed
from connectors.ical import lines
from connectors.ical.write import invited, own_event, read_own_event, scheduled
from connectors.port import Abilities, MailsGuest, OwnEvent, Written
from policies.frozen import frozen
from policies.sending.action import ActionKind, Payload

_NOWHERE: Final = Written("", "")
_STATUS: Final = re.compile(r'^ATTENDEE(?:"[^"]*"|[^":])*;SCHEDULE-STATUS="?([35])\.', re.MULTILINE)
"""That the server could not deliver (RFC 6638, 3.2.9, and the codes of RFC 5546, 3.6)."""


@frozen
class CaldavInvitations(CaldavWriter):
    """A `connectors.port.InvitationWriter` for a calendar that declares auto-scheduling."""

    abilities: ClassVar[Abilities] = Abilities(
        strong_ids=True, conditional_update=True, mails_guest=MailsGuest.SERVICE
    )

    def deliver(self, written: Written | None, payload: Payload, stamp: datetime) -> Written:
        """See the port.

        Raises: as there, and
            NotAllowed: the server says that the guest cannot be reached; the hold stands again.
            MayHaveHappened: also where it says so of another time, which stands.
        """
        if written is None:
            if payload.kind is ActionKind.CANCEL:
                return _NOWHERE  # what the owner removed, the server has called off by itself
            raise ChangedMeanwhile(self.name, "its entry is no longer there")
        with self.connect() as dav:
            reply, event = self._ours(dav, written, payload)
            if payload.kind is ActionKind.CANCEL:
                dav.delete(self.address(written.ref), {"If-Match": written.etag})
                return _NOWHERE
            self._check_sender(dav, payload)
            data = scheduled(payload, stamp=stamp, marker=event.marker)
            sent = self.put(dav, written.ref, data, written.etag)
            self._check_reached(dav, sent.ref, event, was_invited=bool(invited(reply.body)))
            return sent

    def unreached(self, data: bytes) -> bool:
        """Whether the server could not deliver to the one guest; what names more is left alone."""
        return len(invited(data)) == 1 and bool(_STATUS.search(lines.unfolded(data)))

    def _check_sender(self, dav: Dav, payload: Payload) -> None:
        """A server sends for its own users only, and says nothing where it does not."""
        known = principal(dav).addresses
        if payload.sender.lower() not in known:
            raise NotAllowed(
                self.name,
                f"its server does not know you as {payload.sender}",
                f"set user to one of: {', '.join(sorted(known))}" if known else "invite by mail",
            )

    def _ours(self, dav: Dav, written: Written, payload: Payload) -> tuple[Reply, OwnEvent]:
        """What stands there, if it is what may be sent from: the hold, or what the guest has."""
        reply = dav.get(self.address(written.ref))
        event = read_own_event(reply.body) if reply else None
        if reply is None or event is None or reply.headers.get("etag") != written.etag:
            raise ChangedMeanwhile(self.name, "its entry is not as we last saw it")
        expected = frozenset() if payload.kind is ActionKind.INVITE else {payload.recipient}
        if invited(reply.body) != expected:
            raise ChangedMeanwhile(self.name, "its entry has other guests than we know of")
        return reply, event

    def _check_reached(self, dav: Dav, ref: str, hold: OwnEvent, *, was_invited: bool) -> None:
        """A server that could not deliver says so in what stands."""
        with self.carried_out():
            reply = dav.get(self.address(ref))
            if reply is None or not self.unreached(reply.body):
                return
            if was_invited:  # and knows of the time before
                raise NotAllowed(self.name, "its server says that the guest was not told")
            self.put(dav, ref, own_event(hold), reply.headers.get("etag", ""))
        raise NotAllowed(
            self.name,
            "its server says that the guest cannot be reached",
            "check their address, or invite by mail: schedules = false and a [mail] section",
        )
