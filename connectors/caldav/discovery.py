"""What an account has: its principal, calendars, address books, and whether its server schedules.

From any address of the server the way leads over the principal (RFC 5397) to the collections; a
server that shows no principal there may do so at its well-known address (RFC 6764, section 5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from http import HTTPStatus
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element

from connectors.caldav.client import Dav, Refused
from connectors.caldav.xml import CAL, CARD, DAV, Resource
from connectors.errors import NotAllowed
from connectors.port import CalendarFound
from policies.frozen import frozen

_PRINCIPAL: Final = f"{DAV}current-user-principal"
_HOME: Final = f"{CAL}calendar-home-set"
_BOOKS: Final = f"{CARD}addressbook-home-set"
_OUTBOX: Final = f"{CAL}schedule-outbox-URL"
_ADDRESSES: Final = f"{CAL}calendar-user-address-set"
_TYPE: Final = f"{DAV}resourcetype"
_NAME: Final = f"{DAV}displayname"
_KINDS: Final = f"{CAL}supported-calendar-component-set"
_RIGHTS: Final = f"{DAV}current-user-privilege-set"
_WRITES: Final = frozenset(f"{DAV}{each}" for each in ("all", "write", "write-content", "bind"))
_WELL_KNOWN: Final = ("/.well-known/caldav", "/.well-known/carddav")
_HOPS: Final = 3


class Principal(NamedTuple):
    """Who the account is to its server; each is an address there, empty where it has none.

    ``addresses`` are the mail addresses that stand for the owner in scheduling.
    """

    href: str
    calendar_homes: tuple[str, ...]
    book_homes: tuple[str, ...]
    outbox: str
    addresses: frozenset[str]


def principal(dav: Dav) -> Principal:
    """The account's principal.

    Raises:
        NotAllowed: no address of the server leads to one.
    """
    href = _principal_href(dav)
    found = dav.propfind(href, (_HOME, _BOOKS, _OUTBOX, _ADDRESSES)).resources
    first = found[0] if found else Resource(href, HTTPStatus.OK, {})
    return Principal(
        href,
        first.hrefs(_HOME),
        first.hrefs(_BOOKS),
        next(iter(first.hrefs(_OUTBOX)), ""),
        frozenset(
            each[len("mailto:") :].lower()
            for each in first.hrefs(_ADDRESSES)
            if each.lower().startswith("mailto:")
        ),
    )


def calendars(dav: Dav) -> tuple[CalendarFound, ...]:
    """Every calendar that holds events; servers name none as primary, so the first one counts.

    Raises: as `principal`.
    """
    names, owner = (_NAME, _TYPE, _KINDS, _RIGHTS), principal(dav)
    found = [
        (each.href, each.text(_NAME), _is_writable(each))
        for home in owner.calendar_homes
        for each in dav.propfind(home, names, depth=1).resources
        if _is_a(each, f"{CAL}calendar") and _holds_events(each)
    ]
    invites = bool(found and owner.addresses) and schedules(dav, found[0][0])
    return tuple(
        CalendarFound(href, name or href, writable, place == 0, invites)
        for place, (href, name, writable) in enumerate(found)
    )


@frozen
class CaldavCalendars:
    """An `connectors.port.AccountCalendars`."""

    connect: Callable[[], AbstractContextManager[Dav]]

    def calendars(self) -> tuple[CalendarFound, ...]:
        with self.connect() as dav:
            return calendars(dav)


def address_books(dav: Dav) -> tuple[str, ...]:
    """The addresses of every address book (RFC 6352, section 7.1.1). Raises: as `principal`."""
    return tuple(
        each.href
        for home in principal(dav).book_homes
        for each in dav.propfind(home, (_TYPE,), depth=1).resources
        if _is_a(each, f"{CARD}addressbook")
    )


def schedules(dav: Dav, calendar: str) -> bool:
    """Whether the server itself invites the guests of what is written there (RFC 6638, 2)."""
    return "calendar-auto-schedule" in dav.options(calendar)


def _principal_href(dav: Dav) -> str:
    for start in ("", *_WELL_KNOWN):
        for href in _from(dav, start):
            return href
    raise NotAllowed(
        dav.source,
        "no calendars of yours can be found at its address",
        "copy the CalDAV address from your provider's help pages",
    )


def _from(dav: Dav, start: str) -> Iterator[str]:
    """The principal as ``start`` tells it, over a few redirects within the service."""
    href = start
    for _ in range(_HOPS + 1):
        try:
            answer = dav.propfind(href, (_PRINCIPAL,))
        except Refused as refused:
            href = refused.reply.headers.get("location", "")
            if not href or refused.reply.status >= HTTPStatus.BAD_REQUEST:
                return
            continue
        yield from (each for one in answer.resources for each in one.hrefs(_PRINCIPAL))
        return


def _is_a(resource: Resource, kind: str) -> bool:
    return kind in _children(resource, _TYPE)


def _holds_events(resource: Resource) -> bool:
    """Where a server does not say what a calendar holds, events are among it."""
    kinds = [each.get("name", "").upper() for each in resource.found.get(_KINDS, ())]
    return not kinds or "VEVENT" in kinds


def _is_writable(resource: Resource) -> bool:
    """Where a server does not say what we may do, writing tells."""
    rights: Element | None = resource.found.get(_RIGHTS)
    if rights is None:
        return True
    return any(each.tag in _WRITES for each in rights.iter())


def _children(resource: Resource, name: str) -> set[str]:
    return {each.tag for each in resource.found.get(name, ())}
