"""The owner of `tests.agent.world`, whose calendar is on a real CalDAV server.

Between the two stands a relay, for what is to go wrong on the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any, ClassVar

import icalendar

from agent.settings import AccountSettings, CalendarSettings, Service, SourceKind
from agent.store.database import Database
from connectors.caldav.invitations import CaldavInvitations
from connectors.caldav.reader import CaldavReader
from connectors.caldav.writer import CaldavWriter
from connectors.port import InvitationWriter
from connectors.smtp.invitations import MailInvitations
from connectors.smtp.mailer import SmtpMailer
from policies.proposal import Answer
from tests import make
from tests.agent.model_channel import CALDAV, MAIL
from tests.agent.service_world import Sent, ServiceWorld
from tests.agent.world import SETTINGS
from tests.connectors.connected import connected
from tests.servers import dav
from tests.servers.common import Faults, LoopbackServer
from tests.servers.dav import DavServer
from tests.servers.dav_provider import Relay
from tests.servers.smtp import SmtpServer

_KINDS = {"REQUEST": "invited", "CANCEL": "cancelled"}


@dataclass
class CaldavWorld(ServiceWorld):
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
        name = "caldav" if self.schedules else "mail"
        reader = CaldavReader("work", self.connect, self.path, make.BERLIN)
        self.use(name, self._channel(), reader)

    def _channel(self) -> InvitationWriter:
        if self.schedules:
            return CaldavInvitations("work", self.connect, self.path)
        mailer = SmtpMailer("127.0.0.1", self.place.mail.port, "none", timeout=timedelta(seconds=5))
        return MailInvitations(CaldavWriter("work", self.connect, self.path), mailer)

    def entries(self) -> list[bytes]:
        server = self.place.server
        return [server.send("GET", each)[1] for each in server.names(self.path)]

    def sent(self) -> list[Sent]:
        """The first of a meeting's mails invites, and a later one like it is an update."""
        told: list[Sent] = []
        for mail in self.place.mail.mailbox:
            for to in mail.recipients:
                method, start = _said(mail.data)
                again = method == "REQUEST" and any(each.to == to for each in told)
                told.append(Sent(to, "updated" if again else _KINDS[method], start))
        return told

    def moves(self) -> None:
        self._edits(b"T100000", b"T090000")

    def retitles(self) -> None:
        self._edits(b"SUMMARY:", b"SUMMARY:Dentist and ")

    def removes(self) -> None:
        (path,) = self.place.server.names(self.path)
        self.place.server.delete(path)

    def answers(self, answer: Answer) -> None:
        self._edits(b"PARTSTAT=NEEDS-ACTION", f"PARTSTAT={answer.value.upper()}".encode())

    def fails(self, fault: str, *, done: bool) -> None:
        self.place.relay.faults.add(fault, "write", done=done)

    @property
    def faults(self) -> Faults:
        return self.place.relay.faults

    def _edits(self, old: bytes, new: bytes) -> None:
        (path,) = self.place.server.names(self.path)
        _, data = self.place.server.send("GET", path)
        assert old in data
        self.place.server.put(path, data.replace(old, new))


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

    def __call__(self, kind: str = "kind") -> CaldavWorld:
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
            self.made.pop().close()


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


def _said(data: bytes) -> tuple[str, datetime]:
    """The METHOD of a mail, and when the meeting begins in UTC."""
    for part in message_from_bytes(data).walk():
        if part.get_content_type() == "text/calendar":
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            calendar: Any = icalendar.Calendar.from_ical(content)
            (event,) = calendar.walk("VEVENT")
            return str(calendar["METHOD"]), event["DTSTART"].dt.astimezone(UTC)
    raise AssertionError("a mail without a calendar was sent")
