"""People from vCard files: 3.0 and 4.0, and 2.1 as phones write it; several cards a file.

A card that cannot be used is left out with its line and the reason; the rest is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors.errors import NotAllowed, UnreadableAnswer
from connectors.people import encoded
from connectors.people.vcard_lines import Line, lines, parts, text
from connectors.port import PeopleRead, Quarantined
from policies.frozen import frozen
from policies.people.identity import NotAnAddress, address, name_from
from policies.people.importing import Incoming
from policies.people.person import Person, PersonId, PrivateNotes
from policies.people.tidy import body, line

_CARDS_MAX = 200_000
_LEAST_PREFERRED = 101  # RFC 6350, section 5.3: PREF is 1 to 100, 1 first
_KEPT = frozenset(
    {"FN", "N", "NICKNAME", "EMAIL", "ORG", "TITLE", "ROLE", "NOTE", "TEL", "TZ", "ADR"}
    | {"CATEGORIES", "KIND", "X-ADDRESSBOOKSERVER-KIND", "X-ABSHOWAS"}
)
_BOUNDS = frozenset({"BEGIN", "END"})
_NOT_PEOPLE = frozenset({"group", "org", "location", "application", "device"})
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_LOCALITY, _COUNTRY_NAME = 3, 6  # positions in ADR: RFC 6350, section 6.3.1


@frozen
class VcardPeople:
    """A file of cards; `connectors.port.PeopleSource`."""

    path: Path
    encoding: str = ""
    limit: int = encoded.LIMIT

    def people(self) -> PeopleRead:
        data = encoded.read(self.path, self.limit)
        if self.encoding or encoded.is_wide(data):
            data = encoded.text(data, self.path.name, self.encoding).encode("utf-8", "replace")
        return read(data, self.path.name)


def read(data: bytes, source: str) -> PeopleRead:
    """Everyone in ``data``; see `connectors.port.PeopleSource` for errors."""
    people: list[Incoming] = []
    left_out: list[Quarantined] = []
    for count, card in enumerate(_cards(data.removeprefix(encoded.UTF8_MARK))):
        if count >= _CARDS_MAX:
            raise NotAllowed(source, f"it has more than {_CARDS_MAX} cards", "split the file")
        try:
            incoming, remark = _incoming(card)
            people.append(incoming)
        except ValueError as error:
            remark = str(error)
        if remark:
            left_out.append(Quarantined(f"line {card.start}", remark))
    if not people and not left_out:
        raise UnreadableAnswer(source, "there is no vCard in it", "export the contacts as vCard")
    return PeopleRead(tuple(people), tuple(left_out))


@frozen
class _Card:
    start: int
    lines: tuple[Line, ...]
    whole: bool

    def all(self, name: str) -> list[Line]:
        """Every property of that name, the preferred first."""
        return sorted((one for one in self.lines if one.name == name), key=_preference)

    def first(self, *names: str) -> str:
        """The preferred value of the first of these properties that says something."""
        values = (line(text(one.value)) for name in names for one in self.all(name))
        return next(filter(None, values), "")


def _cards(data: bytes) -> Iterator[_Card]:
    """Each card; one that does not end before the next begins, or the file does, is not whole."""
    start = 0
    found: list[Line] = []
    for each in lines(data, _KEPT | _BOUNDS):
        if each.name not in _BOUNDS or each.value.strip().upper() != "VCARD":
            if start:
                found.append(each)
            continue
        if start:
            yield _Card(start, tuple(found), whole=each.name == "END")
        start, found = (each.number, []) if each.name == "BEGIN" else (0, [])
    if start:
        yield _Card(start, tuple(found), whole=False)


def _preference(one: Line) -> int:
    """PREF of 4.0, else TYPE=PREF of 3.0 and 2.1; what says nothing comes last, as it stands."""
    if "pref" in one.parameters.get("type", ()):
        return 1
    stated = one.parameters.get("pref", ("",))[0]
    return int(stated) if re.fullmatch(r"[0-9]{1,3}", stated) else _LEAST_PREFERRED


def _incoming(card: _Card) -> tuple[Incoming, str]:
    """One person, and what had to be left out of them.

    Raises:
        ValueError: why the card cannot be used.
    """
    if not card.whole:
        raise ValueError("the card has no end")
    kind = card.first("KIND", "X-ADDRESSBOOKSERVER-KIND").lower()
    if kind in _NOT_PEOPLE:
        raise ValueError(f"not a person but: {kind}")
    # Apple's word for KIND:org, which 3.0 does not have; someone at the company may be named.
    if card.first("X-ABSHOWAS").upper() == "COMPANY" and not _structured_name(card):
        raise ValueError("not a person but: company")
    addresses, problem = _addresses(card.all("EMAIL"))
    if problem and not addresses:
        raise ValueError(f"not a mail address: {problem}")
    organisation, *units = _organisation(card)
    name = card.first("FN") or _structured_name(card) or card.first("NICKNAME")
    if addresses and (not name or "@" in name):
        name = name_from(addresses[0])
    if not name:
        raise ValueError("no name, no address")
    place, country = _whereabouts(card)
    person = Person(
        PersonId(""),
        name,
        addresses,
        organisation=organisation,
        function=", ".join(units),
        role=card.first("TITLE", "ROLE"),
        groups=_groups(card.all("CATEGORIES")),
        zone=_zone(card.first("TZ")),
        country=country,
        place=place,
        phone=card.first("TEL").removeprefix("tel:"),
        notes=PrivateNotes(
            "\n".join(filter(None, (body(text(n.value)) for n in card.all("NOTE"))))
        ),
    )
    return Incoming(person), f"one address left out: {problem}" if problem else ""


def _structured_name(card: _Card) -> str:
    """N is family; given; additional; prefixes; suffixes (RFC 6350, section 6.2.2)."""
    for one in card.all("N"):
        family, given, additional, *_ = (*parts(one.value, ";"), "", "", "")
        if name := line(f"{given} {additional} {family}"):
            return name
    return ""


def _addresses(found: Iterable[Line]) -> tuple[tuple[str, ...], str]:
    """Every address, the preferred first, and why one of them cannot be read."""
    good: list[str] = []
    problem = ""
    for one in found:
        value = text(one.value)
        if not value.strip():
            continue
        try:
            good.append(address(value))
        except NotAnAddress as error:
            problem = str(error)
    return tuple(dict.fromkeys(good)), problem


def _organisation(card: _Card) -> list[str]:
    """The organisation and its units, or one empty text."""
    for one in card.all("ORG"):
        if found := [tidied for part in parts(one.value, ";") if (tidied := line(part))]:
            return found
    return [""]


def _groups(found: Iterable[Line]) -> tuple[str, ...]:
    labels = (line(part) for one in found for part in parts(one.value, ","))
    return tuple(dict.fromkeys(label for label in labels if label and label != "myContacts"))


def _whereabouts(card: _Card) -> tuple[str, str]:
    """Town, and country where it is a code: as such, or as the CC of RFC 8605."""
    for one in card.all("ADR"):
        fields = [*map(line, parts(one.value, ";")), *[""] * 7]
        code = one.parameters.get("cc", ("",))[0] or fields[_COUNTRY_NAME]
        country = code.upper() if _COUNTRY.fullmatch(code) else ""
        if fields[_LOCALITY] or country:
            return fields[_LOCALITY], country
    return "", ""


def _zone(name: str) -> str:
    """An IANA name; an offset alone says nothing about summer."""
    if "/" not in name:
        return ""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ""
    return name
