"""What became of a meeting that was sent: the guest's answer, and what the owner did with it.

An answer is kept beside the proposal and never sends anything. It counts when it is about a
meeting of ours, from the guest who was invited, about the newest version, and newer than the
answer we have.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from sqlite3 import Connection
from typing import TYPE_CHECKING, Final, NamedTuple

from agent.sending import clashes
from agent.sending.outcome import end_sent
from agent.sending.ports import MAIL
from agent.settings import Settings
from agent.store import actions, entries, people, proposals
from agent.store.actions import Overtaken
from agent.store.database import Database
from connectors.port import SETTLES
from policies.calendar.event import Event, Response
from policies.frozen import frozen
from policies.interval import Interval
from policies.people.person import PersonId
from policies.proposal import ASKED, Answer, Proposal, Slot
from policies.sending.action import ENDED_UNSENT, MEETS, Action, ActionKind, ActionState
from policies.sending.gate import SKEW
from policies.spoken import said_to, short_moment
from policies.text import shown
from policies.wall import absolute, is_shown, moment, seconds

if TYPE_CHECKING:  # loaded where a file is read: no run does
    from connectors.ical.reply import Reply

_ANSWERS: Final = {
    Response.ACCEPTED: Answer.ACCEPTED,
    Response.TENTATIVE: Answer.TENTATIVE,
    Response.DECLINED: Answer.DECLINED,
}
_LOOK_BACK: Final = timedelta(days=30)
_SINCE_BACKUP: Final = (
    "its entry is not as it was when the backup was made: ask the guest what they were told since"
)


class Answered(NamedTuple):
    """An answer that was taken in."""

    proposal: int
    person: str
    answer: Answer
    comment: str = ""


class Changed(NamedTuple):
    """A meeting that was sent is not what it was, and the owner may see to it: a sentence."""

    proposal: int
    person: str
    sentence: str


@frozen
class Imported:
    """What was taken in of a file, and for what was not, why."""

    answered: tuple[Answered, ...] = ()
    refused: tuple[str, ...] = ()


@frozen
class FollowUp:
    """What the calendars show about meetings that were sent.

    ``clashing`` are the keys of all clashes there are, to be remembered once they were told.
    """

    answered: tuple[Answered, ...] = ()
    changed: tuple[Changed, ...] = ()
    clashing: tuple[str, ...] = ()


class _Said(NamedTuple):
    """What a guest answered; ``proposed`` is the time they would rather have."""

    answer: Answer
    comment: str = ""
    proposed: Interval | None = None


class _Refused(Exception):
    """Why an answer does not count."""


def take_replies(db: Database, settings: Settings, data: bytes, now: datetime) -> Imported:
    """Take in every answer in a saved calendar file, mail or mailbox.

    Raises:
        connectors.ical.reply.NotAReply: there is none in it.
    """
    from connectors.ical.reply import replies

    answered, refused = [], []
    for reply in replies(data, settings.owner.zone):
        try:
            answered.append(_take(db, settings, reply, now))
        except _Refused as why:
            refused.append(f"{shown(reply.address)}: {why}")
    return Imported(tuple(answered), tuple(refused))


def look(db: Database, settings: Settings, now: datetime) -> FollowUp:
    """Compare what was sent with the calendars as they were last read.

    Some programs write a guest's answer into the owner's copy of the meeting; and the owner may
    have removed or moved the entry, or have entered something else for its time. Asking again
    gives the same answer and changes nothing.
    """
    answered: list[Answered] = []
    for action in _standing(db, now - _LOOK_BACK):
        with suppress(_Refused):  # another process was faster
            answered += _answers_in_copies(db, settings, action, now)
    return replace(stands(db, settings, now, told=clashes.told(db)), answered=tuple(answered))


def stands(
    db: Database, settings: Settings, now: datetime, *, told: Collection[str] = ()
) -> FollowUp:
    """What the owner may see to at this moment; of clashes not those that were ``told``."""
    changed: list[Changed] = []
    clashing: list[str] = []
    for action in _standing(db, now):
        if action.payload.when.start <= now:
            continue
        moot = _declined(db, action) or list(_changes_by_owner(db, settings, action))
        changed += moot
        changed += _asked_for(db, settings, action, now)
        found = () if moot else tuple(clashes.clashes(db, settings, action))
        clashing += (each.key for each in found)
        if new := [each.other for each in found if each.key not in told]:
            sentence = clashes.said(db, settings, action, new, now)
            changed.append(Changed(action.proposal, action.person, sentence))
    return FollowUp(changed=tuple(changed), clashing=tuple(clashing))


def _take(db: Database, settings: Settings, reply: Reply, now: datetime) -> Answered:
    done = actions.of_meeting(db, reply.uid)
    sent = [each for each in done if each.state in {ActionState.SENT, ActionState.NEEDS_REVIEW}]
    if not sent:
        raise _Refused("the answer is to no invitation of ours")
    last = max(sent, key=lambda action: action.payload.sequence)
    if reply.address not in _addresses(db, last):
        raise _Refused("the answer comes from an address that was not invited")
    if last.payload.kind is ActionKind.CANCEL:
        raise _Refused("the meeting was called off before")
    if _is_to_earlier(reply, last):
        raise _Refused("the answer is to an earlier version of the invitation")
    answer = Answer.COUNTERED if reply.countered else _ANSWERS.get(reply.response)
    if answer is None:
        raise _Refused("it neither accepts nor declines")
    at = _answered(last, reply.stamp_s, now) if reply.stamp_s else now
    said = _Said(answer, reply.comment, reply.proposed if reply.countered else None)
    return _keep(db, settings, last, said, at, now)


def _is_to_earlier(reply: Reply, last: Action) -> bool:
    """Whether it answers an earlier version, by its date where it names none, as Outlook.com's."""
    if reply.sequence is not None:
        return reply.sequence < last.payload.sequence
    return last.payload.sequence > 0 and 0 < reply.stamp_s < seconds(last.updated - SKEW)


def _keep(
    db: Database, settings: Settings, action: Action, said: _Said, at: datetime, now: datetime
) -> Answered:
    """Write the answer down; to a first invitation it also proves that it arrived.

    A time the guest names becomes one more of the proposal's, for the owner to approve.
    """
    answer, comment = said.answer, _comment(settings, said)
    with db.transaction() as sql:
        proposal = proposals.get(db, action.proposal)
        if proposal is None:
            raise _Refused("its proposal is no longer there")
        if proposal.answered is not None and at < proposal.answered:
            raise _Refused("there is a newer answer already")
        if (proposal.answer, proposal.comment) != (answer, comment):
            proposals.set_answer(sql, action.proposal, answer, comment, at)
        if said.proposed is not None and said.proposed.start > now:
            _offer(db, sql, settings, proposal, said.proposed)
        invited = action.payload.kind is ActionKind.INVITE
        if invited and action.state is ActionState.NEEDS_REVIEW:
            try:
                end_sent(db, sql, action, now, "the guest answered it")
            except Overtaken:
                raise _Refused("it was settled at this very moment: once more, please") from None
    return Answered(action.proposal, action.person, answer, comment)


def _offer(
    db: Database, sql: Connection, settings: Settings, proposal: Proposal, when: Interval
) -> None:
    """Put the guest's time among the proposal's, in place of one they asked for before.

    One that the owner has agreed to meanwhile stays: the meeting may be on its way there.
    """
    slots = proposal.draft.slots
    if any(slot.when == when for slot in slots):
        return
    person = people.get(db, proposal.draft.person)
    spoken = said_to(when, person.zone if person else "", settings.owner.zone, in_person=False)
    done = actions.of_proposal(db, proposal.number)
    stays = {each.payload.when for each in done if each.state not in ENDED_UNSENT}
    asked = [at for at, slot in enumerate(slots) if _is_asked_for(slot) and slot.when not in stays]
    position = asked[-1] if asked else len(slots)
    place = proposal.slot.place
    proposals.set_slot(sql, proposal.number, position, Slot(when, place, (ASKED,), spoken))


def _is_asked_for(slot: Slot) -> bool:
    return ASKED in slot.parts


def _answered(action: Action, stated_s: int, now: datetime) -> datetime:
    """When an answer was given, as it says itself; by wrong clocks neither to come nor too soon.

    An answer dated before its question would leave a guest in peace for too short a time.
    """
    return min(max(moment(stated_s), action.updated), now)


def _comment(settings: Settings, said: _Said) -> str:
    if said.proposed is None:
        return said.comment
    at = short_moment(said.proposed.start, settings.owner.zone)
    return f"asks for {at}. {said.comment}".strip()


def _standing(db: Database, since: datetime) -> Iterator[Action]:
    """The newest version of every meeting that was sent, not called off, and is not long over."""
    newest: dict[str, Action] = {}
    for action in actions.in_state(db, {ActionState.SENT}):
        known = newest.get(action.payload.uid)
        if known is None or known.payload.sequence < action.payload.sequence:
            newest[action.payload.uid] = action
    for action in newest.values():
        meets = action.payload.kind in MEETS
        if meets and action.payload.when.end > since:
            yield action


def _answers_in_copies(
    db: Database, settings: Settings, action: Action, now: datetime
) -> Iterator[Answered]:
    guests = _addresses(db, action)
    for copy in entries.copies(db, action.payload.uid):
        for event in copy.item.events:
            said = _said_in(event, guests, action.payload.when)
            proposal = proposals.get(db, action.proposal) if said else None
            if said is None or proposal is None:
                continue
            comment = _comment(settings, said) or proposal.comment
            if (said.answer, comment) == (proposal.answer, proposal.comment):
                continue
            stated_s = event.last_modified_s
            at = _answered(action, stated_s, now) if stated_s else None
            if proposal.answered is None or (at is not None and at > proposal.answered):
                yield _keep(db, settings, action, said, at or now, now)


def _said_in(event: Event, guests: frozenset[str], when: Interval) -> _Said | None:
    """The guest's answer, what they wrote with it, and the time they would rather have.

    ``when`` is when it takes place: a time that was asked for and given is no wish any more.
    """
    times = {address: (start_s, end_s) for address, start_s, end_s in event.proposed}
    for attendee in event.attendees:
        if attendee.address not in guests or attendee.response not in _ANSWERS:
            continue
        comment = dict(event.comments).get(attendee.address, "")
        start_s, end_s = times.get(attendee.address, (0, 0))
        if not is_shown(start_s, end_s) or start_s == seconds(when.start):
            return _Said(_ANSWERS[attendee.response], comment)
        return _Said(Answer.COUNTERED, comment, Interval(moment(start_s), moment(end_s)))
    return None


def _asked_for(
    db: Database, settings: Settings, action: Action, now: datetime
) -> Iterator[Changed]:
    """A time the guest would rather have, and the command that moves the meeting there."""
    proposal = proposals.get(db, action.proposal)
    if proposal is None or proposal.answer is not Answer.COUNTERED:
        return
    for position, slot in enumerate(proposal.draft.slots):
        if _is_asked_for(slot) and slot.when.start > now and slot.when != action.payload.when:
            at = short_moment(slot.when.start, settings.owner.zone)
            command = f"`fika approve {proposal.number} --slot {position + 1}`"
            what = f"proposes {at}; {command} moves the meeting there"
            yield Changed(proposal.number, action.person, what)


def _declined(db: Database, action: Action) -> list[Changed]:
    """A guest who will not come, while our entry still keeps the time."""
    payload, number = action.payload, action.proposal
    proposal = proposals.get(db, number)
    if proposal is None or proposal.answer is not Answer.DECLINED:
        return []
    if not any(each.calendar == payload.calendar for each in entries.copies(db, payload.uid)):
        return []
    what = f"declined, and your calendar still keeps the time; `fika cancel {number}` frees it"
    return [Changed(number, action.person, what)]


def _changes_by_owner(db: Database, settings: Settings, action: Action) -> Iterator[Changed]:
    """Unless it was Fika: what it did since a backup was made, a store brought back cannot know."""
    proposal = proposals.get(db, action.proposal)
    for what in _differences(db, settings, action):
        since = proposal is not None and proposal.restored
        yield Changed(action.proposal, action.person, _SINCE_BACKUP if since else what)


def _differences(db: Database, settings: Settings, action: Action) -> Iterator[str]:
    """How the calendar, as it was read last, does not hold the meeting as it was sent."""
    payload, number = action.payload, action.proposal
    unseen = entries.read_at_s(db, payload.calendar) <= seconds(action.updated + SETTLES)
    if unseen or action.untidy:
        return
    own = [each for each in entries.copies(db, payload.uid) if each.calendar == payload.calendar]
    if not own:
        told = f"`fika cancel {number}` tells the guest"
        if payload.channel != MAIL:  # nothing is left there that could carry a cancellation
            told = f"unless it told the guest, do; then `fika cancel {number}`"
        yield f"you removed the meeting from your calendar; {told}"
    zone, sent_s = settings.owner.zone, seconds(payload.when.start)
    for event in own[0].item.events[:1] if own else ():
        start_s = absolute(event.start, zone)
        if start_s != sent_s:
            here, there = (short_moment(moment(at), zone) for at in (start_s, sent_s))
            guest = "the guest still has" if payload.channel == MAIL else "the invitation said"
            yield f"you moved the meeting to {here}; {guest} {there}"


def _addresses(db: Database, action: Action) -> frozenset[str]:
    """Every address the guest may answer from."""
    person = people.get(db, PersonId(action.person))
    return frozenset({action.payload.recipient, *(person.addresses if person else ())})
