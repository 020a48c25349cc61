"""One real instance of a calendar event, recurrence expanded."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from policies.calendar.event import Event, Status
from policies.interval import Interval
from policies.wall import WallTime, moment


class Occurrence(NamedTuple):
    """An instance at an absolute time; ``start_s`` and ``end_s`` are absolute seconds.

    A named tuple because a first reading makes them by the hundred thousand.
    ``recurrence_id_s`` is the start the instance had by its rule, ``None`` for a single event:
    with the UID it is the identity of the meeting across calendars (RFC 5545, 3.8.4.4). Of a
    series of whole days it is midnight UTC of the day, so that it is the same for whoever reads
    it, wherever their days start.
    ``end_s`` equals ``start_s`` for an event without length: it takes no time.
    """

    event: Event
    start_s: int
    end_s: int
    recurrence_id_s: int | None

    @property
    def start(self) -> datetime:
        return moment(self.start_s)

    @property
    def end(self) -> datetime:
        return moment(self.end_s)

    @property
    def interval(self) -> Interval | None:
        """The time it takes; ``None`` when it takes none."""
        return Interval(self.start, self.end) if self.end_s > self.start_s else None

    @property
    def all_day(self) -> bool:
        return not isinstance(self.event.start, WallTime)

    @property
    def cancelled(self) -> bool:
        return self.event.status is Status.CANCELLED

    @property
    def identity(self) -> tuple[str, int | None]:
        return self.event.uid, self.recurrence_id_s
