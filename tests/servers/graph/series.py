"""The days a series falls on, worked out by dateutil and by nothing of Fika's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Literal

from dateutil import rrule

from tests.servers.graph.oracle import Object
from tests.servers.graph.problems import Problem

_DAYS: Mapping[str, rrule.weekday] = {
    "monday": rrule.MO,
    "tuesday": rrule.TU,
    "wednesday": rrule.WE,
    "thursday": rrule.TH,
    "friday": rrule.FR,
    "saturday": rrule.SA,
    "sunday": rrule.SU,
}
_INDEX = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
_NEEDS: Mapping[str, tuple[Literal[0, 1, 2, 3], tuple[str, ...]]] = {
    "daily": (rrule.DAILY, ()),
    "weekly": (rrule.WEEKLY, ("daysOfWeek",)),
    "absoluteMonthly": (rrule.MONTHLY, ("dayOfMonth",)),
    "relativeMonthly": (rrule.MONTHLY, ("daysOfWeek",)),
    "absoluteYearly": (rrule.YEARLY, ("dayOfMonth", "month")),
    "relativeYearly": (rrule.YEARLY, ("daysOfWeek", "month")),
}
_MOST = {"interval": 999, "dayOfMonth": 31, "month": 12}


def check_recurrence(recurrence: Object) -> None:
    """Refuse what recurrencePattern and recurrenceRange require and is not there.

    Raises:
        Problem: 400.
    """
    pattern, span = recurrence.get("pattern") or {}, recurrence.get("range") or {}
    if pattern.get("type") not in _NEEDS:
        raise _invalid("pattern.type")
    for each in ("interval", *_NEEDS[pattern["type"]][1]):
        if not pattern.get(each) or (each in _MOST and not 1 <= pattern[each] <= _MOST[each]):
            raise _invalid(f"pattern.{each}")
    needed = {"endDate": ["endDate"], "numbered": ["numberOfOccurrences"], "noEnd": []}
    if span.get("type") not in needed:
        raise _invalid("range.type")
    try:
        date.fromisoformat(span.get("endDate") or "0001-01-01")
    except ValueError as error:
        raise _invalid("a day as range.endDate") from error
    if span["type"] == "numbered" and (span.get("numberOfOccurrences") or 0) < 0:
        raise _invalid("range.numberOfOccurrences")
    for each in ("startDate", *needed[span["type"]]):
        if not span.get(each):
            raise _invalid(f"range.{each}")


def _invalid(what: str) -> Problem:
    return Problem(400, "ErrorInvalidRecurrence", f"The recurrence needs {what}.")


def starts(recurrence: Object, first: datetime) -> Iterator[datetime]:
    """The wall times at which the series begins, in order, perhaps without end.

    ``first`` gives the time of day. Where a month has no such day, Exchange takes its last.
    """
    pattern, span = recurrence["pattern"], recurrence["range"]
    begin = datetime.combine(date.fromisoformat(span["startDate"]), first.time())
    until = None
    if span["type"] == "endDate":
        until = datetime.combine(date.fromisoformat(span["endDate"]), first.time())
    limit = span["numberOfOccurrences"] if span["type"] == "numbered" else None
    rule = rrule.rrule(
        _NEEDS[pattern["type"]][0],
        dtstart=begin,
        interval=pattern["interval"],
        until=until,
        count=limit,
        wkst=_DAYS[pattern.get("firstDayOfWeek") or "sunday"],
        **_by(pattern),
    )
    return iter(rule)


def _by(pattern: Object) -> Object:
    kind = pattern["type"]
    build: Mapping[str, Callable[[], Object]] = {
        "daily": dict,
        "weekly": lambda: {"byweekday": [_DAYS[day] for day in pattern["daysOfWeek"]]},
        "absolute": lambda: _last_day_at_most(pattern["dayOfMonth"]),
        "relative": lambda: {
            "byweekday": [_DAYS[day] for day in pattern["daysOfWeek"]],
            "bysetpos": _INDEX[pattern.get("index") or "first"],
        },
    }
    by = build[kind.removesuffix("Monthly").removesuffix("Yearly")]()
    return {**by, "bymonth": pattern["month"]} if kind.endswith("Yearly") else by


def _last_day_at_most(day: int) -> Object:
    if day <= 28:
        return {"bymonthday": day}
    return {"bymonthday": list(range(28, day + 1)), "bysetpos": -1}
