from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from connectors.errors import ConnectorError, NotAllowed, UnreadableAnswer
from connectors.google.client import GoogleClient
from connectors.google.reader import GoogleReader
from connectors.google.writer import GoogleWriter
from policies.calendar.event import CalendarItem, Kind, Status
from policies.calendar.recurrence import expand
from policies.wall import moment, seconds
from tests.connectors.contract import SLOT, WINDOW, CalendarReaderContract, Service, titles
from tests.connectors.google.service import GoogleCalendarOf, at, google
from tests.make import BERLIN, wall
from tests.servers.common import FOREVER
from tests.servers.google.server import GoogleServer


class TestGoogleCalendar(CalendarReaderContract):
    @pytest.fixture
    def service(self) -> Iterator[Service]:
        with google() as server:
            calendar = GoogleCalendarOf(server)
            with calendar.client:
                yield calendar


@pytest.fixture
def reader(account: GoogleClient) -> GoogleReader:
    return GoogleReader("work", account, "primary", BERLIN)


def put(server: GoogleServer, start: str = "2026-03-02 09:00", **about: object) -> str:
    """An event of half an hour in Berlin."""
    begin = wall(start).local.replace(tzinfo=ZoneInfo(BERLIN))
    return server.put({"start": at(begin), "end": at(begin + timedelta(minutes=30)), **about})


def weekly(server: GoogleServer) -> str:
    return put(server, id="weekly", recurrence=["RRULE:FREQ=WEEKLY;COUNT=5"])


def starts(item: CalendarItem) -> list[str]:
    """When it takes place in UTC, what was called off left out."""
    found, problem = expand(item, seconds(WINDOW.start), seconds(WINDOW.end), BERLIN, 100)
    assert problem == ""
    return [
        f"{moment(each.start_s):%m-%d %H:%M}"
        for each in found
        if each.event.status is not Status.CANCELLED
    ]


def asked(server: GoogleServer) -> list[str]:
    """What was asked since the last time, sign-in aside."""
    found = [each.operation for each in server.requests if each.operation.startswith("calendar")]
    server.requests.clear()
    return [each.removeprefix("calendar.events.") for each in found]


def test_how_many_requests_a_reading_costs(server: GoogleServer, reader: GoogleReader) -> None:
    name = put(server)
    weekly(server)
    first = reader.changes(None, WINDOW)
    assert asked(server) == ["list"]

    again = reader.changes(first.cursor, WINDOW)
    assert again.unchanged
    assert asked(server) == ["list"]

    server.change(name, summary="Moved")
    second = reader.changes(again.cursor, WINDOW)
    assert asked(server) == ["list"]

    server.change("weekly", summary="Moved as well")
    third = reader.changes(second.cursor, WINDOW)
    assert asked(server) == ["list", "list"]

    server.end_sync_tokens()
    fourth = reader.changes(third.cursor, WINDOW)
    assert asked(server) == ["list", "list"]
    assert reader.changes(fourth.cursor, WINDOW).unchanged
    assert asked(server) == ["list"]


def test_a_first_reading_takes_one_request_for_each_page(
    server: GoogleServer, reader: GoogleReader
) -> None:
    for _ in range(2_600):
        put(server)

    assert reader.changes(None, WINDOW).total == 2_600
    assert asked(server) == ["list", "list"]


def test_a_first_reading_begins_with_the_window(server: GoogleServer, reader: GoogleReader) -> None:
    put(server, "2020-03-02 09:00", summary="Long ago")
    put(server, summary="Lately")
    put(server, "2020-03-02 09:00", recurrence=["RRULE:FREQ=WEEKLY"], summary="Since long ago")

    first = reader.changes(None, WINDOW)

    assert sorted(titles(first)) == ["Lately", "Since long ago"]


def test_a_later_change_of_something_older_than_the_window_is_taken_in(
    server: GoogleServer, reader: GoogleReader
) -> None:
    old = put(server, "2020-03-02 09:00", summary="Long ago")
    first = reader.changes(None, WINDOW)
    server.change(old, summary="Long ago, changed")

    second = reader.changes(first.cursor, WINDOW)

    assert titles(second) == ["Long ago, changed"]
    assert second.total == 1


def test_a_series_is_one_item_with_its_changed_instances(
    server: GoogleServer, reader: GoogleReader
) -> None:
    weekly(server)
    _override(server, "2026-03-09 09:00", "2026-03-10 11:00")
    _override(server, "2026-03-16 09:00", None)

    (item,) = reader.changes(None, WINDOW).changed

    assert item.id == "weekly"
    assert starts(item) == ["03-02 08:00", "03-10 10:00", "03-23 08:00", "03-30 07:00"]


def test_one_changed_instance_brings_the_whole_series(
    server: GoogleServer, reader: GoogleReader
) -> None:
    weekly(server)
    _override(server, "2026-03-09 09:00", "2026-03-10 11:00")
    _override(server, "2026-03-16 09:00", None)
    first = reader.changes(None, WINDOW)
    _override(server, "2026-03-23 09:00", "2026-03-24 12:00")

    second = reader.changes(first.cursor, WINDOW)

    (item,) = second.changed
    assert starts(item) == ["03-02 08:00", "03-10 10:00", "03-24 11:00", "03-30 07:00"]
    assert (second.total, second.deleted) == (1, ())


def test_a_cancelled_instance_alone_is_a_stub_and_the_series_goes_on(
    server: GoogleServer, reader: GoogleReader
) -> None:
    weekly(server)
    first = reader.changes(None, WINDOW)
    _override(server, "2026-03-09 09:00", None)

    second = reader.changes(first.cursor, WINDOW)

    (item,) = second.changed
    assert starts(item) == ["03-02 08:00", "03-16 08:00", "03-23 08:00", "03-30 07:00"]
    assert asked(server) == ["list", "list", "list"]
    assert (second.deleted, second.quarantined) == ((), ())


def test_an_instance_called_off_long_ago_stays_so_when_the_series_changes(
    server: GoogleServer, reader: GoogleReader
) -> None:
    weekly(server)
    _override(server, "2026-03-09 09:00", None)
    first = reader.changes(None, WINDOW)
    server.change("weekly", summary="Renamed")

    (item,) = reader.changes(first.cursor, WINDOW).changed

    assert "03-09 08:00" not in starts(item)
    assert item.events[0].summary == "Renamed"


def test_a_deleted_series_is_gone_with_all_its_instances(
    server: GoogleServer, reader: GoogleReader
) -> None:
    weekly(server)
    _override(server, "2026-03-09 09:00", "2026-03-10 11:00")
    first = reader.changes(None, WINDOW)
    server.remove("weekly")

    second = reader.changes(first.cursor, WINDOW)

    assert (second.deleted, second.total, second.changed) == (("weekly",), 0, ())


def test_an_instance_the_owner_alone_is_invited_to_needs_no_series(
    server: GoogleServer, reader: GoogleReader
) -> None:
    original = {"dateTime": "2026-03-09T09:00:00+01:00", "timeZone": BERLIN}
    put(
        server,
        "2026-03-09 10:00",
        id="theirs_20260309T080000Z",
        recurringEventId="theirs",
        originalStartTime=original,
    )
    first = reader.changes(None, WINDOW)
    server.change("theirs_20260309T080000Z", summary="Only this one")
    second = reader.changes(first.cursor, WINDOW)

    (item,) = second.changed
    assert (item.id, starts(item)) == ("theirs", ["03-09 09:00"])
    server.remove("theirs_20260309T080000Z")
    assert reader.changes(second.cursor, WINDOW).deleted == ("theirs",)


@pytest.mark.parametrize("fault", ["gone", "garbled"])
def test_what_a_new_listing_lacks_is_absent_and_not_deleted(
    server: GoogleServer, reader: GoogleReader, fault: str
) -> None:
    going, staying = put(server), put(server)
    first = reader.changes(None, WINDOW)
    server.remove(going)
    server.faults.add(fault, "calendar.events.list")

    second = reader.changes(first.cursor, WINDOW)

    assert (second.absent, second.deleted) == ((going,), ())
    assert [each.id for each in second.changed] == [staying]
    assert second.complete


def test_a_token_refused_twice_ends_the_reading(server: GoogleServer, reader: GoogleReader) -> None:
    put(server)
    first = reader.changes(None, WINDOW)
    server.faults.add("gone", "calendar.events.list", times=FOREVER)

    with pytest.raises(ConnectorError) as caught:
        reader.changes(first.cursor, WINDOW)
    assert caught.value.source == "work"
    assert asked(server) == ["list", "list", "list"]


@pytest.mark.parametrize("twist", ["endless", "no_sync_token"])
def test_a_listing_that_does_not_end_well_changes_nothing(
    server: GoogleServer, reader: GoogleReader, twist: str
) -> None:
    put(server)
    first = reader.changes(None, WINDOW)
    server.faults.add(twist, "calendar.events.list", times=FOREVER)

    with pytest.raises(UnreadableAnswer):
        reader.changes(None, WINDOW)
    assert len(asked(server)) < 30
    server.faults.clear()
    assert reader.changes(first.cursor, WINDOW).unchanged


@pytest.mark.parametrize("twist", ["empty_page", "repeat_page"])
def test_a_page_without_anything_new_is_not_the_end(
    server: GoogleServer, reader: GoogleReader, twist: str
) -> None:
    put(server)
    server.faults.add(twist, "calendar.events.list")

    assert reader.changes(None, WINDOW).total == 1


def test_when_very_many_series_change_everything_is_listed_anew(
    server: GoogleServer, reader: GoogleReader
) -> None:
    names = [put(server, recurrence=["RRULE:FREQ=DAILY;COUNT=3"]) for _ in range(60)]
    going = put(server)
    first = reader.changes(None, WINDOW)
    server.remove(going)
    for name in names:
        server.change(name, summary="Renamed")
    asked(server)

    second = reader.changes(first.cursor, WINDOW)

    assert len(second.changed) == 60
    assert (second.deleted, second.absent) == ((going,), ())
    assert asked(server) == ["list", "list"]


def test_a_calendar_beyond_the_limit_is_refused(
    server: GoogleServer, account: GoogleClient
) -> None:
    for _ in range(3):
        put(server)

    with pytest.raises(NotAllowed, match="more than 2 events"):
        GoogleReader("work", account, "primary", BERLIN, 2).changes(None, WINDOW)


def test_another_calendar_than_the_cursors_is_read_from_the_beginning(
    server: GoogleServer, account: GoogleClient, reader: GoogleReader
) -> None:
    put(server)
    first = reader.changes(None, WINDOW)
    server.add_calendar("plans@group.calendar.google.com")

    other = GoogleReader("work", account, "plans@group.calendar.google.com", BERLIN)
    second = other.changes(first.cursor, WINDOW)

    assert second.total == 0
    assert second.absent == tuple(each.id for each in first.changed)


def test_our_own_events_are_known_by_our_uid_and_stay_so(
    server: GoogleServer, account: GoogleClient, reader: GoogleReader
) -> None:
    writer = GoogleWriter("work", account, "primary")
    written = writer.create(SLOT)
    first = reader.changes(None, WINDOW)
    writer.delete(written)
    second = reader.changes(first.cursor, WINDOW)
    writer.create(SLOT)
    third = reader.changes(second.cursor, WINDOW)

    (item,) = first.changed
    assert (item.id, item.events[0].uid, item.events[0].marker) == (SLOT.uid, SLOT.uid, SLOT.marker)
    assert item.events[0].kind is Kind.FOCUS
    assert second.deleted == (SLOT.uid,)
    assert [each.id for each in third.changed] == [SLOT.uid]


def test_what_becomes_unreadable_stays_as_it_was_read(
    server: GoogleServer, reader: GoogleReader
) -> None:
    name = put(server)
    first = reader.changes(None, WINDOW)
    event = server.event(name)
    server.change(name, start=event["end"], end=event["start"])

    second = reader.changes(first.cursor, WINDOW)

    assert (second.changed, second.deleted, second.absent, second.total) == ((), (), (), 1)
    assert [each.reason for each in second.quarantined] == ["its end is before its start"]


def _override(server: GoogleServer, original: str, start: str | None) -> None:
    """The owner moves one instance of the weekly series, or (``None``) calls it off."""
    was = wall(original).local.replace(tzinfo=ZoneInfo(BERLIN))
    name = f"weekly_{was.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    put(
        server,
        start or original,
        id=name,
        iCalUID="weekly@google.com",
        recurringEventId="weekly",
        originalStartTime=at(was),
        status="confirmed" if start else "cancelled",
    )
