"""Sending through Microsoft Graph, against a server that forgives nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

import pytest

from agent.sending import followup
from agent.sending.payloads import CannotApprove
from agent.store.database import Database
from policies.proposal import Answer
from policies.sending.action import ActionState
from tests import make
from tests.agent.dispatch.contract import INVITED, SendsOnce, sent
from tests.agent.outlook_world import GUEST, OutlookWorld, worlds
from tests.agent.service_world import Sent, Worlds
from tests.agent.world import HOUR, slots
from tests.servers.graph.graph import _REFUSALS
from tests.servers.wire import WIRE

_OPERATIONS = ("events", "events.get", "events.create", "events.update", "calendar")
_VALUES = {"silence": "0.1", "drip": "0.0001", "throttled": "0", "concurrency": "0"}
_TELLING = ("drop", "server_error", "save_conflict", "conflict")


@pytest.fixture(scope="module")
def served(empty: Database) -> Iterator[Worlds[OutlookWorld]]:
    with worlds(empty) as made:
        yield made


@pytest.fixture
def made(served: Worlds[OutlookWorld]) -> Iterator[Worlds[OutlookWorld]]:
    yield served
    served.close()


class TestOutlook(SendsOnce):
    kinds: ClassVar[tuple[str, ...]] = ("kind", "late", "unconditional")
    heeding: ClassVar[tuple[str, ...]] = ("kind", "unconditional")
    lagging: ClassVar[tuple[str, ...]] = ("kind", "late")
    faults: ClassVar[tuple[tuple[str, bool], ...]] = (
        ("throttled", False),
        *((fault, done) for fault in ("drop", "server_error") for done in (False, True)),
        ("truncated", True),
    )

    @pytest.mark.parametrize("faults", ["some", pytest.param("all", marks=pytest.mark.proof)])
    @pytest.mark.parametrize("operation", _OPERATIONS)
    @pytest.mark.parametrize("done", [False, True])
    def test_whatever_goes_wrong_with_a_request_the_outbox_is_what_was_approved(
        self, made: Worlds[OutlookWorld], operation: str, done: bool, faults: str
    ) -> None:
        for name in sorted(_REFUSALS.keys() | WIRE.keys()) if faults == "all" else _TELLING:
            for passing in (0, 1) if faults == "all" else (0,):
                here = made()
                approved = here.approve(here.propose())
                value = _VALUES.get(name, "")
                here.served.faults.add(name, operation, passing=passing, done=done, value=value)

                here.settle()
                here.served.faults.clear()
                here.quiet()

                assert here.action(approved).state is ActionState.SENT, (name, passing)
                assert here.sent() == [INVITED], (name, passing)
                assert len(here.entries()) == 1, (name, passing)

    def test_a_video_meeting_is_sent_in_one_run_with_its_link(
        self, made: Worlds[OutlookWorld]
    ) -> None:
        here = made()
        video = tuple(replace(each, place="Microsoft Teams") for each in slots())
        approved = here.approve(here.propose(slots=video))

        here.settle()

        assert here.action(approved).state is ActionState.SENT
        (item,) = here.entries()
        assert item.props["onlineMeeting"]["joinUrl"]
        assert here.sent() == [INVITED]

    def test_a_time_the_guest_proposes_is_accepted_with_one_command(
        self, made: Worlds[OutlookWorld]
    ) -> None:
        here = _sent(made)
        _proposes(here, "2026-04-10 13:00")

        found = followup.look(here.db, here.settings, here.clock.now())

        assert [(each.answer, each.comment) for each in found.answered] == [
            (Answer.COUNTERED, "asks for Fri 10 Apr 15:00.")
        ]
        number = len(here.proposal(1).draft.slots)
        (told,) = found.changed
        assert told.sentence == (
            f"proposes Fri 10 Apr 15:00; `fika approve 1 --slot {number}` moves the meeting there"
        )
        here.move(1, number - 1)
        here.settle()
        assert here.sent() == [INVITED, Sent(GUEST, "updated", make.utc("2026-04-10 13:00"))]
        here.later(HOUR)
        again = followup.look(here.db, here.settings, here.clock.now())
        assert (again.answered, again.changed) == ((), ())
        _proposes(here, "2026-04-10 13:00")  # what Outlook remembers of a wish that was granted
        (granted,) = followup.look(here.db, here.settings, here.clock.now()).answered
        assert granted.answer is Answer.TENTATIVE

    def test_a_time_the_guest_proposes_is_not_accepted_where_the_owner_is_taken(
        self, made: Worlds[OutlookWorld]
    ) -> None:
        here = _sent(made)
        start = make.utc("2026-04-10 13:00").replace(tzinfo=None)
        here.box.add(start, start + HOUR, subject="Taken")
        _proposes(here, "2026-04-10 13:00")
        followup.look(here.db, here.settings, here.clock.now())

        with pytest.raises(CannotApprove):
            here.move(1, len(here.proposal(1).draft.slots) - 1)
        assert here.sent() == [INVITED]

    def test_a_guest_who_changes_their_mind_takes_the_place_of_their_own_time(
        self, made: Worlds[OutlookWorld]
    ) -> None:
        here = _sent(made)
        before = len(here.proposal(1).draft.slots)
        for time in ("2026-04-10 13:00", "2026-04-10 14:00", "2026-04-13 13:00"):
            _proposes(here, time)
            followup.look(here.db, here.settings, here.clock.now())

        slots = here.proposal(1).draft.slots
        assert len(slots) == before + 1
        assert slots[-1].when.start == make.utc("2026-04-13 13:00")
        assert here.proposal(1).comment == "asks for Mon 13 Apr 15:00."


def _sent(made: Worlds[OutlookWorld]) -> OutlookWorld:
    here = sent(made)
    assert isinstance(here, OutlookWorld)
    return here


def _proposes(here: OutlookWorld, start: str) -> None:
    first = make.utc(start)
    here.clock.forward(HOUR)
    here.answers(Answer.TENTATIVE, (first, first + timedelta(minutes=45)))
    here.read()
