"""Events of Fika's own as Google keeps them: their ids, their private mark, and back again.

Google lets a client choose an event's id, and keeps it taken for ever: after a deletion the same
block needs another. So an id is made from the block's uid and a generation that grows with each
deletion. The mark stands in private extended properties, which no guest's copy carries; it counts
only on the very event it was made for, so that a copy the owner makes is theirs.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from connectors.port import OwnEvent
from policies.interval import Interval
from policies.people.identity import as_listed
from policies.text import one_line

Json = dict[str, Any]

GENERATIONS: Final = 50
"""So many times may a block be deleted and written anew."""

_OBJECTS: Final = ("start", "end", "extendedProperties", "conferenceData")
_MARKUP: Final = re.compile("[<>]|&(?=(?:lt|gt|amp);)")
_ENTITY: Final = re.compile("&(?:lt|gt|amp);")
_BREAK: Final = re.compile(r"<br\s*/?>", re.IGNORECASE)
_ESCAPED: Final = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_PLAIN: Final = {escaped: plain for plain, escaped in _ESCAPED.items()}
_MARK, _UID, _GENERATION = "fika", "fikaUid", "fikaGeneration"


def event_id(uid: str, generation: int) -> str:
    """Letters a to v and digits, 5 to 1024 of them ("base32hex": Event.id in the API reference)."""
    return f"fika{hashlib.sha256(f'{uid} {generation}'.encode()).hexdigest()[:40]}"


def is_event(raw: Json) -> bool:
    """Whether an answer has the form of an event, as far as it is looked at here."""
    people = raw.get("attendees", [])
    return (
        isinstance(raw.get("id"), str)
        and isinstance(raw.get("etag"), str)
        and all(isinstance(raw.get(name, {}), dict) for name in _OBJECTS)
        and isinstance(people, list)
        and all(isinstance(each, dict) for each in people)
    )


def is_entry_of(ref: str, uid: str) -> bool:
    """Whether an event of this id can only be ours with this uid."""
    return any(ref == event_id(uid, each) for each in range(GENERATIONS))


def marker(raw: Json) -> str:
    """Our private mark; empty where the event is not one that we made."""
    return _private(raw).get(_MARK, "") if own_uid(raw) else ""


def own_uid(raw: Json) -> str:
    """The uid of our own that it was written under; empty where the event is not ours."""
    private = _private(raw)
    uid = private.get(_UID, "")
    if not uid or not private.get(_MARK):
        return ""
    return uid if raw.get("id") == event_id(uid, generation(raw)) else ""


def generation(raw: Json) -> int:
    """How many before it were deleted; what is no number is 0."""
    text = _private(raw).get(_GENERATION, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0  # noqa: PLR2004 - 999


def search(uid: str) -> str:
    """What finds every generation of a block: the parameter ``privateExtendedProperty``."""
    return f"{_UID}={uid}"


def body(event: OwnEvent, generation: int) -> Json:
    """All of a block; there is no guest in it."""
    return {
        "summary": one_line(event.title).strip(),
        "description": described(event.text),
        "location": one_line(event.location).strip(),
        "start": time(event.when.start, event.zone),
        "end": time(event.when.end, event.zone),
        "transparency": "opaque" if event.busy else "transparent",
        "visibility": "private" if event.private else "default",
        "extendedProperties": {"private": properties(event.uid, event.marker, generation)},
    }


def properties(uid: str, marker: str, generation: int) -> dict[str, str]:
    """The private properties of our event with this uid."""
    return {_MARK: marker, _UID: uid, _GENERATION: str(generation)}


def read(raw: Json) -> OwnEvent | None:
    """The block in an event; ``None`` where it is none of ours, or no longer has times."""
    uid = own_uid(raw)
    start, end = raw.get("start") or {}, raw.get("end") or {}
    if not uid or "dateTime" not in start or "dateTime" not in end:
        return None
    try:
        when = Interval(
            datetime.fromisoformat(start["dateTime"]), datetime.fromisoformat(end["dateTime"])
        )
    except (ValueError, TypeError):
        return None
    return OwnEvent(
        uid=uid,
        when=when,
        zone=str(start.get("timeZone") or "UTC"),
        title=str(raw.get("summary") or ""),
        text=text_of(raw),
        marker=marker(raw),
        location=str(raw.get("location") or ""),
        busy=raw.get("transparency") != "transparent",
        private=raw.get("visibility") in {"private", "confidential"},
    )


def described(text: str) -> str:
    """A text as Google keeps descriptions: they may be HTML, so ``<`` would begin a tag there.

    Nothing else is changed, for not every program that shows a description reads it as HTML.
    """
    return _MARKUP.sub(lambda found: _ESCAPED[found[0]], text)


def text_of(raw: Json) -> str:
    """The text of a description, as `described` was given it."""
    plain = _BREAK.sub("\n", str(raw.get("description") or ""))
    return _ENTITY.sub(lambda found: _PLAIN[found[0]], plain)


def guests(raw: Json) -> frozenset[str]:
    """Everyone invited but the owner; rooms among them."""
    return frozenset(
        as_listed(str(each.get("email") or each.get("id") or "?").lower())
        for each in raw.get("attendees") or ()
        if not each.get("self") and not each.get("organizer")
    )


def time(moment: datetime, zone: str) -> Json:
    """Raises:
    ValueError: there is no such zone.
    """
    try:
        local = moment.astimezone(ZoneInfo(zone))
    except (LookupError, ValueError, OSError) as error:
        raise ValueError("no time zone has that name") from error
    return {"dateTime": local.replace(microsecond=0).isoformat(), "timeZone": zone}


def _private(raw: Json) -> dict[str, str]:
    found = (raw.get("extendedProperties") or {}).get("private")
    texts = found.items() if isinstance(found, dict) else ()
    return {name: value for name, value in texts if isinstance(value, str)}
