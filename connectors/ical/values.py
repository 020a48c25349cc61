"""Values that need no surroundings: wall times, durations, offsets (RFC 5545, 3.3)."""

from __future__ import annotations

import re
from datetime import datetime

from connectors.ical.errors import Unreadable
from policies.calendar.event import Span

_DURATION = re.compile(
    r"([+-]?)P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,8})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?"
)
_OFFSET = re.compile(r"([+-])(\d\d):?([0-5]\d)(?::?([0-5]\d))?")


def local(text: str) -> datetime:
    """``20260302T090000`` as a wall time; a leap second is the second before it.

    Raises:
        Unreadable: it is something else, or there is no such day or time.
    """
    if len(text) != len("20260302T090000") or text[8] != "T" or "W" in text:  # 2026-W10 is ISO's
        raise Unreadable("a date or time in no form we know")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        if text.endswith("60"):
            return local(text[:-2] + "59")
        raise Unreadable("a date or time that does not exist") from error


def duration(text: str) -> Span:
    """A DURATION: weeks and days nominal, the rest exact.

    Raises:
        Unreadable: it is none, or a negative one.
    """
    match = _DURATION.fullmatch(text.strip().upper())
    if not match or not any(match.groups()[1:]):
        raise Unreadable("a duration in no form we know")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    span = Span(7 * weeks + days, 3600 * hours + 60 * minutes + seconds)
    if match[1] == "-" and span != Span(0, 0):
        raise Unreadable("a negative duration")
    return span


def offset_s(text: str) -> int:
    """A UTC-OFFSET in seconds east of UTC.

    Raises:
        Unreadable: it is none.
    """
    match = _OFFSET.fullmatch(text.strip())
    if not match:
        raise Unreadable("an offset in no form we know")
    seconds = int(match[2]) * 3600 + int(match[3]) * 60 + int(match[4] or 0)
    return -seconds if match[1] == "-" else seconds
