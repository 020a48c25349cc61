from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from agent.errors import UsageProblem
from agent.sending import approving, outcome
from agent.store import actions, people, proposals
from connectors.errors import MayHaveHappened
from policies.interval import Interval
from policies.proposal import Answer, ProposalState
from policies.sending.action import Action, ActionId, ActionKind, ActionState, guest_key
from policies.sending.gate import Consent
from policies.text import shown
from policies.wall import seconds
from tests.agent.model_channel import Fault, error
from tests.agent.world import ANA, DAY, FIRST, HOUR, NOW, RAJ, Making, World
from tests.make import payload

TODAY = date(2026, 3, 31)
OVER = NOW + DAY
CANCEL, RESCHEDULE = ActionKind.CANCEL, ActionKind.RESCHEDULE
STOPPABLE = (ActionState.APPROVED, ActionState.HOLDING, ActionState.HELD)
WAY = (*STOPPABLE, ActionState.INVITING, ActionState.NEEDS_REVIEW)


@pytest.fixture
def here(made: Making) -> World:
    return made()


def led(here: World, action: Action, to: ActionState) -> Action:
    """An approved action as it stands once it has come so far, with nothing sent."""
    with here.db.transaction() as sql:
        for state in WAY[1 : WAY.index(to) + 1]:
            if state is ActionState.INVITING:
                actions.take_approval(sql, action, 1, NOW)
            action = actions.move(sql, action, state, NOW)
    return action


def invitation(here: World, to: ActionState = ActionState.APPROVED) -> Action:
    return led(here, here.approve(here.propose(expires=OVER)).action, to)


def follow(here: World, kind: ActionKind, to: ActionState = ActionState.APPROVED) -> Action:
    """A meeting the guest knows is to be called off, or to be moved to its third time."""
    here.approve(here.propose())
    here.settle()
    return led(here, (here.call_off(1) if kind is CANCEL else here.move(1, 2)).action, to)


def report(here: World, to: ActionState = ActionState.APPROVED, number: int = 1) -> Action:
    sent, state = payload(ActionKind.REPORT), ActionState.PROPOSED
    key = ActionId(f"report {number}")
    action = Action(key, 0, "", sent, sent.digest, state, NOW, NOW, report=number)
    yes = Consent(sent.digest, NOW, NOW + 3 * DAY, used=False, old_content_ok=False)
    with here.db.transaction() as sql:
        actions.add(sql, action, number)
        action = actions.approve(sql, action, yes, NOW)
    return led(here, action, to)


def used(here: World, action: Action) -> bool:
    yes = actions.consent(here.db, action.id)
    return yes is not None and yes.used


# ------------------------------------------------------------------ what an end means


@pytest.mark.parametrize(
    ("to", "at", "state", "said"),
    [
        (ActionState.EXPIRED, OVER - HOUR, ProposalState.OPEN, ""),
        (ActionState.EXPIRED, OVER, ProposalState.EXPIRED, "too late"),
        (ActionState.CANCELLED, OVER - HOUR, ProposalState.CANCELLED, "too late"),
        (ActionState.NEEDS_REVIEW, OVER - HOUR, ProposalState.APPROVED, ""),
    ],
)
def test_an_invitation_that_ends_unsent_leaves_its_proposal_open_or_takes_it_along(
    here: World, to: ActionState, at: datetime, state: ProposalState, said: str
) -> None:
    action = invitation(here)

    with here.db.transaction() as sql:
        ended = outcome.end_unsent(here.db, sql, action, to, at, "too late")

    assert ended == here.action(action.id)
    assert (ended.state, ended.note) == (to, "too late")
    assert (here.proposal(1).state, here.proposal(1).outcome) == (state, said)


@pytest.mark.parametrize("kind", [CANCEL, RESCHEDULE])
def test_what_was_to_follow_and_ends_unsent_leaves_the_meeting_as_the_guest_knows_it(
    here: World, kind: ActionKind
) -> None:
    action = follow(here, kind)
    before = here.proposal(1)

    with here.db.transaction() as sql:
        outcome.end_unsent(here.db, sql, action, ActionState.CANCELLED, NOW, "too late")

    assert here.action(action.id).state is ActionState.CANCELLED
    assert here.proposal(1) == before


def ended_sent(here: World, action: Action) -> Action:
    with here.db.transaction() as sql:
        return outcome.end_sent(here.db, sql, action, NOW, "it was seen")


def test_a_proposal_is_sent_with_its_invitation_and_over_with_its_cancellation(
    here: World,
) -> None:
    ended = ended_sent(here, invitation(here, ActionState.INVITING))
    assert (ended.state, ended.note) == (ActionState.SENT, "it was seen")
    assert here.proposal(1).state is ProposalState.SENT

    ended_sent(here, led(here, here.call_off(1).action, ActionState.INVITING))
    assert here.proposal(1).state is ProposalState.CANCELLED


def test_a_proposal_that_was_moved_has_its_new_time_and_no_answer_yet(here: World) -> None:
    action = follow(here, RESCHEDULE, ActionState.INVITING)
    with here.db.transaction() as sql:
        proposals.set_answer(sql, 1, Answer.ACCEPTED, "see you", NOW)

    ended_sent(here, action)

    moved = here.proposal(1)
    assert (moved.state, moved.slot.when) == (ProposalState.SENT, action.payload.when)
    assert (moved.answer, moved.comment) == (Answer.NONE, "")


@pytest.mark.parametrize("kind", [CANCEL, RESCHEDULE])
def test_the_entry_follows_what_was_sent_and_nothing_before_it(
    here: World, kind: ActionKind
) -> None:
    action = follow(here, kind, ActionState.INVITING)
    first = actions.of_proposal(here.db, 1)[0]
    with here.db.transaction() as sql:
        actions.set_untidy(sql, first, untidy=True)

    ended_sent(here, action)
    assert here.action(action.id).untidy
    assert not here.action(first.id).untidy


def test_the_entry_of_an_invitation_that_was_sent_stays(here: World) -> None:
    action = invitation(here, ActionState.INVITING)
    other = report(here)
    with here.db.transaction() as sql:
        actions.set_untidy(sql, action, untidy=True)
        actions.set_untidy(sql, other, untidy=True)

    ended_sent(here, action)
    assert not here.action(action.id).untidy
    assert here.action(other.id).untidy


@pytest.mark.parametrize("before", [ActionState.APPROVED, ActionState.INVITING])
def test_what_was_sent_counts_once_whether_its_approval_was_taken_or_not(
    here: World, before: ActionState
) -> None:
    action = invitation(here, before)
    with here.db.transaction() as sql:
        action = actions.move(sql, action, ActionState.NEEDS_REVIEW, NOW)
    here.clock.forward(HOUR)

    outcome.settle_by_owner(here.db, 1, here.clock.now(), sent=True)

    ((kind, guest, run, at_s),) = here.db.rows("SELECT kind, guest, run, at_s FROM sending")
    assert (kind, guest) == ("invite", guest_key(ANA.addresses[0]))
    taken = before is ActionState.INVITING
    assert (run, at_s) == ((1, seconds(NOW)) if taken else (0, seconds(NOW + HOUR)))


# ------------------------------------------------------------------ the owner's no


def test_an_open_proposal_is_rejected_with_a_reason(here: World) -> None:
    here.propose()

    ended = outcome.reject(here.db, 1, "too soon", NOW)

    assert outcome.rejected_text(1, ended) == "Proposal 1 is rejected."
    assert here.proposal(1).state is ProposalState.REJECTED
    assert here.proposal(1).outcome == "too soon"


@pytest.mark.parametrize("state", STOPPABLE)
def test_what_is_approved_and_not_sent_can_be_taken_back(here: World, state: ActionState) -> None:
    action = invitation(here, state)

    rejected = outcome.reject(here.db, 1, "too soon", NOW)
    here.settle()

    assert outcome.rejected_text(1, rejected) == "Proposal 1 is rejected."
    ended = here.action(action.id)
    assert (ended.state, ended.note) == (ActionState.REJECTED, "too soon")
    assert here.outbox == []
    assert approving.standing_yes(here.db, 1) is None


def test_a_proposal_that_came_to_nothing_once_can_be_rejected(here: World) -> None:
    first = invitation(here, ActionState.NEEDS_REVIEW)
    outcome.settle_by_owner(here.db, 1, NOW, sent=False)

    outcome.reject(here.db, 1, "", NOW)

    assert here.proposal(1).state is ProposalState.REJECTED
    assert here.action(first.id).state is ActionState.CANCELLED


def test_what_was_sent_is_not_rejected(here: World) -> None:
    here.approve(here.propose())
    here.settle()

    with pytest.raises(UsageProblem, match="was sent") as raised:
        outcome.reject(here.db, 1, "", NOW)

    assert "fika cancel 1" in raised.value.remedy


@pytest.mark.parametrize(
    ("state", "problem", "remedies"),
    [
        (
            *(ActionState.NEEDS_REVIEW, "nobody can tell whether {} was sent"),
            ("first `fika settle 1`", "first `fika report settle 1`"),
        ),
        (
            *(ActionState.INVITING, "{} is just being sent"),
            ("`fika run` sees to the end", "`fika run` sees to the end"),
        ),
    ],
)
def test_what_may_have_been_sent_is_not_taken_back(
    here: World, state: ActionState, problem: str, remedies: tuple[str, str]
) -> None:
    action, other = invitation(here, state), report(here, state)

    with pytest.raises(UsageProblem) as of_proposal:
        outcome.reject(here.db, 1, "", NOW)
    with pytest.raises(UsageProblem) as of_report:
        outcome.reject_report(here.db, 1, NOW)

    met = of_proposal.value, of_report.value
    assert [str(each) for each in met] == [problem.format(it) for it in ("proposal 1", "report 1")]
    assert tuple(each.remedy for each in met) == remedies
    assert {here.action(each.id).state for each in (action, other)} == {state}
    assert here.proposal(1).state is ProposalState.APPROVED


@pytest.mark.parametrize(("kind", "what"), [(CANCEL, "cancellation"), (RESCHEDULE, "new time")])
@pytest.mark.parametrize("state", STOPPABLE)
def test_a_meeting_stands_as_it_was_sent_when_what_was_to_follow_is_taken_back(
    here: World, kind: ActionKind, what: str, state: ActionState
) -> None:
    action, before = follow(here, kind, state), here.proposal(1)

    ended = outcome.reject(here.db, 1, "too soon", NOW)

    assert here.action(action.id).state is ActionState.REJECTED
    assert here.proposal(1) == before
    said = f"The {what} of proposal 1 is taken back: the meeting stands as it was sent."
    assert outcome.rejected_text(1, ended) == said


def test_a_no_to_nothing_or_twice_says_so(here: World) -> None:
    with pytest.raises(UsageProblem, match="no proposal 1"):
        outcome.reject(here.db, 1, "", NOW)
    here.propose()
    outcome.reject(here.db, 1, "", NOW)
    with pytest.raises(UsageProblem, match="rejected already"):
        outcome.reject(here.db, 1, "", NOW)


@pytest.mark.parametrize("state", STOPPABLE)
def test_a_report_that_waits_is_taken_back_once(here: World, state: ActionState) -> None:
    other, action = report(here), report(here, state, number=2)

    outcome.reject_report(here.db, 2, NOW)

    ended = here.action(action.id)
    assert (ended.state, ended.note) == (ActionState.REJECTED, "you took it back")
    assert here.action(other.id) == other
    with pytest.raises(UsageProblem, match="report 2 is rejected already"):
        outcome.reject_report(here.db, 2, NOW)
    with pytest.raises(UsageProblem, match="no report 3"):
        outcome.reject_report(here.db, 3, NOW)


def test_each_is_named_by_the_command_that_settles_it_or_takes_it_back(here: World) -> None:
    action, other = invitation(here), report(here, number=7)

    assert [outcome.settling(action), outcome.taking_back(action)] == [
        "fika settle 1",
        "fika reject 1",
    ]
    assert [outcome.settling(other), outcome.taking_back(other)] == [
        "fika report settle 7",
        "fika report reject 7",
    ]


# ------------------------------------------------------------------ in peace for a while


def snoozed_until(here: World) -> date | None:
    person = people.get(here.db, ANA.id)
    assert person is not None
    return person.snoozed_until


@pytest.mark.parametrize("days", [1, 3653])
def test_who_is_left_in_peace_loses_their_open_proposal_and_nobody_else_theirs(
    here: World, days: int
) -> None:
    here.propose()
    here.propose(RAJ, Interval(FIRST.start + 5 * DAY, FIRST.end + 5 * DAY))
    until = TODAY + timedelta(days=days)

    assert outcome.snooze(here.db, ANA, until, TODAY) == (1,)

    assert snoozed_until(here) == until
    assert here.proposal(1).state is ProposalState.EXPIRED
    assert here.proposal(1).outcome == f"You snoozed them until {until}."
    assert here.proposal(2).state is ProposalState.OPEN


def test_a_snooze_that_is_over_drops_nothing(here: World) -> None:
    here.propose()
    with here.db.transaction() as sql:
        people.save(sql, replace(ANA, snoozed_until=TODAY + timedelta(days=1)))

    assert outcome.snooze(here.db, ANA, None, TODAY) == ()

    assert snoozed_until(here) is None
    assert here.proposal(1).state is ProposalState.OPEN


def test_nobody_is_left_in_peace_who_is_on_the_list_no_more(here: World) -> None:
    here.propose()
    with here.db.transaction() as sql:
        people.save(sql, replace(ANA, place="Lisbon"))
    outcome.snooze(here.db, ANA, TODAY + timedelta(days=9), TODAY)
    found = people.get(here.db, ANA.id)
    assert found is not None
    assert (found.place, found.snoozed_until) == ("Lisbon", TODAY + timedelta(days=9))

    with here.db.transaction() as sql:
        people.remove(sql, ANA.id)
    with pytest.raises(UsageProblem, match="Ana Silva is no longer on your list"):
        outcome.snooze(here.db, ANA, TODAY + timedelta(days=9), TODAY)
    assert people.get(here.db, ANA.id) is None


@pytest.mark.parametrize(
    ("days", "problem"),
    [(-1, "not in the future"), (0, "not in the future"), (3654, "too far away")],
)
def test_a_snooze_ends_on_a_later_day_within_ten_years(
    here: World, days: int, problem: str
) -> None:
    here.propose()

    with pytest.raises(UsageProblem, match=problem):
        outcome.snooze(here.db, ANA, TODAY + timedelta(days=days), TODAY)

    assert snoozed_until(here) is None
    assert here.proposal(1).state is ProposalState.OPEN


# ------------------------------------------------------------------ what nobody else can tell


def test_only_what_nobody_can_tell_is_settled_by_hand(here: World) -> None:
    here.approve(here.propose())
    here.settle()
    report(here)

    with pytest.raises(UsageProblem, match="proposal 1 needs settling"):
        outcome.settle_by_owner(here.db, 1, NOW, sent=True)
    with pytest.raises(UsageProblem, match="report 1 needs no settling"):
        outcome.settle_report(here.db, 1, NOW, sent=True)
    with pytest.raises(UsageProblem, match="no report 2"):
        outcome.settle_report(here.db, 2, NOW, sent=True)


@pytest.mark.parametrize(
    ("sent", "state", "note"),
    [
        (True, ActionState.SENT, "you said it was sent"),
        (False, ActionState.CANCELLED, "you said it was not sent"),
    ],
)
def test_what_the_owner_found_out_is_recorded(
    here: World, sent: bool, state: ActionState, note: str
) -> None:
    action, other = (make(here, ActionState.NEEDS_REVIEW) for make in (invitation, report))

    settled = (
        outcome.settle_by_owner(here.db, 1, NOW, sent=sent),
        outcome.settle_report(here.db, 1, NOW, sent=sent),
    )

    assert settled == (here.action(action.id), here.action(other.id))
    assert {(each.state, each.note, each.untidy) for each in settled} == {(state, note, False)}
    assert {used(here, each) for each in settled} == {sent}
    assert here.proposal(1).state is (ProposalState.SENT if sent else ProposalState.OPEN)


@pytest.mark.parametrize("sent", [True, False])
def test_a_cancellation_nobody_can_tell_is_settled_too(here: World, sent: bool) -> None:
    follow(here, CANCEL)
    here.channel.faults = [Fault("deliver", sent, error(MayHaveHappened))]
    here.settle()

    settled = outcome.settle_by_owner(here.db, 1, here.clock.now(), sent=sent)
    assert here.action(settled.id).untidy is sent
    here.settle()

    expected = ProposalState.CANCELLED if sent else ProposalState.SENT
    assert here.proposal(1).state is expected
    assert (here.channel.entries == {}) is sent


def test_a_proposal_that_is_over_does_not_open_again(here: World) -> None:
    invitation(here, ActionState.NEEDS_REVIEW)

    outcome.settle_by_owner(here.db, 1, OVER, sent=False)

    assert here.proposal(1).state is ProposalState.EXPIRED


@pytest.mark.parametrize("state", STOPPABLE)
def test_what_is_not_sent_yet_waits_and_says_for_what(state: ActionState) -> None:
    assert outcome.waiting(noted(state, "")) == "is approved and waits: the next run sends it"
    assert outcome.waiting(noted(state, "too late")) == "is approved and waits: too late"


def test_what_may_be_out_already_says_so() -> None:
    unknown = noted(ActionState.INVITING, "")

    assert outcome.waiting(unknown) == "may have been sent: the next run looks"
    assert outcome.waiting(noted(ActionState.INVITING, "not yet")) == "may have been sent: not yet"


def test_a_long_note_is_cut() -> None:
    said = outcome.waiting(noted(ActionState.INVITING, "x" * 400))

    assert said == f"may have been sent: {shown('x' * 400, 300)}"


def noted(state: ActionState, note: str) -> Action:
    sent = payload()
    return Action(ActionId("1"), 1, "ana", sent, sent.digest, state, NOW, NOW, note=note)
