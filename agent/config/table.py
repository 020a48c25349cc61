"""A TOML table read key by key, every problem collected with its line and its remedy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, TypeVar

from policies.hours import parse_hours, parse_length, written_length
from policies.people.person import WeeklyHours

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")
D = TypeVar("D")

_GREATEST = 1_000_000
MOST_POINTS = 100
NONE, LONGEST = timedelta(), timedelta(days=3_650)

_HEADER = re.compile(r"^\s*\[{1,2}\s*([^\[\]]+?)\s*\]{1,2}")
_KEY = re.compile(r"^\s*(?:\"([^\"]+)\"|'([^']+)'|([A-Za-z0-9_-]+))\s*=")


class Problem(NamedTuple):
    """One thing wrong: the line it stands on (0 when unknown), what it is, what to do."""

    line: int
    cause: str
    remedy: str

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.cause}" + (f"; {self.remedy}" if self.remedy else "")


class Lines:
    """Which line of a TOML text each table and key stands on; inline tables share theirs."""

    def __init__(self, text: str) -> None:
        self._found: dict[str, int] = {}
        counts: dict[str, int] = {}
        prefix = ""
        for number, line in enumerate(text.splitlines(), 1):
            if header := _HEADER.match(line):
                prefix = header[1].replace('"', "").replace(" ", "")
                if line.lstrip().startswith("[["):
                    index = counts[prefix] = counts.get(prefix, -1) + 1
                    prefix = f"{prefix}[{index}]"
                self._found.setdefault(prefix, number)
            elif key := _KEY.match(line):
                name = key[1] or key[2] or key[3]
                self._found.setdefault(f"{prefix}.{name}" if prefix else name, number)

    def of(self, path: str) -> int:
        """The line of ``path``, else of the nearest table around it, else 0."""
        while path:
            if path in self._found:
                return self._found[path]
            path = path.rpartition(".")[0]
        return 0


class Table:
    """One table; each method takes a key out of it, and `leave` reports what nobody asked for."""

    def __init__(
        self, values: Mapping[str, object], path: str, lines: Lines, problems: list[Problem]
    ) -> None:
        self._values = values
        self._path = path
        self._lines = lines
        self._problems = problems
        self._asked: set[str] = set()
        self._wrong: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def problem(self, key: str, cause: str, remedy: str = "") -> None:
        """Report something wrong with the value of ``key`` (or with the table, if empty).

        Of a value that is no text where one belongs, nobody needs to hear also that it is no zone.
        """
        if key and key in self._wrong:
            return
        self._wrong.add(key)
        path = f"{self._path}.{key}".strip(".")
        self._problems.append(Problem(self._lines.of(path), f"{path} {cause}", remedy))

    def text(self, key: str, default: str = "") -> str:
        return self._typed(key, str, default, "text in quotes")

    def flag(self, key: str, *, default: bool) -> bool:
        return self._typed(key, bool, default, "true or false")

    def number(self, key: str, default: int, *, least: int = 0, most: int = 10**12) -> int:
        value = self._typed(key, int, default, "a whole number")
        if isinstance(value, bool) or not least <= value <= most:
            self.problem(key, f"is {value}", f"write a number from {least} to {most}")
            return default
        return value

    def share(self, key: str, default: float) -> float:
        self._asked.add(key)
        value = self._values.get(key, default)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not 0 <= value <= _GREATEST  # NaN is not either
        ):
            self.problem(key, "is not a positive number", "write for example 0.5")
            return default
        return float(value)

    def points(self, key: str, default: float) -> float:
        """A weight that may be below zero."""
        self._asked.add(key)
        value = self._values.get(key, default)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not abs(value) <= MOST_POINTS  # NaN is not either
        ):
            remedy = f"write a number from -{MOST_POINTS} to {MOST_POINTS}; 0 switches it off"
            self.problem(key, "is not a number of points", remedy)
            return default
        return float(value)

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        self._asked.add(key)
        value = self._values.get(key)
        if value is None:
            return default
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self.problem(key, "is not a list of texts", 'write for example ["one", "two"]')
            return default
        return tuple(value)

    def length(
        self, key: str, default: timedelta, *, least: timedelta = NONE, most: timedelta = LONGEST
    ) -> timedelta:
        value = self._parsed(key, default, parse_length)
        if least <= value <= most:
            return value
        remedy = f"write a length from {written_length(least)} to {written_length(most)}"
        self.problem(key, f"is {written_length(value)}", remedy)
        return default

    def hours(self, key: str) -> WeeklyHours | None:
        return self._parsed(key, None, parse_hours)

    def clock(self, key: str, default: time) -> time:
        return self._parsed(key, default, _clock)

    def span(self, key: str, default: tuple[time, time] | None) -> tuple[time, time] | None:
        return self._parsed(key, default, _span)

    def choice(self, key: str, kind: type[E], default: E) -> E:
        return self._parsed(key, default, lambda text: _choice(kind, text))

    def path(self, key: str, folder: Path) -> Path | None:
        """A path, ``~`` understood, relative ones beside the configuration; ``None`` if absent."""
        text = self.text(key)
        if not text:
            return None
        try:
            path = Path(text).expanduser()
        except RuntimeError:
            self.problem(key, "begins with a user who has no home here", "write the path in full")
            return None
        if "\0" in text:
            self.problem(key, "holds a NUL, which no path can")
            return None
        return folder / path

    def table(self, key: str) -> Table:
        self._asked.add(key)
        value = self._values.get(key, {})
        if not isinstance(value, dict):
            self.problem(key, "is not a table", f"write [{key}] on a line of its own")
            value = {}
        return Table(value, f"{self._path}.{key}".strip("."), self._lines, self._problems)

    def tables(self, key: str) -> tuple[Table, ...]:
        self._asked.add(key)
        value = self._values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.problem(key, "is not a list of tables", f"write [[{key}]] above each")
            return ()
        return tuple(
            Table(each, f"{self._path}.{key}[{index}]".strip("."), self._lines, self._problems)
            for index, each in enumerate(value)
        )

    def leave(self) -> None:
        """Report every key that nothing asked for, with the nearest that exists."""
        for key in self._values:
            if key not in self._asked:
                self.problem(key, "is not a setting", nearest(key, self._asked))

    def _typed(self, key: str, kind: type[T], default: T, wanted: str) -> T:
        self._asked.add(key)
        value = self._values.get(key, default)
        if not isinstance(value, kind):
            self.problem(key, f"is {_named(value)}", f"write {wanted}")
            return default
        return value

    def _parsed(self, key: str, default: D, parse: Callable[[str], T]) -> T | D:
        self._asked.add(key)
        if key not in self._values:
            return default
        value = self._values[key]
        if not isinstance(value, str):
            self.problem(key, f"is {_named(value)}", "write text in quotes")
            return default
        try:
            return parse(value)
        except ValueError as error:
            self.problem(key, f"cannot be used: {error}")
            return default


def nearest(word: str, known: Iterable[str]) -> str:
    """A remedy naming the known word that is most like this one, or all of them."""
    from difflib import get_close_matches

    words = sorted(known)
    close = get_close_matches(word, words, 1)
    return f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(words)}"


def _named(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list"}
    return names.get(type(value), "a table" if isinstance(value, dict) else "a date")


def _clock(text: str) -> time:
    try:
        hour, minute = text.split(":")
        return time(int(hour), int(minute))
    except ValueError as error:
        raise ValueError(f"{text!r} is no time of day; write for example '09:30'") from error


def _span(text: str) -> tuple[time, time] | None:
    if text == "none":
        return None
    start, dash, end = text.partition("-")
    if not dash:
        raise ValueError(f"{text!r} is no span; write for example '12:00-13:00', or 'none'")
    span = _clock(start.strip()), _clock(end.strip())
    if span[1] <= span[0]:
        raise ValueError(f"{text!r} ends before it starts")
    return span


def _choice(kind: type[E], text: str) -> E:
    try:
        return kind(text.lower())
    except ValueError as error:
        allowed = ", ".join(each.value for each in kind)
        raise ValueError(f"{text!r} is none of: {allowed}") from error
