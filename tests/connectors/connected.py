"""A WebDAV account of the tests, as the connector connects to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from connectors.caldav.client import Dav
from tests.make import utc
from tests.servers.dav import PASSWORD, USER

NOW = utc("2026-03-02 09:00")


def connected(url: str, *, password: str = PASSWORD) -> Callable[[], Dav]:
    """Connects to ``url`` on this machine, anew each time."""
    return lambda: Dav(
        "work",
        url,
        USER,
        lambda: password,
        lambda: NOW,
        each=timedelta(seconds=20),
        allow_private_host=True,
    )
