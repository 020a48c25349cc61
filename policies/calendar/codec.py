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
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
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

# Plain encoders: items hold no cycles, and text stays readable in the store. Most of an item is
# written out by hand: a dictionary of it, made only to be encoded, costs as much again.
_json = json.JSONEncoder(check_circular=False, ensure_ascii=False, separators=(",", ":")).encode
_text = json.encoder.encode_basestring
_parsed = json.JSONDecoder().decode
_value = json.JSONDecoder().raw_decode


def encode(item: CalendarItem) -> str:
    """The item as one line of JSON."""
    zones: list[CustomZone] = []
    events = ",".join([_event_text(event, item.id, zones) for event in item.events])
    own = f",{_json([_zone_text(zone) for zone in zones])}" if zones else ""
    return f"[{_text(item.id)},{_text(item.etag)},[{events}]{own}]"


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


def names(text: str) -> tuple[str, str]:
    """Id and etag of what `encode` wrote, without a look at the rest."""
    key, end = _value(text, len("["))
    etag, _ = _value(text, end + len(","))
    return key, etag


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


def _event_text(event: Event, key: str, zones: list[CustomZone]) -> str:  # noqa: C901, PLR0912 - a field each
    parts = [f'"t":{_text(_when_text(event.start, zones))}']
    add = parts.append
    days, seconds = event.span
    if days or seconds:
        add(f'"l":[{days},{seconds}]')
    if event.uid != key:
        add(f'"u":{_text(event.uid)}')
    if event.recurrence is not None:
        add(f'"r":{_json(_recurrence_fields(event.recurrence, zones))}')
    if event.recurrence_id is not None:
        add(f'"i":{_text(_when_text(event.recurrence_id, zones))}')
    if event.summary:
        add(f'"s":{_text(event.summary)}')
    if event.location:
        add(f'"w":{_text(event.location)}')
    if event.this_and_future:
        add('"f":true')
    if event.status is not Status.CONFIRMED:
        add(f'"c":{_text(event.status)}')
    if not event.busy:
        add('"p":false')
    if event.kind is not Kind.DEFAULT:
        add(f'"k":{_text(event.kind)}')
    if event.visibility is not Visibility.PUBLIC:
        add(f'"v":{_text(event.visibility)}')
    if event.organizer:
        add(f'"o":{_text(event.organizer)}')
    if event.attendees:
        add(f'"a":[{_attendees(event.attendees)}]')
    if event.own_response is not None:
        add(f'"y":{_text(event.own_response)}')
    if event.sequence:
        add(f'"n":{event.sequence}')
    if event.last_modified_s:
        add(f'"m":{event.last_modified_s}')
    if event.marker:
        add(f'"x":{_text(event.marker)}')
    if event.unnamed_guests:
        add('"g":true')
    if event.comments:
        add(f'"q":{_json(event.comments)}')
    if event.proposed:
        add(f'"h":{_json(event.proposed)}')
    return f"{{{','.join(parts)}}}"


def _attendees(attendees: Iterable[Attendee]) -> str:
    return ",".join(
        [
            f"[{_text(address)},{_text(name)},{_text(answer)},{'true' if is_person else 'false'}]"
            for address, name, answer, is_person in attendees
        ]
    )


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
