"""Reads that failed in a way that may pass are tried again, as long as the wait due still fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import count
from typing import Final, TypeVar

import stamina

from connectors.errors import ConnectorError

_T = TypeVar("_T")
_ATTEMPTS: Final = 4


class Again(Exception):
    """A failure that may pass; ``wait`` is how long the service asks for, if it does."""

    def __init__(self, error: ConnectorError, wait: timedelta | None = None) -> None:
        super().__init__()
        self.error = error
        self.wait = wait


def tried(
    read: Callable[[], _T],
    *,
    left_s: Callable[[], float],
    waits: Callable[[float, float], float | bool],
    first_s: float = 0.5,
    longest_s: float = 8.0,
) -> _T:
    """What ``read`` answers; where it raises `Again`, up to four times, then the error within.

    The wait doubles from ``first_s`` to ``longest_s``, unless the service asks for another:
    ``waits`` is given what it asks for and what is left, and answers what is waited, false for
    nothing more. It is not asked after the last try.
    """
    tries = count(1)

    def pause(error: Exception) -> float | bool:
        if not isinstance(error, Again) or next(tries) == _ATTEMPTS:
            return False
        if error.wait is None:
            return left_s() > longest_s
        return waits(error.wait.total_seconds(), left_s())

    try:
        for attempt in stamina.retry_context(
            pause, attempts=_ATTEMPTS, timeout=None, wait_initial=first_s, wait_max=longest_s
        ):
            with attempt:
                return read()
    except Again as last:
        raise last.error from last
    raise AssertionError("stamina ends by answer or by error")  # pragma: no cover


def retry_after(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """How long the service asks us to wait; ``None`` when it does not say, or nothing readable.

    Reads both forms of the header, whole seconds and an HTTP date (RFC 9110, 10.2.3).
    A date already past gives zero, never a negative wait.
    """
    value = headers.get("retry-after")
    if value is None:
        return None
    if value.isascii() and value.isdecimal():
        return timedelta(seconds=min(int(value[:12]), timedelta(days=366).total_seconds()))
    moment = http_date(value)
    return None if moment is None else max(moment - now, timedelta())


def http_date(text: str) -> datetime | None:
    """The moment a header names (RFC 9110, 5.6.7); ``None`` where it is not readable."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
