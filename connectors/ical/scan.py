"""Where the components of a document begin and end, found without reading them.

The events of a big calendar stand one after the other, so the document is cut before each
BEGIN:VEVENT and a glance at the end of each piece shows that it is a whole event. Whatever lies
between events, and whatever breaks that order, is looked through line by line: calendars, their
zones, events in lower case, events cut short. A line that begins with a space continues the one
before, so text never looks like a component.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

FIRST = b"\nBEGIN:VEVENT"
_LAST = b"\nEND:VEVENT"
WHOLE = (_LAST + b"\r", _LAST)
_WINDOW = 1 << 16  # bytes cut at a time: few enough to stay in the processor's cache
_LINE = rb"(BEGIN|END|X-WR-TIMEZONE)[ \t]*(?:;[^:\n]*)?:[ \t]*([^\r\n]*)"
_MARK = re.compile(rb"\n(?:\xef\xbb\xbf)?" + _LINE, re.IGNORECASE)  # joined files keep theirs
_MARK_AT_START = re.compile(_LINE, re.IGNORECASE)


Component: TypeAlias = tuple[int, bytes, int]
"""A VEVENT: where its lines start, the lines from after BEGIN to END, the calendar's number.

A plain tuple, as are all things that a document holds a hundred thousand of.
"""


def is_torn(lines: bytes) -> bool:
    """Whether an event has more than one end: another one has lost its beginning in it."""
    return lines.count(_LAST) > 1


@dataclass(slots=True)
class Calendar:
    """What one VCALENDAR says about all its events: bytes of X-WR-TIMEZONE and VTIMEZONEs."""

    x_wr_timezone: bytes = b""
    definitions: list[bytes] = field(default_factory=list)


class Scan:
    """One pass over a document as `connectors.ical.lines.clean` leaves it.

    Iterate over its events first; only then the rest is known: its calendars, ``cut`` (where
    events start that have no end), ``headless`` (where events end that have no start), ``others``
    (how many components are neither events nor calendars), ``breaks_off`` (a calendar has no
    end) and ``unsettled`` (an event begins, or all ends, where a zone or an event has not ended).

    An event that lost its first line looks like part of the one before. Only a ``careful`` pass
    tells them apart; it is due when an event not met before `is_torn`.
    """

    def __init__(self, data: bytes, *, careful: bool = False) -> None:
        self.calendars: list[Calendar] = []
        self.cut: list[int] = []
        self.headless: list[int] = []
        self.others = 0
        self.breaks_off = False
        self.unsettled = False
        self.careful = careful
        self._data = data
        self._current = 0
        self._inside_calendar = False
        self._ends_due = 0
        self._event_start = self._lines_start = self._zone_start = -1
        self._found: list[Component] = []

    def __iter__(self) -> Iterator[Component]:
        first = _MARK_AT_START.match(self._data)
        if first:
            self._mark(first)
        start = self._data.find(FIRST)
        yield from self._look_through(0, start if start >= 0 else len(self._data))
        while start >= 0:
            end = self._data.find(FIRST, start + _WINDOW)
            pieces = self._data[start : end if end >= 0 else len(self._data)].split(FIRST)
            for piece in pieces[1:]:
                after = start + len(FIRST) + len(piece)
                if self._is_whole(piece) and self._event_start < 0 and self._zone_start < 0:
                    yield start + len(FIRST), piece, self._current
                else:
                    self.unsettled |= self._event_start >= 0 or self._zone_start >= 0
                    yield from self._look_through(start, after)
                start = after
            start = end
        self._finish()

    def _is_whole(self, piece: bytes) -> bool:
        return piece.endswith(WHOLE) and not (self.careful and is_torn(piece))

    def _look_through(self, start: int, end: int) -> list[Component]:
        """Take in line by line what stands from ``start`` to ``end``, and tell its events."""
        self._found = []
        for match in _MARK.finditer(self._data, start, end):
            self._mark(match)
        return self._found

    def _mark(self, match: re.Match[bytes]) -> None:
        word, name = match[1].upper(), match[2].strip().upper()
        if name.startswith(b"VEVENT"):  # whatever has run into its line
            name = b"VEVENT"
        if word == b"BEGIN":
            self._begin(name, match)
        elif word == b"END":
            self._end(name, match.end())
        elif self.calendars and self._event_start < 0:
            self.calendars[-1].x_wr_timezone = self.calendars[-1].x_wr_timezone or match[2]

    def _begin(self, name: bytes, match: re.Match[bytes]) -> None:
        if name == b"VCALENDAR":
            self._cut_short()
            self.breaks_off |= self._inside_calendar
            self._inside_calendar = True
            self.calendars.append(Calendar())
            self._current = len(self.calendars) - 1
        elif name == b"VEVENT":
            self._cut_short()
            self._event_start, self._lines_start = match.start(1), match.end()
        elif name == b"VTIMEZONE":
            self._zone_start = match.start(1)
            self.others += 1
        elif self._event_start < 0:
            self.others += 1

    def _end(self, name: bytes, at: int) -> None:
        if name == b"VCALENDAR":
            self._cut_short()
            self._inside_calendar = False
        elif name == b"VEVENT" and self._event_start >= 0:
            at += self._data[at : at + 1] == b"\r"
            lines = self._data[self._lines_start : at]
            self._found.append((self._lines_start, lines, self._current))
            self._event_start = -1
        elif name == b"VEVENT" and self._ends_due:
            self._ends_due -= 1
        elif name == b"VEVENT":
            self.headless.append(at)
        elif name == b"VTIMEZONE" and self._zone_start >= 0 and self.calendars:
            self.calendars[-1].definitions.append(self._data[self._zone_start : at])
            self._zone_start = -1

    def _cut_short(self) -> None:
        """Something else begins, so whatever is open never ends."""
        if self._event_start >= 0:
            self.cut.append(self._event_start)
            self._ends_due += 1  # where events are nested, it comes after that of the inner one
        self._event_start = self._zone_start = -1

    def _finish(self) -> None:
        self.unsettled |= self._event_start >= 0 or self._zone_start >= 0
        self._cut_short()
        self.breaks_off |= self._inside_calendar
