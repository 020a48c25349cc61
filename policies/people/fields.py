"""The fields of a person: the form of each, how it is read, and what is allowed in it.

A plain value is what a file can hold: text, a list of texts, yes or no, a number, a day. An empty
text clears a field that may be unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from policies.hours import parse_hours, parse_length, written_length
from policies.people import allowances
from policies.people.identity import NotAnAddress, address
from policies.people.person import (
    Format,
    Influence,
    Intent,
    PersonId,
    Priority,
    PrivateNotes,
    Quality,
    Relation,
    Seniority,
    Weekday,
    WeeklyHours,
)

Plain: TypeAlias = str | bool | int | date | tuple[str, ...]
E = TypeVar("E", bound=StrEnum)

_A_YEAR_MAX, _QUOTED_MAX = 366, 40
_DAY, _DECADE = timedelta(days=1), timedelta(days=3_653)
_YEARS = range(1900, 2200)  # arithmetic with a day a lifetime off must not leave the calendar
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_COUNTRY = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?")  # ISO 3166-1, 3166-2


class Form(StrEnum):
    """What sort of plain value a field takes, in words for the owner."""

    TEXT = "text"
    LIST = "a list of texts"
    FLAG = "true or false"
    NUMBER = "a whole number"
    DAY = "a day such as 2026-05-01"


class Field(NamedTuple):
    """One field: its form, how its plain value is read (ValueError says why not), what it is."""

    form: Form
    read: Callable[[Any], Any]
    about: str
    allowed: tuple[str, ...] = ()


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _wrong(Form.TEXT, value)
    if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise ValueError("holds a NUL or half a character")
    return value


def _name(value: object) -> str:
    if not (text := _text(value)).strip():
        raise ValueError("is empty")
    return text


def _id(value: object) -> PersonId:
    if not _ID.fullmatch(text := _text(value)):
        raise ValueError("may hold only a-z, 0-9 and single hyphens, such as 'ana-silva'")
    return PersonId(text)


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise _wrong(Form.LIST, value)
    found = tuple(map(_text, value))
    if not all(text.strip() for text in found):
        raise ValueError("holds an empty text")
    return found


def _addresses(value: object) -> tuple[str, ...]:
    found = []
    for number, text in enumerate(_texts(value), 1):
        try:
            found.append(address(text))
        except NotAnAddress as error:
            raise ValueError(f"number {number} is no address: {error}") from error
    return tuple(dict.fromkeys(found))


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise _wrong(Form.FLAG, value)
    return value


def _day(value: object) -> date:
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError as error:
            raise ValueError(f"needs {Form.DAY}") from error
    if not isinstance(value, date) or isinstance(value, datetime):
        raise _wrong(Form.DAY, value)
    if value.year not in _YEARS:
        raise ValueError(f"needs a day from {_YEARS[0]} to {_YEARS[-1]}")
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(Form.NUMBER, value)
    if not 0 < value <= _A_YEAR_MAX:
        raise ValueError(f"needs a number from 1 to {_A_YEAR_MAX}")
    return value


def _gap(longest: timedelta) -> Callable[[object], timedelta]:
    def read(value: object) -> timedelta:
        gap = parse_length(_text(value))
        if gap < _DAY or gap % _DAY:
            raise ValueError("needs whole days, such as '21d' or '6w'")
        if gap > longest:
            raise ValueError(f"needs {written_length(longest)} at most")
        return gap

    return read


def _zone(value: object) -> str:
    if not (name := _text(value)):
        return ""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        cause = f"{name[:_QUOTED_MAX]!r} is no time zone; write for example 'Europe/Berlin'"
        raise ValueError(cause) from error
    return name


def _country(value: object) -> str:
    text = _text(value).upper()
    if text and not _COUNTRY.fullmatch(text):
        raise ValueError("needs a code such as 'SE' or 'DE-BE'")
    return text


def _hours(value: object) -> WeeklyHours:
    return parse_hours(_text(value))


def _notes(value: object) -> PrivateNotes:
    return PrivateNotes(_text(value))


def _allowances(value: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(allowances.read(text) for text in _texts(value)))


def _choices(kind: type[E]) -> Callable[[object], tuple[E, ...]]:
    choice = _choice(kind)
    return lambda value: tuple(dict.fromkeys(map(choice, _texts(value))))


def _choice(kind: type[E]) -> Callable[[object], E]:
    by_text = {_plain_choice(each.value): each for each in kind}

    def read(value: object) -> E:
        found = by_text.get(_plain_choice(_text(value)))
        if found is None:
            allowed = ", ".join(each.value for each in kind)
            raise ValueError(f"{str(value)[:_QUOTED_MAX]!r} is none of: {allowed}")
        return found

    return read


def _plain_choice(text: str) -> str:
    return " ".join(text.casefold().replace("_", " ").replace("-", " ").split())


def _or_none(read: Callable[[object], object]) -> Callable[[object], object]:
    return lambda value: None if value == "" else read(value)


def _chosen(kind: type[StrEnum], about: str, *, optional: bool = False) -> Field:
    read = _or_none(_choice(kind)) if optional else _choice(kind)
    return Field(Form.TEXT, read, about, tuple(each.value for each in kind))


def _several(kind: type[StrEnum], about: str) -> Field:
    return Field(Form.LIST, _choices(kind), about, tuple(each.value for each in kind))


def _wrong(form: Form, value: object) -> ValueError:
    return ValueError(f"needs {form}, not {_named(value)}")


def _named(value: object) -> str:
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "true or false"),
        ((int, float), "a number"),
        (str, "text"),
        ((list, tuple), "a list"),
        (Mapping, "a table"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), "a day or time")


FIELDS: Final[Mapping[str, Field]] = MappingProxyType(
    {
        "id": Field(
            Form.TEXT, _id, "the key; it never changes, and is made from the name if left out"
        ),
        "name": Field(Form.TEXT, _name, "in full, as you would introduce them"),
        "addresses": Field(Form.LIST, _addresses, "mail addresses, the one to invite first"),
        "priority": _chosen(Priority, "A matters most"),
        "listed_on": Field(Form.DAY, _day, "the day they were put on the list"),
        "ideal_gap": Field(
            Form.TEXT, _or_none(_gap(_DECADE)), "such as '3w'; the priority's own if left out"
        ),
        "maximum_gap": Field(
            Form.TEXT, _or_none(_gap(2 * _DECADE)), "such as '35d'; half as long again if left out"
        ),
        "relation": _chosen(Relation, "what they are to you"),
        "organisation": Field(Form.TEXT, _text, "where they work"),
        "function": Field(Form.TEXT, _text, "the part of it, such as 'finance'"),
        "role": Field(Form.TEXT, _text, "their title"),
        "seniority": _chosen(Seniority, "sets the tone of an invitation", optional=True),
        "influence": _several(Influence, "what they decide, or have a say in"),
        "quality": _chosen(Quality, "your own rating of the relationship", optional=True),
        "intent": _chosen(Intent, "what you want of the relationship", optional=True),
        "groups": Field(Form.LIST, _texts, "any names of your own, to filter by"),
        "goals": Field(Form.LIST, _texts, "goals of yours they can help with"),
        "zone": Field(Form.TEXT, _zone, "their time zone, such as 'Europe/Berlin'"),
        "country": Field(
            Form.TEXT, _country, "for public holidays: 'SE', or 'DE-BE' with the state"
        ),
        "hours": Field(
            Form.TEXT, _or_none(_hours), "such as 'Mon-Thu 09:00-17:00, Fri 09:00-14:00'"
        ),
        "place": Field(Form.TEXT, _text, "where they are, or like to meet"),
        "formats": _several(Format, "how they like to meet"),
        "allowances": Field(
            Form.LIST,
            _allowances,
            "what you allow for them alone: 'hours Sat 10:00-11:00'",
        ),
        "office_days": _several(Weekday, "when they are in the office, if you know"),
        "do_not_contact": Field(Form.FLAG, _flag, "never propose or invite"),
        "not_before": Field(Form.DAY, _or_none(_day), "no contact before this day"),
        "at_most_a_year": Field(
            Form.NUMBER, _or_none(_count), "no more invitations a year than this"
        ),
        "snoozed_until": Field(Form.DAY, _or_none(_day), "the first day to propose them again"),
        "how_met": Field(Form.TEXT, _text, "may be used in invitations"),
        "common_ground": Field(
            Form.LIST, _texts, "may be used in invitations; a kind may go in front: 'school: KTH'"
        ),
        "to_give": Field(Form.LIST, _texts, "what you can do for them; may be used in invitations"),
        "sensitive": Field(Form.FLAG, _flag, "on no list or report that leaves this machine"),
        "phone": Field(Form.TEXT, _text, "shown to you when you call"),
        "notes": Field(Form.TEXT, _notes, "private: never in anything that leaves this machine"),
    }
)
"""Every field, in the order in which files and tables show them."""


def unknown_field(name: str) -> str:
    """What to say of a name that is no field: the nearest one, or all of them."""
    near = get_close_matches(name, FIELDS, 1)
    return f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(FIELDS)}"
