"""Reads one calendar of a standard server, each object only when it changed.

Where the server keeps a history (RFC 6578) it is asked what changed since the last reading;
elsewhere, and where it has forgotten that reading, all versions are listed and compared. Either
way one request tells that nothing changed. An object is a file of its own with one UID
(RFC 4791, section 4.1), so its address serves as the id of what is in it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import field, replace
from http import HTTPStatus
from itertools import starmap
from typing import Final, NamedTuple

from connectors.caldav import xml
from connectors.caldav.client import Dav, Refused
from connectors.errors import ConnectorError, NotAllowed, UnreadableAnswer
from connectors.ical.document import Limits
from connectors.ical.sandbox import Budget, Sandbox
from connectors.ical.zones import READER
from connectors.port import Changes, Cursor, Quarantined
from policies.calendar.event import CalendarItem
from policies.frozen import frozen
from policies.interval import Interval

_ETAG: Final = f"{xml.DAV}getetag"
_TOKEN: Final = f"{xml.DAV}sync-token"
_CTAG: Final = f"{xml.SERVER}getctag"
_TYPE: Final = f"{xml.DAV}resourcetype"
_COLLECTION: Final = f"{xml.DAV}collection"
_DATA: Final = f"{xml.CAL}calendar-data"
_FORGOTTEN: Final = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.CONFLICT,
        HTTPStatus.PRECONDITION_FAILED,
        HTTPStatus.GONE,
        HTTPStatus.INSUFFICIENT_STORAGE,  # RFC 6578, 3.6: more changes than it gives in one answer
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.NOT_IMPLEMENTED,
    }
)
"""How servers say that they no longer know a token, or never knew of tokens."""

_PATHS: Final = 2
"""Raise it when addresses of objects are written otherwise than before: then all is read again."""
_LONGEST_PLACE: Final = 60
_ROUNDS: Final = 50
"""Answers to one question about changes, where the server gives them in parts (RFC 6578, 3.6)."""


class _Object(NamedTuple):
    """What the cursor holds of one object: its version, whether it is an event, what is wrong."""

    etag: str
    is_event: bool = True
    quarantined: tuple[Quarantined, ...] = ()

    @property
    def is_owed(self) -> bool:
        """Whether the server named it and did not give it."""
        return bool(self.quarantined) and not self.etag


class _Memory(NamedTuple):
    """What a cursor holds: how the calendar was read, its state there, and every object."""

    terms: str
    token: str
    ctag: str
    objects: dict[str, _Object]


class _Found(NamedTuple):
    """What the server says has changed: versions by address, and what is gone.

    ``listed``: it was a listing of everything, so what is gone is absent rather than deleted.
    """

    token: str
    ctag: str
    etags: Mapping[str, str]
    gone: frozenset[str]
    listed: bool


@frozen
class CaldavReader:
    """The calendar at ``href`` of the account that ``connect`` connects to.

    ``zone`` is the IANA zone of times that name none.
    """

    name: str
    connect: Callable[[], AbstractContextManager[Dav]]
    href: str
    zone: str
    limits: Limits = field(default_factory=Limits)
    budget: Budget = field(default_factory=Budget)

    def changes(self, cursor: Cursor | None, window: Interval) -> Changes:
        """See `connectors.port.CalendarReader.changes`; the answer covers all time."""
        limits = f"{self.limits.components} {self.limits.bytes}"
        terms = f"{_PATHS} {READER} {self.zone} {limits} {self.href}"
        before = _recalled(cursor, terms)
        with self.connect() as dav, Sandbox(self.name, self.budget) as sandbox:
            found = self._found(dav, before)
            known = before.objects if before else {}
            kept = {href: each for href, each in known.items() if href not in found.gone}
            stale = {href for href, etag in found.etags.items() if not _same(kept.get(href), etag)}
            stale |= {href for href, each in kept.items() if each.is_owed}
            self._check_count(len(kept.keys() | found.etags.keys()))
            read, missing = _Objects(dav, sandbox, self.zone, self.limits).read(
                self.href, sorted(stale)
            )
        gone = found.gone & known.keys() | (missing & known.keys())
        objects = {href: each for href, each in kept.items() if href not in missing}
        objects.update((href, each) for href, (each, _) in read.items())
        memory = _Memory(terms, found.token, found.ctag, dict(sorted(objects.items())))
        left_out = tuple(each for one in memory.objects.values() for each in one.quarantined)
        went = tuple(sorted(gone))
        return Changes(
            cursor=_written(memory),
            changed=tuple(item for _, item in read.values() if item is not None),
            deleted=() if found.listed else went,
            absent=went if found.listed else (),
            quarantined=left_out,
            anew=not known,
            unchanged=before is not None and not read and not gone,
            total=sum(each.is_event for each in objects.values()),
        )

    def _found(self, dav: Dav, before: _Memory | None) -> _Found:
        if before is not None and before.token:
            try:
                return self._since(dav, before)
            except Refused as refused:
                if refused.reply.status not in _FORGOTTEN:
                    raise
        state = _only(dav.propfind(self.href, (_TOKEN, _CTAG, _TYPE)))
        token, ctag = state.text(_TOKEN), state.text(_CTAG)
        if before is not None and ctag and ctag == before.ctag and not before.token:
            return _Found("", ctag, {}, frozenset(), listed=True)
        return self._listing(dav, before, token, ctag)

    def _since(self, dav: Dav, before: _Memory) -> _Found:
        """What changed since a token; in parts, where the server cuts its answer."""
        token, etags, gone = before.token, dict[str, str](), set[str]()
        for _ in range(_ROUNDS):
            answer = dav.report(self.href, xml.sync_collection(token, (_ETAG,)), depth=0)
            is_cut = False
            for each in answer.resources:
                href = dav.path(each.href)
                if each.status == HTTPStatus.INSUFFICIENT_STORAGE:
                    is_cut = True
                elif each.status == HTTPStatus.NOT_FOUND:
                    gone.add(href)
                    etags.pop(href, None)
                elif _ETAG in each.found and not self._is_itself(dav, href):
                    etags[href] = each.text(_ETAG)
                    gone.discard(href)
            if not answer.token:
                raise UnreadableAnswer(self.name, "its answer lacks the mark to go on from")
            if not is_cut or answer.token == token:
                return _Found(answer.token, before.ctag, etags, frozenset(gone), listed=False)
            token = answer.token
        raise UnreadableAnswer(self.name, f"it gave changes in more than {_ROUNDS} parts")

    def _listing(self, dav: Dav, before: _Memory | None, token: str, ctag: str) -> _Found:
        """Everything; the token was taken before, so that nothing between the two is lost."""
        answer = dav.propfind(self.href, (_ETAG, _TYPE), depth=1)
        etags = {
            dav.path(each.href): each.text(_ETAG)
            for each in answer.resources
            if _ETAG in each.found and not _is_collection(each)
        }
        etags.pop(dav.path(self.href), None)
        known = before.objects.keys() if before else set[str]()
        return _Found(token, ctag, etags, frozenset(known - etags.keys()), listed=True)

    def _is_itself(self, dav: Dav, href: str) -> bool:
        return href.rstrip("/") == dav.path(self.href).rstrip("/")

    def _check_count(self, count: int) -> None:
        if count > self.limits.components:
            raise NotAllowed(
                self.name,
                f"it holds {count:,} entries, more than {self.limits.components:,}",
                "raise limits.components",
            )


_Read = dict[str, tuple[_Object, CalendarItem | None]]


@frozen
class _Objects:
    """Fetches objects, many in one request, and reads each of them."""

    dav: Dav
    sandbox: Sandbox
    zone: str
    limits: Limits

    def read(self, calendar: str, hrefs: Iterable[str]) -> tuple[_Read, set[str]]:
        """What became of each; those that were gone when we came for them are named apart.

        Raises:
            UnreadableAnswer: the server passes over what it listed a moment ago.
        """
        read: _Read = {}
        gone: set[str] = set()
        for batch in _batched(hrefs, self.dav.quirks.batch):
            asked = set(batch)
            body = xml.multiget(f"{xml.CAL}calendar-multiget", (_ETAG, _DATA), batch)
            for each in self.dav.report(calendar, body).resources:
                href = self.dav.path(each.href)
                if each.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
                    gone.add(href)
                elif _DATA in each.found:
                    read[href] = self._read(href, each.text(_ETAG), each.found[_DATA].text or "")
                elif href in asked:
                    owed = Quarantined(_place(href), "the server does not give it")
                    read[href] = _Object("", quarantined=(owed,)), None
            if not asked <= read.keys() | gone:
                raise UnreadableAnswer(self.dav.source, "it leaves out objects that it listed")
        return read, gone

    def _read(self, href: str, etag: str, text: str) -> tuple[_Object, CalendarItem | None]:
        place = _place(href)
        try:
            document = self.sandbox.read(
                io.BytesIO(text.encode()), {}, zone=self.zone, limits=self.limits
            )
        except ConnectorError as error:
            return _Object(etag, quarantined=(Quarantined(place, error.cause),)), None
        left_out = tuple(Quarantined(place, each.reason) for each in document.quarantined)
        found = _Object(etag, bool(document.items or left_out), left_out)
        if not document.items:
            return found, None
        events = tuple(event for item in document.items for event in item.events)
        return found, replace(document.items[0], id=href, etag=etag, events=events)


def _only(answer: xml.Multistatus) -> xml.Resource:
    return answer.resources[0] if answer.resources else xml.Resource("", HTTPStatus.OK, {})


def _place(href: str) -> str:
    return f"object {href.rstrip('/').rpartition('/')[2]}"[:_LONGEST_PLACE]


def _same(known: _Object | None, etag: str) -> bool:
    """Whether an object is as it was; one without a version is looked at every time."""
    return known is not None and bool(etag) and known.etag == etag


def _is_collection(resource: xml.Resource) -> bool:
    kind = resource.found.get(_TYPE)
    return kind is not None and kind.find(_COLLECTION) is not None


def _batched(hrefs: Iterable[str], size: int) -> Iterator[list[str]]:
    found = list(hrefs)
    for start in range(0, len(found), size):
        yield found[start : start + size]


def _recalled(cursor: Cursor | None, terms: str) -> _Memory | None:
    """What a cursor holds; ``None`` where it cannot be read.

    Of one made in another way only what was there, so that what is there no more is told.
    """
    head, _, rest = (cursor or "").partition("\n")
    try:
        made, token, ctag = json.loads(head)
        objects = {
            href: _Object(etag, is_event, tuple(starmap(Quarantined, left_out)))
            for href, (etag, is_event, left_out) in json.loads(rest).items()
        }
    except (TypeError, ValueError, AttributeError):
        return None
    if made != terms:
        return _Memory(terms, "", "", dict.fromkeys(objects, _Object("")))
    return _Memory(terms, token, ctag, objects)


def _written(memory: _Memory) -> Cursor:
    head = json.dumps([memory.terms, memory.token, memory.ctag])
    return Cursor(head + "\n" + json.dumps(memory.objects, separators=(",", ":")))
