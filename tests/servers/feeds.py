"""A real HTTP(S) server on loopback that publishes one calendar, with faults to switch on."""

from __future__ import annotations

import gzip
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from tests.servers.common import Clock


class Seen(NamedTuple):
    """One request as it arrived; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    method: str = "GET"
    body: bytes = b""


class Reply:
    """The request being answered, for a fault to answer in its own way."""

    def __init__(self, handler: BaseHTTPRequestHandler, stopped: threading.Event) -> None:
        self._handler = handler
        self._stopped = stopped

    def head(self, status: int, headers: Mapping[str, str | int]) -> None:
        self._handler.send_response(status)
        for name, value in {"Connection": "close", **headers}.items():
            self._handler.send_header(name, str(value))
        self._handler.end_headers()

    def raw(self, data: bytes) -> None:
        self._handler.wfile.write(data)
        self._handler.wfile.flush()

    def pause(self, seconds: float) -> None:
        """Wait, but not longer than the server lives."""
        self._stopped.wait(seconds)
        if self._stopped.is_set():
            raise ConnectionAbortedError


Fault = Callable[[Reply], None]


class FeedServer:
    """Publishes ``content`` at every path; ``faults`` are answers for the next requests.

    Its answers are dated by ``clock``.
    """

    def __init__(self, content: bytes, tls: ssl.SSLContext | None = None) -> None:
        self.content = content
        self.content_type = "text/calendar; charset=utf-8"
        self.etag = ""
        self.last_modified = ""
        self.faults: deque[Fault] = deque()
        self.always: Fault | None = None
        self.clock = Clock()
        self.seen: list[Seen] = []
        self._stopped = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler(), bind_and_activate=True)
        if tls:
            self._http.socket = tls.wrap_socket(
                self._http.socket, server_side=True, do_handshake_on_connect=False
            )
        self._scheme = "https" if tls else "http"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))

    @property
    def port(self) -> int:
        return int(self._http.server_address[1])

    def url(self, path: str = "/calendar.ics", host: str = "127.0.0.1") -> str:
        return f"{self._scheme}://{host}:{self.port}{path}"

    @contextmanager
    def running(self) -> Iterator[FeedServer]:
        self._thread.start()
        try:
            yield self
        finally:
            self._stopped.set()
            self._http.shutdown()
            self._thread.join()
            self._http.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.close_connection = True
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(int(headers.get("content-length", 0)))
                server.seen.append(Seen(self.path, headers, self.command, body))
                fault = server.faults.popleft() if server.faults else server.always
                with suppress(OSError):
                    (fault or server._publish)(Reply(self, server._stopped))

            def __getattr__(self, name: str) -> Callable[[], None]:
                if name.startswith("do_"):
                    return self.do_GET
                raise AttributeError(name)

            def handle(self) -> None:
                with suppress(OSError):
                    super().handle()

            def date_time_string(self, timestamp: float | None = None) -> str:
                return format_datetime(server.clock.now(), usegmt=True)

            def log_message(self, *words: object) -> None:
                pass

        return Handler

    def _publish(self, reply: Reply) -> None:
        asked = self.seen[-1].headers
        named = {"ETag": self.etag, "Last-Modified": self.last_modified}
        headers: dict[str, str | int] = {name: value for name, value in named.items() if value}
        by_date = not self.etag and self.last_modified == asked.get("if-modified-since", "-")
        if by_date or (self.etag and asked.get("if-none-match") == self.etag):
            reply.head(304, headers)
        else:
            length = len(self.content)
            reply.head(
                200, {**headers, "Content-Type": self.content_type, "Content-Length": length}
            )
            reply.raw(self.content)


def status(code: int, **headers: str | int) -> Fault:
    """An empty answer with this status; ``retry_after=3`` is sent as ``Retry-After: 3``."""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return lambda reply: reply.head(code, {"Content-Length": 0, **named})


def body(
    content: bytes, content_type: str = "text/calendar", *, code: int = 200, **headers: str | int
) -> Fault:
    """A complete answer with other content."""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}

    def answer(reply: Reply) -> None:
        length = len(content)
        reply.head(code, {"Content-Type": content_type, "Content-Length": length, **named})
        reply.raw(content)

    return answer


def compressed(content: bytes, *, keep: int | None = None) -> Fault:
    """Packed without being asked; only the first ``keep`` bytes of the packing are sent."""
    return body(gzip.compress(content)[:keep], content_encoding="gzip")


def cut_short(content: bytes, keep: int) -> Fault:
    """Promises the whole length and hangs up after ``keep`` bytes."""

    def answer(reply: Reply) -> None:
        reply.head(200, {"Content-Type": "text/calendar", "Content-Length": len(content)})
        reply.raw(content[:keep])

    return answer


def unmeasured(content: bytes) -> Fault:
    """No length and no chunks: the end is where the server hangs up."""

    def answer(reply: Reply) -> None:
        reply.head(200, {"Content-Type": "text/calendar", "Connection": "close"})
        reply.raw(content)

    return answer


def dripping(content: bytes, pause_s: float) -> Fault:
    """One byte of the body at a time."""

    def answer(reply: Reply) -> None:
        reply.head(200, {"Content-Type": "text/calendar", "Content-Length": len(content)})
        for byte in content:
            reply.raw(bytes([byte]))
            reply.pause(pause_s)

    return answer


def dripping_head(pause_s: float) -> Fault:
    """One byte at a time of a head that never ends."""

    def answer(reply: Reply) -> None:
        reply.raw(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while True:
            reply.raw(b"z")
            reply.pause(pause_s)

    return answer


def silent(reply: Reply) -> None:
    """Accepts the request and never answers."""
    reply.pause(3600)


def garbage(reply: Reply) -> None:
    """Speaks no HTTP."""
    reply.raw(b"\x00\x01 not http at all\r\n\r\n")


def hang_up(reply: Reply) -> None:
    """Closes the connection without a word."""


def endless(reply: Reply) -> None:
    """A body that never ends, as fast as it is taken."""
    reply.head(200, {"Content-Type": "text/calendar", "Connection": "close"})
    block = b"X" * 65536
    until = time.monotonic() + 30
    while time.monotonic() < until:
        reply.raw(block)


def redirect(to: str, code: int = 302) -> Fault:
    return status(code, location=to)
