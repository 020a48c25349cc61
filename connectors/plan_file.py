"""The plan as a file of Fika's own: written by `fika plan export`, edited by hand, read back whole.

What stands in the file is the owner's word and replaces what is known; what is left out stays as
it is. All problems are reported together, and then nothing is read.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from connectors.errors import UnreadableAnswer
from connectors.people import encoded
from connectors.people.toml import LIMIT, Problem, unreadable, value_text
from connectors.people.toml_lines import Table, tables
from policies.goals import written as goals
from policies.goals.goal import Goal, GoalState, OutcomeKind, Role, Stage
from policies.goals.written import LISTS, GoalProblems, Stated, plain
from policies.people.person import Seniority

_NAME: Final = "goal"
_ALLOWED: Final = (
    ("level", Seniority),
    ("state", GoalState),
    ("role", Role),
    ("stage", Stage),
    ("kind", OutcomeKind),
)


class _Lines(NamedTuple):
    """Where a goal and each row of its lists stand."""

    goal: Table
    rows: dict[str, list[Table]]


def read_file(path: Path) -> tuple[Stated, ...]:
    """Every goal in a file; see `read`."""
    return read(encoded.text(encoded.read(path, LIMIT), path.name), path.name)


def read(text: str, source: str) -> tuple[Stated, ...]:
    """Every goal in ``text``.

    Raises:
        UnreadableAnswer: all that is wrong in it, with lines and remedies, one on each line.
    """
    text = text.replace("\r\n", "\n")
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        cause = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "no list of goals"
        raise UnreadableAnswer(source, f"not TOML: {cause}", "correct that line") from error
    problems = [
        Problem(0, f"{key} is not known here; a goal begins with [[{_NAME}]]")
        for key in values
        if key != _NAME
    ]
    entries = values.get(_NAME, [])
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        entries = []
        problems.append(Problem(0, f"write [[{_NAME}]] above each goal"))
    found: list[Stated] = []
    for entry, lines in zip(entries, _standing(text, len(entries)), strict=True):
        try:
            found.append(goals.read(entry))
        except GoalProblems as error:
            problems += [_placed(each, lines) for each in error.problems]
    if problems:
        raise unreadable(source, sorted(problems))
    return tuple(found)


def written(goals: Iterable[Goal]) -> str:
    """Goals as a file, in the order given; `read` answers with the same goals."""
    return _head() + "".join(_written(goal) for goal in goals)


def _standing(text: str, count: int) -> list[_Lines]:
    found: list[_Lines] = []
    for table in tables(text):
        if table.name == _NAME:
            found.append(_Lines(table, {name: [] for name in LISTS}))
        elif found and table.name.startswith(f"{_NAME}."):
            found[-1].rows.get(table.name.removeprefix(f"{_NAME}."), []).append(table)
    nowhere = _Lines(Table(_NAME, 0, {}), {name: [] for name in LISTS})
    return (found + [nowhere] * count)[:count]


def _placed(problem: goals.Problem, lines: _Lines) -> Problem:
    field, cause, of, row = problem
    rows = lines.rows.get(of, [])
    table = rows[row] if row < len(rows) else lines.goal
    name = f"{of} {row + 1}: {field}" if of else field
    return Problem(table.keys.get(field, table.line), f"{name}: {cause}")


def _written(goal: Goal) -> str:
    fields, lists = plain(goal)
    blocks = [_block(_NAME, fields)]
    blocks += [_block(f"{_NAME}.{name}", row) for name, rows in lists.items() for row in rows]
    return "".join(f"\n{each}" for each in blocks)


def _block(name: str, fields: Mapping[str, goals.Plain]) -> str:
    return f"[[{name}]]\n" + "".join(f"{k} = {value_text(v)}\n" for k, v in fields.items())


def _head() -> str:
    """What the file says of itself."""
    lines = [
        "Your plan. Edit freely, then: fika plan import FILE",
        "A field left out stays as it is; people, steps and outcomes given replace those known.",
        "A person is named by id, name or address. A step without a number is new.",
        *(f"{name}: one of {', '.join(kind)}" for name, kind in _ALLOWED),
    ]
    return "".join(f"# {line}\n" for line in lines)
