"""When other people are busy, as far as they let this account see it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from connectors.errors import NotAllowed
from connectors.google.client import GoogleClient
from policies.frozen import frozen
from policies.interval import Interval

Json = dict[str, Any]

_MOST: Final = 50  # "calendarExpansionMax", the API reference on freebusy.query
_LONGEST: Final = timedelta(days=60)
"""Google refuses long ranges and does not say how long is too long."""


@frozen
class GoogleFreeBusy:
    """What the account ``name`` may see; see `connectors.port.FreeBusy`."""

    name: str
    client: GoogleClient

    def busy(
        self, addresses: tuple[str, ...], window: Interval
    ) -> Mapping[str, tuple[Interval, ...] | None]:
        """See the port. Without leave to ask, which may be left unticked, all is unknown."""
        every = tuple(dict.fromkeys(addresses))
        found: dict[str, tuple[Interval, ...] | None] = dict.fromkeys(every, ())
        for part in _parts(window):
            for start in range(0, len(every), _MOST):
                for address, busy in self._asked(every[start : start + _MOST], part).items():
                    known = found[address]
                    found[address] = None if known is None or busy is None else (*known, *busy)
        return found

    def _asked(
        self, addresses: tuple[str, ...], window: Interval
    ) -> dict[str, tuple[Interval, ...] | None]:
        body = {
            "timeMin": window.start.isoformat(),
            "timeMax": window.end.isoformat(),
            "items": [{"id": address} for address in addresses],
            "calendarExpansionMax": _MOST,
        }
        try:
            answer = self.client.read(self.client.calendar.freebusy().query(body=body), self.name)
        except NotAllowed:
            return dict.fromkeys(addresses)
        calendars = answer.get("calendars")
        by_id = calendars if isinstance(calendars, dict) else {}
        return {address: _busy(by_id.get(address), window) for address in addresses}


def _parts(window: Interval) -> Iterator[Interval]:
    start = window.start
    while start < window.end:
        end = min(start + _LONGEST, window.end)
        yield Interval(start, end)
        start = end


def _busy(calendar: object, window: Interval) -> tuple[Interval, ...] | None:
    """The busy times of one calendar; unknown where there is an error in place of them."""
    if not isinstance(calendar, dict) or calendar.get("errors"):
        return None
    try:
        return tuple(_within(calendar["busy"], window))
    except (LookupError, TypeError, ValueError):
        return None


def _within(busy: Iterable[Json], window: Interval) -> Iterator[Interval]:
    for each in busy:
        start = max(datetime.fromisoformat(each["start"]), window.start)
        end = min(datetime.fromisoformat(each["end"]), window.end)
        if start < end:
            yield Interval(start, end)
