from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.sending import approving, outcome
from agent.sending.approving import Offer
from agent.sending.payloads import CannotApprove
from agent.settings import CalendarSettings, SourceKind
from agent.store import actions, people, proposals
from agent.store.pause import pause
from connectors.errors import MayHaveHappened
from connectors.smtp.message import compose
from connectors.smtp.recipients import named_guests
from policies.people.person import Boundaries
from policies.proposal import Answer, ProposalState
from policies.sending.action import ActionKind, ActionState
from tests.agent.model_channel import Fault, error
from tests.agent.store.stored import meeting
from tests.agent.world import (
    ANA,
    DAY,
    FIRST,
    HOUR,
    NOW,
    SETTINGS,
    Crash,
    Making,
    World,
    slots,
)

CLASH = meeting("2026-04-09 10:00", "boss@example.com", title="Secret merger")


def prepared(here: World, number: int = 1, **words: Any) -> Offer:  # noqa: ANN401 - slot, title, text
    return approving.prepare(here.db, here.settings, number, now=here.clock.now(), **words)


def test_what_is_offered_is_what_is_stored_and_nothing_is_stored_before(made: Making) -> None:
    here = made()
    here.propose()

    offer = prepared(here)

    assert actions.of_proposal(here.db, 1) == ()
    approved = approving.approve(here.db, here.settings, offer, now=NOW)
    assert here.action(approved).payload == offer.payload
    assert here.action(approved).payload_digest == offer.payload.digest
    assert here.action(approved).state is ActionState.APPROVED
    yes = actions.consent(here.db, approved.action.id)
    assert yes is not None
    assert (yes.digest, yes.given, yes.used) == (offer.payload.digest, NOW, False)
    assert yes.expires - yes.given == timedelta(hours=72)
    assert here.proposal(1).state is ProposalState.APPROVED


def test_the_payload_says_all_there_is_to_say(made: Making) -> None:
    here = made()
    here.propose()

    payload = prepared(here).payload

    assert payload.kind is ActionKind.INVITE
    assert (payload.recipient, payload.recipient_name) == (ANA.addresses[0], "Ana Silva")
    assert (payload.sender, payload.sender_name) == ("olle@example.com", "Olle Owner")
    assert payload.when == FIRST
    assert (payload.title, payload.location) == ("Coffee, Ana and Olle", "Café Nord")
    assert (payload.calendar, payload.channel, payload.sequence) == ("work", "mail", 0)
    assert payload == prepared(here).payload


def test_approving_twice_is_approving_once(made: Making) -> None:
    here = made()
    here.propose()
    offer = prepared(here)
    first = approving.approve(here.db, here.settings, offer, now=NOW)

    second = approving.approve(here.db, here.settings, offer, now=NOW + HOUR)

    assert (first.new, second.new) == (True, False)
    assert second.given == NOW
    assert len(actions.of_proposal(here.db, 1)) == 1
    standing = approving.standing_yes(here.db, 1)
    assert standing is not None
    assert standing.given == NOW


@pytest.mark.parametrize("other", [{"slot": 1}, {"text": "Shall we?"}])
@pytest.mark.parametrize("sent", [True, False])
def test_a_yes_to_anything_else_than_was_approved_meanwhile_is_no_yes_to_that(
    made: Making, other: dict[str, Any], sent: bool
) -> None:
    here = made()
    here.propose()
    offer = prepared(here, **other)
    here.approve(1)
    if sent:
        here.settle()

    with pytest.raises(CannotApprove, match="approved for another time or in other words"):
        approving.approve(here.db, here.settings, offer, now=NOW)


def test_killed_before_the_commit_nothing_is_approved_and_after_it_is(made: Making) -> None:
    for kill, state in (("K0", ProposalState.OPEN), ("K1", ProposalState.APPROVED)):
        here = made()
        here.propose()

        def dies(kill: str = kill) -> None:
            raise Crash(kill)

        here.on[kill] = dies
        with pytest.raises(Crash):
            here.approve(1)

        assert here.proposal(1).state is state
        assert len(actions.of_proposal(here.db, 1)) == (kill == "K1")
        here.settle()
        assert len(here.outbox) == (kill == "K1")


def test_another_time_takes_the_text_with_it(made: Making) -> None:
    here = made()
    here.propose()

    offer = prepared(here, slot=1)
    approving.approve(here.db, here.settings, offer, now=NOW)

    assert offer.payload.when.start == FIRST.start + DAY
    assert "Friday" in offer.payload.text
    assert offer.warnings == ()
    assert here.proposal(1).chosen == 1
    assert here.proposal(1).draft.text == offer.payload.text


def test_a_text_that_does_not_follow_is_pointed_out(made: Making) -> None:
    here = made()
    here.propose(text="Coffee some day?")

    assert "--edit" in prepared(here, slot=1).warnings[0]
    assert prepared(here, slot=1, text="Coffee on Friday?").warnings == ()


def test_words_that_make_people_feel_used_are_to_be_looked_at_twice(made: Making) -> None:
    here = made()
    here.propose()

    offer = prepared(here, text="May I pick your brain? cal.com/olle")
    assert [each.partition(": ")[0] for each in offer.warnings] == ["“pick your brain”", "cal.com"]
    assert not offer.doubtful


def test_the_owners_own_words_are_sent_and_kept(made: Making) -> None:
    here = made()
    here.propose()

    offer = prepared(here, title=" Lunch\tafter  all ", text="Dear Ana,\r\n\r\nlunch?  \r\n")
    approving.approve(here.db, here.settings, offer, now=NOW)

    assert offer.payload.title == "Lunch after all"
    assert offer.payload.text == "Dear Ana,\n\nlunch?"
    draft = here.proposal(1).draft
    assert (draft.title, draft.text) == (offer.payload.title, offer.payload.text)


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ({"title": " \n"}, "title is empty"),
        ({"title": "x" * 201}, "longer than 200"),
        ({"text": "x" * 8_001}, "longer than 8000"),
        ({"slot": 3}, "no time 4"),
        ({"slot": -1}, "no time 0"),
    ],
)
def test_unfit_words_and_times_are_refused(made: Making, words: dict[str, Any], cause: str) -> None:
    here = made()
    here.propose()

    with pytest.raises(CannotApprove, match=cause):
        prepared(here, **words)


@pytest.mark.parametrize(("times", "remedy"), [(2, "choose from 1 to 2"), (1, "it has only one")])
def test_which_times_there_are_is_said(made: Making, times: int, remedy: str) -> None:
    here = made()
    here.propose(slots=slots()[:times])

    with pytest.raises(CannotApprove) as raised:
        prepared(here, slot=7)

    assert raised.value.remedy == remedy


# ------------------------------------------------------------------ why it cannot be


def test_a_time_taken_meanwhile_is_refused_and_another_named(made: Making) -> None:
    here = made()
    here.propose()
    here.read([CLASH])

    with pytest.raises(CannotApprove, match="no longer free") as raised:
        prepared(here)

    assert "fika approve 1 --slot 2" in raised.value.remedy
    assert "Fri 10 Apr 10:00" in raised.value.remedy
    assert "merger" not in str(raised.value)


def test_without_any_good_time_the_next_run_looks_for_others(made: Making) -> None:
    here = made()
    here.propose()
    here.clock.forward(10 * DAY)
    here.read()

    with pytest.raises(CannotApprove, match="away") as raised:
        prepared(here)

    assert "reject it" in raised.value.remedy


def test_a_time_taken_between_the_offer_and_the_yes_is_refused(made: Making) -> None:
    here = made()
    here.propose()
    offer = prepared(here)
    here.read([CLASH])

    with pytest.raises(CannotApprove, match="no longer free"):
        approving.approve(here.db, here.settings, offer, now=NOW)

    assert actions.of_proposal(here.db, 1) == ()


def test_an_offer_from_before_something_came_of_it_is_refused(made: Making) -> None:
    here = made()
    here.propose()
    offer = prepared(here)
    here.approve(1)
    here.channel.faults = [Fault("deliver", False, error(MayHaveHappened))]
    here.settle()
    outcome.settle_by_owner(here.db, 1, NOW, sent=False)
    assert here.proposal(1).state is ProposalState.OPEN

    with pytest.raises(CannotApprove, match="changed meanwhile"):
        approving.approve(here.db, here.settings, offer, now=NOW)


@pytest.mark.parametrize("state", ["rejected", "expired", "cancelled", "sent"])
def test_only_an_open_proposal_can_be_approved(made: Making, state: str) -> None:
    here = made()
    here.propose()
    offer = prepared(here)
    with here.db.transaction() as sql:
        proposals.set_state(sql, 1, ProposalState(state))

    with pytest.raises(CannotApprove, match=f"is {state}") as raised:
        prepared(here)
    assert raised.value.remedy == "see `fika proposals --all`"
    with pytest.raises(CannotApprove, match="changed meanwhile"):
        approving.approve(here.db, here.settings, offer, now=NOW)


def test_there_is_no_approving_what_is_not_there(made: Making) -> None:
    with pytest.raises(CannotApprove, match="no proposal 7"):
        prepared(made(), 7)


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"addresses": ("other@example.com",)}, "is not an address of"),
        ({"boundaries": Boundaries(do_not_contact=True)}, "not to be contacted"),
        ({"boundaries": Boundaries(not_before=(NOW + DAY).date())}, "before 2026-04-01"),
    ],
)
def test_the_person_decides_whether_they_are_written_to(
    made: Making, changes: dict[str, object], cause: str
) -> None:
    here = made()
    here.propose()
    with here.db.transaction() as sql:
        people.save(sql, replace(ANA, **changes))  # type: ignore[arg-type]

    with pytest.raises(CannotApprove, match=cause):
        prepared(here)


def test_not_before_a_day_means_the_owners_day(made: Making) -> None:
    here = made(owner=replace(SETTINGS.owner, zone="Pacific/Auckland"))
    tomorrow = Boundaries(not_before=(NOW + DAY).date())  # at noon UTC, that day has begun there
    here.propose(replace(ANA, boundaries=tomorrow))

    assert prepared(here).payload.recipient == ANA.addresses[0]


def test_someone_taken_off_the_list_is_not_invited(made: Making) -> None:
    here = made()
    here.propose()
    with here.db.transaction() as sql:
        people.remove(sql, ANA.id)

    with pytest.raises(CannotApprove, match="no longer on your list"):
        prepared(here)


@pytest.mark.parametrize(
    "address",
    [
        "team-all@example.com",
        "noreply@example.com",
        "sales@example.com",
        "room.12@example.com",
        "olle@example.com",
        "olle@work.example.org",
    ],
)
def test_nobody_in_particular_and_the_owner_are_not_invited(made: Making, address: str) -> None:
    here = made()
    here.propose(replace(ANA, addresses=(address,)))

    with pytest.raises(CannotApprove, match=address):
        prepared(here)


@pytest.mark.parametrize("address", ["аna@example.com", "ana@examp1e.com"])  # noqa: RUF001 - the point
def test_an_address_that_only_looks_right_needs_a_second_look(made: Making, address: str) -> None:
    here = made()
    here.propose(replace(ANA, addresses=(address,)))

    offer = prepared(here)

    assert offer.doubtful
    assert address in offer.warnings[0]


def test_a_pause_holds_approvals_back(made: Making) -> None:
    here = made()
    here.propose()
    with here.db.transaction() as sql:
        pause(sql, NOW + DAY)

    with pytest.raises(CannotApprove, match="paused") as raised:
        prepared(here)

    assert "pause --off" in raised.value.remedy


@pytest.mark.parametrize(
    ("changes", "cause"),
    [({"mail": None}, "no mail server"), ({"write_calendar": ""}, "no calendar to write to")],
)
def test_nothing_is_approved_that_could_never_go_out(
    made: Making, changes: dict[str, object], cause: str
) -> None:
    here = made(**changes)
    here.propose()

    with pytest.raises(CannotApprove, match=cause):
        prepared(here)


def test_a_person_without_an_address_is_not_invited(made: Making) -> None:
    here = made()
    here.propose(address="")

    with pytest.raises(CannotApprove, match="no usable address"):
        prepared(here)


# ------------------------------------------------------------------ calendars of another day


def make_old(here: World) -> None:
    """The file of one calendar has not changed for three days."""
    with here.db.transaction() as sql:
        sql.execute(
            "UPDATE calendar SET content_at_s = ? WHERE name = 'work'",
            (int((here.clock.now() - 3 * DAY).timestamp()),),
        )


def test_an_old_file_asks_for_a_yes_of_its_own(made: Making) -> None:
    here = made()
    here.propose()
    make_old(here)
    offer = prepared(here)

    assert [each.name for each in offer.old] == ["work"]
    with pytest.raises(CannotApprove, match="not changed for long: work"):
        approving.approve(here.db, here.settings, offer, now=NOW)

    approving.approve(here.db, here.settings, offer, now=NOW, accept_old=True)
    here.settle()
    assert len(here.outbox) == 1


def test_a_file_that_grew_old_after_the_yes_waits_for_another(made: Making) -> None:
    here = made()
    approved = here.approve(here.propose())
    make_old(here)

    here.settle()
    assert "has not changed for 3d" in here.action(approved).note
    assert here.outbox == []

    approving.accept_old(here.db, approved)
    here.settle()
    assert len(here.outbox) == 1


@pytest.mark.parametrize("kept_fresh", [{"synced": True}, {"kind": SourceKind.FEED}])
def test_a_synced_file_or_a_feed_is_as_fresh_as_its_reading(
    made: Making, kept_fresh: dict[str, Any]
) -> None:
    here = made(calendars=tuple(replace(each, **kept_fresh) for each in SETTINGS.calendars))
    here.propose()
    make_old(here)

    assert prepared(here).old == ()


def test_a_calendar_that_takes_no_time_may_be_old_or_unread(made: Making) -> None:
    free = CalendarSettings("holidays", SourceKind.FEED, url="https://example.com", busy=False)
    here = made(calendars=(*SETTINGS.calendars, free))
    here.propose()

    assert prepared(here).payload.recipient == ANA.addresses[0]


@pytest.mark.parametrize("kind", [SourceKind.FEED, SourceKind.ICS])
def test_a_calendar_never_read_stops_approving(made: Making, kind: SourceKind) -> None:
    here = made(calendars=(*SETTINGS.calendars, CalendarSettings("new", kind)))
    here.propose()

    with pytest.raises(CannotApprove, match="new could not be read") as raised:
        prepared(here)

    assert "fika run" in raised.value.remedy


# ------------------------------------------------------------------ what follows


def test_calling_off_keeps_the_meeting_and_raises_the_sequence(made: Making) -> None:
    here = made()
    invited = here.approve(here.propose()).action.payload
    here.settle()

    offer = approving.prepare_cancel(here.db, here.settings, 1, now=here.clock.now())

    assert offer.payload.kind is ActionKind.CANCEL
    assert (offer.payload.uid, offer.payload.sequence) == (invited.uid, 1)
    assert offer.payload.recipient == invited.recipient
    assert offer.payload.text.startswith("Hi Ana,")


@pytest.mark.parametrize(
    ("text", "greeting"),
    [("Dear Ana,\n\ncoffee?", "Dear Ana,\n\nI am sorry"), ("Coffee?", "Hello Ana,\n\nI am sorry")],
)
def test_a_cancellation_greets_as_the_invitation_did(
    made: Making, text: str, greeting: str
) -> None:
    here = made()
    here.approve(here.propose(text=text))
    here.settle()

    offer = approving.prepare_cancel(here.db, here.settings, 1, now=here.clock.now())
    assert offer.payload.text.startswith(greeting)


def test_called_off_once_it_cannot_be_called_off_again(made: Making) -> None:
    here = made()
    here.approve(here.propose())
    here.settle()
    here.call_off(1)
    here.settle()

    with pytest.raises(CannotApprove, match="called off already"):
        here.call_off(1)


def test_what_is_over_cannot_be_called_off_and_nobody_is_told_to_reject_it(made: Making) -> None:
    here = made()
    here.approve(here.propose())
    here.settle()
    here.later(30 * DAY)

    with pytest.raises(CannotApprove, match="over") as refused:
        here.call_off(1)
    assert refused.value.remedy == "see `fika show 1`"


@pytest.mark.parametrize(
    ("answer", "opening"),
    [
        (Answer.NONE, "I am sorry, I have to ask you for another time."),
        (Answer.ACCEPTED, "I am sorry, I have to ask you for another time."),
        (Answer.DECLINED, "Thank you for letting me know."),
        (Answer.COUNTERED, "Thank you for letting me know."),
    ],
)
def test_a_new_time_is_told_in_words_that_know_of_the_first(
    made: Making, answer: Answer, opening: str
) -> None:
    here = made()
    here.approve(here.propose(text="Dear Ana,\n\ncoffee on Thursday?\n\nYours,\nOlle"))
    here.settle()
    with here.db.transaction() as sql:
        proposals.set_answer(sql, 1, answer, "", here.clock.now())

    assert here.move(1, 1).action.payload.text == (
        f"Dear Ana,\n\n{opening} Would Friday suit you instead? If not, tell me what would."
        "\n\nYours,\nOlle"
    )


def test_moved_and_then_called_off_the_sequence_goes_on(made: Making) -> None:
    here = made()
    here.approve(here.propose())
    here.settle()
    here.move(1, 1)
    here.settle()
    with pytest.raises(CannotApprove, match="for this time already"):
        here.move(1, 1)
    here.later(DAY)

    here.call_off(1)
    here.settle()

    assert [each.sequence for each in here.outbox] == [0, 1, 2]
    assert len({each.uid for each in here.outbox}) == 1
    assert here.channel.entries == {}


def test_a_cancellation_on_the_screen_is_of_the_meeting_as_the_guest_knows_it_then(
    made: Making,
) -> None:
    here = made()
    here.approve(here.propose())
    here.settle()
    now = here.clock.now()
    offer = approving.prepare_cancel(here.db, here.settings, 1, now=now)
    here.move(1, 1)

    with pytest.raises(CannotApprove, match="still being sent"):
        approving.approve(here.db, here.settings, offer, now=now)
    here.settle()
    with pytest.raises(CannotApprove, match="changed meanwhile"):
        approving.approve(here.db, here.settings, offer, now=now)

    here.call_off(1)
    here.settle()
    assert [each.sequence for each in here.outbox] == [0, 1, 2]


def test_a_move_on_the_screen_is_none_once_the_meeting_is_called_off(made: Making) -> None:
    here = made()
    here.approve(here.propose())
    here.settle()
    now = here.clock.now()
    offer = approving.prepare_move(here.db, here.settings, 1, 1, now=now)
    here.call_off(1)

    with pytest.raises(CannotApprove, match="still being sent"):
        approving.approve(here.db, here.settings, offer, now=now)
    here.settle()
    with pytest.raises(CannotApprove, match="called off already"):
        approving.approve(here.db, here.settings, offer, now=now)


def test_a_move_to_a_taken_time_is_refused(made: Making) -> None:
    here = made()
    here.approve(here.propose())
    here.settle()
    here.read([meeting("2026-04-10 10:15", "boss@example.com")])

    with pytest.raises(CannotApprove, match="no longer free"):
        here.move(1, 1)


def test_while_nobody_can_tell_nothing_follows(made: Making) -> None:
    here = made()
    here.approve(here.propose())
    here.channel.faults = [Fault("deliver", True, error(MayHaveHappened))]
    here.settle()

    with pytest.raises(CannotApprove, match="nobody can tell"):
        here.call_off(1)
    with pytest.raises(CannotApprove, match="nobody can tell"):
        here.move(1, 1)


def test_before_it_is_sent_nothing_follows(made: Making) -> None:
    here = made()
    here.propose()
    with pytest.raises(CannotApprove, match="never sent") as raised:
        here.call_off(1)
    assert "fika reject 1" in raised.value.remedy

    here.approve(1)
    with pytest.raises(CannotApprove, match="still being sent"):
        here.call_off(1)


def test_someone_taken_off_the_list_is_still_told_that_it_is_off(made: Making) -> None:
    here = made()
    here.approve(here.propose())
    here.settle()
    with here.db.transaction() as sql:
        people.remove(sql, ANA.id)

    here.call_off(1)
    here.settle()

    assert [each.kind for each in here.outbox] == [ActionKind.INVITE, ActionKind.CANCEL]


# ------------------------------------------------------------------ guests


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.text(min_size=1, max_size=60),
    title=st.text(max_size=60),
    text=st.text(max_size=60),
)
def test_whatever_a_person_is_called_only_the_approved_guest_is_invited(
    made: Making, name: str, title: str, text: str
) -> None:
    here = made()
    here.propose(replace(ANA, name=name), title=f"x{title}", text=text)

    payload = prepared(here).payload

    assert named_guests(compose(payload, NOW).as_bytes()) == {ANA.addresses[0]}
    here.db.close()
