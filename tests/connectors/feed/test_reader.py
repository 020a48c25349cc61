from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from connectors.errors import (
    ConnectorError,
    NeedsLogin,
    NotAllowed,
    TemporarilyUnavailable,
    UnreadableAnswer,
)
from connectors.feed.reader import FeedReader
from connectors.ical.document import Limits
from connectors.port import Changes, Cursor
from tests.connectors.contract import ONE, THREE, TWO, WINDOW, CalendarReaderContract, titles
from tests.connectors.texts import Meeting, vcalendar
from tests.make import BERLIN, utc
from tests.servers import feeds
from tests.servers.audit import watched_events
from tests.servers.certificates import tls_for
from tests.servers.feeds import FeedServer

pytestmark = pytest.mark.usefixtures("no_pause_between_tries")

NOW = utc("2026-03-02 09:00")
SECRET = "/calendar/ical/olle/private-3f9c1b7e/basic.ics"
PAGE = b"<!doctype html><html><title>Sign in</title></html>"


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer(vcalendar([ONE, TWO])).running() as running:
        yield running


def reader(
    server: FeedServer,
    *,
    limits: Limits | None = None,
    deadline_s: float = 20,
    now: Callable[[], datetime] = lambda: NOW,
) -> FeedReader:
    return FeedReader(
        "work",
        server.url(SECRET),
        BERLIN,
        now,
        timedelta(seconds=deadline_s),
        allow_private_host=True,
        limits=limits or Limits(),
    )


def read(
    server: FeedServer, cursor: Cursor | None = None, *, limits: Limits | None = None
) -> Changes:
    return reader(server, limits=limits).changes(cursor, WINDOW)


class Feed:
    def __init__(self, server: FeedServer) -> None:
        self.server = server

    def holds(self, *meetings: Meeting, broken: int = 0) -> None:
        self.server.content = vcalendar(meetings, broken=broken)

    def fails(self) -> None:
        self.server.always = feeds.status(500)

    def reader(self) -> FeedReader:
        return reader(self.server)


class TestFeed(CalendarReaderContract):
    @pytest.fixture
    def service(self, server: FeedServer) -> Feed:
        return Feed(server)


def test_the_server_is_asked_by_tag_whether_anything_changed(server: FeedServer) -> None:
    server.etag = '"v1"'
    first = read(server)

    with watched_events("subprocess.Popen") as started:
        again = read(server, first.cursor)
    server.etag, server.content = '"v2"', vcalendar([ONE])
    third = read(server, again.cursor)

    assert server.seen[1].headers["if-none-match"] == '"v1"'
    assert (again.unchanged, started) == (True, [])
    assert third.absent == (TWO.uid,)


@pytest.mark.parametrize("modified", ["soon", f"Sun, 01 Mar {'9' * 20} 10:00:00 GMT"])
def test_a_date_that_is_none_costs_nothing_but_its_date(server: FeedServer, modified: str) -> None:
    server.last_modified = modified
    server.content = server.content.replace(b"DTSTAMP", b"X-STAMP")

    found = read(server)

    assert (found.content_as_of, found.total) == (None, 2)


def test_the_server_is_asked_by_date_where_it_gives_no_tag(server: FeedServer) -> None:
    server.last_modified = "Sun, 01 Mar 2026 10:00:00 GMT"
    first = read(server)

    again = read(server, first.cursor)

    assert server.seen[1].headers["if-modified-since"] == server.last_modified
    assert "if-none-match" not in server.seen[1].headers
    assert again.unchanged
    assert again.content_as_of == utc("2026-03-01 10:00")


def test_the_same_bytes_start_no_process_and_renew_the_tag(server: FeedServer) -> None:
    server.etag = '"v1"'
    first = read(server)
    server.etag = '"v2"'

    with watched_events("subprocess.Popen") as started:
        second = read(server, first.cursor)
    third = read(server, second.cursor)

    assert (second.unchanged, started) == (True, [])
    assert server.seen[2].headers["if-none-match"] == '"v2"'
    assert third.unchanged


def test_a_new_export_of_the_same_events_changes_nothing(server: FeedServer) -> None:
    first = read(server)
    server.content = vcalendar([each._replace(stamp="20260302T083000Z") for each in (ONE, TWO)])

    second = read(server, first.cursor)

    assert (second.changed, second.absent) == ((), ())
    assert second.content_as_of == utc("2026-03-02 08:30")


@pytest.mark.parametrize("tag", ["\x80é", "a" * 5000, "\x01"])
def test_a_tag_that_cannot_be_sent_back_is_not_kept(server: FeedServer, tag: str) -> None:
    server.etag = tag
    first = read(server)

    assert read(server, first.cursor).unchanged
    assert "if-none-match" not in server.seen[1].headers


def test_what_was_learnt_of_one_address_is_not_said_to_another(server: FeedServer) -> None:
    server.etag = '"v1"'
    first = read(server)

    with FeedServer(vcalendar([THREE])).running() as other:
        other.etag = '"v1"'
        moved = read(other, first.cursor)

    assert "if-none-match" not in other.seen[0].headers
    assert (len(moved.changed), moved.absent) == (1, (ONE.uid, TWO.uid))


def test_without_stamp_or_date_the_age_of_a_feed_is_not_known(server: FeedServer) -> None:
    server.content = server.content.replace(b"DTSTAMP", b"X-STAMP")

    assert read(server).content_as_of is None


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (feeds.status(401), NeedsLogin, "401"),
        (feeds.status(403), NotAllowed, "403"),
        (feeds.status(404), NotAllowed, "404"),
        (feeds.status(410), NotAllowed, "410"),
        (feeds.status(429, retry_after=3600), TemporarilyUnavailable, "429"),
        (feeds.status(503), TemporarilyUnavailable, "503"),
        (feeds.status(204), UnreadableAnswer, "204"),
        (feeds.status(206), UnreadableAnswer, "206"),
        (feeds.status(300), UnreadableAnswer, "300"),
        (feeds.body(b""), TemporarilyUnavailable, "empty"),
        (feeds.body(PAGE, "text/html"), UnreadableAnswer, "web page"),
        (feeds.body(PAGE), UnreadableAnswer, "web page"),
        (feeds.body(b"not found", "text/html; charset=utf-8"), UnreadableAnswer, "web page"),
        (feeds.body(b'{"error": 1}', "application/json"), UnreadableAnswer, "no calendar"),
        (feeds.body(b"\x00\x01" * 500), UnreadableAnswer, "no calendar"),
        (feeds.cut_short(vcalendar([ONE]), 100), TemporarilyUnavailable, "broke off"),
        (feeds.compressed(vcalendar([ONE] * 99), keep=80), TemporarilyUnavailable, "broke off"),
        (feeds.hang_up, TemporarilyUnavailable, "broke off"),
        (feeds.redirect("/elsewhere"), UnreadableAnswer, "redirects"),
    ],
)
def test_a_failed_fetch_is_an_error_that_says_what_to_do_and_loses_nothing(
    server: FeedServer, fault: feeds.Fault, error: type[ConnectorError], words: str
) -> None:
    first = read(server)
    server.always = fault

    with pytest.raises(error, match=words):
        read(server, first.cursor)
    server.always = None
    assert read(server, first.cursor).unchanged


def test_an_answer_that_nothing_changed_to_a_question_not_asked_is_refused(
    server: FeedServer,
) -> None:
    server.always = feeds.status(304)

    with pytest.raises(UnreadableAnswer, match="304"):
        read(server)


@pytest.mark.parametrize("content_type", ["text/plain", "text/html", "application/octet-stream"])
def test_a_calendar_is_one_whatever_the_server_calls_it(
    server: FeedServer, content_type: str
) -> None:
    server.content_type = content_type

    assert read(server).total == 2


def test_an_answer_that_breaks_off_unnoticed_loses_nothing_and_is_wanted_whole(
    server: FeedServer,
) -> None:
    server.etag = '"v1"'
    first = read(server)
    whole = server.content
    server.etag, server.content = '"v2"', whole[: whole.index(b"UID:two")]
    broken = read(server, first.cursor)
    server.content = whole

    mended = read(server, broken.cursor)

    assert (broken.absent, broken.total, broken.complete) == ((), 2, False)
    assert "breaks off" in str(broken.quarantined)
    assert "if-none-match" not in server.seen[2].headers
    assert (mended.complete, mended.total, mended.quarantined) == (True, 2, ())


@pytest.mark.parametrize(
    "fault",
    [
        feeds.body(vcalendar([ONE]) * 3_000),
        feeds.compressed(vcalendar([ONE]) * 300_000),
        feeds.endless,
    ],
)
def test_a_feed_beyond_the_limit_is_refused(server: FeedServer, fault: feeds.Fault) -> None:
    server.always = fault

    with pytest.raises(NotAllowed, match="larger than 100,000 bytes"):
        read(server, limits=Limits(bytes=100_000))


def test_one_calendar_that_breaks_the_limits_costs_no_other(server: FeedServer) -> None:
    with FeedServer(vcalendar([ONE] * 30)).running() as other:
        with pytest.raises(NotAllowed, match=r"10 .*components"):
            read(other, limits=Limits(components=10))
        assert read(server).total == 2


def test_a_feed_on_a_private_host_needs_permission(server: FeedServer) -> None:
    closed = FeedReader("work", server.url(SECRET), BERLIN, lambda: NOW)

    with pytest.raises(NotAllowed, match="encryption") as caught:
        closed.changes(None, WINDOW)
    assert "allow_private_host" in caught.value.remedy


def test_a_webcal_address_is_read_over_tls(tmp_path: Path) -> None:
    tls = tls_for("feeds.example.com", folder=tmp_path)
    with FeedServer(vcalendar([ONE]), tls.server).running() as server:
        url = server.url(SECRET, "feeds.example.com").replace("https:", "webcal:")
        feed = FeedReader(
            "work",
            url,
            BERLIN,
            lambda: NOW,
            allow_private_host=True,
            resolve=lambda host, port: ["127.0.0.1"],
            tls=tls.client,
        )

        assert titles(feed.changes(None, WINDOW)) == ["A meeting"]


def test_a_secret_address_is_nowhere_to_be_seen(
    server: FeedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    feed = reader(server, deadline_s=0.5)
    first = feed.changes(None, WINDOW)
    told = [repr(feed), str(first.cursor), repr(first)]
    for fault in (feeds.status(404), feeds.hang_up, feeds.silent, feeds.body(PAGE)):
        server.always = fault
        with pytest.raises(ConnectorError) as caught:
            feed.changes(first.cursor, WINDOW)
        told.extend((repr(caught.value), caught.value.remedy))

    assert not [each for each in (*told, caplog.text) if "3f9c1b7e" in each]
