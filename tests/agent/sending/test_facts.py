from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from agent.proposing.showing import showing
from agent.sending import approving, outcome
from agent.sending.payloads import CannotApprove
from connectors.errors import MayHaveHappened, TemporarilyUnavailable
from policies.calendar.event import Event, Span
from policies.sending.action import ActionState
from policies.wall import WallTime, local_datetime, seconds
from tests.agent.model_channel import PROFILES, Fault, error
from tests.agent.store.stored import meeting, read
from tests.agent.world import FIRST, HOUR, MINUTE, RAJ, Making, World
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


def test_a_meeting_on_its_way_keeps_its_time_whatever_a_reading_shows(made: Making) -> None:
    here = made()
    here.approve(here.propose())
    other = here.propose(RAJ)
    here.later(HOUR)

    assert not _free(here, other)


def test_a_meeting_keeps_its_time_until_a_reading_must_show_it(made: Making) -> None:
    """A service may show late what was written."""
    here = made()
    here.approve(here.propose())
    here.settle()
    other = here.propose(RAJ)

    for passed_s, free in ((20, False), (40, False), (1, True)):
        here.later(timedelta(seconds=passed_s))
        assert _free(here, other) is free


def test_a_calendar_read_no_more_stops_nothing_until_it_is_to_be_read_again(made: Making) -> None:
    here = made()
    number, both = here.propose(), here.settings
    one = replace(both, calendars=both.calendars[1:])
    read(here.db, settings=one)
    with pytest.raises(CannotApprove, match="private could not be read yet"):
        here.approve(number)
    here.settings = one

    assert here.approve(number).new


def test_an_entry_of_somebody_elses_does_stand_in_the_way(made: Making) -> None:
    here = made()
    number = here.propose()
    here.read([entry("another")])

    with pytest.raises(CannotApprove, match="no longer free"):
        here.approve(number)


def _free(here: World, number: int) -> bool:
    """Whether the meeting of another proposal could be approved for the time of the first."""
    now = here.clock.now()
    try:
        approving.prepare(here.db, here.settings, number, now=now)
    except CannotApprove as problem:
        return "no longer free" not in problem.cause
    return True


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("how", ["called off", "rejected"])
def test_time_that_a_meeting_gave_back_is_free_before_the_next_reading(
    made: Making, profile: str, how: str
) -> None:
    here = made(PROFILES[profile])
    approved, other = here.approve(here.propose()), here.propose(RAJ)
    if how == "rejected":
        here.channel.faults = [Fault("deliver", False, error(TemporarilyUnavailable))]
    here.settle()
    here.clock.forward(HOUR)
    own = meeting("2026-04-09 10:00", uid=approved.action.payload.uid, minutes=45)
    here.read([own])
    assert not _free(here, other)

    here.clock.forward(MINUTE)
    if how == "rejected":
        outcome.reject(here.db, 1, "no", here.clock.now())
    else:
        here.call_off(1)
    assert not _free(here, other)
    here.clock.forward(HOUR)
    here.settle()

    assert _free(here, other)


def test_time_of_an_entry_that_the_owner_has_changed_stays_taken(made: Making) -> None:
    here = made()
    approved, other = here.approve(here.propose()), here.propose(RAJ)
    here.channel.faults = [Fault("deliver", False, error(TemporarilyUnavailable))]
    here.settle()
    here.channel.by_hand(title="Mine now")
    here.clock.forward(HOUR)
    here.read([meeting("2026-04-09 10:00", uid=approved.action.payload.uid, minutes=45)])
    here.clock.forward(MINUTE)
    outcome.reject(here.db, 1, "no", here.clock.now())
    here.settle()

    assert not _free(here, other)
