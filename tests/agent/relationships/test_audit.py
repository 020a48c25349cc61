from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from agent.relationships import audit
from agent.store import calendars
from agent.store.database import Database
from policies.audit.cadence import Status
from policies.people.person import Priority
from policies.wall import seconds
from tests.agent.store.stored import NOW, SETTINGS, listed, meeting, read
from tests.make import person, utc

ANA, RAJ = person("Ana Silva"), person("Raj Patel", Priority.B)
MEI = person("Mei Lin", Priority.D)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "state") as made:
        yield made


def test_everyone_on_the_list_is_audited_the_overdue_first(db: Database) -> None:
    listed(db, ANA, RAJ, MEI)
    read(
        db,
        [
            meeting("2026-01-19 09:00", *ANA.addresses),
            meeting("2026-03-16 09:00", *RAJ.addresses),
            meeting("2026-04-13 09:00", *RAJ.addresses),
        ],
    )

    ana, raj, mei = audit.audit(db, SETTINGS, NOW)
    assert (ana.person, ana.status, ana.days_since) == (ANA, Status.RED, 71)
    assert (raj.person, raj.status, raj.next) == (RAJ, Status.GREEN, date(2026, 4, 13))
    assert (mei.person, mei.status, mei.to_meet) == (MEI, Status.GREY, True)


@pytest.mark.parametrize(
    ("now", "days"),
    [("2026-03-02 22:30", 0), ("2026-03-02 23:30", 1), ("2026-03-03 12:00", 1)],
)
def test_days_are_those_of_the_owners_calendar_on_the_wall(
    db: Database, now: str, days: int
) -> None:
    listed(db, ANA)
    read(db, [meeting("2026-03-02 23:00", *ANA.addresses, minutes=15)])

    (one,) = audit.audit(db, SETTINGS, utc(now))
    assert one.days_since == days


def test_a_meeting_that_is_cancelled_later_stops_counting(db: Database) -> None:
    listed(db, ANA)
    read(db, [meeting("2026-03-02 09:00", *ANA.addresses), meeting("2026-01-05 09:00")])
    assert audit.audit(db, SETTINGS, NOW)[0].last == date(2026, 3, 2)

    read(db, [meeting("2026-03-02 09:00"), meeting("2026-01-05 09:00")])
    assert audit.audit(db, SETTINGS, NOW)[0].to_meet


def test_the_same_store_gives_the_same_audit(db: Database) -> None:
    listed(db, *(person(f"Person {letter}") for letter in "DBCA"))

    assert [one.person.id for one in audit.audit(db, SETTINGS, NOW)] == [
        "person-a",
        "person-b",
        "person-c",
        "person-d",
    ]


def test_an_explanation_holds_every_meeting_and_the_place_in_the_ranking(db: Database) -> None:
    listed(db, ANA, RAJ)
    read(
        db,
        [
            meeting("2026-01-19 09:00", *ANA.addresses, title="First"),
            meeting("2026-02-02 09:00", *ANA.addresses, title="Second"),
            meeting("2026-04-20 09:00", *ANA.addresses, title="Soon"),
            meeting("2026-04-27 09:00", *ANA.addresses, title="Later"),
            meeting("2025-11-03 09:00", *RAJ.addresses),
        ],
    )

    found = audit.explain(db, SETTINGS, ANA, NOW)
    assert (found.place, found.of) == (1, 2)
    assert found.line.standing.last == date(2026, 2, 2)
    assert [each.event and each.event.summary for each in found.past] == ["Second", "First"]
    assert [each.event and each.event.summary for each in found.to_come] == ["Soon", "Later"]


def test_a_calendar_that_proves_nothing_is_not_missed(db: Database) -> None:
    work = replace(SETTINGS.calendars[1], evidence=False)

    (sentence,) = audit.unread(db, replace(SETTINGS, calendars=(SETTINGS.calendars[0], work)))
    assert sentence.startswith("private has never been read")


def test_what_may_be_missing_is_said_until_it_is_read(db: Database) -> None:
    read(db)
    assert audit.unread(db, SETTINGS) == ()

    private, work = calendars.calendars(db)
    with db.transaction() as sql:
        calendars.note_failure(sql, private.id, "no answer", seconds(NOW))
        calendars.note_refusal(sql, work.id, 3)
    assert audit.unread(db, SETTINGS) == (
        "private is as of 2026-03-31, the last reading failed: no answer",
        "work has shrunk and was not believed: see `fika calendars`",
    )
