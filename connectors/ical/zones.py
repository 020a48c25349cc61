"""What a TZID means: an IANA zone wherever one can be recognised, else the calendar's own.

For an IANA or Windows name the VTIMEZONE beside the events is not read: the system's zone data
know the past and the coming rules, a VTIMEZONE usually one pair of rules. Any other name means
what its VTIMEZONE says in this one VCALENDAR; nothing is remembered by name between calendars.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from connectors.ical import lines, vtimezone, windows
from connectors.ical.errors import UnknownZone
from policies.wall import CustomZone, Zone

_UTC = frozenset({"utc", "z", "zulu", "gmt", "uct", "etc/utc", "etc/gmt", "etc/uct", "etc/zulu"})
_IANA = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}")
# Names that zoneinfo finds on some machines and that mean something else on each.
_LOCAL = frozenset({"localtime", "posixrules", "Factory"})
_OFFSET = re.compile(
    r"\(?(?:UTC|GMT)? ?([+-])(\d{1,2})(?:[:.]?([0-5]\d))?\)?(?: *\([^()]*\))?", re.IGNORECASE
)
_WORDING = re.compile(r"\((?:UTC|GMT) ?([+-]\d{1,2}[:.]?\d{2})?\)\s*(.*)", re.IGNORECASE)
_MOST_HOURS = 15
_LARGEST_DEFINITION = 200_000
DIGEST_SIZE = 8

READER = 2
"""Raise it when the same bytes are read otherwise than before: then all is read again."""
_HALF_YEARS = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))


class Zones:
    """The zones of one VCALENDAR: of its TZIDs, and of times that name none.

    ``floating`` is the zone of the latter: X-WR-TIMEZONE where it can be read, else the default.
    ``declared`` is X-WR-TIMEZONE's zone or ``None``. ``digest`` differs whenever a time of the
    same text may mean another moment.
    """

    def __init__(self, definitions: Sequence[bytes], x_wr_timezone: str, default: str) -> None:
        self._own = _definitions(definitions)
        self._known: dict[str, Zone | None] = {}
        self._of_parameters: dict[str, Zone | None] = {}
        self.declared = self._declared(x_wr_timezone) if x_wr_timezone else None
        self.floating: Zone = default if self.declared is None else self.declared
        self.digest = self._digest()

    def named(self, tzid: str) -> Zone:
        """The zone a TZID stands for.

        Raises:
            UnknownZone: nothing says what it means.
        """
        if tzid not in self._known:
            self._known[tzid] = self._resolved(tzid.strip(' "'))
        zone = self._known[tzid]
        if zone is None:
            raise UnknownZone
        return zone

    def of(self, parameters: str) -> Zone | None:
        """The zone of a local time with these parameters; ``None``: VALUE=DATE makes it a day.

        Raises:
            UnknownZone: nothing says what its TZID means.
        """
        try:
            return self._of_parameters[parameters]
        except KeyError:
            given = lines.parameters(parameters)
            if given.get("VALUE", "").upper() == "DATE":
                zone = None
            else:
                zone = self.named(given["TZID"]) if given.get("TZID") else self.floating
            self._of_parameters[parameters] = zone
            return zone

    def _declared(self, name: str) -> Zone | None:
        try:
            return self.named(lines.text(name))
        except UnknownZone:
            return None

    def _resolved(self, name: str) -> Zone | None:
        return (
            _well_known(name)
            or self._defined(name)
            or _iana(name)
            or _worded(name)
            or _fixed(name)
            or _any_case(name)
        )

    def _defined(self, name: str) -> CustomZone | None:
        definition = self._own.get(name)
        if definition is None:
            return None
        try:
            return vtimezone.read(definition, name)
        except Exception:  # noqa: BLE001 - the door of one component being parsed
            return None

    def _digest(self) -> str:
        """Definitions of well-known names are never read, so they do not count."""
        total = hashlib.sha256(f"{READER} {self.floating} {self.declared}".encode())
        for name in sorted(self._own):
            if _well_known(name) is None:
                total.update(self._own[name])
        return total.hexdigest()[:DIGEST_SIZE]


def _definitions(definitions: Sequence[bytes]) -> dict[str, bytes]:
    """The VTIMEZONEs by TZID; of several with one name the first, and none of absurd size."""
    result: dict[str, bytes] = {}
    for definition in definitions:
        if len(definition) > _LARGEST_DEFINITION:
            continue
        for line in lines.each(lines.unfolded(definition)):
            head, value = lines.split(line)
            if head.partition(";")[0].strip().upper() == "TZID":
                result.setdefault(value.strip(' "'), definition)
                break
    return result


@lru_cache(maxsize=1024)
def _well_known(name: str) -> str | None:
    """The IANA zone of a name that means the same everywhere.

    Some writers put a path of their own before it, as in
    ``/freeassociation.sourceforge.net/Europe/Berlin``. A name of a single word, such as ``EST``,
    is nobody's alone: it counts only where the calendar does not define it.
    """
    if name.lower() in _UTC:
        return "UTC"
    if name.lower() in windows.names():
        return windows.names()[name.lower()]
    parts = name.replace(" ", "_").split("/")
    for first in range(max(len(parts) - 3, 0), len(parts) - 1):
        zone = _iana("/".join(parts[first:]))
        if zone is not None:
            return zone
    return "UTC" if len(parts) > 1 and parts[-1].lower() in _UTC else None


def _iana(name: str) -> str | None:
    if not _IANA.fullmatch(name) or name in _LOCAL or name.startswith(("right/", "posix/")):
        return None
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    return name


def _worded(name: str) -> str | None:
    """The zone of a wording of Windows' clock settings, ``(UTC+01:00) Amsterdam, Berlin, ...``.

    Old wordings keep offsets that have changed since, so the places decide and the offset only
    chooses between places of one name.
    """
    match = _WORDING.fullmatch(name)
    offset, wording = (match[1] or "+00:00", match[2]) if match else ("", name)
    for place in re.split(r"\s*[,/;]\s*|\s+:\s+", wording.lower()):
        zones = windows.places().get(place.strip(), ())
        if len(zones) > 1:
            zones = tuple(zone for zone in zones if offset and _has_offset(zone, offset))
        if zones:
            return zones[0]
    return None


def _has_offset(zone: str, written: str) -> bool:
    stated = _fixed(written)
    offsets = {moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in _HALF_YEARS}
    return stated is not None and timedelta(seconds=stated.first_offset_s) in offsets


def _fixed(name: str) -> CustomZone | None:
    """A zone that is only an offset, ``GMT+0200`` or ``UTC-5``; east is positive."""
    match = _OFFSET.fullmatch(name)
    if not match or int(match[2]) >= _MOST_HOURS:
        return None
    seconds = int(match[2]) * 3600 + int(match[3] or 0) * 60
    return CustomZone(name, -seconds if match[1] == "-" else seconds)


def _any_case(name: str) -> str | None:
    zone = _in_lower_case().get(name.lower().replace(" ", "_"))
    return _iana(zone) if zone else None


@cache
def _in_lower_case() -> dict[str, str]:
    return {zone.lower(): zone for zone in sorted(available_timezones())}
