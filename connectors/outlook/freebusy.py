"""When colleagues are busy, as far as they let this account see it: work and school accounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from connectors.outlook.client import Graph, Refusal
from policies.frozen import frozen
from policies.interval import Interval

Json = dict[str, Any]

_MOST: Final = 20
_LONGEST: Final = timedelta(days=60)
"""Under 62 days; 42 in older answers of Microsoft's, which refuse the whole question."""
_SHORTEST: Final = timedelta(minutes=5)
_FREE: Final = frozenset(("free", "workingElsewhere"))


@frozen
class OutlookFreeBusy:
    """What the account ``name`` may see; see `connectors.port.FreeBusy`.

    A personal account may ask about nobody, and then nobody's time is known.
    """

    name: str
    graph: Graph

    def busy(
        self, addresses: tuple[str, ...], window: Interval
    ) -> Mapping[str, tuple[Interval, ...] | None]:
        every = tuple(dict.fromkeys(addresses))
        found: dict[str, tuple[Interval, ...] | None] = dict.fromkeys(every, ())
        for part in _parts(window):
            for start in range(0, len(every), _MOST):
                try:
                    asked = self._asked(every[start : start + _MOST], part)
                except Refusal:
                    return dict.fromkeys(every)
                for address, busy in asked.items():
                    known = found[address]
                    found[address] = None if known is None or busy is None else (*known, *busy)
        return found

    def _asked(
        self, addresses: tuple[str, ...], window: Interval
    ) -> dict[str, tuple[Interval, ...] | None]:
        body = {
            "schedules": list(addresses),
            "startTime": _utc(window.start),
            "endTime": _utc(window.end),
            "availabilityViewInterval": 5,
        }
        url = self.graph.url("calendar", "getSchedule")
        rows = self.graph.ask(url, body, self.name).get("value")
        by_id = {
            str(each.get("scheduleId")).lower(): each
            for each in (rows if isinstance(rows, list) else ())
            if isinstance(each, dict)
        }
        return {address: _busy(by_id.get(address.lower()), window) for address in addresses}


def _parts(window: Interval) -> Iterator[Interval]:
    """Parts that may be asked for; the last is no shorter than an answer's smallest step."""
    start = window.start
    while start < window.end:
        end = min(start + _LONGEST, window.end)
        yield Interval(start, max(end, start + _SHORTEST))
        start = end


def _busy(schedule: Json | None, window: Interval) -> tuple[Interval, ...] | None:
    """The busy times in one answer; unknown where there is an error in place of them."""
    if schedule is None or schedule.get("error") or "scheduleItems" not in schedule:
        return None
    try:
        return tuple(_within(schedule["scheduleItems"] or (), window))
    except (LookupError, TypeError, ValueError):
        return None


def _within(items: Iterator[Json] | tuple[Json, ...], window: Interval) -> Iterator[Interval]:
    for each in items:
        start, end = (_moment(each[name]) for name in ("start", "end"))
        start, end = max(start, window.start), min(end, window.end)
        if start < end and each["status"] not in _FREE:
            yield Interval(start, end)


def _moment(value: Json) -> datetime:
    if value["timeZone"] != "UTC":
        raise ValueError("not in UTC")
    return datetime.fromisoformat(value["dateTime"]).replace(tzinfo=UTC)


def _utc(moment: datetime) -> Json:
    plain = moment.astimezone(UTC).replace(tzinfo=None)
    return {"dateTime": plain.isoformat(timespec="seconds"), "timeZone": "UTC"}
