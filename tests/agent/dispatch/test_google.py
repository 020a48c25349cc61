"""Sending through Google's own client library, against a server that forgives nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import pytest

from agent.sending import followup
from agent.store.database import Database
from connectors.google.invitations import MEET
from policies.proposal import Answer
from policies.sending.action import ActionState
from tests.agent.dispatch.contract import INVITED, SendsOnce, sent
from tests.agent.google_world import GoogleWorld, worlds
from tests.agent.service_world import Worlds
from tests.agent.world import DAY, HOUR, slots
from tests.servers.google.service import REFUSALS
from tests.servers.wire import WIRE

_OPERATIONS = ("get", "list", "insert", "patch")
_VALUES = {"silence": "0.1", "drip": "0.0001"}
_TELLING = ("drop", "backend", "quota", "precondition")


@pytest.fixture(scope="module")
def served(empty: Database) -> Iterator[Worlds[GoogleWorld]]:
    with worlds(empty) as made:
        yield made


@pytest.fixture
def made(served: Worlds[GoogleWorld]) -> Iterator[Worlds[GoogleWorld]]:
    yield served
    served.close()


class TestGoogle(SendsOnce):
    kinds: ClassVar[tuple[str, ...]] = ("kind", "unkind")
    lagging: ClassVar[tuple[str, ...]] = ("kind", "unkind")
    faults: ClassVar[tuple[tuple[str, bool], ...]] = tuple(
        (fault, done)
        for fault in ("drop", "truncated", "backend", "too_many")
        for done in (False, True)
    )

    @pytest.mark.parametrize("faults", ["some", pytest.param("all", marks=pytest.mark.proof)])
    @pytest.mark.parametrize("operation", _OPERATIONS)
    @pytest.mark.parametrize("done", [False, True])
    def test_whatever_goes_wrong_with_a_request_the_outbox_is_what_was_approved(
        self, made: Worlds[GoogleWorld], operation: str, done: bool, faults: str
    ) -> None:
        for name in sorted(REFUSALS.keys() | WIRE.keys()) if faults == "all" else _TELLING:
            for passing in (0, 1) if faults == "all" and done else (0,):
                here = made()
                approved = here.approve(here.propose())
                here.served.faults.add(
                    name,
                    f"calendar.events.{operation}",
                    passing=passing,
                    done=done,
                    value=_VALUES.get(name, ""),
                )

                here.settle()
                here.served.faults.clear()
                here.quiet()
                for _ in range(2 * (name == "quota")):
                    here.later(DAY)
                    here.settle()

                assert here.action(approved).state is ActionState.SENT, (name, passing)
                assert here.sent() == [INVITED], (name, passing)
                assert len(here.entries()) == 1, (name, passing)

    def test_a_video_meeting_is_sent_in_one_run_with_its_link(
        self, made: Worlds[GoogleWorld]
    ) -> None:
        here = made()
        video = tuple(replace(each, place=MEET) for each in slots())
        approved = here.approve(here.propose(slots=video))

        here.settle()

        assert here.action(approved).state is ActionState.SENT
        (event,) = here.entries()
        assert event["conferenceData"]["entryPoints"]
        assert here.sent() == [INVITED]

    def test_a_quota_used_up_stops_all_writing_and_says_so(self, made: Worlds[GoogleWorld]) -> None:
        here = made()
        here.many(3)
        here.served.faults.add("quota", "calendar.events.patch", times=-1)

        report = here.settle()
        here.later(5 * HOUR)
        here.settle()

        assert here.served.count("calendar.events.patch") == 1
        assert "quotaExceeded" in str(report.failures[0])
        assert here.sent() == []

    def test_what_the_guest_writes_with_an_answer_is_read_back_too(
        self, made: Worlds[GoogleWorld]
    ) -> None:
        here = sent(made)
        assert isinstance(here, GoogleWorld)
        for words in ("At eleven?", "Or at noon?"):
            here.clock.forward(HOUR)
            here.answers(Answer.TENTATIVE, words)
            here.read()
            (answered,) = followup.look(here.db, here.settings, here.clock.now()).answered
            assert (answered.answer, answered.comment) == (Answer.TENTATIVE, words)

        assert here.proposal(1).comment == "Or at noon?"
        assert followup.look(here.db, here.settings, here.clock.now()).answered == ()
