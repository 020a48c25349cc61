from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.sending.entries import entry
from connectors.errors import ChangedMeanwhile, MayHaveHappened, NotAllowed, TemporarilyUnavailable
from connectors.ics.writer import FolderWriter
from connectors.port import InvitationWriter, MailsGuest, Written
from connectors.smtp.invitations import MailInvitations, check_recipient
from connectors.smtp.mailer import SmtpMailer
from connectors.smtp.message import compose
from policies.sending.action import ActionKind
from tests.make import payload, utc
from tests.servers.smtp import DROP, Fault, SmtpServer

STAMP = utc("2026-04-01 12:00")


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer().running() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "calendar"
    made.mkdir()
    return made


@pytest.fixture
def channel(server: SmtpServer, folder: Path) -> InvitationWriter:
    mailer = SmtpMailer("127.0.0.1", server.port, "none", timeout=timedelta(seconds=2))
    return MailInvitations(FolderWriter("work", folder), mailer)


def test_the_entry_stands_in_the_folder_without_a_guest_and_the_guest_gets_one_mail(
    channel: InvitationWriter, server: SmtpServer, folder: Path
) -> None:
    written = channel.create(entry(payload()))

    assert channel.deliver(written, payload(), STAMP) == written

    (file,) = folder.iterdir()
    stored = file.read_text("utf-8").upper()
    assert "ATTENDEE" not in stored
    assert "ORGANIZER" not in stored
    (mail,) = server.mailbox
    assert mail.recipients == ("ana.silva@example.com",)
    assert mail.sender == "olle@example.com"


def test_what_was_written_is_found_again_as_it_was(channel: InvitationWriter) -> None:
    written = channel.create(entry(payload()))
    found = channel.find(payload().uid)

    assert found is not None
    assert (found.written, found.event) == (written, entry(payload()))
    assert channel.find("another") is None


@pytest.mark.parametrize("deed", ["changed", "removed"])
def test_an_entry_that_is_another_by_now_stops_the_mail(
    channel: InvitationWriter, server: SmtpServer, folder: Path, deed: str
) -> None:
    written = channel.create(entry(payload()))
    (file,) = folder.iterdir()
    if deed == "changed":
        file.write_bytes(file.read_bytes().replace(b"Coffee?", b"Dentist"))
    else:
        file.unlink()

    with pytest.raises(ChangedMeanwhile):
        channel.deliver(written, payload(), STAMP)

    assert server.sessions == 0


def test_a_meeting_without_an_entry_is_called_off_all_the_same(
    channel: InvitationWriter, server: SmtpServer
) -> None:
    off = replace(payload(ActionKind.CANCEL), sequence=1)

    assert channel.deliver(None, off, STAMP) == Written("", "")

    assert server.mailbox[0].message["Subject"] == "Cancelled: Coffee?"


def test_an_entry_follows_and_goes(channel: InvitationWriter, folder: Path) -> None:
    later = replace(payload(), start="2026-04-10T08:00:00+00:00", end="2026-04-10T08:45:00+00:00")
    written = channel.update(channel.create(entry(payload())), entry(later))
    found = channel.find(payload().uid)
    assert found is not None
    assert found.event == entry(later)

    channel.delete(written)

    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("fault", "kind"),
    [(Fault("rcpt", "451 busy"), TemporarilyUnavailable), (Fault("end", DROP), MayHaveHappened)],
)
def test_what_the_mailer_knows_comes_through(
    channel: InvitationWriter, server: SmtpServer, fault: Fault, kind: type[Exception]
) -> None:
    written = channel.create(entry(payload()))
    server.fault = fault

    with pytest.raises(kind):
        channel.deliver(written, payload(), STAMP)


def test_what_cannot_be_composed_is_refused_before_anything_is_sent(
    channel: InvitationWriter, server: SmtpServer
) -> None:
    nowhere = replace(payload(), zone="Europe/Atlantis")

    with pytest.raises(NotAllowed, match="composed"):
        channel.create(entry(nowhere))
    with pytest.raises(NotAllowed, match="composed"):
        channel.deliver(None, nowhere, STAMP)
    assert server.sessions == 0


def test_a_mail_that_names_anyone_else_does_not_pass_the_last_look() -> None:
    composed = compose(payload(), STAMP)
    check_recipient(composed, payload())
    composed["Cc"] = "eve@example.net"

    with pytest.raises(NotAllowed, match="someone else"):
        check_recipient(composed, payload())


def test_the_channel_says_that_nobody_can_tell_what_became_of_a_mail(
    channel: InvitationWriter,
) -> None:
    assert channel.abilities.mails_guest is MailsGuest.US
    assert channel.abilities.strong_ids
    assert not channel.abilities.conditional_update
