"""Which planning slots to write, move, give up or leave alone.

First one longer slot, as early as is good; then a short rhythm every week (the week of the first
slot has had its turn); and a review in the last two weeks of each quarter, or as soon as possible
after it. What is held is never moved without need, so deciding twice decides nothing new.

Slots belong to the owner: one they move stays where they put it, one they delete is booked anew
once, and a second deletion is taken as a no for that period.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from policies.frozen import frozen
from policies.hours import written_length
from policies.interval import Interval, common, without
from policies.planning.block import (
    Adopt,
    Block,
    BlockState,
    Decision,
    Keep,
    Kept,
    Loss,
    Lost,
    Move,
    NoRoom,
    Purpose,
    Write,
    after,
)
from policies.planning.periods import Want, horizon, wants, week_name, week_of
from policies.planning.placing import Surroundings, best, meeting_runs
from policies.proposal import ScorePart
from policies.rules import Owner, PlanningRules, Rules
from policies.slots.availability import Availability, Busy, Cause, owner_time, starts


@frozen
class Situation:
    """What decisions are made from: the rules, the clock, and the owner's time until `horizon`.

    ``time`` leaves planning slots out of account: they never stand in their own way.
    """

    rules: PlanningRules
    zone: str
    now: datetime
    time: Availability
    grid: timedelta


def planning_time(
    owner: Owner,
    rules: Rules,
    *,
    now: datetime,
    busy: Iterable[Busy],
    holidays: Iterable[date] = (),
) -> Availability:
    """The owner's time for planning until the `horizon`.

    It has its own hours, buffer and notice; all else is as for meetings. ``busy`` must not hold
    the planning slots themselves.
    """
    planning = rules.planning
    return owner_time(
        replace(owner, hours=planning.hours or owner.hours),
        replace(rules.slots, buffer=planning.buffer, minimum_notice=planning.minimum_notice),
        horizon(planning, owner.zone, now),
        now=now,
        busy=busy,
        holidays=holidays,
    )


def decide(
    here: Situation, blocks: Sequence[Block], seen: Mapping[str, Interval | None]
) -> tuple[Decision, ...]:
    """What becomes of every open block, then what moves, then what is written.

    ``seen`` says where each block stands in the calendar, ``None`` for one that is gone; of a
    block it does not name nothing is known, and nothing is changed.
    """
    taken = here.time.taken(Cause.MEETINGS, Cause.ALL_DAY)
    fates = [_fate(b, seen, taken, here.now) for b in blocks if b.state not in _CLOSED]
    settled = [fate for fate in fates if not isinstance(fate, _Clash)]
    ledger = [b for b in blocks if b.state in _CLOSED] + [after(fate) for fate in settled]
    clashing = [fate.block for fate in fates if isinstance(fate, _Clash)]
    if not here.rules.enabled:
        return (*settled, *map(Keep, clashing))
    decisions: list[Decision] = [*settled]
    begun = min((block.created for block in blocks), default=here.now)
    wanted = tuple(wants(here.rules, here.zone, here.now, begun))
    for block in clashing:
        rebooked = _rebook(here, block, wanted, ledger)
        ledger.append(after(rebooked) if isinstance(rebooked, Move) else block)
        decisions.append(rebooked)
    for want in wanted:
        decisions += _fill(here, want, ledger)
    return tuple(decisions)


_CLOSED = frozenset({BlockState.LOST, BlockState.KEPT})


class _Clash(NamedTuple):
    """A meeting lies over it now, and it must find another time."""

    block: Block


def _fate(
    block: Block, seen: Mapping[str, Interval | None], taken: Iterable[Interval], now: datetime
) -> Keep | Adopt | Kept | Lost | _Clash:
    if block.uid not in seen:
        return Keep(block)
    at = seen[block.uid]
    if at is None:
        return Lost(block, Loss.DELETED)
    covered = any(at.overlaps(each) for each in taken)
    moved = at != block.when
    lost = covered and not (block.pinned or moved)
    if at.end <= now:
        return Lost(block, Loss.CLASH) if lost else Kept(block, at)
    if moved:
        return Adopt(block, at, pinned=covered)
    return _Clash(block) if lost and at.start > now else Keep(block)


def _rebook(
    here: Situation, block: Block, wanted: Iterable[Want], ledger: Sequence[Block]
) -> Move | NoRoom:
    """Another time for a block: in its week, else wherever its purpose allows."""
    ahead = horizon(here.rules, here.zone, here.now)
    spans = common([week_of(block.when.start, here.zone)], [ahead])
    if block.purpose is not Purpose.RHYTHM:
        spans += tuple(
            span for each in wanted if each.period == block.period for span in each.spans
        )
    early = block.purpose is Purpose.FIRST
    want = Want(block.purpose, block.period, 1, block.when.length, spans, early)
    found = _place(here, want, ledger)
    if found:
        return Move(block, *found)
    reason = f"a meeting took its time, and {_obstacle(here, want)}"
    return NoRoom(block.purpose, block.period, reason, block)


def _fill(here: Situation, want: Want, ledger: list[Block]) -> list[Decision]:
    """What is still missing of a want; each slot written joins the ledger."""
    decisions: list[Decision] = []
    for _ in range(_missing(want, ledger, here.zone)):
        found = _place(here, want, ledger)
        if not found:
            if not _is_over(here, want):
                decisions.append(NoRoom(want.purpose, want.period, _obstacle(here, want)))
            break
        decisions.append(Write(want.purpose, want.period, *found))
        ledger.append(Block("", want.purpose, want.period, found[0], BlockState.HELD, here.now))
    return decisions


def _missing(want: Want, ledger: Iterable[Block], zone: str) -> int:
    """How many more slots the period needs.

    The first slot is the rhythm of its week. Each slot is booked anew after one deletion; every
    deletion beyond that is one slot less.
    """
    standing = refused = 0
    for block in ledger:
        if block.state is BlockState.LOST:
            refused += block.period == want.period and block.why is Loss.DELETED
        elif block.period == want.period:
            standing += 1
        elif block.purpose is Purpose.FIRST:
            standing += week_name(block.when.start, zone) == want.period
    return want.slots - standing - max(0, refused - want.slots)


def _place(
    here: Situation, want: Want, ledger: Iterable[Block]
) -> tuple[Interval, tuple[ScorePart, ...]] | None:
    """The best free time for one slot; never where the owner has just deleted one."""
    planned = tuple(block.when for block in ledger if block.state is not BlockState.LOST)
    refused = (
        block.when for block in ledger if block.why is Loss.DELETED and block.period == want.period
    )
    free = without(here.time.free(), (*planned, *refused))
    meetings = here.time.taken(Cause.MEETINGS, Cause.TENTATIVE)
    around = Surroundings(here.rules, here.zone, here.now, free, meeting_runs(meetings), planned)
    for span in want.spans:
        found = best(_candidates(here, want, span, free), around, early=want.early)
        if found:
            return found
    return None


def _candidates(
    here: Situation, want: Want, span: Interval, free: Iterable[Interval]
) -> tuple[Interval, ...]:
    return starts(common(free, [span]), want.length, here.grid, here.zone)


def _is_over(here: Situation, want: Want) -> bool:
    """Whether the week is as good as over: nothing in it is far enough away, booked or not."""
    others = (cause for cause in Cause if cause is not Cause.NOTICE)
    left = here.time.free(*others)
    return want.spans[0].start == here.now and not any(
        _candidates(here, want, span, left) for span in want.spans
    )


def _obstacle(here: Situation, want: Want) -> str:
    """Why there is no room, in words."""

    def suits(left: tuple[Interval, ...]) -> bool:
        return any(_candidates(here, want, span, left) for span in want.spans)

    length = written_length(want.length)
    if not suits(here.time.hours):
        return f"your planning hours have no {length} then"
    causes = ", ".join(_OBSTACLES[cause] for cause in here.time.decisive(suits))
    left = f"there is no free {length} in your planning hours"
    return f"{left} (in the way: {causes})" if causes else left


_OBSTACLES = {
    Cause.NOTICE: "it would be too soon",
    Cause.MEETINGS: "meetings",
    Cause.TENTATIVE: "tentative entries",
    Cause.ALL_DAY: "all-day events",
    Cause.BUFFERS: "the breaks around meetings",
    Cause.TRAVEL: "the way to meetings",
    Cause.LUNCH: "lunch",
    Cause.HOLIDAYS: "public holidays",
    Cause.PLANNING: "other planning",
    Cause.OFFICE: "days away from the office",
}
