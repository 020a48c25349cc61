"""What a large file's cursor is too long for is kept beside it, and goes when it goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from agent.store import calendars
from agent.store.database import Database
from agent.store.forgotten import Subject, erase
from connectors.port import Cursor


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "state") as made:
        yield made


def moved(db: Database, cursor: Cursor | None, name: str = "work") -> None:
    row = calendars.calendar(db, name)
    with db.transaction() as sql:
        calendars.move_cursor(sql, row.id, cursor)


def kept(db: Database, name: str = "work") -> dict[str, str]:
    found = calendars.cursor(db, name)
    return dict(found.parts) if found else {}


class Unread(Mapping[str, str]):
    """Names its parts; of their values only that of ``c`` may be asked for, one by one."""

    def __init__(self, parts: dict[str, str]) -> None:
        self._parts = parts

    def __getitem__(self, name: str) -> str:
        assert name == "c"
        return self._parts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


def test_a_cursor_comes_back_with_its_parts(db: Database) -> None:
    moved(db, Cursor("one", {"a": "first", "b": "second"}))
    moved(db, Cursor("another", {"a": "elsewhere"}), "home")

    assert calendars.cursor(db, "work") == "one"
    assert kept(db) == {"a": "first", "b": "second"}
    with pytest.raises(KeyError):
        calendars.cursor(db, "work").parts["c"]  # type: ignore[union-attr]


def test_parts_that_are_there_already_are_not_asked_for(db: Database) -> None:
    moved(db, Cursor("one", {"a": "first", "b": "second"}))
    moved(db, Cursor("two", Unread({"b": "second", "c": "third"})))

    assert kept(db) == {"b": "second", "c": "third"}


@pytest.mark.parametrize("cursor", [None, Cursor("of another kind")])
def test_parts_go_with_their_cursor(db: Database, cursor: Cursor | None) -> None:
    moved(db, Cursor("one", {"a": "first"}))
    moved(db, cursor)

    assert db.rows("SELECT * FROM cursor_part") == []


def test_a_part_that_names_somebody_forgotten_takes_the_cursor_with_it(db: Database) -> None:
    moved(db, Cursor("one", {"a": '["meeting-with-Ana@Example.com"]'}))
    moved(db, Cursor("two", {"a": '["meeting-with-raj@example.com"]'}), "home")

    with db.transaction() as sql:
        erase(db, sql, Subject("", (), ("ana@example.com",)))

    assert calendars.cursor(db, "work") is None
    assert kept(db, "home") == {"a": '["meeting-with-raj@example.com"]'}
