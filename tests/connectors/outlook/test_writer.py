from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from agent.sending.entries import entry
from connectors.errors import (
    ChangedMeanwhile,
    ConnectorError,
    MayHaveHappened,
    NotAllowed,
    TemporarilyUnavailable,
)
from connectors.outlook import own
from connectors.outlook.client import Graph
from connectors.outlook.invitations import OutlookInvitations
from connectors.outlook.writer import OutlookWriter
from connectors.port import CalendarWriter, InvitationWriter, Written
from tests.connectors.contract import (
    HOLD,
    INVITED,
    LATER,
    MOVED,
    OFF,
    SLOT,
    STAMP,
    CalendarWriterContract,
    Guests,
    InvitationWriterContract,
)
from tests.connectors.outlook.service import GuestsOfOutlook, graph, invited, ours
from tests.servers.graph.mailbox import Mailbox, etag
from tests.servers.graph.server import PERSONAL, GraphServer

WALL = datetime.fromisoformat("2026-03-03T08:00")


@pytest.fixture
def blocks(account: Graph, box: Mailbox) -> OutlookWriter:
    return OutlookWriter("work", account, box.default)


@pytest.fixture
def sending(account: Graph, box: Mailbox) -> OutlookInvitations:
    return OutlookInvitations("work", account, box.default)


class Foreign:
    """An event somebody else made, with our uid written on it."""

    @pytest.fixture
    def foreign(self, box: Mailbox) -> Callable[[str], Callable[[], object]]:
        def make(uid: str) -> Callable[[], object]:
            name = box.add(WALL, WALL + timedelta(minutes=30), extended={own.UID: uid})
            item = box.known_as(name)
            return lambda: (item.props, item.extended, item.start, etag(item))

        return make


class TestBlocks(Foreign, CalendarWriterContract):
    @pytest.fixture
    def writer(self, blocks: OutlookWriter) -> CalendarWriter:
        return blocks


class TestInvitations(Foreign, InvitationWriterContract):
    @pytest.fixture
    def channel(self, sending: OutlookInvitations) -> InvitationWriter:
        return sending

    @pytest.fixture
    def writer(self, sending: OutlookInvitations) -> CalendarWriter:
        return sending

    @pytest.fixture
    def guests(self, server: GraphServer) -> Guests:
        return GuestsOfOutlook(server)


class TestWhereConditionsAreNotHeeded(TestInvitations):
    """The look before each write does what ``If-Match`` would."""

    @pytest.fixture
    def box(self, server: GraphServer) -> Mailbox:
        server.mailbox().honours_if_match = False
        return server.mailbox()


def test_a_block_is_busy_and_private_with_our_category_and_mark(
    box: Mailbox, blocks: OutlookWriter
) -> None:
    blocks.create(SLOT)

    item = ours(box, SLOT.uid)
    assert (item.props["showAs"], item.props["sensitivity"]) == ("busy", "private")
    assert item.props["categories"] == ["Fika"]
    assert item.extended[own.MARK] == SLOT.marker
    assert item.transaction.startswith("fika-")
    assert item.start.zone == "W. Europe Standard Time"


@pytest.mark.parametrize(
    ("zone", "written"),
    [
        ("Europe/Stockholm", "9:00"),
        ("Asia/Kolkata", "13:30"),
        ("America/St_Johns", "4:30"),
        ("Australia/Lord_Howe", "19:00"),
        ("UTC", "8:00"),
    ],
)
def test_times_are_written_in_a_zone_that_outlook_knows(
    box: Mailbox, blocks: OutlookWriter, zone: str, written: str
) -> None:
    block = replace(SLOT, zone=zone)

    blocks.create(block)

    item = ours(box, SLOT.uid)
    assert f"{item.start.wall:%-H:%M}" == written
    assert item.start.instant() == SLOT.when.start
    found = blocks.find(SLOT.uid)
    assert found is not None
    assert found.event == block


def test_a_deleted_block_is_written_anew(box: Mailbox, blocks: OutlookWriter) -> None:
    refs = []
    for _ in range(3):
        written = blocks.create(SLOT)
        refs.append(written.ref)
        blocks.delete(written)
    last = blocks.create(SLOT)

    found = blocks.find(SLOT.uid)

    assert found is not None
    assert found.written == last
    assert len({*refs, last.ref}) == 4
    assert len(box.items) == 1


def test_a_copy_the_owner_makes_of_a_block_is_theirs(box: Mailbox, blocks: OutlookWriter) -> None:
    written = blocks.create(SLOT)
    kept = ours(box, SLOT.uid)
    copy = box.add(kept.start.wall, kept.end.wall, extended=dict(kept.extended), subject="Copy")
    blocks.delete(written)

    assert blocks.find(SLOT.uid) is None
    with pytest.raises(ChangedMeanwhile):
        blocks.delete(Written(copy, etag(box.known_as(copy))))
    assert blocks.create(SLOT).ref != copy
    assert box.known_as(copy).props["subject"] == "Copy"


def test_a_uid_that_differs_in_case_alone_is_another(blocks: OutlookWriter) -> None:
    blocks.create(replace(SLOT, uid=SLOT.uid.upper()))

    assert blocks.find(SLOT.uid) is None


def test_a_block_somebody_was_invited_to_is_left_alone(box: Mailbox, blocks: OutlookWriter) -> None:
    blocks.create(SLOT)
    item = ours(box, SLOT.uid)
    item.props["attendees"].append(invited("ana@example.com"))
    box.touch(item)
    before = etag(item)

    found = blocks.find(SLOT.uid)

    assert found is not None
    assert (found.event, found.guests) == (None, frozenset({"ana@example.com"}))
    for act in (lambda: blocks.update(found.written, MOVED), lambda: blocks.delete(found.written)):
        with pytest.raises(ChangedMeanwhile, match="guests"):
            act()
    assert etag(item) == before
    assert box.outbox == []


def test_every_post_of_an_event_has_a_transaction_and_every_change_a_condition(
    server: GraphServer, sending: OutlookInvitations
) -> None:
    held = sending.update(sending.create(HOLD), HOLD)
    sent = sending.deliver(sending.deliver(held, INVITED, STAMP), LATER, STAMP)
    sending.deliver(sent, OFF, STAMP)

    writes = [each.request for each in server.requests if each.request.method != "GET"]
    writes = [each for each in writes if each.target.startswith("/v1.0")]
    assert len(writes) == 5
    first, *others = writes
    assert b'"transactionId": "fika-' in first.body
    assert all("if-match" in each.headers for each in others)


def test_a_post_is_never_sent_again_where_the_connection_drops(
    server: GraphServer, sending: OutlookInvitations
) -> None:
    server.faults.add("drop", "events.create", done=True)

    with pytest.raises(MayHaveHappened):
        sending.create(HOLD)

    assert server.count("events.create") == 1
    assert sending.find(HOLD.uid) is not None


def test_a_post_repeated_before_the_first_shows_makes_no_second_event(
    server: GraphServer, box: Mailbox, sending: OutlookInvitations
) -> None:
    server.faults.add("lag", "events.create", value="30")
    first = sending.create(HOLD)
    assert sending.find(HOLD.uid) is None

    again = sending.create(HOLD)

    assert again == first
    assert len(box.items) == 1


@pytest.mark.parametrize(
    ("fault", "done", "expected"),
    [
        ("throttled", False, TemporarilyUnavailable),
        ("concurrency", False, MayHaveHappened),
        ("server_error", True, MayHaveHappened),
        ("save_conflict", True, MayHaveHappened),
        ("conflict", False, ChangedMeanwhile),
        ("forbidden", False, NotAllowed),
        ("missing", False, ChangedMeanwhile),
        ("truncated", True, MayHaveHappened),
        ("login_page", False, ConnectorError),
    ],
)
def test_a_failed_sending_is_never_taken_for_less_than_it_may_be(
    server: GraphServer,
    box: Mailbox,
    sending: OutlookInvitations,
    fault: str,
    done: bool,
    expected: type[ConnectorError],
) -> None:
    held = sending.create(HOLD)
    server.faults.add(fault, "events.update", done=done)

    with pytest.raises(expected) as caught:
        sending.deliver(held, INVITED, STAMP)

    assert len(box.outbox) == done
    assert server.count("events.update") == 1
    assert "\n" not in str(caught.value)
    assert INVITED.recipient not in f"{caught.value} {caught.value.remedy}"


def test_a_teams_meeting_gets_its_link_with_the_invitation_and_keeps_it(
    box: Mailbox, sending: OutlookInvitations
) -> None:
    video = replace(INVITED, location="Microsoft Teams")
    sent = sending.deliver(sending.create(entry(video)), video, STAMP)

    item = ours(box, video.uid)
    link = item.props["onlineMeeting"]["joinUrl"]
    assert [each.kind for each in box.outbox] == ["invited"]
    item.props["body"]["content"] += f"\n{'_' * 40}\nJoin the meeting now: {link}"
    sending.deliver(sent, replace(LATER, location="Microsoft Teams"), STAMP)
    assert item.props["onlineMeeting"]["joinUrl"] == link
    content = item.props["body"]["content"]
    assert content.startswith(LATER.text)
    assert content.count(link) == 1
    assert [each.kind for each in box.outbox] == ["invited", "updated"]


def test_an_account_without_teams_makes_no_video_meeting(server: GraphServer) -> None:
    box = server.mailbox(PERSONAL.address)
    with graph(server, address=PERSONAL.address) as personal:
        channel = OutlookInvitations("home", personal, box.default)

        with pytest.raises(NotAllowed, match="no Teams"):
            channel.create(replace(HOLD, location="Teams"))
        assert channel.create(HOLD).ref
    assert len(box.items) == 1


def test_invitations_go_from_the_main_calendar_only(box: Mailbox, account: Graph) -> None:
    other = box.add_calendar("Plans")

    with pytest.raises(NotAllowed, match="main calendar"):
        OutlookInvitations("plans", account, other).create(HOLD)
    assert OutlookWriter("plans", account, other).create(SLOT).ref
    assert len(box.items) == 1


def test_our_words_reach_the_guest_when_a_meeting_is_called_off(
    box: Mailbox, sending: OutlookInvitations
) -> None:
    sent = sending.deliver(sending.create(HOLD), INVITED, STAMP)

    sending.deliver(sent, OFF, STAMP)

    assert [(each.kind, each.text) for each in box.outbox][1:] == [("cancelled", OFF.text)]


def test_a_zone_outlook_does_not_know_is_said_plainly(
    server: GraphServer, blocks: OutlookWriter, account: Graph, box: Mailbox
) -> None:
    url = account.url("calendars", box.default, "events")
    when: dict[str, Any] = {"dateTime": "2026-03-03T08:00:00", "timeZone": "Mars/Base"}

    with pytest.raises(NotAllowed, match="time zone"):
        account.write("POST", url, {"start": when, "end": when}, "work")


def test_without_leave_to_write_the_remedy_is_to_sign_in(server: GraphServer, box: Mailbox) -> None:
    with graph(server, "Calendars.Read") as reading, pytest.raises(NotAllowed) as caught:
        OutlookWriter("work", reading, box.default).create(SLOT)

    assert "fika connect outlook mine" in caught.value.remedy
