"""What a cursor remembers of an iCalendar source: enough to see that nothing changed, or what did.

A cursor is lines of JSON. The first is short and answers "did anything change?"; only when
something did are the others read. The second holds the digest of every item. Of a large document
it holds only the items outside of its pages, the third tells of those pages, and the digests of
their items are parts of the cursor, a text for each page.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import starmap
from typing import Any, Final, Literal, NamedTuple

from connectors.ical.document import Document
from connectors.ical.pages import Page, items_of, page_of
from connectors.ical.zones import READER
from connectors.port import Changes, Cursor, Quarantined
from policies.wall import moment

Kind = Literal["file", "folder", "feed"]
"""Of a folder, the second line has a list for each file, which begins with its digests."""

_PAGES: Final = 2
_MOST_NAMED: Final = 200
_NOT_WHOLE: Final = Quarantined("the whole", "it breaks off: what is missing is unknown, not gone")


class Memory(NamedTuple):
    """The first line: what kind of source it was, how it was read, and what it looked like.

    ``newest_s`` is the newest stamp in the content, absolute seconds. ``etag`` and ``modified``
    are what a server said of its answer, word for word; the ``etag`` of a file is its mark (see
    `connectors.ics.disk.mark`).
    """

    kind: Kind
    terms: str
    state: str
    total: int = 0
    newest_s: int = 0
    complete: bool = True
    quarantined: tuple[Quarantined, ...] = ()
    etag: str = ""
    modified: str = ""


class Paged(NamedTuple):
    """A document in pages; ``rest`` are the digests of the items with events outside of them.

    ``context`` is what the pages were read by (`connectors.ical.pages.Cut`). ``parts`` hold the
    digests of their items.
    """

    context: str
    pages: tuple[Page, ...]
    rest: Mapping[str, str]
    parts: Mapping[str, str]

    def digests(self, numbers: Iterable[int]) -> dict[str, str]:
        """Of the items in these pages, and in none."""
        found = dict(self.rest)
        for number in numbers:
            found.update(items_of(self.parts[self.pages[number].part]))
        return found


class Parts(Mapping[str, str]):
    """The parts of these names, new ones and some of those before, looked up when asked for."""

    def __init__(
        self, names: Collection[str], new: Mapping[str, str], before: Mapping[str, str]
    ) -> None:
        self._names, self._new, self._before = names, new, before

    def __getitem__(self, name: str) -> str:
        return self._new[name] if name in self._new else self._before[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def terms(zone: str) -> str:
    """How a source is read now; under other terms even the same bytes are read again.

    Digests need no such care: they hold the reader and the zone they were made with.
    """
    return f"{READER} {zone}"


def recalled(cursor: Cursor | None) -> Memory | None:
    """The first line of a cursor; ``None`` where there is none that we can read."""
    try:
        memory = Memory._make(json.loads((cursor or "").partition("\n")[0]))
        return memory._replace(quarantined=tuple(starmap(Quarantined, memory.quarantined)))
    except (TypeError, ValueError):
        return None


def details(cursor: Cursor | None) -> dict[str, Any]:
    """The second line; empty where there is none that we can read."""
    try:
        found = json.loads("".join((cursor or "").split("\n", 2)[1:2]))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def paged(cursor: Cursor | None) -> Paged | None:
    """The pages of a document; ``None`` where it has none, or where parts of them are lost."""
    if cursor is None or not _has_pages(cursor):
        return None
    context, found = json.loads(cursor.split("\n", _PAGES)[_PAGES])
    pages = tuple(map(page_of, found))
    if not set(cursor.parts) >= {page.part for page in pages}:
        return None
    return Paged(context, pages, details(cursor), cursor.parts)


def digests_of(cursor: Cursor | None) -> dict[str, str]:
    """The digest of every item a cursor names, of whichever `Kind`; none of another service's."""
    if cursor is None or recalled(cursor) is None:
        return {}
    if _has_pages(cursor):
        pages = paged(cursor)
        return pages.digests(range(len(pages.pages))) if pages else {}
    every = details(cursor)
    files = [value[0] for value in every.values() if not isinstance(value, str)]
    return dict(item for digests in files for item in digests.items()) if files else every


def written(memory: Memory, details: Mapping[str, object]) -> Cursor:
    """The cursor that holds both."""
    return Cursor(_json(memory) + "\n" + _json(details))


def written_in_pages(memory: Memory, paged: Paged) -> Cursor:
    """The cursor of a document in pages."""
    lines = (memory, paged.rest, [paged.context, paged.pages])
    return Cursor("\n".join(map(_json, lines)), paged.parts)


def renewed(cursor: Cursor, memory: Memory) -> Cursor:
    """The cursor with another first line."""
    return Cursor(_json(memory) + "\n" + cursor.partition("\n")[2], cursor.parts)


def unchanged(cursor: Cursor, memory: Memory, as_of: datetime | None) -> Changes:
    """The same as last time, what had to be left out included."""
    return Changes(
        cursor=cursor,
        quarantined=memory.quarantined,
        complete=memory.complete,
        unchanged=True,
        content_as_of=as_of,
        total=memory.total,
    )


def left_out(document: Document) -> tuple[Quarantined, ...]:
    """What the report names: components that cannot be used, and that there should be more."""
    return document.quarantined if document.complete else (*document.quarantined, _NOT_WHOLE)


def named(quarantined: Sequence[Quarantined]) -> tuple[Quarantined, ...]:
    """What a report can name; of more than that only the number is told."""
    more = len(quarantined) - _MOST_NAMED
    if more <= 0:
        return tuple(quarantined)
    return (*quarantined[:_MOST_NAMED], Quarantined("and more", f"{more:,} others, not named"))


def as_of(now: datetime, *stamps_s: float) -> datetime:
    """The newest of these moments that is not in the future; now, where all are."""
    now_s = now.timestamp()
    return moment(int(max((stamp for stamp in stamps_s if stamp <= now_s), default=now_s)))


def _has_pages(cursor: Cursor) -> bool:
    return cursor.count("\n") >= _PAGES


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))  # ASCII: file names may hold half characters
