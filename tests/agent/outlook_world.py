"""The owner of `tests.agent.world`, whose calendar is kept by the fake of Graph."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from agent.settings import AccountSettings, CalendarSettings, Service, SourceKind
from agent.store.database import Database
from connectors.outlook.client import Graph
from connectors.outlook.invitations import OutlookInvitations
from connectors.outlook.reader import OutlookReader
from policies.proposal import Answer
from tests import make
from tests.agent.model_channel import GRAPH
from tests.agent.service_world import Sent, ServiceWorld, WorldClock, Worlds
from tests.agent.world import ANA, HOUR, SETTINGS
from tests.connectors.outlook.service import graph
from tests.servers.common import FOREVER, Faults
from tests.servers.graph.accounts import Account
from tests.servers.graph.items import Entry, Item, identity
from tests.servers.graph.mailbox import Mailbox
from tests.servers.graph.server import GraphServer

GUEST = ANA.addresses[0]
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


_SAID = {
    Answer.ACCEPTED: "accepted",
    Answer.TENTATIVE: "tentativelyAccepted",
    Answer.DECLINED: "declined",
}


@dataclass
class OutlookWorld(ServiceWorld):
    served: GraphServer = field(default_factory=GraphServer)
    open: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        made: Graph = self.open.enter_context(graph(self.served, address=OWNER, now=self.clock.now))
        channel = OutlookInvitations("work", made, self.box.default)
        self.use("outlook", channel, OutlookReader("work", made, self.box.default))

    @property
    def box(self) -> Mailbox:
        return self.served.mailbox(OWNER)

    def close(self) -> None:
        self.open.close()
        super().close()

    def entries(self) -> list[Item]:
        return list(self.box.items.values())

    def sent(self) -> list[Sent]:
        return [Sent(*each[:2], datetime.fromisoformat(each.start)) for each in self.box.outbox]

    def moves(self) -> None:
        item = self._entry()
        item.start, item.end = (each.at(each.wall + HOUR) for each in (item.start, item.end))
        self.box.touch(item)

    def retitles(self) -> None:
        item = self._entry()
        item.props["subject"] = "Dentist"
        self.box.touch(item)

    def removes(self) -> None:
        self.box.remove(_id(self._entry()))

    def answers(self, answer: Answer, times: tuple[datetime, datetime] | None = None) -> None:
        """``times`` is when the guest would rather meet."""
        self.box.answer(_id(self._entry()), GUEST, _SAID[answer], times)

    def fails(self, fault: str, *, done: bool) -> None:
        value = "0" if fault == "throttled" else ""
        self.served.faults.add(fault, "events.[uc][pa]*", done=done, value=value)

    @property
    def faults(self) -> Faults:
        return self.served.faults

    def _entry(self) -> Item:
        """The meeting; what else there is was added after it."""
        return self.entries()[0]


@contextmanager
def worlds(empty: Database) -> Iterator[Worlds[OutlookWorld]]:
    """``late``: what is written shows after 30 s. ``unconditional``: no ``If-Match`` is heeded."""
    clock = WorldClock()
    served = GraphServer(accounts=[Account(OWNER, "Olivia Owner")], clock=clock)

    def build(store: Database) -> OutlookWorld:
        return OutlookWorld(store, GRAPH, SETTINGS_WITH_OUTLOOK, served=served)

    def behave(kind: str) -> None:
        served.mailbox(OWNER).honours_if_match = kind != "unconditional"
        if kind == "late":
            served.faults.add("lag", "events.[cu]*", times=FOREVER, value="30")

    with served.running():
        made = Worlds(served, served.saved(), clock, empty, build, behave)
        try:
            yield made
        finally:
            made.close()


def _id(item: Item) -> str:
    return identity(Entry(item), immutable=True)
