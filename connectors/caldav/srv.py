"""Where a domain keeps its calendars: SRV and TXT records (RFC 6764, sections 3, 4 and 6).

Only the encrypted service is asked for. Whoever answers for the name can answer anything, so what
is found is a suggestion that the owner confirms once, before a password goes there.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import quote

import dns.exception
import dns.name
import dns.resolver
from dns.rdatatype import SRV, TXT, RdataType
from dns.rdtypes.IN.SRV import SRV as Srv  # noqa: N811 - a class
from dns.rdtypes.txtbase import TXTBase

from connectors.errors import TemporarilyUnavailable

_SERVICE: Final = "_caldavs._tcp"
_HTTPS: Final = 443
_LONGEST_S: Final = 10.0
_NONE: Final = (
    *(dns.resolver.NXDOMAIN, dns.resolver.NoAnswer),
    *(dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel, dns.name.BadEscape),
)
"""The domain has no such record, or is no name."""
_PATH: Final = b"path="
_HOST: Final = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
"""The name "." says that there is no such service (RFC 2782), and is no host either."""
_WELL_KNOWN: Final = "/.well-known/caldav"


class Server(NamedTuple):
    """One address to try; ``host`` is the server's, in lower case."""

    host: str
    url: str


def servers(domain: str) -> tuple[Server, ...]:
    """What the records of ``domain`` name, best first; empty where it has none.

    Of equal priority the heavier comes first, always, so that the same is suggested each time.

    Raises:
        TemporarilyUnavailable: no name server answers.
    """
    asked = dns.resolver.get_default_resolver()
    path = _path(domain, asked)
    found = sorted(
        (each.priority, -each.weight, str(each.target).rstrip(".").lower(), each.port)
        for each in _records(domain, SRV, asked)
        if isinstance(each, Srv)
    )
    hosts = ((host, port) for _, _, host, port in found if _HOST.fullmatch(host))
    return tuple(Server(host, _url(host, port, path)) for host, port in hosts)


def _path(domain: str, resolver: dns.resolver.Resolver) -> str:
    """Where on the server it begins: the first ``path`` of a TXT record, else its own word."""
    for each in _records(domain, TXT, resolver):
        for text in each.strings if isinstance(each, TXTBase) else ():
            if text.lower().startswith(_PATH) and text[len(_PATH) :].startswith(b"/"):
                return quote(text[len(_PATH) :], safe="/%")
    return _WELL_KNOWN


def _url(host: str, port: int, path: str) -> str:
    return f"https://{host}{'' if port == _HTTPS else f':{port}'}{path}"


def _records(
    domain: str, kind: RdataType, resolver: dns.resolver.Resolver
) -> tuple[dns.rdata.Rdata, ...]:
    name = f"{_SERVICE}.{domain}"
    try:
        answer = resolver.resolve(name, kind, lifetime=_LONGEST_S, search=False)
    except _NONE:
        return ()
    except dns.exception.DNSException as error:
        raise TemporarilyUnavailable(
            domain, "no name server tells where its calendars are", "give the address with --url"
        ) from error
    return tuple(answer)
