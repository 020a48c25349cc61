"""Who is told what after a write: the outbox of the service."""

from __future__ import annotations

from tests.servers.common import Mail
from tests.servers.google.discovery import Call, Json
from tests.servers.google.state import Calendar, World

ALL, EXTERNAL, NONE = "all", "externalOnly", "none"
_TOLD_ABOUT = ("summary", "description", "location", "start", "end", "recurrence", "conferenceData")


def mode(call: Call) -> str:
    """Whom a write tells.

    Without a word, an insert tells nobody; but a change tells everyone, as those found out who
    inserted quietly and then patched (calcom/cal.diy#30113), and so does a deletion.
    """
    if said := call.text("sendUpdates"):
        return said
    if said := call.text("sendNotifications"):
        return ALL if said == "true" else NONE
    return NONE if call.method.id.endswith((".insert", ".import", ".move")) else ALL


def guests(event: Json) -> tuple[str, ...]:
    """Everyone invited but the organizer and rooms."""
    host = event.get("organizer", {}).get("email", "")
    invited = event.get("attendees", ())
    people = (each.get("email", "") for each in invited if not each.get("resource"))
    return tuple(each for each in people if each not in {"", host})


def tell_guests(
    world: World, calendar: Calendar, before: Json | None, after: Json, told: str
) -> None:
    """What the organizer's change means for each guest: invited, updated, cancelled or nothing."""
    was = guests(before) if before and before["status"] != "cancelled" else ()
    now = guests(after) if after["status"] != "cancelled" else ()
    changed = world.tells_again or any((before or {}).get(x) != after.get(x) for x in _TOLD_ABOUT)
    for guest in now:
        if guest not in was:
            _send(world, calendar, guest, "invited", after, told)
        elif changed:
            _send(world, calendar, guest, "updated", after, told)
    for guest in was:
        if guest not in now:
            _send(world, calendar, guest, "cancelled", after, told)


def tell_organizer(world: World, calendar: Calendar, event: Json, told: str) -> None:
    """The owner of this calendar, a guest, has answered or removed the event."""
    _send(world, calendar, event["organizer"]["email"], "replied", event, told)


def _send(world: World, calendar: Calendar, to: str, kind: str, event: Json, told: str) -> None:
    with_google = to in world.google_guests or to in world.state.accounts
    if told == NONE or to == calendar.owner or (told == EXTERNAL and with_google):
        return
    world.state.outbox.append(
        Mail(
            to=to,
            kind=kind,
            event=event["id"],
            uid=event["iCalUID"],
            sequence=event.get("sequence", 0),
            title=event.get("summary", ""),
            start=_when(event["start"]),
            end=_when(event["end"]),
            text=event.get("description", ""),
            guests=tuple(each.get("email", "") for each in event.get("attendees", ())),
            at=world.now(),
        )
    )


def _when(value: Json) -> str:
    return str(value.get("dateTime") or value["date"])
