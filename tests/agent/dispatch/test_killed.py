from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from agent.keeping import forget
from agent.sending import outcome
from agent.store import actions, forgotten
from agent.store.database import Database
from connectors.errors import (
    ChangedMeanwhile,
    ConnectorError,
    MayHaveHappened,
    NeedsLogin,
    NotAllowed,
    TemporarilyUnavailable,
    UnreadableAnswer,
)
from connectors.port import Found
from policies.interval import Interval
from policies.proposal import ProposalState
from policies.sending.action import ActionState
from tests.agent.model_channel import (
    CALDAV,
    GOOGLE,
    MAIL,
    PROFILES,
    Fault,
    error,
)
from tests.agent.store.stored import meeting
from tests.agent.world import ANA, DAY, ENDS, FIRST, HOUR, MINUTE, Crash, Making, World

SERVICES = {name: each for name, each in PROFILES.items() if each is not MAIL}


def crashed(here: World, at: list[int]) -> None:
    """Approve and settle, dying at each of these checkpoints in turn, then run in peace."""
    here.crash_at = at
    for _ in range(len(at) + 1):
        try:
            if not actions.of_proposal(here.db, 1):
                here.approve(1)
            here.settle()
        except Crash:
            here.later(MINUTE)
    here.crash_at = []
    if not actions.of_proposal(here.db, 1):
        here.approve(1)
    here.quiet()


_CHECKPOINTS = 12
SOME_OR_SOAK = ["some", pytest.param("all", marks=pytest.mark.soak)]
"""`tests.simulator.every` has all of them in the proof, and more, on a model of each service."""


@pytest.mark.parametrize("seconds", SOME_OR_SOAK)
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("first", range(1, _CHECKPOINTS + 1))
def test_a_run_killed_at_any_moment_and_its_recovery_killed_too_never_invites_twice(
    made: Making, profile: str, first: int, seconds: str
) -> None:
    every = (0, *range(first + 1, first + 2 * _CHECKPOINTS))
    for second in every if seconds == "all" else (0, first + 1, first + 6):
        here = made(PROFILES[profile])
        here.propose()

        crashed(here, [first, second] if second else [first])

        (action,) = actions.of_proposal(here.db, 1)
        assert len(here.outbox) <= 1
        assert len(here.channel.entries) <= 2
        if PROFILES[profile] is MAIL:
            assert action.state in {ActionState.SENT, ActionState.NEEDS_REVIEW}
        else:
            assert action.state is ActionState.SENT
        assert (action.state is not ActionState.SENT) or len(here.outbox) == 1
        here.db.close()


_CALLS = ("find", "create", "deliver")
_ERRORS: tuple[type[ConnectorError], ...] = (
    TemporarilyUnavailable,
    NeedsLogin,
    NotAllowed,
    MayHaveHappened,
    UnreadableAnswer,
    ChangedMeanwhile,
)


@pytest.mark.parametrize("kills", SOME_OR_SOAK)
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("call", _CALLS)
@pytest.mark.parametrize(
    ("kind", "after"),
    [*product(_ERRORS, [False]), *product((MayHaveHappened, UnreadableAnswer), [True])],
)
def test_any_answer_to_any_call_then_a_kill_never_invites_twice(
    made: Making, profile: str, call: str, kind: type[ConnectorError], after: bool, kills: str
) -> None:
    for passing, kill in product((0, 1), range(25) if kills == "all" else (0, 8)):
        here = made(PROFILES[profile])
        approved = here.approve(here.propose())
        here.channel.faults = [Fault(call, after, error(kind), passing)]
        here.crash_at = [kill] if kill else []

        try:
            here.settle()
        except Crash:
            here.later(MINUTE)
        here.crash_at = []
        here.quiet()

        action = here.action(approved)
        assert len(here.outbox) <= 1
        assert action.state in ENDS
        assert action.state is not ActionState.SENT or len(here.outbox) == 1
        here.db.close()


@pytest.mark.parametrize("profile", PROFILES)
def test_a_sleep_between_the_gate_and_the_sending_makes_the_gate_ask_again(
    made: Making, profile: str
) -> None:
    here = made(PROFILES[profile])
    approved = here.approve(here.propose())

    def sleeps() -> None:
        here.clock.forward(8 * HOUR)
        stored = meeting("2026-04-09 10:30", "boss@example.com", title="Board")
        here.read([stored])

    here.on["K8"] = sleeps
    here.settle()

    assert here.outbox == []
    assert here.action(approved).state is ActionState.EXPIRED


@pytest.mark.parametrize(("slept_s", "ends"), [(60, ActionState.SENT), (61, ActionState.EXPIRED)])
def test_what_the_gate_found_holds_for_a_minute(
    made: Making, slept_s: int, ends: ActionState
) -> None:
    here = made()
    approved = here.approve(here.propose())

    def sleeps() -> None:
        here.clock.forward(timedelta(seconds=slept_s))
        here.read([meeting("2026-04-09 10:30", "boss@example.com", title="Board")])

    here.on["K8"] = sleeps
    here.settle()

    assert here.action(approved).state is ends


@pytest.mark.parametrize("profile", PROFILES)
def test_a_sleep_without_a_change_sends(made: Making, profile: str) -> None:
    here = made(PROFILES[profile])
    approved = here.approve(here.propose())
    here.on["K8"] = lambda: here.later(8 * HOUR)

    here.settle()

    assert here.action(approved).state is ActionState.SENT


def test_who_slept_and_was_found_half_way_by_another_run_sends_nothing(made: Making) -> None:
    """Two machines that know of no lock: what the other asked about, the owner has answered."""
    here = made(MAIL)
    approved = here.approve(here.propose())

    def sleeps() -> None:
        here.later(8 * HOUR)
        here.worker().settle()
        outcome.settle_by_owner(here.db, 1, here.clock.now(), sent=False)

    here.on["K8"] = sleeps
    here.settle()

    assert here.outbox == []
    assert here.action(approved).state is ActionState.CANCELLED


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("moment", ["K6", "K7", "K8", "K9"])
@pytest.mark.parametrize("deed", ["moved", "retitled", "removed"])
def test_an_entry_the_owner_changes_or_removes_before_the_sending_voids_the_approval(
    made: Making, profile: str, moment: str, deed: str
) -> None:
    here = made(PROFILES[profile])
    approved = here.approve(here.propose())
    here.on[moment] = {
        "moved": lambda: here.channel.by_hand(when=Interval(FIRST.end, FIRST.end + HOUR)),
        "retitled": lambda: here.channel.by_hand(title="Dentist"),
        "removed": here.channel.entries.clear,
    }[deed]

    here.settle()
    here.quiet()

    assert here.outbox == []
    assert here.action(approved).state is ActionState.CANCELLED
    assert here.action(approved).note
    assert here.proposal(1).state is ProposalState.CANCELLED
    assert len(here.channel.entries) == (deed != "removed")


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("moment", ["K6", "K7", "K9"])
def test_an_entry_rewritten_by_a_program_without_a_change_is_still_the_same(
    made: Making, profile: str, moment: str
) -> None:
    here = made(PROFILES[profile])
    approved = here.approve(here.propose())
    here.on[moment] = here.channel.touched

    here.settle()
    here.quiet()

    assert here.action(approved).state is ActionState.SENT
    assert len(here.outbox) == 1


def test_an_entry_that_never_keeps_still_is_left_to_the_next_run(made: Making) -> None:
    here = made(CALDAV)
    approved = here.approve(here.propose())

    def again() -> None:
        here.channel.touched()
        here.on["K9"] = again

    here.on["K9"] = again
    here.settle()

    assert here.action(approved).state is ActionState.HELD
    assert here.outbox == []


@pytest.mark.parametrize("profile", SERVICES)
@pytest.mark.parametrize("lost_from", ["K1", "K2", "K6", "K8", "K11"])
@pytest.mark.parametrize("since", ["nothing", "a clash"])
def test_what_the_ledger_lost_the_calendar_still_shows(
    made: Making, profile: str, lost_from: str, since: str
) -> None:
    here = made(SERVICES[profile])
    here.propose()
    kept: list[Database] = []
    here.on[lost_from] = lambda: kept.append(here.db.copy())
    approved = here.approve(1)
    here.settle()
    assert len(here.outbox) == 1

    here.db.close()
    here.db = kept[0]
    here.later(HOUR)
    here.read([meeting("2026-04-09 10:00", "boss@example.com")] if since == "a clash" else [])
    here.settle()

    sent, found = here.action(approved), here.channel.find(approved.action.payload.uid)
    assert sent.state is ActionState.SENT
    assert found is not None
    assert found.written == (sent.hold_ref, sent.hold_etag)
    assert len(here.outbox) == 1


@pytest.mark.parametrize("profile", ["google", "caldav"])
@pytest.mark.parametrize("moment", ["K2", "K3", "K5", "K6", "K7", "K8", "K9"])
def test_two_workers_without_a_lock_invite_once(made: Making, profile: str, moment: str) -> None:
    here = made(PROFILES[profile])
    approved = here.approve(here.propose())

    def overtakes() -> None:
        here.clock.forward(2 * MINUTE)
        here.worker().settle()

    here.on[moment] = overtakes
    here.settle()
    here.quiet()

    assert here.action(approved).state is ActionState.SENT
    assert len(here.outbox) == 1


@pytest.mark.parametrize("profile", ["google", "caldav"])
def test_of_two_workers_that_find_it_half_way_one_goes_on(made: Making, profile: str) -> None:
    here = made(PROFILES[profile])
    here.approve(here.propose())
    here.crash_at = [4]
    with pytest.raises(Crash):
        here.settle()
    here.later(2 * MINUTE)
    find = here.channel.find

    def found(uid: str) -> Found | None:
        here.channel.find = find  # type: ignore[method-assign]
        before = find(uid)
        other = here.worker()
        other.crash_at = [4]
        other.ports = replace(other.ports, checkpoint=other._checkpoint)
        with pytest.raises(Crash, match="K7"):
            other.settle()
        return before

    here.channel.find = found  # type: ignore[method-assign]
    here.settle()
    here.quiet()

    assert here.channel.calls.count("create") == 1
    assert len(here.outbox) == 1


@pytest.mark.parametrize("profile", ["google", "caldav"])
def test_a_sending_still_on_its_way_misses_an_entry_that_was_taken_back(
    made: Making, profile: str
) -> None:
    here = made(PROFILES[profile])
    approved = here.approve(here.propose())

    def overtakes() -> None:
        here.clock.forward(2 * MINUTE)
        here.stopped = True
        here.worker().settle()

    here.on["K9"] = overtakes
    here.settle()

    assert here.outbox == []
    assert here.action(approved).state is ActionState.HELD
    assert here.action(approved).note == "there is a STOP file: nothing is sent"
    here.stopped = False
    here.quiet()
    assert here.action(approved).state is ActionState.SENT
    assert len(here.outbox) == 1


@pytest.mark.parametrize("profile", PROFILES)
def test_an_entry_is_put_right_although_the_clock_was_set_back_since(
    made: Making, profile: str
) -> None:
    here = made(PROFILES[profile])
    approved = here.approve(here.propose())
    here.on["K7"] = lambda: here.clock.forward(400 * DAY)
    here.settle()
    assert here.action(approved).state is ActionState.EXPIRED

    here.clock.forward(-399 * DAY)
    here.read()
    here.settle()

    assert here.channel.entries == {}


def test_a_worker_that_sent_corrects_one_that_found_it_half_way(made: Making) -> None:
    here = made(MAIL)
    approved = here.approve(here.propose())
    other = here.worker()

    def overtakes() -> None:
        other.settle()
        assert here.action(approved).state is ActionState.NEEDS_REVIEW

    here.on["K9"] = overtakes
    here.settle()

    assert here.action(approved).state is ActionState.SENT
    assert len(here.outbox) == 1


def test_a_worker_whose_action_was_settled_meanwhile_says_nothing(made: Making) -> None:
    here = made(MAIL)
    approved = here.approve(here.propose())
    other = here.worker()

    def settled() -> None:
        other.settle()
        outcome.settle_by_owner(here.db, 1, here.clock.now(), sent=False)

    here.on["K11"] = settled
    report = here.settle()

    assert here.action(approved).state is ActionState.CANCELLED
    assert report.failures == ()


def test_a_worker_whose_guest_was_forgotten_meanwhile_says_nothing(made: Making) -> None:
    here = made(MAIL)
    here.approve(here.propose())
    other = here.worker()

    def forgotten_meanwhile() -> None:
        other.settle()
        outcome.settle_by_owner(here.db, 1, here.clock.now(), sent=False)
        with here.db.transaction() as sql:
            forgotten.erase(here.db, sql, forget.subject(here.db, ANA.id))

    here.on["K11"] = forgotten_meanwhile
    report = here.settle()

    assert actions.of_proposal(here.db, 1) == ()
    assert report.failures == ()


def test_an_entry_written_while_its_proposal_was_rejected_goes_before_it_shows(
    made: Making,
) -> None:
    here = made(GOOGLE)
    here.approve(here.propose())
    here.on["K3"] = lambda: outcome.reject(here.db, 1, "no", here.clock.now())
    here.settle()
    (entry,) = here.channel.entries.values()
    assert entry.visible > here.clock.now()
    here.clock.forward(-2 * HOUR)  # so that nobody can tell how long ago it was written

    here.settle()

    assert here.channel.entries == {}


@pytest.mark.parametrize("kill", [3, 8])
def test_what_changed_while_nothing_ran_counts_before_it_goes_on(made: Making, kill: int) -> None:
    here = made(CALDAV)
    approved = here.approve(here.propose())
    here.crash_at = [kill]
    with pytest.raises(Crash):
        here.settle()
    here.clock.forward(HOUR)
    here.read([meeting("2026-04-09 10:00", "boss@example.com")])

    here.settle()

    assert here.action(approved).state is ActionState.EXPIRED
    assert here.outbox == []
    assert here.channel.entries == {}


@pytest.mark.parametrize("deed", ["a guest", "another event"])
def test_what_is_not_ours_any_more_after_a_kill_is_left_alone_and_needs_the_owner(
    made: Making, deed: str
) -> None:
    here = made(CALDAV)
    approved = here.approve(here.propose())
    here.crash_at = [8]
    with pytest.raises(Crash):
        here.settle()
    (held,) = here.channel.entries.values()
    if deed == "a guest":
        held.guests = frozenset({"eve@example.net"})
    else:
        here.channel.by_hand(marker="", title="Theirs")
    before = replace(held)

    here.settle()

    assert here.action(approved).state is ActionState.NEEDS_REVIEW
    assert here.outbox == []
    assert held == before


def test_an_entry_changed_after_a_kill_voids_the_approval(made: Making) -> None:
    here = made(CALDAV)
    approved = here.approve(here.propose())
    here.crash_at = [8]
    with pytest.raises(Crash):
        here.settle()
    here.channel.by_hand(title="Dentist")

    here.settle()

    assert here.action(approved).state is ActionState.CANCELLED
    assert here.outbox == []
