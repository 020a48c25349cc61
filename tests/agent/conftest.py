from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from agent.store.database import Database
from connectors.port import Abilities
from tests.agent.model_channel import MAIL
from tests.agent.world import SETTINGS, Making, World


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A store just made, to be copied into memory: syncing a file would cost each test a second."""
    with Database(tmp_path_factory.mktemp("empty") / "state") as db:
        yield db


@pytest.fixture
def made(empty: Database) -> Iterator[Making]:
    worlds: list[World] = []

    def make(abilities: Abilities = MAIL, **settings: object) -> World:
        changed: dict[str, Any] = settings
        new = World(empty.copy(), abilities, replace(SETTINGS, **changed))
        new.read()
        worlds.append(new)
        return new

    yield make
    for each in worlds:
        each.db.close()
