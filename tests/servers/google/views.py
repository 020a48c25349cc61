"""Calendars and events as one user sees them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.servers.google import times
from tests.servers.google.discovery import Call, Json
from tests.servers.google.refused import Refused
from tests.servers.google.state import Calendar, Entry, World, etag

_SEEN_WHEN_PRIVATE = frozenset(
    (
        *("id", "status", "start", "end", "recurrence", "recurringEventId", "originalStartTime"),
        *("created", "updated", "iCalUID", "sequence", "visibility", "transparency", "eventType"),
        *("creator", "organizer"),
    )
)


def calendar_of(world: World, call: Call, role: str = "reader") -> Calendar:
    """The calendar a call names, when its user may do this there.

    Raises:
        Refused: there is none they may see, or they may only see it.
    """
    name = call.path["calendarId"]
    found = world.state.calendars.get(call.user if name == "primary" else name)
    if found is None or found.role(call.user) == "none":
        raise not_found()
    if not found.allows(call.user, role):
        raise Refused(
            403, "requiredAccessLevel", f"You need to have {role} access to this calendar."
        )
    # That a scope is for this method at all was checked before; those named ``owned`` and
    # ``app.created`` reach no calendars of others.
    everywhere: tuple[str, ...] = (".events", "/calendar")
    if role != "writer":
        everywhere += ("calendar.readonly", "events.readonly", "events.freebusy")
    anywhere = any(scope.endswith(everywhere) for scope in call.scopes)
    ours = found.role(call.user) == "owner" or _app_created(call, found)
    if call.method.id.startswith("calendar.events.") and not (anywhere or ours):
        raise insufficient()
    return found


def _app_created(call: Call, calendar: Calendar) -> bool:
    return calendar.made_by_app and any(s.endswith("app.created") for s in call.scopes)


def not_found() -> Refused:
    return Refused(404, "notFound", "Not Found")


def insufficient() -> Refused:
    return Refused(
        403,
        "insufficientPermissions",
        "Request had insufficient authentication scopes.",
        headers={
            "WWW-Authenticate": 'Bearer realm="https://accounts.google.com/", '
            'error="insufficient_scope"'
        },
    )


def as_read(world: World, entry: Entry) -> Entry | None:
    """The event as readings show it now; where they lag, as it was."""
    return entry if world.now() >= entry.shown_from else entry.before


def find(world: World, calendar: Calendar, name: str, *, reading: bool) -> tuple[Json, Entry]:
    """An event by its id, and what keeps it: for an instance nobody changed, its series.

    Raises:
        Refused: there is none, or a reading does not show it yet.
    """
    entry, series = (calendar.entries.get(each) for each in (name, name.rpartition("_")[0]))
    if reading:
        entry, series = (each and as_read(world, each) for each in (entry, series))
    if entry:
        return entry.event, entry
    if series and "recurrence" in series.event and name not in calendar.entries:
        for each in times.instances(series.event, calendar.zone, before=None, most=5_000):
            if times.instance_id(series.event["id"], each) == name:
                return times.instance(series.event, each, calendar.zone), series
    raise not_found()


def shown(event: Json, revision: int, calendar: Calendar, call: Call) -> Json:
    """One event in full, as the user of this call may see it."""
    zone = call.text("timeZone") or calendar.zone
    times.zone_of(zone, "response")
    link = f"https://www.google.com/calendar/event?eid={event['id']}"
    made = {"htmlLink": link, **event, "kind": "calendar#event", "etag": etag(revision)}
    if room := event.get("conferenceData", {}).get("conferenceId"):
        made["hangoutLink"] = f"https://meet.google.com/{room}"
    for name in ("start", "end", "originalStartTime"):
        if name in made:
            made[name] = times.rendered(made[name], zone)
    for name in ("creator", "organizer"):
        if name in made:
            made[name] = _with_self(made[name], calendar)
    if "attendees" in made:
        made |= _attendees(made, calendar, call)
    if _hidden(made, calendar, call):
        made = {k: v for k, v in made.items() if k in _SEEN_WHEN_PRIVATE or k in {"kind", "etag"}}
        made["visibility"] = "private"
    return made


def stub(event: Json, revision: int) -> Json:
    """What a synchronisation says of something deleted; of an instance also which it was."""
    made = {"kind": "calendar#event", "etag": etag(revision), "id": event["id"]}
    made["status"] = "cancelled"
    if "recurringEventId" in event:
        made |= {name: event[name] for name in ("recurringEventId", "originalStartTime")}
    return made


def _with_self(person: Json, calendar: Calendar) -> Json:
    mine = person.get("email") == _address_of(calendar)
    return {**person, "self": True} if mine else person


def _same(one: Json, other: Json) -> bool:
    return bool(one.get("email")) and one.get("email") == other.get("email")


def _address_of(calendar: Calendar) -> str:
    return calendar.owner if calendar.is_primary else calendar.id


def _attendees(event: Json, calendar: Calendar, call: Call) -> Json:
    """The guests this user may see; all but their own entry where there are too many to show."""
    host = event.get("organizer", {})
    everyone = [
        _with_self(each, calendar) | ({"organizer": True} if _same(each, host) else {})
        for each in event["attendees"]
    ]
    most = call.number("maxAttendees", len(everyone))
    secret = event.get("guestsCanSeeOtherGuests") is False and not host.get("self")
    if len(everyone) <= most and not secret:
        return {"attendees": everyone}
    own = [each for each in everyone if each.get("self")]
    return {"attendees": own, "attendeesOmitted": True} if own else {"attendeesOmitted": True}


def _hidden(event: Json, calendar: Calendar, call: Call) -> bool:
    """Details of private events are for writers, and nothing but time for free/busy readers."""
    role = calendar.role(call.user)
    if role == "freeBusyReader":
        return True
    private = event.get("visibility") in {"private", "confidential"}
    return private and role in {"reader", "writerWithoutPrivateAccess"}


def note(world: World, calendar: Calendar, event: Json) -> Entry:
    """Keep an event as it is now, under a new revision; readings may show it only later."""
    now, old = world.now(), calendar.entries.get(event["id"])
    seen = old and as_read(world, old)
    before = replace(seen, before=None) if seen else None
    entry = Entry(
        event=event,
        revision=world.state.next_revision(),
        created=old.created if old else now,
        shown_from=now + world.lag if world.lag else now - timedelta(days=36_500),
        before=before,
    )
    calendar.entries[event["id"]] = entry
    return entry
