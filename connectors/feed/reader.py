"""Reads a calendar that is published at a web address (https or webcal).

The server is asked whether anything changed; where it cannot say, the bytes are compared. The
address may be the key to the calendar: it is in no message, and in no ``repr``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from connectors.errors import TemporarilyUnavailable, UnreadableAnswer
from connectors.ical import memory as remembering
from connectors.ical.document import Limits
from connectors.ical.memory import Memory, as_of
from connectors.ical.pages import page_bytes
from connectors.ical.reading import Source, changes
from connectors.ical.sandbox import Budget, Sandbox
from connectors.port import Changes, Cursor
from policies.frozen import frozen
from policies.interval import Interval

if TYPE_CHECKING:  # a run without feeds does not pay for an HTTP library
    from ssl import SSLContext

    from connectors.http import Answer
    from connectors.reach import Resolver

_BEGIN: Final = b"BEGIN:VCALENDAR"
_PEEK: Final = 512
_ACCEPT: Final = "text/calendar, */*;q=0.1"
_LONGEST_TAG: Final = 1_000


@frozen
class FeedReader:
    """The calendar at ``url``, read whole; ``zone`` is the IANA zone of times that name none.

    ``allow_private_host`` opens the one host in ``url``, and no other: it may have a private
    address and may be plain http. ``deadline`` is for the whole fetch, retries included.
    ``resolve`` and ``tls`` take the place of the system's resolver and authorities.
    """

    name: str
    url: str = field(repr=False)
    zone: str
    now: Callable[[], datetime]
    deadline: timedelta = timedelta(seconds=60)
    allow_private_host: bool = False
    limits: Limits = field(default_factory=Limits)
    budget: Budget = field(default_factory=Budget)
    resolve: Resolver | None = None
    tls: SSLContext | None = field(default=None, repr=False)

    def changes(self, cursor: Cursor | None, window: Interval) -> Changes:
        """See `connectors.port.CalendarReader.changes`; the answer covers all time.

        Raises:
            NeedsLogin: the server wants a password.
            NotAllowed: it refuses, the calendar is gone, or a rule or limit of ours is broken.
            TemporarilyUnavailable: no whole answer in time, or an empty one.
            UnreadableAnswer: what came is no calendar.
        """
        before = remembering.recalled(cursor)
        memory = Memory("feed", f"{remembering.terms(self.zone)} {_fingerprint(self.url)}", "")
        last = before if before and before[:2] == memory[:2] else None
        with self._fetched(last) as answer:
            if cursor and last and answer.status == HTTPStatus.NOT_MODIFIED:
                return remembering.unchanged(cursor, last, _as_of(self.now(), last))
            self._check(answer)
            memory = memory._replace(
                state=answer.sha256,
                etag=_echoed(answer.headers.get("etag", "")),
                modified=_echoed(answer.headers.get("last-modified", "")),
            )
            if cursor and last and last.state == memory.state:
                last = last._replace(etag=memory.etag, modified=memory.modified)
                cursor = remembering.renewed(cursor, last)
                return remembering.unchanged(cursor, last, _as_of(self.now(), last))
            with Sandbox(self.name, self.budget) as sandbox:
                return changes(
                    Source(sandbox, answer.body, self.zone, self.limits, page_bytes(answer.size)),
                    cursor,
                    memory,
                    lambda newest_s: _as_of(self.now(), memory._replace(newest_s=newest_s)),
                )

    def _fetched(self, last: Memory | None) -> Answer:
        from connectors.http import Web, address
        from connectors.reach import addresses

        url = address(self.name, self.url)
        web = Web(
            self.name,
            self.deadline,
            self.limits.bytes,
            self.now,
            open_host=url.raw_host.decode() if self.allow_private_host else "",
            resolve=self.resolve or addresses,
            tls=self.tls,
        )
        return web.get(url, {"Accept": _ACCEPT, **_conditions(last)})

    def _check(self, answer: Answer) -> None:
        """Refuse what is no calendar before it gets to the parser, with the likely reason."""
        if answer.status != HTTPStatus.OK:
            raise UnreadableAnswer(self.name, f"it answered {answer.status} and no calendar")
        if answer.size == 0:
            raise TemporarilyUnavailable(self.name, "the answer is empty")
        start = answer.body.read(_PEEK).lstrip(b"\xef\xbb\xbf \t\r\n")
        answer.body.seek(0)
        page = start.startswith(b"<") or "html" in answer.headers.get("content-type", "")
        if page and not start[: len(_BEGIN)].upper() == _BEGIN:
            raise UnreadableAnswer(
                self.name,
                "a web page came instead of a calendar",
                "copy the calendar's iCal address anew; it may be called secret or private",
            )


def _conditions(last: Memory | None) -> dict[str, str]:
    """Send it only if it changed: asked with the strongest thing the server gave us.

    What broke off last time is wanted whole, changed or not.
    """
    if last is None or not last.complete:
        return {}
    if last.etag:
        return {"If-None-Match": last.etag}
    return {"If-Modified-Since": last.modified} if last.modified else {}


def _as_of(now: datetime, memory: Memory) -> datetime | None:
    """When the calendar last changed, as far as it or the server says."""
    stamps = [memory.newest_s] if memory.newest_s else []
    with suppress(ValueError, OverflowError):
        stamps.append(int(parsedate_to_datetime(memory.modified).timestamp()))
    return as_of(now, *stamps) if stamps else None


def _echoed(text: str) -> str:
    """A header value that can be sent back as it came; what cannot is not kept."""
    return text if text.isascii() and text.isprintable() and len(text) <= _LONGEST_TAG else ""


def _fingerprint(url: str) -> str:
    """Tells one address from another without holding either."""
    return hashlib.sha256(url.strip().encode()).hexdigest()[:16]
