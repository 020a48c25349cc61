"""What has become of everyone since an earlier day: closer, further away, new on the list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from policies.audit.cadence import Standing, Status
from policies.people.person import PersonId, Priority, Quality

KEPT: Final = timedelta(days=1_100)
"""How long it can be looked up how somebody stood: three years, and reviews may run late."""

_STATUS: Final = MappingProxyType({Status.GREY: 0, Status.RED: 1, Status.AMBER: 2, Status.GREEN: 3})
_QUALITY: Final = MappingProxyType({Quality.POOR: 1, Quality.FAIR: 2, Quality.STRONG: 3})


class Trend(StrEnum):
    """What has become of a relationship; status decides, and where it is the same the quality."""

    CLOSER = "closer"
    AWAY = "further away"
    NEW = "new on the list"
    SAME = "as before"


class Stood(NamedTuple):
    """How somebody stood from ``day`` on."""

    person: PersonId
    day: date
    status: Status
    priority: Priority
    quality: Quality | None


class Progress(NamedTuple):
    """One person then (``None``: not on the list yet) and now."""

    before: Stood | None
    now: Standing
    trend: Trend


def reckoned(standings: Iterable[Standing], day: date) -> dict[PersonId, Stood]:
    """How everyone stood who was listed by ``day``, from what proves it today; unrated."""
    return {
        each.person.id: Stood(each.person.id, day, each.status, each.person.priority, None)
        for each in standings
        if each.person.listed_on <= day
    }


def progress(then: Mapping[PersonId, Stood], now: Iterable[Standing]) -> tuple[Progress, ...]:
    """Everyone who is on the list now: those who drifted away first, then the others by trend.

    Within a trend they keep the order given.
    """
    found = [
        Progress(before := then.get(each.person.id), each, trend(before, each)) for each in now
    ]
    order = (Trend.AWAY, Trend.CLOSER, Trend.NEW, Trend.SAME)
    return tuple(sorted(found, key=lambda each: order.index(each.trend)))


def trend(before: Stood | None, now: Standing) -> Trend:
    """Where a relationship went; from to meet to met is closer, however late by now."""
    if before is None:
        return Trend.NEW
    steps = _STATUS[now.status] - _STATUS[before.status]
    rated, rates = before.quality, now.person.quality
    if steps == 0 and rated is not None and rates is not None:
        steps = _QUALITY[rates] - _QUALITY[rated]
    if steps == 0:
        return Trend.SAME
    return Trend.CLOSER if steps > 0 else Trend.AWAY
