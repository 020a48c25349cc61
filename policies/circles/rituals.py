"""A recurring coffee within a group: whose turn it is, and who is paired with whom.

All of it follows from the members' order and the number of the round, so that nobody draws lots
and the same question always has the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final, NamedTuple, TypeVar

from policies.frozen import frozen
from policies.people.person import PersonId

_Member = TypeVar("_Member")


OWNER: Final = PersonId("")
"""Stands for the owner among the members of a team."""


@frozen
class Ritual:
    """A coffee every so many weeks. ``number`` is 0 until it is kept.

    The owner meets one of the members each time, in turn; a ``team`` pairs up, the owner among
    it. ``shift`` turns the rounds on, so that a change of members repeats nobody.
    """

    name: str
    every_weeks: int
    starts: date
    members: tuple[PersonId, ...] = ()
    team: bool = False
    shift: int = 0
    number: int = 0

    @property
    def seats(self) -> tuple[PersonId, ...]:
        return (*self.members, OWNER) if self.team else self.members

    def round_on(self, day: date) -> int:
        """The number of the round that ``day`` lies in, from 0; below zero before the first."""
        return (day - self.starts) // timedelta(weeks=self.every_weeks)

    def begins(self, number: int) -> date:
        """The first day of a round."""
        return self.starts + number * timedelta(weeks=self.every_weeks)

    def turn(self, number: int) -> PersonId | None:
        """Whom the owner meets in a round; ``None`` in a team, or while there is nobody."""
        if self.team or not self.members or number < 0:
            return None
        return turn_of(self.members, number + self.shift)

    def pairs(self, number: int) -> Round:
        """Who of a team meets whom in a round."""
        return paired(self.seats, number + self.shift)

    def with_members(self, members: tuple[PersonId, ...], day: date) -> Ritual:
        """The ritual with other members.

        Whose turn it is keeps it, or it goes to the next who is still there. A team's present
        round stays as it was told; the new one begins with the next, and repeats no pair of it.
        """
        number = self.round_on(day)
        if number < 0 or not self.members:
            return replace(self, members=members)
        if not self.team:
            return replace(self, members=members, shift=self._turned(members, number))
        after = replace(self, members=members, starts=self.begins(number + 1), shift=0)
        return replace(after, shift=_unlike(self.pairs(number), after.seats))

    def _turned(self, members: tuple[PersonId, ...], number: int) -> int:
        rest = (turn_of(self.members, number + self.shift + k) for k in range(len(self.members)))
        now = next((each for each in rest if each in members), None)
        return (members.index(now) - number) % len(members) if now else 0


class Round(NamedTuple):
    """Who is with whom in one round; ``rests`` sits out, empty where everyone has a partner."""

    pairs: tuple[tuple[str, str], ...]
    rests: tuple[str, ...] = ()

    @property
    def as_sets(self) -> frozenset[frozenset[str]]:
        return frozenset(map(frozenset, (*self.pairs, *((each,) for each in self.rests))))


def turn_of(members: Sequence[_Member], number: int) -> _Member:
    """Whose turn it is in round ``number`` (from 0) where the owner meets one member each time.

    Raises:
        ValueError: there is nobody.
    """
    if not members:
        raise ValueError("a ritual needs somebody")
    return members[number % len(members)]


def paired(members: Sequence[str], number: int) -> Round:
    """The pairs of round ``number`` (from 0), by the circle method of round-robin tournaments.

    Everyone meets everyone else once before anyone meets anyone again. With an odd number one
    sits out, each in turn. Two members have no choice: they meet each time.

    Raises:
        ValueError: fewer than two members.
    """
    if len(members) < 2:  # noqa: PLR2004 - a pair
        raise ValueError("a pair needs two members")
    seats: list[str | None] = list(members)
    if len(seats) % 2:
        seats.append(None)
    fixed, circle = seats[0], seats[1:]
    shift = number % len(circle)
    table = [fixed, *circle[shift:], *circle[:shift]]
    both = list(zip(table[: len(table) // 2], reversed(table[len(table) // 2 :]), strict=True))
    pairs = [(one, other) for one, other in both if one is not None and other is not None]
    rests = [one or other for one, other in both if one is None or other is None]
    return Round(tuple(pairs), tuple(each for each in rests if each is not None))


def _unlike(before: Round, members: Sequence[str]) -> int:
    """The first round that has no pair and no rest of the one before; 0 where all have."""
    told = before.as_sets
    rounds = range(len(members)) if len(members) > 1 else range(0)
    return next((each for each in rounds if not told & paired(members, each).as_sets), 0)
