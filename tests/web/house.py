"""An owner with a folder calendar, a mail server and a few people, whose page can be asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from agent.app import App
from agent.reading import read_all
from agent.settings import CalendarSettings, Encryption, MailSettings, Settings, SourceKind
from agent.store import actions, people, proposals
from agent.store.database import Database
from agent.web.app import page
from agent.web.entry import new_code
from agent.wiring import Services
from policies.people.person import Person
from policies.proposal import Proposal
from policies.sending.action import ActionState
from tests.agent.model_channel import MovableClock
from tests.agent.world import ANA, FIRST, NOW, draft
from tests.make import OWNER
from tests.servers.smtp import SmtpServer
from tests.web.browser import HOST, Browser


@dataclass
class House:
    """``folder`` is the calendar Fika writes to; whoever is invited hears by ``server``."""

    home: Path
    folder: Path
    server: SmtpServer
    settings: Settings
    clock: MovableClock

    def app(self) -> App:
        return App(self.home, self.clock, lambda _: self.settings)

    @contextmanager
    def browser(self, *, inside: bool = True) -> Iterator[Browser]:
        """One in front of the page, and in it unless it is to stay outside."""
        made = Browser(page(self.app, HOST))
        try:
            if inside:
                made.enter(self.code())
            yield made
        finally:
            made.close()

    def code(self) -> str:
        return new_code(self.home, self.clock.now())

    def read(self) -> None:
        """The daily run reads the calendar at this moment."""
        with Database(self.home) as db:
            readers = Services(self.settings, self.home, self.clock).readers()
            read_all(db, self.settings, readers, self.clock.now())

    def propose(self, person: Person = ANA, **fields: object) -> int:
        with Database(self.home) as db, db.transaction() as sql:
            people.save(sql, person)
            return proposals.add(sql, draft(person, FIRST, **fields), self.clock.now())

    def proposal(self, number: int = 1) -> Proposal:
        with Database(self.home) as db:
            found = proposals.get(db, number)
        assert found is not None
        return found

    def person(self, person: Person = ANA) -> Person:
        with Database(self.home) as db:
            found = people.get(db, person.id)
        assert found is not None
        return found

    def states(self, number: int = 1) -> list[ActionState]:
        with Database(self.home) as db:
            return [each.state for each in actions.of_proposal(db, number)]

    def meeting(self, start: str, title: str = "Board", minutes: int = 60) -> None:
        """Something else comes into the calendar, at a local time such as `20260409T100000`."""
        lines = (
            *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", "BEGIN:VEVENT"),
            *(f"UID:{start}", "DTSTAMP:20260101T000000Z", f"DTSTART;TZID=Europe/Berlin:{start}"),
            *(f"DURATION:PT{minutes}M", f"SUMMARY:{title}", "END:VEVENT", "END:VCALENDAR"),
        )
        (self.folder / f"{start}.ics").write_bytes("\r\n".join((*lines, "")).encode())
        self.read()


@contextmanager
def house(folder: Path) -> Iterator[House]:
    """Ana, whose clock is London's, is proposed a coffee; nothing has been approved."""
    calendar = folder / "work"
    calendar.mkdir()
    with SmtpServer().running() as server:
        source = CalendarSettings("work", SourceKind.ICS, calendar, synced=True)
        mail = MailSettings("127.0.0.1", server.port, Encryption.NONE, timeout=timedelta(seconds=2))
        settings = Settings(OWNER, (source,), write_calendar="work", mail=mail)
        made = House(folder / "state", calendar, server, settings, MovableClock(NOW))
        made.propose(replace(ANA, zone="Europe/London"))
        made.read()
        yield made
