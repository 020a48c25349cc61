"""Models of services that hold meetings and reach guests, each with its own weaknesses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from connectors.caldav.invitations import CaldavInvitations
from connectors.errors import ChangedMeanwhile, ConnectorError
from connectors.google.invitations import GoogleInvitations
from connectors.outlook.invitations import OutlookInvitations
from connectors.port import Abilities, Found, MailsGuest, OwnEvent, Written
from connectors.smtp.invitations import MailInvitations
from policies.sending.action import ActionKind, Payload

T = TypeVar("T")

GOOGLE = GoogleInvitations.abilities
GRAPH = OutlookInvitations.abilities
CALDAV = CaldavInvitations.abilities
MAIL = MailInvitations.abilities
PROFILES = {"google": GOOGLE, "graph": GRAPH, "caldav": CALDAV, "mail": MAIL}


@dataclass
class MovableClock:
    """Stands still until a test moves it."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment

    def forward(self, by: timedelta) -> None:
        self.moment += by


class Fault(NamedTuple):
    """One call that goes wrong: before it is done, or after; ``passing`` calls go well first."""

    call: str
    after: bool
    error: BaseException
    passing: int = 0


@dataclass
class Entry:
    """An event as the service holds it; reads show it from ``visible`` on."""

    event: OwnEvent
    visible: datetime
    guests: frozenset[str] = frozenset()
    version: int = 1
    unreached: bool = False


class Told(NamedTuple):
    """What one guest was told."""

    guest: str
    kind: ActionKind
    uid: str
    sequence: int
    start: str
    title: str


@dataclass
class ModelChannel:
    """An `connectors.port.InvitationWriter` in memory; ``outbox`` is what reached guests."""

    abilities: Abilities
    clock: MovableClock
    entries: dict[str, Entry] = field(default_factory=dict)
    outbox: list[Told] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def find(self, uid: str) -> Found | None:
        return self._called("find", lambda: self._found(uid))

    def create(self, event: OwnEvent) -> Written:
        return self._called("create", lambda: self._create(event))

    def update(self, written: Written, event: OwnEvent) -> Written:
        def updated() -> Written:
            entry = self._expected(written)
            entry.event, entry.version = event, entry.version + 1
            return self._written(written.ref)

        return self._called("update", updated)

    def delete(self, written: Written) -> None:
        def deleted() -> None:
            if written.ref in self.entries:
                self._expected(written)
                del self.entries[written.ref]

        self._called("delete", deleted)

    def deliver(self, written: Written | None, payload: Payload, stamp: datetime) -> Written:
        return self._called("deliver", lambda: self._deliver(written, payload))

    def by_hand(self, **changes: object) -> None:
        """The owner changes the one entry there is, in their own calendar program."""
        (entry,) = self.entries.values()
        entry.event = replace(entry.event, **changes)  # type: ignore[arg-type]
        entry.version += 1

    def touched(self) -> None:
        """A program that synchronises rewrites the one entry without changing it."""
        (entry,) = self.entries.values()
        entry.event = replace(entry.event, text=entry.event.text.replace("\n", "\n\n") + "\n")
        entry.version += 1

    def _create(self, event: OwnEvent) -> Written:
        same = [ref for ref, entry in self.entries.items() if entry.event.uid == event.uid]
        if same and self.abilities.strong_ids:
            raise ChangedMeanwhile("model", "something stands there already")
        ref = f"{event.uid}-{len(self.calls)}"
        # Who need not look cannot be told so; where one has to, it mostly shows at once.
        lag = self.abilities.settles_within if self.abilities.conditional_update else timedelta()
        self.entries[ref] = Entry(event, self.clock.now() + lag)
        return self._written(ref)

    def _found(self, uid: str) -> Found | None:
        for ref, entry in self.entries.items():
            if entry.event.uid == uid and entry.visible <= self.clock.now():
                return Found(self._written(ref), entry.event, entry.guests, entry.unreached)
        return None

    def _deliver(self, written: Written | None, payload: Payload) -> Written:
        if self.abilities.mails_guest is MailsGuest.US:
            found = self._found(payload.uid)
            if (found.written if found else None) != written:
                raise ChangedMeanwhile("model", "the entry is another")
            self._tell(payload)
            return written or Written("", "")
        if written is None:
            raise ChangedMeanwhile("model", "there is no entry")
        entry = self._expected(written)
        if payload.kind is ActionKind.CANCEL:
            del self.entries[written.ref]
            self._tell(payload)
            return Written("", "")
        before = (entry.guests, entry.event.when)
        entry.guests = frozenset({payload.recipient})
        entry.event = replace(entry.event, when=payload.when, text=payload.text)
        entry.version += 1
        if before != (entry.guests, entry.event.when):
            self._tell(payload)
        return self._written(written.ref)

    def _tell(self, payload: Payload) -> None:
        self.outbox.append(
            Told(
                payload.recipient,
                payload.kind,
                payload.uid,
                payload.sequence,
                payload.start,
                payload.title,
            )
        )

    def _expected(self, written: Written) -> Entry:
        """Compared in one step, or looked at just before: nothing comes between here."""
        entry = self.entries.get(written.ref)
        if entry is None or self._written(written.ref) != written:
            raise ChangedMeanwhile("model", "the entry is not as it was")
        return entry

    def _written(self, ref: str) -> Written:
        return Written(ref, str(self.entries[ref].version))

    def _called(self, name: str, call: Callable[[], T]) -> T:
        self.calls.append(name)
        fault = next((each for each in self.faults if each.call == name), None)
        if fault is None:
            return call()
        self.faults.remove(fault)
        if fault.passing:
            self.faults.insert(0, fault._replace(passing=fault.passing - 1))
            return call()
        if fault.after:
            call()
        raise fault.error


def error(kind: type[ConnectorError]) -> ConnectorError:
    return kind("model", f"a fault of the test ({kind.__name__})")
