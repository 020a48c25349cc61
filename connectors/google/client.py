"""One account's way to Google's API: its own client library, over our own careful connection.

The library puts requests together and checks them against Google's discovery documents. Its
usual transport would send a POST again by itself where a connection drops; `connectors.api`
repeats reads and never a write, and holds everything to deadlines and sizes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import httpx

from connectors.api import TOTAL, Api, Reply
from connectors.errors import (
    ConnectorError,
    NeedsLogin,
    TemporarilyUnavailable,
    UnreadableAnswer,
)
from connectors.google.grant import connect
from connectors.google.refusals import is_too_fast, reason_of, refused
from connectors.tries import Again, retry_after, tried

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

Json = dict[str, Any]

LIMIT_BYTES: Final = 64 * 1024 * 1024

_CALENDAR: Final = "https://www.googleapis.com"
_PEOPLE: Final = "https://people.googleapis.com"
_HOSTS: Final = frozenset(("www.googleapis.com", "people.googleapis.com"))
_AGENT: Final = "fika-agent (gzip)"  # Google packs answers only for those who say so here, too
_NEVER: Final = logging.CRITICAL + 1


class GoogleClient:
    """One account, ``account`` by its configured name; nothing is loaded before the first use.

    ``credentials`` gives what `connectors.google.credentials.credentials` makes. ``url`` is
    another endpoint than Google's own, for the calendars and the people alike; with
    ``allow_private_host`` it may be on a private network and unencrypted. ``total`` bounds all
    requests of one client together. Close it.
    """

    def __init__(
        self,
        account: str,
        credentials: Callable[[], Credentials],
        now: Callable[[], datetime],
        *,
        url: str = "",
        allow_private_host: bool = False,
        total: timedelta = TOTAL,
        limit_bytes: int = LIMIT_BYTES,
    ) -> None:
        self.account = account
        self._make_credentials = credentials
        self._made: Credentials | None = None
        self._now = now
        self._url = url.rstrip("/")
        self._total_s = total.total_seconds()
        self._ends: float | None = None
        self._lock = threading.Lock()
        base = httpx.URL(self._url or _CALENDAR)
        self._api = Api(
            account,
            base,
            self._login,
            now=now,
            total=total,
            limit_bytes=limit_bytes,
            open_host=base.host if allow_private_host else "",
            sign_in=connect(account),
            is_ours=lambda host: not self._url and host in _HOSTS,
        )
        self._services: dict[str, Any] = {}
        self._events: Any = None

    def __enter__(self) -> GoogleClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._api.close()

    @property
    def calendar(self) -> Any:  # noqa: ANN401 - the library makes its methods when it runs
        """Calendar v3, by its methods' names: ``client.calendar.events().list(...)``."""
        return self._service("calendar", "v3", f"{self._url or _CALENDAR}/calendar/v3/")

    @property
    def events(self) -> Any:  # noqa: ANN401 - as above
        """Calendar v3's events; the library would make their methods anew for each request."""
        if self._events is None:
            self._events = self.calendar.events()
        return self._events

    @property
    def people(self) -> Any:  # noqa: ANN401 - as above
        """People v1."""
        return self._service("people", "v1", f"{self._url or _PEOPLE}/")

    def read(self, request: Any, source: str = "") -> Json:  # noqa: ANN401 - as above
        """The answer to a request that changes nothing; tried again where that may help.

        Raises:
            Refusal: see `connectors.google.refusals`.
            NeedsLogin, NotAllowed, TemporarilyUnavailable, UnreadableAnswer: see
                `connectors.port.CalendarReader.changes`.
        """
        ends = self._ends = self._ends or time.monotonic() + self._total_s
        return tried(
            lambda: self._asked(request, source, self._api.read),
            left_s=lambda: ends - time.monotonic(),
            waits=self._api.waits,
            first_s=1.0,
            longest_s=16.0,
        )

    def write(self, request: Any, source: str = "") -> Json:  # noqa: ANN401 - as above
        """The answer to a request that changes something; it is sent once.

        Raises:
            Refusal: see `connectors.google.refusals`; nothing was done.
            ChangedMeanwhile: a condition was not met (412); nothing was done.
            NeedsLogin, NotAllowed, TemporarilyUnavailable: nothing was done.
            MayHaveHappened: no answer, or one that leaves it open.
            UnreadableAnswer: it was done, probably.
        """
        try:
            return self._asked(request, source, self._api.write)
        except Again as told:
            raise told.error from told

    def _asked(self, request: Any, source: str, ask: Callable[..., Reply]) -> Json:  # noqa: ANN401 - as above
        from googleapiclient.errors import Error, HttpError

        name = source or self.account
        try:
            answer = request.execute(http=_Wire(ask))
        except HttpError as error:
            raise self._refused(name, error) from error
        except (Error, ValueError, RecursionError) as error:
            raise UnreadableAnswer(name, "Google's answer is no answer of its API") from error
        except ConnectorError as error:
            raise type(error)(name, error.cause, error.remedy) from error
        if answer in (None, ""):  # 204: nothing to say
            return {}
        if not isinstance(answer, dict):
            raise UnreadableAnswer(name, "Google's answer is no answer of its API")
        return answer

    def _refused(self, name: str, error: Any) -> Exception:  # noqa: ANN401 - as above
        status, reason = int(error.resp.status), reason_of(error.content)
        failure = refused(name, self.account, status, reason)
        if is_too_fast(status, reason):
            return Again(failure, retry_after(error.resp, now=self._now()))
        return failure

    def _login(self, is_refused: bool) -> Mapping[str, str]:
        from google.auth.exceptions import GoogleAuthError, TransportError

        headers: dict[str, str] = {}
        try:
            with self._lock:
                self._made = self._made or self._make_credentials()
                if is_refused or not self._made.valid:
                    self._made.refresh(_on_the_web)
                self._made.apply(headers)
        except GoogleAuthError as error:
            if error.retryable or isinstance(error, TransportError):
                cause = "Google's sign-in cannot be reached"
                raise TemporarilyUnavailable(self.account, cause) from error
            cause = "Google refuses the sign-in"
            raise NeedsLogin(self.account, cause, connect(self.account)) from error
        return {name.title(): value for name, value in headers.items()}

    def _service(self, name: str, version: str, endpoint: str) -> Any:  # noqa: ANN401 - as above
        if name not in self._services:
            from googleapiclient.discovery import build

            # They write addresses, and whole answers, into the log.
            for library in ("googleapiclient", "google", "urllib3"):
                logging.getLogger(library).setLevel(_NEVER)
            self._services[name] = build(
                name,
                version,
                http=_Wire(self._api.read),
                static_discovery=True,
                cache_discovery=False,
                client_options={"api_endpoint": endpoint},
            )
        return self._services[name]


def _on_the_web(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - google-auth's own way
    """What google-auth asks with; for a token that still stands it asks nothing."""
    from google.auth.transport.requests import Request

    return Request()(*given, **named)


class _Wire:
    """What the library takes for its transport."""

    def __init__(self, ask: Callable[..., Reply]) -> None:
        self._ask = ask

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> tuple[Any, bytes]:
        import httplib2

        given = {name.title(): value for name, value in (headers or {}).items()}
        given.pop("Content-Length", None)
        given |= {"Accept-Encoding": "gzip", "User-Agent": _AGENT}
        data = body.encode() if isinstance(body, str) else body or b""
        reply = self._ask(method, httpx.URL(uri), given, data)
        return httplib2.Response({**reply.headers, "status": str(reply.status)}), reply.body
