"""A meeting put to the owner: one person, one format, a few times, the reason and the text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from operator import itemgetter
from typing import Final, NamedTuple

from policies.frozen import frozen
from policies.interval import Interval
from policies.people.person import Format, PersonId


class ScorePart(NamedTuple):
    """One named preference and what it added to (or took from) a slot's score."""

    name: str
    points: float


_POINTS: Final[Callable[[ScorePart], float]] = itemgetter(
    1
)  # asked for of every pair of a person and a time

ASKED: Final = ScorePart("the guest asks for it", 0.0)
"""Marks a time that is not from us."""


@frozen
class Slot:
    """One time that suits; ``parts`` say why, their sum is its score.

    ``spoken`` is how the proposal's text names this time, word for word: when another slot is
    chosen, the text follows by replacing one with the other.
    """

    when: Interval
    place: str = ""
    parts: tuple[ScorePart, ...] = ()
    spoken: str = ""

    @property
    def score(self) -> float:
        return sum(map(_POINTS, self.parts))


class ProposalState(StrEnum):
    """Where a proposal stands; sending has states of its own, on its actions."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SENT = "sent"
    CANCELLED = "cancelled"


class Answer(StrEnum):
    """The guest's answer; it stands beside the state of sending."""

    NONE = "none"
    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"
    COUNTERED = "countered"


@frozen
class Draft:
    """A proposal before it has a number: what the policy decided.

    ``reasons`` are sentences for the owner (why this person, why now); ``assumptions`` what was
    not known and had to be assumed ("Raj's hours are not known: 9 to 17 in Asia/Kolkata").
    ``title`` and ``text`` are what the guest would read; neither ever holds private notes.
    """

    person: PersonId
    address: str
    format: Format
    slots: tuple[Slot, ...]
    reasons: tuple[str, ...]
    assumptions: tuple[str, ...]
    title: str
    text: str
    expires: datetime


@frozen
class Proposal:
    """A draft that the store has numbered; ``chosen`` is the index of the slot to invite to.

    ``answered`` is when the guest's answer was seen, ``None`` without one. ``restored``: it came
    back with a backup, and what became of it since that was made is not known.
    """

    number: int
    draft: Draft
    state: ProposalState
    created: datetime
    chosen: int = 0
    answer: Answer = Answer.NONE
    comment: str = ""
    outcome: str = ""
    answered: datetime | None = None
    restored: bool = False

    @property
    def slot(self) -> Slot:
        """The chosen one."""
        return self.draft.slots[self.chosen]

    def is_current(self, now: datetime) -> bool:
        """Whether it waits, is on its way, or is a meeting still to come."""
        if self.state is ProposalState.SENT:
            return self.slot.when.end > now
        return self.state in {ProposalState.OPEN, ProposalState.APPROVED}


class Settles(NamedTuple):
    """What an answer to a question is saved as: texts added to a list field of the person.

    Without ``texts`` no yes will do, and the owner has to say what goes into ``field``; without a
    field nothing that is known of the person would settle it.
    """

    field: str = ""
    texts: tuple[str, ...] = ()


class Unplaced(NamedTuple):
    """Someone who should have been proposed and could not be: a code, and a question to settle it.

    ``answer`` is what a yes to it saves.
    """

    person: PersonId
    code: NoSlot
    question: str
    answer: Settles = Settles()


class NoSlot(StrEnum):
    """Why a person could not be placed."""

    NO_ADDRESS = "no-address"
    NO_FORMAT = "no-format"
    NO_COMMON_HOURS = "no-common-hours"
    OWNER_BUSY = "owner-busy"
    GUEST_BUSY = "guest-busy"
    NOTICE_TOO_SHORT = "notice-too-short"
    CAPS_REACHED = "caps-reached"
    HOLIDAYS = "holidays"
