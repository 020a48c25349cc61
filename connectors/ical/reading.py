"""Reads a source that is one document: of a large one, only the pages that are not as they were.

What is right is what reading the whole says. The pages that stand as they did are left out, and
whenever that could say anything else, they are read too: those with other events of an item that
changed, those that already hold an item that is new elsewhere, and all of them where the calendars
mean other zones than before, where the document cannot be cut into pages any more, or where
reading only some of them fails.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from operator import itemgetter
from typing import IO, Final, NamedTuple

from connectors.errors import NotAllowed, TemporarilyUnavailable, UnreadableAnswer
from connectors.ical import memory as remembering
from connectors.ical.document import Document, Limits
from connectors.ical.memory import Memory, Paged, Parts
from connectors.ical.pages import Cut, Page, closed_up, items_of, standing
from connectors.ical.parse import modified_s
from connectors.ical.sandbox import Sandbox
from connectors.port import Changes, Cursor

_FEWEST: Final = 8
"""Pages from which it is worth the while."""
_ROUNDS: Final = 4
"""Readings of more and more pages, before the whole is read."""


class Source(NamedTuple):
    """A document to be read, and how; ``data`` can be read from any place, more than once."""

    sandbox: Sandbox
    data: IO[bytes]
    zone: str
    limits: Limits
    page_bytes: int

    def read(self, known: Mapping[str, str], left_out: Sequence[tuple[int, Page]] = ()) -> Document:
        unread = sum(page.events for _, page in left_out)
        return self.sandbox.read(
            self.data,
            known,
            zone=self.zone,
            limits=replace(self.limits, components=self.limits.components - unread),
            page_bytes=self.page_bytes,
            left_out=left_out,
        )


class _Found(NamedTuple):
    """A reading, what was ``known`` of what was read, and what is to be remembered of all.

    ``digests`` are of all items, where the document has no pages. ``anew``: nothing was known.
    """

    document: Document
    known: Mapping[str, str]
    total: int
    newest_s: int
    digests: Mapping[str, str]
    paged: Paged | None
    anew: bool = False


def changes(
    source: Source,
    cursor: Cursor | None,
    memory: Memory,
    as_of: Callable[[int], datetime | None],
) -> Changes:
    """What changed since ``cursor``; ``memory`` says how it is read now, and of what.

    ``as_of`` says of what moment the content is, given the newest stamp in it. What an incomplete
    document lacks is still held to be there.

    Raises: as `connectors.ical.sandbox.Sandbox.read`.
    """
    found = _found(source, cursor)
    document, paged = found.document, found.paged
    memory = memory._replace(
        total=found.total,
        newest_s=found.newest_s,
        complete=document.complete,
        quarantined=remembering.left_out(document),
    )
    gone = found.known.keys() - document.digests.keys() if document.complete else ()
    return Changes(
        cursor=(
            remembering.written_in_pages(memory, paged)
            if paged
            else remembering.written(memory, found.digests)
        ),
        changed=document.items,
        absent=tuple(sorted(gone)),
        quarantined=memory.quarantined,
        complete=document.complete,
        anew=found.anew,
        content_as_of=as_of(found.newest_s),
        total=found.total,
    )


def _found(source: Source, cursor: Cursor | None) -> _Found:
    """The reading of what changed; of the whole, where that does not do, or fails."""
    try:
        pages = _changed_pages(source, cursor)
    except (NotAllowed, UnreadableAnswer) as error:
        with suppress(TemporarilyUnavailable):  # no process may be left to read it in
            return _whole(source, cursor)
        raise error from None
    return pages or _whole(source, cursor)


def _whole(source: Source, cursor: Cursor | None) -> _Found:
    known = remembering.digests_of(cursor)
    document = source.read(known)
    digests = document.digests if document.complete else {**known, **document.digests}
    cut, paged = document.cut, None
    if cut and len(cut.pages) >= _FEWEST:
        rest = {key: digests[key] for key in cut.rest}
        parts = {page.part: text for _, page, text in cut.pages}
        paged = Paged(cut.context, tuple(page for _, page, _ in cut.pages), rest, parts)
    return _Found(document, known, len(digests), document.newest_s, digests, paged, not known)


def _changed_pages(source: Source, cursor: Cursor | None) -> _Found | None:
    """The reading of what is in no page of before; ``None`` where the whole must be read."""
    last, before = remembering.recalled(cursor), remembering.paged(cursor)
    if last is None or before is None:
        return None
    begins = standing(source.data, before.pages)
    unread = {number for number in begins if not before.pages[number].owed}
    for _ in range(_ROUNDS):
        known = before.digests(n for n in range(len(before.pages)) if n not in unread)
        left_out = [(begins[number], before.pages[number]) for number in sorted(unread)]
        document = source.read(known, left_out)
        if document.cut is None or document.cut.context != before.context:
            return None
        needed = _needed(document, known, before, unread)
        if not needed and not document.lacking:
            total = last.total - len(known) + len(document.digests)
            paged = _joined(document, document.cut, before, left_out)
            newest = max([document.cut.newest, *(page.newest for _, page in left_out)])
            return _Found(document, known, total, modified_s(newest), {}, paged)
        unread -= needed
    return None


def _needed(
    document: Document, known: Mapping[str, str], before: Paged, unread: Collection[int]
) -> set[int]:
    """The pages that must be read too: they hold events of an item that is new or otherwise."""
    otherwise, new = set(document.lacking), document.digests.keys() - known.keys()
    needed = set()
    for number in unread if otherwise or new else ():
        page = before.pages[number]
        items = items_of(before.parts[page.part]) if new else {}
        if not new.isdisjoint(items) or any(key in otherwise for key, _ in page.shared):
            needed.add(number)
    return needed


def _joined(
    document: Document, cut: Cut, before: Paged, left_out: Sequence[tuple[int, Page]]
) -> Paged:
    """The pages that were read and those that were not, in their order."""
    placed = [(at, 1, page) for at, page, _ in cut.pages]
    placed += [(at, 0, page) for at, page in closed_up(left_out)]
    pages = tuple(page for _, _, page in sorted(placed, key=itemgetter(0, 1)))
    rest = {key: document.digests[key] for key in cut.rest}
    new = {page.part: text for _, page, text in cut.pages}
    return Paged(cut.context, pages, rest, Parts({page.part for page in pages}, new, before.parts))
