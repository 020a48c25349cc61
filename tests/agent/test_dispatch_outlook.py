"""Sending through Microsoft Graph, against a server that forgives nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import stamina

from agent import followup
from agent.payloads import CannotApprove
from agent.store import actions
from agent.store.database import Database
from policies.proposal import Answer, ProposalState
from policies.sending.action import ActionKind, ActionState
from tests import make
from tests.agent.outlook_world import OutlookWorld, Worlds, worlds
from tests.agent.test_dispatch_killed import SOME_OR_SOAK, crashed
from tests.agent.world import ANA, DAY, HOUR, MINUTE, slots
from tests.servers.common import FOREVER
from tests.servers.graph.graph import _REFUSALS
from tests.servers.graph.items import Entry, Item, identity
from tests.servers.wire import WIRE

GUEST = ANA.addresses[0]
INVITED = (GUEST, "invited", "2026-04-09T08:00:00+00:00")
KINDS = ["kind", "late", "unconditional"]
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


def world(made: Worlds, kind: str) -> OutlookWorld:
    """``late``: what is written shows after 30 s. ``unconditional``: no ``If-Match`` is heeded."""
    here = made(honours_if_match=kind != "unconditional")
    if kind == "late":
        here.served.faults.add("lag", "events.[cu]*", times=FOREVER, value="30")
    return here


@pytest.mark.parametrize("seconds", SOME_OR_SOAK)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("first", range(1, _CHECKPOINTS + 1))
def test_a_run_killed_at_any_moment_and_its_recovery_killed_too_invites_once(
    made: Worlds, first: int, kind: str, seconds: str
) -> None:
    every = (0, *range(first + 1, first + 2 * _CHECKPOINTS))
    for second in every if seconds == "all" else (first + 6,):
        here = world(made, kind)
        here.propose()

        crashed(here, [first, second] if second else [first])

        (action,) = actions.of_proposal(here.db, 1)
        assert action.state is ActionState.SENT
        assert here.sent() == [INVITED]
        assert len(here.entries()) == 1


_OPERATIONS = ("events", "events.get", "events.create", "events.update", "calendar")
_VALUES = {"silence": "0.1", "drip": "0.0001", "throttled": "0", "concurrency": "0"}
_TELLING = ("drop", "server_error", "save_conflict", "conflict")


@pytest.mark.parametrize("faults", ["some", pytest.param("all", marks=pytest.mark.proof)])
@pytest.mark.parametrize("operation", _OPERATIONS)
@pytest.mark.parametrize("done", [False, True])
def test_whatever_goes_wrong_with_a_request_the_outbox_is_what_was_approved(
    made: Worlds, operation: str, done: bool, faults: str
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


@pytest.mark.parametrize("moment", ["K6", "K7", "K8", "K9"])
@pytest.mark.parametrize("deed", ["moved", "retitled", "removed"])
@pytest.mark.parametrize("kind", ["kind", "unconditional"])
def test_an_entry_the_owner_changes_or_removes_before_the_sending_voids_the_approval(
    made: Worlds, moment: str, deed: str, kind: str
) -> None:
    here = world(made, kind)
    approved = here.approve(here.propose())

    def does() -> None:
        (item,) = here.entries()
        if deed == "removed":
            here.box.remove(_id(item))
        elif deed == "retitled":
            item.props["subject"] = "Dentist"
            here.box.touch(item)
        else:
            _shift(here, item)

    here.on[moment] = does
    here.settle()
    here.quiet()

    assert here.sent() == []
    assert here.action(approved).state is ActionState.CANCELLED
    assert here.proposal(1).state is ProposalState.CANCELLED
    assert len(here.entries()) == (deed != "removed")


@pytest.mark.parametrize("moment", ["K2", "K3", "K5", "K6", "K7", "K8", "K9"])
@pytest.mark.parametrize("kind", ["kind", "late"])
def test_two_workers_without_a_lock_invite_once(made: Worlds, moment: str, kind: str) -> None:
    here = world(made, kind)
    approved = here.approve(here.propose())

    def overtakes() -> None:
        here.clock.forward(2 * MINUTE)
        here.worker().settle()

    here.on[moment] = overtakes
    here.settle()
    here.quiet()

    assert here.action(approved).state is ActionState.SENT
    assert here.sent() == [INVITED]


@pytest.mark.parametrize(
    ("fault", "done"),
    [
        ("", False),
        ("throttled", False),
        *((fault, done) for fault in ("drop", "server_error") for done in (False, True)),
        ("truncated", True),
    ],
)
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
            value = "0" if fault == "throttled" else ""
            here.served.faults.add(fault, "events.[uc][pa]*", done=done, value=value)
        here.settle()
        here.quiet()

        assert here.action(approved).state is ActionState.SENT

    assert here.sent() == [
        INVITED,
        (GUEST, "updated", "2026-04-10T08:00:00+00:00"),
        (GUEST, "cancelled", "2026-04-10T08:00:00+00:00"),
    ]
    assert here.entries() == []


def test_a_video_meeting_is_sent_in_one_run_with_its_link(made: Worlds) -> None:
    here = made()
    video = tuple(replace(each, place="Microsoft Teams") for each in slots())
    approved = here.approve(here.propose(slots=video))

    here.settle()

    assert here.action(approved).state is ActionState.SENT
    (item,) = here.entries()
    assert item.props["onlineMeeting"]["joinUrl"]
    assert here.sent() == [INVITED]


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        ("accepted", Answer.ACCEPTED),
        ("tentativelyAccepted", Answer.TENTATIVE),
        ("declined", Answer.DECLINED),
    ],
)
def test_the_guests_answer_is_read_back(made: Worlds, response: str, answer: Answer) -> None:
    here = _sent(made)
    here.clock.forward(HOUR)
    here.box.answer(_id(here.entries()[0]), GUEST, response)
    here.read()

    found = followup.look(here.db, here.settings, here.clock.now())

    assert [each.answer for each in found.answered] == [answer]
    assert here.proposal(1).answer is answer


def test_a_time_the_guest_proposes_is_accepted_with_one_command(made: Worlds) -> None:
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
    assert here.sent() == [INVITED, (GUEST, "updated", "2026-04-10T13:00:00+00:00")]
    here.later(HOUR)
    again = followup.look(here.db, here.settings, here.clock.now())
    assert (again.answered, again.changed) == ((), ())
    _proposes(here, "2026-04-10 13:00")  # what Outlook remembers of a wish that was granted
    (granted,) = followup.look(here.db, here.settings, here.clock.now()).answered
    assert granted.answer is Answer.TENTATIVE


def test_a_time_the_guest_proposes_is_not_accepted_where_the_owner_is_taken(made: Worlds) -> None:
    here = _sent(made)
    start = make.utc("2026-04-10 13:00").replace(tzinfo=None)
    here.box.add(start, start + HOUR, subject="Taken")
    _proposes(here, "2026-04-10 13:00")
    followup.look(here.db, here.settings, here.clock.now())

    with pytest.raises(CannotApprove):
        here.move(1, len(here.proposal(1).draft.slots) - 1)
    assert here.sent() == [INVITED]


def test_a_guest_who_changes_their_mind_takes_the_place_of_their_own_time(made: Worlds) -> None:
    here = _sent(made)
    before = len(here.proposal(1).draft.slots)
    for time in ("2026-04-10 13:00", "2026-04-10 14:00", "2026-04-13 13:00"):
        _proposes(here, time)
        followup.look(here.db, here.settings, here.clock.now())

    slots = here.proposal(1).draft.slots
    assert len(slots) == before + 1
    assert slots[-1].when.start == make.utc("2026-04-13 13:00")
    assert here.proposal(1).comment == "asks for Mon 13 Apr 15:00."


def test_what_the_owner_does_to_a_meeting_after_its_sending_is_told(made: Worlds) -> None:
    here = _sent(made)
    (item,) = here.entries()
    _shift(here, item)
    here.later(HOUR)
    (moved,) = followup.look(here.db, here.settings, here.clock.now()).changed
    here.box.remove(_id(item))
    here.later(HOUR)
    (removed,) = followup.look(here.db, here.settings, here.clock.now()).changed

    assert "you moved the meeting" in moved.sentence
    assert "you removed the meeting" in removed.sentence


def test_a_meeting_as_it_was_sent_is_nothing_to_tell_of(made: Worlds) -> None:
    here = _sent(made)
    here.later(DAY)

    found = followup.look(here.db, here.settings, here.clock.now())

    assert (found.answered, found.changed) == ((), ())


def _proposes(here: OutlookWorld, start: str) -> None:
    first = make.utc(start)
    here.clock.forward(HOUR)
    times = (first, first + timedelta(minutes=45))
    here.box.answer(_id(here.entries()[0]), GUEST, "tentativelyAccepted", times)
    here.read()


def _sent(made: Worlds) -> OutlookWorld:
    here = made()
    here.approve(here.propose())
    here.settle()
    assert here.sent() == [INVITED]
    return here


def _id(item: Item) -> str:
    return identity(Entry(item), immutable=True)


def _shift(here: OutlookWorld, item: Item, by: timedelta = HOUR) -> None:
    item.start, item.end = (each.at(each.wall + by) for each in (item.start, item.end))
    here.box.touch(item)
