"""What was given and what was asked, per person; who only asks should give first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NewType

from policies.frozen import frozen
from policies.people.person import PersonId

FavourNumber = NewType("FavourNumber", int)


@frozen
class Favour:
    """Something of value between two people.

    ``given``: from the owner to the person. Else the owner asked for it, or had it unasked.
    """

    number: FavourNumber
    person: PersonId
    given: bool
    what: str
    day: date


def in_order(favours: Iterable[Favour]) -> tuple[Favour, ...]:
    """The oldest first; ties by number."""
    return tuple(sorted(favours, key=lambda each: (each.day, each.number)))


def unreturned(favours: Iterable[Favour]) -> tuple[Favour, ...]:
    """What was asked since the owner last gave something, or ever, oldest first.

    What is of one day counts in the order in which it was noted.
    """
    ordered = in_order(favours)
    last = max((place for place, each in enumerate(ordered) if each.given), default=-1)
    return ordered[last + 1 :]


def gives_first_since(favours: Iterable[Favour], enough: int) -> date | None:
    """Since when the next step is to give: ``enough`` was asked without giving; else ``None``."""
    owed = unreturned(favours)
    return owed[enough - 1].day if len(owed) >= enough else None


def balance_said(favours: Sequence[Favour]) -> str:
    """`gave 2, asked 5, 3 since you last gave`, or `gave 0, asked 5, nothing given yet`."""
    given = sum(each.given for each in favours)
    since = len(unreturned(favours))
    asked = len(favours) - given
    owed = f", {since} since you last gave" if given else ", nothing given yet"
    return f"gave {given}, asked {asked}" + (owed if since else "")
