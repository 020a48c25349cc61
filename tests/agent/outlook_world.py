"""The owner of `tests.agent.world`, whose calendar is kept by the fake of Graph."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

from agent.reading import Outcome, read_all
from agent.sending import SendingPorts
from agent.settings import AccountSettings, CalendarSettings, Service, SourceKind
from agent.store.database import Database
from connectors.outlook.client import Graph
from connectors.outlook.invitations import OutlookInvitations
from connectors.outlook.reader import OutlookReader
from connectors.port import CalendarReader
from tests import make
from tests.agent.google_world import Same
from tests.agent.model_channel import GRAPH, Told
from tests.agent.stored import Listing
from tests.agent.world import SETTINGS, World
from tests.connectors.outlook_service import graph
from tests.servers.graph.accounts import Account
from tests.servers.graph.items import Item
from tests.servers.graph.mailbox import Mailbox
from tests.servers.graph.server import GraphServer, State

OWNER = make.OWNER.addresses[0]
SETTINGS_WITH_OUTLOOK = replace(
    SETTINGS,
    calendars=(
        CalendarSettings("work", SourceKind.ACCOUNT, account="mine", id="main"),
        SETTINGS.calendars[0],
    ),
    accounts=(AccountSettings("mine", Service.OUTLOOK),),
    mail=None,
)
"""No mail server: whatever reaches a guest, Outlook sends."""


@dataclass
class OutlookWorld(World):
    """``served`` is the server; what a test does there, the owner does by hand."""

    served: GraphServer = field(default_factory=GraphServer)
    open: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        made: Graph = self.open.enter_context(graph(self.served, address=OWNER, now=self.clock.now))
        self.graph = made
        self.outlook = OutlookInvitations("work", made, self.box.default)
        self.ports = SendingPorts(
            {("outlook", "work"): self.outlook},
            self.clock,
            lambda: self.stopped,
            self._checkpoint,
        )

    @property
    def box(self) -> Mailbox:
        return self.served.mailbox(OWNER)

    @property
    def outbox(self) -> list[Told]:
        raise AssertionError("ask the server")

    def read(self, work: object = ()) -> None:
        readers: dict[str, CalendarReader] = {
            "work": OutlookReader("work", self.graph, self.box.default),
            "private": Listing(()),
        }
        for reading in read_all(self.db, self.settings, readers, self.clock.now()):
            assert reading.outcome in {Outcome.READ, Outcome.UNCHANGED}, reading

    def worker(self) -> OutlookWorld:
        other = OutlookWorld(
            self.db, GRAPH, self.settings, clock=self.clock, run=100, served=self.served
        )
        other.open.close()
        other.outlook, other.ports = self.outlook, replace(self.ports, checkpoint=lambda _: None)
        return other

    def entries(self) -> list[Item]:
        """What stands in the owner's calendar."""
        return list(self.box.items.values())

    def sent(self) -> list[tuple[str, str, str]]:
        """What reached guests: whom, what it was, and when the meeting begins."""
        return [(each.to, each.kind, each.start) for each in self.box.outbox]


@contextmanager
def worlds(empty: Database) -> Iterator[Worlds]:
    clock = Same()
    served = GraphServer(accounts=[Account(OWNER, "Olivia Owner")], clock=clock)
    with served.running():
        made = Worlds(served, clock, empty, served.saved())
        try:
            yield made
        finally:
            made.close()


@dataclass
class Worlds:
    """Makes worlds, one at a time, on one server that forgets what was before."""

    served: GraphServer
    clock: Same
    empty: Database
    begin: State
    made: list[OutlookWorld] = field(default_factory=list)

    def __call__(self, **switches: object) -> OutlookWorld:
        self.close()
        self.served.faults.clear()
        self.served.requests.clear()
        self.served.restore(self.begin)
        for name, value in switches.items():
            setattr(self.served.mailbox(OWNER), name, value)
        here = OutlookWorld(self.empty.copy(), GRAPH, SETTINGS_WITH_OUTLOOK, served=self.served)
        self.clock.world = here.clock
        here.read()
        self.made.append(here)
        return here

    def close(self) -> None:
        while self.made:
            last = self.made.pop()
            last.open.close()
            last.db.close()
