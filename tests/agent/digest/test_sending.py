from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.message import EmailMessage

import pytest

from agent.digest import delivery as digest_sending
from agent.digest.delivery import (
    Destination,
    Undelivered,
    destinations,
    send_once_a_day,
)
from agent.digest.sections import Section
from agent.settings import ChannelSettings, DigestSettings, MailSettings, SecretRef, Settings
from agent.store.database import Database
from connectors.channels import Channel
from connectors.errors import ConnectorError, TemporarilyUnavailable
from tests.make import BERLIN, OWNER, utc
from tests.servers.feeds import FeedServer, body, status

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
NOW = utc("2026-03-04 06:15")
PAGE = "http://127.0.0.1:8377/"
SETTINGS = Settings(
    OWNER,
    (),
    mail=MailSettings("smtp.example.com", 587),
    digest=DigestSettings(mail=True, page=PAGE),
)
SECTIONS = (
    Section("Waiting for your yes", ("1. Ana: coffee", "2. Raj: lunch"), urgent=True),
    Section("Most overdue", ("Ana (A): red",)),
)


@dataclass
class Outbox:
    """A mail server that keeps what it is given, or refuses all."""

    error: ConnectorError | None = None
    sent: list[EmailMessage] = field(default_factory=list)

    def send(self, message: EmailMessage) -> None:
        if self.error:
            raise self.error
        self.sent.append(message)


@pytest.fixture
def db(empty: Database) -> Iterator[Database]:
    with empty.copy() as made:
        yield made


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer(b"{}").running() as made:
        made.always = body(b"{}", "application/json")
        yield made


def sent(
    db: Database,
    outbox: Outbox,
    sections: Sequence[Section] = SECTIONS,
    *,
    settings: Settings = SETTINGS,
    after: timedelta = timedelta(),
) -> tuple[Undelivered, ...]:
    to = destinations(settings, outbox, (), NOW + after)
    return send_once_a_day(db, BERLIN, to, sections, NOW + after)


def channel(server: FeedServer, name: str, **options: bool) -> tuple[ChannelSettings, Channel]:
    url = server.url(f"/{name}").replace("http:", "json:")
    return ChannelSettings(name, SecretRef(env="X"), **options), Channel(name, lambda: url)


def test_the_digest_goes_to_the_owner_and_to_nobody_else(db: Database) -> None:
    outbox = Outbox()

    assert sent(db, outbox) == ()
    (message,) = outbox.sent
    assert message["To"] == OWNER.addresses[0]
    assert message["Cc"] is None
    assert message["Subject"] == "Fika: 2 for you"


def test_a_mail_is_text_and_the_same_as_html(db: Database) -> None:
    outbox = Outbox()
    sent(db, outbox)

    (message,) = outbox.sent
    text, html = message.iter_parts()
    assert message.get_content_type() == "multipart/alternative"
    assert [text.get_content_type(), html.get_content_type()] == ["text/plain", "text/html"]
    for part in (text, html):
        content = part.get_content()
        assert "2. Raj: lunch" in content
        assert PAGE in content


def test_there_is_one_a_day_at_most_in_the_owners_zone(db: Database) -> None:
    outbox = Outbox()
    for hours in (0, 1, 16, 17, 18):
        sent(db, outbox, after=timedelta(hours=hours))

    assert len(outbox.sent) == 2, "23:15 in Berlin is the same day, 00:15 the next"


def test_one_that_cannot_be_mailed_is_said_and_not_tried_again_that_day(db: Database) -> None:
    down = Outbox(TemporarilyUnavailable("mail", "no answer", "try later"))

    assert sent(db, down) == (Undelivered("mail", "no answer; try later"),)
    down.error = None
    assert sent(db, down) == ()
    assert down.sent == []


def test_what_was_lost_or_came_after_the_days_digest_is_owed_until_one_arrives(
    db: Database,
) -> None:
    outbox = Outbox()
    said = []
    for hours, error in (
        (0, None),
        (1, None),
        (24, TemporarilyUnavailable("mail", "")),
        (48, None),
    ):
        outbox.error = error
        sent(db, outbox, after=timedelta(hours=hours))
        said.append(digest_sending.is_owed(db))

    assert said == [False, True, True, False]


def test_it_is_sent_from_the_configured_sender(db: Database) -> None:
    outbox = Outbox()
    mail = MailSettings("smtp.example.com", 587, sender="fika@example.org")

    sent(db, outbox, settings=replace(SETTINGS, mail=mail))
    assert outbox.sent[0]["From"] == "fika@example.org"


def test_a_place_that_fails_keeps_no_other_from_its_digest(
    db: Database, server: FeedServer
) -> None:
    server.faults.append(status(500))
    outbox = Outbox(TemporarilyUnavailable("mail", "no answer", ""))
    channels = [channel(server, "first"), channel(server, "second")]
    to = destinations(SETTINGS, outbox, channels, NOW)

    assert send_once_a_day(db, BERLIN, to, SECTIONS, NOW) == (
        Undelivered("mail", "no answer"),
        Undelivered("first", "it answers 500; the next run tries again"),
    )
    assert [each.path for each in server.seen] == ["/first", "/second"]
    assert send_once_a_day(db, BERLIN, to, SECTIONS, NOW) == ()
    assert len(server.seen) == 2


def test_a_channel_that_others_read_is_told_how_much_there_is_and_no_name(
    db: Database, server: FeedServer
) -> None:
    channels = [channel(server, "own"), channel(server, "shared", names=False)]

    send_once_a_day(db, BERLIN, destinations(SETTINGS, None, channels, NOW), SECTIONS, NOW)
    own, shared = (each.body.decode() for each in server.seen)
    assert "Ana" in own
    assert "Ana" not in shared
    assert "Waiting for your yes: 2" in shared
    assert PAGE in own
    assert PAGE in shared


def test_a_test_reaches_every_place_and_counts_for_no_days_digest(db: Database) -> None:
    said: list[str] = []

    def kept(name: str) -> Callable[[Sequence[Section]], None]:
        return lambda sections: said.append(f"{name}: {sections[0].heading}")

    to = [Destination("mail", kept("mail")), Destination("phone", kept("phone"))]
    assert digest_sending.tested(to) == ()
    assert send_once_a_day(db, BERLIN, to, SECTIONS, NOW) == ()
    assert said == [
        "mail: A test",
        "phone: A test",
        "mail: Waiting for your yes",
        "phone: Waiting for your yes",
    ]
