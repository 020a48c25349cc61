"""What every calendar connector promises, whichever service it is for.

A connector's test subclasses the contract and says, in one fixture, how its service is made to
hold something.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

import pytest

from agent.sending.entries import entry
from connectors.errors import ChangedMeanwhile, ConnectorError
from connectors.port import (
    CalendarReader,
    CalendarWriter,
    Changes,
    Cursor,
    Found,
    InvitationWriter,
    OwnEvent,
    Written,
)
from policies.interval import Interval
from policies.sending.action import ActionKind, Payload
from tests import make
from tests.connectors.texts import Meeting
from tests.make import interval, utc

WINDOW = interval("2025-01-01 00:00", "2027-01-01 00:00")
ONE, TWO, THREE = Meeting("one@example.com"), Meeting("two@example.com"), Meeting("3@example.com")


class Service(Protocol):
    """A calendar as its owner sees it; its reader knows it as ``work``."""

    def holds(self, *meetings: Meeting, broken: int = 0) -> None:
        """From now on it holds exactly these, and so many that cannot be read."""

    def fails(self) -> None:
        """From now on it cannot be read."""

    def reader(self) -> CalendarReader:
        """A new reader, as the next run would make it."""


class CalendarReaderContract:
    """A subclass has a fixture ``service``."""

    def test_a_first_reading_has_everything(self, service: Service) -> None:
        service.holds(ONE, TWO)

        first = service.reader().changes(None, WINDOW)

        assert sorted(titles(first)) == ["A meeting", "A meeting"]
        assert (first.total, first.complete, first.unchanged, first.anew) == (2, True, False, True)
        assert (first.deleted, first.absent, first.quarantined) == ((), (), ())

    def test_each_item_has_an_id_and_a_version_of_its_own(self, service: Service) -> None:
        service.holds(ONE, TWO)
        first = service.reader().changes(None, WINDOW)
        service.holds(ONE._replace(title="Moved"), TWO)
        second = service.reader().changes(first.cursor, WINDOW)

        assert len({item.id for item in first.changed}) == 2
        before = {item.id: item.etag for item in first.changed}
        assert before[second.changed[0].id] != second.changed[0].etag

    def test_an_unchanged_calendar_says_so(self, service: Service) -> None:
        service.holds(ONE, TWO)
        first = service.reader().changes(None, WINDOW)

        again = service.reader().changes(first.cursor, WINDOW)

        assert again.unchanged
        assert (again.changed, again.deleted, again.absent, again.total) == ((), (), (), 2)

    def test_only_what_changed_is_read_again(self, service: Service) -> None:
        service.holds(ONE, TWO)
        first = service.reader().changes(None, WINDOW)
        service.holds(ONE, TWO._replace(title="Moved"), THREE._replace(title="New"))

        second = service.reader().changes(first.cursor, WINDOW)

        assert sorted(titles(second)) == ["Moved", "New"]
        assert (second.unchanged, second.total, gone(second)) == (False, 3, set())

    def test_what_is_gone_is_named_by_its_id(self, service: Service) -> None:
        service.holds(ONE, TWO._replace(title="Going"))
        first = service.reader().changes(None, WINDOW)
        service.holds(ONE)

        second = service.reader().changes(first.cursor, WINDOW)

        going = {item.id for item in first.changed if item.events[0].summary == "Going"}
        assert gone(second) == going
        assert (second.changed, second.total, second.complete, second.anew) == ((), 1, True, False)

    def test_a_reading_can_be_done_over(self, service: Service) -> None:
        service.holds(ONE)
        first = service.reader().changes(None, WINDOW)
        service.holds(TWO)

        second = service.reader().changes(first.cursor, WINDOW)

        again = service.reader().changes(first.cursor, WINDOW)
        # A service may name the same place in two ways.
        assert replace(again, cursor=None) == replace(second, cursor=None)

    @pytest.mark.parametrize("cursor", ["", "nonsense", "[]", "{}\n{}", "null\nnull", "[1]\n[2]"])
    def test_a_cursor_nobody_can_read_is_a_first_reading(
        self, service: Service, cursor: str
    ) -> None:
        service.holds(ONE, TWO, broken=1)

        first = service.reader().changes(Cursor(cursor), WINDOW)

        assert (len(first.changed), first.absent, first.anew) == (2, (), True)
        assert not service.reader().changes(first.cursor, WINDOW).anew

    def test_one_event_that_cannot_be_read_loses_no_other(self, service: Service) -> None:
        service.holds(ONE, TWO, broken=2)

        first = service.reader().changes(None, WINDOW)

        assert len(first.changed) == 2
        assert len(first.quarantined) == 2
        assert "Secret" not in str(first.quarantined)

    def test_what_was_left_out_is_named_at_every_reading(self, service: Service) -> None:
        service.holds(ONE, broken=1)
        first = service.reader().changes(None, WINDOW)

        unchanged = service.reader().changes(first.cursor, WINDOW)
        service.holds(ONE, TWO, broken=1)
        changed = service.reader().changes(unchanged.cursor, WINDOW)
        service.holds(ONE, TWO)
        mended = service.reader().changes(changed.cursor, WINDOW)

        assert len(first.quarantined) == 1
        assert unchanged.quarantined == first.quarantined
        assert len(changed.quarantined) == 1
        assert mended.quarantined == ()

    def test_a_failure_names_the_calendar_and_deletes_nothing(self, service: Service) -> None:
        service.holds(ONE)
        first = service.reader().changes(None, WINDOW)
        service.fails()

        with pytest.raises(ConnectorError) as caught:
            service.reader().changes(first.cursor, WINDOW)
        assert caught.value.source == "work"
        assert caught.value.cause
        assert "\n" not in str(caught.value)

    def test_following_the_changes_leads_to_what_the_calendar_holds(self, service: Service) -> None:
        chance = random.Random(5)
        cursor: Cursor | None = None
        mirror: dict[str, str] = {}
        for step in range(8):
            some = [Meeting(f"{n}@example.com", f"Version {chance.randrange(2)}") for n in range(6)]
            shown = chance.sample(some, chance.randrange(1, 6))
            service.holds(*shown)
            changes = service.reader().changes(cursor, WINDOW)
            cursor = changes.cursor
            mirror.update({item.id: item.events[0].summary for item in changes.changed})
            for key in gone(changes):
                del mirror[key]

            assert sorted(mirror.values()) == sorted(each.title for each in shown), step
            assert changes.total == len(mirror)


class CalendarWriterContract:
    """A subclass has the fixtures ``writer`` and ``foreign``: puts an event we did not make."""

    def test_what_was_written_is_found(self, writer: CalendarWriter) -> None:
        written = writer.create(SLOT)

        found = writer.find(SLOT.uid)

        assert found is not None
        assert (found.written, found.event) == (written, SLOT)

    def test_nothing_is_found_where_nothing_is(self, writer: CalendarWriter) -> None:
        assert writer.find(SLOT.uid) is None

    def test_writing_twice_is_noticed(self, writer: CalendarWriter) -> None:
        writer.create(SLOT)

        with pytest.raises(ChangedMeanwhile):
            writer.create(SLOT)

    def test_a_block_can_be_changed(self, writer: CalendarWriter) -> None:
        written = writer.create(SLOT)

        changed = writer.update(written, MOVED)

        found = writer.find(SLOT.uid)
        assert found is not None
        assert (found.written, found.event) == (changed, MOVED)
        assert changed.etag != written.etag

    def test_a_block_that_changed_meanwhile_is_left_alone(self, writer: CalendarWriter) -> None:
        old = writer.create(SLOT)
        new = writer.update(old, MOVED)

        with pytest.raises(ChangedMeanwhile):
            writer.update(old, SLOT)
        with pytest.raises(ChangedMeanwhile):
            writer.delete(old)
        assert writer.find(SLOT.uid) == Found(new, MOVED)

    def test_a_block_can_be_removed_and_being_gone_is_well(self, writer: CalendarWriter) -> None:
        written = writer.create(SLOT)

        writer.delete(written)
        writer.delete(written)

        assert writer.find(SLOT.uid) is None

    def test_a_block_that_is_gone_cannot_be_changed(self, writer: CalendarWriter) -> None:
        written = writer.create(SLOT)
        writer.delete(written)

        with pytest.raises(ChangedMeanwhile):
            writer.update(written, MOVED)

    def test_what_we_did_not_make_is_never_found_or_touched(
        self, writer: CalendarWriter, foreign: Callable[[str], Callable[[], object]]
    ) -> None:
        content = foreign(SLOT.uid)
        before = content()

        assert writer.find(SLOT.uid) is None
        with pytest.raises(ChangedMeanwhile):
            writer.create(SLOT)
        for etag in ("", "0" * 64):
            with pytest.raises(ChangedMeanwhile):
                writer.update(Written(SLOT.uid + ".ics", etag), MOVED)
        assert content() == before


class Told(NamedTuple):
    """One thing a guest was told; ``kind`` is what it makes of the meeting in their calendar."""

    guest: str
    kind: ActionKind
    when: Interval
    title: str


class Guests(Protocol):
    """What reached guests, and what the owner does to an entry of ours behind our back."""

    def told(self) -> Sequence[Told]:
        """Everything any guest was told, oldest first."""

    def invites(self, uid: str, address: str) -> None:
        """The owner invites one more to our entry, in their own calendar program."""

    def moves(self, uid: str) -> None:
        """The owner moves our entry by an hour."""


class InvitationWriterContract(CalendarWriterContract):
    """Where the service tells the guest. A subclass has ``writer``, which writes its holds as
    blocks as well, ``channel``, the same as what it is, and ``guests``.
    """

    def test_a_hold_has_no_guest_and_nobody_hears_of_it(
        self, channel: InvitationWriter, guests: Guests
    ) -> None:
        held = channel.create(HOLD)
        changed = channel.update(held, replace(HOLD, text="Another text"))

        found = channel.find(HOLD.uid)
        assert found is not None
        assert (found.written, found.guests) == (changed, frozenset())
        channel.delete(changed)
        assert guests.told() == []

    def test_an_invitation_reaches_exactly_its_guest(
        self, channel: InvitationWriter, guests: Guests
    ) -> None:
        sent = channel.deliver(channel.create(HOLD), INVITED, STAMP)

        found = channel.find(HOLD.uid)
        assert found is not None
        assert (found.written, found.guests) == (sent, frozenset({INVITED.recipient}))
        assert found.event is not None
        assert (found.event.when, found.event.title) == (INVITED.when, INVITED.title)
        assert guests.told() == [told(INVITED)]

    def test_the_same_invitation_again_is_refused_and_tells_nobody(
        self, channel: InvitationWriter, guests: Guests
    ) -> None:
        held = channel.create(HOLD)
        channel.deliver(held, INVITED, STAMP)

        with pytest.raises(ChangedMeanwhile):
            channel.deliver(held, INVITED, STAMP)
        assert guests.told() == [told(INVITED)]

    def test_a_hold_that_changed_meanwhile_invites_nobody(
        self, channel: InvitationWriter, guests: Guests
    ) -> None:
        held = channel.create(HOLD)
        guests.moves(HOLD.uid)

        with pytest.raises(ChangedMeanwhile):
            channel.deliver(held, INVITED, STAMP)
        assert guests.told() == []

    def test_a_hold_that_is_gone_invites_nobody(
        self, channel: InvitationWriter, guests: Guests
    ) -> None:
        held = channel.create(HOLD)
        channel.delete(held)

        for written in (held, None):
            with pytest.raises(ChangedMeanwhile):
                channel.deliver(written, INVITED, STAMP)
        assert guests.told() == []

    def test_a_meeting_that_is_moved_tells_its_guest_the_new_time(
        self, channel: InvitationWriter, guests: Guests
    ) -> None:
        sent = channel.deliver(channel.create(HOLD), INVITED, STAMP)

        moved = channel.deliver(sent, LATER, STAMP)

        found = channel.find(HOLD.uid)
        assert found is not None
        assert (found.written, found.guests) == (moved, frozenset({INVITED.recipient}))
        assert found.event is not None
        assert found.event.when == LATER.when
        assert guests.told() == [told(INVITED), told(LATER)]

    def test_a_meeting_that_is_called_off_tells_its_guest_and_is_gone(
        self, channel: InvitationWriter, guests: Guests
    ) -> None:
        sent = channel.deliver(channel.create(HOLD), INVITED, STAMP)

        channel.deliver(sent, OFF, STAMP)

        assert channel.find(HOLD.uid) is None
        assert guests.told() == [told(INVITED), told(OFF)]

    def test_a_meeting_that_others_were_invited_to_is_its_owners(
        self, channel: InvitationWriter, guests: Guests
    ) -> None:
        channel.deliver(channel.create(HOLD), INVITED, STAMP)
        guests.invites(HOLD.uid, "raj@example.com")
        before = guests.told()
        found = channel.find(HOLD.uid)
        assert found is not None

        for payload in (LATER, OFF):
            with pytest.raises(ConnectorError):
                channel.deliver(found.written, payload, STAMP)
        with pytest.raises(ChangedMeanwhile):
            channel.update(found.written, HOLD)
        with pytest.raises(ChangedMeanwhile):
            channel.delete(found.written)
        assert guests.told() == before


SLOT = OwnEvent(
    uid="fika-slot-1@example.com",
    when=interval("2026-03-03 08:00", "2026-03-03 08:30"),
    zone="Europe/Berlin",
    title="Planning: relationships",
    text="Red: Ana, 40 days.\nPromised: a book for Raj; a call.",
    marker="fika:planning:2026-W10",
    location="Room 5, 2nd floor",
)
MOVED = OwnEvent(
    uid=SLOT.uid,
    when=interval("2026-03-04 08:00", "2026-03-04 08:30"),
    zone=SLOT.zone,
    title=SLOT.title,
    text="Grüße ✓",
    marker=SLOT.marker,
    busy=False,
    private=False,
)


STAMP = utc("2026-04-01 12:00")
INVITED = make.payload()
HOLD = entry(INVITED)
LATER = replace(
    INVITED,
    kind=ActionKind.RESCHEDULE,
    sequence=1,
    start="2026-04-10T08:00:00+00:00",
    end="2026-04-10T08:45:00+00:00",
)
OFF = replace(INVITED, kind=ActionKind.CANCEL, sequence=1, text="I have to call this off.")


def told(payload: Payload) -> Told:
    return Told(payload.recipient, payload.kind, payload.when, payload.title)


def titles(changes: Changes) -> list[str]:
    return [item.events[0].summary for item in changes.changed]


def gone(changes: Changes) -> set[str]:
    """What the service reports deleted, and what a complete listing no longer holds."""
    return {*changes.deleted, *changes.absent}
