"""A `CalendarItem` as compact JSON and back, for the store; the round trip is exact.

An item is ``[id, etag, events]``, with a fourth part where zones of its own are used. An event is
an object in which whatever has its usual value is left out:

====  ==========================  ====  =============================================
u     uid, unless it is the id    p     busy
t     start                       k     kind
l     span, ``[days, seconds]``   v     visibility
s     summary                     o     organizer
w     location                    a     attendees: ``[address, name, response, person]``
r     recurrence                  y     own response
i     recurrence id               n     sequence
f     this and future             m     last modified, absolute seconds
c     status                      x     marker
g     unnamed guests              q     comments: ``[address, text]``
                                  h     proposed: ``[address, start_s, end_s]``
====  ==========================  ====  =============================================

A day is ``2026-03-02``, a wall time ``2026-03-02T09:00:00 Europe/Berlin``. A zone of the
calendar's own is ``#`` and its index in the fourth part, where each stands as the text of
``[name, first offset, onsets, offsets]``, so that many items can share one. A recurrence is a
list of rules, extra dates, excluded dates and exclusion rules; empty ends are left out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final

from policies.calendar.event import (
    Attendee,
    CalendarItem,
    Event,
    Kind,
    Recurrence,
    Response,
    Span,
    Status,
    Visibility,
)
from policies.wall import CustomZone, WallTime, When, Zone

_STATUS: Final = {each.value: each for each in Status}
_RESPONSE: Final = {each.value: each for each in Response}
_KIND: Final = {each.value: each for each in Kind}
_VISIBILITY: Final = {each.value: each for each in Visibility}
_NO_LENGTH: Final = [0, 0]

_PLAIN: Final[tuple[tuple[str, str, object], ...]] = (
    ("s", "summary", ""),
    ("w", "location", ""),
    ("f", "this_and_future", False),
    ("c", "status", Status.CONFIRMED),
    ("p", "busy", True),
    ("k", "kind", Kind.DEFAULT),
    ("v", "visibility", Visibility.PUBLIC),
    ("o", "organizer", ""),
    ("a", "attendees", ()),
    ("y", "own_response", None),
    ("n", "sequence", 0),
    ("m", "last_modified_s", 0),
    ("x", "marker", ""),
    ("g", "unnamed_guests", False),
    ("q", "comments", ()),
    ("h", "proposed", ()),
)
_USUAL: Final = tuple((letter, usual) for letter, _, usual in _PLAIN)
_plain = attrgetter(*(name for _, name, _ in _PLAIN))

# A plain encoder: items hold no cycles, and text stays readable in the store.
_json = json.JSONEncoder(check_circular=False, ensure_ascii=False, separators=(",", ":")).encode
_parsed = json.JSONDecoder().decode


def encode(item: CalendarItem) -> str:
    """The item as one line of JSON."""
    zones: list[CustomZone] = []
    parts: list[object] = [
        item.id,
        item.etag,
        [_event_fields(event, item.id, zones) for event in item.events],
    ]
    if zones:
        parts.append([_zone_text(zone) for zone in zones])
    return _json(parts)


def decode(text: str) -> CalendarItem:
    """The item that `encode` wrote.

    Raises:
        ValueError: it is something else.
    """
    try:
        key, etag, events, *own = _parsed(text)
        zones = [_zone(each) for each in own[0]] if own else ()
        return CalendarItem(key, etag, tuple([_event(each, key, zones) for each in events]))
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"not an encoded calendar item: {error!r}") from error


def glance(text: str, index: int) -> tuple[str, Status, bool]:
    """Title, status and whether it is of whole days: what a list of many shows of each.

    Raises:
        ValueError: it is nothing that `encode` wrote.
    """
    try:
        fields = _parsed(text)[2][index]
        return fields.get("s", ""), _STATUS[fields.get("c", "confirmed")], " " not in fields["t"]
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"not an encoded calendar item: {error!r}") from error


def _event_fields(event: Event, key: str, zones: list[CustomZone]) -> dict[str, object]:
    fields: dict[str, object] = {"t": _when_text(event.start, zones)}
    days, seconds = event.span
    if days or seconds:
        fields["l"] = (days, seconds)
    if event.uid != key:
        fields["u"] = event.uid
    if event.recurrence is not None:
        fields["r"] = _recurrence_fields(event.recurrence, zones)
    if event.recurrence_id is not None:
        fields["i"] = _when_text(event.recurrence_id, zones)
    for value, (letter, usual) in zip(_plain(event), _USUAL, strict=True):
        if value is not usual and value != usual:  # comparing enumerations costs most of it
            fields[letter] = value
    return fields


def _event(fields: dict[str, Any], key: str, zones: Sequence[CustomZone]) -> Event:
    get = fields.get
    recurrence, instance, answer = get("r"), get("i"), get("y")
    return Event(
        get("u", key),
        _when(fields["t"], zones),
        Span(*get("l", _NO_LENGTH)),
        get("s", ""),
        get("w", ""),
        None if recurrence is None else _recurrence(recurrence, zones),
        None if instance is None else _when(instance, zones),
        get("f", False),
        _STATUS[get("c", "confirmed")],
        get("p", True),
        _KIND[get("k", "default")],
        _VISIBILITY[get("v", "public")],
        get("o", ""),
        tuple([Attendee(a, n, _RESPONSE[r], p) for a, n, r, p in get("a", ())]),
        None if answer is None else _RESPONSE[answer],
        get("n", 0),
        get("m", 0),
        get("x", ""),
        get("g", False),
        tuple([(address, text) for address, text in get("q", ())]),
        tuple([(address, start_s, end_s) for address, start_s, end_s in get("h", ())]),
    )


def _recurrence_fields(recurrence: Recurrence, zones: list[CustomZone]) -> list[object]:
    parts: list[object] = [
        recurrence.rules,
        [(_when_text(when, zones), span) for when, span in recurrence.extra],
        [_when_text(when, zones) for when in recurrence.excluded],
        recurrence.exclusion_rules,
    ]
    while parts and not parts[-1]:
        parts.pop()
    return parts


def _recurrence(parts: Sequence[Any], zones: Sequence[CustomZone]) -> Recurrence:
    rules, extra, excluded, exclusion_rules = (*parts, (), (), (), ())[:4]
    return Recurrence(
        tuple(rules),
        tuple(
            [(_when(when, zones), None if span is None else Span(*span)) for when, span in extra]
        ),
        tuple([_when(when, zones) for when in excluded]),
        tuple(exclusion_rules),
    )


def _when_text(when: When, zones: list[CustomZone]) -> str:
    if not isinstance(when, WallTime):
        return when.isoformat()
    zone: Zone = when.zone
    if isinstance(zone, CustomZone):
        if zone not in zones:
            zones.append(zone)
        zone = f"#{zones.index(zone)}"
    return f"{when.local.isoformat()} {zone}"


def _when(text: str, zones: Sequence[CustomZone]) -> When:
    local, space, zone = text.partition(" ")
    if not space:
        return date.fromisoformat(local)
    named: Zone = zones[int(zone[1:])] if zone[0] == "#" else zone
    return WallTime(datetime.fromisoformat(local), named)


@lru_cache(maxsize=64)
def _zone_text(zone: CustomZone) -> str:
    return _json([zone.name, zone.first_offset_s, zone.onsets, zone.offsets_s])


@lru_cache(maxsize=64)
def _zone(text: str) -> CustomZone:
    """One object for the same zone in many items: its transitions fill kilobytes."""
    name, first_offset_s, onsets, offsets_s = _parsed(text)
    return CustomZone(name, first_offset_s, tuple(onsets), tuple(offsets_s))
