"""A folder that vdirsyncer keeps in step with a server which invites by itself."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent.sending.ports import SendingPorts
from agent.store.database import Database
from connectors.ics.writer import FolderWriter
from connectors.smtp.invitations import MailInvitations
from connectors.smtp.mailer import SmtpMailer
from policies.sending.action import ActionState
from tests.agent.world import ANA, World
from tests.connectors.contract import SLOT
from tests.connectors.texts import Meeting, vcalendar
from tests.servers import dav
from tests.servers.dav import DavServer
from tests.servers.smtp import SmtpServer

_CONFIG = """
[general]
status_path = "{folder}/status/"

[pair work]
a = "here"
b = "there"
collections = null
conflict_resolution = "a wins"

[storage here]
type = "filesystem"
path = "{folder}/work/"
fileext = ".ics"

[storage there]
type = "caldav"
url = "{url}"
username = "{user}"
password = "{password}"
"""


@pytest.fixture
def mail() -> Iterator[SmtpServer]:
    with SmtpServer().running() as running:
        yield running


@pytest.fixture
def server(tmp_path: Path, mail: SmtpServer) -> Iterator[DavServer]:
    folder = tmp_path / "server"
    folder.mkdir()
    with dav.xandikos(folder, smtp_port=mail.port) as running:
        yield running


class Synced:
    """The folder Fika writes to, and the calendar on the server it is kept in step with."""

    def __init__(self, folder: Path, server: DavServer) -> None:
        self.folder, self.server, self.path = folder, server, server.calendar()
        (folder / "work").mkdir()
        # vdirsyncer refuses to empty a calendar, and no owner's is.
        (folder / "work" / "own.ics").write_bytes(vcalendar([Meeting("own")]))
        said = _CONFIG.format(
            folder=folder, url=server.url + self.path[1:], user=dav.USER, password=dav.PASSWORD
        )
        (folder / "vdirsyncer").write_text(said)
        self._run("discover")

    def sync(self) -> None:
        self._run("sync")

    def there(self) -> list[bytes]:
        """What stands on the server beside the owner's own event."""
        names = self.server.names(self.path)
        found = [self.server.send("GET", each)[1] for each in names]
        return [each for each in found if b"UID:own" not in each]

    def _run(self, word: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "vdirsyncer", "-c", self.folder / "vdirsyncer", word],
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
            input=b"y\n",
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_a_guest_gets_our_one_invitation_and_nothing_from_the_server(
    tmp_path: Path, server: DavServer, mail: SmtpServer
) -> None:
    synced = Synced(tmp_path, server)
    mailer = SmtpMailer("127.0.0.1", mail.port, "none", timeout=timedelta(seconds=5))
    channel = MailInvitations(FolderWriter("work", tmp_path / "work"), mailer)
    with Database(tmp_path / "state") as db:
        here = World(db)
        here.ports = SendingPorts({("mail", "work"): channel}, here.clock, lambda: False)
        here.read()
        approved = here.approve(here.propose())

        here.settle()
        synced.sync()
        moved = here.move(1, 1)
        here.settle()
        synced.sync()
        off = here.call_off(1)
        assert len(synced.there()) == 1
        here.settle()
        synced.sync()

        states = [here.action(each).state for each in (approved, moved, off)]
    assert states == [ActionState.SENT] * 3
    assert [each.recipients for each in mail.mailbox] == [(ANA.addresses[0],)] * 3
    assert all(b"Message-ID" in each.data for each in mail.mailbox)
    assert {each.sender for each in mail.mailbox} == {"olle@example.com"}
    assert synced.there() == []


def test_what_stands_on_the_server_names_no_guest(
    tmp_path: Path, server: DavServer, mail: SmtpServer
) -> None:
    synced = Synced(tmp_path, server)
    writer = FolderWriter("work", tmp_path / "work")
    written = writer.create(SLOT)
    synced.sync()

    (there,) = synced.there()
    assert b"ATTENDEE" not in there
    assert b"ORGANIZER" not in there
    writer.delete(written)
    synced.sync()
    assert mail.mailbox == []
