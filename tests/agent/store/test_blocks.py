from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.store import blocks
from agent.store.blocks import BlockRow
from agent.store.database import Database
from connectors.port import Written
from policies.planning.block import Block, BlockState, Loss, Purpose
from tests.make import interval, utc

ROW = BlockRow(
    Block(
        "one@fika.invalid",
        Purpose.RHYTHM,
        "2026-W10",
        interval("2026-03-04 08:30", "2026-03-04 09:00"),
        BlockState.HELD,
        utc("2026-03-02 05:00"),
    ),
    "work",
    Written("one.ics", "v1"),
    wrote="abc",
)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "home") as opened:
        yield opened


def put(db: Database, *rows: BlockRow) -> None:
    with db.transaction() as sql:
        for row in rows:
            blocks.put(sql, row)


def other(uid: str, state: BlockState, **fields: object) -> BlockRow:
    block = replace(ROW.block, uid=uid, state=state, **fields)  # type: ignore[arg-type]
    return replace(ROW, block=block)


@pytest.mark.parametrize(
    "row",
    [
        ROW,
        replace(ROW, written=None, block=replace(ROW.block, state=BlockState.WRITING)),
        replace(ROW, rebooked=2, block=replace(ROW.block, pinned=True)),
        replace(ROW, block=replace(ROW.block, state=BlockState.LOST, why=Loss.CLASH)),
    ],
)
def test_a_slot_is_read_as_it_was_written_down(db: Database, row: BlockRow) -> None:
    put(db, row)

    assert blocks.every(db) == (row,)


def test_a_slot_written_down_again_replaces_what_was_known(db: Database) -> None:
    when = interval("2026-03-05 08:30", "2026-03-05 09:00")
    moved = replace(ROW, block=replace(ROW.block, when=when))
    put(db, ROW, other("two", BlockState.HELD), moved)

    assert [row.block.uid for row in blocks.every(db)] == ["one@fika.invalid", "two"]
    assert blocks.every(db)[0] == moved


def test_a_slot_that_was_never_written_can_be_struck_out(db: Database) -> None:
    put(db, ROW, other("two", BlockState.WRITING))

    with db.transaction() as sql:
        blocks.forget(sql, "two")

    assert blocks.every(db) == (ROW,)


def test_slots_kept_lost_and_moved_are_counted(db: Database) -> None:
    assert blocks.tally(db) == (0, 0, 0)

    put(
        db,
        replace(ROW, rebooked=2),
        other("two", BlockState.KEPT),
        other("three", BlockState.KEPT),
        other("four", BlockState.LOST, why=Loss.DELETED),
    )

    assert blocks.tally(db) == (2, 1, 2)


@pytest.mark.parametrize(
    ("state", "protected"),
    [
        (BlockState.WRITING, True),
        (BlockState.HELD, True),
        (BlockState.LOST, False),
        (BlockState.KEPT, False),
    ],
)
def test_a_slot_that_stands_or_is_being_written_is_protected(
    db: Database, state: BlockState, protected: bool
) -> None:
    put(db, other("one", state))

    assert blocks.protected(db) == ((ROW.block.when,) if protected else ())


def test_the_uid_of_a_slot_is_always_the_same_and_nobody_elses() -> None:
    one = blocks.uid("installation", "2026-W48", 0)
    others = {blocks.uid("other", "2026-W48", 0), blocks.uid("installation", "2026-W48", 1)}

    assert one.startswith("fika-plan-2026-W48-0-")
    assert one.endswith("@fika.invalid")
    assert one == blocks.uid("installation", "2026-W48", 0)
    assert len(others | {one}) == 3


def test_the_mark_fits_one_event_of_one_installation() -> None:
    marks = {blocks.marker(name, uid) for name in ("a", "b") for uid in ("1", "2")}

    assert len(marks) == 4


def test_words_are_the_same_however_a_calendar_folds_and_spaces_them() -> None:
    folded = blocks.words("Planning", "one two\r\n\r\nthree ")

    assert blocks.words("Planning", "one two\nthree") == folded
    assert blocks.words("Planning", "one two") != blocks.words("Planning", "one too")
    assert blocks.words("Planning", "") != blocks.words("", "Planning")
