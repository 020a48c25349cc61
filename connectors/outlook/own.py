"""Events of Fika's own as Graph keeps them: how they are known, and back again.

Our uid, mark and zone stand in single-value extended properties. Those travel with a copy that
the owner makes; the ``transactionId`` an event was created with does not, and nobody can change
it. So an event is ours if both say the same. The id of a transaction is made of the uid, of what
was written first, and of a generation: Graph answers the same request again with the event it
made, and refuses one whose event was deleted (``ErrorDuplicateTransactionId``).
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any, Final

from connectors.outlook.zones import zone_for
from connectors.port import OwnEvent
from policies.interval import Interval
from policies.people.identity import as_listed
from policies.text import one_line

Json = dict[str, Any]

GENERATIONS: Final = 50
"""So many times may the same block be deleted and written anew."""

CATEGORY: Final = "Fika"
PREFIX: Final = "fika-"
_SET: Final = "{8f4f1f0c-6b1d-4a57-9d0e-2f1a5c0f1ca0}"
UID: Final = f"String {_SET} Name FikaUid"
MARK: Final = f"String {_SET} Name FikaMark"
ZONE: Final = f"String {_SET} Name FikaZone"
MADE: Final = f"String {_SET} Name FikaMade"
"""On all of ours, with the value `BY_US`: what a listing of ours is filtered by."""
BY_US: Final = "fika"
EXPANDED: Final = (
    f"singleValueExtendedProperties($filter=id eq '{UID}' or id eq '{MARK}' or id eq '{ZONE}')"
)


def transaction(event: OwnEvent, generation: int) -> str:
    """The ``transactionId`` of a block that is written for the first time."""
    content = json.dumps([body(event), generation], sort_keys=True)
    return f"{_of_uid(event.uid)}-{_digest(content)[:16]}"


def is_ours(raw: Json) -> bool:
    """Whether an event may be one of ours, as far as can be told without its properties."""
    return str(raw.get("transactionId") or "").startswith(PREFIX)


def properties(raw: Json) -> dict[str, str]:
    """Its extended properties; Graph gives the set's name in either case."""
    found = raw.get("singleValueExtendedProperties")
    each_of = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    named = {str(each.get("id", "")).casefold(): each.get("value") for each in each_of}
    every = {key: named.get(key.casefold()) for key in (UID, MARK, ZONE, MADE)}
    return {key: value for key, value in every.items() if isinstance(value, str)}


def own_uid(raw: Json) -> str:
    """The uid of our own that it was written under; empty where the event is not ours."""
    if not is_ours(raw):
        return ""
    kept = properties(raw)
    uid = kept.get(UID, "")
    if not uid or not kept.get(MARK):
        return ""
    return uid if str(raw.get("transactionId") or "").startswith(f"{_of_uid(uid)}-") else ""


def marker(raw: Json) -> str:
    """Our private mark; empty where the event is not one that we made."""
    return properties(raw).get(MARK, "") if own_uid(raw) else ""


def is_copy(raw: Json) -> bool:
    """Whether it has all of our properties and is not the event we made: the owner copied it."""
    kept = properties(raw)
    return bool(kept.get(UID) and kept.get(MARK)) and not own_uid(raw)


def body(event: OwnEvent) -> Json:
    """All of a block; there is no guest in it."""
    kept = {UID: event.uid, MARK: event.marker, ZONE: event.zone, MADE: BY_US}
    return {
        "subject": one_line(event.title).strip(),
        "body": {"contentType": "text", "content": event.text},
        "location": {"displayName": one_line(event.location).strip()},
        "start": time(event.when.start, event.zone),
        "end": time(event.when.end, event.zone),
        "showAs": "busy" if event.busy else "free",
        "sensitivity": "private" if event.private else "normal",
        "categories": [CATEGORY],
        "singleValueExtendedProperties": [
            {"id": key, "value": value} for key, value in kept.items()
        ],
    }


def read(raw: Json) -> OwnEvent | None:
    """The block in an event; ``None`` where it is none of ours, or no longer has times."""
    uid = own_uid(raw)
    if not uid or raw.get("isAllDay") or raw.get("isCancelled") or raw.get("recurrence"):
        return None
    try:
        when = Interval(_instant(raw["start"]), _instant(raw["end"]))
    except (LookupError, ValueError, TypeError):
        return None
    return OwnEvent(
        uid=uid,
        when=when,
        zone=properties(raw).get(ZONE) or "UTC",
        title=str(raw.get("subject") or ""),
        text=_text(raw.get("body")),
        marker=marker(raw),
        location=str((raw.get("location") or {}).get("displayName") or ""),
        busy=raw.get("showAs") not in {"free", "workingElsewhere"},
        private=raw.get("sensitivity") in {"private", "personal", "confidential"},
    )


def guests(raw: Json) -> frozenset[str]:
    """Everyone invited; rooms among them. Graph does not name the owner here."""
    return frozenset(
        as_listed(str((each.get("emailAddress") or {}).get("address") or "?").lower())
        for each in raw.get("attendees") or ()
    )


def is_event(raw: Json) -> bool:
    """Whether an answer has the form of an event, as far as it is looked at here."""
    lists = (raw.get("attendees") or [], raw.get("singleValueExtendedProperties") or [])
    return (
        isinstance(raw.get("id"), str)
        and isinstance(raw.get("@odata.etag"), str)
        and isinstance(raw.get("location") or {}, dict)
        and all(isinstance(some, list) for some in lists)
        and all(isinstance(each, dict) for some in lists for each in some)
    )


def time(moment: datetime, zone: str) -> Json:
    """Raises:
    ValueError: there is no such zone.
    """
    name, clock = zone_for(zone, moment)
    local = moment.astimezone(clock).replace(tzinfo=None, microsecond=0)
    return {"dateTime": local.isoformat(), "timeZone": name}


def _instant(value: Json) -> datetime:
    """A time as it comes under the ``Prefer`` header of all requests: in UTC."""
    if value["timeZone"] != "UTC":
        raise ValueError("not in UTC")
    return datetime.fromisoformat(value["dateTime"]).replace(tzinfo=UTC)


def _text(value: object) -> str:
    content = value.get("content") if isinstance(value, dict) else ""
    return str(content or "").replace("\r\n", "\n")


def _of_uid(uid: str) -> str:
    return f"{PREFIX}{_digest(uid)[:24]}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
