from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.sending.entries import entry
from connectors.errors import ChangedMeanwhile, MayHaveHappened, TemporarilyUnavailable
from connectors.google import own
from connectors.google.client import GoogleClient
from connectors.google.invitations import MEET, GoogleInvitations
from connectors.google.writer import Declines, GoogleWriter
from connectors.port import CalendarWriter, InvitationWriter, Written
from policies.interval import Interval
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
from tests.connectors.google.service import GuestsOfGoogle
from tests.servers.google.server import GoogleServer


def during(when: Interval) -> dict[str, object]:
    return {"start": own.time(when.start, "UTC"), "end": own.time(when.end, "UTC")}


class Foreign:
    """An event somebody else made, under the very id ours would have."""

    @pytest.fixture
    def foreign(self, server: GoogleServer) -> Callable[[str], Callable[[], object]]:
        def make(uid: str) -> Callable[[], object]:
            times = {
                "start": own.time(SLOT.when.start, "UTC"),
                "end": own.time(SLOT.when.end, "UTC"),
            }
            name = server.put({"id": own.event_id(uid, 0), "summary": "Not ours", **times})
            return lambda: (server.event(name), server.etag(name))

        return make


class TestBlocks(Foreign, CalendarWriterContract):
    @pytest.fixture
    def writer(self, account: GoogleClient) -> CalendarWriter:
        return GoogleWriter("work", account, "primary", focus=False)


class TestInvitations(Foreign, InvitationWriterContract):
    @pytest.fixture
    def channel(self, account: GoogleClient) -> InvitationWriter:
        return GoogleInvitations("work", account, "primary")

    @pytest.fixture
    def writer(self, channel: InvitationWriter) -> CalendarWriter:
        return channel

    @pytest.fixture
    def guests(self, server: GoogleServer) -> Guests:
        return GuestsOfGoogle(server)


def test_a_block_is_focus_time_that_declines_nothing_where_the_account_may_have_it(
    server: GoogleServer, account: GoogleClient
) -> None:
    written = GoogleWriter("work", account, "primary").create(SLOT)

    event = server.event(written.ref)
    assert event["eventType"] == "focusTime"
    assert event["focusTimeProperties"]["autoDeclineMode"] == "declineNone"
    assert event["visibility"] == "private"
    found = GoogleWriter("work", account, "primary").find(SLOT.uid)
    assert found is not None
    assert (found.written, found.event) == (written, SLOT)


def test_focus_time_declines_what_the_owner_wants_declined(
    server: GoogleServer, account: GoogleClient
) -> None:
    writer = GoogleWriter("work", account, "primary", declines=Declines.NEW)

    event = server.event(writer.create(SLOT).ref)

    declines = "declineOnlyNewConflictingInvitations"
    assert event["focusTimeProperties"]["autoDeclineMode"] == declines


@pytest.mark.parametrize("may", ["refused", "degraded"])
def test_elsewhere_a_block_is_a_busy_private_event(
    server: GoogleServer, account: GoogleClient, may: str
) -> None:
    server.state.accounts[server.owner].focus = may
    writer = GoogleWriter("work", account, "primary")

    written = writer.create(SLOT)

    event = server.event(written.ref)
    assert event["eventType"] == "default"
    assert "focusTimeProperties" not in event
    found = writer.find(SLOT.uid)
    assert found is not None
    assert found.event == SLOT
    assert writer.update(written, replace(SLOT, text="Another")).ref == written.ref


def test_a_secondary_calendar_has_no_focus_time(
    server: GoogleServer, account: GoogleClient
) -> None:
    server.add_calendar("plans@group.calendar.google.com")
    writer = GoogleWriter("plans", account, "plans@group.calendar.google.com")

    written = writer.create(SLOT)

    event = server.event(written.ref, "plans@group.calendar.google.com")
    assert event["eventType"] == "default"


def test_a_deleted_block_is_written_anew_under_another_id(
    server: GoogleServer, account: GoogleClient
) -> None:
    writer = GoogleWriter("work", account, "primary", focus=False)
    refs = []
    for _ in range(3):
        written = writer.create(SLOT)
        refs.append(written.ref)
        writer.delete(written)
    last = writer.create(SLOT)

    found = writer.find(SLOT.uid)

    assert found is not None
    assert found.written == last
    assert len({*refs, last.ref}) == 4
    assert all(server.event(ref)["status"] == "cancelled" for ref in refs)


def test_a_copy_the_owner_makes_of_a_block_is_theirs(
    server: GoogleServer, account: GoogleClient
) -> None:
    writer = GoogleWriter("work", account, "primary", focus=False)
    written = writer.create(SLOT)
    ours = server.event(written.ref)
    kept = ("summary", "start", "end", "extendedProperties")
    copy = server.put({"id": "copied0by0the0owner", **{name: ours[name] for name in kept}})
    writer.delete(written)

    assert writer.find(SLOT.uid) is None
    with pytest.raises(ChangedMeanwhile):
        writer.delete(Written(copy, server.etag(copy)))
    assert server.event(copy)["status"] == "confirmed"


def test_a_block_somebody_was_invited_to_is_left_alone(
    server: GoogleServer, account: GoogleClient
) -> None:
    writer = GoogleWriter("work", account, "primary", focus=False)
    ref = writer.create(SLOT).ref
    server.change(ref, attendees=[{"email": "ana@example.com", "responseStatus": "accepted"}])
    before = server.event(ref)

    found = writer.find(SLOT.uid)

    assert found is not None
    assert (found.event, found.guests) == (None, frozenset({"ana@example.com"}))
    for act in (lambda: writer.update(found.written, MOVED), lambda: writer.delete(found.written)):
        with pytest.raises(ChangedMeanwhile, match="guests"):
            act()
    assert server.event(ref) == before
    assert server.outbox == []


@given(st.text(st.sampled_from("<>&;ltgamp R\n")))
def test_a_description_says_what_it_was_given_and_holds_no_markup(text: str) -> None:
    kept = own.described(text)

    assert own.text_of({"description": kept}) == text
    assert not {"<", ">"} & set(kept)
    assert "&" in text or "<" in text or ">" in text or kept == text


def test_line_breaks_of_googles_own_editor_are_line_breaks() -> None:
    assert own.text_of({"description": "Hi Ana,<br><br/>R&D &amp; more"}) == "Hi Ana,\n\nR&D & more"


def test_every_write_says_whom_to_tell(server: GoogleServer, account: GoogleClient) -> None:
    channel = GoogleInvitations("work", account, "primary")
    held = channel.update(channel.create(HOLD), HOLD)
    sent = channel.deliver(channel.deliver(held, INVITED, STAMP), LATER, STAMP)
    channel.deliver(sent, OFF, STAMP)
    writer = GoogleWriter("work", account, "primary")
    writer.delete(writer.update(writer.create(SLOT), replace(SLOT, text="Another")))

    writes = [each.request.target for each in server.requests if each.request.method != "GET"]
    assert len(writes) == 9
    assert all("sendUpdates=" in target for target in writes)


def test_a_post_is_never_sent_again_where_the_connection_drops(
    server: GoogleServer, account: GoogleClient
) -> None:
    channel = GoogleInvitations("work", account, "primary")
    server.faults.add("drop", "calendar.events.insert", done=True)

    with pytest.raises(MayHaveHappened):
        channel.create(HOLD)

    assert server.count("calendar.events.insert") == 1
    assert channel.find(HOLD.uid) is not None


def test_a_video_meeting_gets_its_link_before_its_guest(
    server: GoogleServer, account: GoogleClient
) -> None:
    channel = GoogleInvitations("work", account, "primary", sleep=lambda _: None)
    video = replace(INVITED, location=MEET)
    held = channel.create(entry(video))

    with pytest.raises(ChangedMeanwhile):  # the link is made when it is looked for
        channel.deliver(held, video, STAMP)
    found = channel.find(video.uid)
    assert found is not None
    sent = channel.deliver(found.written, video, STAMP)

    event = server.event(sent.ref)
    assert event["conferenceData"]["entryPoints"][0]["uri"].startswith("https://meet.google.com/")
    assert [each.to for each in server.outbox] == [video.recipient]
    moved = channel.deliver(sent, replace(LATER, location=MEET), STAMP)
    assert server.event(moved.ref)["conferenceData"] == event["conferenceData"]


def test_a_meeting_that_moves_to_video_gets_its_link_before_the_guest_hears(
    server: GoogleServer, account: GoogleClient
) -> None:
    server.world.conference_after = 3
    channel = GoogleInvitations("work", account, "primary", sleep=lambda _: None)
    sent = channel.deliver(channel.create(HOLD), INVITED, STAMP)
    video = replace(LATER, location=MEET)

    for _ in range(2):  # asked for, then made: two new versions
        with pytest.raises(ChangedMeanwhile):
            channel.deliver(sent, video, STAMP)
        found = channel.find(video.uid)
        assert found is not None
        sent = found.written
    assert [each.kind for each in server.outbox] == ["invited"]
    moved = channel.deliver(sent, video, STAMP)

    assert server.event(moved.ref)["conferenceData"]["entryPoints"]
    assert [each.kind for each in server.outbox] == ["invited", "updated"]


def test_without_its_link_no_video_meeting_is_sent(
    server: GoogleServer, account: GoogleClient
) -> None:
    server.world.conference_after = 100
    channel = GoogleInvitations("work", account, "primary", sleep=lambda _: None)
    video = replace(INVITED, location=MEET)
    held = channel.create(entry(video))

    with pytest.raises(TemporarilyUnavailable, match="not ready"):
        channel.deliver(held, video, STAMP)
    assert server.outbox == []


def test_our_words_reach_the_guest_when_a_meeting_is_called_off(
    server: GoogleServer, account: GoogleClient
) -> None:
    channel = GoogleInvitations("work", account, "primary")
    sent = channel.deliver(channel.create(HOLD), INVITED, STAMP)

    channel.deliver(sent, OFF, STAMP)

    assert [(each.kind, each.text) for each in server.outbox][1:] == [("cancelled", OFF.text)]
