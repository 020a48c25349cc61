from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.clock import Uptime
from agent.store import runs
from agent.store.database import Database
from agent.store.suspension import suspend, suspended
from tests.agent.store.stored import NOW
from tests.agent.world import DAY


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "state") as opened:
        yield opened


@pytest.mark.parametrize(
    ("boots", "shared"),
    [
        ("a", False),
        ("aa", False),
        ("ab", False),
        ("abb", False),
        ("aba", True),
        ("abaa", False),
        ("abab", True),
        ("abca", True),
        ("a-a", False),
        ("a-b-", False),
        ("ab-a", True),
        ("--", False),
    ],
)
def test_a_start_of_the_machine_that_comes_back_shows_that_there_are_two(
    db: Database, boots: str, shared: bool
) -> None:
    for each in boots:
        run = runs.start(db, NOW, None if each == "-" else Uptime(each, 60))

    assert runs.is_shared(db, run) is shared


def test_a_day_of_peace_is_over_a_day_later_also_by_a_clock_that_was_set_far_ahead(
    db: Database,
) -> None:
    runs.start(db, NOW, Uptime("a", 0))
    runs.start(db, NOW + 400 * DAY, Uptime("a", 60))
    with db.transaction() as sql:
        suspend(sql, "google", NOW + DAY)

    halted = []
    for day in range(3):
        runs.start(db, NOW + day * DAY, Uptime("a", 120 + day * DAY.total_seconds()))
        halted.append("google" in suspended(db, NOW + day * DAY))

    assert halted == [True, False, False]


def test_a_success_dated_in_the_future_is_not_the_last_for_ever(db: Database) -> None:
    for at in (NOW, NOW + 400 * DAY, NOW + DAY):
        runs.finish(db, runs.start(db, at, None), at, 0, "{}")

    assert runs.last_success(db) == NOW + DAY


def test_without_a_success_there_is_none(db: Database) -> None:
    runs.finish(db, runs.start(db, NOW, None), NOW, 1, "{}")

    assert runs.last_success(db) is None
