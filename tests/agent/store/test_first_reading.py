from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from pathlib import Path

import pytest

from agent.reading import read_all
from agent.store import items
from agent.store.bulk import indexes_last, insert
from agent.store.database import Database
from connectors.ical.encoded import Encoded
from connectors.port import Changes, Cursor
from policies.calendar import codec
from policies.calendar.event import CalendarItem, Event
from policies.interval import Interval
from tests.agent.store.stored import NOW, SETTINGS, Listing, meeting, read

MANY = 1_100
GUESTS = ("ana.silva@example.com", "raj.patel@example.com", "mia.wong@example.com")
TABLES = ("item", "occurrence", "attendance")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "state") as made:
        yield made


def meetings(count: int) -> list[Event]:
    """One every five hours up to the day of reading and beyond, with one to three guests."""
    first = NOW - timedelta(hours=5 * count - 100)
    return [
        meeting(
            (first + timedelta(hours=5 * number)).strftime("%Y-%m-%d %H:%M"),
            *GUESTS[: 1 + number % 3],
            uid=f"{number:05}@example.com",
            rule="FREQ=WEEKLY;COUNT=3" if number % 100 == 0 else "",
        )
        for number in range(count)
    ]


def content(db: Database) -> list[list[tuple]]:  # type: ignore[type-arg]
    return [
        db.rows("SELECT key, body, recurs, problem, left_s FROM item ORDER BY key"),
        db.rows(
            "SELECT i.key, o.event, o.start_s, o.end_s, i.uid, o.all_day, o.occupies, a.address,"
            " a.start_s, a.end_s, a.strength, a.reason"
            " FROM item i JOIN occurrence o ON o.item = i.id"
            " JOIN attendance a ON a.occurrence = o.id"
            " ORDER BY i.key, o.start_s, a.address"
        ),
    ]


def indexes(db: Database) -> list[tuple[str, str]]:
    return db.rows("SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name")


def test_what_comes_at_once_is_what_comes_bit_by_bit(db: Database, tmp_path: Path) -> None:
    every = meetings(MANY)
    with Database(tmp_path / "slow") as slow:
        for known in (MANY // 3, 2 * MANY // 3, MANY):
            read(slow, every[:known])
        bit_by_bit, made = content(slow), indexes(slow)

    read(db, every)
    assert content(db) == bit_by_bit
    assert indexes(db) == made
    assert not db.damage()


class WatchedItems(Encoded):
    """Items as text; whoever watches is told whenever one of them is about to be made."""

    def __init__(self, texts: Sequence[bytes], on_each: Callable[[], object]) -> None:
        super().__init__(texts)
        self.on_each = on_each

    def __iter__(self) -> Iterator[CalendarItem]:
        for each in super().__iter__():
            self.on_each()
            yield each


class AsText(Listing):
    """A calendar whose items come as text."""

    def __init__(self, events: Sequence[Event], on_each: Callable[[], object]) -> None:
        super().__init__(events)
        self.on_each = on_each

    def changes(self, cursor: Cursor | None, window: Interval) -> Changes:
        found = super().changes(cursor, window)
        texts = [codec.encode(each).encode() for each in found.changed]
        return replace(found, changed=WatchedItems(texts, self.on_each))


def read_watched(db: Database, on_each: Callable[[], object]) -> None:
    work = AsText(meetings(MANY), on_each)
    read_all(db, SETTINGS, {"work": work, "private": Listing([])}, NOW)


def test_of_a_first_reading_each_item_is_made_once(db: Database) -> None:
    made = []

    read_watched(db, lambda: made.append(1))
    assert db.rows("SELECT count(*) FROM item") == [(MANY,)]
    assert len(made) == MANY


def test_where_rows_are_too_many_to_be_indexed_at_once_the_indexes_are_made_before_the_last(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(items, "_ROWS_AT_ONCE", 100)
    monkeypatch.setattr(items, "_UNSORTED", 5)
    made, seen = indexes(db), list[int]()

    read_watched(db, lambda: seen.append(len(indexes(db))))
    assert seen[0] < len(made)
    assert seen[-1] == len(made)
    assert indexes(db) == made
    assert len(content(db)[0]) == MANY
    assert not db.damage()


def test_a_second_calendar_that_outgrows_the_first_comes_at_once_as_well(db: Database) -> None:
    read(db, meetings(3))
    made = indexes(db)

    read(db, meetings(3), meetings(MANY))
    assert len(content(db)[0]) == MANY + 3
    assert indexes(db) == made
    assert not db.damage()


def test_a_reading_that_breaks_off_leaves_every_index_in_place(db: Database) -> None:
    made = indexes(db)

    with pytest.raises(KeyError), db.transaction() as sql, indexes_last(sql, TABLES, ()):
        raise KeyError
    assert indexes(db) == made


@pytest.mark.parametrize("count", [0, 1, 449, 450, 451, 900, 1_000])
def test_all_rows_go_in_however_many_statements_they_take(db: Database, count: int) -> None:
    rows = [(f"name {number}", str(number)) for number in range(count)]

    with db.transaction() as sql:
        insert(sql, "meta", "name, value", list(chain.from_iterable(rows)))
    assert db.rows("SELECT name, value FROM meta WHERE name LIKE 'name %'") == sorted(rows)
