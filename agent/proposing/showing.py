"""Everything there is to see about one proposal, gathered for the owner's eyes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

from agent.errors import UsageProblem
from agent.relationships.memory import between_us
from agent.sending.approving import Offer, prepare
from agent.sending.payloads import CannotApprove, slot_at
from agent.settings import Settings
from agent.store import actions, blocks, people, proposals
from agent.store.database import Database
from agent.store.day import DayRow, between
from policies.frozen import frozen
from policies.hours import is_zone
from policies.interval import Interval
from policies.people.person import Person
from policies.planning.block import BlockState
from policies.proposal import Proposal, ProposalState
from policies.sending.action import Action, ActionState
from policies.slots.occupancy import Occupies
from policies.wall import WallTime, absolute, local_date, seconds

_STANDING = (BlockState.WRITING, BlockState.HELD)


@frozen
class Showing:
    """A proposal with the time looked at as its chosen one.

    ``day`` is the owner's day around that time, other proposals and planning included. ``offer``
    is what a yes would send now; where it cannot be sent, ``obstacle`` says why and what to do.
    ``between`` are promises, thanks and favours that stand open with this person.
    """

    proposal: Proposal
    person: Person | None
    day: tuple[DayRow, ...]
    offer: Offer | None
    obstacle: CannotApprove | None
    actions: tuple[Action, ...]
    between: tuple[str, ...] = ()

    @property
    def review(self) -> Action | None:
        """The action of which nobody can tell whether it was sent."""
        unsure = (each for each in self.actions if each.state is ActionState.NEEDS_REVIEW)
        return next(unsure, None)


def showing(
    db: Database, settings: Settings, number: int, now: datetime, *, slot: int | None = None
) -> Showing:
    """The proposal of this number, at one of its times (an index, else the chosen one).

    Raises:
        UsageProblem: there is no such proposal, or no such time.
    """
    proposal = proposals.get(db, number)
    if proposal is None:
        raise UsageProblem(f"there is no proposal {number}", "see `fika proposals --all`")
    if slot is not None:
        slot_at(proposal, slot)
    at = replace(proposal, chosen=proposal.chosen if slot is None else slot)
    offer, obstacle = None, None
    if proposal.state is ProposalState.OPEN:
        try:
            offer = prepare(db, settings, number, now=now, slot=at.chosen)
        except CannotApprove as problem:
            obstacle = problem
    person = people.get(db, proposal.draft.person)
    return Showing(
        proposal=at,
        person=person,
        day=_day(db, at, settings.owner.zone),
        offer=offer,
        obstacle=obstacle,
        actions=actions.of_proposal(db, number),
        between=between_us(db, person, local_date(now, settings.owner.zone)) if person else (),
    )


def guest_zone(person: Person | None) -> str:
    """The guest's time zone, empty where it is not known."""
    zone = person.zone if person else ""
    return zone if is_zone(zone) else ""


def _day(db: Database, proposal: Proposal, zone: str) -> tuple[DayRow, ...]:
    """The calendars' events, and what is not in them yet: planning, and other proposals' times.

    The proposal's own entry is left out: it stands for the proposal, and is nothing in its way.
    """
    day = local_date(proposal.slot.when.start, zone)
    from_s, until_s = (
        absolute(WallTime(datetime.combine(each, time()), zone), zone)
        for each in (day, day + timedelta(days=1))
    )
    own = {each.payload.uid for each in actions.of_proposal(db, proposal.number)}
    rows = [row for row in between(db, from_s, until_s) if row.uid not in own]
    seen = {row.uid for row in rows}
    ours = [
        _row(row.block.when, "Planning", row.block.uid)
        for row in blocks.every(db)
        if row.block.state in _STANDING and row.block.uid not in seen
    ]
    kept = [
        _row(slot.when, f"kept for proposal {other.number}", "")
        for other in proposals.listed(db, ProposalState.OPEN)
        if other.number != proposal.number
        for slot in other.draft.slots
    ]
    extra = [row for row in (*ours, *kept) if row.start_s < until_s and row.end_s > from_s]
    return tuple(sorted((*rows, *extra), key=lambda row: (not row.all_day, row.start_s, row.end_s)))


def _row(when: Interval, title: str, uid: str) -> DayRow:
    return DayRow(seconds(when.start), seconds(when.end), False, Occupies.BUSY, title, "Fika", uid)
