"""Meeting rooms of Google Meet, which are made a while after they were asked for."""

from __future__ import annotations

import hashlib

from tests.servers.google.discovery import Call, Json
from tests.servers.google.refused import Refused
from tests.servers.google.state import Calendar, Entry, World, stamp

MEET = "hangoutsMeet"


def requested(world: World, old: Json | None, event: Json, call: Call) -> None:
    """Begin what the event asks for; an event of version 0 can ask for nothing.

    Raises:
        Refused: the request has no id.
    """
    standing = (old or {}).get("conferenceData")
    if not call.number("conferenceDataVersion", 0):
        event.pop("conferenceData", None)
        if standing:
            event["conferenceData"] = standing
        return
    request = event.get("conferenceData", {}).get("createRequest")
    if request is None or event.get("conferenceData") == standing:
        return
    if not request.get("requestId"):
        raise Refused(400, "required", "Missing conference request id.", "conferenceData")
    before = (standing or {}).get("createRequest", {}).get("requestId")
    if standing and before == request["requestId"]:
        event["conferenceData"] = standing
        return
    kind = request.get("conferenceSolutionKey", {}).get("type", MEET)
    status = "pending" if kind == MEET else "failure"
    event["conferenceData"] = {
        "createRequest": {
            "requestId": request["requestId"],
            "conferenceSolutionKey": {"type": kind},
            "status": {"statusCode": status},
        }
    }
    if status == "pending" and not world.conference_after:
        event |= _made(event)


def looked_at(world: World, calendar: Calendar, entry: Entry) -> bool:
    """Count a reading; after enough of them the room is there, and the event is a new version."""
    request = entry.event.get("conferenceData", {}).get("createRequest", {})
    is_past = calendar.entries.get(entry.event["id"]) is not entry
    if is_past or request.get("status", {}).get("statusCode") != "pending":
        return False
    entry.looked_at += 1
    if entry.looked_at < world.conference_after:
        return False
    entry.event = entry.event | _made(entry.event) | {"updated": stamp(world.now())}
    entry.revision = world.state.next_revision()
    return True


def _made(event: Json) -> Json:
    """Three, four and three letters, as Meet writes them."""
    digest = hashlib.sha256(event["id"].encode()).digest()
    letters = "".join(chr(ord("a") + each % 26) for each in digest[:10])
    code = f"{letters[:3]}-{letters[3:7]}-{letters[7:]}"
    request = event["conferenceData"]["createRequest"]
    return {
        "conferenceData": {
            "createRequest": {**request, "status": {"statusCode": "success"}},
            "entryPoints": [
                {
                    "entryPointType": "video",
                    "uri": f"https://meet.google.com/{code}",
                    "label": f"meet.google.com/{code}",
                }
            ],
            "conferenceSolution": {"key": {"type": MEET}, "name": "Google Meet"},
            "conferenceId": code,
        },
    }
