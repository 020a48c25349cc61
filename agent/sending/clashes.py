"""Meetings that were sent, and something else that takes the owner's time during them since.

Each is said once: the owner may well mean it. Something else, or another time, is said anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, NamedTuple

from agent.sending.approving import prepare_move
from agent.sending.payloads import CannotApprove
from agent.settings import Settings
from agent.store import actions, blocks, calendars, meta, people, proposals
from agent.store.database import Database
from policies.people.person import PersonId
from policies.sending.action import ENDED_UNSENT, Action, ActionState
from policies.slots.allowing import rules_for
from policies.slots.availability import Busy, busy_times
from policies.slots.availability import blocks as takes_time
from policies.spoken import clock_said, day_said, short_moment
from policies.wall import local_date, seconds

_NAME: Final = "clashes"
_MOST: Final = 2
_ENDED: Final = frozenset({ActionState.SENT, *ENDED_UNSENT})


class Clash(NamedTuple):
    """``key`` tells it from every other, also from the same meeting's at another time."""

    key: str
    other: Busy


def clashes(db: Database, settings: Settings, action: Action) -> Iterator[Clash]:
    """What else the calendars show during a meeting that was sent; nothing while it is changed.

    Not its own entries, nor planning slots, which give way by themselves.
    """
    payload, done = action.payload, actions.of_proposal(db, action.proposal)
    if any(each.state not in _ENDED for each in done):
        return
    person = people.get(db, PersonId(action.person))
    rules = rules_for(person, settings.rules.slots) if person else settings.rules.slots
    own = {each.payload.uid for each in done} | {each.block.uid for each in blocks.every(db)}
    names = tuple(each.name for each in settings.calendars if each.busy)
    when = payload.when
    rows = calendars.busy(db, names, seconds(when.start), seconds(when.end))
    for each in busy_times(rows):
        if each.uid not in own and takes_time(each, rules):
            span = f"{seconds(each.when.start)} {seconds(each.when.end)}"
            yield Clash(f"{payload.uid} {span}", each)


def told(db: Database) -> frozenset[str]:
    """The keys of those that were said."""
    return frozenset(db.meta(_NAME).splitlines())


def remember(db: Database, keys: Iterable[str]) -> None:
    """Take these, all there are, as said."""
    with db.transaction() as sql:
        meta.remember(sql, _NAME, "\n".join(keys))


def said(
    db: Database, settings: Settings, action: Action, others: Iterable[Busy], now: datetime
) -> str:
    """What it shares its time with, and the commands that move it or call it off."""
    zone, number = settings.owner.zone, action.proposal
    spans = [_span(each, zone, now) for each in others]
    more = f" and {len(spans) - _MOST} more" if len(spans) > _MOST else ""
    clash = f"clashes with something else in your calendars, {', '.join(spans[:_MOST])}{more}"
    return f"{clash}; {_move(db, settings, number, now)}`fika cancel {number}` calls it off"


def _span(other: Busy, zone: str, now: datetime) -> str:
    if other.all_day:
        day = local_date(other.when.start, zone)
        return f"all day from {day_said(day, local_date(now, zone))}"
    return f"{short_moment(other.when.start, zone)}-{clock_said(other.when.end, zone)}"


def _move(db: Database, settings: Settings, number: int, now: datetime) -> str:
    """The first other time it could be moved to at this moment; empty for none."""
    proposal = proposals.get(db, number)
    for index, slot in enumerate(proposal.draft.slots if proposal else ()):
        try:
            prepare_move(db, settings, number, index, now=now)
        except CannotApprove:
            continue
        at = short_moment(slot.when.start, settings.owner.zone)
        return f"`fika approve {number} --slot {index + 1}` moves it to {at}, "
    return ""
