from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from agent.store import skew
from agent.store.database import Database

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.fixture
def db(empty: Database) -> Iterator[Database]:
    with empty.copy() as made:
        yield made


def test_before_anybody_told_the_clock_is_believed(db: Database) -> None:
    assert skew.ahead(db, {"work"}) == timedelta()
    assert skew.told(db) == {}


@pytest.mark.parametrize(
    ("told", "least"),
    [
        ({"work": HOUR}, HOUR),
        ({"work": -HOUR, "other": 2 * HOUR}, -HOUR),
        ({"work": HOUR, "other": -3 * SECOND}, -3 * SECOND),
        ({"work": HOUR, "gone": timedelta()}, HOUR),
        ({"work": -601.9 * SECOND}, -601 * SECOND),
    ],
)
def test_the_least_that_calendars_of_the_owner_told_counts(
    db: Database, told: dict[str, timedelta], least: timedelta
) -> None:
    skew.note(db, told, ())

    assert skew.ahead(db, {"work", "other"}) == least


def test_what_others_told_is_kept_until_it_is_over(db: Database) -> None:
    skew.note(db, {"work": HOUR, "other": HOUR}, ())
    skew.note(db, {"work": SECOND}, {"work"})
    assert skew.told(db) == {"work": SECOND, "other": HOUR}

    skew.note(db, {}, {"work", "other"})
    assert skew.told(db) == {}
