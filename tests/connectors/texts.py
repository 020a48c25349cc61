"""iCalendar texts for tests, from as little as the test has to say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

STAMP = "20260301T080000Z"


class Meeting(NamedTuple):
    """What a calendar shows to the world; times are UTC as iCalendar writes them."""

    uid: str
    title: str = "A meeting"
    start: str = "20260302T090000Z"
    stamp: str = STAMP


def vevent(meeting: Meeting) -> str:
    return (
        f"BEGIN:VEVENT\r\nUID:{meeting.uid}\r\nDTSTAMP:{meeting.stamp}\r\n"
        f"DTSTART:{meeting.start}\r\nDURATION:PT30M\r\nSUMMARY:{meeting.title}\r\n"
        "END:VEVENT\r\n"
    )


BROKEN = "BEGIN:VEVENT\r\nUID:broken\r\nDTSTART:yesterday-ish\r\nSUMMARY:Secret\r\nEND:VEVENT\r\n"


def vcalendar(meetings: Iterable[Meeting] = (), *, broken: int = 0, inside: str = "") -> bytes:
    """A calendar of these meetings, and of events nobody could read."""
    bad = "".join(BROKEN.replace("UID:broken", f"UID:broken-{n}") for n in range(broken))
    events = "".join(map(vevent, meetings))
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\n{inside}{events}{bad}"
        "END:VCALENDAR\r\n"
    ).encode()
