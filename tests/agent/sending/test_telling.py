from __future__ import annotations

import pytest

from agent.sending.approving import Approved
from agent.sending.telling import already_text, outcome_text
from agent.settings import Settings
from policies.sending.action import UNDER_WAY, Action, ActionId, ActionState
from tests.make import OWNER, payload, utc

NOW = utc("2026-04-01 12:00")


@pytest.mark.parametrize("note", ["", "work: it cannot be reached; the next run tries again"])
@pytest.mark.parametrize("state", sorted(UNDER_WAY))
def test_what_may_be_out_already_is_never_told_as_waiting(state: ActionState, note: str) -> None:
    invitation = payload()
    action = Action(
        ActionId("1"), 1, "ana", invitation, invitation.digest, state, NOW, NOW, note=note
    )
    before = Approved(action, NOW, new=False)

    for told in (outcome_text(action), already_text(before, Settings(OWNER, ()))):
        assert note in told
        assert ("may have been sent" in told) is (state is ActionState.INVITING)
        assert ("waits" in told) is (state is not ActionState.INVITING)
