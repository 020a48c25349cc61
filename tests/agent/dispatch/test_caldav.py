"""Sending through real CalDAV servers: one that mails guests by itself, one that does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

from agent.store import actions
from agent.store.database import Database
from policies.sending.action import ActionKind, ActionState
from tests.agent.caldav_world import CaldavWorld, MailingWorld, Place, place
from tests.agent.dispatch.contract import CALLED_OFF, CHECKPOINTS, INVITED, MOVED, SendsOnce
from tests.agent.dispatch.test_killed import crashed
from tests.agent.world import ENDS, HOUR
from tests.servers.common import FOREVER

_WIRE = ("drop", "truncated", "html")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, empty: Database) -> Iterator[Place]:
    """The server invites."""
    with place(CaldavWorld, tmp_path_factory.mktemp("xandikos"), empty) as scheduling:
        yield scheduling


@pytest.fixture(scope="module")
def keeping(tmp_path_factory: pytest.TempPathFactory, empty: Database) -> Iterator[Place]:
    """The server only keeps the calendar."""
    with place(MailingWorld, tmp_path_factory.mktemp("radicale"), empty) as keeps:
        yield keeps


@pytest.fixture(params=["made", "keeping"])
def either(request: pytest.FixtureRequest) -> Place:
    found: Place = request.getfixturevalue(request.param)
    return found


class TestCaldav(SendsOnce):
    faults: ClassVar[tuple[tuple[str, bool], ...]] = tuple((each, True) for each in _WIRE)

    @pytest.mark.parametrize("first", range(1, CHECKPOINTS + 1))
    def test_a_run_killed_at_any_moment_mails_at_most_once(
        self, keeping: Place, first: int
    ) -> None:
        here = keeping()
        here.propose()

        crashed(here, [first])

        (action,) = actions.of_proposal(here.db, 1)
        assert action.state in ENDS
        assert here.sent() in ([], [INVITED])
        assert action.state is ActionState.NEEDS_REVIEW or here.sent() == [INVITED]
        assert all(b"ATTENDEE" not in each for each in here.entries())

    @pytest.mark.parametrize("fault", _WIRE)
    @pytest.mark.parametrize("operation", ["read", "write"])
    @pytest.mark.parametrize("done", [False, True])
    @pytest.mark.parametrize("passing", [0, pytest.param(1, marks=pytest.mark.proof)])
    def test_whatever_goes_wrong_with_a_request_the_outbox_is_what_was_approved(
        self, either: Place, fault: str, operation: str, done: bool, passing: int
    ) -> None:
        here = either()
        approved = here.approve(here.propose())
        either.relay.faults.add(fault, operation, passing=passing, done=done)

        here.settle()
        either.relay.faults.clear()
        here.quiet()

        assert here.action(approved).state is ActionState.SENT
        assert here.sent() == [INVITED]
        assert len(here.entries()) == 1

    @pytest.mark.parametrize("value", ["403", "429", "503", "507"])
    def test_a_refused_write_sends_nothing_and_the_next_run_goes_on(
        self, either: Place, value: str
    ) -> None:
        here = either()
        approved = here.approve(here.propose())
        either.relay.faults.add("html", "write", value=value)

        here.settle()
        assert here.sent() == []
        here.quiet()

        assert here.action(approved).state is ActionState.SENT
        assert here.sent() == [INVITED]

    @pytest.mark.parametrize("done", [False, True])
    def test_a_guest_the_server_cannot_reach_is_not_invited_even_if_taking_them_back_fails(
        self, made: Place, done: bool
    ) -> None:
        here = made()
        approved = here.approve(here.propose())
        here.faults.add("unreachable", "read", times=FOREVER)
        here.faults.add("drop", "write", passing=2, done=done)

        here.settle()
        assert here.action(approved).state is ActionState.INVITING
        here.later(HOUR)
        here.settle()

        assert here.action(approved).state is ActionState.HELD
        assert "the guest cannot be reached" in here.action(approved).note
        (entry,) = here.entries()
        assert b"ATTENDEE" not in entry

    @pytest.mark.parametrize("fault", ["", *_WIRE])
    def test_by_our_own_mail_too_a_meeting_is_moved_and_called_off_once_each(
        self, keeping: Place, fault: str
    ) -> None:
        here = keeping()
        here.approve(here.propose())
        here.settle()
        for kind in (ActionKind.RESCHEDULE, ActionKind.CANCEL):
            here.later(HOUR)
            approved = here.move(1, 1) if kind is ActionKind.RESCHEDULE else here.call_off(1)
            if fault:
                here.fails(fault, done=True)
            here.settle()
            here.quiet()

            assert here.action(approved).state is ActionState.SENT

        assert here.sent() == [INVITED, MOVED, CALLED_OFF]
        assert here.entries() == []
