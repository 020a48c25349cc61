"""What the columns of a contact export mean, whichever program wrote it.

Google Contacts before and after 2024, Outlook in English, German and French, LinkedIn
connections, Fika's own, and tables whose names leave no doubt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from policies.people.fields import FIELDS
from policies.people.identity import folded


class Shape(StrEnum):
    """Which program's export it is."""

    GOOGLE = "Google Contacts"
    OUTLOOK = "Outlook"
    LINKEDIN = "LinkedIn connections"
    FIKA = "Fika"
    TABLE = "a table"
    MAPPED = "a table with --map"


class Columns(NamedTuple):
    """Where each part of a person stands: cell numbers from 0, the first to be preferred."""

    shape: Shape
    where: Mapping[str, tuple[int, ...]]
    width: int


# Parts of a name, and what only some programs know; everything else is a field of a person.
PARTS: Final = ("first", "middle", "last", "nickname", "page", "connected")

_KNOWN: Final[Mapping[str, str]] = MappingProxyType(
    {
        column: part
        for part, columns in {
            "name": "name|full name|display name|contact name|vollstandiger name|nom complet",
            "first": "first name|given name|firstname|first|vorname|prenom",
            "middle": "middle name|additional name|weitere vornamen|deuxieme prenom",
            "last": "last name|family name|lastname|surname|last|nachname|nom",
            "nickname": "nickname|file as|spitzname|surnom",
            "organisation": (
                "organisation|organization|organization name|organization 1 - name|company"
                "|company name|firma|unternehmen|societe|entreprise"
            ),
            "function": (
                "department|organization department|organization 1 - department|abteilung|service"
            ),
            "role": (
                "job title|position|role|organization title|organization 1 - title|jobtitle"
                "|fonction"
            ),
            "notes": "notes|notizen|remarques",
            "groups": "labels|group membership|categories|groups|tags|kategorien|categories",
            "place": "city|business city|home city|ort geschaftlich|ort privat|ville (bureau)|ort",
            "country": "country|country code|land",
            "page": "url|linkedin|linkedin url|profile url",
            "connected": "connected on",
            "phone": (
                "phone|mobile|mobile phone|business phone|home phone|phone number|telephone"
                "|mobiltelefon|telefon geschaftlich|telefon privat|telefon"
                "|tel. mobile|telephone (bureau)|telephone (domicile)"
            ),
        }.items()
        for column in columns.split("|")
    }
)
_ADDRESS = re.compile(
    r"(?:primary |work |home |personal |other |business )?e-?mail(?: ?\d)?(?: ?address(?:es)?)?"
    r"|e-?mail \d+ - value|e-?mail \d address|mail|mail address|primary email address"
    r"|e-mail-adresse(?: ?\d)?|e-mail \d: adresse|adresse de messagerie(?: \d)?"
    r"|adresse e-?mail(?: \d)?|courriel"
)
_OWN = frozenset({"id", "name", "addresses", "priority", "listed_on"})
_PHONE = re.compile(r"phone \d+ - value")
_PLACE = re.compile(r"address \d+ - city")
_COUNTRY = re.compile(r"address \d+ - country")
_HONORIFIC_BESIDE = frozenset({"job title", "suffix", "suffixe", "anrede", "connected on"})

_ALIASES: Final = MappingProxyType(
    {
        **dict.fromkeys(("email", "e-mail", "mail", "address", "emails"), "addresses"),
        **dict.fromkeys(("company", "organization", "employer"), "organisation"),
        **dict.fromkeys(("title", "position", "job", "job_title"), "role"),
        **dict.fromkeys(("first_name", "given_name", "firstname"), "first"),
        **dict.fromkeys(("last_name", "family_name", "lastname", "surname"), "last"),
        **dict.fromkeys(("department",), "function"),
        **dict.fromkeys(("group", "labels", "tags"), "groups"),
        **dict.fromkeys(("note", "comment"), "notes"),
        **dict.fromkeys(("tel", "mobile", "telephone"), "phone"),
        **dict.fromkeys(("city",), "place"),
    }
)


def recognised(header: Sequence[str]) -> Columns | None:
    """The columns of a header, or ``None`` if the row is no header that we know."""
    names = [folded(cell) for cell in header]
    if set(names) >= _OWN:
        own = {name: (index,) for index, name in enumerate(names) if name in FIELDS}
        return Columns(Shape.FIKA, own, len(names))
    where: dict[str, tuple[int, ...]] = {}
    for index, name in enumerate(names):
        if part := _part(name, names, index):
            where[part] = (*where.get(part, ()), index)
    if "first" in where and "name" in where and "last" not in where:
        where["last"] = where.pop("name")  # as in "Name;Vorname;E-Mail"
    if "last" in where and "first" not in where and "name" not in where:
        where["name"] = where.pop("last")  # as in "Nom;E-mail"
    known = "addresses" in where or {"first", "last"} <= where.keys()
    return Columns(_shape(set(names)), where, len(names)) if known else None


def mapped(header: Sequence[str], mapping: Mapping[str, Sequence[str]]) -> Columns | None:
    """The columns the owner names, by their heading or, for a file without one, their number.

    ``None`` if a heading is not in this row; case, accents and spaces around do not matter.
    """
    names = [folded(cell) for cell in header]
    where: dict[str, tuple[int, ...]] = {}
    for part, columns in mapping.items():
        found = [names.index(folded(column)) for column in columns if folded(column) in names]
        if len(found) < len(columns):
            return None
        where[part] = tuple(found)
    return Columns(Shape.MAPPED, where, len(names))


def numbered(mapping: Mapping[str, Sequence[str]], width: int) -> Columns | None:
    """As `mapped`, if every column is named by its number, from 1."""
    where = {
        part: tuple(int(column) - 1 for column in columns if column.isdecimal())
        for part, columns in mapping.items()
    }
    complete = all(len(where[part]) == len(columns) for part, columns in mapping.items())
    inside = all(0 <= index < width for indexes in where.values() for index in indexes)
    return Columns(Shape.MAPPED, where, width) if complete and inside else None


def mapping(text: str) -> dict[str, tuple[str, ...]]:
    """Read `name=Full Name,email=Mail,email=Mail 2`; a comma inside a heading may stay.

    Raises:
        ValueError: not of that form, or a name that is neither a field nor a part of a name.
    """
    found: dict[str, tuple[str, ...]] = {}
    for each in re.split(r",(?=\s*[A-Za-z_-]+\s*=)", text):
        name, equals, column = each.partition("=")
        part = name.strip().lower()
        part = _ALIASES.get(part, part)
        if not equals or not column.strip():
            raise ValueError("write --map name=COLUMN,email=COLUMN")
        if part not in FIELDS and part not in PARTS:
            allowed = "name, first_name, last_name, email, company, title, notes, group, phone"
            raise ValueError(f"{part!r} is no part of a person; write {allowed}, priority …")
        found[part] = (*found.get(part, ()), column.strip())
    return found


def _part(name: str, names: Sequence[str], index: int) -> str:
    if _ADDRESS.fullmatch(name):
        return "addresses"
    if name == "titre":  # French Outlook: before the name an honorific, after it the job
        return "role" if "prenom" in names[:index] else ""
    if name == "title":
        return "" if _HONORIFIC_BESIDE.intersection(names) else "role"
    for pattern, part in ((_PHONE, "phone"), (_PLACE, "place"), (_COUNTRY, "country")):
        if pattern.fullmatch(name):
            return part
    return _KNOWN.get(name, "")


def _shape(names: set[str]) -> Shape:
    if "connected on" in names:
        return Shape.LINKEDIN
    if names & {"e-mail 1 - value", "organization 1 - name", "group membership", "labels"}:
        return Shape.GOOGLE
    if names & {"e-mail address", "e-mail-adresse", "adresse de messagerie"}:
        return Shape.OUTLOOK
    return Shape.TABLE
