from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from connectors.caldav import people
from connectors.caldav.discovery import address_books, calendars, principal, schedules
from connectors.caldav.freebusy import CaldavFreeBusy
from connectors.caldav.invitations import CaldavInvitations
from connectors.caldav.people import CarddavPeople
from connectors.caldav.quirks import quirks
from connectors.errors import (
    ChangedMeanwhile,
    MayHaveHappened,
    NeedsLogin,
    NotAllowed,
    UnreadableAnswer,
)
from connectors.ical.write import object_name, own_event, scheduled
from connectors.port import Found, OwnEvent, Written
from policies.interval import Interval
from policies.sending.action import ActionKind, Payload
from tests.connectors.connected import NOW, connected
from tests.make import interval, payload
from tests.servers import dav, feeds
from tests.servers.dav import DavServer
from tests.servers.feeds import FeedServer, status
from tests.servers.smtp import SmtpServer

INVITE = payload()
HOLD = OwnEvent(INVITE.uid, INVITE.when, INVITE.zone, INVITE.title, "", "meeting-1")
MOVED = replace(
    payload(ActionKind.RESCHEDULE),
    sequence=1,
    start="2026-03-11T09:00:00+00:00",
    end="2026-03-11T09:45:00+00:00",
)


def refused(invite: Payload = INVITE) -> bytes:
    """What stands there when the server could not reach the guest."""
    data = scheduled(invite, stamp=NOW, marker=HOLD.marker)
    return data.replace(b";CUTYPE=", b';SCHEDULE-STATUS="3.7";CUTYPE=')


@pytest.fixture(scope="module")
def mail() -> Iterator[SmtpServer]:
    with SmtpServer().running() as running:
        yield running


@pytest.fixture(scope="module")
def xandikos(tmp_path_factory: pytest.TempPathFactory, mail: SmtpServer) -> Iterator[DavServer]:
    with dav.xandikos(tmp_path_factory.mktemp("x"), smtp_port=mail.port) as running:
        yield running


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DavServer]:
    with dav.radicale(tmp_path_factory.mktemp("radicale")) as running:
        yield running


def test_a_scheduling_server_mails_the_guest_once_and_only_what_was_approved(
    xandikos: DavServer, mail: SmtpServer
) -> None:
    channel = CaldavInvitations("work", connected(xandikos.url), xandikos.calendar())
    before = len(mail.mailbox)

    hold = channel.create(HOLD)
    assert len(mail.mailbox) == before

    sent = channel.deliver(hold, INVITE, NOW)
    told = mail.mailbox[before:]
    assert [each.recipients for each in told] == [(INVITE.recipient,)]
    assert b"METHOD:REQUEST" in _calendar(told[0].data)

    found = channel.find(INVITE.uid)
    assert found is not None
    assert found.guests == {INVITE.recipient}
    with pytest.raises(ChangedMeanwhile):
        channel.deliver(hold, INVITE, NOW)
    assert len(mail.mailbox) == before + 1

    moved = channel.deliver(found.written, MOVED, NOW)
    assert len(mail.mailbox) == before + 2
    channel.deliver(moved, replace(MOVED, kind=ActionKind.CANCEL, sequence=2), NOW)
    assert len(mail.mailbox) == before + 3
    assert b"METHOD:CANCEL" in _calendar(mail.mailbox[-1].data)
    assert channel.find(INVITE.uid) is None
    assert sent.ref == hold.ref


def test_who_the_server_does_not_know_as_its_user_invites_nobody(
    xandikos: DavServer, mail: SmtpServer
) -> None:
    channel = CaldavInvitations("work", connected(xandikos.url), xandikos.calendar())
    hold, before = channel.create(HOLD), len(mail.mailbox)

    with pytest.raises(NotAllowed, match="does not know you") as caught:
        channel.deliver(hold, replace(INVITE, sender="olle@elsewhere.example.org"), NOW)
    assert "olle@example.com" in caught.value.remedy
    assert len(mail.mailbox) == before
    assert channel.find(INVITE.uid) == replace_written(channel, hold)


def test_a_hold_that_the_owner_moved_invites_nobody(xandikos: DavServer, mail: SmtpServer) -> None:
    channel = CaldavInvitations("work", connected(xandikos.url), xandikos.calendar())
    hold, before = channel.create(HOLD), len(mail.mailbox)
    path = channel.address(hold.ref)
    _, data = xandikos.send("GET", path)
    xandikos.put(path, data.replace(b"T100000", b"T110000").replace(b"T104500", b"T114500"))

    with pytest.raises(ChangedMeanwhile):
        channel.deliver(hold, INVITE, NOW)
    assert len(mail.mailbox) == before


def test_a_meeting_that_the_owner_removed_is_called_off_already(xandikos: DavServer) -> None:
    channel = CaldavInvitations("work", connected(xandikos.url), xandikos.calendar())

    assert channel.deliver(None, replace(INVITE, kind=ActionKind.CANCEL), NOW) == Written("", "")


def replace_written(channel: CaldavInvitations, hold: Written) -> Found:
    found = channel.find(INVITE.uid)
    assert found is not None
    return found._replace(written=hold)


def test_an_account_is_found_from_any_address_of_its_server(
    xandikos: DavServer, radicale: DavServer
) -> None:
    for server, path in ((xandikos, ""), (radicale, ""), (radicale, "olle/"), (xandikos, "olle/")):
        server.calendar()
        with connected(server.url + path)() as account:
            found = calendars(account)
            assert found
            assert [each.primary for each in found] == [True] + [False] * (len(found) - 1)
            assert all(each.writable and each.id.startswith("/olle/") for each in found)


def test_whether_a_server_invites_guests_itself_is_its_own_word(
    xandikos: DavServer, radicale: DavServer
) -> None:
    answers = []
    for server in (xandikos, radicale):
        with connected(server.url)() as account:
            answers.append(schedules(account, server.calendar()))

    assert answers == [True, False]


def test_the_principal_says_who_the_owner_is(xandikos: DavServer) -> None:
    with connected(xandikos.url)() as account:
        found = principal(account)

    assert found.addresses == {"olle@example.com"}
    assert found.outbox


def test_a_server_without_calendars_says_where_to_look() -> None:
    with FeedServer(b"").running() as server:
        server.always = status(404)

        with (
            connected(server.url("/"))() as account,
            pytest.raises(NotAllowed, match="no calendars of yours") as caught,
        ):
            principal(account)
        asked = [each.path for each in server.seen]
    assert asked == ["/", "/.well-known/caldav", "/.well-known/carddav"]
    assert "help pages" in caught.value.remedy


def test_discovery_follows_the_server_on_itself_and_nowhere_else() -> None:
    with FeedServer(b"").running() as server, FeedServer(b"").running() as other:
        server.always = status(301, location="/dav/")
        with connected(server.url("/"))() as account, pytest.raises(NotAllowed):
            principal(account)
        assert {each.path for each in server.seen} >= {"/", "/dav/"}
        assert len(server.seen) < 20

        server.always = status(301, location=other.url("/dav/"))
        with connected(server.url("/"))() as account, pytest.raises(NotAllowed):
            principal(account)
        assert other.seen == []


def test_a_wrong_password_is_not_tried_twice(radicale: DavServer) -> None:
    with (
        connected(radicale.url, password="wrong")() as account,
        pytest.raises(NeedsLogin),
    ):
        principal(account)


CARD = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{0}\r\nFN:{1}\r\nN:;{1};;;\r\n"
    "EMAIL:{0}@example.com\r\nEND:VCARD\r\n"
)


def test_address_books_are_one_more_source_of_people(xandikos: DavServer) -> None:
    with connected(xandikos.url)() as account:
        (book,) = address_books(account)
    for uid, name in (("ana", "Ana Silva"), ("raj", "Raj Iyer")):
        headers = {"Content-Type": "text/vcard; charset=utf-8"}
        code, _ = xandikos.send("PUT", f"{book}{uid}.vcf", CARD.format(uid, name).encode(), headers)
        assert code in (201, 204)

    read = CarddavPeople("work", connected(xandikos.url)).people()

    assert {each.person.name for each in read.people} == {"Ana Silva", "Raj Iyer"}


def test_an_address_book_beyond_the_limit_is_refused_with_what_to_do(
    xandikos: DavServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connected(xandikos.url)() as account:
        (book,) = address_books(account)
    headers = {"Content-Type": "text/vcard; charset=utf-8"}
    xandikos.send("PUT", f"{book}one.vcf", CARD.format("one", "Ana Silva").encode(), headers)
    monkeypatch.setattr(people, "_MOST", 0)

    with pytest.raises(NotAllowed, match="more than 0 cards") as caught:
        CarddavPeople("work", connected(xandikos.url)).people()
    assert "in parts" in caught.value.remedy


def test_an_account_without_address_books_has_no_people(radicale: DavServer) -> None:
    assert CarddavPeople("work", connected(radicale.url)).people().people == ()


WEEK = interval("2026-04-06 00:00", "2026-04-13 00:00")


def test_who_is_on_the_same_server_can_be_seen_and_others_cannot(xandikos: DavServer) -> None:
    calendar = CaldavInvitations("work", connected(xandikos.url), xandikos.calendar())
    calendar.create(replace(HOLD, uid="busy-time"))
    source = CaldavFreeBusy("work", connected(xandikos.url), "olle@example.com")

    seen = source.busy(("olle@example.com", "ana@example.net", "bad\r\naddress@x"), WEEK)

    assert seen["ana@example.net"] is None
    assert seen["bad\r\naddress@x"] is None
    mine = seen["olle@example.com"]
    assert mine is not None
    assert HOLD.when in mine


def test_a_server_without_an_outbox_shows_nobody(radicale: DavServer) -> None:
    source = CaldavFreeBusy("work", connected(radicale.url), "olle@example.com")

    assert source.busy(("ana@example.net",), WEEK) == {"ana@example.net": None}


@pytest.mark.parametrize(
    ("periods", "expected"),
    [
        ("FREEBUSY:20260407T090000Z/20260407T100000Z", [("07 09:00", "07 10:00")]),
        ("FREEBUSY;FBTYPE=BUSY:20260407T090000Z/PT1H30M", [("07 09:00", "07 10:30")]),
        ("FREEBUSY;FBTYPE=FREE:20260407T090000Z/PT1H", []),
        ("FREEBUSY:20260401T090000Z/20260406T010000Z", [("06 00:00", "06 01:00")]),
        (
            "FREEBUSY:20260407T090000Z/PT1H,20260407T093000Z/PT1H",
            [("07 09:00", "07 10:30")],
        ),
        ("", []),
    ],
)
def test_busy_periods_are_read_in_every_form(periods: str, expected: list[tuple[str, str]]) -> None:
    assert busy_from(periods) == tuple(
        interval(f"2026-04-{start}", f"2026-04-{end}") for start, end in expected
    )


@pytest.mark.parametrize("nonsense", ["FREEBUSY:soon/later", "FREEBUSY:20260407T090000Z/"])
def test_periods_nobody_can_read_are_an_error(nonsense: str) -> None:
    with pytest.raises(UnreadableAnswer):
        busy_from(nonsense)


def busy_from(periods: str) -> tuple[Interval, ...] | None:
    """What is made of such an answer of a server to our question."""
    principal_said = (
        '<multistatus xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><response>'
        "<href>/me/</href><propstat><prop><current-user-principal><href>/me/</href>"
        "</current-user-principal><c:schedule-outbox-URL><href>/out/</href>"
        "</c:schedule-outbox-URL></prop><status>HTTP/1.1 200 OK</status></propstat>"
        "</response></multistatus>"
    )
    answered = (
        '<c:schedule-response xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><c:response>'
        "<c:recipient><d:href>mailto:ana@example.net</d:href></c:recipient>"
        "<c:request-status>2.0;Success</c:request-status><c:calendar-data>BEGIN:VCALENDAR\n"
        f"BEGIN:VFREEBUSY\n{periods}\nEND:VFREEBUSY\nEND:VCALENDAR\n</c:calendar-data>"
        "</c:response></c:schedule-response>"
    )
    with FeedServer(b"").running() as server:
        said = feeds.body(principal_said.encode(), "application/xml", code=207)
        server.faults.extend([said, said])
        server.faults.append(feeds.body(answered.encode(), "application/xml"))
        source = CaldavFreeBusy("work", connected(server.url("/")), "olle@example.com")
        return source.busy(("ana@example.net",), WEEK)["ana@example.net"]


@pytest.mark.parametrize("name", ["Ana Silva", "Acme: Ana Silva", ""])
def test_a_guest_the_server_cannot_reach_is_told_of_and_the_hold_stands_again(name: str) -> None:
    data = refused(replace(INVITE, recipient_name=name))
    with inviting(feeds.body(data, etag="2"), status(204, etag="3")) as (server, invite):
        with pytest.raises(NotAllowed, match="cannot be reached"):
            invite()
        last = server.seen[-1]
    assert (last.method, last.headers["if-match"]) == ("PUT", "2")
    assert last.body == own_event(HOLD)


def test_a_move_the_server_could_not_tell_of_is_no_move_the_guest_knows_of() -> None:
    """It stands: to write the time before there would tell nobody of that either."""
    stands = scheduled(INVITE, stamp=NOW, marker=HOLD.marker)
    now = feeds.body(refused(MOVED), etag="2")
    with inviting(now, payload=MOVED, stands=stands) as (server, move):
        with pytest.raises(MayHaveHappened, match="it was written, but its server says"):
            move()
        assert server.seen[-1].method == "GET"


@pytest.mark.usefixtures("no_pause_between_tries")
@pytest.mark.parametrize("code", [401, 403, 409, 412, 429, 500])
@pytest.mark.parametrize("before", [(), (feeds.body(refused(), etag="2"),)])
def test_whatever_fails_after_an_invitation_it_is_not_held_to_be_unsent(
    before: tuple[feeds.Fault, ...], code: int
) -> None:
    with (
        inviting(*before, status(code)) as (_, invite),
        pytest.raises(MayHaveHappened, match="it was written, but"),
    ):
        invite()


def test_without_an_entry_a_meeting_can_be_called_off_and_no_guest_be_told_anything_else() -> None:
    channel = CaldavInvitations("work", connected("http://127.0.0.1:9/"), "/cal/")

    assert channel.deliver(None, payload(ActionKind.CANCEL), NOW) == Written("", "")
    for kind in (ActionKind.INVITE, ActionKind.RESCHEDULE):
        with pytest.raises(ChangedMeanwhile):
            channel.deliver(None, payload(kind), NOW)


@contextmanager
def inviting(
    *after: feeds.Fault, payload: Payload = INVITE, stands: bytes = own_event(HOLD)
) -> Iterator[tuple[FeedServer, Callable[[], Written]]]:
    """A server that lets a guest be told and then answers so, with what tells them."""
    known = (
        '<multistatus xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><response>'
        "<href>/me/</href><propstat><prop><current-user-principal><href>/me/</href>"
        "</current-user-principal><c:calendar-user-address-set>"
        "<href>mailto:olle@example.com</href></c:calendar-user-address-set></prop>"
        "<status>HTTP/1.1 200 OK</status></propstat></response></multistatus>"
    )
    with FeedServer(b"").running() as server:
        said = feeds.body(known.encode(), "application/xml", code=207)
        server.faults.extend(
            [feeds.body(stands, etag="1"), said, said, status(204, etag="2"), *after]
        )
        server.always = after[-1]
        channel = CaldavInvitations("work", connected(server.url("/")), "/cal/")
        held = Written(object_name(INVITE.uid), "1")
        yield server, lambda: channel.deliver(held, payload, NOW)


def test_the_hosts_of_a_service_are_one_family_and_lookalikes_are_not() -> None:
    assert quirks("caldav.icloud.com").family == "icloud.com"
    assert quirks("p42-caldav.icloud.com").family == "icloud.com"
    assert quirks("evilicloud.com").family == ""
    assert quirks("icloud.com.example.org").family == ""


def _calendar(data: bytes) -> bytes:
    """The text/calendar part of a mail."""
    from email import message_from_bytes

    for part in message_from_bytes(data).walk():
        if part.get_content_type() == "text/calendar":
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            return content
    raise AssertionError("no calendar in it")
