"""What sending owes the owner at every service, over real sockets.

Each service has a class of its own that inherits this one and says what it can; its worlds come
from a fixture ``made``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import ClassVar

import pytest
import stamina

from agent.sending import followup
from agent.store import actions
from policies.proposal import Answer, ProposalState
from policies.sending.action import ActionKind, ActionState
from tests.agent.dispatch.test_killed import SOME_OR_SOAK, crashed
from tests.agent.service_world import Maker, Sent, ServiceWorld
from tests.agent.world import ANA, HOUR, MINUTE
from tests.make import utc
from tests.servers.common import FOREVER

GUEST = ANA.addresses[0]
INVITED = Sent(GUEST, "invited", utc("2026-04-09 08:00"))
MOVED = Sent(GUEST, "updated", utc("2026-04-10 08:00"))
CALLED_OFF = Sent(GUEST, "cancelled", utc("2026-04-10 08:00"))
CHECKPOINTS = 12
REQUESTS = 8
"""More than a run makes at any of these services to send one message."""


class SendsOnce:
    """``kinds`` are the ways the service behaves; ``heeding`` those in which it shows at once
    what its owner does. ``faults`` of its own are met by moving and calling off, each with
    whether the request is carried out all the same.
    """

    kinds: ClassVar[tuple[str, ...]] = ("kind",)
    heeding: ClassVar[tuple[str, ...]] = ("kind",)
    lagging: ClassVar[tuple[str, ...]] = ("kind",)
    faults: ClassVar[tuple[tuple[str, bool], ...]] = ()

    @pytest.fixture(autouse=True)
    def _patience(self) -> Iterator[None]:
        """Reads are tried again as often as ever, and at once."""
        stamina.set_testing(True, attempts=4)
        yield
        stamina.set_testing(False)

    @pytest.mark.parametrize("seconds", SOME_OR_SOAK)
    @pytest.mark.parametrize("first", range(1, CHECKPOINTS + 1))
    def test_a_run_killed_at_any_moment_and_its_recovery_killed_too_invites_once(
        self, made: Maker, first: int, seconds: str
    ) -> None:
        every = (0, *range(first + 1, first + 2 * CHECKPOINTS, 2))
        for kind in self.kinds:
            for second in every if seconds == "all" else (first + 6,):
                here = made(kind)
                here.propose()

                crashed(here, [first, second] if second else [first])

                (action,) = actions.of_proposal(here.db, 1)
                assert action.state is ActionState.SENT, kind
                assert here.sent() == [INVITED], kind
                assert len(here.entries()) == 1, kind

    @pytest.mark.parametrize("moment", ["K6", "K7", "K8", "K9"])
    @pytest.mark.parametrize("deed", ["moves", "retitles", "removes"])
    def test_an_entry_the_owner_changes_or_removes_before_the_sending_voids_the_approval(
        self, made: Maker, moment: str, deed: str
    ) -> None:
        for kind in self.heeding:
            here = made(kind)
            approved = here.approve(here.propose())
            here.on[moment] = getattr(here, deed)

            here.settle()
            here.quiet()

            assert here.sent() == [], kind
            assert here.action(approved).state is ActionState.CANCELLED, kind
            assert here.proposal(1).state is ProposalState.CANCELLED, kind
            assert len(here.entries()) == (deed != "removes"), kind

    @pytest.mark.parametrize("moment", ["K2", "K3", "K5", "K6", "K7", "K8", "K9"])
    def test_two_workers_without_a_lock_invite_once(self, made: Maker, moment: str) -> None:
        for kind in self.lagging:
            here = made(kind)
            approved = here.approve(here.propose())

            def overtakes(here: ServiceWorld = here) -> None:
                here.clock.forward(2 * MINUTE)
                here.worker().settle()

            here.on[moment] = overtakes
            here.settle()
            here.quiet()

            assert here.action(approved).state is ActionState.SENT, kind
            assert here.sent() == [INVITED], kind

    def test_a_meeting_is_moved_and_called_off_once_each_whatever_goes_wrong(
        self, made: Maker
    ) -> None:
        for fault, done in (("", False), *self.faults):
            here = made()
            here.approve(here.propose())
            here.settle()
            for kind in (ActionKind.RESCHEDULE, ActionKind.CANCEL):
                here.later(HOUR)
                approved = here.move(1, 1) if kind is ActionKind.RESCHEDULE else here.call_off(1)
                if fault:
                    here.fails(fault, done=done)
                here.settle()
                here.quiet()

                assert here.action(approved).state is ActionState.SENT, (fault, done)

            assert here.sent() == [INVITED, MOVED, CALLED_OFF], (fault, done)
            assert here.entries() == [], (fault, done)

    @pytest.mark.parametrize("passing", range(REQUESTS))
    def test_wherever_in_a_run_the_network_goes_what_went_out_is_not_held_to_be_unsent(
        self, made: Maker, passing: int
    ) -> None:
        here = made()
        here.propose()
        for approve in (here.approve, partial(here.move, slot=1), here.call_off):
            here.later(HOUR)
            before, approved = len(here.sent()), approve(1)
            here.faults.add("drop", passing=passing, times=FOREVER)
            here.settle()
            is_told, left = len(here.sent()) > before, here.action(approved).state
            here.faults.clear()
            here.quiet()

            assert not is_told or left in {ActionState.INVITING, ActionState.SENT}
            assert here.action(approved).state is ActionState.SENT

        assert here.sent() == [INVITED, MOVED, CALLED_OFF]

    @pytest.mark.parametrize("answer", [Answer.ACCEPTED, Answer.TENTATIVE, Answer.DECLINED])
    def test_the_guests_answer_is_read_back(self, made: Maker, answer: Answer) -> None:
        here = sent(made)
        here.clock.forward(HOUR)
        here.answers(answer)
        here.read()

        found = followup.look(here.db, here.settings, here.clock.now())

        assert [each.answer for each in found.answered] == [answer]
        assert here.proposal(1).answer is answer

    def test_what_the_owner_does_to_a_meeting_after_its_sending_is_told(self, made: Maker) -> None:
        here = sent(made)
        here.moves()
        here.later(HOUR)
        (moved,) = followup.look(here.db, here.settings, here.clock.now()).changed
        here.removes()
        here.later(HOUR)
        (removed,) = followup.look(here.db, here.settings, here.clock.now()).changed

        assert "you moved the meeting" in moved.sentence
        assert "you removed the meeting" in removed.sentence

    def test_a_meeting_as_it_was_sent_is_nothing_to_tell_of(self, made: Maker) -> None:
        here = sent(made)
        here.later(HOUR)

        found = followup.look(here.db, here.settings, here.clock.now())

        assert (found.answered, found.changed) == ((), ())


def sent(made: Maker) -> ServiceWorld:
    """A world in which the guest was invited."""
    here = made()
    here.approve(here.propose())
    here.settle()
    assert here.sent() == [INVITED]
    return here
