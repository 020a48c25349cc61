"""Events: read, create, change, delete, call off; and who is mailed for each of these."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from tests.servers.graph.asked import Asked
from tests.servers.graph.items import Entry, Item
from tests.servers.graph.mailbox import DEFAULTS
from tests.servers.graph.moments import NO_TIME, Moment, midnight, read_moment
from tests.servers.graph.oracle import Object, check_action, check_written
from tests.servers.graph.problems import Problem, denied, malformed
from tests.servers.graph.series import check_recurrence
from tests.servers.graph.showing import check_options, event, property_id

MOST_GUESTS = 500
_APART = {"start", "end", "attendees", "transactionId", "singleValueExtendedProperties"}
_GUESTS = {"attendees"}
_MOVES = {"start", "end", "recurrence", "location"}
_PATTERN: Object = {"month": 0, "dayOfMonth": 0, "firstDayOfWeek": "sunday", "index": "first"}
_RANGE: Object = {"endDate": "0001-01-01", "numberOfOccurrences": 0}


@dataclass
class _Draft:
    """What an item is to become; nothing is touched until all of it is known to be right."""

    props: Object
    start: Moment
    end: Moment
    extended: dict[str, str]


def got(asked: Asked) -> Object:
    return event(_entry(asked, writing=False), asked)


def created(asked: Asked) -> Object:
    """A new event, or the one made before with this ``transactionId`` and the same content.

    What Graph answers to a repeated request is not documented; that another event with the same
    ``transactionId`` is refused is (alcionai/corso#2490).
    """
    box, body = asked.box, asked.body
    check_options(asked)
    check_written("event", body)
    if not box.calendars[asked.calendar]["canEdit"]:
        raise denied()
    if not body.get("start") or not body.get("end"):
        raise malformed("An event needs a start and an end.")
    transaction = body.get("transactionId") or ""
    if transaction in box.transactions:
        return _replayed(asked, transaction)
    start, end = (read_moment(body[each], each) for each in ("start", "end"))
    now = box.clock.now()
    blank = Item(0, "", copy.deepcopy(DEFAULTS), start, end, "", now, now, now, 0)
    draft = _drafted(blank, asked, fresh=True)
    item = box.insert(asked.calendar, start, end)
    box.show_late(item, _lag(asked), None)
    _settle(item, draft)
    item.transaction = transaction
    if transaction:
        box.transactions[transaction] = (item.number, copy.deepcopy(body))
    entry = Entry(item)
    box.mail(entry, dict.fromkeys(item.guests, "invited"))
    answer = event(entry, asked)
    if asked.meets("lost"):
        del box.items[item.number]
        box.transactions.pop(transaction, None)
    return answer


def _lag(asked: Asked) -> timedelta:
    if asked.fault is None or not asked.meets("lag"):
        return timedelta()
    return timedelta(seconds=float(asked.fault.value or 30))


def updated(asked: Asked) -> Object:
    """Changed where the body says so. With attendees, each of them is told at once.

    A body with ``attendees`` alone is told only to those added or removed (event-update.md).
    """
    box, body = asked.box, asked.body
    entry = _entry(asked)
    check_options(asked)
    check_written("event", body)
    if "transactionId" in body:
        raise malformed("Set action is invalid for property 'transactionId'.")
    _may_write(entry, asked)
    if entry.original is not None and "recurrence" in body:
        raise malformed("An occurrence has no recurrence of its own.")
    before = set(entry.own.guests)
    draft = _drafted(_at_hand(entry), asked, fresh=False)
    if entry.original is not None and entry.original not in entry.item.exceptions:
        entry.item.exceptions[entry.original] = _exception(entry)
    box.show_late(entry.item, _lag(asked), _copy(entry.item))
    item = entry.own
    item.sequence += not _MOVES.isdisjoint(body)
    _settle(item, draft)
    box.touch(item)
    if item is not entry.item:
        box.touch(entry.item)
    if item.props.get("isOrganizer", True):
        told = _told(before, set(item.guests), everyone=box.mails_everyone or {*body} != _GUESTS)
        box.mail(entry, told)
    return event(entry, asked)


def deleted(asked: Asked) -> None:
    """Gone; the guests of an organiser are told that it is called off."""
    entry = _entry(asked)
    _may_write(entry, asked)
    _call_off(entry, asked, "")


def cancelled(asked: Asked) -> None:
    """As a deletion, with a word to the guests; only an organiser can.

    Raises:
        Problem: 400.
    """
    check_action("cancel", asked.body)
    entry = _entry(asked)
    if not entry.own.props.get("isOrganizer", True):
        raise Problem(400, "ErrorInvalidRequest", "You need to be an organizer to cancel.")
    _may_write(entry, asked)
    comment = asked.body.get("comment", asked.body.get("Comment")) or ""
    _call_off(entry, asked, comment)


def _call_off(entry: Entry, asked: Asked, comment: str) -> None:
    if entry.own.props.get("isOrganizer", True):
        asked.box.mail(entry, dict.fromkeys(entry.own.guests, "cancelled"), comment)
    asked.box.discard(entry)


def _told(before: set[str], after: set[str], *, everyone: bool) -> Mapping[str, str]:
    stayed = dict.fromkeys(sorted(before & after), "updated") if everyone else {}
    new = dict.fromkeys(sorted(after - before), "invited")
    return {**stayed, **new, **dict.fromkeys(sorted(before - after), "cancelled")}


def _entry(asked: Asked, *, writing: bool = True) -> Entry:
    ids, immutable = asked.place.ids, asked.prefer.immutable
    calendar = ids.get("calendar", "")
    return asked.box.entry(ids["event"], immutable=immutable, calendar=calendar, writing=writing)


def _copy(item: Item) -> Item:
    return copy.deepcopy(replace(item, before=None))


def _may_write(entry: Entry, asked: Asked) -> None:
    if not asked.box.calendars[entry.item.calendar]["canEdit"]:
        raise denied()
    asked.box.check_version(entry.own, asked.headers.get("if-match", ""))


def _replayed(asked: Asked, transaction: str) -> Object:
    number, body = asked.box.transactions[transaction]
    if body != asked.body or number not in asked.box.items:
        raise Problem(
            409,
            "ErrorDuplicateTransactionId",
            "Your request can't be completed. The TransactionId is already used.",
        )
    return event(Entry(asked.box.items[number]), asked)


def _exception(entry: Entry) -> Item:
    start, end = entry.times()
    props = {**copy.deepcopy(entry.item.props), "recurrence": None}
    return replace(
        entry.item, props=props, start=start, end=end, extended={}, exceptions={}, skipped=set()
    )


def _at_hand(entry: Entry) -> Item:
    """What a change begins with: an occurrence has its own times and the series' properties."""
    return entry.own if entry.kind != "occurrence" else _exception(entry)


def _drafted(item: Item, asked: Asked, *, fresh: bool) -> _Draft:
    """What ``item`` becomes with the body's properties.

    Raises:
        Problem: 400.
    """
    body = asked.body
    props = copy.deepcopy(item.props)
    props.update(copy.deepcopy({key: body[key] for key in body if key not in _APART}))
    props = {key: value for key, value in props.items() if "@" not in key}
    start = read_moment(body["start"], "start") if "start" in body else item.start
    end = read_moment(body["end"], "end") if "end" in body else item.end
    _check_times(start, end, all_day=props["isAllDay"])
    moved = (start, end) != (item.start, item.end)
    if "attendees" in body:
        props["attendees"] = _attendees(body["attendees"] or [], item)
    if moved and not fresh:
        for each in props["attendees"]:
            each["status"] = {"response": "none", "time": NO_TIME}
            each.pop("proposedNewTime", None)
    if props["recurrence"]:
        props["recurrence"] = _recurrence(props["recurrence"], start, given="recurrence" in body)
    _check_body(props)
    if fresh or not item.props["isOnlineMeeting"]:
        _meet_online(props, asked)
    else:
        props["onlineMeetingProvider"] = item.props["onlineMeetingProvider"]
        props["isOnlineMeeting"] = True
    return _Draft(props, start, end, {**item.extended, **_extended(body)})


def _settle(item: Item, draft: _Draft) -> None:
    item.props, item.start, item.end = draft.props, draft.start, draft.end
    item.extended = draft.extended


def _check_times(start: Moment, end: Moment, *, all_day: bool) -> None:
    if end.instant() < start.instant():
        raise Problem(400, "ErrorPropertyValidationFailure", "The end is before the start.")
    whole = midnight(start) and midnight(end) and start.zone == end.zone and start < end
    if all_day and not whole:
        raise Problem(
            400,
            "ErrorPropertyValidationFailure",
            "An all-day event must start and end at midnight of the same time zone, on two days.",
        )


def _check_body(props: Object) -> None:
    body = props["body"] or {}
    props["body"] = {
        "contentType": body.get("contentType") or "text",
        "content": body.get("content") or "",
    }
    location = props["location"] or {}
    props["location"] = {"displayName": "", "locationType": "default", **location}
    props["categories"] = props["categories"] or []


def _attendees(given: list[Object], item: Item) -> list[Object]:
    """Answers stay with those who gave them; what a body says of them is not heeded."""
    known = {each["emailAddress"]["address"].lower(): each for each in item.props["attendees"]}
    if len(given) > MOST_GUESTS:
        raise Problem(400, "ErrorInvalidRequest", f"More than {MOST_GUESTS} attendees.")
    people: dict[str, Object] = {}
    for each in given:
        address = (each.get("emailAddress") or {}).get("address") or ""
        if "@" not in address:
            raise Problem(400, "ErrorInvalidRecipients", "An attendee needs an address.")
        before = known.get(address.lower(), {})
        name = each["emailAddress"].get("name") or address
        person = {
            "type": each.get("type") or "required",
            "status": before.get("status", {"response": "none", "time": NO_TIME}),
            "emailAddress": {"name": name, "address": address},
        }
        if "proposedNewTime" in before:
            person["proposedNewTime"] = before["proposedNewTime"]
        people[address.lower()] = person
    return list(people.values())


def _recurrence(rule: Object, start: Moment, *, given: bool) -> Object:
    """With everything Graph adds. A series begins on the day that its event does."""
    check_recurrence(rule)
    day = start.wall.date().isoformat()
    if given and rule["range"]["startDate"] != day:
        raise Problem(400, "ErrorInvalidRecurrence", "The range and the event start on two days.")
    span = {**_RANGE, "recurrenceTimeZone": start.zone, **rule["range"], "startDate": day}
    return {"pattern": {**_PATTERN, "daysOfWeek": [], **rule["pattern"]}, "range": span}


def _meet_online(props: Object, asked: Asked) -> None:
    """A meeting is online with a provider that the calendar allows, once and for all."""
    if not props["isOnlineMeeting"]:
        props["onlineMeetingProvider"] = "unknown"
        return
    calendar = asked.box.calendars[asked.calendar]
    if props["onlineMeetingProvider"] == "unknown":
        props["onlineMeetingProvider"] = calendar["defaultOnlineMeetingProvider"]
    if props["onlineMeetingProvider"] not in calendar["allowedOnlineMeetingProviders"]:
        raise Problem(400, "ErrorInvalidRequest", "This calendar has no such online meetings.")
    number = asked.box.changes + 1
    props["onlineMeeting"] = {"joinUrl": f"https://teams.example.com/l/meetup-join/{number}"}


def _extended(body: Object) -> dict[str, str]:
    found = {}
    for each in body.get("singleValueExtendedProperties") or []:
        if not each.get("id") or not isinstance(each.get("value"), str):
            raise malformed("An extended property needs an id and a value.")
        found[property_id(each["id"])] = each["value"]
    return found
