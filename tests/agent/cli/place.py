"""A state folder, a calendar folder and a mail server, used through the command line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.app import App
from agent.cli.root import cli
from agent.reading import read_all
from agent.settings import CalendarSettings, Encryption, MailSettings, Settings, SourceKind
from agent.store import actions, people, proposals
from agent.store.database import Database
from agent.wiring import Services
from policies.sending.action import ActionState
from tests.agent.model_channel import MovableClock
from tests.agent.world import ANA, NOW, draft
from tests.make import OWNER
from tests.servers.smtp import SmtpServer

BOARD = """BEGIN:VEVENT
UID:board
DTSTAMP:20260331T120000Z
DTSTART:20260409T070000Z
DTEND:20260409T170000Z
SUMMARY:Board
END:VEVENT
"""


@dataclass
class Place:
    """One owner's, with a clock that can be put forward."""

    home: Path
    folder: Path
    server: SmtpServer
    settings: Settings
    clock: MovableClock

    def fika(self, *words: str) -> Result:
        app = App(self.home, self.clock, lambda _: self.settings)
        return CliRunner().invoke(cli, words, obj=app)

    def said(self, *words: str) -> str:
        result = self.fika(*words)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output

    def failed(self, *words: str) -> str:
        """The one line an owner reads when it cannot be done."""
        result = self.fika(*words)
        assert result.exception is not None, result.output
        return f"{result.exception} {getattr(result.exception, 'remedy', '')}"

    def read(self) -> None:
        with Database(self.home) as db:
            readers = Services(self.settings, self.home, self.clock).readers()
            read_all(db, self.settings, readers, self.clock.now())

    def state(self) -> list[ActionState]:
        with Database(self.home) as db:
            return [each.state for each in actions.of_proposal(db, 1)]

    def entries(self) -> list[str]:
        return [each.read_text("utf-8") for each in self.folder.glob("*.ics")]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Ana is proposed a coffee; nothing has been approved."""
    folder = tmp_path / "work"
    folder.mkdir()
    with SmtpServer().running() as server:
        calendar = CalendarSettings("work", SourceKind.ICS, folder, synced=True)
        mail = MailSettings("127.0.0.1", server.port, Encryption.NONE, timeout=timedelta(seconds=2))
        settings = Settings(OWNER, (calendar,), write_calendar="work", mail=mail)
        made = Place(tmp_path / "state", folder, server, settings, MovableClock(NOW))
        with Database(made.home) as db, db.transaction() as sql:
            people.save(sql, replace(ANA, zone="Europe/London"))
            proposals.add(sql, draft(), NOW)
        made.read()
        yield made
