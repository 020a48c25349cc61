"""CalDAV servers as providers: Radicale beside mails of our own, Xandikos that mails by itself.

Between Fika and the server stands a relay, which is slow or faulty where a proof wants it to be.
"""

from __future__ import annotations

import http.client
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import ClassVar, Final

from policies.interval import Interval
from tests.proof.household import OWNER, vcalendar
from tests.servers import dav
from tests.servers.common import FOREVER, Clock, LoopbackServer, Request
from tests.servers.dav import PASSWORD, USER, DavServer
from tests.servers.folder import FolderAndMail, entry, meeting
from tests.servers.provider import Delivery, Entry
from tests.servers.wire import Answer, Fault

_FAULTS: Final[Mapping[str, tuple[str, str, bool]]] = {
    "connection lost before a write": ("drop", "write", False),
    "answer to a write lost": ("drop", "write", True),
    "error after a write": ("html", "write", True),
    "service unavailable": ("html", "*", False),
    "answer cut short": ("truncated", "read", False),
}
_HOP: Final = frozenset(("connection", "transfer-encoding", "content-length", "host"))
_WRITES: Final = frozenset(("PUT", "DELETE"))


class Relay:
    """Hands every request on to a server, and its answer back.

    With the fault ``unreachable`` what is read says that no guest in it could be told (RFC 6638).
    """

    def __init__(self, port: int) -> None:
        self.own_faults = frozenset(("unreachable",))
        self.clock = Clock()
        self.port = port

    def operation(self, request: Request) -> str:
        return "write" if request.method in _WRITES else "read"

    def answer(self, request: Request, fault: Fault | None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            headers = {k: v for k, v in request.headers.items() if k not in _HOP}
            connection.request(request.method, request.target, request.body, headers)
            said = connection.getresponse()
            kept = {k: v for k, v in said.getheaders() if k.lower() not in _HOP}
            body = said.read()
            if fault is not None:
                body = body.replace(b"ATTENDEE;", b'ATTENDEE;SCHEDULE-STATUS="3.7";')
            return Answer(said.status, body, kept)
        finally:
            connection.close()


class Radicale(FolderAndMail):
    """A server that does not schedule: the hold stands there, the guest gets a mail of ours."""

    name: ClassVar[str] = "radicale"
    faults: ClassVar[tuple[str, ...]] = (*FolderAndMail.faults, *_FAULTS)
    schedules: ClassVar[bool] = False

    @contextmanager
    def running(self, folder: Path) -> Iterator[None]:
        self._data, self._copy = folder / "data", folder / "saved"
        self._data.mkdir()
        self._processes = ExitStack()
        with self.smtp.running(), self._processes:
            self._dav = self._processes.enter_context(self._started(0))
            self._calendar = self._dav.calendar()
            self._relay = LoopbackServer(Relay(self._dav.port))
            with self._relay.running():
                yield

    def _started(self, port: int) -> AbstractContextManager[DavServer]:
        return dav.radicale(self._data, port=port)

    def configuration(self) -> str:
        return f"""
[[account]]
name = "dav"
service = "caldav"
url = "{self._relay.url}/"
user = "{USER}"
password_from = {{ env = "DAV_PASSWORD" }}
schedules = {str(self.schedules).lower()}
allow_private_host = true

[[calendar]]
name = "work"
account = "dav"
id = "{self._calendar}"

[write]
calendar = "work"

{"" if self.schedules else self.mail_settings()}
"""

    def environment(self) -> Mapping[str, str]:
        return {"DAV_PASSWORD": PASSWORD}

    def outbox(self) -> Sequence[Delivery]:
        """What a killed client had asked for may still be on its way to a server that mails."""
        assert self._relay.drained()
        return super().outbox()

    def entries(self) -> Mapping[str, Entry]:
        assert self._relay.drained()
        names = self._dav.names(self._calendar)
        return {each: entry(self._dav.send("GET", each)[1]) for each in names}

    def add_foreign(self, uid: str, when: Interval, title: str, guests: Sequence[str] = ()) -> str:
        """Without an organiser, so that no server thinks of inviting them."""
        path = f"{self._calendar}{uid}.ics"
        text = meeting(uid, when, title, guests)
        if self.schedules:
            text = text.replace(f"ORGANIZER:mailto:{OWNER}\r\n", "")
        self._dav.put(path, vcalendar([text]))
        return path

    def save(self) -> None:
        self._saved = list(self.outbox())
        shutil.rmtree(self._copy, ignore_errors=True)
        shutil.copytree(self._data, self._copy)

    def restore(self) -> None:
        """The server is started anew: it remembers what it has read."""
        self.slow(0)
        self.fault("")
        assert self.smtp.drained()
        assert self._relay.drained()
        self.smtp.mailbox.clear()
        self._kept = self._saved
        port = self._dav.port
        self._processes.close()
        shutil.rmtree(self._data)
        shutil.copytree(self._copy, self._data)
        self._processes.enter_context(self._started(port))

    def slow(self, seconds: float) -> None:
        super().slow(seconds)
        self._relay.slow_s = seconds

    def fault(self, name: str) -> None:
        super().fault(name)
        self._relay.faults.clear()
        if name in _FAULTS:
            kind, on, done = _FAULTS[name]
            self._relay.faults.add(kind, on, times=FOREVER, done=done)


class Xandikos(Radicale):
    """A server that schedules: it mails the guests of what is written to it."""

    name: ClassVar[str] = "xandikos"
    faults: ClassVar[tuple[str, ...]] = tuple(_FAULTS)
    schedules: ClassVar[bool] = True

    def _started(self, port: int) -> AbstractContextManager[DavServer]:
        return dav.xandikos(self._data, port=port, smtp_port=self.smtp.port, address=OWNER)
