"""A VTIMEZONE as a zone of the calendar's own (RFC 5545, section 3.6.5)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from connectors.ical import lines
from connectors.ical.errors import Unreadable
from connectors.ical.values import local, offset_s
from policies.calendar.event import CalendarItem, Event, Recurrence, Span
from policies.calendar.recurrence import expand
from policies.wall import CustomZone, WallTime, local_seconds, seconds

FIRST_S: Final = seconds(datetime(1969, 1, 1, tzinfo=UTC))
UNTIL_S: Final = seconds(datetime(2046, 1, 1, tzinfo=UTC))
_MOST_ONSETS = 2_000
_UNTIL = re.compile(r"(?<=UNTIL=)(\d{8}T\d{6})Z", re.IGNORECASE)


class _Observance(NamedTuple):
    """One STANDARD or DAYLIGHT: at each onset ``after_s`` takes the place of ``before_s``."""

    start: datetime
    before_s: int
    after_s: int
    rules: tuple[str, ...]
    extra: tuple[datetime, ...]


def read(definition: bytes, name: str) -> CustomZone:
    """The zone that a VTIMEZONE defines, its rules worked out for 1969 to 2045.

    Before its first onset a zone has the offset that onset changes; after 2045 its last.

    Raises:
        Unreadable: it defines no offset, or not in a form we know.
    """
    onsets: dict[int, tuple[int, int]] = {}
    for observance in _observances(lines.unfolded(definition)):
        for onset_s in _onsets(observance):
            onsets[onset_s - observance.before_s] = observance.before_s, observance.after_s
    if not onsets:
        raise Unreadable("a time zone without offsets")
    ordered = sorted(onsets)
    return CustomZone(
        name,
        first_offset_s=onsets[ordered[0]][0],
        onsets=tuple(ordered),
        offsets_s=tuple(onsets[onset_s][1] for onset_s in ordered),
    )


def _observances(text: str) -> Iterable[_Observance]:
    found: list[tuple[str, str]] = []
    for line in lines.each(text):
        head, value = lines.split(line)
        name = head.partition(";")[0].strip().upper()
        if name == "BEGIN":
            found = []
        elif name == "END" and value.strip().upper() in {"STANDARD", "DAYLIGHT"}:
            yield _observance(found)
        else:
            found.append((name, value.strip().upper()))


def _observance(found: list[tuple[str, str]]) -> _Observance:
    single = dict(reversed(found))
    try:
        return _Observance(
            local(single["DTSTART"].removesuffix("Z")),
            offset_s(single["TZOFFSETFROM"]),
            offset_s(single["TZOFFSETTO"]),
            tuple(value for name, value in found if name == "RRULE" and value),
            tuple(
                local(moment.strip().removesuffix("Z"))
                for name, value in found
                if name == "RDATE"
                for moment in filter(None, lines.each(value, ","))
            ),
        )
    except KeyError as error:
        raise Unreadable("a time zone without offsets") from error


def _onsets(observance: _Observance) -> set[int]:
    """The onsets in wall-clock seconds, read as if the wall were in UTC."""
    onsets = {local_seconds(each) for each in (observance.start, *observance.extra)}
    if not observance.rules:
        return onsets
    rules = tuple(_until_on_the_wall(rule, observance.before_s) for rule in observance.rules)
    event = Event("", WallTime(observance.start, "UTC"), Span(0, 0), recurrence=Recurrence(rules))
    item = CalendarItem("", "", (event,))
    expansion = expand(item, FIRST_S, UNTIL_S, "UTC", _MOST_ONSETS)
    if expansion.problem:
        raise Unreadable("a time zone with a rule that cannot be used")
    return onsets.union(occurrence.start_s for occurrence in expansion.occurrences)


def _until_on_the_wall(rule: str, before_s: int) -> str:
    """UNTIL is in UTC here (RFC 5545, 3.6.5), while all else is on the wall of the observance."""

    def shifted(match: re.Match[str]) -> str:
        wall = local(match[1].upper()) + timedelta(seconds=before_s)
        return wall.isoformat().replace("-", "").replace(":", "")

    return _UNTIL.sub(shifted, rule)
