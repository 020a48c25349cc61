from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from agent.exits import Exit
from agent.sending import outcome
from agent.sending.entries import entry
from agent.store import actions
from connectors.errors import (
    ChangedMeanwhile,
    ConnectorError,
    MayHaveHappened,
    NeedsLogin,
    NotAllowed,
    TemporarilyUnavailable,
    UnreadableAnswer,
)
from policies.proposal import ProposalState
from policies.sending.action import ActionState
from tests.agent.model_channel import (
    CALDAV,
    GOOGLE,
    MAIL,
    PROFILES,
    Entry,
    Fault,
    error,
)
from tests.agent.world import ANA, HOUR, NOW, Crash, Making, World

SERVICES = {name: each for name, each in PROFILES.items() if each is not MAIL}


@pytest.mark.parametrize("profile", PROFILES)
def test_what_was_approved_goes_out_once_and_no_further_run_changes_anything(
    made: Making, profile: str
) -> None:
    here = made(PROFILES[profile])
    approved = here.approve(here.propose())

    report = here.settle()

    assert here.action(approved).state is ActionState.SENT
    assert here.proposal(1).state is ProposalState.SENT
    assert [each.guest for each in here.outbox] == [ANA.addresses[0]]
    assert (report.exit, report.failures) == (Exit.OK, ())
    assert written(here) == {(here.action(approved).hold_ref, here.action(approved).hold_etag)}
    before = here.db.rows("SELECT * FROM action"), here.db.rows("SELECT * FROM transition")
    assert here.settle().outcomes == ()
    assert len(here.outbox) == 1
    assert before == (
        here.db.rows("SELECT * FROM action"),
        here.db.rows("SELECT * FROM transition"),
    )


def written(here: World) -> set[tuple[str, str]]:
    return {(ref, str(each.version)) for ref, each in here.channel.entries.items()}


def test_the_ledger_tells_every_arrow(made: Making) -> None:
    here = made()
    approved = here.approve(here.propose())
    here.settle()

    way = [str(step.after) for step in actions.history(here.db, approved.action.id)]

    assert way == ["approved", "holding", "held", "inviting", "sent"]


def test_the_hold_names_the_guest_in_its_text_only(made: Making) -> None:
    here = made()
    here.approve(here.propose())
    here.settle()
    (held,) = here.channel.entries.values()

    assert held.guests == frozenset()
    assert "With Ana Silva <ana.silva@example.com>" in held.event.text
    assert (held.event.busy, held.event.private) == (True, True)


def test_what_is_not_approved_is_not_touched(made: Making) -> None:
    here = made()
    here.propose()

    here.settle()

    assert here.channel.calls == []


@pytest.mark.parametrize("after", [False, True])
def test_mail_without_an_answer_needs_the_owner(made: Making, after: bool) -> None:
    here = made()
    approved = here.approve(here.propose())
    here.channel.faults = [Fault("deliver", after, error(MayHaveHappened))]

    report = here.settle()

    assert here.action(approved).state is ActionState.NEEDS_REVIEW
    assert report.exit is Exit.NEEDS_REVIEW
    assert len(report.failures) == 1
    assert "fika settle" in here.action(approved).note
    here.quiet()
    assert len(here.outbox) == after
    assert here.settle().exit is Exit.NEEDS_REVIEW


@pytest.mark.parametrize("kind", [TemporarilyUnavailable, NeedsLogin, NotAllowed])
def test_mail_that_surely_did_not_go_is_tried_again_by_the_next_run(
    made: Making, kind: type[ConnectorError]
) -> None:
    here = made()
    approved = here.approve(here.propose())
    here.channel.faults = [Fault("deliver", False, error(kind))]

    report = here.settle()

    assert here.action(approved).state is ActionState.HELD
    assert "next run" in here.action(approved).note
    assert report.exit is (Exit.SIGN_IN if kind is NeedsLogin else Exit.DEGRADED)
    assert here.db.rows("SELECT count(*) FROM sending") == [(0,)]
    here.quiet()
    assert here.action(approved).state is ActionState.SENT
    assert len(here.outbox) == 1


def test_the_owner_says_it_was_sent(made: Making) -> None:
    here = made()
    approved = here.approve(here.propose())
    here.channel.faults = [Fault("deliver", True, error(MayHaveHappened))]
    here.settle()

    outcome.settle_by_owner(here.db, 1, here.clock.now(), sent=True)
    here.quiet()

    assert here.action(approved).state is ActionState.SENT
    assert here.proposal(1).state is ProposalState.SENT
    assert len(here.outbox) == 1
    assert len(here.channel.entries) == 1


def test_the_owner_says_it_was_not_sent_and_may_approve_it_again(made: Making) -> None:
    here = made()
    first = here.approve(here.propose())
    here.channel.faults = [Fault("deliver", False, error(MayHaveHappened))]
    here.settle()

    outcome.settle_by_owner(here.db, 1, here.clock.now(), sent=False)
    here.settle()

    assert here.action(first).state is ActionState.CANCELLED
    assert here.channel.entries == {}
    assert here.proposal(1).state is ProposalState.OPEN
    second = here.approve(1)
    here.settle()
    assert here.action(second).state is ActionState.SENT
    assert second.action.payload.uid != first.action.payload.uid
    assert len(here.outbox) == 1


def test_a_service_that_did_not_answer_is_asked_and_not_told_again(made: Making) -> None:
    here = made(CALDAV)
    approved = here.approve(here.propose())
    here.channel.faults = [Fault("deliver", True, error(MayHaveHappened))]

    here.settle()

    sent = here.action(approved)
    ((ref, entry),) = here.channel.entries.items()
    assert (sent.state, sent.hold_ref, sent.hold_etag) == (
        ActionState.SENT,
        ref,
        str(entry.version),
    )
    assert here.channel.calls.count("deliver") == 1


def test_a_service_that_neither_answered_nor_told_the_guest_has_failed(made: Making) -> None:
    here = made(CALDAV)
    approved = here.approve(here.propose())
    here.channel.faults = [Fault("deliver", False, error(MayHaveHappened))]

    report = here.settle()

    assert len(report.failures) == 1
    assert report.exit is Exit.DEGRADED
    assert here.action(approved).note.endswith("the next run tries again")
    here.later(HOUR)
    here.settle()
    assert here.action(approved).state is ActionState.SENT


@pytest.mark.parametrize(
    ("met", "remedy"),
    [
        (NeedsLogin("model", "signed out", "fika connect"), "fika connect"),
        (NotAllowed("model", "refused"), "the next run tries again"),
        (TemporarilyUnavailable("model", "busy", "wait"), "the next run tries again"),
    ],
)
def test_what_waits_after_a_failure_says_what_would_help(
    made: Making, met: ConnectorError, remedy: str
) -> None:
    here = made()
    approved = here.approve(here.propose())
    here.channel.faults = [Fault("find", False, met)]

    here.settle()

    assert here.action(approved).note == f"{met}; {remedy}"


def test_a_guest_nobody_approved_on_our_entry_needs_the_owner(made: Making) -> None:
    here = made(CALDAV)
    approved = here.approve(here.propose())

    def invites_eve() -> None:
        (held,) = here.channel.entries.values()
        held.guests = frozenset({"eve@example.net"})
        held.version += 1

    here.on["K8"] = invites_eve
    here.settle()

    assert here.action(approved).state is ActionState.NEEDS_REVIEW
    assert here.outbox == []
    assert len(here.channel.entries) == 1


def test_an_entry_gone_half_way_needs_the_owner(made: Making) -> None:
    here = made(CALDAV)
    approved = here.approve(here.propose())
    here.crash_at = [8]
    with pytest.raises(Crash):
        here.settle()
    assert here.action(approved).state is ActionState.INVITING

    here.channel.entries.clear()
    here.later(HOUR)
    here.settle()

    assert here.action(approved).state is ActionState.NEEDS_REVIEW


def test_what_stands_in_the_place_of_our_entry_and_is_not_ours_is_left_alone(made: Making) -> None:
    here = made(CALDAV)
    approved = here.approve(here.propose())
    foreign = replace(entry(approved.action.payload), marker="", title="Theirs")
    here.channel.entries["theirs"] = Entry(foreign, NOW)

    here.settle()
    outcome.settle_by_owner(here.db, 1, here.clock.now(), sent=False)
    here.settle()

    assert here.channel.entries["theirs"].event == foreign
    assert here.outbox == []
    assert "stays" in here.action(approved).note


def test_an_entry_that_appears_while_ours_is_written_is_looked_at(made: Making) -> None:
    here = made(CALDAV)
    approved = here.approve(here.propose())
    ours = entry(approved.action.payload)
    here.on["K3"] = lambda: here.channel.entries.update(ours=Entry(ours, NOW))

    here.settle()

    assert here.action(approved).state is ActionState.SENT
    assert len(here.channel.entries) == 1


@pytest.mark.parametrize("kind", [ChangedMeanwhile, MayHaveHappened, UnreadableAnswer])
def test_an_entry_written_without_a_clear_answer_is_found_and_goes_on_at_once(
    made: Making, kind: type[ConnectorError]
) -> None:
    here = made(CALDAV)
    approved = here.approve(here.propose())
    here.channel.faults = [Fault("create", True, error(kind))]

    report = here.settle()

    assert here.action(approved).state is ActionState.SENT
    assert report.failures == ()


@pytest.mark.parametrize("kind", [MayHaveHappened, UnreadableAnswer])
def test_an_entry_neither_written_nor_answered_for_is_written_by_the_next_run(
    made: Making, kind: type[ConnectorError]
) -> None:
    here = made(CALDAV)
    approved = here.approve(here.propose())
    here.channel.faults = [Fault("create", False, error(kind))]

    report = here.settle()

    assert here.action(approved).state is ActionState.HOLDING
    assert [type(each) for each in report.failures] == [kind]
    here.settle()
    assert here.action(approved).state is ActionState.SENT


def test_where_ids_are_our_own_an_entry_that_may_not_show_yet_is_written_again(
    made: Making,
) -> None:
    here = made(replace(CALDAV, settles_within=timedelta(seconds=60)))
    here.approve(here.propose())
    here.crash_at = [4]
    with pytest.raises(Crash):
        here.settle()
    assert here.passed[-1] == "K3"

    here.settle()

    assert "create" in here.channel.calls


def test_a_service_that_takes_its_time_to_show_entries_is_waited_for(made: Making) -> None:
    here = made(GOOGLE)
    approved = here.approve(here.propose())
    here.crash_at = [5]
    with pytest.raises(Crash):
        here.settle()
    assert here.action(approved).state is ActionState.HOLDING

    here.clock.forward(timedelta(seconds=20))
    here.settle()
    assert here.action(approved).state is ActionState.HOLDING
    assert "not show yet" in here.action(approved).note

    here.quiet()
    assert here.action(approved).state is ActionState.SENT
    assert len(here.channel.entries) == 1


@pytest.mark.parametrize(("kill", "state"), [(6, ActionState.HELD), (8, ActionState.INVITING)])
def test_an_entry_not_shown_yet_is_not_taken_for_removed(
    made: Making, kill: int, state: ActionState
) -> None:
    here = made(GOOGLE)
    approved = here.approve(here.propose())
    here.crash_at = [kill]
    with pytest.raises(Crash):
        here.settle()

    here.clock.forward(timedelta(seconds=20))
    here.settle()

    assert here.action(approved).state is state
    assert here.action(approved).note.endswith("may not show yet")
    here.quiet()
    assert here.action(approved).state is ActionState.SENT


@pytest.mark.parametrize(
    ("profile", "calls"),
    [
        ("google", ["find", "create", "deliver"]),
        ("caldav", ["find", "create", "deliver"]),
        ("graph", ["find", "create", "find", "deliver"]),
        ("mail", ["find", "create", "find", "deliver"]),
    ],
)
def test_where_an_update_is_not_conditional_the_entry_is_looked_at_before_it(
    made: Making, profile: str, calls: list[str]
) -> None:
    here = made(PROFILES[profile])
    here.approve(here.propose())

    here.settle()

    assert here.channel.calls == calls
