from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from agent.store.database import Database
from agent.store.errors import Damaged
from agent.store.soundness import look_through
from tests.agent.keeping.kept import fill


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with Database(tmp_path_factory.mktemp("state")) as db:
        fill(db)
        yield db


@pytest.fixture
def full(kept: Database) -> Iterator[Database]:
    """A copy of a store with something in every table, which takes whatever is put into it."""
    with kept.copy() as copy:
        copy.rows("PRAGMA foreign_keys=OFF")
        for (name,) in copy.rows("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            copy.rows(f"DROP TRIGGER {name}")
        yield copy


def columns(db: Database, kind: str = "%", name: str = "%") -> list[tuple[str, str]]:
    found = db.rows(
        "SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c"
        " WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND c.type LIKE ?"
        " AND c.name LIKE ? ESCAPE '!'",
        kind,
        name,
    )
    return [(table, column) for table, column in found]


def looked(db: Database, table: str, column: str, value: object) -> str:
    """What is said of a store with this value in this column; empty when all is well."""
    with db.copy() as harmed:
        harmed.rows("PRAGMA foreign_keys=OFF")
        harmed.rows(f"UPDATE OR IGNORE {table} SET {column} = ?", value)  # noqa: S608 - our own words
        try:
            look_through(harmed, "the store")
        except Damaged as error:
            return error.cause
        return ""


def test_a_store_that_is_well_is_looked_through_without_a_word(full: Database) -> None:
    look_through(full, "the store")


def test_what_is_of_another_kind_than_its_column_is_damage(full: Database) -> None:
    every = columns(full)
    missed = list[tuple[str, str]]()
    for table, column in every:
        try:
            if not looked(full, table, column, b"\x00"):
                missed.append((table, column))
        except sqlite3.IntegrityError:  # SQLite itself keeps the numbers of its rows
            continue

    assert len(every) > 200
    assert missed == []


def test_a_moment_that_no_calendar_has_is_damage(full: Database) -> None:
    every = columns(full, "INTEGER", "%!_s")

    assert len(every) > 20
    assert [each for each in every if not looked(full, *each, 10**17)] == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("person.priority", "Z"),
        ("person.ideal_days", 2**62),
        ("person.groups", "no list"),
        ("person.hours", "always"),
        ("item.body", "[]"),
        ("occurrence.event", 9),
        ("occurrence.occupies", 3),
        ("attendance.reason", "none"),
        ("attendance.strength", 9),
        ("block.state", "gone"),
        ("proposal.state", "gone"),
        ("proposal.reasons", "no list"),
        ("proposal.chosen", 9),
        ("proposal_slot.parts", "5"),
        ("unplaced.code", "none"),
        ("action.state", "gone"),
        ("action.payload", "{}"),
        ("transition.after", "gone"),
        ("promise.made", "soon"),
        ("thanks.state", "gone"),
        ("favour.day", "soon"),
        ("news.day", "soon"),
        ("diary.kind", "none"),
        ("goal.state", "gone"),
        ("review.started_on", "soon"),
        ("standing.status", "pink"),
        ("commitment.until_day", "soon"),
        ("ritual.starts", "soon"),
    ],
)
def test_what_no_command_could_read_is_damage_and_its_table_named(
    full: Database, place: str, value: object
) -> None:
    table, _, column = place.partition(".")

    said = looked(full, table, column, value)

    assert said.startswith("the store holds something that Fika cannot read")
    assert table.removesuffix("_slot") in said or table in {"occurrence", "transition", "unplaced"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("suspended work", "junk"),
        ("paused_until", "junk"),
        ("clock_ahead", "junk"),
        ("clock_ahead", "[900]"),
        ("clock_ahead", '{"work": "900"}'),
        ("clock_ahead", '{"work": 1e99}'),
    ],
)
def test_a_value_of_the_store_itself_that_cannot_be_read_is_damage(
    full: Database, name: str, value: str
) -> None:
    full.rows("REPLACE INTO meta VALUES (?, ?)", name, value)

    with pytest.raises(Damaged, match="in meta"):
        look_through(full, "the store")


def test_a_row_that_refers_to_one_that_is_gone_is_damage(full: Database) -> None:
    full.rows("DELETE FROM person")

    with pytest.raises(Damaged, match="its references"):
        look_through(full, "the store")


def test_a_store_without_its_name_is_none(full: Database) -> None:
    full.rows("DELETE FROM meta WHERE name = 'installation'")

    with pytest.raises(Damaged, match="holds no store"):
        look_through(full, "the store")
