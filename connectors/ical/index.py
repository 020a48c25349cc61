"""Which events of a document belong to which item, and which of them were met before.

An item's digest begins with its calendar's context (what that says of zones) and goes on with the
digest of its one event, or of all its events together. So an event met before is recognised by
its digest alone, without being asked for its UID, and that is most of what reading an almost
unchanged calendar costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from connectors.ical import identity, parse
from connectors.ical.scan import Scan, is_torn
from connectors.ical.zones import DIGEST_SIZE

_CONTEXT, _OWN = itemgetter(slice(DIGEST_SIZE)), itemgetter(slice(DIGEST_SIZE, None))

UNREADABLE = "?"
"""Ends the digest of an item of which some component cannot be used."""

Block: TypeAlias = tuple[int, int, int, str]
"""Where the lines of an event start and end, its calendar's number, and its digest.

One that ends where it starts is of a page that was left out of the document.
"""

Event: TypeAlias = tuple[int, int, str, bytes]
"""Where the lines of an event start and end, the id of its item, and its stamp as written."""


class Skipped(NamedTuple):
    """A page left out of a document before the byte ``at`` of what is left: how much was in it.

    ``shared`` are the ids and digests of its events that belong to items with events elsewhere.
    """

    at: int
    lines: int
    events: int
    shared: Sequence[tuple[str, str]]


@dataclass(slots=True)
class Index:
    """``items`` are the events, by the id of their item, of every item not recognised.

    ``recognised`` maps the known ids met again to their digests. ``events`` are all of them in
    their order, and ``newest`` the newest DTSTAMP as it is written. ``torn`` says that it broke
    off at an event in which another has lost its beginning.
    """

    items: dict[str, list[Block]] = field(default_factory=dict)
    recognised: dict[str, str] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    newest: bytes = b""
    torn: bool = False


def index(scan: Scan, known: Mapping[str, str], most: int) -> Index:
    """The events of a document, as far as ``known`` digests do not show them to be as before.

    It stops at the first event above ``most``.
    """
    found, newest = Index(), b""
    keys = dict(zip(map(_OWN, known.values()), known, strict=True))
    met_before, events, items = keys.pop, found.events, found.items
    for start, lines, calendar in scan:
        digest, stamp = identity.mark(lines)
        if stamp > newest and parse.modified_s(stamp.decode("ascii", "replace")):
            newest = stamp
        end, known_as = start + len(lines), met_before(digest, None)
        key = known_as or identity.uid(lines)
        events.append((start, end, key, stamp))
        if known_as is None:
            items.setdefault(key, []).append((start, end, calendar, digest))
            found.torn = not scan.careful and is_torn(lines)
            if found.torn or len(events) > most:
                break
    found.newest = newest
    found.recognised = dict(known)
    for key in keys.values():
        del found.recognised[key]
    return found


def add_skipped(found: Index, skipped: Iterable[Skipped], known: Mapping[str, str]) -> None:
    """Count in those events of pages left out that belong to items of which something was read.

    Those are the items found here, and the ``known`` ones, which had something here before.
    """
    touched = set()
    for at, _, _, shared in skipped:
        for key, digest in shared:
            if key in found.items or key in known:
                found.items.setdefault(key, []).append((at, at, 0, digest))
                touched.add(key)
    for key in touched:
        found.items[key].sort(key=itemgetter(0))


def is_doubtful(found: Index, contexts: Sequence[str]) -> bool:
    """Whether something recognised may be otherwise after all.

    It is where an item got a second event, and where a calendar's context is another than it
    was, or differs between calendars: an event's own digest does not tell where it stands.
    """
    before = set(map(_CONTEXT, found.recognised.values()))
    if not before:
        return False
    return len(before.union(contexts)) > 1 or not found.recognised.keys().isdisjoint(found.items)


def joint(events: Sequence[Block], contexts: Sequence[str]) -> str:
    """The digest of an item with these events."""
    _, _, calendar, digest = events[0]
    if len(events) > 1:
        parts = " ".join(contexts[calendar] + digest for *_, calendar, digest in events)
        digest = sha256(parts.encode()).hexdigest()
    return contexts[calendar] + digest
