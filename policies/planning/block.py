"""A planning slot as the ledger has it, and what can be decided about one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from policies.frozen import frozen
from policies.interval import Interval
from policies.proposal import ScorePart
from policies.spoken import short_day
from policies.wall import local_datetime, seconds


class Purpose(StrEnum):
    """What a planning slot is for."""

    FIRST = "first"
    RHYTHM = "rhythm"
    REVIEW = "review"


class BlockState(StrEnum):
    """Where a planning slot stands."""

    WRITING = "writing"
    HELD = "held"
    LOST = "lost"
    KEPT = "kept"


class Loss(StrEnum):
    """What a slot was lost to."""

    DELETED = "deleted"
    CLASH = "clash"


@frozen
class Block:
    """One planning slot as the ledger has it.

    ``period`` is what it is for, as in `periods.Want`. ``pinned`` says that the owner
    put it over something else, so that a clash is no reason to move it. ``why`` is the loss of a
    lost one.
    """

    uid: str
    purpose: Purpose
    period: str
    when: Interval
    state: BlockState
    created: datetime
    pinned: bool = False
    why: Loss | None = None


class Keep(NamedTuple):
    """It stays as it is."""

    block: Block


class Adopt(NamedTuple):
    """The owner moved it, and it stays where they put it; ``block`` is as it was."""

    block: Block
    when: Interval
    pinned: bool


class Kept(NamedTuple):
    """It is over and took place, at ``when``."""

    block: Block
    when: Interval


class Lost(NamedTuple):
    """It did not, or will not, take place."""

    block: Block
    why: Loss


class Move(NamedTuple):
    """A meeting took its time; it goes to ``when``."""

    block: Block
    when: Interval
    parts: tuple[ScorePart, ...] = ()


class Write(NamedTuple):
    """A new slot; ``parts`` say why there."""

    purpose: Purpose
    period: str
    when: Interval
    parts: tuple[ScorePart, ...] = ()


class NoRoom(NamedTuple):
    """A slot that should be and has no time; ``block`` is one that a meeting lies over."""

    purpose: Purpose
    period: str
    reason: str
    block: Block | None = None


Decision: TypeAlias = Keep | Adopt | Kept | Lost | Move | Write | NoRoom


def after(decision: Keep | Adopt | Kept | Lost | Move) -> Block:
    """The block as it is once the decision is carried out."""
    block = decision.block
    match decision:
        case Adopt(when=when, pinned=pinned):
            return replace(block, when=when, state=BlockState.HELD, pinned=pinned)
        case Kept(when=when):
            return replace(block, when=when, state=BlockState.KEPT)
        case Lost(why=why):
            return replace(block, state=BlockState.LOST, why=why)
        case Move(when=when):
            return replace(block, when=when, state=BlockState.HELD)
        case _:
            return block


def sentence(decision: Decision, zone: str) -> str:
    """One line for the owner, in times of ``zone``; empty for what stays as it is."""

    def at(when: Interval) -> str:
        start, end = (local_datetime(seconds(each), zone) for each in (when.start, when.end))
        return f"{short_day(start)} {start:%H:%M}-{end:%H:%M}"

    said = ""
    match decision:
        case Write(purpose=purpose, when=when):
            said = f"{at(when)}: {_NAMES[purpose]} written"
        case Move(block=block, when=when):
            moved = f"moved from {at(block.when)}, because something else took that time"
            said = f"{at(when)}: {_NAMES[block.purpose]} {moved}"
        case Adopt(block=block, when=when):
            said = f"{at(when)}: {_NAMES[block.purpose]}, where you moved it"
        case Kept(block=block, when=when):
            said = f"{at(when)}: {_NAMES[block.purpose]} kept"
        case Lost(block=block, why=why):
            said = f"{at(block.when)}: {_NAMES[block.purpose]} {_LOSSES[why]}"
        case NoRoom(purpose=purpose, reason=reason, block=Block(when=when)):
            said = f"{at(when)}: {_NAMES[purpose]} not moved: {reason}"
        case NoRoom(purpose=purpose, period=period, reason=reason):
            within = "" if purpose is Purpose.FIRST else f" in {period}"
            said = f"no room for a {_NAMES[purpose]}{within}: {reason}"
    return said


_LOSSES = {
    Loss.DELETED: "deleted by you",
    Loss.CLASH: "lost, something else took that time",
}
_NAMES = {
    Purpose.FIRST: "first planning slot",
    Purpose.RHYTHM: "planning slot",
    Purpose.REVIEW: "quarterly review",
}
