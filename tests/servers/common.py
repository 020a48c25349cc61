"""What every fake service shares: a clock to move, an outbox, faults to switch on, a socket."""

from __future__ import annotations

import gzip
import select
import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from fnmatch import fnmatchcase
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Protocol

from tests.servers.wire import ALTERING, WIRE, Answer, Fault, Line

FOREVER = -1
_WORTH_PACKING = 1_024  # bytes
_CALM = 3  # looks in a row


class Clock:
    """The service's own time: the machine's when made without ``moment``, else standing still."""

    def __init__(self, moment: datetime | None = None) -> None:
        self._moment = moment
        self._ahead = timedelta()

    def now(self) -> datetime:
        return (self._moment or datetime.now(UTC)) + self._ahead

    def forward(self, by: timedelta) -> None:
        self._ahead += by


class Mail(NamedTuple):
    """What the service told one guest: ``kind`` is invited, updated or cancelled.

    ``start`` and ``end`` are as the event says them, in ISO 8601.
    """

    to: str
    kind: str
    event: str
    uid: str
    sequence: int
    title: str
    start: str
    end: str
    text: str
    guests: tuple[str, ...]
    at: datetime


class Request(NamedTuple):
    """One request as it arrived; header names in lower case, the target as it was sent."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Seen(NamedTuple):
    """A request, what the service calls it, and the fault it met, if any."""

    operation: str
    request: Request
    fault: str


class Service(Protocol):
    """What answers. ``own_faults`` are those it acts out itself, beside those of the wire."""

    clock: Clock
    own_faults: frozenset[str]

    def operation(self, request: Request) -> str:
        """What the request asks for, as its documentation names it; empty when unknown."""

    def answer(self, request: Request, fault: Fault | None) -> Answer:
        """Do what is asked. A ``fault`` is one of its own, and says what goes wrong meanwhile."""


class Faults:
    """Those switched on, oldest first."""

    def __init__(self, known: frozenset[str]) -> None:
        self.known = known | WIRE.keys()
        self._on: list[Fault] = []
        self._lock = threading.Lock()

    def add(
        self,
        name: str,
        on: str = "*",
        *,
        times: int = 1,
        passing: int = 0,
        done: bool = False,
        value: str = "",
    ) -> None:
        """Let ``times`` requests of the operations ``on`` go wrong, after ``passing`` go well."""
        if name not in self.known:
            raise ValueError(f"no fault is called {name!r}: {sorted(self.known)}")
        with self._lock:
            self._on.append(Fault(name, on, times, passing, done, value))

    def clear(self) -> None:
        with self._lock:
            self._on.clear()

    def take(self, operation: str) -> Fault | None:
        """The fault this request meets."""
        with self._lock:
            for at, each in enumerate(self._on):
                if not fnmatchcase(operation, each.on):
                    continue
                if each.passing:
                    self._on[at] = replace(each, passing=each.passing - 1)
                    return None
                if each.times == 1:
                    del self._on[at]
                elif each.times > 1:
                    self._on[at] = replace(each, times=each.times - 1)
                return each
        return None


class LoopbackServer:
    """Speaks HTTP for a service, in threads; ``requests`` is everything that was asked.

    With ``slow_s`` each request takes that long: half before it is done and half after. Larger
    answers are packed (gzip) for whoever takes them so.
    """

    def __init__(
        self, service: Service, *, port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        self.service = service
        self.faults = Faults(service.own_faults)
        self.requests: list[Seen] = []
        self.slow_s = 0.0
        self.stopped = threading.Event()
        self._http = _Listener(("127.0.0.1", port), _handler(self))
        self._scheme = "https" if tls else "http"
        if tls:
            self._http.socket = tls.wrap_socket(
                self._http.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))

    @property
    def port(self) -> int:
        return int(self._http.server_address[1])

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def carried(self) -> tuple[int, int]:
        """Bytes that came in and went out, heads included; not counted over TLS."""
        return self._http.came, self._http.went

    def packs(self, request: Request) -> bool:
        """Whether who asks takes packed answers."""
        return "gzip" in request.headers.get("accept-encoding", "")

    def count(self, operation: str = "*") -> int:
        """How many requests of these operations came in."""
        return sum(fnmatchcase(each.operation, operation) for each in self.requests)

    def drained(self) -> bool:
        """Wait until nobody is connected any more; false when somebody stays for long."""
        until, calm = time.monotonic() + 10, 0
        while calm < _CALM and time.monotonic() < until:
            calm = 0 if self._http.has_company() else calm + 1
            time.sleep(0.002)
        return calm == _CALM

    @contextmanager
    def running(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self.stopped.set()
            self._http.shutdown()
            self._thread.join()
            self._http.hang_up()
            self._http.server_close()
        for error in self._http.broken:
            raise error

    def respond(self, line: Line, request: Request) -> None:
        """Act one request out, faults included; returns when the connection may serve the next."""
        operation = self.service.operation(request)
        fault = self.faults.take(operation)
        self.requests.append(Seen(operation, request, fault.name if fault else ""))
        line.pause(self.slow_s / 2)
        if fault is None or fault.name not in WIRE:
            answer = self.service.answer(request, fault)
            line.pause(self.slow_s / 2)
            line.send(_packed(answer) if self.packs(request) else answer)
            return
        answer = Answer(HTTPStatus.OK, b"")
        if fault.done or fault.name in ALTERING:
            answer = self.service.answer(request, None)
        line.pause(self.slow_s / 2)
        WIRE[fault.name](line, answer, fault)


def _packed(answer: Answer) -> Answer:
    is_packed = any(name.lower() == "content-encoding" for name in answer.headers)
    if len(answer.body) < _WORTH_PACKING or is_packed:
        return answer
    headers = {**answer.headers, "Content-Encoding": "gzip"}
    return Answer(answer.status, gzip.compress(answer.body, 6, mtime=0), headers)


class _Listener(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self.broken: list[BaseException] = []
        self.came = self.went = 0
        self._open: set[socket.socket] = set()

    def get_request(self) -> tuple[socket.socket, object]:
        request, address = super().get_request()
        if type(request) is socket.socket:
            request = _Counted(self, request.detach())
        self._open.add(request)
        return request, address

    def has_company(self) -> bool:
        """Whether anyone is connected, or waits to be."""
        return bool(self._open or select.select([self.socket], [], [], 0)[0])

    def shutdown_request(self, request: object) -> None:
        assert isinstance(request, socket.socket)
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End connections kept alive, so that the threads that read from them end too."""
        for each in tuple(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news; a fault of ours is raised when the server stops."""
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self.broken.append(error)


class _Counted(socket.socket):
    """Adds up what passes through; what reads and writes files of it uses these two."""

    def __init__(self, listener: _Listener, number: int) -> None:
        super().__init__(fileno=number)
        self._listener = listener

    def recv_into(self, *arguments: Any) -> int:  # noqa: ANN401 - as socket has it
        number = super().recv_into(*arguments)
        self._listener.came += number
        return number

    def send(self, *arguments: Any) -> int:  # noqa: ANN401 - as socket has it
        number = super().send(*arguments)
        self._listener.went += number
        return number


def _handler(server: LoopbackServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def one(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length") or 0))
            server.respond(
                Line(self, server.stopped), Request(self.command, self.path, headers, body)
            )

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = one  # noqa: N815 - http.server's names
        do_OPTIONS = do_PROPFIND = do_REPORT = one  # noqa: N815 - as above

        def handle(self) -> None:
            with suppress(OSError):
                super().handle()

        def finish(self) -> None:
            with suppress(OSError):
                super().finish()

        def date_time_string(self, timestamp: float | None = None) -> str:
            return format_datetime(server.service.clock.now(), usegmt=True)

        def log_message(self, *words: object) -> None:
            pass

    return Handler
