from __future__ import annotations

from dataclasses import replace

import pytest

from agent import outcome
from agent.payloads import CannotApprove
from agent.showing import showing
from connectors.errors import MayHaveHappened
from policies.action import ActionState
from policies.event import Event, Span
from policies.wall import WallTime, local_datetime, seconds
from tests.agent.model_channel import Fault
from tests.agent.world import FIRST, HOUR, Making
from tests.make import BERLIN, event


def entry(uid: str) -> Event:
    """What the owner's calendar shows at the time of the first slot."""
    start = WallTime(local_datetime(seconds(FIRST.start), BERLIN), BERLIN)
    return replace(event(), uid=uid, start=start, span=Span(0, 45 * 60))


def test_a_time_is_free_again_when_its_invitation_was_not_sent_after_all(made: Making) -> None:
    here = made()
    number = here.propose()
    here.channel.faults.append(Fault("deliver", after=False, error=MayHaveHappened("mail", "?")))
    approved = here.approve(number)
    here.settle()
    assert here.action(approved).state is ActionState.NEEDS_REVIEW
    here.clock.forward(HOUR)
    here.read([entry(approved.action.payload.uid)])
    outcome.settle_by_owner(here.db, number, here.clock.now(), sent=False)

    assert here.approve(number).action.payload.when == FIRST


def test_the_day_shown_around_a_meeting_leaves_its_own_entry_out(made: Making) -> None:
    here = made()
    number = here.propose()
    approved = here.approve(number)
    here.read([entry(approved.action.payload.uid), entry("another")])

    shown = showing(here.db, here.settings, number, here.clock.now())
    assert [row.uid for row in shown.day] == ["another"]


def test_an_entry_of_somebody_elses_does_stand_in_the_way(made: Making) -> None:
    here = made()
    number = here.propose()
    here.read([entry("another")])

    with pytest.raises(CannotApprove, match="no longer free"):
        here.approve(number)
