from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.keeping.forget import forget, subject
from agent.reading import read_all
from agent.store import entries
from agent.store.database import Database
from policies.calendar.event import Event
from tests.agent.store.stored import NOW, SETTINGS, Listing, listed, meeting
from tests.make import person

ANA = person("Ana Silva")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "state") as made:
        yield made


def read(db: Database, work: list[Event], private: list[Event]) -> None:
    """Read ``work`` from a service, which has ids of its own, and ``private`` from a file."""
    service = Listing(work)
    named = (replace(item, id=f"id-{at}") for at, item in enumerate(service.items.values()))
    service.items = {each.id: each for each in named}
    read_all(db, SETTINGS, {"work": service, "private": Listing(private)}, NOW)


def test_a_meeting_is_found_whatever_its_calendar_calls_it(db: Database) -> None:
    ours, other = (meeting("2026-04-20 09:00", uid=uid) for uid in ("ours", "other"))
    read(db, [other, ours], [ours, other])

    found = [(each.calendar, each.item.id) for each in entries.copies(db, "ours")]
    assert found == [("private", "ours"), ("work", "id-1")]


def test_a_meeting_that_left_its_calendar_stands_there_no_more(db: Database) -> None:
    past = meeting("2026-03-02 09:00", uid="ours")
    rest = [meeting("2026-03-03 09:00", uid=f"other-{number}") for number in range(3)]
    read(db, [*rest, past], [*rest, past])
    read(db, rest, rest)

    assert db.rows("SELECT uid FROM item WHERE left_s > 0 ORDER BY uid") == [(None,), ("ours",)]
    assert entries.copies(db, "ours") == ()


def test_what_a_uid_says_of_somebody_forgotten_goes_with_them(db: Database) -> None:
    listed(db, ANA)
    read(db, [meeting("2026-03-02 09:00", *ANA.addresses, uid="coffee-ana-silva")], [])

    forget(db.path.parent, db, subject(db, ANA.id))

    ((uid,),) = db.rows("SELECT uid FROM item")
    assert "silva" not in uid
    assert len(entries.copies(db, uid)) == 1


def test_looking_a_meeting_up_goes_through_no_list_of_them(db: Database) -> None:
    steps = [step for *_, step in db.rows(f"EXPLAIN QUERY PLAN {entries._COPIES}", "ours")]

    assert not [step for step in steps if step.startswith("SCAN i")]
    assert [step for step in steps if step.startswith("SEARCH i")]
