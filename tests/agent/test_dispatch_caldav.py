"""Sending through real CalDAV servers: one that mails guests by itself, one that does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina

from agent import followup
from agent.store import actions
from agent.store.database import Database
from policies.proposal import Answer, ProposalState
from policies.sending.action import ActionKind, ActionState
from tests.agent.caldav_world import CaldavWorld, MailingWorld, Place, place
from tests.agent.test_dispatch_killed import SOME_OR_SOAK, crashed
from tests.agent.world import ANA, ENDS, HOUR, MINUTE

GUEST = ANA.addresses[0]
INVITED = (GUEST, "REQUEST", "2026-04-09 08:00")
_CHECKPOINTS = 12
_WIRE = ("drop", "truncated", "html")


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    """Reads are tried again as often as ever, and at once."""
    stamina.set_testing(True, attempts=4)
    yield
    stamina.set_testing(False)


@pytest.fixture(scope="module")
def scheduling(tmp_path_factory: pytest.TempPathFactory, empty: Database) -> Iterator[Place]:
    with place(CaldavWorld, tmp_path_factory.mktemp("xandikos"), empty) as made:
        yield made


@pytest.fixture(scope="module")
def keeping(tmp_path_factory: pytest.TempPathFactory, empty: Database) -> Iterator[Place]:
    with place(MailingWorld, tmp_path_factory.mktemp("radicale"), empty) as made:
        yield made


@pytest.fixture(params=["scheduling", "keeping"])
def either(request: pytest.FixtureRequest) -> Place:
    made: Place = request.getfixturevalue(request.param)
    return made


@pytest.mark.parametrize("seconds", SOME_OR_SOAK)
@pytest.mark.parametrize("first", range(1, _CHECKPOINTS + 1))
def test_a_run_killed_at_any_moment_and_its_recovery_killed_too_invites_once(
    scheduling: Place, first: int, seconds: str
) -> None:
    every = (0, *range(first + 1, first + 2 * _CHECKPOINTS))
    for second in every if seconds == "all" else (first + 6,):
        here = scheduling()
        here.propose()

        crashed(here, [first, second] if second else [first])

        (action,) = actions.of_proposal(here.db, 1)
        assert action.state is ActionState.SENT
        assert here.sent() == [INVITED]
        assert len(here.entries()) == 1


@pytest.mark.parametrize("first", range(1, _CHECKPOINTS + 1))
def test_a_run_killed_at_any_moment_mails_at_most_once(keeping: Place, first: int) -> None:
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
    either: Place, fault: str, operation: str, done: bool, passing: int
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
def test_a_refused_write_sends_nothing_and_the_next_run_goes_on(either: Place, value: str) -> None:
    here = either()
    approved = here.approve(here.propose())
    either.relay.faults.add("html", "write", value=value)

    here.settle()
    assert here.sent() == []
    here.quiet()

    assert here.action(approved).state is ActionState.SENT
    assert here.sent() == [INVITED]


@pytest.mark.parametrize("moment", ["K6", "K7", "K8", "K9"])
@pytest.mark.parametrize("deed", ["moved", "removed"])
def test_an_entry_the_owner_changes_or_removes_before_the_sending_voids_the_approval(
    scheduling: Place, moment: str, deed: str
) -> None:
    here = scheduling()
    approved = here.approve(here.propose())

    def does() -> None:
        (path,) = scheduling.server.names(here.path)
        _, data = scheduling.server.send("GET", path)
        if deed == "removed":
            scheduling.server.delete(path)
        else:
            scheduling.server.put(path, data.replace(b"T100000", b"T090000"))

    here.on[moment] = does
    here.settle()
    here.quiet()

    assert here.sent() == []
    assert here.action(approved).state is ActionState.CANCELLED
    assert here.proposal(1).state is ProposalState.CANCELLED


@pytest.mark.parametrize("moment", ["K2", "K3", "K5", "K6", "K7", "K8", "K9"])
def test_two_workers_without_a_lock_invite_once(scheduling: Place, moment: str) -> None:
    here = scheduling()
    approved = here.approve(here.propose())

    def overtakes() -> None:
        here.clock.forward(2 * MINUTE)
        here.worker().settle()

    here.on[moment] = overtakes
    here.settle()
    here.quiet()

    assert here.action(approved).state is ActionState.SENT
    assert here.sent() == [INVITED]


@pytest.mark.parametrize("fault", ["", *_WIRE])
def test_a_meeting_is_moved_and_called_off_once_each_whatever_goes_wrong(
    either: Place, fault: str
) -> None:
    here = either()
    here.approve(here.propose())
    here.settle()
    for kind in (ActionKind.RESCHEDULE, ActionKind.CANCEL):
        here.later(HOUR)
        approved = here.move(1, 1) if kind is ActionKind.RESCHEDULE else here.call_off(1)
        if fault:
            either.relay.faults.add(fault, "write", done=True)
        here.settle()
        here.quiet()

        assert here.action(approved).state is ActionState.SENT

    assert here.sent() == [
        INVITED,
        (GUEST, "REQUEST", "2026-04-10 08:00"),
        (GUEST, "CANCEL", "2026-04-10 08:00"),
    ]
    assert here.entries() == []


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("ACCEPTED", Answer.ACCEPTED),
        ("TENTATIVE", Answer.TENTATIVE),
        ("DECLINED", Answer.DECLINED),
    ],
)
def test_the_guests_answer_is_read_back_from_the_entry(
    scheduling: Place, said: str, answer: Answer
) -> None:
    here = scheduling()
    here.approve(here.propose())
    here.settle()
    (path,) = scheduling.server.names(here.path)
    _, data = scheduling.server.send("GET", path)
    assert b"PARTSTAT=NEEDS-ACTION" in data
    scheduling.server.put(path, data.replace(b"PARTSTAT=NEEDS-ACTION", f"PARTSTAT={said}".encode()))
    here.later(HOUR)

    found = followup.look(here.db, here.settings, here.clock.now())

    assert [each.answer for each in found.answered] == [answer]
    assert here.proposal(1).answer is answer
