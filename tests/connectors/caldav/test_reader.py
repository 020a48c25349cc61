from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from connectors.caldav import reader as reading
from connectors.caldav.reader import CaldavReader
from connectors.errors import (
    ConnectorError,
    NeedsLogin,
    NotAllowed,
    TemporarilyUnavailable,
    UnreadableAnswer,
)
from connectors.ical.document import Limits
from connectors.port import Changes
from tests.connectors.connected import connected
from tests.connectors.contract import ONE, TWO, WINDOW, CalendarReaderContract, titles
from tests.connectors.texts import Meeting, vcalendar
from tests.make import BERLIN
from tests.servers import dav, feeds
from tests.servers.dav import DavServer
from tests.servers.feeds import FeedServer, status

pytestmark = pytest.mark.usefixtures("no_pause_between_tries")

NOWHERE = (
    "BEGIN:VEVENT\r\nUID:broken-{n}\r\nDTSTAMP:20260301T080000Z\r\nSUMMARY:Secret\r\n"
    "DTSTART;TZID=Nowhere Time:20260302T090000\r\nDURATION:PT30M\r\nEND:VEVENT\r\n"
)


class Service:
    """A calendar of a real server, filled as another calendar program would fill it."""

    def __init__(self, server: DavServer) -> None:
        self.server = server
        self.path = server.calendar()
        self.held: dict[str, bytes] = {}
        self.is_down = False

    def holds(self, *meetings: Meeting, broken: int = 0) -> None:
        wanted = {f"{each.uid}.ics": vcalendar([each]) for each in meetings}
        for n in range(broken):
            wanted[f"broken-{n}.ics"] = vcalendar(inside=NOWHERE.format(n=n))
        for name, data in wanted.items():
            if self.held.get(name) != data:
                self.server.put(self.path + name, data)
        for name in self.held.keys() - wanted.keys():
            self.server.delete(self.path + name)
        self.held = wanted

    def fails(self) -> None:
        self.is_down = True

    def reader(self) -> CaldavReader:
        url = "http://127.0.0.1:9/" if self.is_down else self.server.url
        return CaldavReader("work", connected(url), self.path, BERLIN)


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DavServer]:
    with dav.radicale(tmp_path_factory.mktemp("radicale")) as running:
        yield running


@pytest.fixture(scope="module")
def open_radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DavServer]:
    with dav.radicale(tmp_path_factory.mktemp("open"), users=False) as running:
        yield running


@pytest.fixture(scope="module")
def xandikos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DavServer]:
    with dav.xandikos(tmp_path_factory.mktemp("xandikos")) as running:
        yield running


class TestRadicale(CalendarReaderContract):
    @pytest.fixture
    def service(self, radicale: DavServer) -> Service:
        return Service(radicale)


class TestRadicaleWithoutUsers(CalendarReaderContract):
    @pytest.fixture
    def service(self, open_radicale: DavServer) -> Service:
        return Service(open_radicale)


class TestXandikos(CalendarReaderContract):
    @pytest.fixture
    def service(self, xandikos: DavServer) -> Service:
        return Service(xandikos)


class TestWithoutHistory(CalendarReaderContract):
    """A server that knows no sync tokens, so that versions are listed and compared."""

    @pytest.fixture
    def service(self, radicale: DavServer, monkeypatch: pytest.MonkeyPatch) -> Service:
        monkeypatch.setattr(reading, "_TOKEN", "{DAV:}no-such-token")
        return Service(radicale)


@pytest.fixture
def scripted() -> Iterator[FeedServer]:
    with FeedServer(b"").running() as running:
        yield running


def against(server: FeedServer) -> CaldavReader:
    return CaldavReader("work", connected(server.url("/")), "/cal/", BERLIN)


def answer(content: str) -> feeds.Fault:
    return feeds.body(content.encode(), "application/xml", code=207)


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi"))  # noqa: B905
    + ']><multistatus xmlns="DAV:"><sync-token>&i;</sync-token></multistatus>'
)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (status(401), NeedsLogin),
        (status(403), NotAllowed),
        (status(404), NotAllowed),
        (status(301, location="https://elsewhere.example.com/"), NotAllowed),
        (status(429, retry_after=0), TemporarilyUnavailable),
        (status(500), TemporarilyUnavailable),
        (status(200), UnreadableAnswer),
        (feeds.garbage, TemporarilyUnavailable),
        (answer("<multistatus xmlns='DAV:'><response>"), UnreadableAnswer),
        (answer("<html>Sign in</html>"), UnreadableAnswer),
        (answer(BOMB), UnreadableAnswer),
        (answer('<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>'), UnreadableAnswer),
        (answer("\x00\xff"), UnreadableAnswer),
    ],
)
def test_an_answer_that_is_none_is_an_error_and_loses_nothing(
    scripted: FeedServer, fault: feeds.Fault, error: type[ConnectorError]
) -> None:
    scripted.always = fault

    with pytest.raises(error) as caught:
        against(scripted).changes(None, WINDOW)
    assert dav.PASSWORD not in str(caught.value)


def test_a_login_never_follows_to_another_host(scripted: FeedServer) -> None:
    with FeedServer(b"").running() as other:
        scripted.always = status(301, location=other.url("/cal/"))

        with pytest.raises(NotAllowed, match="another address"):
            against(scripted).changes(None, WINDOW)
        assert other.seen == []


def resources(*said: str, token: str = "") -> feeds.Fault:
    inner = "".join(said) + (f"<sync-token>{token}</sync-token>" if token else "")
    return answer(
        '<multistatus xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"'
        f' xmlns:s="http://calendarserver.org/ns/">{inner}</multistatus>'
    )


def resource(href: str, prop: str) -> str:
    return (
        f"<response><href>{href}</href><propstat><prop>{prop}</prop>"
        "<status>HTTP/1.1 200 OK</status></propstat></response>"
    )


def held(href: str, meeting: Meeting) -> str:
    data = vcalendar([meeting]).decode()
    return resource(href, f"<getetag>1</getetag><c:calendar-data>{data}</c:calendar-data>")


def gone(href: str) -> str:
    return f"<response><href>{href}</href><status>HTTP/1.1 404 Not Found</status></response>"


ENTRY = resource("/cal/1.ics", "<getetag>1</getetag>")
STATE = resource("/cal/", "<sync-token>t1</sync-token>")


def first_reading(server: FeedServer) -> Changes:
    server.faults.extend([resources(STATE), resources(ENTRY), resources(held("/cal/1.ics", ONE))])
    return against(server).changes(None, WINDOW)


def test_a_first_reading_costs_three_requests_and_one_without_changes_one(
    scripted: FeedServer,
) -> None:
    first = first_reading(scripted)
    scripted.faults.append(resources(token="t1"))

    again = against(scripted).changes(first.cursor, WINDOW)

    assert titles(first) == ["A meeting"]
    assert again.unchanged
    methods = [each.method for each in scripted.seen]
    assert methods == ["PROPFIND", "PROPFIND", "REPORT", "REPORT"]
    assert {each.headers["accept-encoding"] for each in scripted.seen} == {"gzip"}


@pytest.mark.parametrize("code", [400, 403, 409, 410, 412, 507])
def test_a_server_that_has_forgotten_is_asked_for_everything(
    scripted: FeedServer, code: int
) -> None:
    first = first_reading(scripted)
    scripted.faults.extend([status(code), resources(STATE), resources()])

    second = against(scripted).changes(first.cursor, WINDOW)

    assert second.absent == ("/cal/1.ics",)
    assert second.deleted == ()


def test_what_went_before_a_calendar_is_read_in_another_zone_is_absent(
    scripted: FeedServer,
) -> None:
    first = first_reading(scripted)
    entry = resource("/cal/2.ics", "<getetag>1</getetag>")
    scripted.faults.extend([resources(STATE), resources(entry), resources(held("/cal/2.ics", TWO))])

    second = replace(against(scripted), zone="Asia/Tokyo").changes(first.cursor, WINDOW)

    assert [each.id for each in second.changed] == ["/cal/2.ics"]
    assert (second.absent, second.deleted) == (("/cal/1.ics",), ())


def test_what_the_server_reports_gone_is_deleted(scripted: FeedServer) -> None:
    first = first_reading(scripted)
    scripted.faults.append(resources(gone("/cal/1.ics"), token="t2"))

    second = against(scripted).changes(first.cursor, WINDOW)

    assert second.deleted == ("/cal/1.ics",)
    assert second.absent == ()


def test_changes_given_in_parts_are_put_together(scripted: FeedServer) -> None:
    first = first_reading(scripted)
    cut = "<response><href>/cal/</href><status>HTTP/1.1 507 X</status></response>"
    scripted.faults.extend(
        [
            resources(resource("/cal/2.ics", "<getetag>1</getetag>"), cut, token="t2"),
            resources(gone("/cal/1.ics"), token="t3"),
            resources(held("/cal/2.ics", TWO)),
        ]
    )

    second = against(scripted).changes(first.cursor, WINDOW)

    assert [each.id for each in second.changed] == ["/cal/2.ics"]
    assert second.deleted == ("/cal/1.ics",)


def test_parts_without_end_are_given_up(scripted: FeedServer) -> None:
    first = first_reading(scripted)
    cut = "<response><href>/cal/</href><status>HTTP/1.1 507 X</status></response>"
    numbers = iter(range(1000))

    def next_part(reply: feeds.Reply) -> None:
        resources(cut, token=f"n{next(numbers)}")(reply)

    scripted.always = next_part

    with pytest.raises(UnreadableAnswer, match="parts"):
        against(scripted).changes(first.cursor, WINDOW)


def test_an_answer_without_the_mark_to_go_on_from_is_refused(scripted: FeedServer) -> None:
    first = first_reading(scripted)
    scripted.faults.append(resources())

    with pytest.raises(UnreadableAnswer, match="mark"):
        against(scripted).changes(first.cursor, WINDOW)


def test_an_object_that_is_passed_over_is_not_taken_for_gone(scripted: FeedServer) -> None:
    scripted.faults.extend([resources(STATE), resources(ENTRY), resources()])

    with pytest.raises(UnreadableAnswer, match="leaves out"):
        against(scripted).changes(None, WINDOW)


def test_an_object_that_goes_while_we_read_is_gone(scripted: FeedServer) -> None:
    scripted.faults.extend([resources(STATE), resources(ENTRY), resources(gone("/cal/1.ics"))])

    assert against(scripted).changes(None, WINDOW).total == 0


NOTHING = (
    "<response><href>/cal/2.ics</href><propstat><prop><c:calendar-data/></prop>"
    "<status>HTTP/1.1 404 Not Found</status></propstat></response>"
)
REFUSED = gone("/cal/2.ics").replace("404 Not Found", "500 Internal Server Error")


@pytest.mark.parametrize("other", [NOTHING, REFUSED])
def test_an_object_the_server_cannot_give_is_left_out_alone_and_asked_for_again(
    scripted: FeedServer, other: str
) -> None:
    two = resource("/cal/2.ics", "<getetag>2</getetag>")
    scripted.faults.extend(
        [resources(STATE), resources(ENTRY, two), resources(held("/cal/1.ics", ONE), other)]
    )

    first = against(scripted).changes(None, WINDOW)

    assert titles(first) == ["A meeting"]
    assert [each.place for each in first.quarantined] == ["object 2.ics"]

    scripted.faults.extend([resources(token="t2"), resources(held("/cal/2.ics", ONE))])
    second = against(scripted).changes(first.cursor, WINDOW)

    assert ([each.id for each in second.changed], second.quarantined) == (["/cal/2.ics"], ())

    scripted.faults.append(resources(token="t2"))
    assert against(scripted).changes(second.cursor, WINDOW).unchanged


def test_an_address_is_the_same_however_it_is_written(scripted: FeedServer) -> None:
    listed = resource("/cal/a%40b%2Fc.ics", "<getetag>1</getetag>")
    given = held("/cal/a@b%2fc.ics", ONE)
    scripted.faults.extend([resources(STATE), resources(listed), resources(given)])

    first = against(scripted).changes(None, WINDOW)

    assert [each.id for each in first.changed] == ["/cal/a@b%2Fc.ics"]
    scripted.faults.append(resources(gone("/cal/a%40b%2fc.ics"), token="t2"))
    assert len(against(scripted).changes(first.cursor, WINDOW).deleted) == 1


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("/cal/1.ics", "/cal/1.ics"),
        ("/cal/", "/cal/"),
        ("1.ics", "/1.ics"),
        ("/c%40l/a%40b.ics", "/c@l/a@b.ics"),
        ("/cal/%e9%2f.ics", "/cal/%E9%2F.ics"),
        ("/cal/a b.ics", "/cal/a%20b.ics"),
        ("/cal/../1.ics", "/1.ics"),
        ("/cal/..", "/"),
        ("/cal/x?a=/1", "/cal/x?a=/1"),
        ("https://dav.example.com/cal/1.ics", "/cal/1.ics"),
        ("https://p1.example.com/cal/%40.ics", "https://p1.example.com/cal/@.ics"),
    ],
)
def test_an_address_becomes_a_path(written: str, path: str) -> None:
    with connected("https://dav.example.com/")() as dav:
        assert dav.path(written) == path


def test_more_than_our_limit_is_refused_with_the_setting(scripted: FeedServer) -> None:
    entries = [resource(f"/cal/{n}.ics", "<getetag>1</getetag>") for n in range(11)]
    scripted.faults.extend([resources(STATE), resources(*entries)])
    reader = CaldavReader(
        "work", connected(scripted.url("/")), "/cal/", BERLIN, Limits(components=10)
    )

    with pytest.raises(NotAllowed) as caught:
        reader.changes(None, WINDOW)
    assert "limits.components" in caught.value.remedy


def test_a_wrong_password_needs_a_person(radicale: DavServer) -> None:
    reader = CaldavReader("work", connected(radicale.url, password="wrong"), "/olle/", BERLIN)

    with pytest.raises(NeedsLogin) as caught:
        reader.changes(None, WINDOW)
    assert "app password" in caught.value.remedy
