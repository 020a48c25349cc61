"""What a cursor remembers of an iCalendar source: enough to see that nothing changed, or what did.

A cursor is two lines of JSON. The first is short and answers "did anything change?"; only when
something did is the second read, which holds the digest of every item.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import starmap
from typing import Any, Final, Literal, NamedTuple

from connectors.ical.document import Document
from connectors.ical.zones import READER
from connectors.port import Changes, Cursor, Quarantined
from policies.wall import moment

Kind = Literal["file", "folder", "feed"]
"""Of a folder, the second line has a list for each file, which begins with its digests."""

_MOST_NAMED: Final = 200
_NOT_WHOLE: Final = Quarantined("the whole", "it breaks off: what is missing is unknown, not gone")


class Memory(NamedTuple):
    """The first line: what kind of source it was, how it was read, and what it looked like.

    ``newest_s`` is the newest stamp in the content, absolute seconds. ``etag`` and ``modified``
    are what a server said of its answer, word for word.
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
        found = json.loads((cursor or "").partition("\n")[2])
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def digests_of(cursor: Cursor | None) -> dict[str, str]:
    """The digest of every item a cursor names, of whichever `Kind`; none of another service's."""
    every = details(cursor) if recalled(cursor) else {}
    files = [value[0] for value in every.values() if not isinstance(value, str)]
    return dict(item for digests in files for item in digests.items()) if files else every


def written(memory: Memory, details: Mapping[str, object]) -> Cursor:
    """The cursor that holds both."""
    return Cursor(_json(memory) + "\n" + _json(details))


def renewed(cursor: Cursor, memory: Memory) -> Cursor:
    """The cursor with another first line."""
    return Cursor(_json(memory) + "\n" + cursor.partition("\n")[2])


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


def changes(
    document: Document, known: Mapping[str, str], memory: Memory, as_of: datetime | None
) -> Changes:
    """A new reading of a source that is one document; ``memory`` says how and of what.

    ``known`` are the digests of the reading before. What an incomplete document lacks is still
    held to be there.
    """
    digests = document.digests if document.complete else {**known, **document.digests}
    quarantined = left_out(document)
    memory = memory._replace(
        total=len(digests),
        newest_s=document.newest_s,
        complete=document.complete,
        quarantined=quarantined,
    )
    return Changes(
        cursor=written(memory, digests),
        changed=document.items,
        absent=tuple(sorted(known.keys() - digests.keys())),
        quarantined=quarantined,
        complete=document.complete,
        content_as_of=as_of,
        total=len(digests),
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


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))  # ASCII: file names may hold half characters
