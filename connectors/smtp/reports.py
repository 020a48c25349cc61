"""A mail of our own with no entry in any calendar: how a report leaves.

To sending it is a channel like every other, in which nothing ever stands.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from connectors.errors import NotAllowed
from connectors.port import Abilities, Found, Mailer, MailsGuest, OwnEvent, Written
from connectors.smtp.invitations import check_recipient, composing
from connectors.smtp.message import compose_report
from policies.frozen import frozen
from policies.sending.action import ActionKind, Payload


@frozen
class MailReports:
    """An `connectors.port.InvitationWriter` that has no calendar and tells nothing but reports."""

    mailer: Mailer
    abilities: ClassVar[Abilities] = Abilities(
        strong_ids=True, conditional_update=False, mails_guest=MailsGuest.US
    )

    def find(self, uid: str) -> Found | None:
        return None

    def create(self, event: OwnEvent) -> Written:
        raise _refused(event.uid)

    def update(self, written: Written, event: OwnEvent) -> Written:
        raise _refused(event.uid)

    def delete(self, written: Written) -> None:
        raise _refused(written.ref)

    def deliver(self, written: Written | None, payload: Payload, stamp: datetime) -> Written:
        """Mail the report; see the port."""
        if written is not None or payload.kind is not ActionKind.REPORT:
            raise _refused(payload.uid)
        with composing():
            message = compose_report(payload, stamp)
        check_recipient(message, payload)
        self.mailer.send(message)
        return Written("", "")


def _refused(name: str) -> NotAllowed:
    return NotAllowed("mail", f"{name} is no report", "please report this")
