from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from agent.reading import Outcome, Reading, read_all
from agent.settings import CalendarSettings, Settings, SourceKind
from agent.store import calendars
from agent.store.database import Database
from connectors.errors import ConnectorError, NeedsLogin, TemporarilyUnavailable
from connectors.port import Changes, Cursor, Quarantined
from policies.calendar.event import CalendarItem, Event, Recurrence, Span, Status
from policies.interval import Interval
from policies.slots.occupancy import Occupies
from policies.wall import seconds
from tests.make import OWNER, attendee, event, item, utc, wall

NOW = utc("2026-03-31 12:00")
ANA = "ana.silva@example.com"
WORK = CalendarSettings("work", SourceKind.ICS, Path("work"))
SETTINGS = Settings(OWNER, (WORK,))


@dataclass
class Source:
    """A calendar that holds what the test says, and answers as a file would: a complete listing."""

    items: dict[str, CalendarItem] = field(default_factory=dict)
    quarantined: tuple[Quarantined, ...] = ()
    error: Exception | None = None
    deleted: tuple[str, ...] = ()
    complete: bool = True

    def changes(self, cursor: Cursor | None, window: Interval) -> Changes:
        if self.error:
            raise self.error
        known = dict(pair.split("=") for pair in cursor.split()) if cursor else {}
        now = {key: each.etag for key, each in self.items.items()}
        return Changes(
            cursor=Cursor(" ".join(f"{key}={etag}" for key, etag in now.items())),
            changed=tuple(self.items[k] for k in now if known.get(k) != now[k]),
            deleted=self.deleted,
            absent=tuple(key for key in known if key not in now and key not in self.deleted),
            quarantined=self.quarantined,
            unchanged=known == now and cursor is not None,
            complete=self.complete,
            anew=cursor is None,
            total=len(now) + len(self.quarantined),
        )

    def hold(self, *events: Event) -> None:
        """Put an item in, in place of the one with the same UID."""
        etag = str(hash(events))
        self.items[events[0].uid] = replace(item(*events), etag=etag)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "state") as made:
        yield made


def read(
    db: Database, source: Source, *, settings: Settings = SETTINGS, now: datetime = NOW
) -> Reading:
    (reading,) = read_all(db, settings, {"work": source}, now)
    return reading


def meeting(uid: str, start: str, rule: str = "") -> Event:
    return replace(event(start, rule=rule), uid=uid, attendees=(attendee(ANA),))


def days_met(db: Database, now: datetime = NOW) -> list[str]:
    return [
        datetime.fromtimestamp(start, now.tzinfo).date().isoformat()
        for (start,) in db.rows(
            "SELECT start_s FROM attendance WHERE address = ? AND strength = 2 AND end_s <= ?"
            " ORDER BY start_s",
            ANA,
            seconds(now),
        )
    ]


def test_a_meeting_that_was_held_is_remembered(db: Database) -> None:
    source = Source()
    source.hold(meeting("one", "2026-03-02 09:00"))

    reading = read(db, source)
    assert reading.outcome is Outcome.READ
    assert (reading.changed, reading.total) == (1, 1)
    assert days_met(db) == ["2026-03-02"]


def test_reading_again_changes_nothing(db: Database) -> None:
    source = Source()
    source.hold(meeting("one", "2026-03-02 09:00", rule="FREQ=WEEKLY"))
    read(db, source)
    before = db.rows("SELECT * FROM occurrence"), db.rows("SELECT * FROM attendance")

    assert read(db, source).outcome is Outcome.UNCHANGED
    assert (db.rows("SELECT * FROM occurrence"), db.rows("SELECT * FROM attendance")) == before


SERIES = replace(
    meeting("one", "2026-04-06 09:00", rule="FREQ=WEEKLY;COUNT=4"), location="Storgatan 5"
)
AT_HOME = Event("two", date(2026, 4, 9), Span(1, 0), "Home", busy=False)


def content(db: Database) -> list[list[tuple]]:  # type: ignore[type-arg]
    """All that is known of the calendar, but for the numbers of rows."""
    whens = "o.event, o.start_s, o.end_s, o.recurrence_id_s, o.all_day, o.occupies, o.place"
    return [
        db.rows("SELECT key, etag, uid, body, recurs, problem, left_s FROM item ORDER BY key"),
        db.rows(
            f"SELECT i.key, {whens}, a.address, a.start_s, a.end_s, a.strength, a.reason"  # noqa: S608 - our own words
            " FROM item i JOIN occurrence o ON o.item = i.id"
            " LEFT JOIN attendance a ON a.occurrence = o.id ORDER BY 1, 2, 3, 9"
        ),
        db.rows("SELECT i.key, w.event, w.in_office FROM whereabouts w JOIN item i ON i.id = item"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "stays"),
    [
        (SERIES, replace(SERIES, summary="Another name", last_modified_s=7), True),
        (SERIES, replace(SERIES, location="Storgatan 6"), False),
        (SERIES, replace(SERIES, busy=False), False),
        (SERIES, replace(SERIES, attendees=()), False),
        (SERIES, replace(SERIES, attendees=(attendee("raj@example.com"),)), False),
        (SERIES, replace(SERIES, status=Status.CANCELLED), False),
        (SERIES, replace(SERIES, span=Span(0, 60)), False),
        (SERIES, replace(SERIES, recurrence=Recurrence(("FREQ=WEEKLY;COUNT=5",))), False),
        (SERIES, replace(SERIES, recurrence=None), False),
        (replace(SERIES, recurrence=None), replace(SERIES, recurrence=None, sequence=2), True),
        (AT_HOME, replace(AT_HOME, summary="HOME"), True),
        (AT_HOME, replace(AT_HOME, summary="Office"), False),
        (AT_HOME, replace(AT_HOME, summary="Dentist"), False),
    ],
)
def test_a_changed_entry_comes_to_what_it_would_at_first_and_only_that_is_written(
    db: Database, tmp_path: Path, before: Event, after: Event, stays: bool
) -> None:
    source = Source()
    source.hold(before)
    read(db, source)
    numbers = db.rows("SELECT item, id FROM occurrence")
    source.hold(after)
    read(db, source)

    with Database(tmp_path / "fresh") as fresh:
        read(fresh, source)
        assert content(db) == content(fresh)
    assert (db.rows("SELECT item, id FROM occurrence") == numbers) is stays


def test_what_ended_and_then_left_a_file_still_counts(db: Database) -> None:
    source = Source()
    source.hold(meeting("past", "2026-03-02 09:00"))
    source.hold(meeting("to-come", "2026-04-20 09:00"))
    source.hold(meeting("stays", "2026-03-09 09:00"))
    read(db, source)

    del source.items["past"], source.items["to-come"]
    read(db, source)
    assert days_met(db, utc("2026-12-01 00:00")) == ["2026-03-02", "2026-03-09"]


def test_what_comes_back_is_not_counted_twice(db: Database) -> None:
    source = Source()
    source.hold(meeting("past", "2026-03-02 09:00"))
    source.hold(meeting("stays", "2026-03-09 09:00"))
    read(db, source)
    gone = source.items.pop("past")
    read(db, source)

    source.items["past"] = gone
    read(db, source)
    assert days_met(db) == ["2026-03-02", "2026-03-09"]
    assert calendars.present(db, 1) == 2


def test_a_deletion_the_service_reports_takes_the_evidence_back(db: Database) -> None:
    source = Source()
    source.hold(meeting("past", "2026-03-02 09:00"))
    source.hold(meeting("stays", "2026-03-09 09:00"))
    read(db, source)

    del source.items["past"]
    source.deleted = ("past",)
    read(db, source)
    assert days_met(db) == ["2026-03-09"]


def test_a_meeting_cancelled_later_stops_counting(db: Database) -> None:
    source = Source()
    source.hold(meeting("past", "2026-03-02 09:00"))
    read(db, source)

    source.hold(replace(meeting("past", "2026-03-02 09:00"), status=Status.CANCELLED))
    read(db, source)
    assert days_met(db) == []


def test_a_calendar_of_another_name_leaves_nothing_to_come_under_the_first(db: Database) -> None:
    source = Source()
    source.hold(meeting("series", "2026-03-16 09:00", rule="FREQ=WEEKLY"))
    read(db, source)
    source.hold(meeting("series", "2026-03-16 09:00", rule="FREQ=WEEKLY;UNTIL=20260325T000000Z"))

    renamed = replace(SETTINGS, calendars=(replace(WORK, name="office"),))
    for _ in range(2):
        read_all(db, renamed, {"office": source}, NOW)
    ended = {"2026-03-16", "2026-03-23", "2026-03-30"}
    assert set(days_met(db, utc("2026-12-01 00:00"))) == ended

    read(db, source)
    assert set(days_met(db)) == {"2026-03-16", "2026-03-23"}


def test_a_meeting_that_moved_counts_where_it_is_now(db: Database) -> None:
    source = Source()
    source.hold(meeting("past", "2026-03-02 09:00"))
    read(db, source)

    source.hold(meeting("past", "2026-03-05 09:00"))
    read(db, source)
    assert days_met(db) == ["2026-03-05"]


def test_a_sliding_export_does_not_forget_the_start_of_a_series(db: Database) -> None:
    source = Source()
    source.hold(meeting("series", "2026-03-02 09:00", rule="FREQ=WEEKLY;COUNT=5"))
    read(db, source)

    source.hold(meeting("series", "2026-03-16 09:00", rule="FREQ=WEEKLY;COUNT=3"))
    read(db, source)
    assert days_met(db) == [f"2026-03-{day:02}" for day in (2, 9, 16, 23, 30)]


@pytest.mark.parametrize(
    ("excluded", "left"),
    [
        ("2026-03-02 09:00", ["2026-03-09", "2026-03-16"]),
        ("2026-03-09 09:00", ["2026-03-02", "2026-03-16"]),
    ],
)
def test_an_instance_excluded_later_stops_counting(
    db: Database, excluded: str, left: list[str]
) -> None:
    source = Source()
    series = meeting("series", "2026-03-02 09:00", rule="FREQ=WEEKLY;COUNT=3")
    source.hold(series)
    read(db, source)

    rule = Recurrence(("FREQ=WEEKLY;COUNT=3",), excluded=(wall(excluded),))
    source.hold(replace(series, recurrence=rule))
    read(db, source)
    assert days_met(db) == left


def test_a_series_whose_instances_were_all_taken_out_stops_counting(db: Database) -> None:
    source = Source()
    source.hold(meeting("series", "2026-03-02 09:00", rule="FREQ=WEEKLY;COUNT=3"))
    read(db, source)

    source.hold(meeting("series", "2026-03-02 09:00", rule="FREQ=WEEKLY;UNTIL=20260301"))
    read(db, source)
    assert days_met(db) == []


def test_a_first_instance_moved_earlier_and_back_counts_where_it_is_now(db: Database) -> None:
    source = Source()
    series = meeting("series", "2026-03-02 09:00", rule="FREQ=WEEKLY;COUNT=2")
    first = wall("2026-03-02 09:00")
    source.hold(series, replace(meeting("series", "2026-02-27 09:00"), recurrence_id=first))
    read(db, source)
    assert days_met(db) == ["2026-02-27", "2026-03-09"]

    source.hold(series)
    read(db, source)
    assert days_met(db) == ["2026-03-02", "2026-03-09"]


def test_an_instance_held_before_its_day_still_counts_when_its_series_leaves(db: Database) -> None:
    source = Source()
    series = meeting("series", "2026-04-06 09:00", rule="FREQ=WEEKLY;COUNT=2")
    first = wall("2026-04-06 09:00")
    source.hold(series, replace(meeting("series", "2026-03-30 09:00"), recurrence_id=first))
    source.hold(meeting("stays", "2026-04-09 09:00"))
    read(db, source)

    del source.items["series"]
    read(db, source)
    assert days_met(db) == ["2026-03-30"]


def test_a_series_told_by_its_days_counts_on_these_alone(db: Database) -> None:
    source = Source()
    for days in ((2, 9, 16), (9, 16)):
        dates = tuple((wall(f"2026-03-{day:02} 09:00"), None) for day in days)
        series = meeting("series", f"2026-03-{days[0]:02} 09:00")
        source.hold(replace(series, recurrence=Recurrence(extra=dates)))
        read(db, source)

    assert days_met(db) == ["2026-03-09", "2026-03-16"]


def test_a_first_instance_moved_later_counts_where_it_is_now(db: Database) -> None:
    source = Source()
    series = meeting("series", "2026-03-02 09:00", rule="FREQ=WEEKLY;COUNT=2")
    source.hold(series)
    read(db, source)

    first = wall("2026-03-02 09:00")
    source.hold(series, replace(meeting("series", "2026-03-04 09:00"), recurrence_id=first))
    read(db, source)
    assert days_met(db) == ["2026-03-04", "2026-03-09"]


@pytest.mark.parametrize("left", [0, 1, 49, 50])
def test_a_calendar_that_shrinks_by_half_or_more_is_refused(db: Database, left: int) -> None:
    source = Source()
    for number in range(100):
        source.hold(meeting(f"m{number}", "2026-03-02 09:00"))
    read(db, source)

    source.items = dict(list(source.items.items())[:left])
    reading = read(db, source)
    assert reading.outcome is Outcome.SHRUNK
    assert "fika calendars accept work" in reading.remedy
    assert calendars.present(db, 1) == 100


def test_a_calendar_that_keeps_more_than_half_is_believed(db: Database) -> None:
    source = Source()
    for number in range(100):
        source.hold(meeting(f"m{number}", "2026-03-02 09:00"))
    read(db, source)

    source.items = dict(list(source.items.items())[:51])
    assert read(db, source).outcome is Outcome.READ


def test_what_the_service_says_was_deleted_is_not_lost(db: Database) -> None:
    source = Source()
    for number in range(100):
        source.hold(meeting(f"m{number}", "2026-03-02 09:00"))
    read(db, source)

    source.items, source.deleted = {}, tuple(source.items)

    assert read(db, source).outcome is Outcome.READ
    assert calendars.present(db, 1) == 0


def test_the_owner_can_accept_a_calendar_that_shrank(db: Database) -> None:
    source = Source()
    for number in range(30):
        source.hold(meeting(f"m{number}", "2026-03-02 09:00"))
    read(db, source)
    source.items = {}
    read(db, source)

    with db.transaction() as sql:
        assert calendars.accept_shrink(sql, "work")
    assert read(db, source).outcome is Outcome.READ
    assert len(days_met(db)) == 30, "what had ended still counts"
    assert read(db, source).outcome is Outcome.UNCHANGED


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (TemporarilyUnavailable("work", "no answer"), Outcome.FAILED),
        (NeedsLogin("work", "expired"), Outcome.SIGN_IN),
        (ZeroDivisionError("content of an event"), Outcome.FAILED),
    ],
)
def test_a_failed_reading_loses_nothing_and_stops_nobody(
    db: Database, error: Exception, outcome: Outcome
) -> None:
    private = replace(WORK, name="private")
    settings = replace(SETTINGS, calendars=(WORK, private))
    work, other = Source(), Source()
    work.hold(meeting("one", "2026-03-02 09:00"))
    read_all(db, settings, {"work": work, "private": other}, NOW)

    work.error = error
    other.hold(meeting("two", "2026-03-03 09:00"))
    first, second = read_all(db, settings, {"work": work, "private": other}, NOW)
    assert first.outcome is outcome
    assert "content" not in first.cause
    assert second.outcome is Outcome.READ
    assert days_met(db) == ["2026-03-02", "2026-03-03"]


def test_what_was_left_out_is_named_until_it_is_mended(db: Database) -> None:
    source = Source(quarantined=(Quarantined("VEVENT 3", "no start"),))
    source.hold(meeting("one", "2026-03-02 09:00"))
    read(db, source)

    assert read(db, source).quarantined == (Quarantined("VEVENT 3", "no start"),)
    source.quarantined = ()
    source.hold(meeting("two", "2026-03-02 09:00"))
    assert read(db, source).quarantined == ()


def test_what_was_left_out_is_named_in_the_order_a_person_counts(db: Database) -> None:
    places = ("VEVENT 10 (line 90)", "VEVENT 2 (line 100)", "the whole", "VEVENT 1 (line 4)")
    source = Source(quarantined=tuple(Quarantined(place, "broken") for place in places))

    found = [each.place for each in read(db, source).quarantined]
    assert found == [places[3], places[1], places[0], places[2]]


def test_a_series_that_cannot_be_expanded_is_named_and_the_rest_is_used(db: Database) -> None:
    source = Source()
    source.hold(meeting("bomb", "2026-03-02 09:00", rule="FREQ=SECONDLY"))
    source.hold(meeting("fine", "2026-03-03 10:00"))

    (problem,) = read(db, source).quarantined
    assert problem.place == "series bomb"
    assert "2026-03-03" in days_met(db)


def test_series_are_carried_on_as_months_pass(db: Database) -> None:
    source = Source()
    source.hold(meeting("series", "2026-03-02 09:00", rule="FREQ=WEEKLY"))
    read(db, source)
    once = db.rows("SELECT start_s FROM occurrence ORDER BY start_s")

    read(db, source, now=NOW + timedelta(days=200))
    later = db.rows("SELECT start_s FROM occurrence ORDER BY start_s")
    assert later[: len(once)] == once
    assert len(later) > len(once) + 20
    assert len(set(later)) == len(later)
    assert {b[0] - a[0] for a, b in pairwise(later)} <= {
        7 * 86_400,
        7 * 86_400 - 3600,
        7 * 86_400 + 3600,
    }


def test_a_changed_rule_judges_everything_anew(db: Database) -> None:
    source = Source()
    source.hold(meeting("one", "2026-03-02 09:00"))
    source.hold(meeting("left", "2026-03-04 09:00"))
    read(db, source)
    del source.items["left"]
    read(db, source)

    owner = replace(OWNER, addresses=("someone.else@example.com",))
    read(db, source, settings=replace(SETTINGS, owner=owner))
    assert days_met(db) == []
    read(db, source)
    assert days_met(db) == ["2026-03-02", "2026-03-04"]


class Elsewhere(Source):
    """A calendar of another service, which can make nothing of any cursor but its own."""

    own: Cursor | None = None

    def changes(self, cursor: Cursor | None, window: Interval) -> Changes:
        found = super().changes(cursor if cursor == self.own else None, window)
        self.own = found.cursor
        return found


def test_of_a_calendar_in_whose_place_another_services_is_only_the_past_stays(
    db: Database,
) -> None:
    here = Source()
    elsewhere = Elsewhere(quarantined=(Quarantined("VEVENT 2", "no start"),))
    here.hold(meeting("past", "2026-03-02 09:00"))
    here.hold(meeting("ahead", "2026-12-02 09:00"))
    elsewhere.hold(meeting("new", "2026-12-03 09:00"))
    read(db, here)

    read(db, elsewhere)
    assert db.rows("SELECT key, left_s IS NULL FROM item ORDER BY key") == [("new", 1), ("past", 0)]


def test_what_a_first_answer_that_breaks_off_lacks_of_another_services_goes_with_a_whole_one(
    db: Database,
) -> None:
    here, elsewhere = Source(), Elsewhere(complete=False)
    here.hold(meeting("ahead", "2026-12-02 09:00"))
    elsewhere.hold(meeting("new", "2026-12-03 09:00"))
    read(db, here)

    read(db, elsewhere)
    assert db.rows("SELECT key FROM item ORDER BY key") == [("ahead",), ("new",)]
    elsewhere.complete = True
    read(db, elsewhere)
    assert db.rows("SELECT key FROM item ORDER BY key") == [("new",)]


def test_a_calendar_that_proves_nothing_still_takes_time(db: Database) -> None:
    source = Source()
    source.hold(meeting("one", "2026-03-02 09:00"))
    settings = replace(SETTINGS, calendars=(replace(WORK, evidence=False),))

    read(db, source, settings=settings)
    assert days_met(db) == []
    assert len(calendars.busy(db, ["work"], 0, 2**40)) == 1


def test_a_meeting_in_two_calendars_takes_time_once(db: Database) -> None:
    private = replace(WORK, name="private")
    source = Source()
    source.hold(meeting("one", "2026-03-02 09:00"))
    settings = replace(SETTINGS, calendars=(WORK, private))
    readers: Mapping[str, Source] = {"work": source, "private": source}

    read_all(db, settings, readers, NOW)
    assert len(calendars.busy(db, ["work", "private"], 0, 2**40)) == 1
    assert len(calendars.busy(db, ["private"], 0, 2**40)) == 1


def test_of_two_copies_of_a_meeting_the_one_that_is_sure_takes_the_time(db: Database) -> None:
    loose, firm = Source(), Source()
    sure = meeting("one", "2026-03-02 09:00")
    loose.hold(replace(sure, status=Status.TENTATIVE))
    firm.hold(sure)
    settings = replace(SETTINGS, calendars=(WORK, replace(WORK, name="zz")))
    readers: Mapping[str, Source] = {"work": loose, "zz": firm}

    read_all(db, settings, readers, NOW)
    (row,) = calendars.busy(db, ["work", "zz"], 0, 2**40)
    assert row.occupies is Occupies.BUSY
    (row,) = calendars.busy(db, ["work"], 0, 2**40)
    assert row.occupies is Occupies.TENTATIVE


def test_meetings_that_end_together_take_the_time_of_the_longest(db: Database) -> None:
    source = Source()
    source.hold(meeting("short", "2026-03-02 10:30"))
    source.hold(replace(meeting("long", "2026-03-02 09:00"), span=Span(0, 7_200)))
    source.hold(meeting("ours", "2026-03-02 10:30"))
    source.hold(replace(meeting("loose", "2026-03-02 10:30"), status=Status.TENTATIVE))
    read(db, source)

    rows = calendars.taken(db, ["work"], 0, 2**40, {"ours"})
    assert sorted((uid, firmly, end_s - start_s) for start_s, end_s, firmly, _, uid, _ in rows) == [
        ("", Occupies.TENTATIVE, 1_800),
        ("", Occupies.BUSY, 7_200),
        ("ours", Occupies.BUSY, 1_800),
    ]
    assert tuple(calendars.taken(db, ["private"], 0, 2**40, ())) == ()


def test_every_error_of_a_connector_is_a_value_not_an_end(db: Database) -> None:
    for kind in ConnectorError.__subclasses__():
        assert read(db, Source(error=kind("work", "cause", "remedy"))).cause == "cause"
