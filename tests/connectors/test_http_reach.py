"""Where a fetch may go: each closed address in every disguise, on three ways in."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from connectors.errors import ConnectorError, NotAllowed
from connectors.http import Web, address
from connectors.reach import is_public
from tests.make import utc
from tests.servers import feeds
from tests.servers.audit import watched_connections
from tests.servers.feeds import FeedServer

pytestmark = pytest.mark.usefixtures("no_pause_between_tries")

OPEN = "feeds.example.com"
PUBLIC = "93.184.215.14"
TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

# Hosts whose text is an address already, or which the system's resolver reads as one.
LITERALS = """
127.0.0.1 127.0.0.2 127.255.255.255 127.1 127.0.1 0 0.0.0.0 0.0.0.1 2130706433 017700000001
0x7f000001 0x7f.0.0.1 0x7f.1 0177.0.0.1 0177.1 127.0.0.0x1 00000177.0.0.01 10.0.0.1
10.255.255.255 10.1 167772161 0x0a000001 172.16.0.1 172.31.255.254 192.168.0.1 192.168.1
3232235521 0xc0a80001 169.254.169.254 169.254.0.1 2852039166 0xa9fea9fe 0251.0376.0251.0376
100.64.0.1 100.100.100.200 100.127.255.255 168.63.129.16 192.0.0.192 192.0.2.1 198.18.0.1
198.51.100.7 203.0.113.9 192.88.99.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 [::1]
[::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [::ffff:169.254.169.254]
[::ffff:10.0.0.1] [64:ff9b::7f00:1] [64:ff9b::10.0.0.1] [64:ff9b:1::1] [2002:7f00:1::]
[2002:a00:1::1] [2001:0:53aa:64c::1] [2001:db8::1] [3fff::1] [fe80::1] [febf::1] [fec0::1]
[fc00::1] [fd00:ec2::254] [fdff::1] [ff02::1] [ff0e::1] [100::1] [5f00::1] [4000::1]
""".split()  # noqa: SIM905 - a corpus reads better as text

# Names, and what a resolver in hostile hands answers for them.
NAMES: dict[str, Sequence[str]] = {
    "localhost": ["127.0.0.1"],
    "localhost.": ["127.0.0.1"],
    "localtest.example.net": ["127.0.0.1"],
    "metadata.example.net": ["169.254.169.254"],
    "router.example.net": ["192.168.0.1"],
    "v6.example.net": ["::1"],
    "mapped.example.net": ["::ffff:192.168.0.1"],
    "nat64.example.net": ["64:ff9b::a9fe:a9fe"],
    "mixed.example.net": [PUBLIC, "10.0.0.7"],
    "mixed6.example.net": [PUBLIC, "fd00::1"],
    "last.example.net": [PUBLIC, "93.184.215.15", "127.0.0.1"],
    "scoped.example.net": ["fe80::1%eth0"],
    "127.0.0.1.example.net": ["127.0.0.1"],
    "xn--lcal-5qa.example.net": ["127.0.0.1"],
}
TRICKS = [
    "https://example.com@127.0.0.1/",
    "https://example.com:443@127.0.0.1/",
    "https://example.com%2f@localhost/",
    "https://user:pass@[::1]/",
    "https://127.0.0.1:8443/x",
    "https://127.0.0.1/?example.com",
    "https://127.0.0.1/#@example.com",
    "https://①②⑦.0.0.1/",
    "https://LOCALHOST/",
    "webcal://127.0.0.1/x.ics",
    "webcal://localhost/x.ics",
    "https://127。0。0。1/",
]


def numeric(host: str) -> list[str]:
    """What the system's resolver makes of an address in digits, without asking the network."""
    found = socket.getaddrinfo(host, 443, flags=socket.AI_NUMERICHOST, type=socket.SOCK_STREAM)
    return [str(answer[4][0]) for answer in found]


# What a second look-up may say after a harmless first one.
REBOUND = {
    **NAMES,
    **{host: numeric(host.strip("[]")) for host in LITERALS if host != "127.0.0.0x1"},
}
CLOSED = [
    *(f"https://{host}/x.ics" for host in (*LITERALS, *NAMES)),
    *TRICKS,
]


class Recording:
    """A resolver that notes what it was asked and never asks the network."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, Iterator[Sequence[str]]] = {}

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if host in self.answers:
            return next(self.answers[host])
        if host == OPEN:
            return ["127.0.0.1"]
        if host in NAMES:
            return NAMES[host]
        return numeric(host)


@pytest.fixture(scope="module")
def server() -> Iterator[FeedServer]:
    with FeedServer(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n").running() as running:
        yield running


def web(resolve: Recording, open_host: str = "") -> Web:
    return Web(
        "work",
        timedelta(seconds=10),
        10_000,
        lambda: utc("2026-03-02 09:00"),
        open_host,
        resolve,
        TLS,
    )


def test_the_corpus_is_as_large_as_we_say() -> None:
    assert len(set(CLOSED)) >= 90
    assert len(REBOUND) >= 80


@pytest.mark.parametrize("text", CLOSED)
def test_a_closed_address_is_never_connected_to(text: str) -> None:
    with watched_connections() as connected, pytest.raises(ConnectorError):
        web(Recording()).get(address("work", text), {})
    assert connected == []


@pytest.mark.parametrize("text", CLOSED)
def test_a_redirect_to_a_closed_address_is_never_followed(server: FeedServer, text: str) -> None:
    server.faults.append(
        feeds.redirect(text.replace("webcal:", "https:").encode().decode("latin1"))
    )
    first = address("work", server.url(host=OPEN))

    with watched_connections() as connected, pytest.raises(ConnectorError):
        web(Recording(), OPEN).get(first, {})
    assert connected == ["127.0.0.1"]
    server.faults.clear()


@pytest.mark.parametrize("closed", REBOUND.values(), ids=REBOUND)
def test_a_second_answer_of_the_resolver_gains_nothing(closed: Sequence[str]) -> None:
    resolve = Recording()
    resolve.answers["rebind.example.net"] = iter([[PUBLIC], closed])

    with watched_connections() as connected, pytest.raises(NotAllowed):
        web(resolve).get(address("work", "https://rebind.example.net/x.ics"), {})
    assert connected == [PUBLIC]
    assert resolve.asked == ["rebind.example.net"] * 2


def test_one_connection_asks_the_resolver_once() -> None:
    resolve = Recording()
    resolve.answers["rebind.example.net"] = iter([[PUBLIC, "93.184.215.15"]] * 4)

    with watched_connections() as connected, pytest.raises(ConnectorError):
        web(resolve).get(address("work", "https://rebind.example.net/x.ics"), {})
    assert len(resolve.asked) == 4
    assert connected == [PUBLIC, "93.184.215.15"] * 4


def test_what_nobody_foresaw_in_a_look_up_is_raised_where_it_is_waited_for() -> None:
    class Unforeseen(Exception):
        pass

    def resolve(host: str, port: int) -> Sequence[str]:
        raise Unforeseen

    with pytest.raises(Unforeseen):
        Web(
            "work", timedelta(seconds=10), 10, lambda: utc("2026-03-02 09:00"), "", resolve, TLS
        ).get(address("work", "https://feeds.example.com/x.ics"), {})


def test_a_host_allowed_by_name_opens_no_other(server: FeedServer) -> None:
    resolve = Recording()

    with web(resolve, OPEN).get(address("work", server.url(host=OPEN)), {}) as answer:
        assert answer.status == 200
    with pytest.raises(NotAllowed):
        web(resolve, OPEN).get(address("work", "https://localtest.example.net/x.ics"), {})


@pytest.mark.parametrize(
    "ip", ["1.1.1.1", PUBLIC, "8.8.8.8", "2606:4700::1111", "2a00:1450:4001::1", "172.15.0.1"]
)
def test_public_addresses_are_public(ip: str) -> None:
    assert is_public(ip)
