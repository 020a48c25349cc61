"""A goal as plain named values: the form it has in a file the owner edits by hand.

`plain` and `read` are each other's inverse. People are named as the owner likes to; whoever
reads the file finds out who is meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from policies.goals.goal import (
    WEIGHT_MAX,
    Goal,
    GoalId,
    GoalState,
    Helper,
    Outcome,
    OutcomeKind,
    Role,
    Stage,
    Step,
)
from policies.people.person import PersonId, Seniority

Plain: TypeAlias = str | int | date
Rows: TypeAlias = tuple[Mapping[str, Plain], ...]
E = TypeVar("E", bound=StrEnum)

LISTS: Final = {"person": "helpers", "step": "steps", "outcome": "outcomes"}
"""What a goal has several of: the name in a file, and in `Goal`."""
_EMPTY: Final = Goal(GoalId(""), "", date.min)


class Problem(NamedTuple):
    """Why a value cannot be used; ``row`` is its place in a list, from 0, and ``of`` the list."""

    field: str
    cause: str
    of: str = ""
    row: int = 0


class GoalProblems(ValueError):
    """All that is wrong with one goal."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{each.field}: {each.cause}" for each in problems))


class Stated(NamedTuple):
    """A goal as a file has it; ``names`` are the fields of `Goal` that the file states."""

    goal: Goal
    names: frozenset[str]

    def over(self, known: Goal) -> Goal:
        """``known`` with what is stated; the key stays."""
        stated = {name: getattr(self.goal, name) for name in self.names - {"id"}}
        return replace(known, **stated)


def plain(goal: Goal) -> tuple[dict[str, Plain], dict[str, Rows]]:
    """The fields that say something, and the lists that are not empty."""
    fields: dict[str, Plain | None] = {
        "id": goal.id,
        "title": goal.title,
        "why": goal.why,
        "by": goal.by,
        "function": goal.function,
        "level": goal.level and goal.level.value,
        "weight": goal.weight,
        "template": goal.template,
        "review_on": goal.review_on,
        "state": goal.state.value,
        "listed_on": goal.listed_on,
        "ended_on": goal.ended_on,
    }
    lists: dict[str, list[dict[str, Plain | None]]] = {
        "person": [
            {"name": each.person, "role": each.role.value, "stage": each.stage.value}
            for each in goal.helpers
        ],
        "step": [
            {
                "number": each.number or None,
                "text": each.text,
                "due": each.due,
                "with": each.person,
                "done": each.done,
            }
            for each in goal.steps
        ],
        "outcome": [
            {
                "number": each.number or None,
                "kind": each.kind.value,
                "text": each.text,
                "day": each.day,
                "with": each.person,
            }
            for each in goal.outcomes
        ],
    }
    return _said(fields), {name: tuple(map(_said, rows)) for name, rows in lists.items() if rows}


def read(values: Mapping[str, object]) -> Stated:
    """A goal from the values of a file.

    Raises:
        GoalProblems: every value that cannot be used, and every name that is none.
    """
    problems: list[Problem] = []
    fields = {k: v for k, v in values.items() if k not in LISTS}
    found = _row(fields, _FIELDS, problems, "", 0)
    for name, target in LISTS.items():
        if name in values:
            found[target] = tuple(_list(name, values[name], problems))
    if "title" not in values and "id" not in values:
        problems.append(Problem("title", "is missing"))
    if problems:
        raise GoalProblems(problems)
    return Stated(replace(_EMPTY, **found), frozenset(found))


def _said(fields: Mapping[str, Plain | None]) -> dict[str, Plain]:
    return {name: value for name, value in fields.items() if value not in (None, "")}


def _list(name: str, rows: object, problems: list[Problem]) -> Iterator[Any]:
    readers, make, needed = _LISTS[name]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        problems.append(Problem(name, f"write [[goal.{name}]] above each"))
        return
    for number, row in enumerate(rows):
        before = len(problems)
        found = _row(row, readers, problems, name, number)
        problems += [Problem(each, "is missing", name, number) for each in needed - row.keys()]
        if len(problems) == before:
            yield make(found)


def _row(
    values: Mapping[str, object],
    readers: Mapping[str, Callable[[object], object]],
    problems: list[Problem],
    of: str,
    number: int,
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        try:
            found[name] = readers[name](value)
        except KeyError:
            known = ", ".join([*readers, *(LISTS if not of else ())])
            problems.append(Problem(name, f"is not known here; known are: {known}", of, number))
        except ValueError as error:
            problems.append(Problem(name, str(error), of, number))
    return found


def _text(value: object) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("needs text")
    return value


def _filled(value: object) -> str:
    if not _text(value).strip():
        raise ValueError("is empty")
    return _text(value)


def _day(value: object) -> date:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise _no_day() from error
    if not isinstance(value, date) or isinstance(value, datetime):
        raise _no_day()
    return value


def _no_day() -> ValueError:
    return ValueError("needs a day such as 2027-03-31")


def _whole(most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise ValueError(f"needs a whole number from 0 to {most}")
        return value

    return read


def _one_of(kind: type[E]) -> Callable[[object], E]:
    def read(value: object) -> E:
        try:
            return kind(_text(value).casefold().replace("-", " ").strip())
        except ValueError as error:
            raise ValueError(f"is none of: {', '.join(kind)}") from error

    return read


def _or_none(read: Callable[[object], object]) -> Callable[[object], object]:
    return lambda value: None if value == "" else read(value)


def _helper(found: Mapping[str, Any]) -> Helper:
    usual = Helper(PersonId(""))
    return Helper(found["name"], found.get("role", usual.role), found.get("stage", usual.stage))


def _step(found: Mapping[str, Any]) -> Step:
    return Step(
        found["text"],
        found.get("due"),
        found.get("with"),
        found.get("done"),
        found.get("number", 0),
    )


def _outcome(found: Mapping[str, Any]) -> Outcome:
    kind = found.get("kind", OutcomeKind.OTHER)
    return Outcome(kind, found["text"], found["day"], found.get("with"), found.get("number", 0))


_NUMBER: Final = _whole(2**31)
_FIELDS: Final[Mapping[str, Callable[[object], object]]] = {
    "id": _filled,
    "title": _filled,
    "why": _text,
    "by": _or_none(_day),
    "function": _text,
    "level": _or_none(_one_of(Seniority)),
    "weight": _whole(WEIGHT_MAX),
    "template": _text,
    "review_on": _or_none(_day),
    "state": _one_of(GoalState),
    "listed_on": _day,
    "ended_on": _or_none(_day),
}
_Readers: TypeAlias = Mapping[str, Callable[[object], object]]
_LISTS: Final[
    Mapping[str, tuple[_Readers, Callable[[Mapping[str, Any]], object], frozenset[str]]]
] = {
    "person": (
        {"name": _filled, "role": _one_of(Role), "stage": _one_of(Stage)},
        _helper,
        frozenset({"name"}),
    ),
    "step": (
        {
            "number": _NUMBER,
            "text": _filled,
            "due": _or_none(_day),
            "with": _or_none(_filled),
            "done": _or_none(_day),
        },
        _step,
        frozenset({"text"}),
    ),
    "outcome": (
        {
            "number": _NUMBER,
            "kind": _one_of(OutcomeKind),
            "text": _filled,
            "day": _day,
            "with": _or_none(_filled),
        },
        _outcome,
        frozenset({"text", "day"}),
    ),
}
