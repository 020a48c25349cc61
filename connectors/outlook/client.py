"""One account's way to Microsoft Graph: bounded reads, writes sent once, refusals in plain words.

Requests go one after another: a mailbox takes four at a time, and refuses even those when it is
busy ("MailboxConcurrency"). For the same reason nothing is batched.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpx

from connectors.api import Api, Reply
from connectors.errors import (
    ChangedMeanwhile,
    ConnectorError,
    NotAllowed,
    TemporarilyUnavailable,
    UnreadableAnswer,
    WritingSuspended,
)
from connectors.http import answered
from connectors.outlook.grant import connect

Json = dict[str, Any]

GRAPH: Final = "https://graph.microsoft.com/v1.0"

_PREFER: Final = 'IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="text"'
"""Ids that survive a move, one zone for all times, and no HTML: wanted of every request."""
_ACCEPT: Final = {"Accept": "application/json", "Accept-Encoding": "gzip"}
_PLAIN: Final = frozenset(("startDateTime", "endDateTime"))
_MOST_PAGES: Final = 400
_MOST_EMPTY: Final = 20
_MOST_REPEATED: Final = 3
_LOST: Final = frozenset(("syncstatenotfound", "syncstateinvalid", "resyncrequired"))
_TOO_MANY_MAILS: Final = frozenset(
    ("ErrorExceededMessageLimit", "ErrorMessageSubmissionBlocked", "ErrorAccountSuspend")
)
_BUSY: Final = frozenset(("ApplicationThrottled", "MailboxConcurrency", "TooManyRequests"))
_NO_ZONE: Final = "TimeZoneNotSupportedException"
_NOT_OURS: Final = "it answers with something that is not of Microsoft Graph"


class Refusal(NotAllowed):
    """Graph said no; whoever asked may know what its ``code`` means; else it is not allowed."""

    def __init__(self, source: str, cause: str, remedy: str, status: int, code: str) -> None:
        super().__init__(source, cause, remedy)
        self.status = status
        self.code = code

    @property
    def is_gone(self) -> bool:
        return self.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}

    @property
    def is_lost_state(self) -> bool:
        """A link to changes that Graph has forgotten: 410, or such a code with another status."""
        return self.status == HTTPStatus.GONE or self.code.lower() in _LOST


class NoEnd(UnreadableAnswer):
    """A listing whose pages come to no end, or come again and again."""


class Graph:
    """One mailbox, over ``api``; ``base`` is where Graph is, with its version.

    Errors name what was asked about by ``source``, else ``account``.
    """

    def __init__(self, account: str, api: Api, base: str = GRAPH) -> None:
        self.account = account
        self.base = base.rstrip("/")
        self._api = api
        self._lock = threading.Lock()

    def url(self, *path: str, **query: str | int) -> str:
        """An address below ``me``; the parts of the path may hold any character.

        Query options are named without their ``$``, except those that have none.
        """
        way = "/".join(quote(part, safe="()") for part in path)
        given = {name if name in _PLAIN else f"${name}": value for name, value in query.items()}
        return f"{self.base}/me/{way}" + (f"?{urlencode(given)}" if given else "")

    def get(self, url: str, source: str = "", *, page: int = 0) -> Json:
        """What stands there. ``page``: how many entries at once, where a query cannot say it.

        Raises:
            Refusal: it does not exist, or not like this.
            NeedsLogin, NotAllowed, TemporarilyUnavailable, UnreadableAnswer: see
                `connectors.port.CalendarReader.changes`.
        """
        prefer = f"{_PREFER}, odata.maxpagesize={page}" if page else _PREFER
        return self._read("GET", url, {"Prefer": prefer}, source)

    def pages(self, url: str, source: str = "", *, page: int = 0) -> Iterator[Json]:
        """Every page of a listing, its links followed as they are given; pages may be empty.

        Raises: as `get`, and
            NoEnd: the pages come to none.
        """
        name, known, seen = source or self.account, {url}, set[int]()
        empty = repeated = 0
        for _ in range(_MOST_PAGES):
            answer = self.get(url, source, page=page)
            rows = answer.get("value")
            if not isinstance(rows, list) or not all(isinstance(each, dict) for each in rows):
                raise UnreadableAnswer(name, _NOT_OURS)
            new = {
                hash((str(each.get("id")), str(each.get("@odata.etag")))) for each in rows
            } - seen
            seen |= new
            empty = 0 if rows else empty + 1
            repeated = repeated + 1 if rows and not new else 0
            yield answer
            url = answer.get("@odata.nextLink") or ""
            if not url:
                return
            stuck = empty == _MOST_EMPTY or repeated == _MOST_REPEATED
            if not isinstance(url, str) or url in known or stuck:
                raise NoEnd(name, "its pages go round in circles")
            known.add(url)
        raise NoEnd(name, f"it has more than {_MOST_PAGES} pages")

    def rows(self, url: str, source: str = "") -> list[Json]:
        """All entries of a listing."""
        return [each for page in self.pages(url, source) for each in page["value"]]

    def ask(self, url: str, body: Json, source: str = "") -> Json:
        """The answer to a question that is a POST and changes nothing; raises as `get`."""
        headers = {"Prefer": _PREFER, "Content-Type": "application/json"}
        return self._read("POST", url, headers, source, json.dumps(body).encode())

    def write(
        self, method: str, url: str, body: Json | None, source: str, *, etag: str = ""
    ) -> Json:
        """The answer to a change, which is sent once; only to the version ``etag`` if given.

        Raises:
            Refusal: nothing was done.
            ChangedMeanwhile: it is another version (412); nothing was done.
            WritingSuspended: Microsoft takes this account for a sender of spam.
            NeedsLogin, NotAllowed, TemporarilyUnavailable: nothing was done.
            MayHaveHappened: no answer, or one that leaves it open.
            UnreadableAnswer: it was done, probably.
        """
        headers = {"Prefer": _PREFER, "Accept": "application/json"}
        if etag:
            headers["If-Match"] = etag
        data = b""
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        with self._lock:
            try:
                reply = self._api.write(method, httpx.URL(url), headers, data)
            except ConnectorError as error:
                raise type(error)(source, error.cause, error.remedy) from error
        return self._answer(reply, source)

    def _read(
        self, method: str, url: str, headers: Mapping[str, str], source: str, body: bytes = b""
    ) -> Json:
        name, given = source or self.account, {**_ACCEPT, **headers}
        with self._lock:
            try:
                reply = self._api.read(method, httpx.URL(url), given, body)
            except ConnectorError as error:
                raise type(error)(name, error.cause, error.remedy) from error
            except httpx.InvalidURL as error:
                raise UnreadableAnswer(name, _NOT_OURS) from error
        return self._answer(reply, name)

    def _answer(self, reply: Reply, name: str) -> Json:
        if reply.status in {HTTPStatus.NO_CONTENT, HTTPStatus.ACCEPTED} and not reply.body:
            return {}
        found = _object(reply.body)
        if reply.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise self._refused(name, reply.status, _code(found))
        if found is None:
            raise UnreadableAnswer(name, _NOT_OURS)
        return found

    def _refused(self, name: str, status: int, code: str) -> ConnectorError:
        """A refusal in the owner's words: Graph's own hold addresses and ids."""
        if code in _TOO_MANY_MAILS:
            return WritingSuspended(name, "Microsoft lets this account invite nobody for now")
        if code in _BUSY:
            return TemporarilyUnavailable(name, "Microsoft wants us to ask more slowly")
        if status == HTTPStatus.PRECONDITION_FAILED:
            return ChangedMeanwhile(name, "it was changed meanwhile")
        if status < HTTPStatus.BAD_REQUEST or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return UnreadableAnswer(name, answered(status))
        cause, remedy = answered(status), "check its id, and that it is this account's"
        if status == HTTPStatus.FORBIDDEN:
            cause = "Microsoft does not allow it: the sign-in lacks leave for this, or the account"
            remedy = connect(self.account)
        if code == _NO_ZONE:
            cause, remedy = "Outlook does not know the time zone", "set another in [owner]"
        return Refusal(name, cause, remedy, status, code)


def text_of(value: object) -> str:
    """A text for a filter of OData's: quotes in it are doubled."""
    return "'" + str(value).replace("'", "''") + "'"


def _object(body: bytes) -> Json | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _code(found: Json | None) -> str:
    """The one word for what is wrong; empty where there is none."""
    error = (found or {}).get("error")
    code = error.get("code") if isinstance(error, dict) else ""
    return code if isinstance(code, str) else ""
