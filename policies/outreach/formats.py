"""How to meet: which formats suit a person, best first, and where."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from policies.hours import is_zone
from policies.people.person import Format, Person, Relation
from policies.rules import FormatRule, Owner
from policies.slots.places import same_place

_INSIDE: Final = frozenset({Relation.TEAM, Relation.MANAGER, Relation.OTHER_FUNCTION})
_OVER_LUNCH: Final = frozenset(
    {Relation.CLIENT, Relation.PARTNER, Relation.INVESTOR, Relation.MENTOR, Relation.FRIEND}
)


class Distance(StrEnum):
    """Whether owner and person can meet face to face without a journey."""

    NEAR = "near"
    FAR = "far"
    UNKNOWN = "unknown"


class FormatChoice(NamedTuple):
    """Formats in the order to try them, and sentences for what had to be assumed."""

    formats: tuple[Format, ...]
    assumptions: tuple[str, ...] = ()


def distance(person: Person, owner: Owner) -> Distance:
    """By place where both are known, else by zone: another zone is another city."""
    if person.place and owner.place:
        return Distance.NEAR if same_place(person.place, owner.place) else Distance.FAR
    if is_zone(person.zone) and person.zone != owner.zone:
        return Distance.FAR
    return Distance.UNKNOWN


def formats_for(
    person: Person, owner: Owner, rules: Mapping[Format, FormatRule], last: Format | None = None
) -> FormatChoice:
    """The formats they like, else what suits relation and distance; never twice the same in a row.

    Someone far away is met from afar, whatever they like when near: coffee becomes virtual
    coffee, the others a call. Where nothing says how far they are, they are taken to be near.
    Formats without a rule are left out, which may leave none.
    """
    how_far = distance(person, owner)
    liked = tuple(each for each in person.formats or _usual(person, how_far) if each in rules)
    assumptions: list[str] = []
    if any(rules[each].in_person for each in liked) and how_far is not Distance.NEAR:
        if how_far is Distance.FAR:
            afar = dict.fromkeys(_from_afar(each, rules) for each in liked)
            liked = tuple(each for each in afar if each in rules)
        assumptions.append(_assumed(person, how_far))
    return FormatChoice(_alternated(liked, last), tuple(assumptions))


def place_for(rule: FormatRule, person: Person, seed: int) -> str:
    """One of the owner's places for the format, else where the person is; empty for neither."""
    if rule.places:
        return rule.places[seed % len(rule.places)]
    return person.place if rule.in_person else ""


def _usual(person: Person, how_far: Distance) -> tuple[Format, ...]:
    if how_far is Distance.FAR:
        return Format.VIRTUAL_COFFEE, Format.CALL
    if person.is_senior or person.relation in _OVER_LUNCH:
        return Format.COFFEE, Format.LUNCH
    if person.relation in _INSIDE:
        return Format.COFFEE, Format.WALK
    return (Format.COFFEE,)


def _from_afar(format_: Format, rules: Mapping[Format, FormatRule]) -> Format:
    if not rules[format_].in_person:
        return format_
    return Format.VIRTUAL_COFFEE if format_ is Format.COFFEE else Format.CALL


def _assumed(person: Person, how_far: Distance) -> str:
    where = person.place or person.zone
    if how_far is Distance.FAR:
        return f"{person.name} is in {where}: you meet from afar."
    if person.place:
        return f"{person.name} is in {where}, and your own place is not set: near is assumed."
    return f"Where {person.name} is is not known: near you is assumed."


def _alternated(formats: tuple[Format, ...], last: Format | None) -> tuple[Format, ...]:
    if last not in formats:
        return formats
    return (*(each for each in formats if each is not last), last)
