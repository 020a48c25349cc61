"""Two records of one person as one, and who might be recorded twice.

Nothing here joins people on a name: two people may share one, and the wrong guess would send one
person's invitation to another. A name in common only suggests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple, TypeVar

from policies.people.identity import folded
from policies.people.person import Boundaries, Person, PrivateNotes, Relation
from policies.people.profile import plain, written
from policies.people.tidy import BODY_MAX

T = TypeVar("T")


class Change(NamedTuple):
    """One field before and after, in words; private notes are only said to differ."""

    field: str
    before: str
    after: str


def merge(kept: Person, other: Person) -> Person:
    """``kept`` completed from ``other``: what the owner has goes before what comes in.

    - Key, name, priority: those of ``kept``.
    - One-valued fields: those of ``kept``, where it has none those of ``other``.
    - Lists: both, ``kept`` first, without repeating (case apart).
    - Notes and how they met: both texts, unless one holds the other or they grow too long.
    - Boundaries, and whether they are sensitive: the stricter of each. Listed: the earlier day.
      Snoozed: the later.

    Merging the same ``other`` again changes nothing.
    """
    return replace(
        kept,
        addresses=_both(kept.addresses, other.addresses),
        listed_on=min(kept.listed_on, other.listed_on),
        cadence=kept.cadence or other.cadence,
        relation=other.relation if kept.relation is Relation.UNKNOWN else kept.relation,
        organisation=kept.organisation or other.organisation,
        function=kept.function or other.function,
        role=kept.role or other.role,
        seniority=kept.seniority or other.seniority,
        influence=_both(kept.influence, other.influence),
        quality=kept.quality or other.quality,
        intent=kept.intent or other.intent,
        groups=_both(kept.groups, other.groups),
        goals=_both(kept.goals, other.goals),
        zone=kept.zone or other.zone,
        country=kept.country or other.country,
        hours=kept.hours or other.hours,
        place=kept.place or other.place,
        formats=_both(kept.formats, other.formats),
        allowances=_both(kept.allowances, other.allowances),
        office_days=kept.office_days or other.office_days,
        boundaries=_stricter(kept.boundaries, other.boundaries),
        snoozed_until=_of(max, kept.snoozed_until, other.snoozed_until),
        how_met=_texts(kept.how_met, other.how_met),
        common_ground=_both(kept.common_ground, other.common_ground),
        to_give=_both(kept.to_give, other.to_give),
        sensitive=kept.sensitive or other.sensitive,
        phone=kept.phone or other.phone,
        notes=PrivateNotes(_texts(kept.notes.reveal(), other.notes.reveal())),
    )


def differences(before: Person, after: Person) -> tuple[Change, ...]:
    """Every field that differs, in the order of `policies.people.fields.FIELDS`."""
    old, new = plain(before), plain(after)
    names = [name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name)]
    return tuple(
        _notes_change(bool(old.get(name)), bool(new.get(name)))
        if name == "notes"
        else Change(name, written(old.get(name, "")), written(new.get(name, "")))
        for name in names
    )


def names_agree(one: str, other: str) -> bool:
    """Whether two names share a word, or either has none; a shared address alone may be a couple's.

    Initials count as the word they begin.
    """
    words, others = folded(one).replace(".", " ").split(), folded(other).replace(".", " ").split()
    return not words or not others or any(_same_word(a, b) for a in words for b in others)


def _same_word(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return short == long or (len(short) == 1 and long.startswith(short))


def _notes_change(had: bool, has: bool) -> Change:
    return Change("notes", "(private)" if had else "", "(private)" if has else "")


def _both(first: tuple[T, ...], second: tuple[T, ...]) -> tuple[T, ...]:
    known = {str(value).casefold() for value in first}
    added: dict[str, T] = {}
    for value in second:
        added.setdefault(str(value).casefold(), value)
    return (*first, *(value for key, value in added.items() if key not in known))


def _texts(first: str, second: str) -> str:
    if not first or not second:
        return first or second
    if second.strip() in first or len(first) + len(second) > BODY_MAX:
        return first
    return second if first.strip() in second else f"{first}\n{second}"


def _stricter(one: Boundaries, other: Boundaries) -> Boundaries:
    return Boundaries(
        one.do_not_contact or other.do_not_contact,
        _of(max, one.not_before, other.not_before),
        _of(min, one.at_most_a_year, other.at_most_a_year),
    )


def _of(choose: Callable[[T, T], T], one: T | None, other: T | None) -> T | None:
    if one is None or other is None:
        return one if other is None else other
    return choose(one, other)
