from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from agent import daily
from agent.store import standings
from agent.store.database import Database
from connectors.errors import TemporarilyUnavailable
from connectors.port import Changes, Cursor
from policies.audit.cadence import Standing, Status, standing
from policies.interval import Interval
from policies.people.person import Person, Quality
from policies.rules import CadenceRules
from tests.agent.store.stored import NOW, SETTINGS, Listing, listed
from tests.make import person

ANA, BO = person("Ana Silva"), person("Bo Ek")
FIRST = date(2026, 3, 2)
NEVER = date(1970, 1, 1)


class Silent(Listing):
    """A calendar whose service does not answer."""

    def changes(self, cursor: Cursor | None, window: Interval) -> Changes:
        raise TemporarilyUnavailable("private", "no answer")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "state") as opened:
        listed(opened, ANA, BO)
        yield opened


def stands(who: Person, today: date, last: date | None = FIRST) -> Standing:
    return standing(who, last, None, today, CadenceRules())


def after(days: int) -> date:
    return FIRST + timedelta(days=days)


def kept(db: Database, *found: Standing) -> int:
    return standings.keep(db, found, NEVER)


def test_a_day_on_which_nothing_changed_is_not_written(db: Database) -> None:
    assert kept(db, stands(ANA, FIRST), stands(BO, FIRST, None)) == 2
    assert kept(db, stands(ANA, FIRST), stands(BO, FIRST, None)) == 0
    assert kept(db, stands(ANA, after(1)), stands(BO, after(1), None)) == 0


def test_any_day_is_as_the_last_change_before_it_said(db: Database) -> None:
    kept(db, stands(ANA, FIRST))
    kept(db, stands(ANA, after(30)))
    kept(db, stands(ANA, after(40)))
    kept(db, stands(ANA, after(41), after(41)))

    seen = [standings.on(db, after(days))[ANA.id].status for days in (0, 29, 30, 39, 40, 41, 99)]

    green, amber, red = Status.GREEN, Status.AMBER, Status.RED
    assert seen == [green, green, amber, amber, red, green, green]
    assert standings.on(db, after(-1)) == {}
    assert [each.day for each in standings.of(db, ANA.id)] == [
        FIRST,
        after(30),
        after(40),
        after(41),
    ]
    assert standings.first_day(db) == FIRST


def test_priority_and_rating_are_remembered_too(db: Database) -> None:
    kept(db, stands(ANA, FIRST))
    rated = replace(ANA, quality=Quality.POOR)

    assert kept(db, stands(rated, after(1))) == 1
    assert standings.on(db, after(1))[ANA.id].quality is Quality.POOR


def test_what_changes_twice_on_one_day_is_kept_as_it_was_in_the_evening(db: Database) -> None:
    kept(db, stands(ANA, FIRST, None))

    assert kept(db, stands(ANA, FIRST)) == 1
    assert [each.status for each in standings.of(db, ANA.id)] == [Status.GREEN]


def test_what_is_long_past_is_dropped_and_every_later_day_stays_known(db: Database) -> None:
    kept(db, stands(ANA, FIRST), stands(BO, FIRST))
    kept(db, stands(ANA, after(30)), stands(BO, after(5), after(5)))
    before = standings.on(db, after(30))

    standings.keep(db, [stands(ANA, after(30))], after(30))

    assert standings.on(db, after(30)) == before
    assert standings.on(db, after(29)).keys() == {BO.id}
    assert len(standings.of(db, ANA.id)) == 1


def test_whoever_goes_takes_their_history_along(db: Database) -> None:
    kept(db, stands(ANA, FIRST))

    with db.transaction() as sql:
        sql.execute("DELETE FROM person WHERE id = ?", (ANA.id,))

    assert standings.first_day(db) is None


def test_a_daily_run_remembers_how_everyone_stands_and_a_second_one_adds_nothing(
    db: Database,
) -> None:
    readers = {name: Listing([]) for name in ("work", "private")}
    for run_id in (1, 2):
        daily.run(db, SETTINGS, readers, None, NOW, run_id=run_id)

    assert [each.status for each in standings.of(db, ANA.id)] == [Status.GREY]
    assert standings.first_day(db) == NOW.date()


def test_a_run_that_could_not_read_a_calendar_remembers_nothing(db: Database) -> None:
    readers = {"work": Listing([]), "private": Silent([])}

    daily.run(db, SETTINGS, readers, None, NOW, run_id=1)

    assert standings.first_day(db) is None
