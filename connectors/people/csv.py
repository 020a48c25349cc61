"""People from a CSV export, and Fika's own people as CSV for a spreadsheet.

A row that cannot be used is left out with its line and the reason; the rest is read.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from itertools import islice
from pathlib import Path

from connectors.errors import ConnectorError, NotAllowed, UnreadableAnswer
from connectors.people import encoded
from connectors.people.csv_columns import Columns, Shape, mapped, numbered, recognised
from connectors.people.csv_rows import Row, lines_of, rows, separators
from connectors.port import PeopleRead, Quarantined
from policies.frozen import frozen
from policies.people.fields import FIELDS
from policies.people.identity import NotAnAddress, address, name_from
from policies.people.importing import Incoming
from policies.people.person import Person, PersonId, PrivateNotes
from policies.people.profile import ProfileProblems, from_text, plain, to_text, with_plain
from policies.people.tidy import body, line
from policies.text import shown

_HEADER_WITHIN = 20  # rows: LinkedIn writes a few lines of its own first
_ROWS_MAX, _BROKEN_MAX = 200_000, 1_000
_SEEN_MAX = 12  # headings named in an error
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_APART = re.compile(r":::|[;\n]|,\s*(?=[^\s,]+@)")
_NEVER_EMPTY = frozenset({"id", "priority", "relation", "listed_on"})
_FACTS = frozenset({"id", "name", "addresses", "organisation", "function", "role", "groups"})
_FACTS |= {"country", "place", "phone", "notes"}  # what address books know too
_COUNTRY = re.compile(r"[A-Za-z]{2}(?:-[A-Za-z0-9]{1,3})?")


@frozen
class CsvPeople:
    """An export file; `connectors.port.PeopleSource`.

    ``mapping`` names the column, or columns, of each part of a person where the headings are not
    known; ``encoding`` the encoding where it cannot be told.
    """

    path: Path
    mapping: Mapping[str, Sequence[str]] = field(default_factory=dict)
    encoding: str = ""
    limit: int = encoded.LIMIT

    def people(self) -> PeopleRead:
        text = encoded.text(encoded.read(self.path, self.limit), self.path.name, self.encoding)
        return read(text, self.path.name, self.mapping)


def read(text: str, source: str, mapping: Mapping[str, Sequence[str]]) -> PeopleRead:
    """Everyone in ``text``; see `connectors.port.PeopleSource` for errors."""
    lines = lines_of(text)
    columns, body_rows = _table(lines, source, mapping)
    people: list[Incoming] = []
    left_out: list[Quarantined] = []
    broken = 0
    for count, row in enumerate(body_rows):
        try:
            incoming, remark = _incoming(row, columns)
            people.append(incoming)
        except ValueError as error:
            remark = str(error)
        if remark:
            left_out.append(Quarantined(f"line {row.line}", remark))
        broken += row.broken
        if broken > _BROKEN_MAX or count >= _ROWS_MAX:
            raise _too_many(source, broken)
    return PeopleRead(tuple(people), tuple(left_out))


def _too_many(source: str, broken: int) -> ConnectorError:
    if broken > _BROKEN_MAX:
        return UnreadableAnswer(source, f"quotes are broken in more than {_BROKEN_MAX} rows")
    return NotAllowed(source, f"it has more than {_ROWS_MAX} rows", "split the file")


def written(people: Iterable[Person]) -> str:
    """People as CSV that `read` takes back without loss.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it, which `read`
    takes off again.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(FIELDS)
    for person in people:
        values = plain(person)
        writer.writerow(_guarded(to_text(values.get(name, ""))) for name in FIELDS)
    return out.getvalue()


def _guarded(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _table(
    lines: Sequence[str], source: str, mapping: Mapping[str, Sequence[str]]
) -> tuple[Columns, Iterator[Row]]:
    """The columns, and the rows below their headings."""
    candidates = separators(lines)
    for separator in candidates:
        found: tuple[Columns, Row] | None = None
        for row in islice(rows(lines, separator), _HEADER_WITHIN):
            columns = mapped(row.cells, mapping) if mapping else recognised(row.cells)
            if columns and (found is None or len(columns.where) > len(found[0].where)):
                found = columns, row
        if found:
            return found[0], (row for row in rows(lines, separator) if row.line > found[1].line)
    probe = list(islice(rows(lines, candidates[0]), _HEADER_WITHIN))
    widest = max((row.cells for row in probe), key=len, default=[])
    if mapping and (columns := numbered(mapping, len(widest))):
        return columns, rows(lines, candidates[0])
    raise _unknown(source, widest, mapping)


def _unknown(
    source: str, cells: Sequence[str], mapping: Mapping[str, Sequence[str]]
) -> UnreadableAnswer:
    if not cells:
        return UnreadableAnswer(source, "it is empty", "export the contacts again")
    seen = ", ".join(shown(cell, 40) or "(empty)" for cell in cells[:_SEEN_MAX])
    if len(cells) > _SEEN_MAX:
        seen += f" and {len(cells) - _SEEN_MAX} more"
    if any("@" in cell for cell in cells):
        return UnreadableAnswer(
            source,
            f"it starts with an address, not with names of columns ({len(cells)} columns)",
            "give the numbers of the columns: --map name=1,email=2",
        )
    what = "it has no such columns as --map names" if mapping else "its columns are not known"
    remedy = "say which is which: --map 'name=COLUMN,email=COLUMN'"
    return UnreadableAnswer(source, f"{what}; it has: {seen}", remedy)


def _incoming(row: Row, columns: Columns) -> tuple[Incoming, str]:
    """One person, and what had to be left out of them.

    Raises:
        ValueError: why the row cannot be used.
    """
    if row.broken and len(row.cells) != columns.width:
        raise ValueError("a quote does not close" if row.cells else "too long for a row")
    if any(cell.strip() for cell in row.cells[columns.width :]):
        raise ValueError(f"{len(row.cells)} cells for {columns.width} columns")
    cells = [_unguarded(cell) for cell in row.cells]
    parts = {
        part: [cells[index] for index in where if index < len(cells) and cells[index].strip()]
        for part, where in columns.where.items()
    }
    if columns.shape is Shape.FIKA:
        return _own({part: found[0] if found else "" for part, found in parts.items()}), ""
    return _foreign(parts, columns.shape)


def _own(cells: Mapping[str, str]) -> Incoming:
    """A row of our own export: every column is the owner's word, an empty cell too."""
    stated = {name: cell for name, cell in cells.items() if cell or name not in _NEVER_EMPTY}
    values = {name: from_text(name, cell) for name, cell in stated.items()}
    return Incoming(_with(Person(PersonId(""), ""), values), frozenset(stated))


def _foreign(parts: Mapping[str, Sequence[str]], shape: Shape) -> tuple[Incoming, str]:
    addresses, problem = _addresses(parts.get("addresses", ()))
    if problem and not addresses:
        raise ValueError(f"not a mail address: {problem}")
    name = _name(parts)
    if addresses and (not name or "@" in name):
        name = name_from(addresses[0])
    if not name or "@" in name:
        raise ValueError("an address where the name should be" if name else "no name, no address")
    first = {part: line(found[0]) for part, found in parts.items() if found}
    notes = [*map(body, parts.get("notes", ())), *_whereabouts(first, shape)]
    country = first.get("country", "")
    person = Person(
        PersonId(""),
        name,
        addresses,
        organisation=first.get("organisation", ""),
        function=first.get("function", ""),
        role=first.get("role", ""),
        groups=_groups(parts.get("groups", ())),
        country=country.upper() if _COUNTRY.fullmatch(country) else "",
        place=first.get("place", ""),
        phone=first.get("phone", ""),
        notes=PrivateNotes("\n".join(note for note in notes if note)),
    )
    return _decided(person, first), f"one address left out: {problem}" if problem else ""


def _decided(person: Person, cells: Mapping[str, str]) -> Incoming:
    """What the owner decided about the person in columns of their own, named by --map."""
    values = {
        name: from_text(name, cells[name])
        for name in FIELDS
        if name in cells and name not in _FACTS
    }
    return Incoming(_with(person, values), frozenset(values))


def _with(person: Person, values: Mapping[str, object]) -> Person:
    try:
        return with_plain(person, values)
    except ProfileProblems as error:
        raise ValueError(str(error)) from error


def _name(parts: Mapping[str, Sequence[str]]) -> str:
    given = [parts[part][0] for part in ("first", "middle", "last") if parts.get(part)]
    for candidate in (*parts.get("name", ()), " ".join(given), *parts.get("nickname", ())):
        if name := line(candidate):
            return name
    return ""


def _addresses(cells: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """Every address in the cells, each once, and why one of them cannot be read."""
    found: list[str] = []
    problem = ""
    for each in (part for cell in cells for part in _APART.split(cell) if part.strip()):
        try:
            found.append(address(each))
        except NotAnAddress as error:
            problem = (
                "an internal Exchange address" if each.lower().startswith("/o=") else str(error)
            )
    return tuple(dict.fromkeys(found)), problem


def _groups(cells: Sequence[str]) -> tuple[str, ...]:
    """Labels; Google's own, which begin with a star, say nothing."""
    labels = (line(part) for cell in cells for part in re.split(r":::|;", cell))
    return tuple(dict.fromkeys(label for label in labels if label and not label.startswith("*")))


def _whereabouts(cells: Mapping[str, str], shape: Shape) -> list[str]:
    """What LinkedIn says beside: the page, and since when."""
    if shape is not Shape.LINKEDIN:
        return []
    since = cells.get("connected")
    return [cells.get("page", ""), f"Connected on LinkedIn on {since}" if since else ""]
