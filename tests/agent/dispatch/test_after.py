from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from agent.exits import Exit
from agent.sending import outcome
from agent.sending.entries import entry
from agent.store import actions, people, proposals, revival
from connectors.errors import MayHaveHappened, NotAllowed, TemporarilyUnavailable
from policies.interval import Interval
from policies.people.person import Boundaries
from policies.proposal import Answer, ProposalState
from policies.sending.action import ActionKind, ActionState
from tests.agent.model_channel import (
    CALDAV,
    GOOGLE,
    MAIL,
    PROFILES,
    Fault,
    error,
)
from tests.agent.world import ANA, DAY, FIRST, HOUR, MINUTE, Crash, Making, World

LATER = Interval(FIRST.start + 3 * DAY, FIRST.end + 3 * DAY)
SERVICES = {name: each for name, each in PROFILES.items() if each is not MAIL}


def test_after_three_failures_nothing_more_is_tried(made: Making) -> None:
    here = made()
    here.many(6)
    here.channel.faults = [Fault("deliver", False, error(TemporarilyUnavailable)) for _ in range(6)]

    report = here.settle()

    assert report.broken_off
    assert here.channel.calls.count("deliver") == 3
    assert len(report.outcomes) == 6
    assert report.exit is Exit.DEGRADED


def test_what_is_refused_does_not_hold_up_the_others(made: Making) -> None:
    here = made()
    here.many(5)
    here.channel.faults = [Fault("deliver", False, error(NotAllowed)) for _ in range(3)]

    report = here.settle()

    assert len(report.failures) == 3
    assert not report.broken_off
    assert len(here.outbox) == 2


def test_a_broken_run_leaves_tidying_to_the_next(made: Making) -> None:
    here = made()
    here.approve(here.propose())
    here.channel.faults = [Fault("deliver", False, error(TemporarilyUnavailable))]
    here.settle()
    outcome.reject(here.db, 1, "changed my mind", here.clock.now())
    here.many(3)
    here.channel.faults = [Fault("create", False, error(TemporarilyUnavailable)) for _ in range(3)]

    assert here.settle().broken_off
    assert len(here.channel.entries) == 1
    here.settle()

    assert "delete" in here.channel.calls
    assert len(here.outbox) == 3


def test_a_channel_that_is_not_set_up_says_so_and_claims_nothing(made: Making) -> None:
    here = made()
    approved = here.approve(here.propose())
    here.ports = replace(here.ports, channels={})

    report = here.settle()

    assert here.action(approved).state is ActionState.APPROVED
    assert "sending by mail with the calendar work is not set up" in here.action(approved).note
    assert report.exit is Exit.DEGRADED


def test_without_a_channel_an_approval_still_expires(made: Making) -> None:
    here = made()
    approved = here.approve(here.propose())
    here.ports = replace(here.ports, channels={})
    here.later(73 * HOUR)

    here.settle()

    assert here.action(approved).state is ActionState.EXPIRED


def test_without_a_channel_what_may_never_go_out_ends_at_once(made: Making) -> None:
    here = made()
    approved = here.approve(here.propose())
    here.ports = replace(here.ports, channels={})
    with here.db.transaction() as sql:
        people.save(sql, replace(ANA, boundaries=Boundaries(do_not_contact=True)))

    here.settle()

    assert here.action(approved).state is ActionState.CANCELLED


@pytest.mark.parametrize("kill", [3, 6])
def test_half_way_without_a_channel_it_expires_and_its_entry_goes_when_there_is_one_again(
    made: Making, kill: int
) -> None:
    here = made()
    approved = here.approve(here.propose())
    here.crash_at = [kill]
    with pytest.raises(Crash):
        here.settle()
    channels, here.ports = here.ports, replace(here.ports, channels={})
    assert here.settle().exit is Exit.DEGRADED
    here.later(73 * HOUR)

    report = here.settle()
    assert here.action(approved).state is ActionState.EXPIRED
    assert (report.exit, here.settle().exit) == (Exit.OK, Exit.OK)

    here.ports = channels
    here.settle()
    assert here.channel.entries == {}
    assert not here.action(approved).untidy


def test_without_a_channel_what_may_have_been_sent_is_at_last_for_the_owner_to_settle(
    made: Making,
) -> None:
    here = made()
    approved = here.approve(here.propose())
    here.crash_at = [8]
    with pytest.raises(Crash):
        here.settle()
    here.ports = replace(here.ports, channels={})
    here.settle()
    assert here.action(approved).state is ActionState.INVITING

    here.later(73 * HOUR)
    assert here.settle().exit is Exit.NEEDS_REVIEW
    assert "fika settle" in here.action(approved).note
    outcome.settle_by_owner(here.db, 1, here.clock.now(), sent=False)
    assert here.action(approved).state is ActionState.CANCELLED


def test_an_entry_for_nothing_is_removed_once(made: Making) -> None:
    here = made()
    approved = here.approve(here.propose())
    here.channel.faults = [
        Fault("deliver", False, error(TemporarilyUnavailable)),
        Fault("delete", False, error(TemporarilyUnavailable)),
    ]
    here.settle()
    outcome.reject(here.db, 1, "changed my mind", here.clock.now())

    assert here.settle().exit is Exit.DEGRADED
    assert len(here.channel.entries) == 1
    assert here.action(approved).hold_ref
    assert here.settle().exit is Exit.OK
    assert here.channel.entries == {}
    assert here.action(approved).hold_ref == ""
    calls = len(here.channel.calls)
    here.settle()
    assert len(here.channel.calls) == calls


@pytest.mark.parametrize("kill", ["T1", "T2"])
def test_killed_while_tidying_the_next_run_tidies(made: Making, kill: str) -> None:
    here = made()
    approved = here.approve(here.propose())
    here.channel.faults = [Fault("deliver", False, error(TemporarilyUnavailable))]
    here.settle()
    outcome.reject(here.db, 1, "", here.clock.now())

    def dies() -> None:
        raise Crash(kill)

    here.on[kill] = dies
    with pytest.raises(Crash):
        here.settle()
    here.settle()

    assert here.channel.entries == {}
    assert not here.action(approved).untidy


def test_with_a_stop_file_not_even_our_own_entry_is_removed(made: Making) -> None:
    here = made()
    here.approve(here.propose())
    here.channel.faults = [Fault("deliver", False, error(TemporarilyUnavailable))]
    here.settle()
    outcome.reject(here.db, 1, "", here.clock.now())
    here.stopped = True

    here.settle()

    assert len(here.channel.entries) == 1


def test_a_service_that_shows_entries_late_is_tidied_late(made: Making) -> None:
    here = made(GOOGLE)
    here.approve(here.propose())
    here.crash_at = [6]
    with pytest.raises(Crash):
        here.settle()
    outcome.reject(here.db, 1, "", here.clock.now())

    here.settle()
    assert len(here.channel.entries) == 1

    here.later(HOUR)
    here.settle()
    assert here.channel.entries == {}
    assert here.outbox == []


def test_an_entry_written_for_what_ended_meanwhile_is_waited_for_as_well(made: Making) -> None:
    here = made(GOOGLE)
    here.approve(here.propose())

    def ends_and_sleeps() -> None:
        outcome.reject(here.db, 1, "", here.clock.now())
        here.clock.forward(2 * DAY)

    here.on["K3"] = ends_and_sleeps
    here.settle()
    assert len(here.channel.entries) == 1

    here.later(HOUR)
    here.settle()

    assert here.channel.entries == {}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_meeting_is_called_off_once_and_its_entry_goes(made: Making, profile: str) -> None:
    here = made(PROFILES[profile])
    here.approve(here.propose())
    here.settle()
    here.later(HOUR)

    here.call_off(1)
    report = here.settle()
    here.quiet()

    assert [(each.kind, each.sequence) for each in here.outbox] == [
        (ActionKind.INVITE, 0),
        (ActionKind.CANCEL, 1),
    ]
    assert len({each.uid for each in here.outbox}) == 1
    assert here.channel.entries == {}
    assert here.proposal(1).state is ProposalState.CANCELLED
    assert report.exit is Exit.OK


@pytest.mark.parametrize("profile", PROFILES)
def test_a_meeting_is_moved_and_its_entry_with_it(made: Making, profile: str) -> None:
    here = made(PROFILES[profile])
    here.approve(here.propose())
    here.settle()
    with here.db.transaction() as sql:
        proposals.set_answer(sql, 1, Answer.ACCEPTED, "see you", here.clock.now())
    here.later(HOUR)

    here.move(1, 2)
    here.settle()
    here.quiet()

    (held,) = here.channel.entries.values()
    assert held.event.when == here.proposal(1).draft.slots[2].when
    assert [each.sequence for each in here.outbox] == [0, 1]
    assert ("update" in here.channel.calls) is (PROFILES[profile] is MAIL)
    assert here.proposal(1).chosen == 2
    assert here.proposal(1).answer is Answer.NONE
    assert "Saturday" in here.proposal(1).draft.text


def test_after_a_move_the_entry_says_what_the_guest_was_told_whatever_it_said(made: Making) -> None:
    here = made()
    here.approve(here.propose())
    here.settle()
    here.later(HOUR)
    here.channel.by_hand(title="Coffee, bring the book", text="My notes", location="Café Süd")

    told = here.move(1, 2).action.payload
    here.settle()

    (held,) = here.channel.entries.values()
    assert held.event == entry(told)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("what", ["call_off", "move"])
def test_killed_at_any_moment_what_follows_is_told_once(
    made: Making, profile: str, what: str
) -> None:
    for kill in range(1, 14):
        here = made(PROFILES[profile])
        here.approve(here.propose())
        here.settle()
        here.later(HOUR)
        here.call_off(1) if what == "call_off" else here.move(1, 2)
        here.crash_at = [len(here.passed) + kill]

        with suppress(Crash):
            here.settle()
        here.crash_at = []
        here.quiet()

        follow = actions.of_proposal(here.db, 1)[-1]
        assert sum(each.sequence for each in here.outbox) <= 1
        assert follow.state in {ActionState.SENT, ActionState.NEEDS_REVIEW}
        if PROFILES[profile] is not MAIL:
            assert follow.state is ActionState.SENT
        here.db.close()


def move_cut_off(made: Making, profile: str, point: str) -> World:
    """An invited meeting whose move to another time a crash has cut off at this kill point."""
    here = made(SERVICES[profile])
    here.approve(here.propose())
    here.settle()
    here.later(HOUR)
    here.move(1, 2)
    here.on[point] = lambda: here.crash_at.append(len(here.passed))
    with suppress(Crash):
        here.settle()
    here.crash_at.clear()
    return here


@pytest.mark.parametrize("profile", SERVICES)
def test_a_move_cut_off_and_the_meeting_moved_by_the_owner_since_needs_the_owner(
    made: Making, profile: str
) -> None:
    here = move_cut_off(made, profile, "K11")
    (entry,) = here.channel.entries.values()
    here.channel.by_hand(when=Interval(entry.event.when.start + HOUR, entry.event.when.end + HOUR))

    here.quiet()

    assert actions.of_proposal(here.db, 1)[-1].state is ActionState.NEEDS_REVIEW
    assert [each.kind for each in here.outbox] == [ActionKind.INVITE, ActionKind.RESCHEDULE]


@pytest.mark.parametrize("profile", SERVICES)
def test_a_move_that_another_worker_took_for_not_made_is_recorded_by_who_made_it(
    made: Making, profile: str
) -> None:
    here = made(SERVICES[profile])
    here.approve(here.propose())
    here.settle()
    here.later(HOUR)
    move = here.move(1, 2)
    other = here.worker()
    other.ports = replace(other.ports, stopped=lambda: True)

    def takes_it_back() -> None:
        here.clock.forward(2 * MINUTE)
        other.settle()
        assert here.action(move).state is ActionState.HELD

    here.on["K9"] = takes_it_back
    here.settle()

    assert here.action(move).state is ActionState.SENT
    here.quiet()
    assert [each.kind for each in here.outbox] == [ActionKind.INVITE, ActionKind.RESCHEDULE]


@pytest.mark.parametrize("kill", [False, True])
def test_a_move_the_service_could_not_tell_the_guest_of_is_for_the_owner_to_tell(
    made: Making, kill: bool
) -> None:
    here = made(CALDAV)
    here.approve(here.propose())
    here.settle()
    here.later(HOUR)
    (entry,) = here.channel.entries.values()
    follow = here.move(1, 2)

    def unreached() -> None:
        entry.unreached = True
        if kill:
            raise Crash("K11")

    here.channel.faults = [] if kill else [Fault("deliver", True, error(MayHaveHappened))]
    here.on["K11" if kill else "K9"] = unreached
    with suppress(Crash):
        here.settle()
    here.settle()

    assert here.action(follow).state is ActionState.NEEDS_REVIEW
    assert "could not tell the guest" in here.action(follow).note
    outcome.settle_by_owner(here.db, 1, here.clock.now(), sent=True)
    here.settle()
    assert here.proposal(1).slot.when == entry.event.when == follow.action.payload.when


@pytest.mark.parametrize("profile", SERVICES)
def test_a_move_cut_off_before_it_was_made_is_made_by_the_next_run(
    made: Making, profile: str
) -> None:
    here = move_cut_off(made, profile, "K9")

    here.quiet()

    assert actions.of_proposal(here.db, 1)[-1].state is ActionState.SENT
    assert [each.kind for each in here.outbox] == [ActionKind.INVITE, ActionKind.RESCHEDULE]


def test_a_meeting_whose_entry_was_removed_can_still_be_called_off_by_mail(
    made: Making,
) -> None:
    here = made(MAIL)
    here.approve(here.propose())
    here.settle()
    here.channel.entries.clear()

    here.call_off(1)
    here.settle()

    assert [each.kind for each in here.outbox] == [ActionKind.INVITE, ActionKind.CANCEL]


@pytest.mark.parametrize("profile", SERVICES)
@pytest.mark.parametrize("moment", ["before", "K6"])
def test_a_meeting_a_service_holds_no_more_needs_the_owner(
    made: Making, profile: str, moment: str
) -> None:
    here = made(SERVICES[profile])
    here.approve(here.propose())
    here.settle()
    here.later(HOUR)
    here.call_off(1)
    if moment == "before":
        here.channel.entries.clear()
    else:
        here.on["K6"] = here.channel.entries.clear

    here.settle()
    here.quiet()

    follow = actions.of_proposal(here.db, 1)[-1]
    assert follow.state is ActionState.NEEDS_REVIEW
    assert len(here.outbox) == 1


@pytest.mark.parametrize("profile", SERVICES)
@pytest.mark.parametrize("wait", [HOUR, 73 * HOUR])
def test_a_meeting_gone_before_it_was_called_off_is_for_the_owner_however_old_the_yes(
    made: Making, profile: str, wait: timedelta
) -> None:
    here = made(SERVICES[profile])
    here.approve(here.propose(first=LATER))
    here.settle()
    here.later(HOUR)
    follow = here.call_off(1)
    here.channel.entries.clear()
    here.later(wait)

    here.settle()

    assert here.action(follow).state is ActionState.NEEDS_REVIEW
    assert "your calendar holds the meeting no more" in here.action(follow).note
    assert here.proposal(1).state is ProposalState.SENT
    assert len(here.outbox) == 1


def test_an_expired_cancellation_leaves_the_meeting_as_it_stands(made: Making) -> None:
    here = made(GOOGLE)
    here.approve(here.propose(first=LATER))
    here.settle()
    here.later(HOUR)
    follow = here.call_off(1)
    here.later(73 * HOUR)

    here.settle()

    assert here.action(follow).state is ActionState.EXPIRED
    assert len(here.channel.entries) == 1


def test_an_entry_follows_the_last_time_that_was_sent_whatever_became_of_the_one_before(
    made: Making,
) -> None:
    here = made(MAIL)
    here.approve(here.propose(first=LATER))
    here.settle()

    for slot in (1, 2):  # each time the tidying of the first move fails
        here.later(HOUR)
        here.move(1, slot)
        here.on["T1"] = lambda: here.channel.faults.append(
            Fault("find", False, error(TemporarilyUnavailable))
        )
        here.settle()
    here.later(HOUR)
    here.settle()
    here.settle()

    (entry,) = here.channel.entries.values()
    assert entry.event.when.start.isoformat() == here.outbox[-1].start
    assert not actions.untidy(here.db)


def test_after_a_restore_no_entry_follows_a_move_of_before(made: Making) -> None:
    """The guest may have been told of yet another time since."""
    here = made(MAIL)
    here.approve(here.propose(first=LATER))
    here.settle()
    here.later(HOUR)
    follow = here.move(1, 1)
    here.channel.faults = [Fault("update", False, error(TemporarilyUnavailable))]
    here.settle()
    assert here.action(follow).untidy

    with here.db.transaction() as sql:
        revival.disarm(here.db, sql, here.clock.now())
    here.quiet()

    (entry,) = here.channel.entries.values()
    assert entry.event.when == LATER
    assert here.channel.calls.count("update") == 1
