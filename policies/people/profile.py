"""A person as flat named fields: the form they have in files, on the command line and in a diff.

`plain` and `with_plain` are each other's inverse; `fields` says what each field takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from policies.hours import written_hours, written_length
from policies.people.fields import FIELDS, Form, Plain, unknown_field
from policies.people.person import Cadence, Person, Relation

_BOUNDARIES: Final = ("do_not_contact", "not_before", "at_most_a_year")
_GAPS: Final = ("ideal_gap", "maximum_gap")
_DAY = timedelta(days=1)
_LISTED = re.compile(r"((?:[^;\\]|\\.)+)", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_TO_ESCAPE = re.compile(r"[;\\]")


class Problem(NamedTuple):
    """Why a field's value cannot be used."""

    field: str
    cause: str


class ProfileProblems(ValueError):
    """All that is wrong with the values given for one person."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{field}: {cause}" for field, cause in self.problems))


def plain(person: Person) -> dict[str, Plain]:
    """The fields that say something, in the order of `FIELDS`; the notes in full."""
    limits, cadence = person.boundaries, person.cadence
    values: dict[str, Plain | None] = {
        "id": person.id,
        "name": person.name,
        "addresses": person.addresses,
        "priority": person.priority.value,
        "listed_on": person.listed_on,
        "ideal_gap": written_length(cadence.ideal) if cadence else None,
        "maximum_gap": written_length(cadence.maximum) if cadence else None,
        "relation": person.relation.value if person.relation is not Relation.UNKNOWN else None,
        "organisation": person.organisation,
        "function": person.function,
        "role": person.role,
        "seniority": person.seniority.value if person.seniority else None,
        "influence": tuple(each.value for each in person.influence),
        "quality": person.quality.value if person.quality else None,
        "intent": person.intent.value if person.intent else None,
        "groups": person.groups,
        "goals": person.goals,
        "zone": person.zone,
        "country": person.country,
        "hours": written_hours(person.hours) if person.hours else None,
        "place": person.place,
        "formats": tuple(each.value for each in person.formats),
        "allowances": person.allowances,
        "office_days": tuple(each.value for each in person.office_days),
        "do_not_contact": limits.do_not_contact or None,
        "not_before": limits.not_before,
        "at_most_a_year": limits.at_most_a_year,
        "snoozed_until": person.snoozed_until,
        "how_met": person.how_met,
        "common_ground": person.common_ground,
        "to_give": person.to_give,
        "sensitive": person.sensitive or None,
        "phone": person.phone,
        "notes": person.notes.reveal(),
    }
    return {name: value for name, value in values.items() if value not in (None, "", ())}


def with_plain(person: Person, values: Mapping[str, object]) -> Person:
    """``person`` with these fields set from plain values.

    Raises:
        ProfileProblems: every value that cannot be used, and every name that is no field.
    """
    problems: list[Problem] = []
    read: dict[str, Any] = {}
    for name, value in values.items():
        try:
            read[name] = FIELDS[name].read(value)
        except KeyError:
            problems.append(Problem(name, f"is no field; {unknown_field(name)}"))
        except ValueError as error:
            problems.append(Problem(name, str(error)))
    limits = replace(person.boundaries, **{k: read.pop(k) for k in _BOUNDARIES if k in read})
    gaps: dict[str, timedelta | None] = {name: read.pop(name) for name in _GAPS if name in read}
    cadence = person.cadence
    try:
        cadence = _cadence(cadence, gaps) if gaps else cadence
    except ValueError as error:
        problems.append(Problem(next(iter(gaps)), str(error)))
    if problems:
        raise ProfileProblems(problems)
    return replace(person, boundaries=limits, cadence=cadence, **read)


def taking(kept: Person, other: Person, names: Iterable[str]) -> Person:
    """``kept`` with the named fields as they are in ``other``, empty ones too; never its key."""
    values = plain(other)
    wanted = set(names) - {"id"}
    if wanted.intersection(_GAPS):
        wanted.update(_GAPS)
    return with_plain(
        kept, {name: values.get(name, _cleared(name)) for name in FIELDS if name in wanted}
    )


def _cleared(name: str) -> Plain:
    if name == "relation":
        return Relation.UNKNOWN.value
    cleared: dict[Form, Plain] = {Form.LIST: (), Form.FLAG: False}
    return cleared.get(FIELDS[name].form, "")


def _cadence(known: Cadence | None, gaps: Mapping[str, timedelta | None]) -> Cadence | None:
    ideal = gaps.get("ideal_gap", known.ideal if known else None)
    maximum = gaps.get("maximum_gap", known.maximum if known else None)
    if ideal is None:
        if gaps.get("maximum_gap") is not None:
            raise ValueError("needs an ideal_gap beside it")
        return None
    if maximum is None or ("maximum_gap" not in gaps and maximum < ideal):
        maximum = _DAY * -(-ideal * 3 // (2 * _DAY))
    return Cadence(ideal, maximum)


def from_text(name: str, text: str) -> Plain:
    """A field's plain value from one cell; the inverse of `to_text`.

    Raises:
        ValueError: the text has not the field's form.
    """
    form = FIELDS[name].form
    if form is Form.LIST:
        parts = (_ESCAPED.sub(r"\1", each).strip() for each in _LISTED.findall(text))
        return tuple(part for part in parts if part)
    if form is Form.FLAG:
        return _yes_or_no(text)
    if form is Form.NUMBER and text:
        if not re.fullmatch(r"[0-9]{1,6}", text):
            raise ValueError(f"needs {Form.NUMBER}")
        return int(text)
    return text


def to_text(value: Plain) -> str:
    """A plain value in one cell: lists are separated by semicolons, a day is an ISO date."""
    if isinstance(value, tuple):
        return "; ".join(_TO_ESCAPE.sub(r"\\\g<0>", each) for each in value)
    return written(value)


def _yes_or_no(text: str) -> bool:
    word = text.strip().casefold()
    if word not in {"", "yes", "true", "1", "no", "false", "0"}:
        raise ValueError("needs yes or no")
    return word in {"yes", "true", "1"}


def written(value: Plain) -> str:
    """A plain value in words, for tables."""
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else str(value)
