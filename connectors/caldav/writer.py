"""Writes Fika's own blocks into a calendar of a standard server, and no others.

What is new is written only where nothing stands (``If-None-Match: *``), what is ours is changed
only in the version last seen (``If-Match``). No block has a guest: a server that schedules would
mail them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from connectors.api import Reply
from connectors.caldav.client import Dav
from connectors.errors import ChangedMeanwhile, ConnectorError, MayHaveHappened
from connectors.ical.write import invited, object_name, own_event, read_own_event
from connectors.port import Found, OwnEvent, Written
from policies.frozen import frozen

_NEW: Final = {"If-None-Match": "*"}


@frozen
class CaldavWriter:
    """The owner's blocks in the calendar at ``href``; see `connectors.port.CalendarWriter`.

    A reference is the name of an object in that calendar, a version the server's ETag.
    """

    name: str
    connect: Callable[[], AbstractContextManager[Dav]]
    href: str

    def find(self, uid: str) -> Found | None:
        with self.connect() as dav:
            return self._found(dav, object_name(uid))

    def create(self, event: OwnEvent) -> Written:
        with self.connect() as dav:
            return self.put(dav, object_name(event.uid), own_event(event), "")

    def update(self, written: Written, event: OwnEvent) -> Written:
        if object_name(event.uid) != written.ref:
            raise ChangedMeanwhile(self.name, "that is another block")
        with self.connect() as dav:
            self.expect(dav, written)
            return self.put(dav, written.ref, own_event(event), written.etag)

    def delete(self, written: Written) -> None:
        with self.connect() as dav:
            if dav.get(self.address(written.ref)) is None:
                return
            self.expect(dav, written)
            dav.delete(self.address(written.ref), {"If-Match": written.etag})

    def address(self, ref: str) -> str:
        return self.href.rstrip("/") + "/" + ref.replace("@", "%40")

    def put(self, dav: Dav, ref: str, data: bytes, etag: str) -> Written:
        """Write an object: over the version ``etag``, or where nothing stands.

        A server that rewrites what it is given may keep its new version to itself (RFC 4791,
        5.3.4); then it is asked.
        """
        condition = {"If-Match": etag} if etag else _NEW
        reply = dav.put(self.address(ref), data, condition)
        with self.carried_out():
            return Written(ref, reply.headers.get("etag") or self._version(dav, ref))

    @contextmanager
    def carried_out(self) -> Iterator[None]:
        """Whatever fails from here on, the write before it was done: only looking can tell more."""
        try:
            yield
        except ConnectorError as error:
            raise MayHaveHappened(self.name, f"it was written, but {error.cause}") from error

    def expect(self, dav: Dav, written: Written) -> Reply:
        """What stands there, if it is ours, without guests, in this version.

        Raises:
            ChangedMeanwhile: it is not.
        """
        reply = dav.get(self.address(written.ref))
        if reply is None or not written.etag or reply.headers.get("etag") != written.etag:
            raise ChangedMeanwhile(self.name, "the block is not as we last saw it")
        has_guests = invited(reply.body) and not self.unreached(reply.body)
        if read_own_event(reply.body) is None or has_guests:
            raise ChangedMeanwhile(self.name, "the block is not ours alone")
        return reply

    def unreached(self, data: bytes) -> bool:
        """Whether an object says that its guest could not be told of it; no block has one."""
        return False

    def _found(self, dav: Dav, ref: str) -> Found | None:
        reply = dav.get(self.address(ref))
        if reply is None:
            return None
        event, guests_there = read_own_event(reply.body), invited(reply.body)
        if event is None and b"\nX-FIKA" not in reply.body:
            return None
        written = Written(ref, reply.headers.get("etag", ""))
        return Found(written, event, guests_there, self.unreached(reply.body))

    def _version(self, dav: Dav, ref: str) -> str:
        reply = dav.get(self.address(ref))
        if reply is None:
            raise MayHaveHappened(self.name, "it does not show")
        return reply.headers.get("etag", "")
