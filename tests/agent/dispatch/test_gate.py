from __future__ import annotations

from contextlib import nullcontext
from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest

from agent.sending.payloads import CannotApprove
from agent.store import actions, blocks, people
from agent.store.actions import Overtaken
from agent.store.pause import pause
from connectors.errors import TemporarilyUnavailable
from policies.calendar.event import Event, Span, Status
from policies.interval import Interval
from policies.people.person import Boundaries
from policies.planning.block import Block, BlockState, Purpose
from policies.proposal import ProposalState
from policies.rules import Rules
from policies.sending.action import ActionKind, ActionState, Payload
from tests import make
from tests.agent.model_channel import (
    MAIL,
    PROFILES,
    Fault,
    error,
)
from tests.agent.store.stored import meeting
from tests.agent.world import ANA, DAY, FIRST, HOUR, MINUTE, NOW, RAJ, Making, World

SERVICES = {name: each for name, each in PROFILES.items() if each is not MAIL}


@pytest.mark.parametrize("field", [each.name for each in fields(Payload)])
@pytest.mark.parametrize("also_beside", [False, True])
def test_a_payload_that_differs_in_any_field_from_what_was_approved_is_refused(
    made: Making, field: str, also_beside: bool
) -> None:
    here = made()
    approved = here.approve(here.propose())
    changed: dict[str, Any] = {
        "kind": ActionKind.CANCEL,
        "sequence": 7,
        "recipient": "eve@example.net",
        "start": "2026-04-09T07:59:00+00:00",
        "end": "2026-04-09T08:46:00+00:00",
    }
    forged = replace(approved.action.payload, **{field: changed.get(field, "other")})
    here.ports = replace(here.ports, channels={(forged.channel, forged.calendar): here.channel})
    with here.db.transaction() as sql:
        sql.execute("UPDATE action SET payload = ?", (forged.canonical(),))
        if also_beside:
            sql.execute("UPDATE action SET digest = ?", (forged.digest,))

    here.settle()
    here.quiet()

    assert here.outbox == []
    assert here.action(approved).state is ActionState.CANCELLED


@pytest.mark.parametrize("moment", ["K2", "K6", "K7"])
@pytest.mark.parametrize(
    ("deed", "state"),
    [
        ("stop", None),
        ("pause", None),
        ("expire", ActionState.EXPIRED),
        ("clash", ActionState.EXPIRED),
        ("forget", ActionState.CANCELLED),
        ("do not contact", ActionState.CANCELLED),
        ("address gone", ActionState.CANCELLED),
        ("unread", None),
    ],
)
def test_the_gate_sees_what_is_true_at_its_own_moment(
    made: Making, moment: str, deed: str, state: ActionState | None
) -> None:
    here = made()
    approved = here.approve(here.propose())
    here.on[moment] = lambda: _do(here, deed)

    here.settle()

    assert here.outbox == []
    if state is None:
        assert here.action(approved).state in {ActionState.HOLDING, ActionState.HELD}
        assert here.action(approved).note
    else:
        assert here.action(approved).state is state
        assert here.channel.entries == {}


def _do(here: World, deed: str) -> None:
    now = here.clock.now()
    if deed == "stop":
        here.stopped = True
    elif deed == "expire":
        here.later(73 * HOUR)
    elif deed == "clash":
        here.read([meeting("2026-04-09 10:00", "boss@example.com")])
    elif deed == "unread":
        here.clock.forward(27 * HOUR)
    else:
        with here.db.transaction() as sql:
            if deed == "pause":
                pause(sql, now + DAY)
            elif deed == "forget":
                people.remove(sql, ANA.id)
            elif deed == "do not contact":
                people.save(sql, replace(ANA, boundaries=Boundaries(do_not_contact=True)))
            else:
                people.save(sql, replace(ANA, addresses=("ana@example.net",)))


def test_a_wait_before_the_hold_writes_none(made: Making) -> None:
    here = made()
    approved = here.approve(here.propose())
    here.stopped = True

    here.settle()

    assert here.action(approved).state is ActionState.APPROVED
    assert "STOP" in here.action(approved).note
    assert here.channel.calls == []


def test_a_planning_slot_that_took_the_time_counts_as_taken(made: Making) -> None:
    here = made()
    approved = here.approve(here.propose())
    slot = Block("plan", Purpose.RHYTHM, "2026-W15", FIRST, BlockState.HELD, NOW)
    with here.db.transaction() as sql:
        blocks.put(sql, blocks.BlockRow(slot, "work"))

    here.settle()

    assert here.action(approved).state is ActionState.EXPIRED


def test_a_meeting_promised_to_someone_else_counts_as_taken(made: Making) -> None:
    here = made()
    here.propose(ANA)
    here.propose(RAJ)
    first = here.approve(1)
    with pytest.raises(Exception, match="no longer free"):
        here.approve(2)

    here.settle()

    assert here.action(first).state is ActionState.SENT
    with pytest.raises(Exception, match="no longer free"):
        here.approve(2)


def test_a_move_that_is_not_sent_yet_does_not_free_the_time_before_it(made: Making) -> None:
    here = made()
    here.approve(here.propose(ANA))
    other = here.propose(RAJ)
    here.settle()
    here.clock.forward(MINUTE)
    here.move(1, 1)
    here.channel.faults = [Fault("deliver", False, error(TemporarilyUnavailable))]
    here.settle()

    with pytest.raises(CannotApprove, match="no longer free"):
        here.approve(other)


def test_a_meeting_the_owner_took_out_of_the_calendar_frees_its_time(made: Making) -> None:
    here = made()
    here.propose(ANA)
    here.propose(RAJ)
    here.approve(1)
    here.settle()
    here.later(HOUR)

    second = here.approve(2)
    here.settle()

    assert here.action(second).state is ActionState.SENT


@pytest.mark.parametrize(("unread", "free"), [("private", True), ("work", False)])
def test_only_a_reading_of_its_own_calendar_shows_what_became_of_a_meeting(
    made: Making, unread: str, free: bool
) -> None:
    here = made()
    here.propose(ANA)
    here.propose(RAJ)
    here.approve(1)
    here.settle()
    here.later(HOUR)
    with here.db.transaction() as sql:
        sql.execute("UPDATE calendar SET read_at_s = read_at_s - 7200 WHERE name = ?", (unread,))

    with nullcontext() if free else pytest.raises(CannotApprove, match="no longer free"):
        here.approve(2)


def test_a_meeting_called_off_frees_its_time_at_once(made: Making) -> None:
    here = made()
    here.propose(ANA)
    here.propose(RAJ)
    here.approve(1)
    here.settle()
    here.call_off(1)
    here.settle()

    second = here.approve(2)
    here.settle()

    assert here.action(second).state is ActionState.SENT


def test_a_meeting_is_not_in_its_own_way(made: Making) -> None:
    here = made()
    approved = here.approve(here.propose())
    here.channel.faults = [Fault("deliver", False, error(TemporarilyUnavailable))]
    here.settle()
    own = replace(meeting("2026-04-09 10:00", minutes=45), uid=approved.action.payload.uid)
    here.clock.forward(HOUR)
    here.read([own])

    here.settle()

    assert here.action(approved).state is ActionState.SENT


FIRM = meeting("2026-04-09 10:00")
WEAK = [
    replace(FIRM, status=Status.TENTATIVE),
    replace(FIRM, start=date(2026, 4, 9), span=Span(1, 0)),
]


@pytest.mark.parametrize("event", [*WEAK, FIRM], ids=["tentative", "all day", "firm"])
@pytest.mark.parametrize("blocks", [True, False])
def test_what_takes_time_half_heartedly_alone_counts_as_the_owner_set_it(
    made: Making, event: Event, blocks: bool
) -> None:
    slots = replace(Rules().slots, tentative_blocks=blocks, all_day_busy_blocks=blocks)
    here = made(rules=replace(Rules(), slots=slots))
    approved = here.approve(here.propose())
    here.read([event])

    here.settle()

    expected = ActionState.EXPIRED if blocks or event is FIRM else ActionState.SENT
    assert here.action(approved).state is expected


def test_expired_by_a_clash_the_proposal_stands_for_another_time(made: Making) -> None:
    here = made()
    here.approve(here.propose())
    here.read([meeting("2026-04-09 10:00", "boss@example.com")])
    here.settle()
    assert here.proposal(1).state is ProposalState.OPEN

    again = here.approve(1, slot=1)
    here.settle()

    assert here.action(again).state is ActionState.SENT
    assert len(here.outbox) == 1


def test_a_run_sends_three_and_a_day_five(made: Making) -> None:
    here = made()
    here.many(9)

    sent = []
    for _ in range(4):
        here.settle()
        sent.append(len(here.outbox))
        here.later(HOUR)

    assert sent == [3, 5, 5, 5]
    here.later(20 * HOUR - MINUTE)
    here.settle()
    assert len(here.outbox) == 5
    here.later(MINUTE)
    here.settle()
    assert len(here.outbox) == 8


def test_a_clock_set_back_forgets_nothing(made: Making) -> None:
    here = made()
    here.many(6)
    here.settle()
    here.settle()
    assert len(here.outbox) == 5

    here.clock.forward(-3 * DAY)
    here.settle()

    assert len(here.outbox) == 5


def test_nobody_is_invited_twice_within_the_time_set(made: Making) -> None:
    here = made()
    here.approve(here.propose())
    here.settle()
    here.later(DAY)
    second = here.propose(ANA, Interval(FIRST.start + 7 * DAY, FIRST.end + 7 * DAY))

    with pytest.raises(Exception, match="was invited"):
        here.approve(second)


@pytest.mark.parametrize("kept", [ANA.addresses, ()])
def test_a_person_is_one_person_under_another_address(made: Making, kept: tuple[str, ...]) -> None:
    here = made()
    here.approve(here.propose())
    second = replace(ANA, addresses=("ana@example.net", *kept))
    later = Interval(FIRST.start + 7 * DAY, FIRST.end + 7 * DAY)
    here.settle()

    with pytest.raises(Exception, match="was invited"):
        here.approve(here.propose(second, later))


def test_an_address_is_one_guest_whoever_it_is_listed_as(made: Making) -> None:
    here = made()
    here.approve(here.propose())
    here.settle()
    with here.db.transaction() as sql:
        people.remove(sql, ANA.id)
    again = replace(make.person("Ana da Silva"), addresses=("ana@example.net", *ANA.addresses))
    later = Interval(FIRST.start + 7 * DAY, FIRST.end + 7 * DAY)

    with pytest.raises(CannotApprove, match="was invited"):
        here.approve(here.propose(again, later))


def test_the_store_itself_refuses_to_invite_without_an_approval(made: Making) -> None:
    here = made()
    approved = here.approve(here.propose())
    with here.db.transaction() as sql:
        sql.execute("DELETE FROM approval")
        sql.execute("UPDATE action SET state = 'held'")
    action = here.action(approved)

    with pytest.raises(Exception, match="no approval"), here.db.transaction() as sql:
        actions.move(sql, action, ActionState.INVITING, NOW)
    with pytest.raises(Overtaken), here.db.transaction() as sql:
        actions.take_approval(sql, action, 1, NOW)
