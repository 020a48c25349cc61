"""The owner of `tests.agent.world`, whose calendar is kept by the fake of Google."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from agent.reading import Outcome, read_all
from agent.sending import SendingPorts
from agent.settings import AccountSettings, CalendarSettings, Service, SourceKind
from agent.store.database import Database
from connectors.google.invitations import GoogleInvitations
from connectors.google.reader import GoogleReader
from connectors.port import CalendarReader
from tests import make
from tests.agent.model_channel import GOOGLE, MovableClock, Told
from tests.agent.stored import Listing
from tests.agent.world import SETTINGS, World
from tests.connectors.google_service import client
from tests.servers.common import Clock
from tests.servers.google.server import GoogleServer
from tests.servers.google.state import State

SETTINGS_WITH_GOOGLE = replace(
    SETTINGS,
    calendars=(
        CalendarSettings("work", SourceKind.ACCOUNT, account="mine", id="primary"),
        SETTINGS.calendars[0],
    ),
    accounts=(AccountSettings("mine", Service.GOOGLE),),
    mail=None,
)
"""No mail server: whatever reaches a guest, Google sends."""


class Same(Clock):
    """The server's clock is that of the world it is in."""

    def __init__(self) -> None:
        super().__init__()
        self.world = MovableClock(make.utc("2026-03-31 12:00"))

    def now(self) -> datetime:
        return self.world.now()


@dataclass
class GoogleWorld(World):
    """``served`` is the server; what a test does there, the owner does by hand."""

    served: GoogleServer = field(default_factory=GoogleServer)

    def __post_init__(self) -> None:
        self.client = client(self.served)
        self.google = GoogleInvitations("work", self.client, "primary", sleep=lambda _: None)
        self.ports = SendingPorts(
            {("google", "work"): self.google}, self.clock, lambda: self.stopped, self._checkpoint
        )

    @property
    def outbox(self) -> list[Told]:
        raise AssertionError("ask the server")

    def read(self, work: object = ()) -> None:
        readers: dict[str, CalendarReader] = {
            "work": GoogleReader("work", self.client, "primary", make.BERLIN),
            "private": Listing(()),
        }
        for reading in read_all(self.db, self.settings, readers, self.clock.now()):
            assert reading.outcome in {Outcome.READ, Outcome.UNCHANGED}, reading

    def worker(self) -> GoogleWorld:
        other = GoogleWorld(
            self.db, GOOGLE, self.settings, clock=self.clock, run=100, served=self.served
        )
        other.client.close()
        other.google, other.ports = self.google, replace(self.ports, checkpoint=lambda _: None)
        return other

    def entries(self) -> list[dict[str, Any]]:
        """What stands in the owner's calendar."""
        every = self.served.state.calendars[self.served.owner].entries.values()
        return [each.event for each in every if each.event["status"] != "cancelled"]

    def sent(self) -> list[tuple[str, str, str]]:
        """What reached guests: whom, what it was, and when the meeting begins."""
        return [(each.to, each.kind, each.start) for each in self.served.outbox]


@contextmanager
def worlds(empty: Database) -> Iterator[Worlds]:
    clock = Same()
    served = GoogleServer(owner=make.OWNER.addresses[0], clock=clock)
    with served.running():
        made = Worlds(served, clock, empty, served.saved())
        try:
            yield made
        finally:
            made.close()


@dataclass
class Worlds:
    """Makes worlds, one at a time, on one server that forgets what was before."""

    served: GoogleServer
    clock: Same
    empty: Database
    begin: State
    made: list[GoogleWorld] = field(default_factory=list)

    def __call__(self, **switches: object) -> GoogleWorld:
        self.close()
        self.served.faults.clear()
        self.served.requests.clear()
        self.served.restore(self.begin)
        for name, value in {**_KIND, **switches}.items():
            setattr(self.served.world, name, value)
        here = GoogleWorld(self.empty.copy(), GOOGLE, SETTINGS_WITH_GOOGLE, served=self.served)
        self.clock.world = here.clock
        here.read()
        self.made.append(here)
        return here

    def close(self) -> None:
        while self.made:
            last = self.made.pop()
            last.client.close()
            last.db.close()


_KIND = {"lag": timedelta(), "weak_ids": timedelta(), "conference_after": 1}
