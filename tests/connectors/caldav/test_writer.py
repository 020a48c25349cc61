from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from connectors.caldav.writer import CaldavWriter
from connectors.errors import ChangedMeanwhile, MayHaveHappened, NotAllowed, TemporarilyUnavailable
from connectors.ical.write import object_name
from connectors.port import Written
from tests.connectors.connected import connected
from tests.connectors.contract import MOVED, SLOT, CalendarWriterContract
from tests.connectors.texts import Meeting, vcalendar
from tests.servers import dav, feeds
from tests.servers.dav import DavServer
from tests.servers.feeds import FeedServer, status


@pytest.fixture(scope="module", params=["radicale", "xandikos"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DavServer]:
    folder = tmp_path_factory.mktemp(request.param)
    with dav.radicale(folder) if request.param == "radicale" else dav.xandikos(folder) as running:
        yield running


@pytest.fixture
def writer(server: DavServer) -> CaldavWriter:
    return CaldavWriter("work", connected(server.url), server.calendar())


class TestBlocks(CalendarWriterContract):
    @pytest.fixture
    def foreign(
        self, server: DavServer, writer: CaldavWriter
    ) -> Callable[[str], Callable[[], bytes]]:
        def put(uid: str) -> Callable[[], bytes]:
            path = writer.address(object_name(uid))
            server.put(path, vcalendar([Meeting(uid)]))
            return lambda: server.send("GET", path)[1]

        return put


def test_a_block_under_another_name_is_not_written_twice(
    server: DavServer, writer: CaldavWriter
) -> None:
    server.put(writer.address("elsewhere.ics"), vcalendar([Meeting(SLOT.uid)]))

    with pytest.raises(ChangedMeanwhile):
        writer.create(SLOT)


def test_a_block_with_a_guest_is_its_owners(server: DavServer, writer: CaldavWriter) -> None:
    written = writer.create(SLOT)
    path = writer.address(written.ref)
    _, data = server.send("GET", path)
    parties = b"ORGANIZER:mailto:olle@example.com\r\nATTENDEE:mailto:ana@example.net\r\nEND:VEVENT"
    server.put(path, data.replace(b"END:VEVENT", parties))

    found = writer.find(SLOT.uid)

    assert found is not None
    assert found.guests == {"ana@example.net"}
    with pytest.raises(ChangedMeanwhile):
        writer.update(found.written, MOVED)
    with pytest.raises(ChangedMeanwhile):
        writer.delete(found.written)


def test_a_uid_of_any_signs_has_a_name_of_its_own(writer: CaldavWriter) -> None:
    for uid in ("a/b", "../x", "räksmörgås", "a b", "%2F"):
        event = replace(SLOT, uid=f"{uid} {uuid.uuid4().hex}")
        written = writer.create(event)

        found = writer.find(event.uid)
        assert found is not None
        assert found.event == event
        writer.delete(written)


@pytest.fixture
def scripted() -> Iterator[FeedServer]:
    with FeedServer(b"").running() as running:
        yield running


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (status(412), ChangedMeanwhile),
        (status(409), ChangedMeanwhile),
        (status(403), NotAllowed),
        (status(507), NotAllowed),
        (status(301, location="https://elsewhere.example.com/"), NotAllowed),
        (status(429, retry_after=3), TemporarilyUnavailable),
        (status(500), MayHaveHappened),
        (status(503, retry_after=3), MayHaveHappened),
        (feeds.garbage, MayHaveHappened),
        (lambda _: None, MayHaveHappened),
    ],
)
def test_a_write_that_fails_says_whether_it_may_have_been_done_and_is_not_sent_again(
    scripted: FeedServer, fault: feeds.Fault, error: type[Exception]
) -> None:
    scripted.always = fault
    writer = CaldavWriter("work", connected(scripted.url("/")), "/cal/")

    with pytest.raises(error):
        writer.create(SLOT)
    assert [each.method for each in scripted.seen] == ["PUT"]
    assert scripted.seen[0].headers["if-none-match"] == "*"


@pytest.mark.parametrize("fault", [status(500), status(401), status(403), status(404)])
def test_a_version_that_cannot_be_learnt_of_what_was_written_leaves_only_looking(
    scripted: FeedServer, fault: feeds.Fault
) -> None:
    scripted.faults.append(status(201))
    scripted.always = fault
    writer = CaldavWriter("work", connected(scripted.url("/")), "/cal/")

    with pytest.raises(MayHaveHappened, match="it was written, but"):
        writer.create(SLOT)
    assert [each.method for each in scripted.seen][:2] == ["PUT", "GET"]


def test_a_reference_that_leads_elsewhere_is_refused(scripted: FeedServer) -> None:
    writer = CaldavWriter("work", connected(scripted.url("/")), "/cal/")

    with pytest.raises(ChangedMeanwhile):
        writer.update(Written("https://elsewhere.example.com/x.ics", '"1"'), MOVED)
    assert scripted.seen == []


def test_a_version_is_never_asked_for_packed(scripted: FeedServer) -> None:
    # Apache gives what it packs another ETag, and then refuses that as a condition.
    scripted.content = vcalendar([Meeting(SLOT.uid)])
    scripted.etag = '"1"'
    writer = CaldavWriter("work", connected(scripted.url("/")), "/cal/")

    writer.find(SLOT.uid)
    assert [each.headers["accept-encoding"] for each in scripted.seen] == ["identity"]
