"""The owner of `tests.agent.world`, whose calendar is on a real CalDAV server.

Between the two stands a relay, for what is to go wrong on the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import icalendar

from agent.reading import Outcome, read_all
from agent.sending import SendingPorts
from agent.settings import AccountSettings, CalendarSettings, Service, SourceKind
from agent.store.database import Database
from connectors.caldav.invitations import CaldavInvitations
from connectors.caldav.reader import CaldavReader
from connectors.caldav.writer import CaldavWriter
from connectors.port import CalendarReader, InvitationWriter
from connectors.smtp.invitations import MailInvitations
from connectors.smtp.mailer import SmtpMailer
from tests import make
from tests.agent.model_channel import CALDAV, MAIL
from tests.agent.stored import Listing
from tests.agent.world import SETTINGS, World
from tests.connectors.connected import connected
from tests.servers import dav
from tests.servers.common import LoopbackServer
from tests.servers.dav import DavServer
from tests.servers.dav_provider import Relay
from tests.servers.smtp import SmtpServer

Sent = tuple[str, str, str]
"""What reached a guest: whom, the METHOD, and when the meeting begins in UTC."""


@dataclass
class CaldavWorld(World):
    """``server`` is the owner's; ``path`` their calendar there; ``schedules``: it mails guests."""

    place: Place = field(kw_only=True)
    schedules: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self.path = self.place.server.calendar()
        self.connect = connected(self.place.relay.url + "/")
        account = AccountSettings(
            "mine", Service.CALDAV, make.OWNER.addresses[0], schedules=self.schedules
        )
        calendar = CalendarSettings("work", SourceKind.ACCOUNT, account="mine", id=self.path)
        self.settings = replace(
            SETTINGS,
            calendars=(calendar, SETTINGS.calendars[0]),
            accounts=(account,),
            mail=None if self.schedules else SETTINGS.mail,
        )
        self.ports = SendingPorts(
            {("caldav" if self.schedules else "mail", "work"): self._channel()},
            self.clock,
            lambda: self.stopped,
            self._checkpoint,
        )

    def _channel(self) -> InvitationWriter:
        if self.schedules:
            return CaldavInvitations("work", self.connect, self.path)
        mailer = SmtpMailer("127.0.0.1", self.place.mail.port, "none", timeout=timedelta(seconds=5))
        return MailInvitations(CaldavWriter("work", self.connect, self.path), mailer)

    def read(self, work: object = ()) -> None:
        readers: dict[str, CalendarReader] = {
            "work": CaldavReader("work", self.connect, self.path, make.BERLIN),
            "private": Listing(()),
        }
        for reading in read_all(self.db, self.settings, readers, self.clock.now()):
            assert reading.outcome in {Outcome.READ, Outcome.UNCHANGED}, reading

    def worker(self) -> CaldavWorld:
        other = copy(self)
        other.run, other.passed, other.crash_at, other.on = 100, [], [], {}
        other.ports = replace(self.ports, checkpoint=lambda _: None)
        return other

    def entries(self) -> list[bytes]:
        """What stands in the owner's calendar."""
        server = self.place.server
        return [server.send("GET", each)[1] for each in server.names(self.path)]

    def sent(self) -> list[Sent]:
        return [
            _said(data, to)
            for mail in self.place.mail.mailbox
            for to in mail.recipients
            for data in [mail.data]
        ]


class MailingWorld(CaldavWorld):
    """The server only keeps the calendar; guests get mails of ours."""

    schedules: ClassVar[bool] = False


@dataclass
class Place:
    """A server, the relay before it, and the mail server that guests are reached by."""

    server: DavServer
    relay: LoopbackServer
    mail: SmtpServer
    empty: Database
    kind: type[CaldavWorld]
    made: list[CaldavWorld] = field(default_factory=list)

    def __call__(self) -> CaldavWorld:
        """A world of its own; the one before it ends."""
        self.close()
        self.relay.faults.clear()
        self.mail.mailbox.clear()
        profile = CALDAV if self.kind.schedules else MAIL
        self.made.append(self.kind(self.empty.copy(), profile, place=self))
        self.made[-1].read()
        return self.made[-1]

    def close(self) -> None:
        while self.made:
            self.made.pop().db.close()


@contextmanager
def place(kind: type[CaldavWorld], folder: Path, empty: Database) -> Iterator[Place]:
    """Xandikos for the world where the server mails, Radicale for the other."""
    with ExitStack() as stack:
        mail = stack.enter_context(SmtpServer().running())
        if kind.schedules:
            server = stack.enter_context(dav.xandikos(folder, smtp_port=mail.port))
        else:
            server = stack.enter_context(dav.radicale(folder))
        relay = LoopbackServer(Relay(server.port))
        stack.enter_context(relay.running())
        made = Place(server, relay, mail, empty, kind)
        stack.callback(made.close)
        yield made


def _said(data: bytes, to: str) -> Sent:
    from email import message_from_bytes

    for part in message_from_bytes(data).walk():
        if part.get_content_type() == "text/calendar":
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            calendar: Any = icalendar.Calendar.from_ical(content)
            (event,) = calendar.walk("VEVENT")
            start = event["DTSTART"].dt.astimezone(make.utc("2026-01-01 00:00").tzinfo)
            return (to, str(calendar["METHOD"]), f"{start:%Y-%m-%d %H:%M}")
    raise AssertionError("a mail without a calendar was sent")
