from __future__ import annotations

import sqlite3
from dataclasses import FrozenInstanceError, replace
from datetime import datetime, timedelta

import pytest

from agent.store import actions, sendings
from agent.store.actions import Approval, Overtaken
from agent.store.errors import StateUnusable
from connectors.port import Written
from policies.sending.action import (
    ARROWS,
    ENDED_UNSENT,
    Action,
    ActionId,
    ActionKind,
    ActionState,
    action_id,
)
from policies.sending.gate import Consent
from tests.agent.world import DAY, HOUR, NOW, Making, World
from tests.make import payload

HELD = ActionState.HELD
WAY = (ActionState.HOLDING, HELD, ActionState.INVITING, ActionState.SENT)


def stored(
    here: World, kind: ActionKind = ActionKind.INVITE, generation: int = 0, **fields: object
) -> Action:
    sent = payload(kind)
    key = action_id("here", 1, kind, generation)
    action = Action(key, 1, "ana-silva", sent, sent.digest, ActionState.PROPOSED, NOW, NOW)
    action = replace(action, **fields)  # type: ignore[arg-type]
    with here.db.transaction() as sql:
        actions.add(sql, action, generation)
    return action


def approved(here: World, action: Action) -> Action:
    yes = Consent(action.payload.digest, NOW, NOW + 3 * DAY, used=False, old_content_ok=False)
    with here.db.transaction() as sql:
        return actions.approve(sql, action, yes, NOW)


@pytest.fixture
def here(made: Making) -> World:
    here = made()
    here.propose()
    return here


def test_what_is_stored_is_read_back(here: World) -> None:
    action = stored(here)

    assert actions.get(here.db, action.id) == action
    assert actions.of_proposal(here.db, 1) == (action,)
    assert actions.of_meeting(here.db, action.payload.uid) == (action,)
    assert actions.in_state(here.db, {ActionState.PROPOSED}) == (action,)
    assert actions.generation(here.db, 1, ActionKind.INVITE) == 1
    assert actions.generation(here.db, 1, ActionKind.CANCEL) == 0


def test_reports_come_from_no_proposal_and_are_numbered_from_one(here: World) -> None:
    stored(here)

    for number in (1, 2):
        assert actions.next_report(here.db) == number
        report = stored(here, ActionKind.REPORT, number, proposal=0, person="", report=number)
        assert actions.get(here.db, report.id) == report
        assert actions.reports(here.db)[-1] == report
    assert len(actions.reports(here.db)) == 2


def test_what_follows_comes_after_what_it_follows_and_all_of_it_before_what_is_newer(
    here: World,
) -> None:
    def ended(kind: ActionKind, generation: int, sequence: int, created: datetime) -> ActionId:
        sent = replace(payload(kind), sequence=sequence)
        about = {"payload": sent, "payload_digest": sent.digest}
        action = stored(here, kind, generation, created=created, updated=created, **about)
        with here.db.transaction() as sql:
            action = actions.move(sql, action, ActionState.APPROVED, NOW)
            return actions.move(sql, action, ActionState.REJECTED, NOW).id

    cancel = ended(ActionKind.CANCEL, 0, 1, NOW)
    invite = ended(ActionKind.INVITE, 1, 0, NOW)
    newer = ended(ActionKind.INVITE, 0, 0, NOW + HOUR)

    assert [each.id for each in actions.of_proposal(here.db, 1)] == [invite, cancel, newer]


def test_an_action_starts_as_proposed(here: World) -> None:
    action = replace(stored(here), state=ActionState.SENT)

    with pytest.raises(ValueError, match="starts"), here.db.transaction() as sql:
        actions.add(sql, action, 1)


def test_a_proposal_has_one_thing_under_way_at_a_time(here: World) -> None:
    stored(here)

    with pytest.raises(sqlite3.IntegrityError):
        stored(here, ActionKind.CANCEL)
    with pytest.raises(sqlite3.IntegrityError):
        stored(here, generation=1)


@pytest.mark.parametrize("before", ActionState)
def test_no_arrow_is_passed_that_is_not_there(here: World, before: ActionState) -> None:
    action = replace(stored(here), state=before)

    for after in set(ActionState) - ARROWS[before]:
        with pytest.raises(ValueError, match="no arrow"), here.db.transaction() as sql:
            actions.move(sql, action, after, NOW)
    assert actions.history(here.db, action.id) == ()


def test_only_one_of_two_workers_passes_an_arrow(here: World) -> None:
    action = approved(here, stored(here))
    with here.db.transaction() as sql:
        actions.move(sql, action, ActionState.HOLDING, NOW, "first")

    with pytest.raises(Overtaken), here.db.transaction() as sql:
        actions.move(sql, action, ActionState.HOLDING, NOW, "second")

    assert [step.why for step in actions.history(here.db, action.id)] == ["", "first"]


def led(here: World, to: ActionState, kind: ActionKind = ActionKind.INVITE) -> Action:
    """An action that has come as far as this: straight there, or by all that comes before."""
    action = approved(here, stored(here, kind))
    with here.db.transaction() as sql:
        for state in WAY[: WAY.index(to) + 1] if to in WAY else (to,):
            if state is ActionState.INVITING:
                actions.take_approval(sql, action, 1, NOW)
            action = actions.move(sql, action, state, NOW)
    return action


def held(here: World) -> Action:
    action = led(here, HELD)
    with here.db.transaction() as sql:
        return actions.set_hold(sql, action, Written("a.ics", "1"))


def used(here: World, action: Action) -> bool:
    yes = actions.consent(here.db, action.id)
    return yes is not None and yes.used


def test_where_its_entry_stands_and_whether_that_has_to_follow_is_kept(here: World) -> None:
    action = held(here)
    assert here.action(action.id) == action
    assert actions.untidy(here.db) == ()

    with here.db.transaction() as sql:
        actions.set_untidy(sql, action, untidy=True)
    assert actions.untidy(here.db) == (replace(action, untidy=True),)

    with here.db.transaction() as sql:
        actions.set_untidy(sql, action, untidy=False)
    assert here.action(action.id) == action


@pytest.mark.parametrize("untidy", [True, False])
def test_an_entry_follows_the_newest_about_its_meeting_and_no_other_meetings(
    here: World, untidy: bool
) -> None:
    first = led(here, ActionState.SENT)
    newest = led(here, ActionState.SENT, ActionKind.CANCEL)
    report = replace(payload(ActionKind.REPORT), uid="another")
    other = stored(here, ActionKind.REPORT, payload=report, payload_digest=report.digest)
    with here.db.transaction() as sql:
        for each in (first, other, newest):
            actions.set_untidy(sql, each, untidy=each is not newest)

        actions.follow(sql, newest, untidy=untidy)

    assert [here.action(each.id).untidy for each in (first, other, newest)] == [False, True, untidy]


@pytest.mark.parametrize("state", [*WAY, ActionState.NEEDS_REVIEW])
def test_what_is_under_way_or_in_doubt_is_promised_and_what_was_sent_until_it_is_seen(
    here: World, state: ActionState
) -> None:
    action = led(here, state)

    assert actions.promised(here.db, NOW) == (action,)
    late = actions.promised(here.db, NOW + HOUR)
    assert late == (() if state is ActionState.SENT else (action,))


@pytest.mark.parametrize("state", sorted(ENDED_UNSENT))
def test_what_ended_unsent_is_not_promised_and_its_time_is_free_once_no_entry_is_left(
    here: World, state: ActionState
) -> None:
    action = led(here, state)

    assert actions.promised(here.db, NOW) == ()
    assert actions.freed(here.db, NOW) == (action,)
    assert actions.freed(here.db, NOW + HOUR) == ()
    with here.db.transaction() as sql:
        actions.set_untidy(sql, action, untidy=True)
    assert actions.freed(here.db, NOW) == ()
    with here.db.transaction() as sql:
        actions.set_untidy(sql, action, untidy=False)
        actions.set_hold(sql, action, Written("a.ics", "1"))
    assert actions.freed(here.db, NOW) == ()


@pytest.mark.parametrize("kind", [ActionKind.INVITE, ActionKind.RESCHEDULE, ActionKind.CANCEL])
def test_of_what_was_sent_only_what_called_a_meeting_off_frees_its_time(
    here: World, kind: ActionKind
) -> None:
    action = led(here, ActionState.SENT, kind)

    assert actions.freed(here.db, NOW) == ((action,) if kind is ActionKind.CANCEL else ())


def test_what_was_written_for_an_action_that_ended_meanwhile_is_to_be_cleared_away(
    here: World,
) -> None:
    action = led(here, ActionState.HOLDING)
    with here.db.transaction() as sql:
        actions.move(sql, action, ActionState.REJECTED, NOW)

    for late in (Written("a.ics", "1"), Written("b.ics", "2")):
        with pytest.raises(Overtaken):
            actions.hold(here.db, action, late, NOW)

    ended = here.action(action.id)
    assert (ended.state, ended.untidy) == (ActionState.REJECTED, True)
    assert (ended.hold_ref, ended.hold_etag) == ("a.ics", "1")


def test_what_follows_writes_no_entry_of_its_own_that_were_to_be_cleared_away(here: World) -> None:
    action = led(here, ActionState.HOLDING, ActionKind.CANCEL)
    with here.db.transaction() as sql:
        actions.move(sql, action, ActionState.REJECTED, NOW)

    with pytest.raises(Overtaken):
        actions.hold(here.db, action, Written("a.ics", "1"), NOW)

    ended = here.action(action.id)
    assert (ended.untidy, ended.hold_ref) == (False, "")


def test_what_another_has_taken_up_goes_on_with_them_alone(here: World) -> None:
    first = led(here, ActionState.HOLDING)
    with here.db.transaction() as sql:
        second = actions.go_on_with(sql, first, NOW - HOUR)  # by a clock set back meanwhile

    with pytest.raises(Overtaken), here.db.transaction() as sql:
        actions.go_on_with(sql, first, NOW)
    with pytest.raises(Overtaken), here.db.transaction() as sql:
        actions.move(sql, first, HELD, NOW)
    with here.db.transaction() as sql:
        actions.move(sql, second, HELD, NOW)


def test_an_approval_is_taken_once(here: World) -> None:
    action = held(here)
    with here.db.transaction() as sql:
        approval = actions.take_approval(sql, action, 1, NOW)
        action = actions.move(sql, action, ActionState.INVITING, NOW)
    assert approval.payload == action.payload
    with pytest.raises(FrozenInstanceError):
        approval.payload = payload(ActionKind.CANCEL)  # type: ignore[misc]

    with pytest.raises(Overtaken), here.db.transaction() as sql:
        actions.take_approval(sql, action, 1, NOW)
    with pytest.raises(sqlite3.IntegrityError, match="used already"), here.db.transaction() as sql:
        sql.execute("UPDATE approval SET used_s = 1")


def test_nobody_else_can_make_an_approval(here: World) -> None:
    action = held(here)

    with pytest.raises(TypeError, match="from nowhere else"):
        Approval(action.id, action.payload, NOW)


def test_a_yes_to_what_is_old_is_said_beside_the_approval(here: World) -> None:
    action = approved(here, stored(here))
    before = actions.consent(here.db, action.id)
    assert before is not None

    with here.db.transaction() as sql:
        actions.accept_old_content(sql, action.id)

    assert actions.consent(here.db, action.id) == before._replace(old_content_ok=True)


def test_when_a_yes_was_given_is_counted_by_the_ledgers_own_clock(here: World) -> None:
    action = stored(here)
    assert actions.counted_yes(here.db, action.id) is None

    approved(here, action)
    assert actions.counted_yes(here.db, action.id) == NOW

    with here.db.transaction() as sql:
        sql.execute("UPDATE approval SET counted_s = NULL")  # from before that was kept
    assert actions.counted_yes(here.db, action.id) is None


def test_what_was_taken_anew_is_not_given_back_by_who_saw_the_taking_before(here: World) -> None:
    action = held(here)
    claims = []
    for _ in range(2):
        with here.db.transaction() as sql:
            actions.take_approval(sql, action, 1, NOW)
            action = actions.move(sql, action, ActionState.INVITING, NOW)
            claims.append(actions.claim_of(here.db, action.id))
        with pytest.raises(Overtaken), here.db.transaction() as sql:
            actions.give_back(sql, action, claims[0] if len(claims) > 1 else 0)
        assert actions.claim_of(here.db, action.id) == claims[-1]
        with here.db.transaction() as sql:
            actions.give_back(sql, action, claims[-1])
            action = actions.move(sql, action, ActionState.HELD, NOW)
        assert actions.claim_of(here.db, action.id) is None
    assert sendings.sent_in_run(here.db, 1) == 0


def test_a_note_about_a_state_that_has_passed_is_not_kept(here: World) -> None:
    action = held(here)
    with here.db.transaction() as sql:
        actions.move(sql, action, ActionState.NEEDS_REVIEW, NOW, "ask the guest")
        actions.set_note(sql, action, "the next run tries again")

    assert here.action(action.id).note == "ask the guest"


def test_an_approval_of_another_payload_is_not_taken(here: World) -> None:
    action = held(here)
    other = replace(action, payload=replace(action.payload, title="Lunch?"))

    with pytest.raises(Overtaken), here.db.transaction() as sql:
        actions.take_approval(sql, other, 1, NOW)
    assert sendings.sent_in_run(here.db, 1) == 0


def test_what_was_given_back_can_be_taken_again_and_counts_once(here: World) -> None:
    action = held(here)
    for run in (1, 2):
        with here.db.transaction() as sql:
            actions.take_approval(sql, action, run, NOW)
            action = actions.move(sql, action, ActionState.INVITING, NOW)
        assert used(here, action)
        if run == 1:
            with here.db.transaction() as sql:
                actions.give_back(sql, action)
                action = actions.move(sql, action, ActionState.HELD, NOW)
            assert not used(here, action)

    assert (sendings.sent_in_run(here.db, 1), sendings.sent_in_run(here.db, 2)) == (0, 1)


def test_giving_back_what_nobody_took_changes_nothing(here: World) -> None:
    action = held(here)

    with here.db.transaction() as sql:
        actions.give_back(sql, action)

    assert not used(here, action)
    assert here.action(action.id) == action


def test_what_went_out_is_counted_by_run_day_and_guest(here: World) -> None:
    action = held(here)
    with here.db.transaction() as sql:
        actions.take_approval(sql, action, 7, NOW)
    guest, other = action.payload.recipient, action_id("there", 1, ActionKind.INVITE, 0)

    def sent_to(*addresses: str, person: str = "raj", besides: ActionId = other) -> int:
        since, kind = NOW - HOUR, ActionKind.INVITE
        return sendings.sent_to(here.db, kind, addresses, since, person=person, besides=besides)

    assert sendings.sent_in_run(here.db, 7) == 1
    assert sendings.sent_since(here.db, NOW - HOUR) == 1
    assert sendings.sent_since(here.db, NOW) == 0
    assert sent_to(guest) == sent_to("x@example.com", guest) == 1
    assert sent_to("x@example.com", person=action.person) == 1
    assert sent_to("x@example.com") == sent_to("x@example.com", person="") == 0
    assert sent_to(guest, besides=action.id) == 0


def test_the_count_of_sendings_knows_no_address(here: World) -> None:
    action = held(here)
    with here.db.transaction() as sql:
        actions.take_approval(sql, action, 7, NOW)

    assert "example.com" not in str(here.db.rows("SELECT * FROM sending"))


def test_a_note_that_says_the_same_is_not_written_again(here: World) -> None:
    action = stored(here)
    with here.db.transaction() as sql:
        actions.set_note(sql, action, "waits")
        before = sql.total_changes
        actions.set_note(sql, action, "waits")

        assert sql.total_changes == before
    assert here.action(action.id).note == "waits"


def test_an_action_nobody_can_read_is_an_unusable_state(here: World) -> None:
    stored(here)
    with here.db.transaction() as sql:
        sql.execute("UPDATE action SET payload = '{}'")

    with pytest.raises(StateUnusable, match="cannot be read"):
        actions.of_proposal(here.db, 1)


def test_seconds_are_what_the_ledger_keeps(here: World) -> None:
    action = stored(here)
    with here.db.transaction() as sql:
        moved = actions.move(
            sql, action, ActionState.APPROVED, NOW + timedelta(microseconds=999_999)
        )

    assert moved == actions.get(here.db, action.id)
