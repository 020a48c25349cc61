"""The owner's contacts at Google as a source of people: contacts, and others once written to.

With the cursor of an earlier reading only what changed since is read. Google gives a token for
changes up after 7 days ("EXPIRED_SYNC_TOKEN", the People API reference on connections.list);
then everything is read again. Whoever was deleted there stays listed here: forgetting people is
the owner's to do.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from connectors.errors import NotAllowed, UnreadableAnswer
from connectors.google.client import GoogleClient
from connectors.google.pages import pages
from connectors.google.refusals import Refusal
from connectors.port import PeopleRead, Quarantined
from policies.frozen import frozen
from policies.people.identity import NotAnAddress, address, name_from
from policies.people.importing import Incoming
from policies.people.person import Person, PersonId, PrivateNotes
from policies.people.tidy import body, line

Json = dict[str, Any]

_FIELDS: Final = (
    "names,nicknames,emailAddresses,organizations,phoneNumbers,addresses,biographies,metadata"
)
_FIELDS_OF_OTHERS: Final = "names,emailAddresses,phoneNumbers,metadata"
_EXPIRED: Final = "EXPIRED_SYNC_TOKEN"
_PAGE: Final = 1_000


@frozen
class GooglePeople:
    """The contacts of the account ``name``; a `connectors.port.PeopleSource`.

    ``cursor`` is what an earlier reading left in it; empty for everyone.
    """

    name: str
    client: GoogleClient
    cursor: str = ""

    def people(self) -> PeopleRead:
        """See the port.

        Raises:
            NeedsLogin, TemporarilyUnavailable: as `connectors.port.CalendarReader.changes`.
        """
        before = _tokens(self.cursor)
        connections = self.client.people.people().connections()
        fields = {"resourceName": "people/me", "personFields": _FIELDS}
        found, token = self._listed(connections, "connections", fields, before)
        tokens = {"connections": token}
        left_out: list[Quarantined] = []
        try:
            others = self.client.people.otherContacts()
            fields = {"readMask": _FIELDS_OF_OTHERS}
            more, tokens["otherContacts"] = self._listed(others, "otherContacts", fields, before)
            found += more
        except NotAllowed as error:  # a permission of its own, which the owner need not give
            left_out.append(Quarantined("people you have only written to", error.cause))
        people = tuple(_incoming(found, left_out))
        return PeopleRead(people, tuple(left_out), json.dumps(tokens))

    def _listed(
        self,
        resource: Any,  # noqa: ANN401 - the library makes its methods when it runs
        kind: str,
        fields: Mapping[str, str],
        before: Mapping[str, str],
    ) -> tuple[list[Json], str]:
        """Who is there, or who changed; and the token that goes on from here."""
        try:
            return self._pages(resource, kind, {**fields, "syncToken": before.get(kind)})
        except Refusal as error:
            if error.reason != _EXPIRED or kind not in before:
                raise
            return self._pages(resource, kind, fields)

    def _pages(
        self,
        resource: Any,  # noqa: ANN401 - as above
        kind: str,
        asked: Mapping[str, str | None],
    ) -> tuple[list[Json], str]:
        def ask(page: str) -> Json:
            request = resource.list(
                pageSize=_PAGE, requestSyncToken=True, pageToken=page or None, **asked
            )
            return self.client.read(request, self.name)

        found: list[Json] = []
        last: Json = {}
        for last in pages(self.name, ask, kind):
            found += last.get(kind) or ()
        token = last.get("nextSyncToken")
        if not isinstance(token, str):
            raise UnreadableAnswer(self.name, "its contacts end without saying where to go on")
        return found, token


def _tokens(cursor: str) -> dict[str, str]:
    try:
        found = json.loads(cursor or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _incoming(found: Iterable[Json], left_out: list[Quarantined]) -> Iterator[Incoming]:
    for raw in found:
        if (raw.get("metadata") or {}).get("deleted"):
            continue
        try:
            person = _person(raw)
        except (TypeError, AttributeError, KeyError) as error:
            reason = f"it cannot be read ({type(error).__name__})"
            left_out.append(Quarantined(f"contact {raw.get('resourceName')}", reason))
            continue
        if person is not None:
            yield Incoming(person)


def _person(raw: Json) -> Person | None:
    """One contact; ``None`` where neither a name nor an address is known."""
    addresses = tuple(dict.fromkeys(_addresses(raw)))
    name = _first(raw, "names", "displayName") or _first(raw, "nicknames", "value")
    if addresses and (not name or "@" in name):
        name = name_from(addresses[0])
    if not name:
        return None
    country = _first(raw, "addresses", "countryCode").upper()
    return Person(
        PersonId(""),
        name,
        addresses,
        organisation=_first(raw, "organizations", "name"),
        function=_first(raw, "organizations", "department"),
        role=_first(raw, "organizations", "title"),
        country=country if len(country) == 2 and country.isascii() else "",  # noqa: PLR2004 - ISO 3166
        place=_first(raw, "addresses", "city"),
        phone=_first(raw, "phoneNumbers", "value"),
        notes=PrivateNotes(body(_text(raw, "biographies", "value"))),
    )


def _addresses(raw: Json) -> Iterator[str]:
    """Those that are addresses, the main one first."""
    for each in _main_first(raw.get("emailAddresses") or ()):
        try:
            yield address(str(each.get("value") or ""))
        except NotAnAddress:
            continue


def _first(raw: Json, kind: str, field: str) -> str:
    return line(_text(raw, kind, field))


def _text(raw: Json, kind: str, field: str) -> str:
    found = (str(each.get(field) or "") for each in _main_first(raw.get(kind) or ()))
    return next(filter(None, found), "")


def _main_first(some: Iterable[Json]) -> list[Json]:
    return sorted(some, key=lambda each: not (each.get("metadata") or {}).get("primary"))
