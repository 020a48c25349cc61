"""A folder of the owner's for the entry, and a mail of our own for the guest, as one channel.

The entry never names a guest: a folder synchronised to a scheduling server would make that server
invite as well. The mail goes out at most once for each call of `deliver`, and nothing can be
asked about it afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from typing import ClassVar, Final

from connectors.errors import ChangedMeanwhile, NotAllowed
from connectors.port import (
    Abilities,
    CalendarWriter,
    Found,
    Mailer,
    MailsGuest,
    OwnEvent,
    Written,
)
from connectors.smtp.message import compose
from connectors.smtp.recipients import named_guests
from policies.frozen import frozen
from policies.sending.action import Payload

_SOURCE: Final = "mail"


@frozen
class MailInvitations:
    """An `connectors.port.InvitationWriter` made of a calendar writer and a mailer."""

    holds: CalendarWriter
    mailer: Mailer
    abilities: ClassVar[Abilities] = Abilities(
        strong_ids=True, conditional_update=False, mails_guest=MailsGuest.US
    )

    def find(self, uid: str) -> Found | None:
        return self.holds.find(uid)

    def create(self, event: OwnEvent) -> Written:
        with composing():
            return self.holds.create(event)

    def update(self, written: Written, event: OwnEvent) -> Written:
        with composing():
            return self.holds.update(written, event)

    def delete(self, written: Written) -> None:
        self.holds.delete(written)

    def deliver(self, written: Written | None, payload: Payload, stamp: datetime) -> Written:
        """Mail the guest; see the port. The entry is looked at once more just before."""
        found = self.holds.find(payload.uid)
        if (found.written if found else None) != written:
            raise ChangedMeanwhile(_SOURCE, "its entry in the calendar was changed meanwhile")
        with composing():
            message = compose(payload, stamp)
        check_recipient(message, payload)
        self.mailer.send(message)
        return written or Written("", "")


@contextmanager
def composing() -> Iterator[None]:
    """What cannot be put into words of iCalendar or mail is refused before anything is sent."""
    try:
        yield
    except ValueError as error:
        raise NotAllowed(
            _SOURCE, f"it cannot be composed: {error}", "please report this"
        ) from error


def check_recipient(message: EmailMessage, payload: Payload) -> None:
    """The last look at what is about to leave.

    Raises:
        NotAllowed: it names anyone but the approved guest. Nothing was sent.
    """
    if named_guests(message.as_bytes()) != {payload.recipient.lower()}:
        raise NotAllowed(
            _SOURCE, "the mail names someone else than was approved", "please report this"
        )
