"""*Today*: what waits for the owner's yes, what is on its way, and what could not be placed.

The form of a proposal shows all that would be sent. Sent back as it was given, with the mark of
just those words, it is the yes to them. Changed in any way, it is answered with what would be
sent now, to be said yes to in turn: nothing goes out that was not shown.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from starlette.responses import Response

from agent.clock import uptime
from agent.digest.sections import Section, due
from agent.errors import UsageProblem
from agent.proposing.answering import to_answer
from agent.proposing.showing import guest_zone
from agent.relationships import remembering
from agent.relationships.remembering import Remembered
from agent.sending import approving, outcome
from agent.sending.approving import Offer
from agent.sending.at_once import send_at_once
from agent.sending.followup import stands
from agent.sending.payloads import CannotApprove, checked_text, checked_title, text_for
from agent.sending.telling import already_text, attempt_text
from agent.store import people, proposals
from agent.web.cards import cards, sent_by, when_said
from agent.web.health import troubles
from agent.web.rendering import sentence
from agent.web.visit import NotThere, Visit
from policies.hours import parse_length
from policies.people.person import Person
from policies.people.tidy import body
from policies.proposal import Answer, Proposal, ProposalState
from policies.sending.action import ActionState
from policies.spoken import day_said
from policies.text import shown

_SNOOZES = ("2w", "6w", "12w", "26w")
_AT_ONCE = 4  # proposals in full: more than the usual caps let wait, and what a glance takes in
_ANOTHER_TIME = "you chose another time, and the text may still name the one before"


class Ahead(NamedTuple):
    """A meeting that was approved or sent: who, when, and how the guest stands to it.

    ``concern`` is what the owner may see to, with the commands; empty for nothing.
    """

    proposal: Proposal
    person: Person | None
    when: str
    answer: str
    concern: str = ""


def look(visit: Visit, *, status: int = 200, problem: str = "", written: str = "") -> Response:
    """The page; ``problem`` says why a yes was not taken, ``written`` are its words, to be kept."""
    store, now = visit.app.store, visit.now
    current = [each for each in proposals.listed(store) if each.is_current(now)]
    waiting = [each for each in current if each.state is ProposalState.OPEN]
    waiting.sort(key=lambda each: str(each.number) != visit.query.get("proposal"))
    concerns = {
        each.proposal: each.sentence for each in stands(store, visit.app.settings, now).changed
    }
    return visit.page(
        "today.html",
        status,
        problem=problem,
        written=written,
        troubles=troubles(visit),
        date=visit.today,
        waiting=len(waiting),
        cards=cards(visit, waiting[:_AT_ONCE]),
        further=[_ahead(visit, each) for each in waiting[_AT_ONCE:]],
        leaving=[_ahead(visit, each) for each in current if each.state is ProposalState.APPROVED],
        ahead=sorted(
            (
                _ahead(visit, each, concerns.get(each.number, ""))
                for each in current
                if each.state is ProposalState.SENT
            ),
            key=lambda each: (each.proposal.slot.when.start, each.proposal.number),
        ),
        unplaced=[
            (people.get(store, each.person), each, to_answer(each))
            for each in proposals.unplaced(store)
        ],
        due=_due(visit),
        snoozes=_SNOOZES,
        guest_zone=guest_zone,
    )


def _due(visit: Visit) -> tuple[Section, ...]:
    """What the digest has of promises and thanks; all else in it means a look at everyone."""
    store = visit.app.store
    owed = remembering.owed_soon(store, visit.today)
    whom = {*(each.person for each in owed.promises), *(each.person for each in owed.thanks)}
    known = (people.get(store, each) for each in whom)
    names = {each.id: shown(each.name) for each in known if each is not None}
    return due(Remembered(owed), names, (), visit.now, visit.zone)


def approve(visit: Visit) -> Response:
    """The yes to exactly what was shown, sent at once as `fika approve` does; else what is now."""
    number, digest = visit.number, visit.field("digest")
    visit.must_be_ours("approve", number, digest)
    app = visit.app
    before = approving.standing_yes(app.store, number)
    if before is not None:
        told = already_text(before, app.settings)
        if digest and before.action.payload_digest != digest:
            return visit.to("", f"What you agreed to here was not sent: {told}")
        if before.action.state is ActionState.SENT:
            return visit.to("", told)
        return visit.to("", attempt_text(send_at_once(app)) or told)
    try:
        return _said_yes(visit, digest)
    except CannotApprove as problem:
        said = f"{sentence(problem.cause)} {sentence(problem.remedy)}"
        return look(visit, status=409, problem=said, written=visit.field("text"))


def _said_yes(visit: Visit, digest: str) -> Response:
    app, offer = visit.app, _offered(visit, _proposal(visit))
    if offer.payload.digest != digest:
        return _shown(visit, offer)
    if offer.doubtful and not visit.field("looked"):
        raise CannotApprove("a doubt needs your eyes", "look into it, and tick the box")
    old_too = bool(visit.field("old"))
    approving.approve(
        app.store, app.settings, offer, now=visit.now, uptime=uptime(), accept_old=old_too
    )
    return visit.to("", attempt_text(send_at_once(app)))


def reject(visit: Visit) -> Response:
    """No; what was approved of it and is not sent yet ends as well."""
    number, app = visit.number, visit.app
    visit.must_be_ours("reject", number)
    ended = outcome.reject(app.store, number, body(visit.field("why")), visit.now)
    said = outcome.rejected_text(number, ended)
    told = attempt_text(send_at_once(app)) if ended else ""
    return visit.to("", f"{said}\n{told}".strip())


def snooze(visit: Visit) -> Response:
    """Leave the person in peace for a while."""
    proposal = _proposal(visit)
    visit.must_be_ours("snooze", proposal.number)
    person = people.get(visit.app.store, proposal.draft.person)
    if person is None:
        raise NotThere("the person is no longer on your list")
    until = visit.today + _length(visit.field("length"))
    outcome.snooze(visit.app.store, person, until, visit.today)
    return visit.to("", f"{person.name} is in peace until {day_said(until, visit.today)}.")


def _length(text: str) -> timedelta:
    try:
        return parse_length(text)
    except ValueError as error:
        raise UsageProblem(str(error), "choose how long") from error


def _proposal(visit: Visit) -> Proposal:
    found = proposals.get(visit.app.store, visit.number)
    if found is None:
        raise NotThere(f"there is no proposal {visit.number}")
    return found


def _offered(visit: Visit, proposal: Proposal) -> Offer:
    """What the form as it came back would send.

    Words that were not touched follow another time by themselves; in words that were, the time
    is replaced where they name it as we wrote it, and else they are to be looked at twice.
    """
    was, slot = _index(visit, "was"), _index(visit, "slot")
    title, text = checked_title(visit.field("title")), checked_text(visit.field("text"))
    before, follows = text_for(proposal, was)
    if text == checked_text(before):
        text, follows = text_for(proposal, slot)
    elif slot != was:
        spoken = proposal.draft.slots[was].spoken
        follows = bool(spoken) and spoken in text
        text = text.replace(spoken, proposal.draft.slots[slot].spoken) if follows else text
    offer = approving.prepare(
        visit.app.store,
        visit.app.settings,
        proposal.number,
        now=visit.now,
        slot=slot,
        title=title,
        text=text,
    )
    return offer if follows else replace(offer, warnings=(*offer.warnings, _ANOTHER_TIME))


def _index(visit: Visit, name: str) -> int:
    text = visit.field(name)
    if text not in {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}:
        raise CannotApprove("no time was chosen", "choose one of them")
    return int(text)


def _shown(visit: Visit, offer: Offer) -> Response:
    """What would be sent as changed, for a yes to just that."""
    payload = offer.payload
    person = people.get(visit.app.store, _proposal(visit).draft.person)
    zone = guest_zone(person)
    here = when_said(payload.when, payload.zone)
    there = when_said(payload.when, zone or payload.zone)
    return visit.page(
        "confirm.html",
        offer=offer,
        person=person,
        when=here,
        theirs="" if here == there else there,
        by=sent_by(payload),
        number=visit.number,
    )


def _ahead(visit: Visit, proposal: Proposal, concern: str = "") -> Ahead:
    answers = {Answer.NONE: "no answer yet", Answer.COUNTERED: "asks for another time"}
    answer = answers.get(proposal.answer, proposal.answer.value)
    person = people.get(visit.app.store, proposal.draft.person)
    when = when_said(proposal.slot.when, visit.zone)
    return Ahead(proposal, person, when, answer, concern and sentence(concern))
