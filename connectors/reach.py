"""Which addresses a reader may connect to, and the network backend that connects to no other.

A feed's address, or a redirect in its answer, can name the router, a cloud's metadata service or
a program on this machine. A host is looked up once for each connection, every answer is checked,
and the connection goes to an answer that was checked: no second look-up can say otherwise
(DNS rebinding). Spellings such as ``127.1``, ``0x7f000001`` or ``2130706433`` need no rule of
their own, because what is checked is the address the system made of them.
"""

from __future__ import annotations

import logging
import os
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address
from typing import Any, Final

import httpcore
import httpx

Resolver = Callable[[str, int], Sequence[str]]
"""Every address of a host, as text; raises `OSError` when it has none."""

_CONNECT_S: Final = 10.0
"""The longest wait for one address, so that a dead one leaves time for the next."""

_LOUD: Final = (
    *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")),
    "stamina",
)

_CLOSED_V4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network; 0.0.0.0 reaches this machine
            "10.0.0.0/8",  # private (RFC 1918)
            "100.64.0.0/10",  # carrier-grade NAT (RFC 6598), some clouds' metadata
            "127.0.0.0/8",  # this machine
            "168.63.129.16/32",  # a cloud's host service on an otherwise public address
            "169.254.0.0/16",  # link-local, most clouds' metadata
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments (RFC 6890)
            "192.0.2.0/24",  # documentation (RFC 5737)
            "192.88.99.0/24",  # 6to4 relays (RFC 7526)
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarks (RFC 2544)
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
_GLOBAL_V6: Final = IPv6Network("2000::/3")
"""All that is handed out as global unicast (RFC 4291). Outside lie loopback, link-local, unique
local, multicast, NAT64 (64:ff9b::/96) and IPv4 in disguise (::/96, ::ffff:0:0/96)."""
_CLOSED_V6: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # Teredo and other protocol assignments (RFC 2928)
            "2001:db8::/32",  # documentation (RFC 3849)
            "2002::/16",  # 6to4: any IPv4 address inside (RFC 3056)
            "3fff::/20",  # documentation (RFC 9637)
        ),
    )
)


class Deadline:
    """A moment on the clock of `time.monotonic` that every wait of a connection ends at.

    It may be moved on, for the next request over a connection kept open.
    """

    __slots__ = ("until",)

    def __init__(self, until: float) -> None:
        self.until = until

    def left(self) -> float:
        """Seconds to it.

        Raises:
            httpcore.ReadTimeout: it is past.
        """
        left = self.until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left


class ClosedAddress(Exception):
    """A host has an address that is not public; nothing was connected to."""


def is_public(address: str) -> bool:
    """Whether this IP address is one of the open internet.

    Our own lists, because `ipaddress.is_global` counts NAT64, 6to4 and multicast as global.

    Raises:
        ValueError: it is not an IP address.
    """
    ip = ip_address(address)
    if isinstance(ip, IPv4Address):
        return not any(ip in closed for closed in _CLOSED_V4)
    return ip in _GLOBAL_V6 and not any(ip in closed for closed in _CLOSED_V6)


def addresses(host: str, port: int) -> Sequence[str]:
    """The system's answer, each address once and in its order of preference."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(answer[4][0]) for answer in found))


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to public addresses, and to any address of ``open_host``, until a deadline.

    Everything is held to the ``deadline``: the look-up, the handshake, and each single read and
    write, so that a server which drips bytes gains nothing.

    Raises:
        ClosedAddress: one of the host's addresses is not public.
    """

    def __init__(self, resolve: Resolver, open_host: str, deadline: Deadline) -> None:
        self._resolve = resolve
        self._open_host = open_host
        self._deadline = deadline
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError("no address")
        for address in self._checked(host, port):
            try:
                stream = self._plain.connect_tcp(
                    address,
                    port,
                    min(self._deadline.left(), _CONNECT_S),
                    local_address,
                    socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._deadline)
        raise failure

    def _checked(self, host: str, port: int) -> Sequence[str]:
        found = self._looked_up(host, port)
        if host != self._open_host and not all(map(is_public, found)):
            raise ClosedAddress
        return found

    def _looked_up(self, host: str, port: int) -> Sequence[str]:
        """The system's resolver takes no deadline, so it is asked in a thread we may leave."""
        answers: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(self._resolve(host, port))
            except Exception as error:  # noqa: BLE001 - it is raised again where it is waited for
                answers.put(error)

        threading.Thread(target=ask, daemon=True).start()
        try:
            answer = answers.get(timeout=self._deadline.left())
        except queue.Empty:
            raise httpcore.ConnectTimeout from None
        if isinstance(answer, OSError | UnicodeError):
            raise httpcore.ConnectError("the name has no address") from answer
        if isinstance(answer, Exception):
            raise answer
        return answer


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every wait ends at the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._deadline.left())
        return _TimedStream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as httpcore declares it
        return self._inner.get_extra_info(info)


def trusting() -> ssl.SSLContext:
    """Trust in the usual authorities, and in those this machine was told of.

    An organisation's own authority is among the latter, or named by SSL_CERT_FILE, which the mail
    server's connection obeys as well. Reading them takes longer than a request: once will do.
    """
    return _trusting(os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", ""))


@cache
def _trusting(*_: str) -> ssl.SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context


def quiet() -> None:
    """Switch off the libraries' own loggers, which print addresses."""
    for name in _LOUD:
        logging.getLogger(name).disabled = True
