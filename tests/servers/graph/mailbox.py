"""One account's mailbox: calendars and what stands in them, and everything guests were told.

What an owner or a guest does by other means than Graph is here too: `add`, `move`, `answer`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.servers.common import Clock, Mail
from tests.servers.graph.accounts import Account, identifier
from tests.servers.graph.items import Entry, Item, Reference, identity, reference, within
from tests.servers.graph.moments import NO_TIME, Moment, shown, stamp
from tests.servers.graph.oracle import Json, Object
from tests.servers.graph.people import Circle
from tests.servers.graph.problems import Problem, not_found

TEAMS = "teamsForBusiness"
DEFAULTS: Object = {
    "subject": "",
    "body": {"contentType": "text", "content": ""},
    "importance": "normal",
    "sensitivity": "normal",
    "showAs": "busy",
    "isAllDay": False,
    "isCancelled": False,
    "isReminderOn": True,
    "reminderMinutesBeforeStart": 15,
    "responseRequested": True,
    "allowNewTimeProposals": True,
    "hideAttendees": False,
    "isOnlineMeeting": False,
    "onlineMeetingProvider": "unknown",
    "location": {"displayName": "", "locationType": "default"},
    "categories": [],
    "attendees": [],
    "recurrence": None,
}


@dataclass
class Mailbox:
    """``honours_if_match`` and ``mails_everyone`` are what Microsoft's documents leave open.

    The first: whether a write with a stale ``If-Match`` is refused. The second: whether a change
    of nothing but ``attendees`` is mailed to all of them, not only to those it concerns.
    """

    account: Account
    clock: Clock
    calendars: dict[str, Object] = field(default_factory=dict)
    items: dict[int, Item] = field(default_factory=dict)
    gone: dict[int, Item] = field(default_factory=dict)
    outbox: list[Mail] = field(default_factory=list)
    transactions: dict[str, tuple[int, Object]] = field(default_factory=dict)
    changes: int = 0
    honours_if_match: bool = True
    mails_everyone: bool = False
    circle: Circle = field(default_factory=Circle)

    def __post_init__(self) -> None:
        self.add_calendar("Calendar", default=True)

    @property
    def default(self) -> str:
        return next(key for key, each in self.calendars.items() if each["isDefaultCalendar"])

    # What the owner and the guests do

    def add_calendar(
        self, name: str, *, default: bool = False, can_edit: bool = True, owner: str = ""
    ) -> str:
        """Returns its id. With an ``owner`` it is somebody else's, shared with the account."""
        key = f"AQMkAD{identifier(self.account.address + name).replace('-', '')}"
        work = not self.account.personal
        self.calendars[key] = {
            "id": key,
            "name": name,
            "color": "auto",
            "hexColor": "",
            "isDefaultCalendar": default,
            "changeKey": identifier(name)[:8],
            "canShare": can_edit,
            "canViewPrivateItems": can_edit,
            "canEdit": can_edit,
            "isTallyingResponses": default,
            "isRemovable": not default,
            "allowedOnlineMeetingProviders": [TEAMS] if work else [],
            "defaultOnlineMeetingProvider": TEAMS if work else "unknown",
            "owner": {"name": self.account.name, "address": owner or self.account.address},
        }
        return key

    def add(
        self,
        start: datetime,
        end: datetime,
        *,
        zone: str = "UTC",
        calendar: str = "",
        **props: Json,
    ) -> str:
        """The owner's own doing, or an invitation received; nobody is told. Wall times of ``zone``.

        Returns:
            The immutable id.
        """
        item = self.insert(calendar or self.default, Moment(start, zone), Moment(end, zone))
        item.props.update(copy.deepcopy(props))
        item.extended.update(item.props.pop("extended", {}))
        item.uid = item.props.pop("iCalUId", item.uid)
        for each in item.props["attendees"]:
            each.setdefault("status", {"response": "none", "time": NO_TIME})
            each.setdefault("type", "required")
        return identity(Entry(item), immutable=True)

    def move(self, immutable: str, calendar: str) -> None:
        """Into another calendar: the item's other id changes."""
        item = self.entry(immutable, immutable=True).item
        item.calendar, item.moves = calendar, item.moves + 1
        self.touch(item)

    def remove(self, immutable: str) -> None:
        """The owner deletes it elsewhere; nobody is told."""
        self.discard(self.entry(immutable, immutable=True))

    def answer(
        self,
        immutable: str,
        guest: str,
        response: str,
        proposed: tuple[datetime, datetime] | None = None,
    ) -> None:
        """A guest accepts, declines or proposes a time (in UTC).

        Only counted in a calendar that tallies responses, as the calendar's page says.
        """
        item = self.known_as(immutable)
        if proposed and not item.props["allowNewTimeProposals"]:
            raise ValueError("this meeting takes no proposals")
        if not self.calendars[item.calendar]["isTallyingResponses"]:
            return
        asked = [a for a in item.props["attendees"] if a["emailAddress"]["address"] == guest]
        asked[0]["status"] = {"response": response, "time": stamp(self.clock.now())}
        if proposed:
            start, end = (shown(each.replace(tzinfo=None), "UTC") for each in proposed)
            asked[0]["proposedNewTime"] = {"start": start, "end": end}
        self.touch(item)

    # What stands in it

    def entry(
        self, text: str, *, immutable: bool, calendar: str = "", writing: bool = False
    ) -> Entry:
        """What an id means to a reader now, or to someone ``writing``.

        Events of a calendar that is shared are found by way of that calendar alone
        (OpenWhispr/openwhispr#1835).

        Raises:
            Problem: 404.
        """
        found: Reference = reference(text, immutable=immutable)
        item = self.items.get(found.number)
        item = item if writing or item is None else self._seen(item)
        if item is None:
            raise not_found()
        theirs = self.calendars[item.calendar]["owner"]["address"] != self.account.address
        if item.calendar != calendar if calendar else theirs:
            raise not_found()
        if found.moves not in {None, item.moves}:
            raise not_found()
        if found.original is None:
            return Entry(item)
        wall = Entry(item, found.original)
        if not item.recurs or found.original in item.skipped:
            raise not_found()
        return wall

    def known_as(self, immutable: str) -> Item:
        """What an immutable id stands for, or stood for before it was deleted."""
        number = reference(immutable, immutable=True).number
        return self.items.get(number) or self.gone[number]

    def listed(self, calendar: str) -> Iterator[Item]:
        seen = (self._seen(each) for each in self.items.values())
        return (each for each in seen if each and each.calendar == calendar)

    def _seen(self, item: Item) -> Item | None:
        """What readers see of it."""
        return item if item.visible <= self.clock.now() else item.before

    def view(self, calendar: str, start: datetime, end: datetime) -> list[Entry]:
        """Occurrences, exceptions and single events of the interval, by their start."""
        found = [each for item in self.listed(calendar) for each in within(item, start, end)]
        return sorted(found, key=lambda each: (each.times()[0].instant(), each.item.number))

    def insert(self, calendar: str, start: Moment, end: Moment) -> Item:
        now = self.clock.now()
        self.changes += 1
        number = self.changes
        uid = f"040000008200E00074C5B7101A82E008{number:032X}"
        props = copy.deepcopy(DEFAULTS)
        item = Item(number, calendar, props, start, end, uid, now, now, now, self.changes)
        self.items[number] = item
        return item

    def show_late(self, item: Item, lag: timedelta, before: Item | None) -> None:
        """For as long as ``lag`` readers see it as it was ``before``, or not at all."""
        if lag:
            item.visible, item.before = self.clock.now() + lag, before

    def touch(self, item: Item) -> None:
        self.changes += 1
        item.changed = self.changes
        item.version += 1
        item.modified = self.clock.now()

    def discard(self, entry: Entry) -> None:
        """Delete an item, or one occurrence of a series."""
        item = entry.item
        if entry.original is not None:
            item.skipped.add(entry.original)
            item.exceptions.pop(entry.original, None)
            self.touch(item)
            return
        self.touch(item)
        self.gone[item.number] = self.items.pop(item.number)

    def check_version(self, item: Item, if_match: str) -> None:
        """Raises: Problem 412, where this mailbox heeds the header at all."""
        if if_match in {"", "*"} or not self.honours_if_match:
            return
        if if_match != etag(item):
            raise Problem(
                412,
                "ErrorIrresolvableConflict",
                "The send or update operation could not be performed because the change key "
                "passed in the request does not match the current change key for the item.",
            )

    def mail(self, entry: Entry, guests: Mapping[str, str], comment: str = "") -> None:
        """Tell each of ``guests`` what happened to them: invited, updated or cancelled."""
        own, now = entry.own, self.clock.now()
        start, end = (each.instant().isoformat() for each in entry.times())
        for guest, kind in guests.items():
            text = comment or own.props["body"]["content"]
            known = tuple(own.guests)
            subject = own.props["subject"] or ""
            key = identity(entry, immutable=True)
            self.outbox.append(
                Mail(guest, kind, key, own.uid, own.sequence, subject, start, end, text, known, now)
            )


def change_key(item: Item) -> str:
    return f"DwAAABYAAA{item.number:04X}{item.version:04X}{item.moves:02X}"


def etag(item: Item) -> str:
    return f'W/"{change_key(item)}"'
