"""Writing events: insert, import, patch, update, delete, move."""

from __future__ import annotations

from tests.servers.google import conferences, mailing, shapes, views
from tests.servers.google.discovery import Call, Json
from tests.servers.google.refused import Refused, invalid
from tests.servers.google.state import Account, Calendar, Entry, World, etag, stamp

_OWN_COPY = frozenset(
    (
        *("attendees", "attendeesOmitted", "reminders", "colorId", "eventLabelId"),
        *("transparency", "visibility", "extendedProperties", "updated", "etag"),
    )
)
_KEPT = (
    *("id", "iCalUID", "created", "creator", "organizer", "eventType"),
    *("recurringEventId", "originalStartTime", "sequence", "updated"),
)
_NOT_AN_UPDATE = {"reminders"}


def insert(world: World, call: Call) -> Json:
    calendar = views.calendar_of(world, call, "writer")
    body = shapes.merged({}, call.body)
    shapes.check_id(body)
    _check_may_invite(call, body)
    kind = shapes.event_type(body, _account(world, call), calendar)
    if body.get("status") == "cancelled":
        raise invalid("Invalid status value.", "status")
    _check_unused(world, calendar, body)
    if kind == "default":
        body = {name: v for name, v in body.items() if name not in shapes.STATUS_TYPES.values()}
    event = shapes.settled(body | {"eventType": kind}, calendar)
    event.setdefault("id", world.state.opaque("event").lower().translate(_BASE32HEX)[:26])
    event = _owned(world, calendar, call, event)
    conferences.requested(world, None, event, call)
    _count_guests(world, {}, event)
    if world.first_stays and event["id"] in calendar.entries:
        return views.shown(event, world.state.next_revision(), calendar, call)
    entry = views.note(world, calendar, event)
    mailing.tell_guests(world, calendar, None, event, mailing.mode(call))
    return views.shown(event, entry.revision, calendar, call)


def import_(world: World, call: Call) -> Json:
    """A copy of an event of another calendar system: by its iCalUID, and nobody is told."""
    calendar = views.calendar_of(world, call, "writer")
    body = shapes.merged({}, call.body)
    same = [x for x in calendar.entries.values() if x.event["iCalUID"] == body["iCalUID"]]
    event = shapes.settled(body | {"eventType": "default"}, calendar)
    event["id"] = same[0].event["id"] if same else f"_{world.state.opaque('event').lower()}"
    organizer = event.get("organizer")
    event = _owned(world, calendar, call, event)
    if organizer:
        event["organizer"] = organizer
    entry = views.note(world, calendar, event)
    return views.shown(event, entry.revision, calendar, call)


def update(world: World, call: Call) -> Json:
    """PUT: everything a client may write is replaced, guests included."""
    calendar = views.calendar_of(world, call, "writer")
    old, entry = views.find(world, calendar, call.path["eventId"], reading=False)
    _check_condition(call, entry)
    kept = {name: old[name] for name in _KEPT if name in old}
    if "conferenceData" in old and not call.number("conferenceDataVersion", 0):
        kept["conferenceData"] = old["conferenceData"]
    written = {name: v for name, v in call.body.items() if name not in shapes.READ_ONLY}
    return _change(world, call, calendar, entry, old, kept | shapes.merged({}, written))


def patch(world: World, call: Call) -> Json:
    calendar = views.calendar_of(world, call, "writer")
    old, entry = views.find(world, calendar, call.path["eventId"], reading=False)
    _check_condition(call, entry)
    if "eventType" in call.body:  # dust-tt/dust#25265
        raise invalid("eventType cannot be changed.", "eventType")
    written = {name: v for name, v in call.body.items() if name not in shapes.READ_ONLY}
    if not call.number("conferenceDataVersion", 0):
        written.pop("conferenceData", None)
    return _change(world, call, calendar, entry, old, shapes.merged(old, written))


def delete(world: World, call: Call) -> None:
    calendar = views.calendar_of(world, call, "writer")
    old, entry = views.find(world, calendar, call.path["eventId"], reading=False)
    if old["status"] == "cancelled":
        raise Refused(410, "deleted", "Resource has been deleted")
    _check_condition(call, entry)
    remove(world, calendar, old, mailing.mode(call))


def remove(world: World, calendar: Calendar, old: Json, told: str) -> None:
    """Cancel an event, a series with all its instances, or one instance of a series."""
    gone = old | {"status": "cancelled", "updated": stamp(world.now())}
    gone["sequence"] = old.get("sequence", 0) + 1
    views.note(world, calendar, gone)
    if "recurrence" in old:
        for each in list(calendar.entries.values()):
            if each.event.get("recurringEventId") == old["id"]:
                views.note(world, calendar, each.event | {"status": "cancelled"})
    if _is_organizer(old, calendar):
        mailing.tell_guests(world, calendar, old, gone, told)
    else:
        mailing.tell_organizer(world, calendar, gone, told)


def move(world: World, call: Call) -> Json:
    """To another calendar, which becomes the organizer; a stub stays behind."""
    calendar = views.calendar_of(world, call, "writer")
    old, entry = views.find(world, calendar, call.path["eventId"], reading=False)
    goal = world.state.calendars.get(call.text("destination"))
    if goal is None or not goal.allows(call.user, "writer"):
        raise views.not_found()
    if old["eventType"] != "default" or not _is_organizer(old, calendar):
        raise invalid("This event cannot be moved.", "destination")
    views.note(world, calendar, old | {"status": "cancelled"})
    moved = old | {"organizer": _organizer(goal), "updated": stamp(world.now())}
    entry = views.note(world, goal, moved)
    return views.shown(moved, entry.revision, goal, call)


def _change(
    world: World, call: Call, calendar: Calendar, entry: Entry, old: Json, new: Json
) -> Json:
    shapes.check_read_only(call.body, views.shown(old, entry.revision, calendar, call))
    _check_may_invite(call, new)
    _check_lasting(old, new)
    if new.get("status") == "cancelled":
        if old["status"] != "cancelled":
            remove(world, calendar, old, mailing.mode(call))
        found = calendar.entries[old["id"]]
        return views.shown(found.event, found.revision, calendar, call)
    if new.pop("attendeesOmitted", False):
        new["attendees"] = _only_own_answer(old, new, calendar)
    event = shapes.settled(new, calendar)
    changed = {name for name in event.keys() | old.keys() if event.get(name) != old.get(name)}
    own = _is_organizer(old, calendar)
    if not own and changed - _OWN_COPY and not old.get("guestsCanModify"):
        raise Refused(403, "forbiddenForNonOrganizer", "Only the organizer can change this.")
    _follow_up(world, event, old, changed)
    conferences.requested(world, old, event, call)
    _count_guests(world, old, event)
    kept = views.note(world, calendar, event)
    if own:
        mailing.tell_guests(world, calendar, old, event, mailing.mode(call))
    elif "attendees" in changed:
        mailing.tell_organizer(world, calendar, event, mailing.mode(call))
    return views.shown(event, kept.revision, calendar, call)


def _check_lasting(old: Json, new: Json) -> None:
    """
    Raises:
        Refused: something differs that stays as it was made, or the sequence falls.
    """
    for name in ("id", "iCalUID", "eventType"):
        if new.get(name) != old.get(name):
            raise invalid(f"{name} cannot be changed.", name)
    if new.get("sequence", 0) < old.get("sequence", 0):
        raise invalid("Invalid sequence value. The specified sequence number is too low.")
    if "recurringEventId" in old and "recurrence" in new:
        raise invalid("An instance has no recurrence of its own.", "recurrence")


def _only_own_answer(old: Json, new: Json, calendar: Calendar) -> list[Json]:
    """The guests as they were, with what the owner of this calendar says for themselves."""
    own = [each for each in new.get("attendees", ()) if each.get("email") == calendar.owner]
    others = [each for each in old.get("attendees", ()) if each.get("email") != calendar.owner]
    return [*others, *own]


def _follow_up(world: World, event: Json, old: Json, changed: set[str]) -> None:
    """What the server writes itself when something has changed."""
    if changed - _NOT_AN_UPDATE:
        event["updated"] = stamp(world.now())
    else:
        event["updated"] = old["updated"]
    if changed & {"start", "end", "recurrence"}:
        event["sequence"] = old.get("sequence", 0) + 1
        _ask_again(event, old)


def _ask_again(event: Json, old: Json) -> None:
    """A meeting that moved has no answers any more but the organizer's and new ones."""
    before = {each.get("email"): each.get("responseStatus") for each in old.get("attendees", ())}
    for at, each in enumerate(event.get("attendees", ())):
        is_host = each["email"] == event["organizer"].get("email")
        if not is_host and each["responseStatus"] == before.get(each["email"]):
            event["attendees"][at] = each | {"responseStatus": "needsAction"}


def _check_condition(call: Call, entry: Entry) -> None:
    """
    Raises:
        Refused: the entry is another than ``If-Match`` says.
    """
    wanted = call.headers.get("if-match", "*")
    if wanted not in {"*", etag(entry.revision)}:
        raise Refused(412, "conditionNotMet", "Precondition Failed", "If-Match")


def _check_may_invite(call: Call, body: Json) -> None:
    if body.get("attendees") and not call.delegated:
        raise Refused(
            403,
            "forbiddenForServiceAccounts",
            "Service accounts cannot invite attendees without Domain-Wide Delegation of Authority.",
        )


def _count_guests(world: World, old: Json, event: Json) -> None:
    """Guests are counted even where nobody is told (inovex/CalendarSync#280).

    Raises:
        Refused: there were too many of late.
    """
    added = set(mailing.guests(event)) - set(mailing.guests(old))
    if world.invitations_left is None:
        return
    if len(added) > world.invitations_left:
        raise Refused(403, "quotaExceeded", "Calendar usage limits exceeded.")
    world.invitations_left -= len(added)


def _check_unused(world: World, calendar: Calendar, body: Json) -> None:
    """An id is taken for ever; but of one written just now, a weak service may not know yet.

    Raises:
        Refused: the id or the iCalUID is taken.
    """
    entry = calendar.entries.get(body.get("id", ""))
    taken = entry is not None and world.now() - entry.created >= world.weak_ids
    same = any(each.event["iCalUID"] == body.get("iCalUID") for each in calendar.entries.values())
    if taken or same:
        raise Refused(409, "duplicate", "The requested identifier already exists.")


_BASE32HEX = str.maketrans("wxyz-_", "012345")


def _owned(world: World, calendar: Calendar, call: Call, event: Json) -> Json:
    now = stamp(world.now())
    made = {
        **event,
        "iCalUID": event.get("iCalUID") or f"{event['id']}@google.com",
        "created": now,
        "updated": now,
        "creator": {"email": call.user},
        "organizer": _organizer(calendar),
        "sequence": event.get("sequence", 0),
    }
    made.pop("kind", None)
    return made


def _organizer(calendar: Calendar) -> Json:
    if calendar.is_primary:
        return {"email": calendar.owner}
    return {"email": calendar.id, "displayName": calendar.summary}


def _is_organizer(event: Json, calendar: Calendar) -> bool:
    return bool(event.get("organizer", {}).get("email") == _organizer(calendar)["email"])


def _account(world: World, call: Call) -> Account:
    return world.state.accounts[call.user]
