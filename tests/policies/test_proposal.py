"""A proposal, and how long it concerns anybody."""

from __future__ import annotations

import pytest

from policies.people.person import Format, PersonId
from policies.proposal import Draft, Proposal, ProposalState, Slot
from tests.make import interval, utc

WHEN = interval("2026-03-04 14:00", "2026-03-04 14:45")
DURING, OVER = utc("2026-03-04 14:44"), WHEN.end


def proposal(state: ProposalState) -> Proposal:
    draft = Draft(
        person=PersonId("ana-silva"),
        address="ana.silva@example.com",
        format=Format.COFFEE,
        slots=(Slot(WHEN),),
        reasons=(),
        assumptions=(),
        title="Coffee?",
        text="",
        expires=utc("2026-03-03 14:00"),
    )
    return Proposal(1, draft, state, utc("2026-03-01 09:00"))


@pytest.mark.parametrize("state", [ProposalState.OPEN, ProposalState.APPROVED])
def test_what_waits_or_is_on_its_way_is_current_whatever_its_time(state: ProposalState) -> None:
    assert proposal(state).is_current(DURING)
    assert proposal(state).is_current(OVER)


def test_a_meeting_is_current_until_it_ends() -> None:
    sent = proposal(ProposalState.SENT)

    assert sent.is_current(DURING)
    assert not sent.is_current(OVER)


@pytest.mark.parametrize(
    "state", [ProposalState.REJECTED, ProposalState.EXPIRED, ProposalState.CANCELLED]
)
def test_what_has_ended_is_no_longer_current(state: ProposalState) -> None:
    assert not proposal(state).is_current(DURING)
