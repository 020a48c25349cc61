"""Time zones by the names that Microsoft has for them, and back."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from connectors.ical.errors import UnknownZone
from connectors.ical.windows import titles
from connectors.ical.zones import Zones

_UTC: Final = "UTC"
_RETIRED: Final = frozenset(
    (
        "Coordinated Universal Time",
        "Kamchatka Standard Time",
        "Mexico Standard Time",
        "Mexico Standard Time 2",
        "Mid-Atlantic Standard Time",
    )
)
"""Windows has other names for these by now, and Graph need not know the old ones."""


@lru_cache(maxsize=256)
def iana(name: str) -> str:
    """The IANA zone of a Windows name or of an IANA one; empty where there is none.

    Outlook's ``tzone://Microsoft/Custom`` is one that only its owner's mailbox knows.
    """
    if name == "tzone://Microsoft/Utc":
        return _UTC
    try:
        found = Zones((), "", _UTC).named(name)
    except UnknownZone:
        return ""
    return found if isinstance(found, str) else ""


def zone_for(zone: str, moment: datetime) -> tuple[str, ZoneInfo]:
    """The name to write a time with, and its clock.

    Graph knows all Windows names and some IANA ones. A zone that has no name of its own is
    written as one with the same time around that moment; without any, as UTC.

    Raises:
        ValueError: there is no such zone.
    """
    return _zone_for(zone, moment.year)


@lru_cache(maxsize=256)
def _zone_for(zone: str, year: int) -> tuple[str, ZoneInfo]:
    try:
        clock = ZoneInfo(zone)
    except (LookupError, ValueError, OSError) as error:
        raise ValueError("no time zone has that name") from error
    wanted = _offsets(clock, year)
    every = {name: each for name, each in titles().items() if name not in _RETIRED}
    names = [_UTC] if zone == _UTC else []
    names += [name for name, each in every.items() if each == zone]
    names += [name for name, each in every.items() if _offsets(ZoneInfo(each), year) == wanted]
    return (names[0], clock) if names else (_UTC, ZoneInfo(_UTC))


def _offsets(clock: ZoneInfo, year: int) -> tuple[timedelta | None, ...]:
    """What it is ahead of UTC, every few days of a year and the edges of its neighbours."""
    first = datetime(year, 1, 1, tzinfo=ZoneInfo(_UTC))
    days = (first + timedelta(days=day) for day in range(-2, 369, 3))
    return tuple(day.astimezone(clock).utcoffset() for day in days)
