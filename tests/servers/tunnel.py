"""A proxy that answers for the services themselves, so that what they would be sent can be read."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.servers.certificates import tls_for


class Posted(NamedTuple):
    """One request as it arrived at ``host``."""

    host: str
    path: str
    body: bytes


class Tunnel:
    """Takes CONNECT for hosts it has an answer for, and is each of them in turn over TLS."""

    def __init__(self, answers: Mapping[str, bytes], folder: Path) -> None:
        self.answers = answers
        self.seen: list[Posted] = []
        self.tls = tls_for(*answers, folder=folder)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = False  # closing waits for what is still under way

    @contextmanager
    def running(self) -> Iterator[Tunnel]:
        """With the environment that sends every client of this process through it."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        thread.start()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{self._server.server_port}")
            patch.setenv("NO_PROXY", "127.0.0.1,localhost")
            patch.setenv("REQUESTS_CA_BUNDLE", str(self.tls.authority))
            try:
                yield self
            finally:
                self._server.shutdown()
                thread.join()
                self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        tunnel = self

        class Handler(BaseHTTPRequestHandler):
            def do_CONNECT(self) -> None:
                host = self.path.partition(":")[0]
                if host not in tunnel.answers:
                    self.send_error(502)
                    return
                self.send_response(200)
                self.end_headers()
                with tunnel.tls.server.wrap_socket(self.connection, server_side=True) as inside:
                    self._answer(inside, host)
                self.close_connection = True

            def _answer(self, inside: ssl.SSLSocket, host: str) -> None:
                with inside.makefile("rb") as said:
                    path = said.readline().split()[1].decode()
                    length = 0
                    while (line := said.readline().strip()) != b"":
                        name, _, value = line.partition(b":")
                        length = int(value) if name.lower() == b"content-length" else length
                    tunnel.seen.append(Posted(host, path, said.read(length)))
                body = tunnel.answers[host]
                head = (
                    f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
                )
                inside.sendall(head.encode() + body)

            def log_message(self, *words: object) -> None:
                """Say nothing on the terminal."""

        return Handler
