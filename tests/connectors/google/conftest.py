from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.google.client import GoogleClient
from tests.connectors.google.service import client, google
from tests.servers.google.server import GoogleServer


@pytest.fixture
def server() -> Iterator[GoogleServer]:
    with google() as running:
        yield running


@pytest.fixture
def account(server: GoogleServer) -> Iterator[GoogleClient]:
    with client(server) as made:
        yield made
