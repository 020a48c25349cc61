from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from agent.digest import Section
from agent.digest_mail import mail_once_a_day
from agent.settings import MailSettings, Settings
from agent.store.database import Database
from connectors.errors import ConnectorError, TemporarilyUnavailable
from tests.make import OWNER, utc

NOW = utc("2026-03-04 06:15")
SETTINGS = Settings(OWNER, (), mail=MailSettings("smtp.example.com", 587))
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
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "state") as made:
        yield made


def test_the_digest_goes_to_the_owner_and_to_nobody_else(db: Database) -> None:
    outbox = Outbox()

    assert mail_once_a_day(db, SETTINGS, outbox, SECTIONS, NOW) == ""
    (message,) = outbox.sent
    assert message["To"] == OWNER.addresses[0]
    assert message["Cc"] is None
    assert message["Subject"] == "Fika: 2 for you"
    assert "- 2. Raj: lunch" in message.get_content()


def test_there_is_one_a_day_at_most_in_the_owners_zone(db: Database) -> None:
    outbox = Outbox()
    for hours in (0, 1, 16, 17, 18):
        mail_once_a_day(db, SETTINGS, outbox, SECTIONS, NOW + timedelta(hours=hours))

    assert len(outbox.sent) == 2, "23:15 in Berlin is the same day, 00:15 the next"


def test_one_that_cannot_be_mailed_is_said_and_not_tried_again_that_day(db: Database) -> None:
    down = Outbox(TemporarilyUnavailable("mail", "no answer", "try later"))

    assert mail_once_a_day(db, SETTINGS, down, SECTIONS, NOW) == "no answer; try later"
    down.error = None
    mail_once_a_day(db, SETTINGS, down, SECTIONS, NOW)
    assert down.sent == []


def test_it_is_sent_from_the_configured_sender(db: Database) -> None:
    outbox = Outbox()
    mail = MailSettings("smtp.example.com", 587, sender="fika@example.org")

    mail_once_a_day(db, replace(SETTINGS, mail=mail), outbox, SECTIONS, NOW)
    assert outbox.sent[0]["From"] == "fika@example.org"
