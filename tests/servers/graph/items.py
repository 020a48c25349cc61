"""Events as a mailbox keeps them, series with their exceptions, and the ids they go by."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from tests.servers.graph.moments import Moment
from tests.servers.graph.oracle import Object
from tests.servers.graph.problems import not_found
from tests.servers.graph.series import starts

_MUTABLE, _IMMUTABLE = "AAMkAD", "AAkALg"


@dataclass
class Item:
    """One event, or the master of a series with all that differs from it.

    ``props`` are as written, without the times. ``changed`` counts the mailbox's changes. Readers
    see it from ``visible`` on, and as it was ``before`` until then. Exceptions go by the wall time
    that their occurrence had.
    """

    number: int
    calendar: str
    props: Object
    start: Moment
    end: Moment
    uid: str
    created: datetime
    modified: datetime
    visible: datetime
    changed: int
    version: int = 1
    sequence: int = 0
    moves: int = 0
    transaction: str = ""
    extended: dict[str, str] = field(default_factory=dict)
    exceptions: dict[datetime, Item] = field(default_factory=dict)
    skipped: set[datetime] = field(default_factory=set)
    before: Item | None = None

    @property
    def recurs(self) -> bool:
        return bool(self.props.get("recurrence"))

    @property
    def guests(self) -> list[str]:
        return [each["emailAddress"]["address"].lower() for each in self.props["attendees"]]


class Entry(NamedTuple):
    """What one id stands for: a whole item, or one occurrence of a series."""

    item: Item
    original: datetime | None = None

    @property
    def own(self) -> Item:
        """Where its properties are kept."""
        if self.original is None:
            return self.item
        return self.item.exceptions.get(self.original, self.item)

    @property
    def kind(self) -> str:
        if self.original is None:
            return "seriesMaster" if self.item.recurs else "singleInstance"
        return "exception" if self.original in self.item.exceptions else "occurrence"

    def times(self) -> tuple[Moment, Moment]:
        own = self.own
        if self.kind != "occurrence" or self.original is None:
            return own.start, own.end
        length = own.end.wall - own.start.wall
        return own.start.at(self.original), own.end.at(self.original + length)


def occurrences(item: Item) -> Iterator[Entry]:
    """All of a series, in the order of the rule; the item itself when it is none."""
    if not item.recurs:
        yield Entry(item)
        return
    for wall in starts(item.props["recurrence"], item.start.wall):
        if wall not in item.skipped:
            yield Entry(item, wall)


def within(item: Item, start: datetime, end: datetime) -> list[Entry]:
    """Those that overlap the half-open interval, exceptions moved into it included."""
    found = []
    for entry in occurrences(item):
        begins, ends = (each.instant() for each in entry.times())
        if begins < end and (ends > start or begins == ends >= start):
            found.append(entry)
        if entry.kind == "occurrence" and begins > end + timedelta(days=400):
            break
    return found


def identity(entry: Entry, *, immutable: bool) -> str:
    """The id of an entry. One that is not immutable changes whenever the item is moved."""
    item = entry.item
    text = str(item.number) if immutable else f"{item.number}.{item.moves}"
    if entry.original is not None:
        text += f"@{entry.original:%Y%m%dT%H%M%S}"
    prefix = _IMMUTABLE if immutable else _MUTABLE
    return prefix + base64.urlsafe_b64encode(text.encode()).decode()


class Reference(NamedTuple):
    number: int
    moves: int | None
    original: datetime | None


def reference(text: str, *, immutable: bool) -> Reference:
    """What an id of a request points to.

    Raises:
        Problem: 404; it is none, or of the other kind than the ``Prefer`` header says.
    """
    prefix = _IMMUTABLE if immutable else _MUTABLE
    if not text.startswith(prefix):
        raise not_found()
    try:
        plain = base64.urlsafe_b64decode(text.removeprefix(prefix)).decode()
        head, _, tail = plain.partition("@")
        number, _, moves = head.partition(".")
        original = datetime.strptime(tail, "%Y%m%dT%H%M%S") if tail else None  # noqa: DTZ007 - wall time
        return Reference(int(number), int(moves) if moves else None, original)
    except (ValueError, binascii.Error) as error:
        raise not_found() from error
