"""The owner's yes: to exactly one payload, shown first, bound to its digest, used once.

`prepare` and its siblings build what would be sent and write nothing. What they answer is what
the owner is shown, and `approve` stores that and no other, after checking everything again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from agent.clock import Uptime
from agent.sending.facts import gathered
from agent.sending.payloads import CannotApprove, called_off, invitation, moved, text_for
from agent.settings import Settings
from agent.store import actions, elapsed, people, proposals
from agent.store.database import Database
from policies.frozen import frozen
from policies.outreach.tone import tone_doubts
from policies.people.identity import doubts, sentence
from policies.people.person import Person
from policies.proposal import Answer, Proposal, ProposalState
from policies.sending.action import (
    ENDED_UNSENT,
    UNDER_WAY,
    Action,
    ActionKind,
    ActionState,
    Payload,
    action_id,
    meeting_uid,
)
from policies.sending.gate import (
    CalendarAge,
    Consent,
    Decision,
    Facts,
    Objection,
    Stage,
    Verdict,
    as_of,
    decide,
)
from policies.spoken import short_moment
from policies.text import shown
from policies.wall import moment, seconds

_REMEDIES: Final = {
    Objection.CLOCK: "set the clock, then run `fika run`",
    Objection.GUEST: "see `fika people show`",
    Objection.PAUSED: "end the pause with `fika pause --off`",
    Objection.UNREAD: "run `fika run`, and see `fika calendars`",
    Objection.GUEST_LIMIT: "wait, or change sending.per_person",
}
_SENT_BEFORE: Final = (
    "it came back with a backup and may have been sent since: look into your sent mail, or ask the"
    " guest"
)


@frozen
class Offer:
    """What would be sent, not stored yet.

    ``slot`` is the index of its time among the proposal's. ``warnings`` are sentences the owner
    should read first; ``doubtful``: one of them is about whose address it is, or whether it was
    sent before, and ``--yes`` does not answer it. ``old`` are calendars that show an old state:
    they need a yes of their own.
    """

    action: Action
    generation: int
    slot: int
    warnings: tuple[str, ...] = ()
    doubtful: bool = False
    old: tuple[CalendarAge, ...] = ()

    @property
    def payload(self) -> Payload:
        return self.action.payload

    @property
    def ages(self) -> tuple[str, ...]:
        """The old calendars, each with the moment it is of on the meeting's clock."""
        zone = self.payload.zone
        return tuple(
            f"{shown(each.name)} as of {short_moment(each.content_at, zone)}"
            for each in self.old
            if each.content_at is not None
        )


@frozen
class Approved:
    """An action with a yes; ``new`` is false when it had one before."""

    action: Action
    given: datetime
    new: bool


def prepare(
    db: Database,
    settings: Settings,
    number: int,
    *,
    now: datetime,
    slot: int | None = None,
    title: str | None = None,
    text: str | None = None,
) -> Offer:
    """The invitation of an open proposal, for one of its times (an index, else the chosen one).

    Raises:
        CannotApprove: it is not open, nothing can be sent, or its time is no longer good; then the
            remedy names one that is.
    """
    proposal = _proposal(db, number)
    if proposal.state is not ProposalState.OPEN:
        raise CannotApprove(
            f"proposal {number} is {proposal.state.value}", "see `fika proposals --all`"
        )
    person = _person(db, proposal)
    index = proposal.chosen if slot is None else slot
    words, follows = text_for(proposal, index) if text is None else (text, True)
    generation = actions.generation(db, number, ActionKind.INVITE)
    payload = invitation(
        settings,
        proposal,
        person.name,
        index,
        uid=meeting_uid(proposals.origin(db, number), number, generation),
        title=proposal.draft.title if title is None else title,
        text=words,
    )
    offer = _offer(db, proposal, payload, generation, index, now)
    facts = _checked(db, settings, proposal, offer, now)
    return _with_warnings(settings, proposal, offer, facts, follows=follows)


def prepare_move(
    db: Database,
    settings: Settings,
    number: int,
    slot: int,
    *,
    now: datetime,
    title: str | None = None,
    text: str | None = None,
) -> Offer:
    """The same meeting at another of the proposal's times, for a guest who has the invitation.

    Raises: as `prepare`.
    """
    proposal, last = _proposal(db, number), _last_sent(db, number)
    payload = moved(last, proposal, slot, title, text)
    return _following(db, settings, proposal, payload, slot, now)


def prepare_cancel(
    db: Database, settings: Settings, number: int, *, now: datetime, text: str | None = None
) -> Offer:
    """Calling off a meeting that was sent.

    Raises: as `prepare`.
    """
    proposal, last = _proposal(db, number), _last_sent(db, number)
    payload = called_off(last, text, declined=proposal.answer is Answer.DECLINED)
    return _following(db, settings, proposal, payload, proposal.chosen, now)


def approve(
    db: Database,
    settings: Settings,
    offer: Offer,
    *,
    now: datetime,
    accept_old: bool = False,
    uptime: Uptime | None = None,
    checkpoint: Callable[[str], None] = lambda _: None,
) -> Approved:
    """Store the action and the yes to it, all in one transaction.

    The second of two yeses to the same finds the first and changes nothing. By the machine's
    ``uptime`` the yes grows old whatever its clock is set to.

    Raises:
        CannotApprove: things changed since the offer was made.
    """
    if offer.old and not accept_old:
        raise CannotApprove(_old_sentence(offer), "approve it with --accept-old all the same")
    with db.transaction() as sql:
        before = standing_yes(db, offer.action.proposal)
        if before is not None and before.action.id == offer.action.id:
            _same(before, offer)
            return before
        _check_again(db, settings, offer, now)
        yes = Consent(
            offer.payload.digest,
            now,
            now + settings.rules.sending.approval_valid,
            False,
            accept_old,
        )
        actions.add(sql, offer.action, offer.generation)
        elapsed.advance(sql, now, uptime)
        approved = actions.approve(sql, offer.action, yes, now)
        if offer.payload.kind is ActionKind.INVITE:
            number = offer.action.proposal
            proposals.choose(sql, number, offer.slot)
            proposals.rewrite(sql, number, offer.payload.title, offer.payload.text)
            proposals.set_state(sql, number, ProposalState.APPROVED)
        checkpoint("K0")
    checkpoint("K1")
    return Approved(approved, now, new=True)


def standing_yes(db: Database, number: int) -> Approved | None:
    """The newest action of a proposal that has a yes and has not ended unsent."""
    for action in reversed(actions.of_proposal(db, number)):
        yes = actions.consent(db, action.id)
        if yes is not None and action.state not in ENDED_UNSENT:
            return Approved(action, yes.given, new=False)
    return None


def accept_old(db: Database, approved: Approved) -> None:
    """Let a yes given before count although a calendar has become old since."""
    with db.transaction() as sql:
        actions.accept_old_content(sql, approved.action.id)


def _following(
    db: Database,
    settings: Settings,
    proposal: Proposal,
    payload: Payload,
    slot: int,
    now: datetime,
) -> Offer:
    """What is to follow an invitation that went out."""
    generation = actions.generation(db, proposal.number, payload.kind)
    offer = _offer(db, proposal, payload, generation, slot, now)
    facts = _checked(db, settings, proposal, offer, now)
    return _with_warnings(settings, proposal, offer, facts, follows=True)


def _offer(
    db: Database, proposal: Proposal, payload: Payload, generation: int, slot: int, now: datetime
) -> Offer:
    at = moment(seconds(now))
    # What was sent before a backup was restored keeps its id in the ledger, and is not this one.
    origin = db.installation + db.meta("epoch")
    action = Action(
        id=action_id(origin, proposal.number, payload.kind, generation),
        proposal=proposal.number,
        person=proposal.draft.person,
        payload=payload,
        payload_digest=payload.digest,
        state=ActionState.PROPOSED,
        created=at,
        updated=at,
    )
    return Offer(action, generation, slot)


def _checked(
    db: Database, settings: Settings, proposal: Proposal, offer: Offer, now: datetime
) -> Facts:
    """The facts of an offer that can be approved as things are.

    Raises:
        CannotApprove: it cannot.
    """
    facts = gathered(db, settings, offer.action, now, run=0, stopped=False)
    decision = decide(facts, Stage.APPROVE)
    if decision.verdict is not Verdict.GO:
        raise CannotApprove(
            f"proposal {proposal.number}: {decision.sentence}",
            _remedy(db, settings, proposal, offer, decision, now),
        )
    return facts


def _remedy(
    db: Database,
    settings: Settings,
    proposal: Proposal,
    offer: Offer,
    decision: Decision,
    now: datetime,
) -> str:
    if decision.objection in _REMEDIES:
        return _REMEDIES[decision.objection]
    for index, slot in enumerate(
        proposal.draft.slots if offer.payload.kind is ActionKind.INVITE else ()
    ):
        when = slot.when
        payload = replace(offer.payload, start=when.start.isoformat(), end=when.end.isoformat())
        other = replace(offer.action, payload=payload, payload_digest=payload.digest)
        facts = gathered(db, settings, other, now, run=0, stopped=False)
        if decide(facts, Stage.APPROVE).verdict is Verdict.GO:
            at = short_moment(when.start, payload.zone)
            return f"{at} is still free: `fika approve {proposal.number} --slot {index + 1}`"
    if offer.payload.kind is ActionKind.INVITE:
        return "reject it, and the next run looks for other times"
    return f"see `fika show {proposal.number}`"


def _same(before: Approved, offer: Offer) -> None:
    """Whether what was approved before is what is to be approved now.

    Raises:
        CannotApprove: it is for another time, or in other words.
    """
    if before.action.payload_digest != offer.payload.digest:
        number = offer.action.proposal
        cause = f"proposal {number} was approved for another time or in other words meanwhile"
        raise CannotApprove(cause, f"see `fika show {number}`")


def _check_again(db: Database, settings: Settings, offer: Offer, now: datetime) -> None:
    """Inside the transaction that stores the yes: is it still what was offered?"""
    proposal, kind = _proposal(db, offer.action.proposal), offer.payload.kind
    same = actions.generation(db, proposal.number, kind) == offer.generation
    if kind is ActionKind.INVITE:
        same = same and proposal.state is ProposalState.OPEN
    else:  # nor has anything of another kind gone out, or is about to
        same = same and _last_sent(db, proposal.number).sequence + 1 == offer.payload.sequence
    if not same:
        raise CannotApprove(
            f"proposal {proposal.number} was changed meanwhile",
            f"see `fika show {proposal.number}`",
        )
    _checked(db, settings, proposal, offer, now)


def _with_warnings(
    settings: Settings, proposal: Proposal, offer: Offer, facts: Facts, *, follows: bool
) -> Offer:
    known = frozenset(each.rpartition("@")[2] for each in settings.owner.addresses)
    recipient = offer.payload.recipient
    doubtful = [f"{recipient}: {sentence(each)}" for each in doubts(recipient, known)]
    doubtful += [_SENT_BEFORE] if proposal.restored else []
    text = () if follows else ("the text may still name another time: read it, or use --edit",)
    tone = tone_doubts(f"{offer.payload.title}\n{offer.payload.text}")
    warnings = (*doubtful, *text, *tone)
    return replace(offer, warnings=warnings, doubtful=bool(doubtful), old=as_of(facts))


def _old_sentence(offer: Offer) -> str:
    return f"these calendars have not changed for long: {', '.join(offer.ages)}"


def _proposal(db: Database, number: int) -> Proposal:
    found = proposals.get(db, number)
    if found is None:
        raise CannotApprove(f"there is no proposal {number}", "see `fika proposals`")
    return found


def _person(db: Database, proposal: Proposal) -> Person:
    found = people.get(db, proposal.draft.person)
    if found is None:
        raise CannotApprove("the person is no longer on your list", "see `fika people`")
    return found


def _last_sent(db: Database, number: int) -> Payload:
    """What the guest knows of a meeting that stands."""
    done = actions.of_proposal(db, number)
    if any(each.state is ActionState.NEEDS_REVIEW for each in done):
        raise CannotApprove("nobody can tell whether it was sent", f"first `fika settle {number}`")
    if any(each.state in UNDER_WAY for each in done):
        raise CannotApprove("it is still being sent", f"`fika reject {number}` takes it back")
    sent = [each.payload for each in done if each.state is ActionState.SENT]
    if not sent:
        raise CannotApprove(f"proposal {number} was never sent", f"`fika reject {number}` drops it")
    last = max(sent, key=lambda payload: payload.sequence)
    if last.kind is ActionKind.CANCEL:
        raise CannotApprove(f"the meeting of proposal {number} was called off already")
    return last
