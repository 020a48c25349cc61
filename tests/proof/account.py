"""One calendar of an account, as its owner, its service and we see it, with other people's events.

It is the model of a channel that sending is tested with, and can be read as well. What is not
ours stands among ours, so that a write to it is possible, and is noticed by its bytes.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple, TypeVar

from connectors.errors import (
    ConnectorError,
    MayHaveHappened,
    NeedsLogin,
    NotAllowed,
    TemporarilyUnavailable,
    UnreadableAnswer,
)
from connectors.port import Changes, Cursor, OwnEvent
from policies.calendar.event import Attendee, CalendarItem, Event, Response, Span
from policies.interval import Interval
from policies.sending.action import ActionKind, Payload
from policies.wall import WallTime
from tests.agent.model_channel import Entry, ModelChannel, error
from tests.make import OWNER

T = TypeVar("T")

_BEFORE: Final = (TemporarilyUnavailable, NeedsLogin, NotAllowed)
_READING: Final = (TemporarilyUnavailable, NeedsLogin, NotAllowed, UnreadableAnswer)
_NO_ANSWER: Final = (MayHaveHappened, UnreadableAnswer)


class Delivered(NamedTuple):
    """What a guest was told, and when."""

    payload: Payload
    at: datetime


@dataclass
class Account(ModelChannel):
    """``rate`` is the share of calls that fail, before or after they are done.

    ``foreign`` are the references of what is not ours, with the digest of what its people last
    made of it. ``delivered`` is what reached guests, ``called_off`` the meetings whose guests the
    service told by itself because the owner removed the entry. ``failed`` counts readings.
    """

    name: str = "work"
    chance: random.Random = field(default_factory=lambda: random.Random(0))
    rate: float = 0.0
    foreign: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Response] = field(default_factory=dict)
    delivered: list[Delivered] = field(default_factory=list)
    called_off: set[str] = field(default_factory=set)
    known_busy: tuple[tuple[str, Interval], ...] = ()
    failed: int = 0
    on_delivery: Callable[[Payload], object] = lambda _: None

    # ---------------------------------------------------------------- the reader

    def changes(self, cursor: Cursor | None, window: Interval) -> Changes:
        now = self.clock.now()
        if self.chance.random() < self.rate:
            self.failed += 1
            raise error(self.chance.choice(_READING))
        seen: dict[str, str] = json.loads(cursor) if cursor else {}
        shown = {ref: each for ref, each in self.entries.items() if each.visible <= now}
        versions = {ref: self._etag(ref) for ref in shown}
        self.known_busy = tuple((each.event.uid, each.event.when) for each in shown.values())
        return Changes(
            cursor=Cursor(json.dumps(versions)),
            changed=tuple(self._item(ref) for ref in shown if seen.get(ref) != versions[ref]),
            deleted=tuple(ref for ref in seen if ref not in versions),
            unchanged=seen == versions and cursor is not None,
            anew=cursor is None,
            total=len(shown),
        )

    def listing(self) -> set[tuple[str, str]]:
        """What whoever has read everything knows: references and versions."""
        now = self.clock.now()
        shown = (ref for ref, each in self.entries.items() if each.visible <= now)
        return {(ref, self._etag(ref)) for ref in shown}

    def _item(self, ref: str) -> CalendarItem:
        entry = self.entries[ref]
        event, when = entry.event, entry.event.when
        answer = self.answers.get(ref, Response.NEEDS_ACTION)
        vevent = Event(
            uid=event.uid,
            start=WallTime(when.start.replace(tzinfo=None), "UTC"),
            span=Span(0, int((when.end - when.start).total_seconds())),
            summary=event.title,
            organizer=OWNER.addresses[0],
            attendees=tuple(Attendee(each, response=answer) for each in sorted(entry.guests)),
            busy=event.busy,
            marker=event.marker,
        )
        return CalendarItem(ref, self._etag(ref), (vevent,))

    def _etag(self, ref: str) -> str:
        return f"{self.entries[ref].version} {self.answers.get(ref, '')}"

    # ---------------------------------------------------------------- other people

    def hold_foreign(self, ref: str, event: OwnEvent, guests: Iterable[str] = ()) -> None:
        """Somebody else's event is there from now on, or is now like this."""
        before = self.entries.get(ref)
        version = before.version + 1 if before else 1
        self.entries[ref] = Entry(event, self.clock.now(), frozenset(guests), version)
        self.answers[ref] = Response.ACCEPTED
        self.foreign[ref] = self._digest(ref)

    def drop_foreign(self, ref: str) -> None:
        del self.foreign[ref]
        del self.entries[ref]

    def touched_foreign(self) -> list[str]:
        """The references of what is not ours and not as its people left it."""
        return [
            ref
            for ref, digest in self.foreign.items()
            if ref not in self.entries or self._digest(ref) != digest
        ]

    def _digest(self, ref: str) -> str:
        entry = self.entries[ref]
        content = (entry.event, sorted(entry.guests), entry.version)
        return hashlib.sha256(repr(content).encode()).hexdigest()

    # ---------------------------------------------------------------- the owner and the guest

    def ours(self) -> list[str]:
        return [ref for ref in self.entries if ref not in self.foreign]

    def edit(self, ref: str, **changes: object) -> None:
        """The owner changes an entry of ours in their own calendar program."""
        entry = self.entries[ref]
        entry.event = replace(entry.event, **changes)  # type: ignore[arg-type]
        entry.version += 1

    def shift(self, ref: str, by: timedelta) -> None:
        when = self.entries[ref].event.when
        self.edit(ref, when=Interval(when.start + by, when.end + by))

    def remove(self, ref: str) -> None:
        """The owner removes an entry; a service tells those who were invited to it."""
        entry = self.entries.pop(ref)
        if entry.guests:
            self.called_off.add(entry.event.uid)

    def answer(self, ref: str, response: Response) -> None:
        """A guest answers, and the service writes it into the entry."""
        self.answers[ref] = response
        self.entries[ref].version += 1

    # ---------------------------------------------------------------- the service

    def _tell(self, payload: Payload) -> None:
        super()._tell(payload)
        self.delivered.append(Delivered(payload, self.clock.now()))
        if payload.kind is ActionKind.CANCEL:
            self.called_off.add(payload.uid)
        self.on_delivery(payload)

    def _called(self, name: str, call: Callable[[], T]) -> T:
        self.clock.forward(timedelta(milliseconds=200))
        if self.chance.random() >= self.rate:
            return super()._called(name, call)
        if name == "find":
            raise self._error(_READING)
        if self.chance.random() < 0.5:
            raise self._error((*_BEFORE, *_NO_ANSWER))
        super()._called(name, call)
        raise self._error(_NO_ANSWER)

    def _error(self, kinds: tuple[type[ConnectorError], ...]) -> ConnectorError:
        return error(self.chance.choice(kinds))
