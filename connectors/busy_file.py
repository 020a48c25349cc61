"""People with the times they are taken, from JSON: what `fika find-time --busy` reads.

docs/find-time.md describes the form. Everything in it is checked, and what is wrong is said with
its place, as ``people[1].busy[0]``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple, TypeVar

from policies.hours import is_zone, parse_hours
from policies.interval import Interval
from policies.people.identity import address
from policies.people.person import WeeklyHours
from policies.slots.availability import Busy
from policies.wall import WallTime, absolute, moment

T = TypeVar("T")

LARGEST: Final = 16 * 1024 * 1024
"""Bytes that such a file may have."""

_YEARS = range(1970, 2200)
_PERSON = {"address", "name", "zone", "hours", "busy"}
_BUSY = {"start", "end", "tentative"}


class KnownPerson(NamedTuple):
    """Someone in the file; ``busy`` is ``None`` where the file does not say when they are taken.

    ``zone`` is empty and ``hours`` is ``None`` where nothing is said of them.
    """

    address: str
    name: str = ""
    zone: str = ""
    hours: WeeklyHours | None = None
    busy: tuple[Busy, ...] | None = None


def parse(text: str, zone: str) -> tuple[KnownPerson, ...]:
    """Everyone in the file, in its order; ``zone`` is whose clock times without one are on.

    Raises:
        ValueError: the first thing that is wrong, and where, in one line.
    """
    try:
        whole = json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is no JSON: line {error.lineno}: {error.msg}") from error
    found: dict[str, KnownPerson] = {}
    for given, where in _people(whole):
        each = _person(given, where, zone)
        if each.address in found:
            raise ValueError(f"{where}: {each.address} is in it twice")
        found[each.address] = each
    return tuple(found.values())


def _people(whole: object) -> Iterable[tuple[object, str]]:
    """The long form, a list under ``people``, or the short one: busy times by address."""
    if not isinstance(whole, dict):
        raise ValueError("it must be an object, with a list of people or busy times by address")  # noqa: TRY004 - one kind of error for all
    if "people" not in whole:
        return [({"address": key, "busy": value}, repr(key)) for key, value in whole.items()]
    _known(whole, {"people"}, "the file")
    return [
        (each, f"people[{place}]") for place, each in enumerate(_list(whole["people"], "people"))
    ]


def _person(given: object, where: str, zone: str) -> KnownPerson:
    fields = _known(given, _PERSON, where)
    named, hours = _text(fields, "zone", where), _text(fields, "hours", where)
    if named and not is_zone(named):
        raise ValueError(f"{where}.zone: there is no time zone {named!r}")
    busy = fields.get("busy")
    spans = () if busy is None else _list(busy, f"{where}.busy")
    taken = (
        _busy(each, f"{where}.busy[{place}]", named or zone) for place, each in enumerate(spans)
    )
    return KnownPerson(
        _read(who, _text(fields, "address", where), f"{where}.address"),
        _text(fields, "name", where),
        named,
        _read(parse_hours, hours, f"{where}.hours") if hours else None,
        None if busy is None else tuple(taken),
    )


def who(text: str) -> str:
    """What one person, or a room, is known by: a mail address in its one form, or any name.

    Raises:
        ValueError: there is nothing, or it is no text or, though it has an at sign, no address.
    """
    if not text.strip():
        raise ValueError("is empty")
    if not text.isprintable():
        raise ValueError("holds what is no letter")
    return address(text) if "@" in text else text.strip()


def _read(read: Callable[[str], T], text: str, where: str) -> T:
    try:
        return read(text)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error


def _busy(given: object, where: str, zone: str) -> Busy:
    if isinstance(given, list) and len(given) == len(("start", "end")):
        given = {"start": given[0], "end": given[1]}
    elif not isinstance(given, dict):
        raise ValueError(f"{where}: needs [start, end], or an object with them")
    fields = _known(given, _BUSY, where)
    start, whole = _moment(fields, "start", where, zone)
    end, _ = _moment(fields, "end", where, zone)
    tentative = fields.get("tentative", False)
    if not isinstance(tentative, bool):
        raise ValueError(f"{where}.tentative: needs true or false")  # noqa: TRY004 - one kind of error for all
    if end <= start:
        raise ValueError(f"{where}: it ends before it starts")
    return Busy(Interval(start, end), all_day=whole, tentative=tentative)


def _moment(fields: Mapping[str, Any], name: str, where: str, zone: str) -> tuple[datetime, bool]:
    """The moment, and whether only a day was given: it then begins at midnight."""
    text = _text(fields, name, where)
    example = "write for example '2026-03-02T09:00:00+01:00', '2026-03-02T09:00' or '2026-03-02'"
    try:
        at = datetime.fromisoformat(text)
        day = len(text) <= len("2026-03-02") and date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{where}.{name}: {text!r} is no time; {example}") from None
    if at.year not in _YEARS:
        raise ValueError(f"{where}.{name}: the year must be from {_YEARS[0]} to {_YEARS[-1]}")
    if day:
        return moment(absolute(day, zone)), True
    if at.tzinfo is None:
        return moment(absolute(WallTime(at.replace(microsecond=0), zone), zone)), False
    return at, False


def _known(given: object, names: set[str], where: str) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise ValueError(f"{where}: needs an object with {', '.join(sorted(names))}")  # noqa: TRY004 - one kind of error for all
    unknown = sorted(given.keys() - names)
    if unknown:
        raise ValueError(
            f"{where}: {unknown[0]!r} means nothing; known: {', '.join(sorted(names))}"
        )
    return given


def _list(given: object, where: str) -> list[object]:
    if not isinstance(given, list):
        raise ValueError(f"{where}: needs a list")  # noqa: TRY004 - one kind of error for all
    return given


def _text(fields: Mapping[str, Any], name: str, where: str) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f"{where}.{name}: needs a text")  # noqa: TRY004 - one kind of error for all
    return value.strip()
