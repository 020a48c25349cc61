"""Fika's own file of people: written by `fika people export`, edited by hand, read back whole.

Every field that stands in the file is the owner's word and replaces what is known; what is left
out stays as it is. All problems are reported together, and then nothing is read.
"""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

from connectors.errors import UnreadableAnswer
from connectors.people import encoded
from connectors.people.toml_lines import Table, tables
from connectors.port import PeopleRead
from policies.frozen import frozen
from policies.people.fields import FIELDS, Plain
from policies.people.identity import NotAnAddress, address
from policies.people.importing import Incoming
from policies.people.person import Person, PersonId
from policies.people.profile import ProfileProblems, plain, with_plain
from policies.spoken import counted

LIMIT = 8 * 1024 * 1024  # bytes; the standard library reads about two MiB a second
_SHOWN_MAX = 50  # problems
_NAME = "person"
_WIDTH = 78
# Controls must be escaped (TOML 1.0); what acts on a terminal or cannot be seen, should be.
_UNSEEN = (0xAD, 0x061C, *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070))
_ESCAPES = {code: f"\\u{code:04X}" for code in (*range(0x20), *range(0x7F, 0xA0), *_UNSEEN, 0xFEFF)}
_ESCAPES |= {ord("\n"): "\\n", ord("\t"): "\\t", ord("\\"): "\\\\", ord('"'): '\\"'}


class Problem(NamedTuple):
    """Something wrong in the file; line 0 is the file itself."""

    line: int
    cause: str


@frozen
class TomlPeople:
    """A file of people; `connectors.port.PeopleSource`."""

    path: Path
    limit: int = LIMIT

    def people(self) -> PeopleRead:
        text = encoded.text(encoded.read(self.path, self.limit), self.path.name)
        return read(text, self.path.name)


def read(text: str, source: str) -> PeopleRead:
    """Everyone in ``text``.

    Raises:
        UnreadableAnswer: all that is wrong in it, with lines and remedies, one on each line.
    """
    text = text.replace("\r\n", "\n")
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        cause = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "no list of people"
        raise UnreadableAnswer(source, f"not TOML: {cause}", "correct that line") from error
    standing = tables(text)
    problems = _strangers(values, standing)
    entries = _entries(values, standing)
    people: list[Incoming] = []
    for entry, table in entries:
        try:
            people.append(_incoming(entry))
        except ProfileProblems as error:
            problems += [
                Problem(table.keys.get(p.field, table.line), f"{p.field}: {p.cause}")
                for p in error.problems
            ]
    problems += _repeated(entries)
    if problems:
        raise unreadable(source, sorted(problems))
    return PeopleRead(tuple(people))


def written(people: Iterable[Person]) -> str:
    """People as a file, in the order given; `read` answers with the same people."""
    return _head() + "".join(_written(person) for person in people)


def _entries(
    values: Mapping[str, object], standing: Iterable[Table]
) -> list[tuple[Mapping[str, object], Table]]:
    """Each person's table with the lines it stands on."""
    entries = values.get(_NAME, [])
    headers = [table for table in standing if table.name == _NAME]
    if not isinstance(entries, list):
        return []
    nowhere = Table(_NAME, 0, {})
    headers += [nowhere] * (len(entries) - len(headers))
    return [(e, t) for e, t in zip(entries, headers, strict=False) if isinstance(e, dict)]


def _strangers(values: Mapping[str, object], standing: Iterable[Table]) -> list[Problem]:
    """Whatever stands outside the people."""
    places: dict[str, int] = {}
    for table in standing:
        places.setdefault(table.name.partition(".")[0], table.line)
        if not table.name:
            places |= table.keys
    problems = [
        Problem(places.get(key, 0), f"{key} is not known here; a person begins with [[{_NAME}]]")
        for key in values
        if key != _NAME
    ]
    entries = values.get(_NAME, [])
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        problems.append(Problem(places.get(_NAME, 0), f"write [[{_NAME}]] above each person"))
    return problems


def _incoming(entry: Mapping[str, object]) -> Incoming:
    person = with_plain(Person(PersonId(""), ""), {"name": "", **entry})
    return Incoming(person, frozenset(entry))


def _repeated(entries: Iterable[tuple[Mapping[str, object], Table]]) -> list[Problem]:
    """Keys and addresses that two people claim."""
    problems: list[Problem] = []
    first: dict[tuple[str, str], tuple[int, int]] = {}
    for number, (entry, table) in enumerate(entries):
        for field, claim in _claims(entry):
            line = table.keys.get(field, table.line)
            before, standing = first.setdefault((field, claim), (number, line))
            if before != number:
                cause = f"{field}: {claim} stands on line {standing} already; keep one of them"
                problems.append(Problem(line, cause))
    return problems


def _claims(entry: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """What nobody else may have, as far as it can be read."""
    if isinstance(key := entry.get("id"), str):
        yield "id", key
    listed = entry.get("addresses")
    for each in listed if isinstance(listed, list) else ():
        with contextlib.suppress(NotAnAddress):
            yield "addresses", address(str(each))


def unreadable(source: str, problems: list[Problem]) -> UnreadableAnswer:
    """The error that tells of them all, by line; the first 50 where there are more."""
    count = counted(len(problems), "problem")
    shown = [f"  line {line}: {cause}" if line else f"  {cause}" for line, cause in problems]
    if len(shown) > _SHOWN_MAX:
        shown[_SHOWN_MAX:] = [f"  and {len(shown) - _SHOWN_MAX} more"]
    return UnreadableAnswer(source, "\n".join((count, *shown)), "correct the file and import again")


def _written(person: Person) -> str:
    fields = "".join(f"{name} = {value_text(value)}\n" for name, value in plain(person).items())
    return f"\n[[{_NAME}]]\n{fields}"


def value_text(value: Plain) -> str:
    """A plain value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return _list([_string(each) for each in value])
    if isinstance(value, str):
        return _lines(value) if "\n" in value else _string(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _list(items: list[str]) -> str:
    flat = f"[{', '.join(items)}]"
    return (
        flat if len(flat) <= _WIDTH else "[\n" + "".join(f"    {each},\n" for each in items) + "]"
    )


def _string(text: str) -> str:
    return f'"{text.translate(_ESCAPES)}"'


def _lines(text: str) -> str:
    """A string over several lines; the line break after the opening quotes does not count."""
    return '"""\n' + "\n".join(each.translate(_ESCAPES) for each in text.split("\n")) + '"""'


def _head() -> str:
    """What the file says of itself: every field, what it takes, what is allowed in it."""
    lines = [
        "The people Fika keeps up with. Edit freely, then: fika people import FILE",
        "A field left out stays as it is; an empty one is cleared.",
        "",
    ]
    for name, field in FIELDS.items():
        lines.append(f"{name}: {field.about}")
        if field.allowed:
            lines.append(f"    one of: {', '.join(field.allowed)}")
    return "".join(f"# {line}".rstrip() + "\n" for line in lines)
