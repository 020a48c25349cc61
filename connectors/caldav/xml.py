"""The XML that WebDAV servers and we exchange: small requests, and multi-status answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

DAV: Final = "{DAV:}"
CAL: Final = "{urn:ietf:params:xml:ns:caldav}"
CARD: Final = "{urn:ietf:params:xml:ns:carddav}"
SERVER: Final = "{http://calendarserver.org/ns/}"
_PREFIXES: Final = {DAV: "d", CAL: "c", CARD: "a", SERVER: "s"}
_SPACES: Final = " ".join(f'xmlns:{prefix}="{name[1:-1]}"' for name, prefix in _PREFIXES.items())


class NotXml(ValueError):
    """It is no XML, or XML with what no WebDAV server has reason to send: entities, a DTD."""


class Resource(NamedTuple):
    """What an answer says of one resource: its address as the server wrote it, and its properties.

    ``status`` is that of the whole resource, 200 where only its properties have one each; then
    ``found`` holds those that are there.
    """

    href: str
    status: int
    found: Mapping[str, Element]

    def text(self, name: str) -> str:
        """The text of a property, without spaces around it; empty where it is not there."""
        return (self.found[name].text or "").strip() if name in self.found else ""

    def hrefs(self, name: str) -> tuple[str, ...]:
        """The addresses that a property holds."""
        if name not in self.found:
            return ()
        each = ((href.text or "").strip() for href in self.found[name].iter(f"{DAV}href"))
        return tuple(filter(None, each))


class Multistatus(NamedTuple):
    """A 207 answer (RFC 4918, section 13); ``token`` is that of RFC 6578."""

    resources: tuple[Resource, ...]
    token: str = ""


def parsed(data: bytes) -> Element:
    """The root of a document.

    Raises:
        NotXml: see there.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise NotXml(str(error)) from error
    return root


def multistatus(data: bytes) -> Multistatus:
    """A multi-status answer.

    Raises:
        NotXml: it is none.
    """
    root = parsed(data)
    if root.tag != f"{DAV}multistatus":
        raise NotXml("it is no multi-status answer")
    token = (root.findtext(f"{DAV}sync-token") or "").strip()
    return Multistatus(tuple(_resources(root)), token)


def conditions(data: bytes) -> frozenset[str]:
    """The preconditions a refusal names (RFC 4918, section 16); none where it names none."""
    try:
        root = parsed(data)
    except NotXml:
        return frozenset()
    return frozenset(each.tag for each in root) if root.tag == f"{DAV}error" else frozenset()


def propfind(names: Iterable[str]) -> bytes:
    """The body of a PROPFIND for these properties."""
    return _document(f"{DAV}propfind", _prop(names))


def sync_collection(token: str, names: Iterable[str]) -> bytes:
    """The body of a REPORT of what changed since ``token`` (RFC 6578, section 3.2)."""
    inner = f"<d:sync-token>{escape(token)}</d:sync-token><d:sync-level>1</d:sync-level>"
    return _document(f"{DAV}sync-collection", inner + _prop(names))


def multiget(kind: str, names: Iterable[str], hrefs: Iterable[str]) -> bytes:
    """The body of a REPORT of these resources; ``kind`` is its element (RFC 4791, 7.9)."""
    asked = "".join(f"<d:href>{escape(each)}</d:href>" for each in hrefs)
    return _document(kind, _prop(names) + asked)


def _document(name: str, inner: str) -> bytes:
    tag = _short(name)
    return f'<?xml version="1.0" encoding="utf-8"?><{tag} {_SPACES}>{inner}</{tag}>'.encode()


def _prop(names: Iterable[str]) -> str:
    return "<d:prop>" + "".join(f"<{_short(each)}/>" for each in names) + "</d:prop>"


def _short(name: str) -> str:
    space, _, local = name.rpartition("}")
    return f"{_PREFIXES[space + '}']}:{local}"


def _resources(root: Element) -> Iterator[Resource]:
    for response in root.iter(f"{DAV}response"):
        hrefs = [(each.text or "").strip() for each in response.findall(f"{DAV}href")]
        status = _status(response.findtext(f"{DAV}status") or "")
        found = {
            prop.tag: prop
            for part in response.findall(f"{DAV}propstat")
            if _status(part.findtext(f"{DAV}status") or "") == HTTPStatus.OK
            for group in part.findall(f"{DAV}prop")
            for prop in group
        }
        for href in filter(None, hrefs):
            yield Resource(href, status, found)


def _status(line: str) -> int:
    """The code in ``HTTP/1.1 404 Not Found``; 200 where none is given."""
    words = line.split()
    return int(words[1]) if len(words) > 1 and words[1].isdecimal() else 200
