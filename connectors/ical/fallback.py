"""A second try, by the `icalendar` library, at a component that the fast path cannot read.

It is slow and heavy to import, so it sees single components only, and only when needed. What it
makes of one is written out again in plain form and read as any other: whatever way a component
came, it means the same, and zones mean what its own calendar says (the library remembers them
by name between calendars).
"""

from __future__ import annotations

import warnings

from connectors.ical import lines, parse
from connectors.ical.errors import Unreadable
from connectors.ical.zones import Zones
from policies.calendar.event import Event

_BEGIN = "BEGIN:VEVENT"

_NEEDED = frozenset(
    {"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"}
)
"""The library drops what it cannot read; without these the event would be at other times."""


def event(text: str, uid: str, zones: Zones) -> Event:
    """As `connectors.ical.parse.event`; the library's own errors pass through."""
    import icalendar

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of guesses at zones, which are not used here
        icalendar.use_zoneinfo()  # type: ignore[no-untyped-call]  # empties its memory of zones
        read = icalendar.Event.from_ical((_BEGIN + text).encode())
    if not isinstance(read, icalendar.Event) or any(name in _NEEDED for name, _ in read.errors):
        raise Unreadable("it cannot be read")
    return parse.event(lines.unfolded(read.to_ical()).removeprefix(_BEGIN), uid, zones)
