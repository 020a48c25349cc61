"""Times as Graph writes them: wall time with seven digits beside the name of a zone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.servers.graph.oracle import Object
from tests.servers.graph.problems import Problem, malformed

NO_TIME = "0001-01-01T00:00:00Z"
FAR_FUTURE = "4501-01-01T00:00:00Z"
_WALL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,7})?)?")
_CUSTOM = "tzone://Microsoft/Utc"


@cache
def _zones() -> Mapping[str, str]:
    known = json.loads((Path(__file__).parent / "zones.json").read_text())
    return {**known["windows"], **{each: each for each in known["iana"]}, _CUSTOM: "Etc/UTC"}


def zone_named(name: str) -> ZoneInfo:
    """The zone of a Windows name, or of one of the IANA names that Graph lists.

    Raises:
        Problem: 400 TimeZoneNotSupportedException.
    """
    if name not in _zones():
        raise Problem(
            400,
            "TimeZoneNotSupportedException",
            "A valid TimeZone value must be specified. The following TimeZone value is not "
            f"supported: '{name}'.",
        )
    return ZoneInfo(_zones()[name])


class Moment(NamedTuple):
    """A wall time and the name of its zone, as it was written."""

    wall: datetime
    zone: str

    def instant(self) -> datetime:
        return self.wall.replace(tzinfo=zone_named(self.zone)).astimezone(UTC)

    def at(self, wall: datetime) -> Moment:
        return Moment(wall, self.zone)


def read_moment(value: Object | None, at: str) -> Moment:
    """A dateTimeTimeZone of a body.

    Raises:
        Problem: 400; it has no time, an offset, or a zone that Graph does not know.
    """
    text, zone = (value or {}).get("dateTime"), (value or {}).get("timeZone")
    if not isinstance(text, str) or not _WALL.fullmatch(text):
        raise malformed(f"'{at}' needs a dateTime without offset, such as 2026-01-31T09:00:00.")
    if not zone:
        raise Problem(400, "ErrorInvalidTimeZone", f"'{at}' needs a timeZone.")
    zone_named(zone)
    try:
        return Moment(datetime.fromisoformat(text), zone)
    except ValueError as error:
        raise malformed(f"'{at}' is no time.") from error


def read_instant(text: str, zone: str) -> datetime:
    """A time of a query: with an offset, or in the zone asked for by ``Prefer``.

    Raises:
        Problem: 400.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Problem(400, "ErrorInvalidParameter", f"'{text}' is no time.") from error
    if moment.utcoffset() is None:
        moment = moment.replace(tzinfo=zone_named(zone))
    return moment.astimezone(UTC)


def shown(wall: datetime, zone: str) -> Object:
    return {"dateTime": f"{wall:%Y-%m-%dT%H:%M:%S}.{wall.microsecond:06}0", "timeZone": zone}


def shown_in(moment: Moment, zone: str, *, all_day: bool) -> Object:
    """In the zone asked for; days stay the days they were written as."""
    if all_day:
        return shown(moment.wall, zone)
    return shown(moment.instant().astimezone(zone_named(zone)).replace(tzinfo=None), zone)


def stamp(moment: datetime) -> str:
    """A DateTimeOffset, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06}0Z"


def midnight(moment: Moment) -> bool:
    return moment.wall - moment.wall.replace(hour=0, minute=0) < timedelta(microseconds=1)


def windows_name(zone: str) -> str:
    """What Graph calls a zone that was written with an IANA name."""
    known = _zones()
    if not zone.startswith(_CUSTOM) and known[zone] == zone:
        return next((name for name, iana in known.items() if iana == zone), zone)
    return zone
