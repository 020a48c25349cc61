"""The owner of `tests.agent.world` with a calendar at a service, whatever service that is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, NamedTuple, Protocol, Self, TypeVar

from agent.reading import Outcome, read_all
from agent.sending.ports import SendingPorts
from agent.store.database import Database
from connectors.port import CalendarReader, InvitationWriter
from policies.proposal import Answer
from tests.agent.model_channel import MovableClock, Told
from tests.agent.store.stored import Listing
from tests.agent.world import World
from tests.make import utc
from tests.servers.common import Clock, Faults


class Sent(NamedTuple):
    """What reached a guest: ``kind`` is invited, updated or cancelled."""

    to: str
    kind: str
    start: datetime


class WorldClock(Clock):
    """The server's clock is that of the world it is in."""

    def __init__(self) -> None:
        super().__init__()
        self.world = MovableClock(utc("2026-03-31 12:00"))

    def now(self) -> datetime:
        return self.world.now()


@dataclass
class ServiceWorld(World):
    """What a test does by hand, the owner does in their own calendar program."""

    def use(self, name: str, channel: InvitationWriter, reader: CalendarReader) -> None:
        """Send through ``channel``, which payloads call ``name``, and read by ``reader``."""
        self.reader = reader
        self.ports = SendingPorts(
            {(name, "work"): channel}, self.clock, lambda: self.stopped, self._checkpoint
        )

    @property
    def outbox(self) -> list[Told]:
        raise AssertionError("ask the server")

    def read(self, work: object = ()) -> None:
        readers: dict[str, CalendarReader] = {"work": self.reader, "private": Listing(())}
        for reading in read_all(self.db, self.settings, readers, self.clock.now()):
            assert reading.outcome in {Outcome.READ, Outcome.UNCHANGED}, reading

    def worker(self) -> Self:
        other = copy(self)
        other.run, other.passed, other.crash_at, other.on = 100, [], [], {}
        other.ports = replace(self.ports, checkpoint=lambda _: None)
        return other

    def close(self) -> None:
        self.db.close()

    def entries(self) -> Sequence[object]:
        """What stands in the owner's calendar."""
        raise NotImplementedError

    def sent(self) -> list[Sent]:
        """What reached guests, in order."""
        raise NotImplementedError

    def moves(self) -> None:
        """The owner moves the one entry there is, by an hour."""
        raise NotImplementedError

    def retitles(self) -> None:
        """The owner calls it otherwise."""
        raise NotImplementedError

    def removes(self) -> None:
        """The owner deletes it."""
        raise NotImplementedError

    def answers(self, answer: Answer) -> None:
        """The guest answers, where the service shows it in the entry."""
        raise NotImplementedError

    def fails(self, fault: str, *, done: bool) -> None:
        """The next write to an entry that stands fails; ``done``: though it is carried out."""
        raise NotImplementedError

    @property
    def faults(self) -> Faults:
        """What goes wrong between us and the service."""
        raise NotImplementedError


class Maker(Protocol):
    """Makes worlds of one service, one at a time; ``kind`` is how the service behaves."""

    def __call__(self, kind: str = "kind") -> ServiceWorld: ...


class Server(Protocol):
    """A server of the tests that can be what it was before."""

    @property
    def faults(self) -> Faults: ...

    @property
    def requests(self) -> list[Any]: ...

    def restore(self, state: Any) -> None: ...  # noqa: ANN401 - each server's own


W = TypeVar("W", bound=ServiceWorld)


@dataclass
class Worlds(Generic[W]):
    """Makes worlds, one at a time, on one server that forgets what was before.

    ``build`` makes one of an empty store; ``behave`` lets the service be of a kind.
    """

    served: Server
    begin: Any
    clock: WorldClock
    empty: Database
    build: Callable[[Database], W]
    behave: Callable[[str], None]
    made: list[W] = field(default_factory=list)

    def __call__(self, kind: str = "kind") -> W:
        self.close()
        self.served.faults.clear()
        self.served.requests.clear()
        self.served.restore(self.begin)
        self.behave(kind)
        here = self.build(self.empty.copy())
        self.clock.world = here.clock
        here.read()
        self.made.append(here)
        return here

    def close(self) -> None:
        while self.made:
            self.made.pop().close()
