"""One iCalendar document as calendar items, reading again only what changed."""

from __future__ import annotations

import gc
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import accumulate

from connectors.ical import fallback, lines, pages, parse
from connectors.ical.errors import Refused, Unreadable
from connectors.ical.index import (
    UNREADABLE,
    Index,
    Skipped,
    add_skipped,
    index,
    is_doubtful,
    joint,
)
from connectors.ical.scan import Calendar, Scan
from connectors.ical.zones import Zones
from connectors.port import Quarantined
from policies.calendar.event import CalendarItem, Event
from policies.frozen import frozen

_CUT = "it breaks off: it has no END:VEVENT"
_HEADLESS = "it has no BEGIN:VEVENT"
_TOO_MUCH = "reading it takes too much time or memory"
_MOST_DEFINITIONS = 2_000
_LONGEST_SECOND_TRY = 100_000
_SECOND_TRIES = 2_000_000
"""Characters that all second tries together may cost: about three seconds."""

_ONE_TRY = 1_000
"""What a second try costs beside its characters."""


class NotACalendar(ValueError):
    """There is no VCALENDAR in it: a login page, another kind of file, nothing."""


class TooLarge(ValueError):
    """It is beyond our limits; the message says which."""


@frozen
class Limits:
    """Bounds on one document: how many components, how many bytes."""

    components: int = 200_000
    bytes: int = 64 * 1024 * 1024


@frozen
class Document:
    """What a document holds, as far as it differs from what was known of it.

    ``digests`` names everything it holds by item id, also what could not be read: what is
    missing there is gone from the document. ``items`` are those whose digest was not known,
    without those of which nothing could be read. ``quarantined`` lists all that cannot be used,
    on every reading. ``total`` counts all items. ``newest_s`` is the newest LAST-MODIFIED or
    DTSTAMP in it, absolute seconds, 0 without any; whoever wrote the document may have put it
    in the future. ``calendar_zone`` is the IANA zone of its first X-WR-TIMEZONE, or empty.
    ``complete`` is false for a document that breaks off: what is missing is then unknown.
    ``cut`` are its pages, where they were asked for and it has some. ``lacking`` are ids of items
    that are otherwise, and cannot be read since some of their events are in pages left out.
    """

    items: Sequence[CalendarItem]
    digests: Mapping[str, str]
    quarantined: tuple[Quarantined, ...]
    total: int
    newest_s: int
    calendar_zone: str
    complete: bool
    cut: pages.Cut | None = None
    lacking: tuple[str, ...] = ()


def read(
    data: bytes,
    known: Mapping[str, str],
    *,
    zone: str,
    limits: Limits,
    watch: Callable[[str], bool] | None = None,
    page_bytes: int = 0,
    skipped: Sequence[Skipped] = (),
) -> Document:
    """The document in ``data``; ``known`` are the digests of an earlier reading of it.

    ``zone`` is the IANA zone of times that name none (floating times, RFC 5545, 3.3.5) in a
    calendar that names none either. ``watch`` is told the id of each item before it is read,
    and says whether to read it: one that is not is quarantined. Pages are cut where they are
    about ``page_bytes`` large. ``skipped`` are pages of an earlier reading that ``data`` lacks:
    of their items nothing is told, but for what ``quarantined`` counts.

    Raises:
        NotACalendar: it holds no calendar at all.
        TooLarge: it is beyond ``limits``.
    """
    if len(data) > limits.bytes:
        raise TooLarge(f"{len(data):,} bytes, more than the {limits.bytes:,} allowed")
    with _without_collector():
        text = lines.clean(data)
        scan, found = _index(text, known, limits)
        zones = _zones(scan.calendars, zone)
        contexts = [each.digest for each in zones]
        if is_doubtful(found, contexts):
            scan, found = _index(text, {}, limits)
        add_skipped(found, skipped, known)
        reading = _Reading(text, zones, watch)
        items = tuple(reading.changed(found, known, contexts))
        complete = not (scan.breaks_off or scan.cut or scan.headless)
        alike = complete and not scan.unsettled and text is data and len(set(contexts)) == 1
        newest = found.newest.decode("ascii", "replace")
        cut = None
        if page_bytes and alike:
            of_pages = pages.cut(data, found.events, reading.digests, skipped, page_bytes)
            cut = pages.Cut(contexts[0], newest, *of_pages)
    declared = zones[0].declared
    return Document(
        items=items,
        digests=reading.digests,
        quarantined=tuple(_placed(text, scan, reading.refused, skipped)),
        total=len(reading.digests),
        newest_s=parse.modified_s(newest),
        calendar_zone=declared if isinstance(declared, str) else "",
        complete=complete,
        cut=cut,
        lacking=tuple(reading.lacking),
    )


def _index(data: bytes, known: Mapping[str, str], limits: Limits) -> tuple[Scan, Index]:
    scan = Scan(data)
    found = index(scan, known, limits.components)
    if found.torn:
        scan = Scan(data, careful=True)
        found = index(scan, known, limits.components)
    if not scan.calendars and not found.events and not scan.cut:
        raise NotACalendar("there is no calendar in it")
    broken = len(scan.cut) + len(scan.headless)
    if len(found.events) + broken + scan.others > limits.components:
        raise TooLarge(f"more than the {limits.components:,} components allowed")
    return scan, found


def _zones(calendars: Sequence[Calendar], default: str) -> list[Zones]:
    """The zones of each calendar; calendars that say the same share them.

    Of thousands of definitions the last are not read: each would cost ten kilobytes.
    """
    shared: dict[tuple[bytes, ...], Zones] = {}
    defined: set[bytes] = set()
    result = []
    for calendar in calendars or [Calendar()]:
        defined.update(calendar.definitions[: _MOST_DEFINITIONS - len(defined)])
        definitions = [each for each in calendar.definitions if each in defined]
        key = (calendar.x_wr_timezone, *definitions)
        if key not in shared:
            declared = calendar.x_wr_timezone.decode("utf-8", "replace")
            shared[key] = Zones(definitions, declared, default)
        result.append(shared[key])
    return result


class _Reading:
    """Reads the changed items of one document.

    ``digests`` are of all its items. ``refused`` are the events it cannot use: where they
    start, and why. The digests of their items end in a mark, so that they are looked at, and
    told of, each time. ``lacking`` are items that are otherwise and of which events are missing.
    """

    def __init__(
        self, data: bytes, zones: Sequence[Zones], watch: Callable[[str], bool] | None
    ) -> None:
        self.digests: dict[str, str] = {}
        self.refused: list[tuple[int, str]] = []
        self.lacking: list[str] = []
        self._data, self._zones, self._watch = data, zones, watch
        self._second_tries = _SECOND_TRIES

    def changed(
        self, found: Index, known: Mapping[str, str], contexts: Sequence[str]
    ) -> Iterator[CalendarItem]:
        self.digests = found.recognised
        for key in tuple(found.items):
            parts = found.items.pop(key)  # what has been read makes room for what it became
            digest, before = joint(parts, contexts), known.get(key)
            self.digests[key] = digest
            if digest == before:
                continue
            if any(start == end for start, end, _, _ in parts):
                self.lacking.append(key)
                continue
            refused = len(self.refused)
            if self._watch is None or self._watch(key):
                read = [self._event(start, end, calendar, key) for start, end, calendar, _ in parts]
            else:
                read = []
                self.refused.append((parts[0][0], _TOO_MUCH))
            if len(self.refused) > refused:
                digest = self.digests[key] = digest + UNREADABLE
            events = [event for event in read if event is not None]
            if events and digest != before:
                events.sort(key=_is_override)
                yield CalendarItem(key, digest, tuple(events))

    def _event(self, start: int, end: int, calendar: int, key: str) -> Event | None:
        """One event, or ``None`` when it is refused: one never loses the others."""
        try:
            text = lines.unfolded(self._data[start:end])
            return self._read(text, key, self._zones[calendar])
        except Refused as reason:
            self.refused.append((start, str(reason)))
        except Exception as error:  # noqa: BLE001 - the door of one component being parsed
            self.refused.append((start, f"it cannot be read ({type(error).__name__})"))
        return None

    def _read(self, text: str, key: str, zones: Zones) -> Event:
        try:
            return parse.event(text, key, zones)
        except Exception as error:
            final = isinstance(error, Refused) and not isinstance(error, Unreadable)
            if final or self._second_tries < 0 or len(text) > _LONGEST_SECOND_TRY:
                raise
            self._second_tries -= len(text) + _ONE_TRY
            with suppress(Exception):
                return fallback.event(text, key, zones)
            raise


def _is_override(event: Event) -> bool:
    return event.recurrence_id is not None


def _placed(
    data: bytes, scan: Scan, refused: Sequence[tuple[int, str]], skipped: Sequence[Skipped]
) -> Iterator[Quarantined]:
    """What was refused or is not whole, in the order of the document, with its number and line."""
    broken = [(at, _CUT) for at in scan.cut] + [(at, _HEADLESS) for at in scan.headless]
    if not refused and not broken:
        return
    starts = sorted(
        [*(start for start, _, _ in Scan(data, careful=True)), *(at for at, _ in broken)]
    )
    places = [each.at for each in skipped]
    events = [0, *accumulate(each.events for each in skipped)]
    more_lines = [0, *accumulate(each.lines for each in skipped)]
    line, counted = 1, 0
    for start, reason in sorted([*refused, *broken]):
        line += data.count(b"\n", counted, start)
        counted = start
        passed = bisect_right(places, start)
        number = bisect_right(starts, start) + events[passed]
        yield Quarantined(f"VEVENT {number} (line {line + more_lines[passed]})", reason)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Many small objects and no cycles: looking for cycles would take a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
