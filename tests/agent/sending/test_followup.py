from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from agent.sending import followup
from agent.sending.followup import Answered, Imported
from agent.store import actions, meetings, memory_meetings, revival
from agent.store.contact_times import times_with
from connectors.errors import MayHaveHappened, TemporarilyUnavailable
from connectors.ical.reply import NotAReply
from policies.calendar.event import Attendee, Event, Response, Span
from policies.proposal import Answer, ProposalState
from policies.sending.action import ActionState
from policies.wall import seconds
from tests.agent.model_channel import Fault, error
from tests.agent.store import stored
from tests.agent.world import ANA, DAY, FIRST, HOUR, Making, World
from tests.connectors.replies import counter, google, mailbox, mailed, outlook
from tests.make import utc, wall


@pytest.fixture
def here(made: Making) -> World:
    """Ana has her invitation."""
    here = made()
    here.approve(here.propose())
    here.settle()
    here.later(4 * DAY)
    return here


def uid(here: World) -> str:
    return actions.of_proposal(here.db, 1)[0].payload.uid


def take(here: World, data: bytes) -> Imported:
    return followup.take_replies(here.db, here.settings, data, here.clock.now())


def stamped(data: bytes, when: str) -> bytes:
    return data.replace(b"DTSTAMP:20260402T091500Z", f"DTSTAMP:{when}".encode())


# ------------------------------------------------------------------ files


@pytest.mark.parametrize(
    ("partstat", "answer"),
    [
        ("ACCEPTED", Answer.ACCEPTED),
        ("TENTATIVE", Answer.TENTATIVE),
        ("DECLINED", Answer.DECLINED),
        ("DELEGATED", Answer.DECLINED),
    ],
)
def test_an_answer_is_kept_beside_the_proposal(here: World, partstat: str, answer: Answer) -> None:
    found = take(here, google(partstat, uid(here)))

    assert found.answered == (Answered(1, ANA.id, answer, "See you, Olle"),)
    proposal = here.proposal(1)
    assert (proposal.answer, proposal.comment) == (answer, "See you, Olle")
    assert proposal.state is ProposalState.SENT


def test_an_answer_without_organiser_and_sequence_counts_too(here: World) -> None:
    take(here, outlook(uid=uid(here)))

    assert here.proposal(1).answer is Answer.DECLINED


def test_another_time_that_is_asked_for_stands_in_the_comment(here: World) -> None:
    take(here, counter(uid(here)))

    assert here.proposal(1).answer is Answer.COUNTERED
    assert here.proposal(1).comment == "asks for Thu 9 Apr 14:30. Later?"


def test_another_time_that_is_asked_for_becomes_one_of_the_proposals_own(here: World) -> None:
    before = here.proposal(1).draft.slots
    for _ in range(2):
        take(here, counter(uid(here)))

    slots = here.proposal(1).draft.slots
    assert slots[:-1] == before
    assert slots[-1].when.start == utc("2026-04-09 12:30")
    told = followup.look(here.db, here.settings, here.clock.now()).changed[-1]
    assert told.sentence.startswith("proposes Thu 9 Apr 14:30; `fika approve 1 --slot ")


def test_the_time_the_guest_asked_for_is_agreed_to_and_not_asked_again(here: World) -> None:
    take(here, counter(uid(here)))
    here.later(DAY)

    text = here.move(1, len(here.proposal(1).draft.slots) - 1).action.payload.text
    assert "Thursday 9 April at 14:30 Berlin time suits me well" in text


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((b"", b""), "no invitation of ours"),
        ((b"mailto:ana.silva@example.com", b"mailto:eve@example.net"), "not invited"),
        ((b"PARTSTAT=ACCEPTED", b"PARTSTAT=NEEDS-ACTION"), "neither accepts nor declines"),
    ],
)
def test_an_answer_that_does_not_count_is_refused_with_its_reason(
    here: World, change: tuple[bytes, bytes], reason: str
) -> None:
    known = uid(here) if change[0] else "another"
    found = take(here, google(uid=known).replace(*change))

    assert found.answered == ()
    assert reason in found.refused[0]
    assert here.proposal(1).answer is Answer.NONE


def test_what_an_answer_calls_itself_is_shown_without_what_could_act_on_a_terminal(
    here: World,
) -> None:
    found = take(here, google(uid="x", guest="e\x1b[2Jve@example.net"))

    assert "\x1b" not in found.refused[0]


def test_the_guest_may_answer_from_another_address_of_theirs(made: Making) -> None:
    here = made()
    here.approve(here.propose(replace(ANA, addresses=(*ANA.addresses, "ana@example.net"))))
    here.settle()

    take(here, google(uid=uid(here), guest="ana@example.net"))

    assert here.proposal(1).answer is Answer.ACCEPTED


def test_the_newest_answer_counts_in_whatever_order_they_come(here: World) -> None:
    take(here, stamped(google("DECLINED", uid(here)), "20260403T090000Z"))

    found = take(here, stamped(google("ACCEPTED", uid(here)), "20260402T090000Z"))

    assert "newer answer" in found.refused[0]
    assert here.proposal(1).answer is Answer.DECLINED
    take(here, stamped(google("ACCEPTED", uid(here)), "20260403T100000Z"))
    assert here.proposal(1).answer is Answer.ACCEPTED


def test_the_same_answer_again_changes_nothing(here: World) -> None:
    take(here, google(uid=uid(here)))
    before = here.db.rows("SELECT * FROM proposal")

    assert len(take(here, mailbox(mailed(google(uid=uid(here))))).answered) == 1

    assert here.db.rows("SELECT * FROM proposal") == before


def test_an_answer_dated_in_the_future_is_from_now(here: World) -> None:
    take(here, stamped(google("ACCEPTED", uid(here)), "20990101T000000Z"))

    take(here, stamped(google("DECLINED", uid(here)), "20260404T130000Z"))

    assert here.proposal(1).answered == here.clock.now()


def test_an_answer_to_the_time_before_does_not_count_for_the_new_one(here: World) -> None:
    here.move(1, 1)
    here.settle()

    assert "earlier version" in take(here, google(uid=uid(here))).refused[0]
    newer = stamped(google(uid=uid(here)), "20260404T130000Z").replace(b"SEQUENCE:0", b"SEQUENCE:1")
    take(here, newer)
    assert here.proposal(1).answer is Answer.ACCEPTED


def test_without_a_number_the_date_tells_to_which_version_an_answer_is(here: World) -> None:
    here.move(1, 1)
    here.settle()

    assert "earlier version" in take(here, outlook("ACCEPTED", uid(here))).refused[0]
    assert here.proposal(1).answer is Answer.NONE
    take(here, stamped(outlook("ACCEPTED", uid(here)), "20260404T130000Z"))
    assert here.proposal(1).answer is Answer.ACCEPTED


def test_a_time_agreed_to_stays_though_the_guest_asks_for_another_before_it_is_sent(
    here: World,
) -> None:
    take(here, counter(uid(here)))
    agreed = len(here.proposal(1).draft.slots) - 1
    here.move(1, agreed)
    again = counter(uid(here)).replace(b"T143000", b"T163000").replace(b"T151500", b"T171500")
    take(here, stamped(again, "20260403T090000Z"))

    here.settle()

    assert here.proposal(1).slot.when.start == utc("2026-04-09 12:30")


def test_an_answer_to_a_meeting_called_off_is_too_late(here: World) -> None:
    here.call_off(1)
    here.settle()

    assert "called off" in take(here, google(uid=uid(here))).refused[0]


def test_an_answer_proves_that_the_invitation_arrived(made: Making) -> None:
    here = made()
    approved = here.approve(here.propose())
    here.channel.faults = [Fault("deliver", True, error(MayHaveHappened))]
    here.settle()
    assert here.action(approved).state is ActionState.NEEDS_REVIEW

    take(here, google(uid=uid(here)))

    assert here.action(approved).state is ActionState.SENT
    assert here.proposal(1).state is ProposalState.SENT
    assert here.proposal(1).answer is Answer.ACCEPTED

    here.settle()
    assert len(here.channel.entries) == 1


def test_an_answer_does_not_prove_that_the_new_time_arrived(here: World) -> None:
    here.move(1, 1)
    here.channel.faults = [Fault("deliver", False, error(MayHaveHappened))]
    here.settle()

    take(here, stamped(outlook(uid=uid(here)), "20260404T130000Z"))

    assert actions.of_proposal(here.db, 1)[-1].state is ActionState.NEEDS_REVIEW
    assert here.proposal(1).answer is Answer.DECLINED


def test_an_answer_before_anything_was_sent_is_to_nothing(made: Making) -> None:
    here = made()
    here.approve(here.propose())

    assert "no invitation of ours" in take(here, google(uid=uid(here))).refused[0]


def test_answers_send_nothing(here: World) -> None:
    calls, told = list(here.channel.calls), list(here.outbox)
    for data in (google("DECLINED", uid(here)), counter(uid(here)), outlook(uid=uid(here))):
        take(here, data)
        here.settle()

    assert (here.channel.calls, here.outbox) == (calls, told)


def test_several_answers_in_one_file_are_taken_each_for_itself(here: World) -> None:
    found = take(here, mailbox(mailed(google(uid="other")), mailed(google(uid=uid(here)))))

    assert (len(found.answered), len(found.refused)) == (1, 1)


def test_a_file_without_an_answer_says_so(here: World) -> None:
    with pytest.raises(NotAReply):
        take(here, b"nothing")


# ------------------------------------------------------------------ calendars


def copy(
    here: World,
    response: Response | None = None,
    start: str = "2026-04-09 10:00",
    changed: datetime | None = None,
) -> Event:
    """The owner's copy of the meeting, as a calendar shows it."""
    return Event(
        uid=uid(here),
        start=wall(start),
        span=Span(0, 45 * 60),
        attendees=(Attendee(ANA.addresses[0], response=response),) if response else (),
        last_modified_s=int(changed.timestamp()) if changed else 0,
    )


@pytest.mark.parametrize("response", [Response.ACCEPTED, Response.TENTATIVE, Response.DECLINED])
def test_an_answer_seen_in_a_calendar_is_kept_once(here: World, response: Response) -> None:
    here.read([copy(here, response)])

    found = followup.look(here.db, here.settings, here.clock.now())

    assert [each.answer.value for each in found.answered] == [response.value]
    assert here.proposal(1).answer.value == response.value
    assert followup.look(here.db, here.settings, here.clock.now()).answered == ()


@pytest.mark.parametrize("response", [None, Response.NEEDS_ACTION])
def test_no_answer_is_no_answer(here: World, response: Response | None) -> None:
    here.read([copy(here, response)])

    assert followup.look(here.db, here.settings, here.clock.now()).answered == ()


def test_a_calendar_that_does_not_say_when_never_overrules_a_mail(here: World) -> None:
    take(here, google("DECLINED", uid(here)))
    here.read([copy(here, Response.ACCEPTED)])

    followup.look(here.db, here.settings, here.clock.now())

    assert here.proposal(1).answer is Answer.DECLINED


@pytest.mark.parametrize(("hours", "answer"), [(-48, Answer.DECLINED), (48, Answer.ACCEPTED)])
def test_a_calendar_that_does_say_when_counts_if_it_is_newer(
    here: World, hours: int, answer: Answer
) -> None:
    take(here, stamped(google("DECLINED", uid(here)), "20260403T090000Z"))
    changed = here.clock.now() - 36 * HOUR + timedelta(hours=hours)
    here.later(3 * DAY)
    here.read([copy(here, Response.ACCEPTED, changed=changed)])

    followup.look(here.db, here.settings, here.clock.now())

    assert here.proposal(1).answer is answer


@pytest.mark.parametrize(
    ("private", "work", "answer"),
    [
        ((Response.ACCEPTED, 40), (Response.ACCEPTED, 20), Answer.ACCEPTED),
        ((Response.DECLINED, 40), (Response.ACCEPTED, 20), Answer.DECLINED),
        ((Response.DECLINED, 20), (Response.ACCEPTED, 40), Answer.ACCEPTED),
    ],
)
def test_of_copies_in_two_calendars_the_newest_answer_counts(
    here: World, private: tuple[Response, int], work: tuple[Response, int], answer: Answer
) -> None:
    sent = actions.of_proposal(here.db, 1)[0].updated
    both = [copy(here, said, changed=sent + hours * HOUR) for said, hours in (private, work)]
    stored.read(here.db, both[1:], both[:1], now=here.clock.now())

    followup.look(here.db, here.settings, here.clock.now())

    assert here.proposal(1).answer is answer
    assert followup.look(here.db, here.settings, here.clock.now()).answered == ()


def test_a_meeting_the_owner_removed_is_noticed(here: World) -> None:
    here.read([])

    (found,) = followup.look(here.db, here.settings, here.clock.now()).changed

    assert "removed" in found.sentence
    assert "fika cancel 1" in found.sentence


def test_an_entry_that_has_not_followed_yet_was_not_moved_by_the_owner(here: World) -> None:
    here.move(1, 1)
    here.channel.faults = [Fault("update", False, error(TemporarilyUnavailable))]
    here.settle()
    here.clock.forward(HOUR)
    here.read([copy(here)])
    assert followup.look(here.db, here.settings, here.clock.now()).changed == ()


@pytest.mark.parametrize("start", ["", "2026-04-11 10:00"])
def test_what_became_of_a_meeting_since_a_backup_the_guest_knows_better(
    here: World, start: str
) -> None:
    with here.db.transaction() as sql:
        revival.disarm(here.db, sql, here.clock.now())
    here.read([copy(here, start=start)] if start else [])

    (found,) = followup.look(here.db, here.settings, here.clock.now()).changed
    assert "when the backup was made: ask the guest" in found.sentence


def test_a_time_no_clock_shows_is_none_that_a_guest_asks_for(here: World) -> None:
    """As an older version may have stored it."""
    far = (ANA.addresses[0], 253_402_299_000, 253_402_300_740)
    here.read([replace(copy(here, Response.TENTATIVE), proposed=(far,))])

    followup.look(here.db, here.settings, here.clock.now())

    assert here.proposal(1).answer is Answer.TENTATIVE


def test_an_answer_dated_before_the_invitation_is_from_when_that_was_sent(here: World) -> None:
    take(here, stamped(google("DECLINED", uid(here)), "20240101T090000Z"))

    assert here.proposal(1).answered == actions.of_proposal(here.db, 1)[0].updated


def test_a_meeting_declined_is_told_of_while_its_time_is_kept(here: World) -> None:
    take(here, google("DECLINED", uid(here)))
    here.read([copy(here)])

    (found,) = followup.look(here.db, here.settings, here.clock.now()).changed
    assert "declined" in found.sentence
    assert "fika cancel 1" in found.sentence
    here.call_off(1)
    here.settle()
    assert followup.look(here.db, here.settings, here.clock.now()).changed == ()


def test_a_guest_who_declined_is_thanked_and_not_told_that_the_owner_is_sorry(here: World) -> None:
    take(here, google("DECLINED", uid(here)))

    text = here.call_off(1).action.payload.text
    assert "Thank you for letting me know" in text
    assert "sorry" not in text
    assert text.endswith("\n\nOlle")


def test_a_meeting_the_owner_moved_is_noticed_with_both_times(here: World) -> None:
    here.read([copy(here, start="2026-04-10 15:00")])

    (found,) = followup.look(here.db, here.settings, here.clock.now()).changed

    assert "Fri 10 Apr 15:00" in found.sentence
    assert "Thu 9 Apr 10:00" in found.sentence


def test_a_meeting_the_owner_moved_with_its_guest_counts_where_it_is_now(here: World) -> None:
    here.read([copy(here, Response.ACCEPTED, start="2026-04-10 15:00")])

    (met,) = meetings.history(here.db, ANA.id)
    assert met.start_s == seconds(utc("2026-04-10 13:00"))
    after = meetings.contact(here.db, ANA.id, seconds(FIRST.end))
    assert (after.last, after.next and after.next.start_s) == (None, met.start_s)
    (asked,) = memory_meetings.alone(here.db, 0, 2**40)
    assert asked.start_s == met.start_s
    assert times_with(here.db, ANA.id, met.start_s) == ()


def test_a_meeting_where_it_was_is_nothing_to_notice(here: World) -> None:
    here.read([copy(here)])

    assert followup.look(here.db, here.settings, here.clock.now()).changed == ()


@pytest.mark.parametrize("read_after_s", [None, 20, 60])
def test_before_the_calendar_was_read_again_nothing_is_missing(
    made: Making, read_after_s: int | None
) -> None:
    """Nor where it was read so soon that it need not show yet what was written."""
    here = made()
    here.approve(here.propose())
    here.settle()
    if read_after_s:
        here.later(timedelta(seconds=read_after_s))

    assert followup.look(here.db, here.settings, here.clock.now()).changed == ()


def test_after_a_reading_that_failed_nothing_is_missing(here: World) -> None:
    with here.db.transaction() as sql:
        sql.execute("UPDATE calendar SET failed_at_s = 1 WHERE name = 'work'")

    assert followup.look(here.db, here.settings, here.clock.now()).changed == ()


def test_what_is_over_is_left_alone(here: World) -> None:
    here.clock.moment = FIRST.end + HOUR
    here.read([])
    assert followup.look(here.db, here.settings, here.clock.now()).changed == ()

    here.clock.moment = FIRST.end + 40 * DAY
    here.read([copy(here, Response.ACCEPTED)])
    assert followup.look(here.db, here.settings, here.clock.now()).answered == ()


def test_a_meeting_called_off_is_followed_no_more(here: World) -> None:
    here.call_off(1)
    here.settle()
    here.later(HOUR)
    here.read([copy(here, Response.ACCEPTED)])

    assert followup.look(here.db, here.settings, here.clock.now()).answered == ()


def test_a_meeting_moved_is_followed_at_its_new_time(here: World) -> None:
    here.move(1, 1)
    here.settle()
    here.later(HOUR)
    here.read([copy(here, start="2026-04-10 10:00")])

    assert followup.look(here.db, here.settings, here.clock.now()).changed == ()
