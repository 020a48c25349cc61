"""Reads one calendar of Outlook's, after the first time only what changed.

Of the three ways Graph has, ``calendarView/delta`` is the one by which nothing new costs one
request. A plain ``calendarView`` is free of its traps but reads every occurrence of every series,
in full, at every run; a list of ``events`` has the masters of series without their exceptions, and
never says what was deleted. The traps, and what is done about them:

- Its window is that of the first call, for ever. When another window is asked for (that of the
  agent grows once a month) the calendar is read anew.
- What was changed outside the window is called deleted, too. An id we never saw is passed over;
  one that we know is looked at: if it stands, it was moved away and is taken in as it is now.
- Occurrences come as bare times, and of one that was deleted nothing is told by itself. Of a
  series of which anything is told all is read again, the occurrences as the service lists them.
  Should Graph tell nothing at all, the day stands until the calendar is read anew, within a month.
- It cannot tell our own mark (no ``$expand``). Where an event may be ours, ours are listed.
- Entities come twice, and pages come empty: the last of an entity counts.
- The pages of mailboxes with many series may come again and again, under a new link each time, and
  never to an end (microsoftgraph/msgraph-sdk-dotnet#3070, #3082). Then the plain view is read.
- Graph may forget where we were (``SyncStateNotFound``). Then the calendar is read anew, and what
  it lacks is absent, which is not deleted: an archive may have taken it.

Requests: one for nothing new, or for changed single events; one more for each that is gone, two
more for each series, one more if something of ours changed. A first reading takes one for each
500 entities and one for whose calendar it is.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import timedelta
from typing import Any, Final

from connectors.errors import NotAllowed, UnreadableAnswer
from connectors.outlook import own
from connectors.outlook.client import Graph, NoEnd, Refusal, text_of
from connectors.outlook.memory import Known, Memory, recalled, written
from connectors.outlook.parse import (
    FIELDS,
    group_of,
    is_exception,
    is_master,
    is_of_series,
    item,
)
from connectors.port import Changes, Cursor, Quarantined
from policies.calendar.event import CalendarItem
from policies.frozen import frozen
from policies.interval import Interval

Json = dict[str, Any]

_PAGE: Final = 500
_LONGEST: Final = timedelta(days=1_825)
"""No view of the calendar may be longer (microsoft-graph-docs#6284); ours grows year by year."""
_MOST_INSTANCES: Final = 1_000
_MOST_LOOKS: Final = 40
"""When more requests than these would follow, reading everything costs fewer."""
_READER: Final = "2"
"""Raise it when the same answers are read otherwise than before: then all is read again."""


@frozen
class OutlookReader:
    """The calendar ``calendar_id``, known as ``name``; ``most`` entities are read at the most."""

    name: str
    graph: Graph
    calendar_id: str
    most: int = 200_000

    def changes(self, cursor: Cursor | None, window: Interval) -> Changes:
        """See `connectors.port.CalendarReader.changes`.

        Raises:
            NotAllowed: beside the port's reasons, the calendar holds more than ``most`` entities.
        """
        window = Interval(max(window.start, window.end - _LONGEST), window.end)
        before = recalled(cursor, self._terms())
        if not before.link or before.window != _named(window):
            return self._everything(before, window)
        told: dict[str, Json] = {}
        try:
            link = self._round(before.link, told.__setitem__)
        except Refusal as error:
            if not error.is_lost_state:
                raise
            return self._everything(before, window)
        except NoEnd:
            return self._everything(before, window)
        return self._news(tuple(told.values()), replace(before, link=link), window)

    def _everything(
        self, before: Memory, window: Interval, removed: frozenset[str] = frozenset()
    ) -> Changes:
        """The calendar read anew; items ``removed`` were told to be gone before."""
        is_own = before.is_own if before.link else self._is_own()
        taking = _Taking(is_own, before.items, {}, {})
        waiting: dict[str, Json] = {}

        def take(key: str, raw: Json) -> None:
            """What is whole by itself; the rest waits for its series, or for our properties."""
            waiting.pop(key, None)
            taking.drop(key)
            if "@removed" in raw:
                return
            if is_of_series(raw) or own.is_ours(raw):
                waiting[key] = raw
            else:
                taking.take(key, (raw,))

        between = {"startDateTime": window.start.isoformat(), "endDateTime": window.end.isoformat()}
        try:
            link = self._round(self.graph.url(*self._at("calendarView", "delta"), **between), take)
        except NoEnd:
            link = ""  # the next run tries again
            view = self.graph.url(
                *self._at("calendarView"), **between, select=FIELDS, top=_MOST_INSTANCES
            )
            self._told(self.graph.pages(view, self.name), take)
        for group, parts in _grouped(self._marked(tuple(waiting.values()))).items():
            lacks = any(map(is_of_series, parts)) and not any(map(is_master, parts))
            taking.take(group, self._whole(group, window) if lacks else parts)
        memory = replace(before, link=link, window=_named(window), is_own=is_own)
        gone = _gone(before, taking)
        deleted = tuple(each for each in gone if each in removed)
        absent = tuple(each for each in gone if each not in removed)
        changes = self._answer(memory, taking)
        return replace(changes, deleted=deleted, absent=absent, anew=not before.items)

    def _news(self, told: Sequence[Json], before: Memory, window: Interval) -> Changes:
        groups = _grouped(raw for raw in told if "@removed" not in raw)
        known = before.groups
        lost = {known[raw["id"]] for raw in told if "@removed" in raw and raw["id"] in known}
        series = {
            group
            for group in groups
            if any(map(is_of_series, groups[group]))
            or before.items.get(group, Known(group)).is_series
        }
        if 2 * len(series) + len(lost - series) > _MOST_LOOKS:
            removed = frozenset(before.items[each].key for each in lost if each in before.items)
            return self._everything(before, window, removed)
        taking = _Taking(before.is_own, before.items, dict(before.items), dict(before.left_out))
        single = [raw for group in groups.keys() - series - lost for raw in groups[group]]
        for group, parts in sorted(_grouped(self._marked(single)).items()):
            taking.take(group, parts)
        for group in sorted(series | lost):
            taking.take(group, self._whole(group, window))
        changes = self._answer(before, taking)
        is_same = not groups and not lost
        return replace(changes, deleted=_gone(before, taking), unchanged=is_same)

    def _answer(self, memory: Memory, taking: _Taking) -> Changes:
        memory = replace(memory, items=taking.items, left_out=taking.left_out)
        return Changes(
            cursor=written(memory),
            changed=tuple(taking.changed.values()),
            quarantined=memory.quarantined,
            total=memory.total,
        )

    def _round(self, url: str, take: Callable[[str, Json], None]) -> str:
        """Give all that a link tells to ``take``, by its id, and return the link that goes on.

        Raises:
            NoEnd: there is none, only more and more pages.
        """
        link = self._told(self.graph.pages(url, self.name, page=_PAGE), take).get(
            "@odata.deltaLink"
        )
        if not isinstance(link, str):
            raise UnreadableAnswer(self.name, "its changes end without saying where to go on")
        return link

    def _told(self, pages: Iterable[Json], take: Callable[[str, Json], None]) -> Json:
        """The last of the pages; an entity may be told more than once, the last time counts."""
        last, number = Json(), 0
        for last in pages:
            number += len(last["value"])
            if number > self.most:
                cause = f"it has more than {self.most:,} events"
                raise NotAllowed(self.name, cause, "raise limits.components if it is meant to")
            for raw in last["value"]:
                raw["id"] = str(raw.get("id"))
                take(raw["id"], raw)
        return last

    def _whole(self, group: str, window: Interval) -> Sequence[Json]:
        """An event as it stands now, of a series with its occurrences; nothing if it is gone."""
        at = self._at("events", group)
        try:
            raw = self.graph.get(self.graph.url(*at, select=FIELDS, expand=own.EXPANDED), self.name)
            if not is_master(raw):
                return (raw,)
            days = self.graph.rows(
                self.graph.url(
                    *at,
                    "instances",
                    startDateTime=window.start.isoformat(),
                    endDateTime=window.end.isoformat(),
                    select=FIELDS,
                    top=_MOST_INSTANCES,
                ),
                self.name,
            )
        except Refusal as error:
            if error.is_gone:
                return ()
            raise
        return (raw, *days)

    def _marked(self, told: Sequence[Json]) -> Sequence[Json]:
        """The same, those of our own with their properties."""
        if not any(map(own.is_ours, told)):
            return told
        ours = f"ep/id eq {text_of(own.MADE)} and ep/value eq {text_of(own.BY_US)}"
        listed = self.graph.rows(
            self.graph.url(
                *self._at("events"),
                filter=f"singleValueExtendedProperties/Any(ep: {ours})",
                expand=own.EXPANDED,
                select="id,transactionId",
                top=_MOST_INSTANCES,
            ),
            self.name,
        )
        name = "singleValueExtendedProperties"
        kept = {str(raw.get("id")): raw.get(name) or [] for raw in listed}
        return [{**raw, name: kept[raw["id"]]} if raw["id"] in kept else raw for raw in told]

    def _is_own(self) -> bool:
        """Only whoever made a calendar can share it ("canShare", the resource type calendar)."""
        found = self.graph.get(self.graph.url(*self._at(), select="id,canShare"), self.name)
        return bool(found.get("canShare"))

    def _at(self, *path: str) -> tuple[str, ...]:
        return ("calendars", self.calendar_id, *path)

    def _terms(self) -> str:
        terms = f"{_READER} {self.calendar_id} {self.graph.account} {self.graph.base}"
        return hashlib.sha256(terms.encode()).hexdigest()[:16]


@frozen
class _Taking:
    """What one reading comes to: the items there are now, beside what was ``known`` before."""

    is_own: bool
    known: Mapping[str, Known]
    items: dict[str, Known]
    left_out: dict[str, tuple[Quarantined, ...]]
    changed: dict[str, CalendarItem] = field(default_factory=dict)

    def drop(self, group: str) -> None:
        """What was taken is no longer so; it may be taken anew."""
        self.left_out.pop(group, None)
        if gone := self.items.pop(group, None):
            self.changed.pop(gone.key, None)

    def take(self, group: str, parts: Sequence[Json]) -> None:
        """Put one item in place of what it was; one that cannot be read stays as it was."""
        self.left_out.pop(group, None)
        parsed = item(group, parts, is_own=self.is_own)
        if parsed.left_out:
            self.left_out[group] = parsed.left_out
        if parsed.item is not None:
            exceptions = tuple(sorted(str(raw["id"]) for raw in parts if is_exception(raw)))
            is_series = any(map(is_of_series, parts))
            self.items[group] = Known(parsed.item.id, is_series, exceptions)
            self.changed[parsed.item.id] = parsed.item
        elif parsed.left_out and group in self.known:
            self.items[group] = self.known[group]
        else:
            self.items.pop(group, None)


def _grouped(told: Iterable[Json]) -> Mapping[str, Sequence[Json]]:
    groups: dict[str, list[Json]] = defaultdict(list)
    for raw in told:
        groups[group_of(raw)].append(raw)
    return groups


def _gone(before: Memory, taking: _Taking) -> tuple[str, ...]:
    here = {known.key for known in taking.items.values()}
    return tuple(sorted({known.key for known in before.items.values()} - here))


def _named(window: Interval) -> str:
    return f"{window.start.isoformat()} {window.end.isoformat()}"
