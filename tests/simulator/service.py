"""A service as unkind as its documentation allows: on top of `tests.agent.model_channel`.

Beyond that model, every accepted delivery reaches the guest (none is thought to be noticed as a
repetition), reading shows an older state for a while where the service says so, and an id that
could not be checked makes a second copy, of which the service shows one, the first or the last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol, TypeVar

from agent.sending.entries import entry as our_entry
from connectors.errors import ChangedMeanwhile, NotAllowed
from connectors.port import Abilities, Found, MailsGuest, OwnEvent, Written
from policies.interval import Interval
from policies.sending.action import ActionKind, Payload
from tests.agent.model_channel import Entry, ModelChannel, MovableClock
from tests.simulator import trace, wire
from tests.simulator.wire import Answer

T = TypeVar("T")
HOUR = timedelta(hours=1)
Foreign = dict[str, tuple[OwnEvent, frozenset[str], int]]
"""The owner's own events, with their versions."""


@dataclass
class SkewedClock(MovableClock):
    """True time in ``moment``; what this machine shows is off by ``skew``."""

    skew: timedelta = timedelta()

    def now(self) -> datetime:
        return self.moment + self.skew


class Delivery(NamedTuple):
    """Something that reached a guest, and when in truth."""

    payload: Payload
    digest: str
    at: datetime


class Around(Protocol):
    """What surrounds the service: chance, the owner, other workers, death."""

    def tell(self, what: str, detail: str = "") -> None: ...

    def answer(self, source: str, call: str) -> Answer: ...

    def reach(self, point: str) -> None: ...

    def delivering(self, payload: Payload, entry: Entry | None) -> None: ...

    def removing(self, entry: Entry) -> None: ...

    def foreign_is(self, event: OwnEvent) -> None: ...

    def stale_by(self) -> timedelta:
        """How old what a reading shows is, where readings lag; at most what the service says."""


class Service(ModelChannel):
    """An `connectors.port.InvitationWriter`; ``delivered`` is what reached guests.

    ``source`` is what its errors name: by that a service that wants peace is known.
    """

    source = "work"

    def __init__(
        self, abilities: Abilities, clock: SkewedClock, around: Around, *, last_shows: bool
    ) -> None:
        super().__init__(abilities, clock)
        self.delivered: list[Delivery] = []
        self.ghosts: list[Entry] = []
        self.ours: set[str] = set()
        self.called_off: set[str] = set()
        self._time = clock
        self._around = around
        self._last_shows = last_shows
        self._past: dict[str, list[tuple[datetime, Entry | None]]] = {}
        self._version = 0
        self.about = ""

    # ---------------------------------------------------------------- what the agent calls

    def find(self, uid: str) -> Found | None:
        self.about = uid
        return super().find(uid)

    def create(self, event: OwnEvent) -> Written:
        self.about = event.uid
        return super().create(event)

    def update(self, written: Written, event: OwnEvent) -> Written:
        def updated() -> Written:
            entry = self._expected(written)
            entry.event = event
            return self._now_is(written.ref, entry)

        self.about = written.ref
        return self._called("update", updated)

    def delete(self, written: Written) -> None:
        def deleted() -> None:
            if written.ref in self.entries:
                self._around.removing(self._expected(written))
                self.remove(written.ref)

        self.about = written.ref
        self._called("delete", deleted)

    def deliver(self, written: Written | None, payload: Payload, stamp: datetime) -> Written:
        self.about = payload.uid
        return super().deliver(written, payload, stamp)

    # ---------------------------------------------------------------- what the owner does

    def edit(self, ref: str, **changes: object) -> None:
        """The owner changes an entry in their own calendar program."""
        entry = self.entries[ref]
        entry.event = replace(entry.event, **changes)  # type: ignore[arg-type]
        self._now_is(ref, entry)

    def rewrite(self, ref: str) -> None:
        """A program that synchronises writes an entry again, saying the same."""
        entry = self.entries[ref]
        text = entry.event.text.replace("\n", "\n\n").replace("\n\n\n\n", "\n") + "\n"
        self.edit(ref, text=text)

    def remove(self, ref: str) -> None:
        """The owner deletes an entry; of a meeting with guests the service calls it off itself.

        RFC 6638, section 3.2.1: so a scheduling server does, and so do Google and Graph. A second
        copy goes with it: an id names one event, whichever copy was shown.
        """
        copies = (each for each in self.ghosts if each.event.uid == ref)
        if any(each.guests for each in (self.entries.pop(ref), *copies)):
            self.called_off.add(ref)
        self._now_is(ref, None)

    def put(self, event: OwnEvent) -> None:
        """The owner has an event of their own."""
        self._now_is(event.uid, Entry(event, self._time.moment))

    def listed(self) -> dict[str, Interval]:
        """When all that a reading of the calendar shows now takes place, maybe as it was."""
        shown = ((ref, self._shown(ref)) for ref in self._past)
        return {ref: entry.event.when for ref, entry in shown if entry}

    def foreign(self) -> Foreign:
        """What is not ours, as it is now."""
        return {
            ref: (each.event, each.guests, each.version)
            for ref, each in self.entries.items()
            if ref not in self.ours
        }

    # ---------------------------------------------------------------- the model

    def _called(self, name: str, call: Callable[[], T]) -> T:
        self.calls.append(name)
        answer = self._around.answer(self.source, name)
        self._around.reach(f"{name} asked")
        self._meanwhile(name, answer)
        refused: ChangedMeanwhile | None = None
        result: T | None = None
        if wire.is_done(answer, name):
            try:
                result = call()
            except ChangedMeanwhile as error:
                refused = error
            self._around.reach(f"{name} done")
        heard = wire.error(answer, name, self.source) or refused
        if heard is not None:
            raise heard
        return result  # type: ignore[return-value]

    def _meanwhile(self, name: str, answer: Answer) -> None:
        """Make a refusal true just before it is given."""
        there = self.about in self.ours and self.about in self.entries
        if answer is Answer.GONE and there and not self.entries[self.about].guests:
            self.remove(self.about)
        elif answer is Answer.CHANGED and there:
            self.rewrite(self.about)
        elif name == "create" and answer in {Answer.CHANGED, Answer.CONFLICT} and not there:
            self._around.foreign_is(_foreign(self.about, self._time.moment))

    def _create(self, event: OwnEvent) -> Written:
        ref = event.uid
        standing = self.entries.get(ref)
        if standing is None:
            self.ours.add(ref)
            return self._now_is(ref, Entry(event, self._time.moment))
        if self.abilities.strong_ids or ref not in self.ours:
            raise ChangedMeanwhile("service", "something stands there already")
        self._around.tell(trace.SECOND_COPY, ref[:8])
        if self._last_shows:
            self.ghosts.append(standing)
            return self._now_is(ref, Entry(event, self._time.moment))
        self._version += 1
        self.ghosts.append(Entry(event, self._time.moment, version=self._version))
        return Written(ref, str(self._version))

    def _found(self, uid: str) -> Found | None:
        entry = self._shown(uid)
        if entry is None:
            return None
        return Found(Written(uid, str(entry.version)), entry.event, entry.guests)

    def _shown(self, ref: str) -> Entry | None:
        """The entry as readings show it now: where they lag, maybe as it was."""
        if not self.abilities.settles_within:
            return self.entries.get(ref)
        until = self._time.moment - self._around.stale_by()
        past = self._past.get(ref, [])
        shown = [each for at, each in past if at <= until]
        if len(shown) < len(past):
            self._around.tell(trace.OLD_STATE, ref[:8])
        return shown[-1] if shown else None

    def _deliver(self, written: Written | None, payload: Payload) -> Written:
        if self.abilities.mails_guest is MailsGuest.US:
            found = self._found(payload.uid)
            if (found.written if found else None) != written:
                raise ChangedMeanwhile("service", "the entry is another")
            self._reaches(payload, self.entries.get(payload.uid))
            return written or Written("", "")
        if written is None:
            raise ChangedMeanwhile("service", "there is no entry")
        entry = self._expected(written)
        self._reaches(payload, entry)
        if payload.kind is ActionKind.CANCEL:
            self.remove(written.ref)
            return Written("", "")
        entry.guests = frozenset({payload.recipient})
        entry.event = replace(our_entry(payload), marker=entry.event.marker)
        return self._now_is(written.ref, entry)

    def _reaches(self, payload: Payload, entry: Entry | None) -> None:
        self._around.delivering(payload, entry)
        self._tell(payload)
        self.delivered.append(Delivery(payload, payload.digest, self._time.moment))

    def _now_is(self, ref: str, entry: Entry | None) -> Written:
        self._version += 1
        past = self._past.setdefault(ref, [])
        if entry is None:
            past.append((self._time.moment, None))
            return Written("", "")
        entry.version = self._version
        self.entries[ref] = entry
        past.append((self._time.moment, replace(entry)))
        return Written(ref, str(entry.version))


class Post(Service):
    """Mails without an entry anywhere; see `connectors.smtp.reports`."""

    source = "mail"

    def find(self, uid: str) -> Found | None:
        return None

    def _deliver(self, written: Written | None, payload: Payload) -> Written:
        if written is not None or payload.kind is not ActionKind.REPORT:
            raise NotAllowed(self.source, "it is no report", "please report this")
        self._reaches(payload, None)
        return Written("", "")


def _foreign(uid: str, at: datetime) -> OwnEvent:
    """An event of the owner's own, without our mark."""
    return OwnEvent(uid, Interval(at, at + HOUR), "Europe/Berlin", "Mine", "", marker="")
