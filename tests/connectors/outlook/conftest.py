from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina

from connectors.outlook.client import Graph
from tests.connectors.outlook.service import graph, outlook
from tests.servers.graph.mailbox import Mailbox
from tests.servers.graph.server import GraphServer


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    """Reads are tried again as often as ever, and at once."""
    stamina.set_testing(True, attempts=4)
    yield
    stamina.set_testing(False)


@pytest.fixture
def server() -> Iterator[GraphServer]:
    with outlook() as running:
        yield running


@pytest.fixture
def box(server: GraphServer) -> Mailbox:
    return server.mailbox()


@pytest.fixture
def account(server: GraphServer) -> Iterator[Graph]:
    with graph(server) as made:
        yield made
