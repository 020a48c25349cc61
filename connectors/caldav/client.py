"""WebDAV requests of one account, and what a server's refusals mean for us."""

from __future__ import annotations

import base64
import re
import ssl
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from types import TracebackType
from typing import Final
from urllib.parse import quote, unquote_to_bytes

import httpx

from connectors.api import Api, Reply
from connectors.caldav import xml
from connectors.caldav.quirks import is_within, quirks
from connectors.caldav.xml import Multistatus, NotXml
from connectors.errors import (
    ChangedMeanwhile,
    NotAllowed,
    UnreadableAnswer,
)
from connectors.http import address, answered

_XML: Final = {"Content-Type": "application/xml; charset=utf-8", "Accept-Encoding": "gzip"}
"""Packed only where versions stand in the answer: Apache changes the ETag of a GET it packs."""
_CALENDAR: Final = {"Content-Type": "text/calendar; charset=utf-8"}
_CHANGED: Final = frozenset((HTTPStatus.PRECONDITION_FAILED, HTTPStatus.CONFLICT))
_NAME: Final = re.compile(r"(?!\.\.?$)[\w.~!$&'()*+,;=:@%-]+", re.ASCII)
"""A last step of a path that is nothing else."""
_UID_TAKEN: Final = f"{xml.CAL}no-uid-conflict"


class Dav:
    """The account of ``user`` at ``url``; ``source`` is how errors name it. Close it.

    ``password`` is asked for when the first request goes out. Addresses may be relative to
    ``url``.
    """

    def __init__(
        self,
        source: str,
        url: str,
        user: str,
        password: Callable[[], str],
        now: Callable[[], datetime],
        *,
        limit_bytes: int = 64 * 1024 * 1024,
        each: timedelta = timedelta(seconds=60),
        allow_private_host: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.source = source
        self.base = address(source, url)
        self.quirks = quirks(self.base.host)
        self._user, self._password = user, password
        self._folders: dict[str, str] = {}
        self._api = Api(
            source,
            self.base,
            self._login,
            now=now,
            each=each,
            limit_bytes=limit_bytes,
            open_host=self.base.host if allow_private_host else "",
            sign_in="make a new app password there and store it where password_from says",
            is_ours=self._is_ours,
            tls=tls,
        )

    def __enter__(self) -> Dav:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._api.close()

    def url(self, href: str) -> httpx.URL:
        """Where ``href`` leads from the account's address.

        Raises:
            UnreadableAnswer: nowhere.
        """
        try:
            return self.base.join(href)
        except (httpx.InvalidURL, ValueError):
            raise UnreadableAnswer(self.source, "it names an address that is none") from None

    def path(self, href: str) -> str:
        """One way to write an address: its path, and its host where that is another than ours.

        Servers write ``@`` and ``%40`` by turns (python-caldav/caldav#491).

        Raises:
            UnreadableAnswer: it leads nowhere.
        """
        folder, _, name = href.rpartition("/")
        if not folder or not _NAME.fullmatch(name):
            return self._path(href)
        if folder not in self._folders:
            self._folders[folder] = self._path(f"{folder}/")
        return self._folders[folder] + _plain(name)

    def _path(self, href: str) -> str:
        url = self.url(href)
        written, mark, query = url.raw_path.decode("ascii").partition("?")
        path = "/".join(map(_plain, written.split("/"))) + mark + query
        ours = url.host == self.base.host
        return path if ours else str(url.copy_with(raw_path=path.encode()))

    def options(self, href: str) -> frozenset[str]:
        """The abilities a resource declares in its DAV header (RFC 4918, section 10.1)."""
        reply = self._api.read("OPTIONS", self.url(href))
        return frozenset(each.strip() for each in reply.headers.get("dav", "").split(","))

    def propfind(self, href: str, names: Iterable[str], *, depth: int = 0) -> Multistatus:
        """These properties of a resource, with ``depth`` 1 also of what is in it.

        Raises: as `connectors.api.Api.read`, and
            NotAllowed: it is not there, or not for us.
            UnreadableAnswer: the answer is no multi-status.
        """
        headers = {**_XML, "Depth": str(depth)}
        return self._read("PROPFIND", href, headers, xml.propfind(names))

    def report(self, href: str, body: bytes, *, depth: int = 1) -> Multistatus:
        """Raises: as `propfind`, and `Refused` for a refusal that says why."""
        return self._read("REPORT", href, {**_XML, "Depth": str(depth)}, body)

    def get(self, href: str) -> Reply | None:
        """The resource, ``None`` where there is none."""
        reply = self._api.read("GET", self.url(href))
        if reply.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            return None
        if reply.status != HTTPStatus.OK:
            raise self._refused(reply)
        return reply

    def put(self, href: str, data: bytes, condition: Mapping[str, str]) -> Reply:
        """Write a calendar object under ``condition``.

        Raises: as `connectors.api.Api.write`, and
            ChangedMeanwhile: the condition does not hold, or the UID stands elsewhere.
            NotAllowed: the server refuses it for good.
        """
        return self._written("PUT", href, {**_CALENDAR, **condition}, data)

    def delete(self, href: str, condition: Mapping[str, str]) -> bool:
        """Remove a resource under ``condition``; false where there is none. Raises: as `put`."""
        reply = self._api.write("DELETE", self.url(href), condition)
        if reply.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            return False
        self._check_written(reply)
        return True

    def post(self, href: str, data: bytes, headers: Mapping[str, str]) -> Reply:
        """Ask something of a scheduling outbox; it changes nothing.

        Raises: as `propfind`.
        """
        reply = self._api.read("POST", self.url(href), {**_CALENDAR, **headers}, data)
        if reply.status not in (HTTPStatus.OK, HTTPStatus.MULTI_STATUS):
            raise self._refused(reply)
        return reply

    def _read(self, method: str, href: str, headers: Mapping[str, str], body: bytes) -> Multistatus:
        reply = self._api.read(method, self.url(href), headers, body)
        if reply.status != HTTPStatus.MULTI_STATUS:
            raise self._refused(reply)
        try:
            return xml.multistatus(reply.body)
        except NotXml as error:
            raise UnreadableAnswer(
                self.source, "its answer cannot be read as WebDAV's XML"
            ) from error

    def _written(self, method: str, href: str, headers: Mapping[str, str], data: bytes) -> Reply:
        reply = self._api.write(method, self.url(href), headers, data)
        self._check_written(reply)
        return reply

    def _check_written(self, reply: Reply) -> None:
        if reply.status in _CHANGED or _UID_TAKEN in xml.conditions(reply.body):
            raise ChangedMeanwhile(self.source, "something else stands there")
        if reply.status == HTTPStatus.INSUFFICIENT_STORAGE:
            raise NotAllowed(self.source, "it has no more room", "make room in that account")
        if not HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
            raise self._refused(reply)

    def _refused(self, reply: Reply) -> Refused | UnreadableAnswer:
        if HTTPStatus.MULTIPLE_CHOICES <= reply.status < HTTPStatus.BAD_REQUEST:
            return Refused(
                self.source,
                "it sends us to another address",
                "give the address it sends to as url, if that is your server",
                reply,
            )
        if reply.status < HTTPStatus.MULTIPLE_CHOICES:
            return UnreadableAnswer(self.source, f"{answered(reply.status)} and no properties")
        return Refused(
            self.source, answered(reply.status), "check the account and its calendars", reply
        )

    def _login(self, is_refused: bool) -> Mapping[str, str]:
        name = f"{self._user}:{self._password()}".encode()
        return {"Authorization": "Basic " + base64.b64encode(name).decode()}

    def _is_ours(self, host: str) -> bool:
        return bool(self.quirks.family) and is_within(host, self.quirks.family)


def _plain(step: str) -> str:
    """A step of a path, escaped where it must be and nowhere else (RFC 3986, 3.3)."""
    return quote(unquote_to_bytes(step), safe="!$&'()*+,;=:@~")


class Refused(NotAllowed):
    """The server refuses; ``reply`` is what it said."""

    def __init__(self, source: str, cause: str, remedy: str, reply: Reply) -> None:
        super().__init__(source, cause, remedy)
        self.reply = reply
