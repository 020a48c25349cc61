from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agent.sending import outcome
from agent.store import proposals, runs
from agent.store.database import Database
from agent.store.retention import tidy
from policies.interval import Interval
from policies.privacy.retention import LEAST_RUNS, retention
from policies.proposal import ProposalState
from tests import make
from tests.agent.keeping.kept import fill
from tests.agent.store.stored import NOW

DAY = timedelta(days=1)


@pytest.fixture
def db(empty: Database) -> Iterator[Database]:
    with empty.copy() as copy:
        yield copy


def ran(db: Database, at: datetime, code: int = 0) -> int:
    number = runs.start(db, at, None)
    runs.finish(db, number, at, code, "{}")
    return number


def count(db: Database, table: str) -> int:
    return int(db.rows(f"SELECT count(*) FROM {table}")[0][0])  # noqa: S608 - our own words


def test_runs_go_after_four_hundred_days(db: Database) -> None:
    old = ran(db, NOW - 401 * DAY)
    kept = [ran(db, NOW - 399 * DAY + number * DAY) for number in range(LEAST_RUNS)]

    tidy(db, NOW)

    assert [each.id for each in runs.newest(db, 1_000)] == sorted(kept, reverse=True)
    assert old not in kept


def test_a_clock_gone_wrong_does_not_empty_the_ledger(db: Database) -> None:
    for number in range(LEAST_RUNS + 20):
        ran(db, NOW + number * DAY, code=1)

    tidy(db, NOW + 4_000 * DAY)

    assert len(runs.newest(db, 1_000)) == LEAST_RUNS


def test_the_last_success_stays_however_long_ago(db: Database) -> None:
    ran(db, NOW - 900 * DAY)
    for number in range(LEAST_RUNS + 5):
        ran(db, NOW - 800 * DAY + number * DAY, code=1)

    tidy(db, NOW)

    assert runs.last_success(db) == NOW - 900 * DAY


def test_words_of_what_came_to_nothing_go_after_two_years_and_the_fact_stays(db: Database) -> None:
    world = fill(db)
    later = Interval(make.utc("2026-04-20 08:00"), make.utc("2026-04-20 08:45"))
    given_up = world.propose(make.person("Zoe Other"), later)
    world.approve(given_up)
    outcome.reject(db, given_up, "no", world.clock.now())
    db.rows("UPDATE action SET untidy = 0")
    sent, refused = proposals.get(db, 1), proposals.get(db, 3)
    assert sent is not None
    assert refused is not None

    tidy(db, NOW + 720 * DAY)
    assert proposals.get(db, 3) == refused
    tidy(db, NOW + 745 * DAY)

    after = proposals.get(db, 3)
    assert after is not None
    assert (after.state, after.created) == (ProposalState.REJECTED, refused.created)
    assert after.draft.person == refused.draft.person
    assert [each.when for each in after.draft.slots] == [each.when for each in refused.draft.slots]
    words = (after.draft.title, after.draft.text, after.outcome, after.draft.reasons)
    assert words == ("", "", "", ())
    assert proposals.get(db, 1) == sent
    assert count(db, "sending") == 1
    assert db.rows("SELECT state FROM action") == [("sent",)]
    assert db.rows("SELECT DISTINCT after FROM transition WHERE after = 'rejected'") == []


def test_what_our_calendar_entry_still_has_to_follow_stays(db: Database) -> None:
    world = fill(db)
    db.rows("UPDATE action SET state = 'cancelled', untidy = 1")
    db.rows("UPDATE proposal SET state = 'rejected'")

    tidy(db, world.clock.now() + 3_000 * DAY)

    assert count(db, "action") == 1


def test_with_nothing_to_drop_nothing_is_written(tmp_path: Path) -> None:
    with Database(tmp_path / "state") as db:
        fill(db)
        before = db.rows("PRAGMA data_version"), (tmp_path / "state/fika.db-wal").read_bytes()

        tidy(db, NOW)
        assert (db.rows("PRAGMA data_version"), (tmp_path / "state/fika.db-wal").read_bytes()) == (
            before
        )


def test_tidying_twice_is_tidying_once(db: Database) -> None:
    fill(db)
    later = NOW + 3_000 * DAY

    tidy(db, later)
    once = db.rows("SELECT * FROM proposal")
    tidy(db, later)
    assert db.rows("SELECT * FROM proposal") == once


def test_runs_are_kept_for_longer_than_a_year_and_words_for_two() -> None:
    found = retention(NOW)

    assert NOW - found.runs == timedelta(days=400)
    assert NOW - found.words == timedelta(days=730)
