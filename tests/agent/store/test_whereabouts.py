from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from agent.proposing.propose import propose
from agent.relationships.audit import Line
from agent.store import calendars
from agent.store.database import Database
from agent.store.forgotten import Subject, erase
from agent.store.meetings import ContactFacts
from agent.store.whereabouts import presence
from policies.audit.cadence import standing
from policies.calendar.event import Event, Kind, Recurrence, Span
from policies.interval import Interval
from policies.rules import CadenceRules, EvidenceRules, Preferences, SlotRules
from policies.slots.availability import busy_times
from policies.slots.places import PresenceRow
from policies.wall import local_datetime, seconds
from tests.agent.store.stored import NOW, SETTINGS, meeting, read
from tests.make import BERLIN, interval, person, utc

WEEKS = interval("2026-04-01 00:00", "2026-05-01 00:00")
OFFICE = replace(
    Event("office", date(2026, 4, 8), Span(1, 0), busy=False, location="office: Harbour"),
    kind=Kind.WORKING_LOCATION,
    recurrence=Recurrence(("FREQ=WEEKLY;COUNT=2",)),
)
AT_HOME = Event("home", date(2026, 4, 9), Span(1, 0), "Home", busy=False)
DENTIST = replace(meeting("2026-04-08 14:00", uid="dentist"), location="Storgatan 5")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "state") as made:
        yield made


def said(db: Database, *names: str) -> tuple[PresenceRow, ...]:
    return presence(db, names or ("work",), seconds(WEEKS.start), seconds(WEEKS.end))


def places(db: Database) -> list[str]:
    rows = calendars.busy(db, ["work"], seconds(WEEKS.start), seconds(WEEKS.end))
    return [each.place for each in busy_times(rows)]


def test_what_events_say_of_the_office_is_known_by_calendar_and_day(db: Database) -> None:
    read(db, [OFFICE, DENTIST], [AT_HOME])

    first = utc("2026-04-07 22:00")
    day, week = timedelta(days=1), timedelta(weeks=1)
    assert said(db) == tuple(
        PresenceRow(seconds(at), seconds(at + day), in_office=True) for at in (first, first + week)
    )
    assert said(db, "private") == (
        PresenceRow(seconds(first + day), seconds(first + 2 * day), in_office=False),
    )
    assert said(db, "other") == ()


def test_a_meeting_keeps_its_place_through_changed_rules_and_loses_it_with_its_entry(
    db: Database,
) -> None:
    read(db, [DENTIST])
    assert places(db) == ["Storgatan 5"]

    rules = replace(SETTINGS.rules, evidence=EvidenceRules(contact_up_to=3))
    read(db, [DENTIST], settings=replace(SETTINGS, rules=rules))
    assert places(db) == ["Storgatan 5"]

    read(db, [replace(DENTIST, location="")])
    assert places(db) == [""]


def test_a_place_that_tells_of_someone_forgotten_is_struck_out(db: Database) -> None:
    with_ana = replace(meeting("2026-04-08 14:00", "ana.silva@example.com"), location="Ana's place")
    read(db, [with_ana, DENTIST])
    subject = Subject("ana-silva", ("Ana Silva",), ("ana.silva@example.com",))

    with db.transaction() as sql:
        erase(db, sql, subject)

    assert sorted(places(db)) == ["", "Storgatan 5"]


def proposed(db: Database, rules: SlotRules) -> list[str]:
    """When coffee is proposed, on the owner's clock."""
    today = NOW.date()
    ana = standing(person(), today - timedelta(days=60), None, today, CadenceRules())
    settings = replace(SETTINGS, rules=replace(SETTINGS.rules, slots=rules))

    def busy(window: Interval) -> object:
        rows = calendars.busy(db, ["work"], seconds(window.start), seconds(window.end))
        return busy_times(rows)

    report = propose(db, settings, [Line(ana, ContactFacts())], busy, NOW, run=1)  # type: ignore[arg-type]
    (new,) = report.new
    starts = [local_datetime(seconds(slot.when.start), BERLIN) for slot in new.draft.slots]
    return [f"{at:%a %d %H:%M}" for at in starts]


@pytest.mark.parametrize(("hours", "first"), [(3, "Wed 08 10:00"), (6, "Wed 15 10:00")])
def test_coffee_is_proposed_for_office_days_and_leaves_time_for_the_way(
    db: Database, hours: int, first: str
) -> None:
    read(db, [OFFICE, AT_HOME, DENTIST])
    rules = replace(
        SlotRules(),
        travel=timedelta(hours=hours),
        preferences=replace(Preferences(), office_day=50.0),
    )

    assert proposed(db, rules)[0] == first


def test_where_the_owner_was_is_not_kept(db: Database) -> None:
    over = replace(meeting("2026-03-25 14:00", uid="over"), location="Storgatan 5")
    weekly = replace(over, uid="weekly", recurrence=Recurrence(("FREQ=WEEKLY;COUNT=3",)))
    read(db, [over, weekly])

    assert db.rows("SELECT count(*) FROM occurrence WHERE place <> ''") == [(2,)]
    assert places(db) == ["Storgatan 5", "Storgatan 5"]
