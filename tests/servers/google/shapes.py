"""What an event may say, beyond what the discovery document can check."""

from __future__ import annotations

import re
from typing import Any

from tests.servers.google import times
from tests.servers.google.discovery import Json
from tests.servers.google.refused import Refused, invalid
from tests.servers.google.state import Account, Calendar

READ_ONLY = frozenset(
    (
        *("kind", "etag", "created", "updated", "creator", "organizer", "htmlLink", "hangoutLink"),
        *("recurringEventId", "originalStartTime", "locked", "privateCopy", "endTimeUnspecified"),
    )
)
_DEFAULTS: dict[str, object] = {
    "transparency": "opaque",
    "visibility": "default",
    "guestsCanInviteOthers": True,
    "guestsCanModify": False,
    "guestsCanSeeOtherGuests": True,
    "attendeesOmitted": False,
    "attendees": [],
    "recurrence": [],
    "summary": "",
    "description": "",
    "location": "",
}
STATUS_TYPES = {
    "focusTime": "focusTimeProperties",
    "outOfOffice": "outOfOfficeProperties",
    "workingLocation": "workingLocationProperties",
    "birthday": "birthdayProperties",
}
_ID = re.compile(r"[a-v0-9]{5,1024}")
_ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")
_MOST_ATTENDEES = 200
_MOST_REMINDERS = 5


def merged(old: Json, change: Json) -> Json:
    """What a PATCH makes: objects merge, ``null`` removes, lists and all else replace."""
    made = dict(old)
    for name, value in change.items():
        if value is None:
            made.pop(name, None)
        elif isinstance(value, dict):
            inner = made.get(name)
            made[name] = merged(inner if isinstance(inner, dict) else {}, value)
        else:
            made[name] = value
    return made


def check_read_only(body: Json, old: Json) -> None:
    """What only the server writes may be sent back unchanged, and nothing else.

    Raises:
        Refused: a field only the server writes differs from what it wrote.
    """
    for name in READ_ONLY & body.keys():
        if body[name] != old.get(name):
            raise invalid(f"{name} is read-only.", name)


def check_id(body: Json) -> None:
    if "id" in body and "iCalUID" in body:
        raise invalid("Only one of id and iCalUID may be given.", "id")
    if "id" in body and not _ID.fullmatch(body["id"]):
        raise invalid("Invalid resource id value.", "id")
    if own := READ_ONLY & body.keys() - {"kind"}:
        raise invalid(f"{min(own)} is read-only.", min(own))


def settled(event: Json, calendar: Calendar) -> Json:
    """The event in the form it is kept in, without what is only a default.

    Raises:
        Refused: its times, recurrence, attendees, reminders or properties are not allowed.
    """
    made = {name: value for name, value in event.items() if value is not None}
    for name, default in _DEFAULTS.items():
        if made.get(name) == default:
            del made[name]
    recurring = "recurrence" in made
    for what in ("start", "end"):
        if what not in made:
            raise Refused(400, "required", f"Missing {what} time.", what)
        made[what] = times.checked(made[what], what, calendar.zone, recurring=recurring)
    times.check_range(made, calendar.zone)
    if recurring:
        times.check_recurrence(made["recurrence"], made["start"])
    if "attendees" in made:
        made["attendees"] = _attendees(made["attendees"])
    _check_reminders(made.get("reminders", {}))
    _check_properties(made.get("extendedProperties", {}))
    _check_source(made.get("source"))
    made.setdefault("status", "confirmed")
    made.setdefault("reminders", {"useDefault": True})
    return made


def event_type(body: Json, account: Account, calendar: Calendar) -> str:
    """The type a new event gets; an account without focus time may get a plain event instead.

    Raises:
        Refused: the type cannot be created, not here, or not like this.
    """
    kind = str(body.get("eventType") or "default")
    for each, properties in STATUS_TYPES.items():
        if properties in body and kind != each:
            raise invalid(f"{properties} is only for events of type {each}.", properties)
    if kind == "default":
        return kind
    if kind == "fromGmail":
        raise invalid("Events of type fromGmail cannot be created.", "eventType")
    if not calendar.is_primary:
        raise Refused(
            400, "eventTypeRestriction", f"A {kind} event can only be on the primary calendar."
        )
    if kind != "birthday" and account.focus == "refused":
        raise invalid("This type of event is not available to this account.", "eventType")
    if kind != "birthday" and account.focus == "degraded":
        return "default"
    _check_status_event(kind, body)
    return kind


def _check_status_event(kind: str, body: Json) -> None:
    """https://developers.google.com/calendar/api/guides/calendar-status."""
    timed = "dateTime" in (body.get("start") or {})
    if STATUS_TYPES[kind] not in body and kind != "birthday":
        raise invalid(f"A {kind} event needs {STATUS_TYPES[kind]}.", "eventType")
    if kind in {"focusTime", "outOfOffice"}:
        if not timed:
            raise invalid(f"A {kind} event cannot be all day.", "start")
        if body.get("transparency", "opaque") != "opaque":
            raise invalid(f"A {kind} event must be opaque.", "transparency")
        if body.get("attendees"):
            raise invalid(f"A {kind} event has no attendees.", "attendees")
    if kind == "workingLocation":
        if body.get("transparency") != "transparent" or body.get("visibility") != "public":
            raise invalid("A working location is public and transparent.", "visibility")
        if "type" not in body["workingLocationProperties"]:
            raise Refused(400, "required", "Missing workingLocationProperties.type.")
    if kind == "birthday" and (timed or not body.get("recurrence")):
        raise invalid("A birthday is all day and returns every year.", "start")


def _attendees(given: list[Json]) -> list[Json]:
    """The guests, lower case, each once.

    Raises:
        Refused: one has no address, or there are too many.
    """
    kept: dict[str, Json] = {}
    for each in given:
        email = str(each.get("email") or "")
        if not email:
            raise Refused(400, "required", "Missing attendee email.", "attendees")
        if not _ADDRESS.fullmatch(email):
            raise invalid("Invalid attendee email.", "attendees")
        plain = {name: value for name, value in each.items() if value}
        plain |= {"email": email.lower()}
        plain.setdefault("responseStatus", "needsAction")
        for name in ("self", "organizer"):
            plain.pop(name, None)
        kept.setdefault(email.lower(), plain)
    if len(kept) > _MOST_ATTENDEES:
        raise invalid("Too many attendees.", "attendees")
    return list(kept.values())


def _check_reminders(reminders: Json) -> None:
    overrides = reminders.get("overrides") or []
    if overrides and reminders.get("useDefault"):
        raise Refused(400, "cannotUseDefaultRemindersAndSpecifyOverride", "Cannot use both.")
    if len(overrides) > _MOST_REMINDERS:
        raise Refused(400, "tooManyReminders", "At most 5 reminders.")
    for each in overrides:
        if "method" not in each or not 0 <= each.get("minutes", -1) <= 40_320:
            raise invalid("Invalid reminder.", "reminders")


def _check_properties(properties: dict[str, Any]) -> None:
    """Limits from https://developers.google.com/calendar/api/guides/extended-properties."""
    for scope in ("private", "shared"):
        held = {k: v for k, v in (properties.get(scope) or {}).items() if v is not None}
        if len(held) > 300 or any(len(k) > 44 or len(v) > 1024 for k, v in held.items()):
            raise invalid("Extended properties are too many or too long.", "extendedProperties")


def _check_source(source: Json | None) -> None:
    if source and not str(source.get("url", "")).startswith(("http://", "https://")):
        raise invalid("The source needs an http or https address.", "source")
