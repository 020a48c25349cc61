"""What single servers do in their own way, known by the host they answer at."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple


class Quirks(NamedTuple):
    """``family``: other hosts under this domain belong to the service and may have the login.

    ``batch``: how many objects are asked for in one request.
    """

    family: str = ""
    batch: int = 100


QUIRKS: Final[Mapping[str, Quirks]] = MappingProxyType(
    {
        # The account's calendars live on a host of their own, p01-caldav.icloud.com to p199.
        "icloud.com": Quirks(family="icloud.com", batch=50),
        # Throttled by the account; small batches keep clear of it.
        "fastmail.com": Quirks(batch=50),
        # Address books and calendars of one account are on different hosts.
        "zoho.com": Quirks(family="zoho.com"),
        "zoho.eu": Quirks(family="zoho.eu"),
        "mailbox.org": Quirks(family="mailbox.org"),
    }
)


def quirks(host: str) -> Quirks:
    """Those of the server at ``host``."""
    for domain, known in QUIRKS.items():
        if is_within(host, domain):
            return known
    return Quirks()


def is_within(host: str, domain: str) -> bool:
    return host == domain or host.endswith("." + domain)
