"""Times as Google writes them, and the instances of its series.

Series are expanded with python-dateutil, so that our own engine is not checked against itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.rrule import rrule, rruleset, rrulestr

from tests.servers.google.discovery import Json
from tests.servers.google.refused import Refused, invalid

_LINES = ("RRULE", "EXRULE", "RDATE", "EXDATE")
_MOST = 5_000


def zone_of(name: str, what: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise invalid(f"Invalid time zone definition for {what} time.", what) from None


def moment(value: Json, zone: str) -> datetime:
    """When it is in truth; a day begins at midnight in the calendar's ``zone``."""
    if "date" in value:
        return datetime.combine(date.fromisoformat(value["date"]), time(), ZoneInfo(zone))
    read = datetime.fromisoformat(value["dateTime"])
    if read.tzinfo is None:
        read = read.replace(tzinfo=ZoneInfo(value.get("timeZone") or zone))
    return read


def span(event: Json, zone: str) -> tuple[datetime, datetime]:
    return moment(event["start"], zone), moment(event["end"], zone)


def checked(value: Json, what: str, zone: str, *, recurring: bool) -> Json:
    """A start or an end in the form it is kept in: with its offset and its zone.

    Raises:
        Refused: it is a day and a time or neither, or lacks a zone, or names one nobody knows.
    """
    given = {name: each for name, each in value.items() if each is not None}
    if ("date" in given) == ("dateTime" in given):
        raise invalid(f"Invalid {what} time.", what)
    if "timeZone" in given:
        zone_of(given["timeZone"], what)
    if "date" in given:
        return {"date": given["date"]}
    has_offset = datetime.fromisoformat(given["dateTime"]).tzinfo is not None
    if "timeZone" not in given and (recurring or not has_offset):
        raise Refused(400, "required", f"Missing time zone definition for {what} time.", what)
    at = moment(given, zone).replace(microsecond=0)
    named = given.get("timeZone") or zone
    return {"dateTime": at.astimezone(ZoneInfo(named)).isoformat(), "timeZone": named}


def check_range(event: Json, zone: str) -> None:
    """
    Raises:
        Refused: one end is a day and the other a time, or nothing is between them.
    """
    if ("date" in event["start"]) != ("date" in event["end"]):
        raise invalid("The start and end times must either both be dates or both be times.")
    begin, end = span(event, zone)
    if end <= begin:
        raise Refused(400, "timeRangeEmpty", "The specified time range is empty.", "timeMax")


def rendered(value: Json, zone: str) -> Json:
    """The same time with the offset of ``zone``; a day stays a day."""
    if "date" in value:
        return {"date": value["date"]}
    at = moment(value, zone).astimezone(ZoneInfo(zone)).isoformat()
    return {**value, "dateTime": at.replace("+00:00", "Z")}


def check_recurrence(lines: list[str], start: Json) -> None:
    """
    Raises:
        Refused: a line is none of RRULE, EXRULE, RDATE and EXDATE, or cannot be read.
    """
    for line in lines:
        if line.partition(":")[0].partition(";")[0].upper() not in _LINES:
            raise invalid("Invalid recurrence rule.", "recurrence")
    try:
        next(iter(_rules(lines, start)), None)
    except (ValueError, TypeError, KeyError):
        raise invalid("Invalid recurrence rule.", "recurrence") from None


def instances(series: Json, zone: str, *, before: datetime | None, most: int) -> Iterator[Json]:
    """Where the instances of a series would start, as `originalStartTime` says it."""
    start = series["start"]
    named = start.get("timeZone") or zone
    try:
        local = iter(_rules(series["recurrence"], start))
    except (ValueError, TypeError, KeyError):  # as seen in the wild: Google keeps them all the same
        local = iter([_local(start)])
    for each in islice(local, min(most, _MOST)):
        if "date" in start:
            value: Json = {"date": each.date().isoformat()}
        else:
            at = each.replace(tzinfo=ZoneInfo(named))
            value = {"dateTime": at.isoformat(), "timeZone": named}
        if before is not None and moment(value, zone) >= before:
            return
        yield value


def instance_id(series: str, original: Json) -> str:
    if "date" in original:
        return f"{series}_{original['date'].replace('-', '')}"
    at = datetime.fromisoformat(original["dateTime"]).astimezone(UTC)
    return f"{series}_{at:%Y%m%dT%H%M%SZ}"


def instance(series: Json, original: Json, zone: str) -> Json:
    """One instance nobody has changed."""
    begin, end = span(series, zone)
    if "date" in original:
        day = date.fromisoformat(original["date"])
        last: Json = {"date": (day + (end.date() - begin.date())).isoformat()}
    else:
        at = datetime.fromisoformat(original["dateTime"])
        named = ZoneInfo(series["end"].get("timeZone") or zone)
        ends = (at.astimezone(UTC) + (end.astimezone(UTC) - begin.astimezone(UTC))).astimezone(
            named
        )
        last = {**series["end"], "dateTime": ends.isoformat()}
    plain = {name: value for name, value in series.items() if name != "recurrence"}
    return {
        **plain,
        "id": instance_id(series["id"], original),
        "recurringEventId": series["id"],
        "originalStartTime": original,
        "start": original,
        "end": last,
    }


def _local(start: Json) -> datetime:
    """The wall clock of the series."""
    if "date" in start:
        return datetime.combine(date.fromisoformat(start["date"]), time())
    at = datetime.fromisoformat(start["dateTime"])
    if at.tzinfo and start.get("timeZone"):
        at = at.astimezone(ZoneInfo(start["timeZone"]))
    return at.replace(tzinfo=None)


def _rules(lines: list[str], start: Json) -> rruleset:
    rules = rruleset()
    begin = _local(start)
    has_rule = False
    for line in lines:
        head, _, value = line.partition(":")
        name, *parameters = head.split(";")
        match name.upper():
            case "RRULE":
                rules.rrule(_rule(value, start, begin))
                has_rule = True
            case "EXRULE":
                rules.exrule(_rule(value, start, begin))
            case "RDATE" | "EXDATE":
                add = rules.rdate if name.upper() == "RDATE" else rules.exdate
                for each in value.split(","):
                    add(_wall(each, parameters, start))
            case _:
                raise ValueError(name)
    if not has_rule:
        rules.rdate(begin)
    return rules


def _rule(text: str, start: Json, begin: datetime) -> rrule:
    """One RRULE, its UNTIL brought to the wall clock of the series."""
    parts = []
    for part in text.split(";"):
        name, _, value = part.partition("=")
        if name.upper() == "UNTIL":
            until = _wall(value, [], start)
            if "T" not in value:
                until += timedelta(days=1, seconds=-1)
            parts.append(f"UNTIL={until:%Y%m%dT%H%M%S}")
        else:
            parts.append(part)
    made = rrulestr(";".join(parts), dtstart=begin)
    if not isinstance(made, rrule):
        raise TypeError(text)
    return made


def _wall(text: str, parameters: list[str], start: Json) -> datetime:
    """A moment of a recurrence line on the series' own wall clock."""
    if "T" not in text:
        day = datetime.strptime(text[:8], "%Y%m%d")  # noqa: DTZ007 - wall time
        return day if "date" in start else datetime.combine(day.date(), _local(start).time())
    at = datetime.strptime(text.rstrip("Z")[:15], "%Y%m%dT%H%M%S")  # noqa: DTZ007 - wall time
    named = [each[5:] for each in parameters if each.upper().startswith("TZID=")]
    own = ZoneInfo(start.get("timeZone") or "UTC")
    if text.endswith("Z"):
        return at.replace(tzinfo=UTC).astimezone(own).replace(tzinfo=None)
    if named:
        return at.replace(tzinfo=ZoneInfo(named[0])).astimezone(own).replace(tzinfo=None)
    return at
