"""A folder of calendar files and a mail server; and the same with a calendar read over HTTPS."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any, ClassVar, Final

import icalendar

from policies.interval import Interval
from policies.sending.action import ActionKind
from tests.proof.household import vcalendar, vevent
from tests.servers import feeds
from tests.servers.certificates import tls_for
from tests.servers.feeds import FeedServer, Reply
from tests.servers.provider import Delivery, Entry
from tests.servers.smtp import DROP, HANG, Fault, SmtpServer

_MAIL_FAULTS: Final = {
    "mail refused for now": Fault("rcpt", "451 busy"),
    "mail server falls silent": Fault("data", HANG),
    "connection lost in a mail": Fault("middle", DROP),
    "answer to a mail lost": Fault("end", DROP),
}
_FEED_FAULTS: Final = {
    "feed unavailable": feeds.status(503),
    "feed cut short": feeds.cut_short(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", 15),
}


class FolderAndMail:
    """A folder on this disk, and mails of our own."""

    name: ClassVar[str] = "folder"
    faults: ClassVar[tuple[str, ...]] = tuple(_MAIL_FAULTS)

    def __init__(self) -> None:
        self.smtp = SmtpServer()
        self._kept: list[Delivery] = []
        self._saved: list[Delivery] = []

    @contextmanager
    def running(self, folder: Path) -> Iterator[None]:
        self.folder, self._copy = folder / "calendar", folder / "saved"
        self.folder.mkdir()
        with self.smtp.running():
            yield

    def configuration(self) -> str:
        return f"""
[[calendar]]
name = "work"
path = '{self.folder}'
synced = true

[write]
calendar = "work"
{self.mail_settings()}
"""

    def mail_settings(self) -> str:
        return f"""
[mail]
host = "localhost"
port = {self.smtp.port}
timeout = "5s"
{self._mail_protection()}
"""

    def _mail_protection(self) -> str:
        return 'encryption = "none"'

    def environment(self) -> Mapping[str, str]:
        return {}

    def sign_in(self, home: Path) -> None:
        pass

    def outbox(self) -> Sequence[Delivery]:
        assert self.smtp.drained()
        told = self._kept[:]
        for mail in self.smtp.mailbox:
            told += [_delivery(mail.message, to, mail.at) for to in mail.recipients]
        return told

    def entries(self) -> Mapping[str, Entry]:
        """Files that programs pass over, left by a killed writer, are no entries."""
        files = sorted(self.folder.glob("*.ics"))
        return {each.name: entry(each.read_bytes()) for each in files}

    def add_foreign(self, uid: str, when: Interval, title: str, guests: Sequence[str] = ()) -> str:
        file = self.folder / f"{uid}.ics"
        file.write_bytes(vcalendar([meeting(uid, when, title, guests)]))
        return file.name

    def save(self) -> None:
        self._saved = list(self.outbox())
        shutil.rmtree(self._copy, ignore_errors=True)
        shutil.copytree(self.folder, self._copy)

    def restore(self) -> None:
        self.slow(0)
        self.fault("")
        assert self.smtp.drained()
        self.smtp.mailbox.clear()
        self._kept = self._saved
        shutil.rmtree(self.folder)
        shutil.copytree(self._copy, self.folder)

    def slow(self, seconds: float) -> None:
        self.smtp.pause_s = seconds / 2

    def fault(self, name: str) -> None:
        self.smtp.fault = _MAIL_FAULTS.get(name)


class FeedAndMail(FolderAndMail):
    """Beside the folder a calendar read over HTTPS, where all of the owner's own events stand.

    Mail is encrypted and wants a password.
    """

    name: ClassVar[str] = "feed"
    faults: ClassVar[tuple[str, ...]] = (*_MAIL_FAULTS, *_FEED_FAULTS)

    @contextmanager
    def running(self, folder: Path) -> Iterator[None]:
        self._tls = tls_for("localhost", folder=folder)
        self.feed = FeedServer(vcalendar([]), self._tls.server)
        self.smtp = SmtpServer(starttls=self._tls.server, accounts={"olle": "a password"})
        self._events: dict[str, str] = {}
        self._saved_events: dict[str, str] = {}
        with self.feed.running(), super().running(folder):
            yield

    def configuration(self) -> str:
        return f"""
{super().configuration()}
[[calendar]]
name = "team"
url_from = {{ env = "TEAM_CALENDAR" }}
allow_private_host = true
"""

    def _mail_protection(self) -> str:
        return 'user = "olle"\npassword_from = { env = "MAIL_PASSWORD" }'

    def environment(self) -> Mapping[str, str]:
        return {
            "TEAM_CALENDAR": self.feed.url(host="localhost"),
            "MAIL_PASSWORD": "a password",
            "SSL_CERT_FILE": str(self._tls.authority),
        }

    def entries(self) -> Mapping[str, Entry]:
        of_feed = {uid: entry(vcalendar([text])) for uid, text in self._events.items()}
        return {**super().entries(), **of_feed}

    def add_foreign(self, uid: str, when: Interval, title: str, guests: Sequence[str] = ()) -> str:
        self._events[uid] = meeting(uid, when, title, guests)
        self._publish()
        return uid

    def _publish(self) -> None:
        self.feed.content = vcalendar(self._events.values())

    def save(self) -> None:
        super().save()
        self._saved_events = dict(self._events)

    def restore(self) -> None:
        super().restore()
        self._events = dict(self._saved_events)
        self._publish()

    def slow(self, seconds: float) -> None:
        super().slow(seconds)

        def slowly(reply: Reply) -> None:
            reply.pause(seconds)
            self.feed._publish(reply)

        self.feed.always = slowly if seconds else None

    def fault(self, name: str) -> None:
        super().fault(name)
        self.feed.always = _FEED_FAULTS.get(name, self.feed.always)


def meeting(uid: str, when: Interval, title: str, guests: Sequence[str]) -> str:
    length = when.end - when.start
    minutes = int(length.total_seconds()) // 60
    return vevent(uid, when.start, title, [(each, each) for each in guests], minutes=minutes)


def entry(content: bytes) -> Entry:
    event = _event(icalendar.Calendar.from_ical(content))
    return Entry(str(event["UID"]), _when(event), _guests(event), content)


def _delivery(message: EmailMessage, recipient: str, at: datetime) -> Delivery:
    """What one mail told one of its recipients.

    Raises:
        ValueError: it is no invitation (RFC 6047).
    """
    parts = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    if len(parts) != 1:
        raise ValueError("a mail without a calendar was sent")
    payload: Any = parts[0].get_payload(decode=True)
    calendar: Any = icalendar.Calendar.from_ical(payload)
    event = _event(calendar)
    kind = ActionKind.CANCEL
    if calendar["METHOD"] == "REQUEST":
        kind = ActionKind.RESCHEDULE if event.get("SEQUENCE", 0) else ActionKind.INVITE
    uid, title = str(event["UID"]), str(event["SUMMARY"])
    return Delivery(recipient.lower(), uid, kind, _when(event), title, _guests(event), at)


def _event(calendar: Any) -> Any:  # noqa: ANN401 - the library's types say no more
    (event,) = calendar.walk("VEVENT")
    return event


def _when(event: Any) -> Interval:  # noqa: ANN401 - as above
    start = event["DTSTART"].dt
    end = event["DTEND"].dt if "DTEND" in event else start + event["DURATION"].dt
    return Interval(start.astimezone(UTC), end.astimezone(UTC))


def _guests(event: Any) -> frozenset[str]:  # noqa: ANN401 - as above
    named = event.get("ATTENDEE", [])
    every = named if isinstance(named, list) else [named]
    return frozenset(str(each).lower().removeprefix("mailto:") for each in every)
