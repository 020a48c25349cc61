"""Where the owner is: which meetings have a place to go to, and which days are office days."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from policies.calendar.event import Event, Kind, Status
from policies.wall import WallTime, local_datetime

_ONLINE: Final = re.compile(
    r"://|\b(?:www|tel|phone|telephone|telefon|call|on-?line|video|virtual|remote|tb[acd]|teams"
    r"|zoom|meet|webex|skype|facetime|whatsapp|jitsi|gotomeeting|slack|ringer)\b"
    r"|^[\s+()\d./-]*$",
    re.IGNORECASE,
)
"""A link, a number to call, or the name of a service: nowhere to go to."""
_AT_HOME: Final = frozenset(
    ("home", "wfh", "working from home", "work from home", "home office", "homeoffice", "remote",
     "working remotely", "elsewhere", "hemma", "jobbar hemma", "hemmakontor", "zuhause", "hjemme",
     "hjemmekontor", "télétravail", "thuis", "thuiswerken", "teletrabajo", "smart working")
)  # fmt: skip
_IN_OFFICE: Final = frozenset(
    ("office", "in office", "in the office", "at the office", "on site", "onsite", "kontor",
     "kontoret", "på kontoret", "büro", "im büro", "bureau", "au bureau", "kantoor", "oficina",
     "ufficio", "in ufficio")
)  # fmt: skip
_DAY: Final = timedelta(days=1)


class Whereabouts(NamedTuple):
    """What an event says of where the owner is.

    ``place`` is where to go for it, empty for none; ``in_office`` what it says of the day,
    ``None`` where it says nothing.
    """

    place: str = ""
    in_office: bool | None = None


class PresenceRow(NamedTuple):
    """An occurrence that says whether the owner is in the office; absolute seconds."""

    start_s: int
    end_s: int
    in_office: bool


def whereabouts(event: Event) -> Whereabouts | None:
    """Where the owner is by ``event``; ``None`` where it does not say.

    A working location says so of its day: *home* by any of the usual words, *office* by its name
    or by how the connector names it, anything else is elsewhere. So does a plain entry of the
    whole day that takes no time and has one of these words for its title. A place to go to is
    what a meeting with a time names, unless that is a link or a number to call, or a room was
    booked: then it is where the owner is anyway.
    """
    if event.status is Status.CANCELLED:
        return None
    if event.kind is Kind.WORKING_LOCATION:
        return Whereabouts(in_office=_is_office(event))
    if not isinstance(event.start, WallTime):
        return None if event.busy or event.attendees else _by_title(event.summary)
    if not event.location or not event.busy or any(not each.is_person for each in event.attendees):
        return None
    place = place_to_go(event.location)
    return Whereabouts(place) if place else None


@lru_cache(maxsize=4096)
def place_to_go(location: str) -> str:
    """The place that a location names, in one line; empty for a link, a number or a service."""
    plain = " ".join(location.split())
    return "" if _ONLINE.search(plain) else plain


def same_place(one: str, other: str) -> bool:
    """Whether one names the other: `Berlin` is in `Rosenstr. 4, 10178 Berlin`."""
    left, right = _words(one), _words(other)
    return f" {left} " in f" {right} " or f" {right} " in f" {left} "


def office_days(rows: Iterable[PresenceRow], zone: str) -> Mapping[date, bool]:
    """Whether the owner is in the office, by local day; an hour there makes it an office day."""
    found: dict[date, bool] = {}
    for row in rows:
        for day in _days(row, zone):
            found[day] = found.get(day, False) or row.in_office
    return found


def _is_office(event: Event) -> bool:
    """By its place where it has one, else by its title."""
    words = _plain(event.location) or _plain(event.summary)
    return words in _IN_OFFICE or words.startswith("office")


def _by_title(title: str) -> Whereabouts | None:
    words = _plain(title)
    if words in _IN_OFFICE or words in _AT_HOME:
        return Whereabouts(in_office=words in _IN_OFFICE)
    return None


def _days(row: PresenceRow, zone: str) -> Iterator[date]:
    day = local_datetime(row.start_s, zone).date()
    last = local_datetime(max(row.end_s - 1, row.start_s), zone).date()
    while day <= last:
        yield day
        day += _DAY


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


@lru_cache(maxsize=4096)
def _words(place: str) -> str:
    return " ".join(re.findall(r"\w+", place.casefold()))
