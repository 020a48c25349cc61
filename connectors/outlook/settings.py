"""What a mailbox says of its owner's working week."""

from __future__ import annotations

from datetime import time
from typing import Any, Final, NamedTuple

from connectors.errors import UnreadableAnswer
from connectors.outlook.client import Graph
from connectors.outlook.zones import iana

Json = dict[str, Any]

_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class WorkingWeek(NamedTuple):
    """``days`` counts from Monday, 0. ``zone`` is an IANA zone, empty where none is known.

    Without hours ``start`` and ``end`` are the same.
    """

    zone: str
    days: tuple[int, ...]
    start: time
    end: time


def working_week(graph: Graph) -> WorkingWeek:
    """Hours and zone from the settings of the account's mailbox (``mailboxSettings``).

    Raises:
        NotAllowed: the sign-in has no leave to read them.
        NeedsLogin, TemporarilyUnavailable, UnreadableAnswer: as
            `connectors.port.CalendarReader.changes`.
    """
    found = graph.get(graph.url("mailboxSettings", select="timeZone,workingHours"))
    hours = found.get("workingHours") or {}
    try:
        zone = iana(str((hours.get("timeZone") or {}).get("name") or found.get("timeZone") or ""))
        days = tuple(_DAYS.index(str(day).lower()) for day in hours.get("daysOfWeek") or ())
        start, end = (
            time.fromisoformat(hours.get(name) or "00:00") for name in ("startTime", "endTime")
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise UnreadableAnswer(graph.account, "its working hours") from error
    return WorkingWeek(zone, tuple(sorted(set(days))), start, end)
