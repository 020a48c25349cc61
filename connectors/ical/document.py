"""One iCalendar document as calendar items, reading again only what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.port import Quarantined
from policies.event import CalendarItem


class NotACalendar(ValueError):
    """There is no VCALENDAR in it: a page of a login form, another kind of file, nothing."""


class TooLarge(ValueError):
    """It is beyond our limits; the message says which, and what it holds."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one document: how many components (VEVENTs), how many bytes."""

    components: int = 200_000
    bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Document:
    """What a document holds, as far as it differs from what was known of it.

    ``digests`` names everything it holds by item id, also what could not be read: what is
    missing there is gone from the document, whatever else happened. ``items`` are those whose
    digest was not known. ``total`` counts all items. ``newest_s`` is the newest LAST-MODIFIED
    or DTSTAMP in it, absolute seconds, 0 without any. ``calendar_zone`` is the IANA name in
    X-WR-TIMEZONE, or empty. ``complete`` is false for a document that breaks off: then what is
    missing is unknown, not gone.
    """

    items: tuple[CalendarItem, ...]
    digests: Mapping[str, str]
    quarantined: tuple[Quarantined, ...]
    total: int
    newest_s: int
    calendar_zone: str
    complete: bool


def read(data: bytes, known: Mapping[str, str], *, zone: str, limits: Limits) -> Document:
    """The document in ``data``; ``known`` are the digests of an earlier reading of it.

    ``zone`` is the IANA zone of times that name none (floating times, RFC 5545, 3.3.5) in a
    calendar that names none either.

    Raises:
        NotACalendar: it holds no calendar at all.
        TooLarge: it is beyond ``limits``.
    """
    raise NotImplementedError
