"""Reading events: get, list, instances."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from tests.servers.google import conferences, paging, times, views
from tests.servers.google.discovery import Call, Json
from tests.servers.google.refused import Refused, invalid
from tests.servers.google.state import Calendar, Continuation, Entry, World, etag, stamp

_NOT_WITH_SYNC = (
    *("iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty"),
    *("timeMin", "timeMax", "updatedMin"),
)
_NO_TOKEN_AFTER = frozenset(_NOT_WITH_SYNC) - {"timeMin", "timeMax"}
_SAME_FOR_SYNC = {
    *("singleEvents", "eventTypes", "maxAttendees", "timeZone", "showHiddenInvitations"),
    "showDeleted",
}
_UPDATES_KEPT = timedelta(days=28)


def get(world: World, call: Call) -> Json:
    calendar = views.calendar_of(world, call, "freeBusyReader")
    event, entry = views.find(world, calendar, call.path["eventId"], reading=True)
    if conferences.looked_at(world, calendar, entry):
        event, entry = views.find(world, calendar, call.path["eventId"], reading=True)
    return views.shown(event, entry.revision, calendar, call)


def events(world: World, call: Call, twist: str = "") -> Json:
    """One page of a full listing, or of what changed since a sync token."""
    calendar = views.calendar_of(world, call, "freeBusyReader")
    _check(world, call)
    listing = paging.resumed(world, call, "events", calendar.id)
    since = paging.synced(world, call, "events", calendar.id, _SAME_FOR_SYNC)
    if since and since.revision < calendar.floor:
        raise paging.gone()
    if listing is None:
        items = _changed(world, calendar, call, since) if since else _all(world, calendar, call)
        listing = _begun(world, calendar, call, "events", list(items))
    size = min(call.number("maxResults", 250), 2500)
    may_sync = not _NO_TOKEN_AFTER & call.query.keys()
    now, token = paging.page(world, call, listing, size=size, may_sync=may_sync, twist=twist)
    return _envelope(world, calendar, call) | {"items": now} | token


def instances(world: World, call: Call) -> Json:
    calendar = views.calendar_of(world, call, "freeBusyReader")
    event, series = views.find(world, calendar, call.path["eventId"], reading=True)
    listing = paging.resumed(world, call, "instances", calendar.id)
    if "recurrence" not in event:
        raise invalid("The event is not recurring.", "eventId")
    if listing is None:
        found = [
            (event, kept)
            for kept in _as_read(world, calendar)
            if kept is series or kept.event.get("recurringEventId") == series.event["id"]
            for event in _singles(world, calendar, call, kept)
            if event["status"] != "cancelled" or call.flag("showDeleted")
        ]
        found.sort(key=lambda one: times.moment(one[0]["originalStartTime"], calendar.zone))
        items = [views.shown(event, kept.revision, calendar, call) for event, kept in found]
        listing = _begun(world, calendar, call, "instances", items)
    size = min(call.number("maxResults", 250), 2500)
    now, token = paging.page(world, call, listing, size=size, may_sync=False)
    return _envelope(world, calendar, call) | {"items": now} | token


def _check(world: World, call: Call) -> None:
    """
    Raises:
        Refused: parameters that exclude each other, or ask for what is too long ago.
    """
    if call.text("syncToken"):
        for name in _NOT_WITH_SYNC:
            if name in call.query:
                raise invalid(f"{name} cannot be given together with a sync token.", name)
        if call.text("showDeleted") == "false":
            raise invalid("A sync token always shows what was deleted.", "showDeleted")
    if call.text("orderBy") == "startTime" and not call.flag("singleEvents"):
        raise invalid("The requested ordering is not available for this query.", "orderBy")
    low, high = call.moment("timeMin"), call.moment("timeMax")
    if low and high and high <= low:
        raise Refused(400, "timeRangeEmpty", "The specified time range is empty.", "timeMax")
    updated = call.moment("updatedMin")
    if updated and updated < world.now() - _UPDATES_KEPT:
        message = "The requested minimum modification time lies too far in the past."
        raise Refused(410, "updatedMinTooLongAgo", message, "updatedMin")
    for name in ("privateExtendedProperty", "sharedExtendedProperty"):
        if any("=" not in each for each in call.many(name)):
            raise invalid(f"{name} is written propertyName=value.", name)


def _begun(
    world: World, calendar: Calendar, call: Call, kind: str, items: list[Json]
) -> Continuation:
    """A new listing. What readings do not show yet is left for the sync token to find."""
    waiting = [e.revision for e in calendar.entries.values() if world.now() < e.shown_from]
    revision = min([world.state.revision, *(each - 1 for each in waiting)])
    return Continuation(
        f"page of {kind}", calendar.id, paging.asked(call), revision, world.now(), items
    )


def _as_read(world: World, calendar: Calendar) -> list[Entry]:
    """Everything readings show, in the order of its last change."""
    found = [each for kept in calendar.entries.values() if (each := views.as_read(world, kept))]
    for each in found:
        conferences.looked_at(world, calendar, each)
    return sorted(found, key=lambda each: each.revision)


def _all(world: World, calendar: Calendar, call: Call) -> Iterator[Json]:
    found = [
        (event, entry)
        for entry in _as_read(world, calendar)
        for event in _listed(world, calendar, call, entry)
        if _wanted(world, calendar, call, event)
    ]
    match call.text("orderBy"):
        case "startTime":
            found.sort(key=lambda one: times.moment(one[0]["start"], calendar.zone))
        case "updated":
            found.sort(key=lambda one: str(one[0]["updated"]))
    for event, entry in found:
        if event["status"] == "cancelled" and not call.flag("showDeleted"):
            yield views.stub(event, entry.revision)
        else:
            yield views.shown(event, entry.revision, calendar, call)


def _changed(world: World, calendar: Calendar, call: Call, since: Continuation) -> Iterator[Json]:
    for entry in _as_read(world, calendar):
        if entry.revision <= since.revision:
            continue
        for event in _listed(world, calendar, call, entry, cancelled=True):
            if call.many("eventTypes") and event["eventType"] not in call.many("eventTypes"):
                continue
            if event["status"] == "cancelled" and not call.flag("showDeleted"):
                yield views.stub(event, entry.revision)
            else:
                yield views.shown(event, entry.revision, calendar, call)


def _listed(
    world: World, calendar: Calendar, call: Call, entry: Entry, *, cancelled: bool = False
) -> Iterator[Json]:
    """The events a listing shows for one entry, as read: itself, or its instances, or nothing."""
    event = entry.event
    single = call.flag("singleEvents")
    cancelled |= call.flag("showDeleted") or bool(call.text("updatedMin"))
    exception = "recurringEventId" in event and not single
    if event["status"] == "cancelled" and not (cancelled or exception):
        return
    if "recurrence" in event and single:
        yield from _singles(world, calendar, call, entry)
    else:
        yield event


def _singles(world: World, calendar: Calendar, call: Call, entry: Entry) -> Iterator[Json]:
    """The instances of a series that nobody has changed; any other event is its own instance."""
    event = entry.event
    if "recurrence" not in event:
        yield event
        return
    low, high = call.moment("timeMin"), call.moment("timeMax")
    begin, end = times.span(event, calendar.zone)
    starts = (
        each
        for each in times.instances(event, calendar.zone, before=high, most=5_000)
        if low is None or times.moment(each, calendar.zone) + (end - begin) > low
    )
    for original in islice(starts, world.single_instances):
        if times.instance_id(event["id"], original) not in calendar.entries:
            yield times.instance(event, original, calendar.zone)


def _wanted(world: World, calendar: Calendar, call: Call, event: Json) -> bool:
    types = call.many("eventTypes")
    updated = call.moment("updatedMin")
    return (
        (not types or event["eventType"] in types)
        and call.text("iCalUID") in {"", event["iCalUID"]}
        and (updated is None or str(event["updated"]) >= stamp(updated))
        and _has(event, "private", call.many("privateExtendedProperty"))
        and _has(event, "shared", call.many("sharedExtendedProperty"))
        and _mentions(event, call.text("q"))
        and _within(calendar, call, event)
    )


def _within(calendar: Calendar, call: Call, event: Json) -> bool:
    """Whether it ends after timeMin and begins before timeMax; of a series, any instance."""
    low, high = call.moment("timeMin"), call.moment("timeMax")
    if (low is None and high is None) or "start" not in event:
        return True
    starts = [event["start"]]
    if "recurrence" in event:
        starts = list(times.instances(event, calendar.zone, before=high, most=5_000))
    begin, end = times.span(event, calendar.zone)
    for each in starts:
        at = times.moment(each, calendar.zone)
        if (low is None or at + (end - begin) > low) and (high is None or at < high):
            return True
    return False


def _has(event: Json, scope: str, wanted: tuple[str, ...]) -> bool:
    held = event.get("extendedProperties", {}).get(scope, {})
    pairs = (each.partition("=") for each in wanted)
    return all(held.get(name) == value for name, _, value in pairs)


def _mentions(event: Json, words: str) -> bool:
    people = [*event.get("attendees", ()), event.get("organizer", {})]
    said = [str(event.get(name, "")) for name in ("summary", "description", "location")]
    said += [str(each.get(name, "")) for each in people for name in ("displayName", "email")]
    text = " ".join(said).lower()
    return all(word in text for word in words.lower().split())


def _envelope(world: World, calendar: Calendar, call: Call) -> Json:
    return {
        "kind": "calendar#events",
        "etag": etag(world.state.revision),
        "summary": calendar.summary,
        "description": "",
        "updated": stamp(world.now()),
        "timeZone": call.text("timeZone") or calendar.zone,
        "accessRole": calendar.role(call.user),
        "defaultReminders": [{"method": "popup", "minutes": 10}] if calendar.is_primary else [],
    }
