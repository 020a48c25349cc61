"""The owner's address books on a standard server (CardDAV, RFC 6352) as a source of people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Final

from connectors.caldav import xml
from connectors.caldav.client import Dav
from connectors.caldav.discovery import address_books
from connectors.caldav.xml import CARD, DAV
from connectors.errors import NotAllowed
from connectors.people import vcard
from connectors.port import PeopleRead
from policies.frozen import frozen

_DATA: Final = f"{CARD}address-data"
_ETAG: Final = f"{DAV}getetag"
_MOST: Final = 200_000


@frozen
class CarddavPeople:
    """A `connectors.port.PeopleSource`: everyone in all address books of the account."""

    name: str
    connect: Callable[[], AbstractContextManager[Dav]]

    def people(self) -> PeopleRead:
        with self.connect() as dav:
            cards = [card for book in address_books(dav) for card in _cards(dav, book)]
        return vcard.read("\r\n".join(cards).encode(), self.name) if cards else PeopleRead(())


def _cards(dav: Dav, book: str) -> Iterator[str]:
    listed = dav.propfind(book, (_ETAG,), depth=1).resources
    hrefs = [each.href for each in listed if _ETAG in each.found and each.href != book]
    if len(hrefs) > _MOST:
        raise NotAllowed(
            dav.source,
            f"an address book has more than {_MOST:,} cards",
            "export it in parts and import those files",
        )
    for start in range(0, len(hrefs), dav.quirks.batch):
        asked = hrefs[start : start + dav.quirks.batch]
        body = xml.multiget(f"{CARD}addressbook-multiget", (_ETAG, _DATA), asked)
        for each in dav.report(book, body).resources:
            yield each.text(_DATA)
