"""Cuts a large document into pages, so that those which stay as they were need not be read again.

A page is a run of whole events with nothing between them. What a reading makes of the rest of the
document is the same whether the page stands there or not: `connectors.ical.scan` passes over
whole events without a look inside. So a document without some of its pages is read as any other
document is, and only three things tell of what was left out: how many events and lines it had, for
numbering what cannot be used, and those of its events that belong to items with events elsewhere.
Where this does not hold (a document that breaks off or has an event that ends twice, calendars
that mean different zones, bytes that have to be cleaned) there are no pages.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import IO, Any, Final, NamedTuple
from zlib import crc32

from connectors.ical import identity
from connectors.ical.index import UNREADABLE, Event, Skipped
from connectors.ical.parse import modified_s
from connectors.ical.scan import FIRST, WHOLE

_PAGE_BYTES: Final = 1 << 14
_MOST: Final = 1 << 11
_BLOCK: Final = 1 << 16
_SMALLEST: Final = 4
"""A run shorter than a quarter of a page is not worth its line in the cursor."""
_LARGEST: Final = 4
_DIGEST_SIZE: Final = 32
_OPENING: Final = 192
"""Bytes that tell one event from another: they reach its UID."""
_FALSE_STARTS: Final = 1_000
"""Pages that begin as expected and go on otherwise, before the rest counts as new."""


class Page(NamedTuple):
    """``size`` bytes whose SHA-256 is ``digest``, and what is to be known of them unread.

    ``opening`` is a checksum of how it begins, to find it by. ``part`` names the text that holds
    the digests of its items (see `items_of`). ``owed``: something in it cannot be used, of which
    every reading tells. ``shared`` are its events whose items have events elsewhere too, in
    their order: id and own digest. ``newest`` is the newest stamp in it, as it is written.
    """

    digest: str
    size: int
    opening: int
    lines: int
    events: int
    newest: str
    owed: bool
    shared: tuple[tuple[str, str], ...]
    part: str


class Cut(NamedTuple):
    """A document's pages, each with where it begins and its part, and the ids of all the rest.

    ``context`` is what its calendars say of zones: while that is the same, so is what a page
    means. ``newest`` is the newest stamp of all that was read.
    """

    context: str
    newest: str
    pages: tuple[tuple[int, Page, str], ...]
    rest: tuple[str, ...]


def page_bytes(size: int) -> int:
    """How large the pages of a document of this many bytes are: small, and two thousand at most."""
    return max(_PAGE_BYTES, size // _MOST)


def cut(
    data: bytes,
    events: Sequence[Event],
    digests: Mapping[str, str],
    skipped: Sequence[Skipped],
    page_bytes: int,
) -> tuple[tuple[tuple[int, Page, str], ...], tuple[str, ...]]:
    """The pages of a document with these ``events``, and the ids of the items in the rest.

    ``digests`` are of its items; those that end in ``?`` cannot be used as they are.
    """
    runs = list(_runs(data, events, {each.at for each in skipped}, page_bytes))
    inside = {event[0] for run in runs for event in run}
    places: dict[str, int] = {key: -2 for each in skipped for key, _ in each.shared}
    rest = [key for start, _, key, _ in events if start not in inside]
    shared = {key for key in rest if places.setdefault(key, -1) != -1}
    for number, run in enumerate(runs):
        shared.update(key for _, _, key, _ in run if places.setdefault(key, number) != number)
    pages = tuple(_page(data, run, digests, shared) for run in runs)
    return pages, tuple(dict.fromkeys(rest))


def items_of(part: str) -> dict[str, str]:
    """The digest of every item with an event in a page."""
    keys, _, digests = part.partition("\t")
    return dict(zip(json.loads(keys), json.loads(digests), strict=True))


def page_of(fields: Sequence[Any]) -> Page:
    """A page as JSON gives it back."""
    page = Page._make(fields)
    return page._replace(shared=tuple((key, digest) for key, digest in page.shared))


def closed_up(left_out: Sequence[tuple[int, Page]]) -> Iterator[tuple[int, Page]]:
    """Pages with where each began, with where it would begin were none of them there."""
    gone = 0
    for begins, page in left_out:
        yield begins - gone, page
        gone += page.size


def standing(data: IO[bytes], pages: Sequence[Page]) -> dict[int, int]:
    """Where the pages begin that are in ``data`` as they were, by number and in their order.

    Some may be overlooked, which costs no more than reading them.
    """
    numbers = {page.opening: number for number, page in reversed(list(enumerate(pages)))}
    found: dict[int, int] = {}
    due = at = false_starts = 0
    while false_starts < _FALSE_STARTS and (begins := _next(data, at, numbers, due)):
        at, number = begins
        while number < len(pages) and _stands(data, at, pages[number]):
            found[number] = at
            at += pages[number].size
            number += 1
        if number == begins[1]:
            false_starts += 1
            at += 1
        else:
            due = number
    return found


def _next(data: IO[bytes], at: int, numbers: Mapping[int, int], due: int) -> tuple[int, int] | None:
    """Where a page from ``due`` on seems to begin next, and which one."""
    while True:
        data.seek(at)
        block = data.read(_BLOCK)
        is_last = len(block) < _BLOCK
        start = block.find(FIRST)
        while start >= 0 and (is_last or start + _OPENING <= len(block)):
            number = numbers.get(crc32(block[start : start + _OPENING]), -1)
            if number >= due:
                return at + start, number
            start = block.find(FIRST, start + 1)
        if is_last:
            return None
        at += start if start >= 0 else len(block) - len(FIRST) + 1


def _stands(data: IO[bytes], at: int, page: Page) -> bool:
    data.seek(at)
    block = data.read(page.size + len(FIRST))
    if len(block) < page.size or block[page.size :] not in (b"", FIRST):
        return False
    return _digest(memoryview(block)[: page.size]) == page.digest


def _runs(
    data: bytes, events: Sequence[Event], seams: Collection[int], page_bytes: int
) -> Iterator[list[Event]]:
    """The events of each page; those that stand alone, or are very large, are in none."""
    run: list[Event] = []
    begins = 0
    for event in events:
        start, end, _, _ = event
        at = start - len(FIRST)
        if run and (at != run[-1][1] or at in seams or at - begins >= page_bytes):
            yield from _page_of(data, run, page_bytes)
            run = []
        if data.startswith(FIRST, at) and data.endswith(WHOLE, start, end):
            begins = begins if run else at
            run.append(event)
    yield from _page_of(data, run, page_bytes)


def _page_of(data: bytes, run: list[Event], page_bytes: int) -> Iterator[list[Event]]:
    """The run as far as it makes a page: what stands behind its last event may belong to that."""
    if run and run[-1][1] < len(data) and not data.startswith(FIRST, run[-1][1]):
        run.pop()
    size = run[-1][1] - run[0][0] + len(FIRST) if run else 0
    if max(page_bytes // _SMALLEST, _OPENING) <= size <= _LARGEST * page_bytes:
        yield run


def _page(
    data: bytes, run: Sequence[Event], digests: Mapping[str, str], shared: Collection[str]
) -> tuple[int, Page, str]:
    begins, end = run[0][0] - len(FIRST), run[-1][1]
    text = memoryview(data)[begins:end]
    found = {key: digests[key] for _, _, key, _ in run}
    part = _json(list(found)) + "\t" + _json(list(found.values()))
    stamps = sorted({stamp.decode("ascii", "replace") for *_, stamp in run}, reverse=True)
    page = Page(
        _digest(text),
        len(text),
        crc32(text[:_OPENING]),
        data.count(b"\n", begins, end),
        len(run),
        next(filter(modified_s, stamps), ""),
        any(digest.endswith(UNREADABLE) for digest in found.values()),
        tuple(
            (key, identity.mark(data[start:end])[0]) for start, end, key, _ in run if key in shared
        ),
        _digest(part.encode()),
    )
    return begins, page, part


def _digest(text: bytes | memoryview) -> str:
    return sha256(text).hexdigest()[:_DIGEST_SIZE]


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
