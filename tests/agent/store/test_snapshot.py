"""What is read while another program writes is all of one moment."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from agent.store import meetings, memory_meetings
from agent.store.database import Database
from policies.calendar.event import Attendee, Event
from policies.wall import seconds
from tests.agent.store.interrupted import Interrupted
from tests.agent.store.stored import NOW, listed, meeting, read
from tests.make import person, utc

NOW_S = seconds(NOW)
ANA = person("Ana Silva")
BEA = replace(person("Bea Stone"), addresses=("bea@example.com", "bea@example.org"))
MET = Attendee("mei@example.net", "Mei Lin")
STARTS = [(ANA.id, seconds(utc(f"2026-03-0{day} 11:00"))) for day in (2, 3)]


def calendar(title: str, hour: int) -> list[Event]:
    return [
        meeting(f"2026-03-02 {hour}:00", *ANA.addresses, uid="one", title=title),
        meeting(f"2026-03-03 {hour}:00", *ANA.addresses, uid="two", title=title),
        replace(meeting(f"2026-03-04 {hour}:00", uid="three", title=title), attendees=(MET,)),
    ]


def moved(home: Path) -> None:
    """Another program reads the calendar: all have another time and name, and Bea was met."""
    with Database(home) as other:
        new = meeting("2026-03-05 09:00", *BEA.addresses, title="Breakfast")
        read(other, [*calendar("Dinner", 19), new])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with Database(tmp_path / "state") as db:
        listed(db, ANA, BEA)
        read(db, calendar("Lunch", 12))
    return tmp_path / "state"


@pytest.mark.parametrize(
    "asked",
    [
        lambda db: meetings.history(db, ANA.id),
        lambda db: meetings.contact(db, BEA.id, NOW_S),
        lambda db: meetings.contacts(db, NOW_S),
        lambda db: meetings.titles(db, STARTS),
        lambda db: meetings.met(db, NOW_S),
        lambda db: memory_meetings.alone(db, 0, NOW_S),
    ],
    ids=["history", "contact", "contacts", "titles", "met", "alone"],
)
def test_is_as_before_or_as_after_wherever_another_writes(
    home: Path, asked: Callable[[Database], object]
) -> None:
    found = []
    for place in count(1):
        mine = home.with_name(f"state-{place}")
        shutil.copytree(home, mine)
        store = Interrupted(mine, place, partial(moved, mine))
        with store as db:
            found.append(asked(db))
        if store.statements < place:
            break
    with Database(mine) as db:
        before = asked(db)
    moved(mine)
    with Database(mine) as db:
        after = asked(db)

    assert before != after
    assert found[0] == after
    assert found[-1] == before
    assert all(each in (before, after) for each in found)


def test_one_inside_another_is_of_the_moment_of_that(home: Path) -> None:
    with Database(home) as db:
        before = meetings.met(db, NOW_S)
        with db.snapshot():
            with db.snapshot():
                assert meetings.met(db, NOW_S) == before
            moved(home)

            assert meetings.met(db, NOW_S) == before
        assert meetings.met(db, NOW_S) != before


def test_inside_a_transaction_it_leaves_that_open(home: Path) -> None:
    with Database(home) as db:
        with db.transaction() as sql:
            sql.execute("INSERT INTO meta (name, value) VALUES ('mine', '1')")
            with db.snapshot():
                assert db.meta("mine") == "1"
            sql.execute("UPDATE meta SET value = '2' WHERE name = 'mine'")

        assert db.meta("mine") == "2"


def test_what_is_written_after_it_goes_in_and_inside_it_is_a_mistake(home: Path) -> None:
    with Database(home) as db:
        with pytest.raises(RuntimeError), db.snapshot(), db.transaction():
            pass
        with db.transaction() as sql:
            sql.execute("INSERT INTO meta (name, value) VALUES ('mine', '1')")

        assert db.meta("mine") == "1"
