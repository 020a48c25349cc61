"""The way back from a browser after consent: one answer, taken on this machine (RFC 8252, 7.3)."""

from __future__ import annotations

import hmac
import os
import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from connectors.errors import NeedsLogin, NotAllowed

_LARGEST: Final = 64 * 1024
_IDLE_S: Final = 10  # browsers open connections ahead that they may never use
_PAGE: Final = (
    "<!doctype html><meta charset=utf-8><title>Fika</title>"
    "<body style='font:1.2em/1.6 sans-serif;margin:4em'><h1>{}</h1><p>{}</p>"
)


class _Listener(ThreadingHTTPServer):
    allow_reuse_address = os.name != "nt"  # there it would share the port with whoever asks
    daemon_threads = True
    block_on_close = False


class Receiver:
    """Listens on 127.0.0.1 for the browser; ``port`` is known before anyone is sent there."""

    def __init__(self, source: str, port: int) -> None:
        self._source = source
        self._answers: queue.SimpleQueue[Mapping[str, str]] = queue.SimpleQueue()
        self._state = ""
        self._server = _Listener(("127.0.0.1", port), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def expect(self, state: str) -> None:
        """From now on, take the answer that carries this ``state``, and no other."""
        self._state = state

    def answer(self, patience: timedelta) -> Mapping[str, str]:
        """What the service sent back with the browser: a ``code``, or an ``error``.

        Raises:
            NeedsLogin: nobody came back in time.
        """
        try:
            return self._answers.get(timeout=patience.total_seconds())
        except queue.Empty:
            minutes = round(patience.total_seconds() / 60)
            raise NeedsLogin(
                self._source,
                f"no answer came back from the browser within {minutes} minutes",
                "try again; a browser on another machine needs the ssh line that is shown",
            ) from None

    def take(self, answer: Mapping[str, str]) -> bool:
        """Whether this is the answer waited for: nobody else can know the state."""
        given = answer.get("state", "")
        is_ours = bool(self._state) and hmac.compare_digest(given.encode(), self._state.encode())
        if is_ours and ("code" in answer or "error" in answer):
            self._answers.put(answer)
            return True
        return False

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextmanager
def receiving(source: str, port: int = 0) -> Iterator[Receiver]:
    """Listen as long as the block lasts; 0 takes any free port.

    Raises:
        NotAllowed: the port is taken, or not ours to take.
    """
    try:
        receiver = Receiver(source, port)
    except (OSError, OverflowError) as error:
        cause = f"port {port} of this machine cannot be listened on"
        raise NotAllowed(source, cause, "choose another with --port") from error
    receiver.start()
    try:
        yield receiver
    finally:
        receiver.stop()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _IDLE_S

        def do_GET(self) -> None:
            self._taken(urlsplit(self.path).query)

        def do_POST(self) -> None:
            """Microsoft's way: the answer as a form (OAuth 2.0 Form Post Response Mode)."""
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal() or int(length) > _LARGEST:
                self._said(HTTPStatus.BAD_REQUEST, "Not understood", "This is not an answer.")
                return
            self._taken(self.rfile.read(int(length)).decode("utf-8", "replace"))

        def _taken(self, form: str) -> None:
            answer = dict(parse_qsl(form, max_num_fields=50))
            if urlsplit(self.path).path != "/":
                self._said(HTTPStatus.NOT_FOUND, "Nothing here", "")
            elif not receiver.take(answer):
                text = "This does not belong to the sign-in that is under way."
                self._said(HTTPStatus.BAD_REQUEST, "Not the answer waited for", text)
            elif "error" in answer:
                self._said(HTTPStatus.OK, "Not signed in", "Fika was not given access.")
            else:
                text = "You can close this page and go back to the terminal."
                self._said(HTTPStatus.OK, "Thank you", text)

        def _said(self, status: HTTPStatus, title: str, text: str) -> None:
            page = _PAGE.format(title, text).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.send_header(
                "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"
            )
            self.send_header("Referrer-Policy", "no-referrer")
            self.send_header("Cache-Control", "no-store")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Nothing: the address holds the code."""

    return Handler
