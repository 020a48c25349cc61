"""What was promised to whom, and by when; a promise of the owner's that is late is a broken one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import NewType

from policies.frozen import frozen
from policies.people.person import PersonId
from policies.spoken import by_day, by_when

PromiseNumber = NewType("PromiseNumber", int)


class PromiseState(StrEnum):
    """What became of it: a promise that is let go was taken back, or is not wanted any more."""

    OPEN = "open"
    KEPT = "kept"
    LET_GO = "let go"


@frozen
class Promise:
    """``mine``: the owner's to the person, else theirs to the owner. ``due`` is its last day.

    ``due`` is ``None`` where no day was named: such a promise is open, and never late.
    """

    number: PromiseNumber
    person: PersonId
    mine: bool
    what: str
    made: date
    due: date | None = None
    state: PromiseState = PromiseState.OPEN
    ended: date | None = None

    @property
    def is_open(self) -> bool:
        return self.state is PromiseState.OPEN

    def is_late(self, today: date) -> bool:
        return self.is_open and self.due is not None and self.due < today

    def is_broken(self, today: date) -> bool:
        """Whether the owner owes it, and the day it was promised for has passed."""
        return self.mine and self.is_late(today)


def by_urgency(promises: Iterable[Promise]) -> tuple[Promise, ...]:
    """The earliest due first, the undated after them as they were made; ties by number."""
    return tuple(sorted(promises, key=lambda each: (each.due or date.max, each.made, each.number)))


def worst_broken(promises: Iterable[Promise], today: date) -> Promise | None:
    """The promise of the owner's that is late the longest; ``None`` when none is late."""
    return next((each for each in by_urgency(promises) if each.is_broken(today)), None)


def promise_listed(each: Promise, name: str, today: date) -> str:
    """As `promise_said`, for a list that is to change only when something happens."""
    return f"{_whose(each, name)}{f', {by_day(each.due, today)}' if each.due else ''}"


def promise_said(each: Promise, name: str, today: date) -> str:
    """`To Ana: the paper, by 3 March (2 days late)`, with ``name`` as it is to be shown."""
    return f"{_whose(each, name)}{f', {by_when(each.due, today)}' if each.due else ''}"


def _whose(each: Promise, name: str) -> str:
    return f"{'To' if each.mine else 'From'} {name}: {each.what}"
