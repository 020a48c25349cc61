"""What can go wrong between a service and its client, whichever service it is."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

_JSON = {"Content-Type": "application/json; charset=UTF-8"}
_HTML = {"Content-Type": "text/html; charset=UTF-8"}
_HUGE, _UNPACKED = 10 * 2**20, 32 * 2**20


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, ready to be sent."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: _JSON)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong at the operations ``on`` (a pattern), ``times`` times.

    ``passing`` requests go well first. ``done`` says that what was asked is done all the same.
    ``value`` is a figure some faults take: a status, a Retry-After, seconds.
    """

    name: str
    on: str = "*"
    times: int = 1
    passing: int = 0
    done: bool = False
    value: str = ""


class Line:
    """The connection one request came in on."""

    def __init__(self, handler: BaseHTTPRequestHandler, stopped: threading.Event) -> None:
        self._handler = handler
        self._stopped = stopped

    def send(self, answer: Answer, *, keep: int | None = None) -> None:
        """The answer; only ``keep`` bytes of its body, whatever length was promised."""
        self._handler.send_response(answer.status)
        for name, value in answer.headers.items():
            self._handler.send_header(name, value)
        if answer.status not in {204, 304}:
            self._handler.send_header("Content-Length", str(len(answer.body)))
        self._handler.end_headers()
        self.raw(answer.body[:keep])

    def raw(self, data: bytes) -> None:
        self._handler.wfile.write(data)
        self._handler.wfile.flush()

    def hang_up(self) -> None:
        self._handler.close_connection = True

    def pause(self, seconds: float) -> None:
        """Wait, but not longer than the server lives."""
        if seconds and self._stopped.wait(seconds):
            raise ConnectionAbortedError


def _drop(line: Line, answer: Answer, fault: Fault) -> None:
    line.hang_up()


def _silence(line: Line, answer: Answer, fault: Fault) -> None:
    with suppress(ConnectionAbortedError):
        line.pause(float(fault.value or 3600))
    line.hang_up()


def _half_head(line: Line, answer: Answer, fault: Fault) -> None:
    line.raw(b"HTTP/1.1 200 OK\r\nContent-Ty")
    line.hang_up()


def _truncated(line: Line, answer: Answer, fault: Fault) -> None:
    line.send(answer, keep=len(answer.body) // 2)
    line.hang_up()


def _half_json(line: Line, answer: Answer, fault: Fault) -> None:
    line.send(Answer(answer.status, answer.body[: len(answer.body) // 2], answer.headers))


def _wrong_type(line: Line, answer: Answer, fault: Fault) -> None:
    line.send(Answer(answer.status, answer.body, _HTML))


def _drip(line: Line, answer: Answer, fault: Fault) -> None:
    line.send(answer, keep=0)
    for byte in answer.body:
        line.raw(bytes([byte]))
        line.pause(float(fault.value or 0.01))


def _html(line: Line, answer: Answer, fault: Fault) -> None:
    line.send(Answer(int(fault.value or 503), b"<html><h1>Service Unavailable</h1></html>", _HTML))


def _says(body: bytes, headers: Mapping[str, str] = _JSON) -> Callable[[Line, Answer, Fault], None]:
    return lambda line, answer, fault: line.send(Answer(200, body, headers))


def _huge(line: Line, answer: Answer, fault: Fault) -> None:
    line.send(Answer(200, json.dumps({"items": [], "padding": "x" * _HUGE}).encode()))


def _bomb(line: Line, answer: Answer, fault: Fault) -> None:
    packed = gzip.compress(b" " * _UNPACKED, 1)
    line.send(Answer(200, packed, {**_JSON, "Content-Encoding": "gzip"}))


def _redirect(line: Line, answer: Answer, fault: Fault) -> None:
    line.send(Answer(302, b"", {**_HTML, "Location": fault.value}))


WIRE: Mapping[str, Callable[[Line, Answer, Fault], None]] = {
    "drop": _drop,  # hangs up without a word
    "silence": _silence,  # never answers; ``value``: hangs up after so many seconds
    "half_head": _half_head,
    "truncated": _truncated,  # hangs up in the middle of the body it promised
    "half_json": _half_json,  # a whole answer, of half a text
    "wrong_type": _wrong_type,
    "drip": _drip,  # ``value``: seconds between bytes
    "html": _html,  # ``value``: the status, 503 else
    "login_page": _says(b"<html><form>Sign in to the Wi-Fi</form></html>", _HTML),
    "redirect": _redirect,  # ``value``: where to, which no token may follow
    "huge": _huge,  # 10 MiB
    "bomb": _bomb,  # small on the wire, 32 MiB unpacked
    "null": _says(b"null"),
    "empty": _says(b""),
    "nan": _says(b'{"items": NaN}'),
    "list": _says(b"[]"),
    "deep": _says(b"[" * 100_000 + b"]" * 100_000),
    "not_utf8": _says(b'{"summary": "\xff\xfe"}'),
}
"""Faults by name. What was asked is done before those in `ALTERING`, else only with ``done``."""

ALTERING = frozenset({"truncated", "half_json", "wrong_type", "drip"})
