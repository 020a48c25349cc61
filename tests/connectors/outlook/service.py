"""Our connector in front of the fake of Graph, as the tests of both sides need it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx

from connectors.api import Api
from connectors.outlook.client import Graph
from connectors.outlook.reader import OutlookReader
from connectors.port import CalendarReader
from connectors.reach import trusting
from policies.interval import Interval
from policies.sending.action import ActionKind
from tests.connectors.contract import Told
from tests.connectors.texts import Meeting
from tests.servers.common import FOREVER
from tests.servers.graph.items import Item
from tests.servers.graph.mailbox import Mailbox
from tests.servers.graph.moments import NO_TIME
from tests.servers.graph.server import OWNER, GraphServer

Json = dict[str, Any]
EVERYTHING = ("Calendars.ReadWrite", "MailboxSettings.Read", "Contacts.Read", "People.Read")


@contextmanager
def outlook(moment: datetime | None = None) -> Iterator[GraphServer]:
    """The fake, with a work account and a personal one."""
    server = GraphServer(moment=moment)
    with server.running():
        yield server


@contextmanager
def graph(
    server: GraphServer,
    *scopes: str,
    address: str = OWNER.address,
    total: timedelta = timedelta(seconds=20),
    limit_bytes: int = 8 * 2**20,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[Graph]:
    """The account signed in to the server; a refused token is answered with a new one."""
    tokens = [server.token(*(scopes or EVERYTHING), address=address)]

    def login(refused: bool) -> Mapping[str, str]:
        if refused:
            tokens.append(server.token(*(scopes or EVERYTHING), address=address))
        return {"Authorization": f"Bearer {tokens[-1]}"}

    base = f"{server.url}/v1.0"
    with Api(
        "mine",
        httpx.URL(base),
        login,
        now=now,
        open_host="127.0.0.1",
        total=total,
        limit_bytes=limit_bytes,
        tls=_trusting(),
    ) as api:
        yield Graph("mine", api, base)


@cache
def _trusting() -> ssl.SSLContext:
    """One for all: reading the certificates of the machine takes longer than most tests."""
    return trusting()


class OutlookCalendarOf:
    """`tests.connectors.contract.Service` for the default calendar of a mailbox."""

    def __init__(self, server: GraphServer, made: Graph) -> None:
        self.server = server
        self.graph = made
        self._shown: dict[str, tuple[Meeting | None, str]] = {}

    @property
    def box(self) -> Mailbox:
        return self.server.mailbox()

    def holds(self, *meetings: Meeting, broken: int = 0) -> None:
        wanted: dict[str, Meeting | None] = {each.uid: each for each in meetings}
        wanted |= {f"broken{number}": None for number in range(broken)}
        for uid in self._shown.keys() - wanted.keys():
            self.box.remove(self._shown.pop(uid)[1])
        for uid, meeting in wanted.items():
            known = self._shown.get(uid)
            if known is None:
                self._shown[uid] = (meeting, add(self.box, meeting))
            elif meeting is not None and known[0] != meeting:
                item = self.box.known_as(known[1])
                item.props["subject"] = meeting.title
                self.box.touch(item)
                self._shown[uid] = (meeting, known[1])

    def fails(self) -> None:
        self.server.faults.add("login_page", times=FOREVER)

    def reader(self) -> CalendarReader:
        return OutlookReader("work", self.graph, self.box.default)


def add(box: Mailbox, meeting: Meeting | None) -> str:
    """A meeting, or an event that ends before it begins."""
    if meeting is None:
        start = datetime.fromisoformat("2026-03-02T09:00")
        return box.add(start, start - timedelta(hours=1), subject="Secret")
    start = datetime.fromisoformat(meeting.start).replace(tzinfo=None)
    end = start + timedelta(minutes=30)
    return box.add(start, end, subject=meeting.title, iCalUId=meeting.uid)


class GuestsOfOutlook:
    """`tests.connectors.contract.Guests` for the owner's own calendar."""

    def __init__(self, server: GraphServer) -> None:
        self.server = server

    def told(self) -> list[Told]:
        return [
            Told(
                each.to,
                _KINDS[each.kind],
                Interval(datetime.fromisoformat(each.start), datetime.fromisoformat(each.end)),
                each.title,
            )
            for each in self.server.mailbox().outbox
        ]

    def invites(self, uid: str, address: str) -> None:
        box, item = self.server.mailbox(), self._item(uid)
        item.props["attendees"].append(invited(address))
        box.touch(item)

    def moves(self, uid: str) -> None:
        box, item = self.server.mailbox(), self._item(uid)
        later = timedelta(hours=1)
        item.start = item.start._replace(wall=item.start.wall + later)
        item.end = item.end._replace(wall=item.end.wall + later)
        box.touch(item)

    def _item(self, uid: str) -> Item:
        return ours(self.server.mailbox(), uid)


def ours(box: Mailbox, uid: str) -> Item:
    """The one event that has our uid on it."""
    (found,) = (each for each in box.items.values() if uid in each.extended.values())
    return found


def invited(address: str, response: str = "none") -> Json:
    return {
        "type": "required",
        "status": {"response": response, "time": NO_TIME},
        "emailAddress": {"name": address, "address": address},
    }


_KINDS = {
    "invited": ActionKind.INVITE,
    "updated": ActionKind.RESCHEDULE,
    "cancelled": ActionKind.CANCEL,
}
