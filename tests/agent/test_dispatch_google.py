"""Sending through Google's own client library, against a server that forgives nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import stamina

from agent import followup
from agent.store import actions
from agent.store.database import Database
from connectors.google.invitations import MEET
from policies.proposal import Answer, ProposalState
from policies.sending.action import ActionKind, ActionState
from tests.agent.google_world import GoogleWorld, Worlds, worlds
from tests.agent.test_dispatch_killed import SOME_OR_SOAK, crashed
from tests.agent.world import ANA, DAY, HOUR, MINUTE, slots
from tests.servers.google.service import REFUSALS
from tests.servers.wire import WIRE

GUEST = ANA.addresses[0]
INVITED = (GUEST, "invited", "2026-04-09T10:00:00+02:00")
UNKIND = {"lag": timedelta(seconds=30), "weak_ids": timedelta(seconds=30)}
_CHECKPOINTS = 12


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    """Reads are tried again as often as ever, and at once."""
    stamina.set_testing(True, attempts=4)
    yield
    stamina.set_testing(False)


@pytest.fixture(scope="module")
def served(empty: Database) -> Iterator[Worlds]:
    with worlds(empty) as made:
        yield made


@pytest.fixture
def made(served: Worlds) -> Iterator[Worlds]:
    yield served
    served.close()


@pytest.mark.parametrize("seconds", SOME_OR_SOAK)
@pytest.mark.parametrize("switches", [{}, UNKIND], ids=["kind", "unkind"])
@pytest.mark.parametrize("first", range(1, _CHECKPOINTS + 1))
def test_a_run_killed_at_any_moment_and_its_recovery_killed_too_invites_once(
    made: Worlds, first: int, switches: dict[str, Any], seconds: str
) -> None:
    every = (0, *range(first + 1, first + 2 * _CHECKPOINTS, 2))
    for second in every if seconds == "all" else (first + 6,):
        here = made(**switches)
        here.propose()

        crashed(here, [first, second] if second else [first])

        (action,) = actions.of_proposal(here.db, 1)
        assert action.state is ActionState.SENT
        assert here.sent() == [INVITED]
        assert len(here.entries()) == 1


_OPERATIONS = ("get", "list", "insert", "patch")
_VALUES = {"silence": "0.1", "drip": "0.0001"}
_TELLING = ("drop", "backend", "quota", "precondition")


@pytest.mark.parametrize("faults", ["some", pytest.param("all", marks=pytest.mark.proof)])
@pytest.mark.parametrize("operation", _OPERATIONS)
@pytest.mark.parametrize("done", [False, True])
def test_whatever_goes_wrong_with_a_request_the_outbox_is_what_was_approved(
    made: Worlds, operation: str, done: bool, faults: str
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


@pytest.mark.parametrize("moment", ["K6", "K7", "K8", "K9"])
@pytest.mark.parametrize("deed", ["moved", "retitled", "removed"])
def test_an_entry_the_owner_changes_or_removes_before_the_sending_voids_the_approval(
    made: Worlds, moment: str, deed: str
) -> None:
    here = made()
    approved = here.approve(here.propose())

    def does() -> None:
        (event,) = here.entries()
        if deed == "removed":
            here.served.remove(event["id"])
        elif deed == "retitled":
            here.served.change(event["id"], summary="Dentist")
        else:
            start, end = _later(event["start"]), _later(event["end"])
            here.served.change(event["id"], start=start, end=end)

    here.on[moment] = does
    here.settle()
    here.quiet()

    assert here.sent() == []
    assert here.action(approved).state is ActionState.CANCELLED
    assert here.proposal(1).state is ProposalState.CANCELLED
    assert len(here.entries()) == (deed != "removed")


@pytest.mark.parametrize("moment", ["K2", "K3", "K5", "K6", "K7", "K8", "K9"])
@pytest.mark.parametrize("switches", [{}, UNKIND], ids=["kind", "unkind"])
def test_two_workers_without_a_lock_invite_once(
    made: Worlds, moment: str, switches: dict[str, Any]
) -> None:
    here = made(**switches)
    approved = here.approve(here.propose())

    def overtakes() -> None:
        here.clock.forward(2 * MINUTE)
        here.worker().settle()

    here.on[moment] = overtakes
    here.settle()
    here.quiet()

    assert here.action(approved).state is ActionState.SENT
    assert here.sent() == [INVITED]


@pytest.mark.parametrize("fault", ["", "drop", "truncated", "backend", "too_many"])
@pytest.mark.parametrize("done", [False, True])
def test_a_meeting_is_moved_and_called_off_once_each_whatever_goes_wrong(
    made: Worlds, fault: str, done: bool
) -> None:
    here = made()
    here.approve(here.propose())
    here.settle()
    for kind in (ActionKind.RESCHEDULE, ActionKind.CANCEL):
        here.later(HOUR)
        approved = here.move(1, 1) if kind is ActionKind.RESCHEDULE else here.call_off(1)
        if fault:
            here.served.faults.add(fault, "calendar.events.[pd]*", done=done)
        here.settle()
        here.quiet()

        assert here.action(approved).state is ActionState.SENT

    assert here.sent() == [
        INVITED,
        (GUEST, "updated", "2026-04-10T10:00:00+02:00"),
        (GUEST, "cancelled", "2026-04-10T10:00:00+02:00"),
    ]
    assert here.entries() == []


def test_a_video_meeting_is_sent_in_one_run_with_its_link(made: Worlds) -> None:
    here = made()
    video = tuple(replace(each, place=MEET) for each in slots())
    approved = here.approve(here.propose(slots=video))

    here.settle()

    assert here.action(approved).state is ActionState.SENT
    (event,) = here.entries()
    assert event["conferenceData"]["entryPoints"]
    assert here.sent() == [INVITED]


def test_a_quota_used_up_stops_all_writing_and_says_so(made: Worlds) -> None:
    here = made()
    here.many(3)
    here.served.faults.add("quota", "calendar.events.patch", times=-1)

    report = here.settle()
    here.later(5 * HOUR)
    here.settle()

    assert here.served.count("calendar.events.patch") == 1
    assert "quotaExceeded" in str(report.failures[0])
    assert here.sent() == []


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        ("accepted", Answer.ACCEPTED),
        ("tentative", Answer.TENTATIVE),
        ("declined", Answer.DECLINED),
    ],
)
def test_the_guests_answer_is_read_back(made: Worlds, response: str, answer: Answer) -> None:
    here = _sent(made)
    (event,) = here.entries()
    here.clock.forward(HOUR)
    here.served.answer(event["id"], GUEST, response)
    here.read()

    found = followup.look(here.db, here.settings, here.clock.now())

    assert [each.answer for each in found.answered] == [answer]
    assert here.proposal(1).answer is answer


def test_what_the_guest_writes_with_an_answer_is_read_back_too(made: Worlds) -> None:
    here = _sent(made)
    (event,) = here.entries()
    for words in ("At eleven?", "Or at noon?"):
        here.clock.forward(HOUR)
        here.served.answer(event["id"], GUEST, "tentative", words)
        here.read()
        (answered,) = followup.look(here.db, here.settings, here.clock.now()).answered
        assert (answered.answer, answered.comment) == (Answer.TENTATIVE, words)

    assert here.proposal(1).comment == "Or at noon?"
    assert followup.look(here.db, here.settings, here.clock.now()).answered == ()


def test_a_meeting_the_owner_moves_or_removes_after_its_sending_is_told(made: Worlds) -> None:
    here = _sent(made)
    (event,) = here.entries()
    here.served.change(event["id"], start=_later(event["start"]), end=_later(event["end"]))
    here.later(HOUR)
    (moved,) = followup.look(here.db, here.settings, here.clock.now()).changed
    here.served.remove(event["id"])
    here.later(HOUR)
    (removed,) = followup.look(here.db, here.settings, here.clock.now()).changed

    assert "you moved the meeting" in moved.sentence
    assert "you removed the meeting" in removed.sentence


def test_a_meeting_as_it_was_sent_is_nothing_to_tell_of(made: Worlds) -> None:
    here = _sent(made)
    here.later(HOUR)

    found = followup.look(here.db, here.settings, here.clock.now())

    assert (found.answered, found.changed) == ((), ())


def _sent(made: Worlds) -> GoogleWorld:
    here = made()
    here.approve(here.propose())
    here.settle()
    assert here.sent() == [INVITED]
    return here


def _later(value: dict[str, str]) -> dict[str, str]:
    moment = datetime.fromisoformat(value["dateTime"]) + timedelta(hours=1)
    return {**value, "dateTime": moment.isoformat()}
