"""Proposals that stand: the times they keep free, and whether they should stand any longer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from policies.audit.cadence import Standing
from policies.outreach.etiquette import Past, admit
from policies.proposal import Answer, Proposal, ProposalState, Slot
from policies.rules import Rules, SlotRules
from policies.slots.availability import Cause
from policies.slots.candidates import OwnerSide, Reserved, gap_of, own_time
from policies.slots.caps import Caps
from policies.slots.places import place_to_go
from policies.wall import local_date

_STANDS: Final = (ProposalState.OPEN, ProposalState.APPROVED, ProposalState.SENT)
_MINE: Final = (
    Cause.MEETINGS,
    Cause.TENTATIVE,
    Cause.ALL_DAY,
    Cause.PLANNING,
    Cause.TRAVEL,
    Cause.OFFICE,
)
_KEPT: Final = (Answer.NONE, Answer.ACCEPTED, Answer.TENTATIVE)


def reserved(earlier: Iterable[Proposal], rules: SlotRules, now: datetime) -> tuple[Reserved, ...]:
    """The times kept for proposals that stand: all of an open one, the chosen one of the others."""
    return tuple(
        Reserved(slot.when, gap_of(each.draft.format, rules), place_to_go(slot.place))
        for each in earlier
        for slot in _still_kept(each, now)
    )


def _still_kept(each: Proposal, now: datetime) -> tuple[Slot, ...]:
    if each.state not in _STANDS or each.answer not in _KEPT:
        return ()
    mine = each.draft.slots if each.state is ProposalState.OPEN else (each.slot,)
    return tuple(slot for slot in mine if slot.when.end > now)


def caps_after(earlier: Iterable[Proposal], rules: SlotRules, zone: str, now: datetime) -> Caps:
    """The limits per day and week, with everyone counted who may be met there already.

    Meetings of this week that are over count as well. How many people may be placed is not its
    business: nobody.
    """
    monday = _monday(now, zone)
    limits = {kind: rule.per_week for kind, rule in rules.formats.items() if rule.per_week}
    caps = Caps(zone, rules.per_day, rules.per_week, 0, formats=limits)
    return caps.counting(
        (
            each.draft.format,
            (local_date(slot.when.start, zone) for slot in _still_kept(each, monday)),
        )
        for each in earlier
    )


def _monday(now: datetime, zone: str) -> datetime:
    """A moment before anything of this week in ``zone``, at most a day too early."""
    return now - timedelta(days=local_date(now, zone).weekday() + 1)


class Fate(NamedTuple):
    """What becomes of an open proposal: the slot to offer from now on, or why it expires."""

    chosen: int | None
    why: str = ""


def fate(
    proposal: Proposal, standing: Standing | None, past: Past, side: OwnerSide, rules: Rules
) -> Fate:
    """Whether an open proposal still stands; ``standing`` is ``None`` once nobody is listed.

    Where the chosen time has been taken or come too close, the first of its others that is still
    good is offered. Etiquette is asked again: what may not be proposed may not stand either.
    """
    why = _over(proposal, side) or _pointless(proposal, standing, past, side, rules)
    index = None if why else _good_slot(proposal, side)
    if index is None:
        return Fate(None, why or "None of its times is good any more.")
    return Fate(index)


def _over(proposal: Proposal, side: OwnerSide) -> str:
    if not any(_has_notice(slot, side) for slot in proposal.draft.slots):
        return "Its times have come too close."
    return "Nobody decided in time." if proposal.draft.expires <= side.now else ""


def _pointless(
    proposal: Proposal, standing: Standing | None, past: Past, side: OwnerSide, rules: Rules
) -> str:
    """Why this person would not be proposed today, its own proposal aside; empty if they would."""
    if standing is None:
        return "The person is no longer on your list."
    if proposal.draft.address not in standing.person.addresses:
        return "The address is no longer theirs."
    others = tuple(each for each in past.approaches if each.number != proposal.number)
    before = {standing.person.id: past._replace(approaches=others)}
    held = admit([standing], before, replace(rules.etiquette, quiet=())).held
    if held or standing.overdue:
        return held[0].sentence if held else ""
    made = local_date(proposal.created, side.owner.zone)
    in_contact = standing.last is not None and standing.last >= made
    return "You have been in contact since." if in_contact else "It is no longer due."


def _has_notice(slot: Slot, side: OwnerSide) -> bool:
    return slot.when.start >= side.now + side.rules.minimum_notice


def _good_slot(proposal: Proposal, side: OwnerSide) -> int | None:
    """The chosen slot, else the first other, that has notice and that the owner can be at."""
    taken = own_time(side, proposal.draft.format).taken(*_MINE)
    slots = proposal.draft.slots
    for index in sorted(range(len(slots)), key=lambda k: (k != proposal.chosen, k)):
        when = slots[index].when
        if _has_notice(slots[index], side) and not any(map(when.overlaps, taken)):
            return index
    return None
