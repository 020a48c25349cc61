"""A name server on loopback, over real UDP, with the records a test gives it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset

Records = Mapping[tuple[str, str], tuple[str, ...]]
"""By name and type, such as ``("_caldavs._tcp.example.com.", "SRV")``, each as in a zone file."""


@contextmanager
def name_server(records: Records, *, silent: bool = False) -> Iterator[dns.resolver.Resolver]:
    """A resolver that asks it; ``silent``: it hears, and never answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        ending = threading.Event()
        serving = threading.Thread(target=_serve, args=(udp, records, ending, silent))
        serving.start()
        try:
            resolver = dns.resolver.Resolver(configure=False)
            resolver.nameservers, resolver.port = ["127.0.0.1"], udp.getsockname()[1]
            yield resolver
        finally:
            ending.set()
            udp.sendto(b"", udp.getsockname())
            serving.join()


def _serve(udp: socket.socket, records: Records, ending: threading.Event, silent: bool) -> None:
    while not ending.is_set():
        wire, sender = udp.recvfrom(4096)
        if wire and not silent:
            udp.sendto(_answer(wire, records), sender)


def _answer(wire: bytes, records: Records) -> bytes:
    query = dns.message.from_wire(wire)
    (asked,) = query.question
    answer = dns.message.make_response(query, recursion_available=True)
    known = {name.lower() for name, _ in records}
    texts = records.get((str(asked.name).lower(), asked.rdtype.name), ())
    if texts:
        answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", asked.rdtype.name, *texts))
    elif str(asked.name).lower() not in known:
        answer.set_rcode(dns.rcode.NXDOMAIN)
    return answer.to_wire()
