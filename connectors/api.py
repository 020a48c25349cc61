"""Speaking to one service for one account: reads that are repeated, writes that never are.

Where a login is sent is decided here: to the service's own hosts, over TLS, and nowhere else.
Redirects are answers like any other; whoever asked decides what to make of them.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from types import TracebackType
from typing import Final, NamedTuple

import httpcore
import httpx

from connectors import clocks
from connectors.errors import (
    ConnectorError,
    MayHaveHappened,
    NeedsLogin,
    NotAllowed,
    TemporarilyUnavailable,
    UnreadableAnswer,
)
from connectors.http import (
    AGENT,
    NOT_SENT,
    WIRE_ERRORS,
    answered,
    made_at,
    wire_failure,
    wire_url,
)
from connectors.reach import (
    ClosedAddress,
    Deadline,
    GuardedBackend,
    Resolver,
    addresses,
    quiet,
    trusting,
)
from connectors.tries import Again, retry_after, tried
from connectors.unpack import BrokenPacking, unpacked

Login = Callable[[bool], Mapping[str, str]]
"""The headers that show who asks; ``True``: the ones given before were refused, get others."""

TOTAL: Final = timedelta(minutes=30)
_BUSY: Final = frozenset((HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS))
_FINAL: Final = frozenset((HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.INSUFFICIENT_STORAGE))
"""Of the 5xx, those that say for good that nothing was done."""


class _TooLarge(NotAllowed):
    """An answer beyond our limit; what was asked may be done all the same."""


class Reply(NamedTuple):
    """An answer of the service itself; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Api:
    """One account's connection to ``base``, kept open from call to call; close it.

    ``each`` bounds one request, ``total`` all of them together, from the first one on: a first
    reading may take a thousand. ``patience`` bounds the waits that the service asks for, added up,
    and ``limit_bytes`` a body once it is unpacked. ``open_host`` is the one host the owner allowed
    by name: it may be private, and may be plain http. ``is_ours`` says which other hosts belong to
    the service, beside that of ``base``. ``sign_in`` says what to do when our login is refused.
    """

    def __init__(
        self,
        source: str,
        base: httpx.URL,
        login: Login,
        *,
        now: Callable[[], datetime],
        each: timedelta = timedelta(seconds=30),
        total: timedelta = TOTAL,
        patience: timedelta = timedelta(minutes=5),
        limit_bytes: int = 64 * 1024 * 1024,
        open_host: str = "",
        sign_in: str = "sign in again",
        is_ours: Callable[[str], bool] = lambda _: False,
        resolve: Resolver = addresses,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.source = source
        self._base = base
        self._login = login
        self._now = now
        self._each, self._total = each.total_seconds(), total.total_seconds()
        self._patience_s = patience.total_seconds()
        self._limit_bytes = limit_bytes
        self._open_host = open_host
        self._sign_in = sign_in
        self._is_ours = is_ours
        self._resolve = resolve
        self._tls = tls
        self._deadline = Deadline(0)
        self._ends: float | None = None
        self._pools: dict[bool, httpcore.ConnectionPool] = {}

    def __enter__(self) -> Api:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        while self._pools:
            self._pools.popitem()[1].close()

    def read(
        self,
        method: str,
        url: httpx.URL,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Reply:
        """The answer to a request that changes nothing: any status but 401, 408, 429 and 5xx.

        Those last, and a lost connection, are tried up to four times, as long as the wait that is
        due, or asked for, still fits.

        Raises:
            NeedsLogin: our login is refused (401), also a new one.
            NotAllowed: the address, or the size of the answer, breaks a rule of ours.
            TemporarilyUnavailable: no whole answer in time.
            UnreadableAnswer: the answer makes no sense.
        """
        return tried(
            lambda: self._read_once(method, url, headers or {}, body),
            left_s=lambda: (self._ends or time.monotonic()) - time.monotonic(),
            waits=self.waits,
        )

    def write(
        self,
        method: str,
        url: httpx.URL,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Reply:
        """The answer to a request that changes something: any status but 401, 429 and 5xx.

        It is sent once. Only after a refused login (401) it is sent again, with a new one.

        Raises: as `read`, and
            NotAllowed: the address breaks a rule of ours; nothing was done.
            TemporarilyUnavailable: nothing was done (no connection, 429).
            MayHaveHappened: it was sent and nobody said what became of it (5xx among others), or
                at too great a length.
        """
        try:
            reply = self._signed(method, url, headers or {}, body, once=True)
        except NOT_SENT as error:
            raise self._wire_failure(error) from error
        except WIRE_ERRORS as error:
            raise MayHaveHappened(self.source, "the connection broke off") from error
        except _TooLarge as error:
            raise MayHaveHappened(self.source, error.cause, error.remedy) from error
        if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise TemporarilyUnavailable(self.source, answered(reply.status))
        if _passes(reply.status):
            raise MayHaveHappened(self.source, answered(reply.status))
        return reply

    def _read_once(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], body: bytes
    ) -> Reply:
        try:
            reply = self._signed(method, url, headers, body, once=False)
        except WIRE_ERRORS as error:
            raise self._again(error) from error
        if _passes(reply.status):
            cause = answered(reply.status)
            wait = retry_after(reply.headers, now=self._now())
            raise Again(TemporarilyUnavailable(self.source, cause), wait)
        return reply

    def _signed(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], body: bytes, *, once: bool
    ) -> Reply:
        """Ask, and once more with a new login where the old one is refused."""
        self._check(url)
        login = self._login(False)
        reply = self._asked(method, url, {**login, **headers}, body, once=once)
        if reply.status == HTTPStatus.UNAUTHORIZED:
            other = self._login(True)
            if other != login:
                reply = self._asked(method, url, {**other, **headers}, body, once=once)
        if reply.status == HTTPStatus.UNAUTHORIZED:
            raise NeedsLogin(self.source, "it refuses our login", self._sign_in)
        return reply

    def _check(self, url: httpx.URL) -> None:
        is_open = bool(self._open_host) and url.host == self._open_host
        if url.scheme != "https" and not (url.scheme == "http" and is_open):
            raise NotAllowed(
                self.source,
                "it would be spoken to without encryption",
                "use its https:// address, or set allow_private_host = true if the host is yours",
            )
        same = (url.scheme, url.host, url.port) == (
            self._base.scheme,
            self._base.host,
            self._base.port,
        )
        if not same and not self._is_ours(url.host):
            raise NotAllowed(
                self.source,
                "it points to another host, which must not have our login",
                "check the address of the account",
            )

    def _asked(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], body: bytes, *, once: bool
    ) -> Reply:
        self._next_deadline()
        sent = {
            "User-Agent": AGENT,
            "Accept-Encoding": "identity",
            "Content-Length": str(len(body)),
            **headers,
        }
        if not body and method in {"GET", "OPTIONS", "HEAD", "DELETE"}:
            del sent["Content-Length"]
        asked = self._now()
        try:
            with self._connections(once=once).stream(
                method, wire_url(url), headers=httpx.Headers(sent).raw, content=body
            ) as response:
                got = httpx.Headers(response.headers)
                clocks.compare(made_at(got), asked, self._now())
                return Reply(response.status, dict(got), self._received(response, got))
        except ClosedAddress as error:
            raise NotAllowed(
                self.source,
                "its address leads to a host that is not on the public internet",
                "set allow_private_host = true for this account if that host is yours",
            ) from error

    def _connections(self, *, once: bool) -> httpcore.ConnectionPool:
        """Connections kept open; a write has a new one, which nobody can just be hanging up."""
        if once not in self._pools:
            quiet()
            self._tls = self._tls or trusting()
            self._pools[once] = httpcore.ConnectionPool(
                ssl_context=self._tls,
                max_keepalive_connections=0 if once else 2,
                keepalive_expiry=15,
                network_backend=GuardedBackend(self._resolve, self._open_host, self._deadline),
            )
        return self._pools[once]

    def _next_deadline(self) -> None:
        now = time.monotonic()
        if self._ends is None:
            self._ends = now + self._total
        self._deadline.until = min(now + self._each, self._ends)

    def _received(self, response: httpcore.Response, headers: httpx.Headers) -> bytes:
        body = bytearray()
        try:
            for chunk in unpacked(response.iter_stream(), headers.get("content-encoding", "")):
                body += chunk
                if len(body) > self._limit_bytes:
                    raise _TooLarge(
                        self.source,
                        f"an answer is larger than {self._limit_bytes:,} bytes",
                        "raise limits.bytes if it is meant to be",
                    )
        except BrokenPacking as error:
            raise UnreadableAnswer(self.source, str(error)) from error
        return bytes(body)

    def _again(self, error: Exception) -> Exception:
        failure = self._wire_failure(error)
        return Again(failure) if isinstance(failure, TemporarilyUnavailable) else failure

    def _wire_failure(self, error: Exception) -> ConnectorError:
        failure = wire_failure(self.source, error)
        if isinstance(failure, NotAllowed):
            return failure
        if self._ends is not None and self._ends <= time.monotonic():
            return TemporarilyUnavailable(
                self.source, f"it took more than {self._total:g} s in all"
            )
        if isinstance(error, httpcore.TimeoutException) and not isinstance(error, NOT_SENT):
            return TemporarilyUnavailable(self.source, f"no whole answer within {self._each:g} s")
        return failure

    def waits(self, asked_s: float, left_s: float) -> float | bool:
        """The seconds that the service asks for, or false where they are more than we may wait."""
        if asked_s >= min(left_s, self._patience_s):
            return False
        self._patience_s -= asked_s
        return asked_s


def _passes(status: int) -> bool:
    """Whether the same request may be answered otherwise a little later."""
    for_now = status >= HTTPStatus.INTERNAL_SERVER_ERROR and status not in _FINAL
    return for_now or status in _BUSY
