from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from connectors.errors import (
    ConnectorError,
    NotAllowed,
    TemporarilyUnavailable,
    UnreadableAnswer,
)
from connectors.outlook import own
from connectors.outlook.client import Graph
from connectors.outlook.reader import OutlookReader
from connectors.outlook.writer import OutlookWriter
from connectors.port import Changes, Cursor
from policies.calendar.event import CalendarItem, Status
from policies.calendar.recurrence import expand
from policies.interval import Interval
from policies.wall import moment, seconds
from tests.connectors.contract import SLOT, WINDOW, CalendarReaderContract, Service, gone, titles
from tests.connectors.outlook.service import OutlookCalendarOf
from tests.make import BERLIN
from tests.servers.common import FOREVER
from tests.servers.graph.events import _exception
from tests.servers.graph.items import Entry, identity
from tests.servers.graph.mailbox import Mailbox
from tests.servers.graph.server import GraphServer

HOUR, NO_SHIFT = timedelta(hours=1), timedelta()
NINE = datetime.fromisoformat("2026-03-02T09:00")
BERLINS = "W. Europe Standard Time"


@pytest.fixture
def reader(server: GraphServer, account: Graph) -> OutlookReader:
    return OutlookReader("work", account, server.mailbox().default)


class TestReading(CalendarReaderContract):
    @pytest.fixture
    def service(self, server: GraphServer, account: Graph) -> Service:
        return OutlookCalendarOf(server, account)


def weekly(box: Mailbox, *, until: str = "2026-03-30", **props: object) -> str:
    """Mondays at nine in Berlin, four or five of them, over the change of the clocks."""
    rule = {
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]},
        "range": {"type": "endDate", "startDate": "2026-03-02", "endDate": until},
    }
    id_ = box.add(NINE, NINE + HOUR, zone=BERLINS, subject="Weekly", recurrence=rule)
    box.known_as(id_).props.update(props)
    return id_


def starts(item: CalendarItem) -> list[str]:
    """When it takes place in UTC, what was called off left out."""
    found, problem = expand(item, seconds(WINDOW.start), seconds(WINDOW.end), BERLIN, 100)
    assert problem == ""
    return [
        f"{moment(each.start_s):%m-%d %H:%M}"
        for each in found
        if each.event.status is not Status.CANCELLED
    ]


def asked(server: GraphServer) -> list[str]:
    """What was asked since the last time, sign-in aside."""
    found = [each.operation for each in server.requests if "identity" not in each.operation]
    server.requests.clear()
    return found


def change(
    box: Mailbox, id_: str, day: datetime, shift: timedelta = NO_SHIFT, **props: object
) -> None:
    """One occurrence is changed, as Outlook itself would."""
    master = box.entry(id_, immutable=True).item
    made = _exception(Entry(master, day))
    made.start = made.start.at(made.start.wall + shift)
    made.end = made.end.at(made.end.wall + shift)
    made.props.update(props)
    master.exceptions[day] = made
    box.touch(made)
    box.touch(master)


def test_how_many_requests_a_reading_costs(
    server: GraphServer, box: Mailbox, reader: OutlookReader
) -> None:
    one = box.add(NINE, NINE + HOUR, subject="Once")
    series = weekly(box)
    first = reader.changes(None, WINDOW)
    assert asked(server) == ["calendar", "delta"]

    again = reader.changes(first.cursor, WINDOW)
    assert again.unchanged
    assert asked(server) == ["delta"]

    box.touch(box.known_as(one))
    second = reader.changes(again.cursor, WINDOW)
    assert len(second.changed) == 1
    assert asked(server) == ["delta"]

    box.touch(box.known_as(series))
    third = reader.changes(second.cursor, WINDOW)
    assert asked(server) == ["delta", "events.get", "instances"]

    box.remove(one)
    fourth = reader.changes(third.cursor, WINDOW)
    assert len(fourth.deleted) == 1
    assert asked(server) == ["delta", "events.get"]

    server.graph.rounds.by_token.clear()
    fifth = reader.changes(fourth.cursor, WINDOW)
    assert asked(server) == ["delta", "delta"]
    assert reader.changes(fifth.cursor, WINDOW).unchanged
    assert asked(server) == ["delta"]


def test_a_first_reading_takes_one_request_for_each_page(
    server: GraphServer, box: Mailbox, reader: OutlookReader
) -> None:
    for _ in range(510):
        box.add(NINE, NINE + HOUR)

    assert reader.changes(None, WINDOW).total == 510
    assert asked(server) == ["calendar", "delta", "delta"]


def test_a_series_is_one_item_with_its_changed_occurrences(
    box: Mailbox, reader: OutlookReader
) -> None:
    id_ = weekly(box)
    change(box, id_, NINE + timedelta(days=7), shift=timedelta(hours=25), subject="Moved")
    box.discard(Entry(box.known_as(id_), NINE + timedelta(days=14)))

    (item,) = reader.changes(None, WINDOW).changed

    assert item.id == id_
    assert starts(item) == ["03-02 08:00", "03-10 09:00", "03-23 08:00", "03-30 07:00"]
    assert [event.summary for event in item.events] == ["Weekly", "Moved"]
    assert len({event.uid for event in item.events}) == 1


def test_a_changed_or_deleted_occurrence_brings_the_whole_series(
    box: Mailbox, reader: OutlookReader
) -> None:
    id_ = weekly(box)
    first = reader.changes(None, WINDOW)
    change(box, id_, NINE + timedelta(days=7), shift=HOUR)
    moved = reader.changes(first.cursor, WINDOW)
    box.discard(Entry(box.known_as(id_), NINE + timedelta(days=14)))
    fewer = reader.changes(moved.cursor, WINDOW)

    assert starts(moved.changed[0])[:3] == ["03-02 08:00", "03-09 09:00", "03-16 08:00"]
    assert starts(fewer.changed[0])[:3] == ["03-02 08:00", "03-09 09:00", "03-23 08:00"]


def test_an_occurrence_its_organiser_calls_off_is_there_as_cancelled(
    box: Mailbox, reader: OutlookReader
) -> None:
    id_ = weekly(box)
    change(box, id_, NINE + timedelta(days=7), isCancelled=True)

    (item,) = reader.changes(None, WINDOW).changed

    assert item.events[1].status is Status.CANCELLED
    assert starts(item) == ["03-02 08:00", "03-16 08:00", "03-23 08:00", "03-30 07:00"]


def test_a_series_that_loses_all_its_days_is_deleted(box: Mailbox, reader: OutlookReader) -> None:
    id_ = weekly(box)
    first = reader.changes(None, WINDOW)
    box.remove(id_)

    assert reader.changes(first.cursor, WINDOW).deleted == (id_,)


def test_a_series_that_becomes_a_single_event_is_one(box: Mailbox, reader: OutlookReader) -> None:
    id_ = weekly(box)
    first = reader.changes(None, WINDOW)
    box.known_as(id_).props["recurrence"] = None
    box.touch(box.known_as(id_))

    (item,) = reader.changes(first.cursor, WINDOW).changed

    assert item.events[0].recurrence is None
    assert starts(item) == ["03-02 08:00"]


def test_what_moves_out_of_the_window_is_not_deleted(box: Mailbox, reader: OutlookReader) -> None:
    id_ = box.add(NINE, NINE + HOUR, subject="Later")
    first = reader.changes(None, WINDOW)
    item = box.known_as(id_)
    later = timedelta(days=1_400)
    item.start, item.end = item.start.at(NINE + later), item.end.at(NINE + HOUR + later)
    box.touch(item)

    second = reader.changes(first.cursor, WINDOW)

    assert gone(second) == set()
    assert second.changed[0].events[0].start.local.year == 2029  # type: ignore[union-attr]


def test_what_is_removed_and_was_never_known_is_no_news(
    server: GraphServer, reader: OutlookReader
) -> None:
    first = reader.changes(None, WINDOW)
    asked(server)
    server.faults.add("stray", "delta")

    assert reader.changes(first.cursor, WINDOW).unchanged
    assert asked(server) == ["delta"]


def test_an_entity_told_twice_is_one(
    server: GraphServer, box: Mailbox, reader: OutlookReader
) -> None:
    box.add(NINE, NINE + HOUR)
    weekly(box)
    server.faults.add("repeat", "delta", times=FOREVER)

    assert reader.changes(None, WINDOW).total == 2


def test_answers_come_packed(server: GraphServer, box: Mailbox, reader: OutlookReader) -> None:
    words = {"contentType": "text", "content": "what was agreed " * 200}
    for _ in range(50):
        box.add(NINE, NINE + HOUR, body=words)

    assert reader.changes(None, WINDOW).total == 50
    assert server.carried[1] < 20_000


def test_what_is_deleted_while_it_is_read_for_the_first_time_is_not_there(
    server: GraphServer, box: Mailbox, reader: OutlookReader
) -> None:
    going = box.add(NINE, NINE + HOUR)
    server.faults.add("stray", "delta", value=going)

    first = reader.changes(None, WINDOW)

    assert (first.total, first.changed) == (0, ())


def test_a_page_may_be_empty(server: GraphServer, box: Mailbox, reader: OutlookReader) -> None:
    box.add(NINE, NINE + HOUR)
    server.faults.add("empty_page", "delta", times=3)

    assert reader.changes(None, WINDOW).total == 1


@pytest.mark.parametrize("fault", ["endless", "loops"])
def test_changes_that_come_to_no_end_are_read_from_the_plain_view(
    server: GraphServer, box: Mailbox, reader: OutlookReader, fault: str
) -> None:
    box.add(NINE, NINE + HOUR, subject="Once")
    series = weekly(box)
    change(box, series, NINE + timedelta(weeks=1), HOUR, subject="Moved")
    right = reader.changes(None, WINDOW)
    asked(server)
    server.faults.add(fault, "delta", times=FOREVER)

    found = reader.changes(right.cursor, WINDOW)

    assert [each.events for each in found.changed] == [each.events for each in right.changed]
    assert (found.total, found.absent, found.deleted) == (2, (), ())
    assert len(asked(server)) < 50

    server.faults.clear()
    assert reader.changes(found.cursor, WINDOW).total == 2
    assert asked(server) == ["calendar", "delta"]


def test_pages_without_end_come_to_one(server: GraphServer, reader: OutlookReader) -> None:
    for operation in ("delta", "view"):
        server.faults.add("endless", operation, times=FOREVER)

    with pytest.raises(UnreadableAnswer, match="circles"):
        reader.changes(None, WINDOW)
    assert server.count("delta") == 20
    assert server.count("view") <= 20


@pytest.mark.parametrize("code", ["", "SyncStateInvalid", "resyncRequired"])
def test_lost_state_reads_anew_and_what_is_missing_then_is_absent(
    server: GraphServer, box: Mailbox, reader: OutlookReader, code: str
) -> None:
    box.add(NINE, NINE + HOUR, subject="Stays")
    going = box.add(NINE, NINE + HOUR, subject="Goes")
    first = reader.changes(None, WINDOW)
    box.remove(going)
    server.faults.add("sync_state", "delta", value=code)

    second = reader.changes(first.cursor, WINDOW)

    assert (second.absent, second.deleted) == ((going,), ())
    assert titles(second) == ["Stays"]


def test_a_window_longer_than_outlook_allows_loses_its_beginning_and_nothing_else(
    box: Mailbox, reader: OutlookReader
) -> None:
    long_ago = NINE - timedelta(days=1_950)
    box.add(long_ago, long_ago + HOUR, subject="Long ago")
    box.add(NINE, NINE + HOUR, subject="Now")
    series = weekly(box)
    years = Interval(WINDOW.end - timedelta(days=2_000), WINDOW.end)

    first = reader.changes(None, WINDOW)
    second = reader.changes(first.cursor, years)
    box.touch(box.known_as(series))
    third = reader.changes(second.cursor, years)

    assert second.total == first.total == 2
    assert (second.absent, second.deleted) == ((), ())
    assert [each.id for each in third.changed] == [series]


def test_another_window_reads_anew(box: Mailbox, reader: OutlookReader) -> None:
    later = NINE + timedelta(days=320)
    box.add(later, later + HOUR, subject="Next year")
    first = reader.changes(None, WINDOW)
    wider = Interval(WINDOW.start, WINDOW.end + timedelta(days=31))

    second = reader.changes(first.cursor, wider)

    assert titles(first) == []
    assert titles(second) == ["Next year"]
    assert reader.changes(second.cursor, wider).unchanged


def test_more_changes_than_are_worth_looking_at_one_by_one_read_everything(
    server: GraphServer, box: Mailbox, reader: OutlookReader
) -> None:
    every = [box.add(NINE, NINE + HOUR) for _ in range(60)]
    first = reader.changes(None, WINDOW)
    for each in every[:50]:
        box.remove(each)
    asked(server)

    second = reader.changes(first.cursor, WINDOW)

    assert (len(second.deleted), second.absent, second.total) == (50, (), 10)
    assert asked(server) == ["delta", "delta"]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("throttled", TemporarilyUnavailable),
        ("concurrency", TemporarilyUnavailable),
        ("server_error", TemporarilyUnavailable),
        ("html", TemporarilyUnavailable),
        ("forbidden", NotAllowed),
        ("missing", NotAllowed),
        ("login_page", ConnectorError),
        ("drop", TemporarilyUnavailable),
        ("truncated", ConnectorError),
    ],
)
def test_every_failure_has_a_line_and_a_cursor_that_goes_on(
    server: GraphServer,
    box: Mailbox,
    reader: OutlookReader,
    fault: str,
    expected: type[ConnectorError],
) -> None:
    box.add(NINE, NINE + HOUR)
    first = reader.changes(None, WINDOW)
    value = {"html": "503", "throttled": "0", "concurrency": "0"}.get(fault, "")
    server.faults.add(fault, "delta", times=FOREVER, value=value)

    with pytest.raises(expected) as caught:
        reader.changes(first.cursor, WINDOW)
    assert caught.value.source == "work"
    assert "\n" not in str(caught.value)
    server.faults.clear()
    assert reader.changes(first.cursor, WINDOW).unchanged


def test_a_crowded_mailbox_is_asked_again_after_a_while(
    server: GraphServer, box: Mailbox, reader: OutlookReader
) -> None:
    box.add(NINE, NINE + HOUR)
    server.faults.add("concurrency", "delta", times=2, value="0")
    server.faults.add("throttled", "delta", value="0")

    assert reader.changes(None, WINDOW).total == 1


def test_a_refused_token_is_renewed_once(
    server: GraphServer, box: Mailbox, reader: OutlookReader
) -> None:
    box.add(NINE, NINE + HOUR)
    server.faults.add("expired_token", "delta")

    assert reader.changes(None, WINDOW).total == 1


def test_every_request_wants_ids_that_stay_and_one_zone(
    server: GraphServer, box: Mailbox, reader: OutlookReader
) -> None:
    weekly(box)
    first = reader.changes(None, WINDOW)
    box.touch(next(iter(box.items.values())))
    reader.changes(first.cursor, WINDOW)

    prefer = [
        each.request.headers["prefer"]
        for each in server.requests
        if each.request.target.startswith("/v1.0")
    ]
    assert len(prefer) == 5
    assert all('IdType="ImmutableId"' in each and "UTC" in each for each in prefer)


def test_our_own_events_come_with_their_mark(
    server: GraphServer, box: Mailbox, reader: OutlookReader
) -> None:
    box.add(NINE, NINE + HOUR)
    first = reader.changes(None, WINDOW)
    OutlookWriter("work", reader.graph, reader.calendar_id).create(SLOT)
    asked(server)

    second = reader.changes(first.cursor, WINDOW)

    assert asked(server) == ["delta", "events"]
    (item,) = second.changed
    assert (item.id, item.events[0].marker) == (SLOT.uid, SLOT.marker)
    assert item.events[0].uid == SLOT.uid
    (theirs,) = first.changed
    assert theirs.events[0].marker == ""


def test_a_calendar_of_somebody_else_says_nothing_of_the_owners_answers(
    server: GraphServer, box: Mailbox, account: Graph
) -> None:
    theirs = box.add_calendar("Raj", can_edit=False, owner="raj@example.com")
    declined = {"response": "declined", "time": "0001-01-01T00:00:00Z"}
    for calendar in (theirs, box.default):
        box.add(NINE, NINE + HOUR, calendar=calendar, isOrganizer=False, responseStatus=declined)

    here = OutlookReader("raj", account, theirs).changes(None, WINDOW)
    mine = OutlookReader("work", account, box.default).changes(None, WINDOW)

    assert here.changed[0].events[0].own_response is None
    assert mine.changed[0].events[0].own_response == "declined"


def test_a_calendar_larger_than_the_limit_is_refused(box: Mailbox, account: Graph) -> None:
    for _ in range(4):
        box.add(NINE, NINE + HOUR)

    with pytest.raises(NotAllowed, match="more than 3"):
        OutlookReader("work", account, box.default, most=3).changes(None, WINDOW)


def test_of_another_calendar_than_the_cursors_all_that_was_there_is_absent(
    box: Mailbox, account: Graph
) -> None:
    other = box.add_calendar("Other")
    box.add(NINE, NINE + HOUR)
    first = OutlookReader("work", account, box.default).changes(None, WINDOW)

    second = OutlookReader("work", account, other).changes(first.cursor, WINDOW)

    assert (second.total, second.deleted) == (0, ())
    assert second.absent == tuple(each.id for each in first.changed)


def test_an_exception_that_is_the_only_day_left_stands(box: Mailbox, reader: OutlookReader) -> None:
    id_ = weekly(box, until="2026-03-02")
    change(box, id_, NINE, shift=HOUR)

    first: Changes = reader.changes(None, WINDOW)

    assert starts(first.changed[0]) == ["03-02 09:00"]


def test_the_cursor_is_small_and_opaque(box: Mailbox, reader: OutlookReader) -> None:
    box.add(NINE, NINE + HOUR, subject="Secret")

    cursor = reader.changes(None, WINDOW).cursor

    assert isinstance(cursor, str)
    assert "Secret" not in cursor
    assert reader.changes(Cursor(cursor[:-5]), WINDOW).total == 1


def test_ids_of_the_service_are_those_that_survive_a_move(
    box: Mailbox, reader: OutlookReader
) -> None:
    id_ = box.add(NINE, NINE + HOUR)

    (item,) = reader.changes(None, WINDOW).changed

    assert item.id == id_ == identity(Entry(box.known_as(id_)), immutable=True)
    assert not own.is_ours({"transactionId": None})
