"""Who is of the owner's own organisation, and who works with them every other week anyway."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from policies.people.identity import folded
from policies.people.person import Person, Relation
from policies.rules import Owner

DAY_TO_DAY: Final = 24
"""So many contacts in a year, one every other week with holidays between, need no plan."""

_INSIDE: Final = frozenset({Relation.TEAM, Relation.MANAGER})
_OUTSIDE: Final = frozenset({Relation.CLIENT, Relation.SUPPLIER, Relation.INVESTOR})
# An address there says nothing about where somebody works.
_ANYBODY: Final = frozenset(
    {
        "aol.com",
        "fastmail.com",
        "gmail.com",
        "gmx.de",
        "gmx.net",
        "googlemail.com",
        "hotmail.com",
        "icloud.com",
        "live.com",
        "mail.com",
        "me.com",
        "msn.com",
        "outlook.com",
        "proton.me",
        "protonmail.com",
        "t-online.de",
        "web.de",
        "yahoo.com",
    }
)


class Segment(StrEnum):
    """Within the owner's organisation or outside it."""

    INTERNAL = "internal"
    EXTERNAL = "external"
    UNKNOWN = "unknown"


class Circle(StrEnum):
    """Whom work brings together by itself, and whom only a plan does."""

    DAY_TO_DAY = "day-to-day"
    STRATEGIC = "strategic"


def segment(person: Person, owner: Owner) -> Segment:
    """By the organisation where both are known, else by the domain of an address, else by relation.

    Addresses at providers open to anybody say nothing.
    """
    if person.organisation.strip() and owner.organisation.strip():
        same = folded(person.organisation) == folded(owner.organisation)
        return Segment.INTERNAL if same else Segment.EXTERNAL
    own, theirs = domains(owner.addresses), domains(person.addresses)
    if own and theirs:
        inside = any(_within(each, known) for each in theirs for known in own)
        return Segment.INTERNAL if inside else Segment.EXTERNAL
    if person.relation in _INSIDE:
        return Segment.INTERNAL
    return Segment.EXTERNAL if person.relation in _OUTSIDE else Segment.UNKNOWN


class Exposure(NamedTuple):
    """How many of a year's contacts were with people whom work does not bring together anyway."""

    beyond: int
    contacts: int


def exposure(contacts_in_a_year: Iterable[int]) -> Exposure:
    """Of everyone's contacts in a year; one with several people counts for each of them."""
    counts = tuple(contacts_in_a_year)
    beyond = sum(each for each in counts if circle(each) is Circle.STRATEGIC)
    return Exposure(beyond, sum(counts))


def circle(contacts_in_a_year: int) -> Circle:
    return Circle.DAY_TO_DAY if contacts_in_a_year >= DAY_TO_DAY else Circle.STRATEGIC


def domains(addresses: Iterable[str]) -> frozenset[str]:
    """Where these addresses are; providers open to anybody are left out."""
    return frozenset(each.rpartition("@")[2] for each in addresses) - _ANYBODY


def _within(domain: str, known: str) -> bool:
    return domain == known or domain.endswith(f".{known}") or known.endswith(f".{domain}")
