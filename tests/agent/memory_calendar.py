"""A calendar in memory, as real a `CalendarWriter` as any, whose service can be told to fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple, TypeVar

from connectors.errors import ChangedMeanwhile
from connectors.port import Found, OwnEvent, Written
from policies.interval import Interval

T = TypeVar("T")


class Fault(NamedTuple):
    """One call that fails, ``find``, ``create`` or ``update``: before it is done, or after.

    ``passing`` are the calls of that name which still go well.
    """

    call: str
    when: str
    error: BaseException
    passing: int = 0


class MemoryCalendar:
    """Events by UID with a version each; ``writes`` tells every change that came through us."""

    def __init__(self) -> None:
        self.events: dict[str, OwnEvent] = {}
        self.guests: dict[str, frozenset[str]] = {}
        self.unreadable: set[str] = set()
        self.writes: list[tuple[str, str]] = []
        self.faults: list[Fault] = []
        self._versions: dict[str, int] = {}

    def find(self, uid: str) -> Found | None:
        def found() -> Found | None:
            if uid not in self.events:
                return None
            event = None if uid in self.unreadable else self.events[uid]
            return Found(self._written(uid), event, self.guests.get(uid, frozenset()))

        return self._faulty("find", found)

    def create(self, event: OwnEvent) -> Written:
        def created() -> Written:
            if event.uid in self.events:
                raise ChangedMeanwhile("memory", "something stands there already")
            return self._put("create", event)

        return self._faulty("create", created)

    def update(self, written: Written, event: OwnEvent) -> Written:
        def updated() -> Written:
            if event.uid not in self.events or self._written(event.uid) != written:
                raise ChangedMeanwhile("memory", "it is not as it was")
            return self._put("update", event)

        return self._faulty("update", updated)

    def delete(self, written: Written) -> None:
        raise AssertionError("planning never deletes an event")

    def by_hand(self, uid: str, **fields: object) -> None:
        """The owner changes an event in their own calendar program."""
        self.events[uid] = replace(self.events[uid], **fields)  # type: ignore[arg-type]
        self._versions[uid] += 1

    def moved_by_hand(self, uid: str, when: Interval) -> None:
        self.by_hand(uid, when=when)

    def deleted_by_hand(self, uid: str) -> None:
        del self.events[uid]

    def _put(self, what: str, event: OwnEvent) -> Written:
        self.events[event.uid] = event
        self._versions[event.uid] = self._versions.get(event.uid, 0) + 1
        self.writes.append((what, event.uid))
        return self._written(event.uid)

    def _written(self, uid: str) -> Written:
        return Written(f"{uid}.ics", str(self._versions[uid]))

    def _faulty(self, name: str, call: Callable[[], T]) -> T:
        fault = next((each for each in self.faults if each.call == name), None)
        if fault is None:
            return call()
        self.faults.remove(fault)
        if fault.passing:
            self.faults.insert(0, fault._replace(passing=fault.passing - 1))
            return call()
        if fault.when == "after":
            call()
        raise fault.error
