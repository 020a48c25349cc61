"""What the servers of every service can do, so that one proof runs against all of them.

A provider is all that is outside `fika` for one kind of account: where its calendars are read and
written, and who tells a guest. A proof starts one, writes its `configuration` into a state folder,
lets the real command line work against it, and then asks the provider, never the program, what
became of it. `tests.servers.folder` is the shortest example. To add a service:

1. Implement `Provider` beside the service's server. Everything is spoken over real sockets, so a
   server may also be another process (Radicale, Xandikos). Fika is a process of its own, is killed
   in the middle of requests, and is started again against the same port.
2. Name its class in `tests.proof.kills.PROVIDERS`.

One provider is used by one thread at a time; its servers answer in threads or processes of theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import ClassVar, NamedTuple, Protocol

from policies.interval import Interval
from policies.sending.action import ActionKind


class Delivery(NamedTuple):
    """One thing a guest was told, by a mail of ours or by the service, as the guest has it.

    ``recipient`` and ``guests``, everyone it names as invited, are addresses in lower case.
    ``uid`` is the one Fika wrote (`connectors.port.OwnEvent.uid`); a service that has ids of its
    own finds it where our connector keeps it. ``at`` is the machine's time when the server took
    charge of it.
    """

    recipient: str
    uid: str
    kind: ActionKind
    when: Interval
    title: str
    guests: frozenset[str]
    at: datetime


class Entry(NamedTuple):
    """One entry of a calendar. ``uid`` and ``guests`` are as in `Delivery`.

    ``content`` is all that is kept of it, byte by byte; of a service that keeps records, their
    JSON with sorted keys, version and times of change included.
    """

    uid: str
    when: Interval
    guests: frozenset[str]
    content: bytes


class Provider(Protocol):
    """``faults`` are the names that `fault` knows."""

    name: ClassVar[str]
    faults: ClassVar[tuple[str, ...]]

    def running(self, folder: Path) -> AbstractContextManager[None]:
        """Start everything, empty, keeping what it must keep in ``folder``; at the end, stop it.

        Ports are chosen here and stay the same until the end.
        """

    def configuration(self) -> str:
        """TOML: ``[[account]]`` and ``[[calendar]]`` tables, ``[write]``, and ``[mail]`` if needed.

        Every calendar is busy.
        """

    def environment(self) -> Mapping[str, str]:
        """What the configuration refers to by ``{ env = ... }``, and authorities to trust."""

    def sign_in(self, home: Path) -> None:
        """Leave in the state folder what signing in leaves there, for a service with tokens."""

    def outbox(self) -> Sequence[Delivery]:
        """Everything any guest was ever told, oldest first, once no request is under way.

        What a client had sent when it was killed has had its effect, or never will.
        """

    def entries(self) -> Mapping[str, Entry]:
        """Every entry of every calendar, by what the service calls it (a path, an id)."""

    def add_foreign(self, uid: str, when: Interval, title: str, guests: Sequence[str] = ()) -> str:
        """The owner puts an event of their own there; its guests have accepted, nobody is told.

        Returns:
            What the service calls it, as in `entries`.
        """

    def save(self) -> None:
        """Remember everything: entries, versions, tokens of changes, outbox."""

    def restore(self) -> None:
        """Be again as it was at `save`, without a fault and quick. Nobody is connected."""

    def slow(self, seconds: float) -> None:
        """Take this long for each request: half before it takes effect, half before the answer."""

    def fault(self, name: str) -> None:
        """Let this go wrong at every request until another is named; nothing when empty."""
