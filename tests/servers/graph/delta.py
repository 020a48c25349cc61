"""What changed in a calendar view since a link was given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from tests.servers.graph.asked import Asked
from tests.servers.graph.items import Entry, Item, identity, within
from tests.servers.graph.mailbox import Mailbox
from tests.servers.graph.oracle import Json, Object
from tests.servers.graph.problems import Problem
from tests.servers.graph.showing import event, stub
from tests.servers.graph.views import PAGE, window

_NEVER = -1


class Round(NamedTuple):
    """What one link of a delta stands for.

    ``known`` are the entities told so far with their marks, by number and occurrence; ``waiting``
    what is still to be told in this round; ``since`` the mailbox's changes at its beginning.
    """

    calendar: str
    start: datetime
    end: datetime
    page: int
    since: int
    known: dict[tuple[int, datetime | None], str]
    waiting: tuple[tuple[Entry, ...], ...] = ()
    gone: tuple[Item, ...] = ()


@dataclass
class Rounds:
    """All links given out, by their token. A test empties it to make all of them unknown."""

    by_token: dict[str, Round] = field(default_factory=dict)
    given: int = 0

    def give(self, what: Round) -> str:
        self.given += 1
        token = f"R0usmcCM996atia_s{self.given:06}"
        self.by_token[token] = what
        return token


def changed(asked: Asked, rounds: Rounds) -> Object:
    """One page of a round (event-delta.md, delta-query-overview.md).

    The window is that of the first call, for ever. Occurrences are stubs. What was deleted, or
    changed outside the window, is ``@removed``; a deleted occurrence is not told by itself
    (microsoft-graph-docs#4501). A series never spreads over two pages.
    """
    if asked.meets("sync_state"):
        code = asked.fault.value if asked.fault else ""
        raise Problem(400, code, "A full synchronization is needed.") if code else unknown_state()
    now = _continued(asked, rounds)
    answer: Object = {"@odata.context": f"{asked.url}#Collection(event)", "value": []}
    if asked.meets("endless") or asked.meets("empty_page"):
        return {**answer, "@odata.nextLink": asked.link({"$skiptoken": rounds.give(now)})}
    answer["value"], left = _page(now, asked)
    if asked.meets("loops"):  # msgraph-sdk-dotnet#3082: the same page again, under another link
        return {**answer, "@odata.nextLink": asked.link({"$skiptoken": rounds.give(now)})}
    if asked.meets("repeat"):
        answer["value"] += answer["value"]
    if asked.meets("stray"):
        key = (asked.fault and asked.fault.value) or "AAkALgAAAAAAHYQDEapm"
        answer["value"].append({"id": key, "@removed": {"reason": "deleted"}})
    if left.waiting:
        return {**answer, "@odata.nextLink": asked.link({"$skiptoken": rounds.give(left)})}
    return {**answer, "@odata.deltaLink": asked.link({"$deltatoken": rounds.give(left)})}


def unknown_state() -> Problem:
    return Problem(
        410,
        "SyncStateNotFound",
        "The sync state generation is not found; continuing with synchronization is not possible.",
    )


def _continued(asked: Asked, rounds: Rounds) -> Round:
    query = asked.query
    token = query.get("$skiptoken") or query.get("$deltatoken")
    if token is None:
        start, end = window(asked)
        page = asked.prefer.page or PAGE
        return _begun(Round(asked.calendar, start, end, page, _NEVER, {}), asked.box)
    if token not in rounds.by_token:
        raise unknown_state()
    before = rounds.by_token[token]
    if before.calendar != asked.calendar:
        raise unknown_state()
    return before if "$skiptoken" in query else _begun(before, asked.box)


def _begun(last: Round, box: Mailbox) -> Round:
    """A round over everything that is not as it was told in the last one."""
    waiting, away = [], []
    for item in box.listed(last.calendar):
        if item.changed <= last.since:
            continue
        inside = within(item, last.start, last.end)
        if told := tuple(_news(item, inside, last)):
            waiting.append(told)
        if not inside:
            away.append(item)
    present = {item.number for item in box.items.values() if item.calendar == last.calendar}
    left = {number for number, _ in last.known} - present
    deleted = [
        each
        for number, each in box.gone.items()
        if number in left or (last.since < each.changed and each.calendar == last.calendar)
    ]
    moved = [box.items[number] for number in left if number in box.items]
    known = {key: mark for key, mark in last.known.items() if key[0] in present}
    unseen = [each.changed - 1 for each in box.items.values() if each.visible > box.clock.now()]
    return last._replace(
        since=min([box.changes, *unseen]),
        known=known,
        waiting=tuple(waiting),
        gone=(*deleted, *moved, *away) if last.since != _NEVER else (),
    )


def _news(item: Item, inside: list[Entry], last: Round) -> Iterator[Entry]:
    """What is to be told of an item: its master where it has one, and what differs."""
    if not inside:
        return
    if item.recurs and last.known.get((item.number, None)) != _mark(Entry(item)):
        yield Entry(item)
    for each in inside:
        if last.known.get((item.number, each.original)) != _mark(each):
            yield each


def _mark(entry: Entry) -> str:
    """What has to differ for an entity to be told again: of an occurrence, only its times."""
    start, end = entry.times()
    times = f"{start}{end}"
    return times if entry.kind == "occurrence" else f"{times}{entry.own.version}"


def _page(now: Round, asked: Asked) -> tuple[list[Json], Round]:
    """As many whole items as reach the size of a page, and what is left then."""
    told: list[Json] = []
    known = dict(now.known)
    waiting = list(now.waiting)
    while waiting and len(told) < now.page:
        for entry in waiting.pop(0):
            told.append(
                stub(entry, asked.prefer)
                if entry.kind == "occurrence"
                else {"@odata.type": "#microsoft.graph.event", **event(entry, asked)}
            )
            known[entry.item.number, entry.original] = _mark(entry)
    gone = now.gone
    if not waiting:
        for item in gone:
            key = identity(Entry(item), immutable=asked.prefer.immutable)
            told.append({"id": key, "@removed": {"reason": "deleted"}})
            for each in [each for each in known if each[0] == item.number]:
                del known[each]
        gone = ()
    return told, now._replace(known=known, waiting=tuple(waiting), gone=gone)
