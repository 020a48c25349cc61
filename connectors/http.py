"""The one way out to the web: one GET with a deadline, a size limit and a guard on where it goes.

An address may itself be the key to a calendar, so no message, log line or ``repr`` here holds
one, and the libraries' own loggers, which print addresses, are switched off.
"""

from __future__ import annotations

import base64
import hashlib
import ssl
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from types import TracebackType
from typing import IO, Final

import httpcore
import httpx

from connectors import clocks
from connectors.errors import (
    ConnectorError,
    NeedsLogin,
    NotAllowed,
    TemporarilyUnavailable,
    UnreadableAnswer,
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
from connectors.tries import Again, http_date, retry_after, tried
from connectors.unpack import BrokenPacking, unpacked
from policies.frozen import frozen
from policies.text import shown

AGENT: Final = "fika-agent (reads its owner's calendars)"
_REDIRECTS: Final = 3
_IN_MEMORY: Final = 1024 * 1024
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_REDIRECTED: Final = frozenset((301, 302, 303, 307, 308))
_PASSING: Final = frozenset((HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS))
WIRE_ERRORS: Final = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
)
NOT_SENT: Final = (httpcore.ConnectError, httpcore.ConnectTimeout)
"""Of these, those before which nothing can have reached the server."""


@dataclass(slots=True)
class Answer:
    """A final answer: a status that is no error, header names in lower case, and the body.

    ``body`` is a temporary file at its beginning; close the answer to be rid of it.
    """

    status: int
    headers: Mapping[str, str]
    body: IO[bytes]
    size: int
    sha256: str

    def __enter__(self) -> Answer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.body.close()


def address(source: str, text: str) -> httpx.URL:
    """``text`` as an address to fetch; ``webcal`` and ``webcals`` mean https.

    Raises:
        NotAllowed: it is none; the message does not repeat it.
    """
    try:
        url = httpx.URL(text.strip())
    except (httpx.InvalidURL, ValueError):
        url = httpx.URL()
    if url.scheme in ("webcal", "webcals"):
        url = url.copy_with(scheme="https")
    if url.scheme not in _DEFAULT_PORTS or not url.host:
        raise NotAllowed(
            source, "its address is not one of the web", "give one that begins with https://"
        ) from None
    return url.copy_with(fragment=None)


@frozen
class Web:
    """Fetches for one source.

    Only https, and only public addresses; ``open_host`` is the one host the owner allowed by
    name: it may be private, and may be plain http. ``deadline`` holds for everything together,
    retries and redirects included, ``limit_bytes`` for the body once it is unpacked.
    """

    source: str
    deadline: timedelta
    limit_bytes: int
    now: Callable[[], datetime]
    open_host: str = ""
    resolve: Resolver = addresses
    tls: ssl.SSLContext | None = field(default=None, repr=False)

    def get(self, url: httpx.URL, headers: Mapping[str, str]) -> Answer:
        """The answer to a GET: 200, 304 or another status below 400 that is no redirect.

        What may pass by itself (no connection, 429, 5xx) is tried up to four times, as long as
        the wait that is due, or asked for, still fits into the deadline.

        Raises:
            NeedsLogin: it wants a password (401).
            NotAllowed: it refuses, is gone, or breaks a rule or limit of ours.
            TemporarilyUnavailable: no whole answer in time.
            UnreadableAnswer: the answer makes no sense.
        """
        quiet()
        until = time.monotonic() + self.deadline.total_seconds()
        tls = self.tls or trusting()
        return tried(
            lambda: self._attempt(url, headers, tls, until),
            left_s=lambda: until - time.monotonic(),
            waits=lambda asked_s, left_s: asked_s if asked_s < left_s else False,
        )

    def _attempt(
        self, url: httpx.URL, headers: Mapping[str, str], tls: ssl.SSLContext, until: float
    ) -> Answer:
        backend = GuardedBackend(self.resolve, self.open_host, Deadline(until))
        pool = httpcore.ConnectionPool(ssl_context=tls, network_backend=backend)
        try:
            with pool:
                return self._followed(pool, url, headers)
        except ClosedAddress as error:
            raise NotAllowed(
                self.source,
                "its address leads to a host that is not on the public internet",
                "set allow_private_host = true for this calendar if that host is yours",
            ) from error
        except WIRE_ERRORS as error:
            raise self._wire_failure(error, until) from error

    def _followed(
        self, pool: httpcore.ConnectionPool, url: httpx.URL, headers: Mapping[str, str]
    ) -> Answer:
        """Redirects by hand: each hop is held to the same rules as the first."""
        here = url
        for _ in range(_REDIRECTS + 1):
            self._check(here)
            sent = {"User-Agent": AGENT, "Accept-Encoding": "identity", **headers}
            if url.userinfo and _origin(here) == _origin(url):
                sent["Authorization"] = _login(url)
            asked = self.now()
            with pool.stream("GET", wire_url(here), headers=httpx.Headers(sent).raw) as response:
                got = httpx.Headers(response.headers)
                clocks.compare(made_at(got), asked, self.now())
                if response.status not in _REDIRECTED or "location" not in got:
                    return self._answer(response, got)
                here = self._next(here, got["location"])
        raise UnreadableAnswer(self.source, f"it redirects more than {_REDIRECTS} times")

    def _check(self, url: httpx.URL) -> None:
        if url.scheme == "https" or (url.scheme == "http" and self._is_open(url)):
            return
        raise NotAllowed(
            self.source,
            "it would be read without encryption",
            "use its https:// address, or set allow_private_host = true if the host is yours",
        )

    def _is_open(self, url: httpx.URL) -> bool:
        return bool(self.open_host) and url.raw_host == self.open_host.encode()

    def _next(self, here: httpx.URL, location: str) -> httpx.URL:
        try:
            url = here.join(location).copy_with(fragment=None)
        except (httpx.InvalidURL, ValueError):
            raise UnreadableAnswer(self.source, "it redirects to no address") from None
        if here.scheme == "https" and url.scheme != "https":
            raise NotAllowed(
                self.source,
                "it redirects from https to an unprotected address",
                "copy its address anew from the service, or ask whoever runs the server",
            )
        return url

    def _answer(self, response: httpcore.Response, headers: httpx.Headers) -> Answer:
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise self._refusal(response.status, headers)
        body = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by Answer
        try:
            is_bare = response.status == HTTPStatus.NOT_MODIFIED
            packing = "" if is_bare else headers.get("content-encoding", "")
            size, sha256 = self._received(unpacked(response.iter_stream(), packing), body)
        except BrokenPacking as error:
            body.close()
            raise UnreadableAnswer(self.source, str(error)) from error
        except BaseException:
            body.close()
            raise
        return Answer(response.status, dict(headers), body, size, sha256)

    def _received(self, chunks: Iterable[bytes], body: IO[bytes]) -> tuple[int, str]:
        size, digest = 0, hashlib.sha256()
        try:
            for chunk in chunks:
                size += len(chunk)
                if size > self.limit_bytes:
                    raise NotAllowed(
                        self.source,
                        f"it is larger than {self.limit_bytes:,} bytes",
                        "raise limits.bytes if it is meant to be",
                    )
                digest.update(chunk)
                body.write(chunk)
            body.seek(0)
        except OSError as error:
            raise TemporarilyUnavailable(
                self.source, "there is no room for the answer", "free some disk space"
            ) from error
        return size, digest.hexdigest()

    def _refusal(self, status: int, headers: httpx.Headers) -> Exception:
        cause = answered(status)
        if status == HTTPStatus.UNAUTHORIZED:
            return NeedsLogin(
                self.source, cause, "sign in to the service and copy its address anew"
            )
        if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            return NotAllowed(self.source, cause, "copy its address anew from the service")
        if status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            wait = retry_after(headers, now=self.now())
            return Again(TemporarilyUnavailable(self.source, cause), wait)
        return NotAllowed(self.source, cause, "check whether the calendar is still shared with you")

    def _wire_failure(self, error: Exception, until: float) -> Exception:
        failure = wire_failure(self.source, error)
        if isinstance(failure, NotAllowed):
            return failure
        if until <= time.monotonic():
            seconds = self.deadline.total_seconds()
            return TemporarilyUnavailable(
                self.source,
                f"no whole answer within {seconds:g} s",
                "raise limits.fetch if it is always this slow",
            )
        return Again(failure)


def made_at(headers: Mapping[str, str]) -> datetime | None:
    """When an answer was made, by its service's clock (RFC 9110, 6.6.1).

    ``None`` where it does not say so, or comes from a cache (its ``Age``: RFC 9111, 5.1).
    """
    return None if "age" in headers else http_date(headers.get("date", ""))


def wire_failure(source: str, error: Exception) -> ConnectorError:
    """What one of the `WIRE_ERRORS` means, whatever time was left."""
    origin = error.args[0] if error.args else None  # httpcore cuts the chain of causes
    if isinstance(origin, ssl.SSLCertVerificationError):
        return NotAllowed(
            source,
            f"its certificate is not valid: {shown(origin.verify_message)}",
            "ask whoever runs the server, or check this machine's clock",
        )
    is_sent = not isinstance(error, NOT_SENT)
    cause = "the connection broke off" if is_sent else "the server cannot be reached"
    return TemporarilyUnavailable(source, cause)


def wire_url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


def _login(url: httpx.URL) -> str:
    return "Basic " + base64.b64encode(f"{url.username}:{url.password}".encode()).decode()


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or _DEFAULT_PORTS.get(url.scheme)


def answered(status: int) -> str:
    """What a server said, as a clause: ``it answered 404 Not Found``."""
    try:
        return f"it answered {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"it answered {status}"
