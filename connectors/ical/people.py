"""Who takes part: ATTENDEE and ORGANIZER lines (RFC 5545, 3.8.4.1 and 3.8.4.3)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from connectors.ical import lines
from policies.calendar.event import Attendee, Response

_RESPONSE: Final = {
    "ACCEPTED": Response.ACCEPTED,
    "TENTATIVE": Response.TENTATIVE,
    "DECLINED": Response.DECLINED,
    "DELEGATED": Response.DECLINED,
}
_NOT_PEOPLE: Final = frozenset({"ROOM", "RESOURCE", "GROUP"})

# Google's own addresses of rooms and calendars, and of an organiser it does not know.
_ROOMS: Final = ("@resource.calendar.google.com", "@group.calendar.google.com")
_NOBODY: Final = "unknownorganizer@calendar.google.com"

_LONGEST_NAME = 200
_LONGEST_ADDRESS = 320
_LONGEST_REMEMBERED = 500


def attendee(line: str) -> Attendee:
    """The participant in one ATTENDEE line; one without a mail address keeps its URI.

    The same people meet again and again, so their lines are remembered.
    """
    return _remembered(line) if len(line) < _LONGEST_REMEMBERED else _attendee(line)


@lru_cache(maxsize=1024)
def organizer(parameters: str, value: str) -> str:
    """The address of the organiser; empty where it is a calendar or nobody."""
    address = _address(value, lines.parameters(parameters) if parameters else {})
    return "" if address == _NOBODY or address.endswith(_ROOMS) else address


def _attendee(line: str) -> Attendee:
    parameters, value = lines.parted(line)
    given = lines.parameters(parameters)
    address = _address(value, given)
    return Attendee(
        address,
        lines.text(given.get("CN", ""))[:_LONGEST_NAME],
        _RESPONSE.get(given.get("PARTSTAT", "").upper(), Response.NEEDS_ACTION),
        given.get("CUTYPE", "").upper() not in _NOT_PEOPLE and not address.endswith(_ROOMS),
    )


_remembered = lru_cache(maxsize=65_536)(_attendee)


def _address(value: str, given: Mapping[str, str]) -> str:
    """In lower case, without ``mailto:``; EMAIL (RFC 7986, 6.2) where the value is no address."""
    address = value.strip().lower()
    if "@" not in address and given.get("EMAIL"):
        address = given["EMAIL"].lower()
    if address.startswith("mailto:"):
        address = address[len("mailto:") :]
        if "%" in address or "?" in address:
            from urllib.parse import unquote

            address = unquote(address.partition("?")[0]).lower()
    address = address.strip(" <>\"'")[:_LONGEST_ADDRESS]
    if address.isascii():
        return address
    from policies.people.identity import as_listed  # 15 ms to load; hardly any address needs it

    return as_listed(address)
