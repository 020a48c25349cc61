"""The owner's contacts at Outlook as a source of people, and those they deal with most.

With the cursor of an earlier reading only contacts changed since are read, folder by folder; a
folder whose state Graph has forgotten is read again.
Whoever was deleted there stays listed here: forgetting people is the owner's to do.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from connectors.errors import NotAllowed, UnreadableAnswer
from connectors.outlook.client import Graph, Refusal
from connectors.port import PeopleRead, Quarantined
from policies.frozen import frozen
from policies.people.identity import NotAnAddress, address, name_from
from policies.people.importing import Incoming
from policies.people.person import Person, PersonId, PrivateNotes
from policies.people.tidy import body, line
from policies.text import shown

Json = dict[str, Any]

_FIELDS: Final = (
    "displayName,nickName,emailAddresses,companyName,department,jobTitle,mobilePhone,"
    "businessPhones,businessAddress,homeAddress,personalNotes"
)
_RELEVANT: Final = "id,displayName,scoredEmailAddresses,companyName,department,jobTitle,personType"
_PAGE: Final = 500
_MOST_RELEVANT: Final = 200
_MOST_FOLDERS: Final = 1_000
_MAIN: Final = ""


@frozen
class OutlookPeople:
    """The contacts of the account ``name``; a `connectors.port.PeopleSource`.

    ``cursor`` is what an earlier reading left in it; empty for everyone.
    """

    name: str
    graph: Graph
    cursor: str = ""

    def people(self) -> PeopleRead:
        """See the port; the people dealt with most come last, the most important first.

        Raises:
            NeedsLogin, TemporarilyUnavailable: as `connectors.port.CalendarReader.changes`.
        """
        before, links = _links(self.cursor), dict[str, str]()
        found: list[Json] = []
        for folder in (_MAIN, *self._folders()):
            rows, links[folder] = self._changed(folder, before.get(folder, ""))
            found += rows
        left_out: list[Quarantined] = []
        contacts = tuple(_incoming(found, left_out))
        others = tuple(_incoming(self._relevant(left_out), left_out))
        known = {each for one in contacts for each in one.person.addresses}
        new = (one for one in others if known.isdisjoint(one.person.addresses))
        return PeopleRead((*contacts, *new), tuple(left_out), json.dumps(links))

    def _folders(self) -> list[str]:
        """Every folder beside the main one, and those in them."""
        found = self._listed("contactFolders")
        for folder in found:
            found += self._listed("contactFolders", folder, "childFolders")
            if len(found) > _MOST_FOLDERS:
                raise UnreadableAnswer(self.name, "its contact folders have no end")
        return found

    def _listed(self, *where: str) -> list[str]:
        url = self.graph.url(*where, select="id", top=100)
        return [str(raw["id"]) for raw in self.graph.rows(url, self.name) if raw.get("id")]

    def _changed(self, folder: str, link: str) -> tuple[list[Json], str]:
        """The contacts of a folder, or those changed since a link; and the link that goes on."""
        where = ("contactFolders", folder) if folder else ()
        first = self.graph.url(*where, "contacts", "delta", select=_FIELDS)
        try:
            return self._round(link or first)
        except Refusal as error:
            if not link or not error.is_lost_state:
                raise
            return self._round(first)

    def _round(self, url: str) -> tuple[list[Json], str]:
        found: dict[str, Json] = {}
        last: Json = {}
        for last in self.graph.pages(url, self.name, page=_PAGE):
            found |= {str(raw.get("id")): raw for raw in last["value"]}
        link = last.get("@odata.deltaLink")
        if not isinstance(link, str):
            raise UnreadableAnswer(self.name, "its contacts end without saying where to go on")
        return [raw for raw in found.values() if "@removed" not in raw], link

    def _relevant(self, left_out: list[Quarantined]) -> list[Json]:
        """A permission of its own, which the owner need not give."""
        url = self.graph.url("people", select=_RELEVANT, top=_MOST_RELEVANT)
        try:
            page = self.graph.get(url, self.name).get("value")
        except NotAllowed as error:
            left_out.append(Quarantined("the people you deal with most", error.cause))
            return []
        rows = page if isinstance(page, list) else []
        return [raw for raw in rows if isinstance(raw, dict) and _is_person(raw)]


def _is_person(raw: Json) -> bool:
    """Groups, rooms and mailing lists are among them as well."""
    kind = raw.get("personType")
    return not isinstance(kind, dict) or kind.get("class") in {None, "Person"}


def _links(cursor: str) -> Mapping[str, str]:
    try:
        found = json.loads(cursor or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _incoming(found: Iterable[Json], left_out: list[Quarantined]) -> Iterator[Incoming]:
    for raw in found:
        try:
            person = _person(raw)
        except (TypeError, AttributeError, KeyError) as error:
            reason = f"it cannot be read ({type(error).__name__})"
            left_out.append(Quarantined(f"contact {shown(str(raw.get('id')), 24)}", reason))
            continue
        if person is not None:
            yield Incoming(person)


def _person(raw: Json) -> Person | None:
    """One contact, or one person of importance; ``None`` without a name or an address."""
    addresses = tuple(dict.fromkeys(_addresses(raw)))
    name = line(str(raw.get("displayName") or raw.get("nickName") or ""))
    if addresses and (not name or "@" in name):
        name = name_from(addresses[0])
    if not name:
        return None
    place = raw.get("businessAddress") or raw.get("homeAddress") or {}
    phones = [raw.get("mobilePhone"), *(raw.get("businessPhones") or ())]
    return Person(
        PersonId(""),
        name,
        addresses,
        organisation=line(str(raw.get("companyName") or "")),
        function=line(str(raw.get("department") or "")),
        role=line(str(raw.get("jobTitle") or "")),
        place=line(str(place.get("city") or "")),
        phone=line(str(next(filter(None, phones), ""))),
        notes=PrivateNotes(body(str(raw.get("personalNotes") or ""))),
    )


def _addresses(raw: Json) -> Iterator[str]:
    """Those that are addresses, as the owner ordered them; some are of Exchange's own kind."""
    for each in (*(raw.get("emailAddresses") or ()), *(raw.get("scoredEmailAddresses") or ())):
        try:
            yield address(str(each.get("address") or ""))
        except NotAnAddress:
            continue
