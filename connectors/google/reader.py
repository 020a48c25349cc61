"""Reads one calendar of Google's, after the first time only what changed.

Series are read as masters and changed instances, and expanded by our own engine: Google would
list every instance, some to the end of time. Where one part of a series changed, all of it is
fetched again, because an item is replaced as a whole.

A first listing begins with the window; what ended before it stays unread. Later changes of
older events are reported all the same and taken in. After Google has given a token up the
calendar is listed anew, once, and whatever that lacks is absent, which is not deleted: it may
have ended before the window.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from connectors.errors import NotAllowed, UnreadableAnswer
from connectors.google.client import GoogleClient
from connectors.google.memory import Known, Memory, recalled, written
from connectors.google.pages import pages
from connectors.google.parse import (
    FIELDS,
    Place,
    cancelled_instance,
    group_of,
    is_cancelled,
    is_of_series,
    item,
    original_of,
)
from connectors.google.refusals import Refusal
from connectors.port import Changes, Cursor, Quarantined
from policies.calendar.event import CalendarItem
from policies.frozen import frozen
from policies.interval import Interval

Json = dict[str, Any]
_Take = Callable[[str, Sequence[Json], Place], None]

_PAGE: Final = 2_500
_MOST_SERIES: Final = 50
"""When more series than these changed at once, listing everything costs fewer requests."""
_ASKED: Final = f"nextPageToken,nextSyncToken,timeZone,accessRole,items({FIELDS})"
_READER: Final = "2"
"""Raise it when the same answers are read otherwise than before: then all is read again."""
_GARBLED: Final = "invalid"
"""With 400, what Google says to a token of its own that it can no longer read."""
_GONE: Final = frozenset((HTTPStatus.NOT_FOUND, HTTPStatus.GONE))


class _Listed(NamedTuple):
    """A listing: its events by the id of their item, and the token that goes on from it."""

    groups: Mapping[str, Sequence[Json]]
    token: str
    place: Place


@frozen
class GoogleReader:
    """The calendar ``calendar_id`` (``primary`` is the account's own), known as ``name``.

    ``zone`` is the IANA zone of times that name none, where the calendar itself has none.
    ``most`` events are read at the most.
    """

    name: str
    client: GoogleClient
    calendar_id: str
    zone: str
    most: int = 200_000

    def changes(self, cursor: Cursor | None, window: Interval) -> Changes:
        """See `connectors.port.CalendarReader.changes`.

        Raises:
            NotAllowed: beside the port's reasons, the calendar holds more than ``most`` events.
        """
        before = recalled(cursor, self._terms())
        if not before.token:
            return self._everything(window.start, before)
        try:
            news = self._listed(syncToken=before.token)
        except Refusal as error:
            if error.status != HTTPStatus.GONE and error.reason != _GARBLED:
                raise
            return self._everything(window.start, before)
        changed_series = [group for group in news.groups if _is_series(news, before, group)]
        if len(changed_series) > _MOST_SERIES:
            return _with_deleted(self._everything(window.start, before), news, before)
        whole = {group: self._whole(group, news, before) for group in changed_series}
        return self._news(news, {**news.groups, **whole}, before)

    def _everything(self, since: datetime, before: Memory) -> Changes:
        taking = _Taking(before.items, {}, {})
        listed = self._listed(alone=taking.take, timeMin=since.isoformat())
        for group, parts in listed.groups.items():
            taking.take(group, parts, listed.place)
        changes = self._answer(listed, taking)
        return replace(changes, absent=_gone(before, taking), anew=not before.items)

    def _news(self, news: _Listed, groups: Mapping[str, Sequence[Json]], before: Memory) -> Changes:
        taking = _Taking(before.items, dict(before.items), dict(before.left_out))
        for group, parts in groups.items():
            taking.take(group, parts, news.place)
        changes = self._answer(news, taking)
        return replace(changes, deleted=_gone(before, taking), unchanged=not groups)

    def _answer(self, listed: _Listed, taking: _Taking) -> Changes:
        memory = Memory(self._terms(), listed.token, taking.items, taking.left_out)
        return Changes(
            cursor=written(memory),
            changed=tuple(taking.changed.values()),
            quarantined=memory.quarantined,
            total=memory.total,
        )

    def _whole(self, group: str, news: _Listed, before: Memory) -> Sequence[Json]:
        """All of a series of which something changed.

        Its cancelled instances are remembered as well, should this listing not show them.
        """
        parts, known = news.groups[group], before.items.get(group, Known(group))
        if all(is_cancelled(raw) for raw in parts) and any(raw.get("id") == group for raw in parts):
            return parts
        uid = next((str(raw["iCalUID"]) for raw in parts if raw.get("iCalUID")), known.uid)
        uid = uid or self._uid_of(group)
        stubs = [cancelled_instance(group, original) for original in known.cancelled]
        every = {original_of(raw): raw for raw in (*stubs, *parts)}
        if uid:
            found = self._listed(iCalUID=uid, showDeleted=True, needs_token=False)
            every.update({original_of(raw): raw for raw in found.groups.get(group, ())})
        return tuple(every.values())

    def _uid_of(self, group: str) -> str:
        request = self.client.events.get(
            calendarId=self.calendar_id, eventId=group, fields="iCalUID"
        )
        try:
            return str(self.client.read(request, self.name).get("iCalUID", ""))
        except Refusal as error:
            if error.status in _GONE:  # only single instances of it are in this calendar
                return ""
            raise

    def _listed(
        self, *, needs_token: bool = True, alone: _Take | None = None, **asked: object
    ) -> _Listed:
        """A whole listing; an event of no series goes to ``alone``, if given, and is not kept."""

        def ask(page: str) -> Json:
            request = self.client.events.list(
                calendarId=self.calendar_id,
                maxResults=_PAGE,
                singleEvents=False,
                pageToken=page or None,
                fields=_ASKED,
                **asked,
            )
            return self.client.read(request, self.name)

        groups: dict[str, dict[str, Json]] = defaultdict(dict)
        last, place, number = Json(), Place(self.zone, is_own=False), 0
        for last in pages(self.name, ask):
            place = Place(str(last.get("timeZone") or self.zone), last.get("accessRole") == "owner")
            for raw in last.get("items", ()):
                group = group_of(raw)
                if alone is None or is_of_series(raw):
                    groups[group][str(raw.get("id"))] = raw
                else:
                    groups.pop(group, None)  # what it was on an earlier page
                    alone(group, (raw,), place)
            number += len(last.get("items", ()))
            if number > self.most:
                cause = f"it has more than {self.most:,} events"
                raise NotAllowed(self.name, cause, "raise limits.components if it is meant to")
        token = last.get("nextSyncToken")
        if needs_token and not isinstance(token, str):
            raise UnreadableAnswer(self.name, "its listing ends without saying where to go on")
        parts = {group: tuple(some.values()) for group, some in groups.items()}
        return _Listed(parts, str(token or ""), place)

    def _terms(self) -> str:
        terms = f"{_READER} {self.calendar_id} {self.zone} {self.client.account}"
        return hashlib.sha256(terms.encode()).hexdigest()[:16]


@frozen
class _Taking:
    """What one reading comes to: the items there are now, beside what was ``known`` before."""

    known: Mapping[str, Known]
    items: dict[str, Known]
    left_out: dict[str, tuple[Quarantined, ...]]
    changed: dict[str, CalendarItem] = field(default_factory=dict)

    def take(self, group: str, parts: Sequence[Json], place: Place) -> None:
        """Put one item in place of what it was; one that cannot be read stays as it was."""
        self.left_out.pop(group, None)
        if not group:
            self.left_out[group] = (Quarantined("an event", "it has no id"),)
            return
        if all(map(is_cancelled, parts)):
            if gone := self.items.pop(group, None):
                self.changed.pop(gone.key, None)  # it was there on an earlier page
            return
        standing = [raw for raw in parts if not (is_cancelled(raw) and raw.get("id") == group)]
        parsed = item(group, standing, place)
        if parsed.left_out:
            self.left_out[group] = parsed.left_out
        if parsed.item is not None:
            self.items[group] = _remembered(group, parsed.item.id, standing)
            self.changed[parsed.item.id] = parsed.item
        elif group in self.known:
            self.items[group] = self.known[group]


def _remembered(group: str, key: str, parts: Sequence[Json]) -> Known:
    if not any(map(is_of_series, parts)):
        return Known(key)
    uid = next((str(raw["iCalUID"]) for raw in parts if raw.get("iCalUID")), group)
    return Known(key, uid, tuple(sorted(original_of(raw) for raw in parts if is_cancelled(raw))))


def _is_series(news: _Listed, before: Memory, group: str) -> bool:
    return before.items.get(group, Known("")).is_series or any(
        map(is_of_series, news.groups[group])
    )


def _with_deleted(changes: Changes, news: _Listed, before: Memory) -> Changes:
    """A whole listing, and of what it lacks, what Google says was deleted."""
    cancelled = {
        before.items[group].key
        for group, parts in news.groups.items()
        if group in before.items and all(map(is_cancelled, parts))
    }
    return replace(
        changes,
        absent=tuple(each for each in changes.absent if each not in cancelled),
        deleted=tuple(each for each in changes.absent if each in cancelled),
    )


def _gone(before: Memory, taking: _Taking) -> tuple[str, ...]:
    here = {known.key for known in taking.items.values()}
    return tuple(sorted({known.key for known in before.items.values()} - here))
