"""When calendars are busy, for whoever may see at least that."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.servers.google import times
from tests.servers.google.discovery import Call, Json
from tests.servers.google.refused import Refused, invalid
from tests.servers.google.state import Calendar, World

_MOST_CALENDARS, _MOST_IN_GROUP = 50, 100
_LONGEST = timedelta(days=90)  # calcom/cal.diy#11962: Google's own pages are silent


def query(world: World, call: Call) -> Json:
    """Busy times, or an error, for each calendar asked for; groups are opened."""
    low, high = _window(call.body)
    zone = call.body.get("timeZone") or "UTC"
    times.zone_of(zone, "response")
    most = _limit(call.body, "calendarExpansionMax", _MOST_CALENDARS)
    most_members = _limit(call.body, "groupExpansionMax", _MOST_IN_GROUP)
    asked = [str(each.get("id") or "") for each in call.body.get("items") or ()]
    groups = {name: world.groups[name] for name in asked if name in world.groups}
    fits = {name: members for name, members in groups.items() if len(members) <= most_members}
    names = [name for name in asked if name not in groups]
    names += [member for members in fits.values() for member in members]
    too_many = len(set(names)) > most
    made: Json = {
        "kind": "calendar#freeBusy",
        "timeMin": _written(low, "UTC"),
        "timeMax": _written(high, "UTC"),
        "calendars": {
            name: _error("tooManyCalendarsRequested")
            if too_many
            else _one(world, call, name, (low, high), zone)
            for name in names
        },
    }
    if groups:
        made["groups"] = {
            name: {"calendars": members}
            if name in fits
            else {"errors": _error("groupTooBig")["errors"]}
            for name, members in groups.items()
        }
    return made


def _window(body: Json) -> tuple[datetime, datetime]:
    """
    Raises:
        Refused: an end is missing or has no offset, or the range is empty or too long.
    """
    for name in ("timeMin", "timeMax"):
        if not body.get(name):
            raise Refused(400, "required", f"Missing {name} parameter.", name)
    low, high = (datetime.fromisoformat(body[name]) for name in ("timeMin", "timeMax"))
    if low.tzinfo is None or high.tzinfo is None:
        raise invalid("Bad Request", "timeMin")
    if high <= low:
        raise Refused(400, "timeRangeEmpty", "The specified time range is empty.", "timeRange")
    if high - low > _LONGEST:
        raise Refused(400, "timeRangeTooLong", "The requested time range is too long.", "timeRange")
    return low, high


def _limit(body: Json, name: str, most: int) -> int:
    asked = int(body.get(name) or most)
    if not 1 <= asked <= most:
        raise invalid(f"{name} is at most {most}.", name)
    return asked


def _one(world: World, call: Call, name: str, window: tuple[datetime, datetime], zone: str) -> Json:
    if name in world.busy_errors:
        return _error(world.busy_errors[name])
    found = world.state.calendars.get(call.user if name == "primary" else name.lower())
    if found is None or not found.allows(call.user, "freeBusyReader"):
        return _error("notFound")
    taken = _merged(_taken(found, *window))
    return {"busy": [{"start": _written(a, zone), "end": _written(b, zone)} for a, b in taken]}


def _taken(
    calendar: Calendar, low: datetime, high: datetime
) -> Iterable[tuple[datetime, datetime]]:
    for entry in calendar.entries.values():
        event = entry.event
        declined = any(
            each.get("email") == calendar.owner and each.get("responseStatus") == "declined"
            for each in event.get("attendees", ())
        )
        free = event["status"] == "cancelled" or event.get("transparency") == "transparent"
        if free or declined:
            continue
        for each in _instances(calendar, event, high):
            begin, end = times.span(each, calendar.zone)
            if begin < high and end > low:
                yield begin, end


def _instances(calendar: Calendar, event: Json, high: datetime) -> Iterable[Json]:
    if "recurrence" not in event:
        return [event]
    starts = times.instances(event, calendar.zone, before=high, most=5_000)
    found = [times.instance(event, start, calendar.zone) for start in starts]
    return [each for each in found if each["id"] not in calendar.entries]


def _merged(taken: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    made: list[tuple[datetime, datetime]] = []
    for begin, end in sorted(taken):
        if made and begin <= made[-1][1]:
            made[-1] = (made[-1][0], max(end, made[-1][1]))
        else:
            made.append((begin, end))
    return made


def _written(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).isoformat().replace("+00:00", "Z")


def _error(reason: str) -> Json:
    return {"errors": [{"domain": "global", "reason": reason}], "busy": []}
