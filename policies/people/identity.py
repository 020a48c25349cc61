"""Who is who: one form for each address, what is doubtful about one, and readable keys.

Merging two records of one person is `policies.people.merging`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from policies.people.person import PersonId

_LOCAL_MAX, _DOMAIN_MAX = 64, 253  # octets: RFC 5321, section 4.5.3.1
_ID_MAX, _TEXT_MAX = 40, 1_000  # characters
# RFC 5322, 3.2.3 and RFC 6531, 3.3, said by what they leave out: the rest takes 4 ms to compile.
_ATOM = r"[^\x00-\x20\"(),.:;<>@\[\\\]\x7f]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_PLAIN = re.compile(
    r"[a-z0-9_+'-]+(?:\.[a-z0-9_+'-]+)*@(?:[a-z0-9]+(?:-+[a-z0-9]+)*\.)+[a-z]{2,63}"
)
_ESCAPED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_NAMED = re.compile(r"[^<>]*<([^<>]*)>")
_AROUND = " \t\r\n\u00a0\u200b\ufeff"

# Letters that have no accent to take off, in the spelling their readers use without them.
_SPELLING: Final = str.maketrans(
    dict(zip("абвгдезиклмнопрстуфцыэіјћ", "abvgdeziklmnoprstufcyeijc", strict=True))
    | dict(zip("αβγδεζηικλμνξοπρστυφω", "avgdeziiklmnxoprstyfo", strict=True))
    | {"ж": "zh", "х": "kh", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "yu", "я": "ya", "є": "ye"}  # noqa: RUF001 - Cyrillic
    | {"ъ": "", "ь": "", "љ": "lj", "њ": "nj", "ђ": "dj", "џ": "dz", "θ": "th", "χ": "ch"}
    | {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ψ": "ps"}
    | {"ı": "i"}  # noqa: RUF001 - Turkish
)

# Letters drawn like a Latin one, after Unicode's confusables.txt (UTS 39).
_DRAWN_LIKE: Final = str.maketrans(
    dict(zip("асԁеһіјӏорԛгѕѵԝхуꙇ", "acdehijlopqrsvwxyi", strict=True))  # noqa: RUF001 - Cyrillic
    | dict(zip("αορνικυγηχτω", "aopvikuynxtw", strict=True))
    | dict(zip("ոօսհցզա", "nouhgqw", strict=True))  # noqa: RUF001 - Armenian
    | dict(zip("ıɩɑɡɪʟ01", "iiagilol", strict=True))  # noqa: RUF001 - Latin and digits
)

_NO_REPLY = re.compile(
    r"(.*[._-])?(no|do[._-]?not|dont)[._-]?reply([._-].*)?|mailer-daemon|bounces?([.+_-].*)?"
    r"|(.*[._-])?notifications?([._-].*)?|alerts?|automated|calendar-server"
)
_LIST = re.compile(
    r"(all|everyone|list|dist|dl|grp)[._-].+|(team|group)-.+"
    r"|.+[._-](list|announce|discuss|everyone|members|committee)|.+-(l|users|dev|all|team|group)"
    r"|all|everyone|everybody|staff|members|announce"
)
_LIST_DOMAIN = re.compile(r"(lists?|listserv|mailman|groups)\..+|googlegroups\.com|groups\.io")
_NO_PERSON = re.compile(
    r".*@((group(\.v)?|resource|import|guests)\.calendar\.google\.com|calendar\.google\.com)"
    r"|(meeting|conf(erence)?)?-?rooms?[._-].*@.*|(conf|conference)[._-].*@.*"
)
_ROLES: Final = frozenset(
    """
    abuse accounting accounts admin administrator advisor billing board booking bookings buchhaltung
    buero careers compliance contact contacto desk editor enquiries events facilities feedback
    finance frontdesk hello help helpdesk hostmaster hr info inquiries invoice invoices it jobs
    kontakt kundenservice legal mail marketing media newsletter office operations ops orders
    payroll people post postmaster pr presse press privacy procurement reception recruiting
    recruitment redaktion registration reservations root sales secretariat security service
    services speakers support team training vertrieb webmaster welcome
    """.split()  # noqa: SIM905 - words, not quotation marks
)
_EAST_ASIAN: Final = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL"})
_ROLE_WITH_PLACE = re.compile(r"(info|sales|support|contact|kontakt|service|office|help)[._-].+")


class NotAnAddress(ValueError):
    """The text is no single e-mail address; the message says why and never repeats the text."""


def address(text: str) -> str:
    """The one form of an e-mail address that everything is compared by.

    Without ``mailto:`` (and what follows ``?``), without a name around ``<...>``, NFKC, lower
    case, the domain in ASCII as IDNA writes it (UTS 46). Lower-casing the part before the at sign
    is not promised by RFC 5321, section 2.4, but is what every provider does.

    Raises:
        NotAnAddress: nothing there, more than one, hidden characters, or not deliverable by form.
    """
    if len(text) <= _LOCAL_MAX and _PLAIN.fullmatch(text):
        return text
    if len(text) > _TEXT_MAX:
        raise NotAnAddress("too long")
    bare = _bare(text)
    if not bare:
        raise NotAnAddress("no address")
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", bare).lower())
    if any(unicodedata.category(char)[0] in "CZ" for char in plain):
        raise NotAnAddress(_more_than_one(plain) or "spaces or hidden characters inside")
    local, at, domain = plain.rpartition("@")
    if not at or not local or not domain:
        raise NotAnAddress("no name, at sign and domain")
    if "@" in local:
        raise NotAnAddress(_more_than_one(plain) or "two at signs")
    if not _LOCAL.fullmatch(local) or len(local.encode()) > _LOCAL_MAX:
        raise NotAnAddress("the part before the at sign cannot be one")
    return f"{local}@{_ascii_domain(domain)}"


def as_listed(found: str) -> str:
    """What a calendar has, in small letters already: in the form of `address` if it is one."""
    if found.isascii():  # as nearly all are
        return found
    try:
        return address(found)
    except NotAnAddress:
        return found


def _bare(text: str) -> str:
    bare = text.strip(_AROUND)
    named = _NAMED.fullmatch(bare)
    bare = (named[1] if named else bare).strip(_AROUND)
    if bare[:7].lower() != "mailto:":
        return bare
    try:
        return _ESCAPED.sub(_unescaped, bare[7:].partition("?")[0])
    except UnicodeDecodeError as error:
        raise NotAnAddress("an escape that is no text") from error


def _unescaped(found: re.Match[str]) -> str:
    return bytes.fromhex(found[0].replace("%", "")).decode()


def _more_than_one(text: str) -> str:
    return "more than one address" if len(re.findall(r"[^\s,;<>]+@[^\s,;<>]+", text)) > 1 else ""


def _ascii_domain(domain: str) -> str:
    if not domain.isascii():
        domain = _encoded(domain)
    labels = domain.split(".")
    if len(domain) > _DOMAIN_MAX or not all(map(_LABEL.fullmatch, labels)):
        raise NotAnAddress(_more_than_one(f"a@{domain}") or "the domain cannot be one")
    if len(labels) == 1 or labels[-1].isdecimal():
        raise NotAnAddress("the domain is incomplete")
    return domain


def _encoded(domain: str) -> str:
    import idna  # 10 ms to load; hardly any domain needs it

    try:
        return idna.encode(domain, uts46=True).decode().lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise NotAnAddress("the domain cannot be one") from error


def folded(text: str) -> str:
    """For finding, never for identity: no case, no accents, one space between words."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def name_from(address: str) -> str:
    """A name to show for someone of whom only the address is known: `ana.silva@` is Ana Silva."""
    local = address.partition("@")[0].partition("+")[0]
    words = [word for word in re.split(r"[._\-\d]+", local) if word]
    return " ".join(word[:1].upper() + word[1:] for word in words) or address


def person_id(name: str, taken: Collection[str]) -> PersonId:
    """A readable key made from the name, unlike every one in ``taken``.

    Latin, Cyrillic and Greek are spelled in ASCII; a name in another script gives ``person-``
    and the start of its hash. The second of a name ends in ``-2``.
    """
    spelled = folded(name).translate(_SPELLING)
    slug = "-".join(re.findall(r"[a-z0-9]+", spelled))[:_ID_MAX].strip("-")
    if not any(char.isalpha() for char in slug):
        slug = f"person-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"
    return PersonId(slug if slug not in taken else f"{slug}-{_free_number(slug, taken)}")


def _free_number(slug: str, taken: Collection[str]) -> int:
    """A number from 2 that is free; the first such, unless one in between was given up.

    Doubling, then halving: ten thousand people of one name are numbered in no time.
    """
    used, free = 1, 2
    while f"{slug}-{free}" in taken:
        used, free = free, 2 * free
    while free - used > 1:
        middle = (used + free) // 2
        used, free = (middle, free) if f"{slug}-{middle}" in taken else (used, middle)
    return free


class Doubt(StrEnum):
    """What speaks against writing to an address before the owner has looked twice."""

    ROLE = "role"
    LIST = "list"
    NO_REPLY = "no-reply"
    NOT_A_PERSON = "not-a-person"
    BEYOND_ASCII = "beyond-ascii"
    MIXED_SCRIPT = "mixed-script"
    LOOKALIKE = "lookalike"


SEVERAL_READERS: Final = frozenset({Doubt.ROLE, Doubt.LIST, Doubt.NO_REPLY, Doubt.NOT_A_PERSON})
"""Nobody in particular reads these: they are not invited and not offered as people."""

_SENTENCES: Final = MappingProxyType(
    {
        Doubt.ROLE: "a shared mailbox, not one person",
        Doubt.LIST: "looks like a mailing list",
        Doubt.NO_REPLY: "nobody reads it",
        Doubt.NOT_A_PERSON: "a room, a resource or a calendar",
        Doubt.BEYOND_ASCII: "written with letters beyond ASCII",
        Doubt.MIXED_SCRIPT: "mixes letters of different scripts",
        Doubt.LOOKALIKE: "looks like another address",
    }
)


def sentence(doubt: Doubt) -> str:
    """The doubt in a few words for the owner."""
    return _SENTENCES[doubt]


@lru_cache(maxsize=65_536)  # a few thousand addresses stand in hundreds of thousands of invitations
def doubts(address: str, known_domains: frozenset[str] = frozenset()) -> tuple[Doubt, ...]:
    """What is doubtful about an address in the form `address` gives, in the order of `Doubt`.

    Every address with a letter beyond ASCII has at least one doubt, so no two that look alike
    pass unseen. ``known_domains`` are those the owner trusts: a domain that is drawn like one
    of them and is not it is a look-alike, in ASCII too (`examp1e.com`).
    """
    local, _, domain = address.rpartition("@")
    spoken = readable_domain(domain)
    words = (local.partition("+")[0], *spoken.split("."))
    found = {
        Doubt.ROLE: words[0] in _ROLES or _ROLE_WITH_PLACE.fullmatch(words[0]) is not None,
        Doubt.LIST: bool(_LIST.fullmatch(words[0]) or _LIST_DOMAIN.fullmatch(domain)),
        Doubt.NO_REPLY: _NO_REPLY.fullmatch(local) is not None,
        Doubt.NOT_A_PERSON: _NO_PERSON.fullmatch(address) is not None,
        Doubt.BEYOND_ASCII: not f"{local}{spoken}".isascii() or "xn--" in domain,
        Doubt.MIXED_SCRIPT: any(map(_mixes_scripts, words)),
        Doubt.LOOKALIKE: any(map(_passes_for_latin, words))
        or (domain not in known_domains and _skeleton(spoken) in _skeletons(known_domains)),
    }
    return tuple(doubt for doubt, applies in found.items() if applies)


def readable_domain(domain: str) -> str:
    """The domain in its own letters; labels that are no proper Punycode (RFC 3492) stay."""
    return ".".join(map(_readable_label, domain.split(".")))


def _readable_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _mixes_scripts(word: str) -> bool:
    """Whether letters of scripts that are not written together stand in one word.

    The first word of a letter's Unicode name stands for its script. Japanese and Korean mix.
    """
    scripts = {unicodedata.name(char, "?").split()[0] for char in word if char.isalpha()}
    return len({"CJK" if script in _EAST_ASIAN else script for script in scripts}) > 1


def _passes_for_latin(word: str) -> bool:
    return not folded(word).isascii() and _skeleton(word).isascii()


@lru_cache(maxsize=8)
def _skeletons(domains: frozenset[str]) -> frozenset[str]:
    return frozenset(_skeleton(readable_domain(domain)) for domain in domains)


@lru_cache(maxsize=8_192)
def _skeleton(text: str) -> str:
    """Equal for texts that are drawn alike (UTS 39, section 4, for the commonest letters)."""
    return folded(text).translate(_DRAWN_LIKE).replace("rn", "m").replace("vv", "w")
