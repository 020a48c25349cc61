"""Dispatchers broken on purpose, each by one small change to the real one.

A simulator that lets one of them through proves nothing about the real one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import count
from types import MappingProxyType
from typing import Any, Final

from agent import dispatch
from agent.dispatch import _Sending
from agent.sending.entries import entry
from agent.sending.facts import gathered
from agent.sending.ports import DispatchReport, SendingPorts
from agent.settings import Settings
from agent.store import actions, sendings
from agent.store.actions import _SEAL, Approval
from agent.store.database import Database
from connectors.errors import ChangedMeanwhile, ConnectorError
from connectors.port import Abilities, Found, InvitationWriter, OwnEvent, Written
from policies.sending.action import Action, ActionKind, ActionState, Payload
from policies.sending.gate import Decision, Stage, Verdict, decide
from tests.simulator.simulation import Dispatcher


def _approval(here: _Sending, action: Action) -> Approval:
    return Approval(action.id, action.payload, here.ports.clock.now(), _SEAL)


class SendsThenRecords(_Sending):
    """What was sent is written down afterwards."""

    def _look_and_send(
        self, channel: InvitationWriter, action: Action, *, fresh: bool
    ) -> Action | None:
        self.ports.checkpoint("K7")
        if self._asked(action, Stage.SEND).verdict is not Verdict.GO:
            return None
        written = dispatch._deliver(channel, action, _approval(self, action))
        now = self.ports.clock.now()
        with self.db.transaction() as sql:
            actions.take_approval(sql, action, self.run, now)
            action = actions.move(sql, action, ActionState.INVITING, now)
        return self._sent(action, written)


class RandomIds(_Sending):
    """An outbox that is written first, as it should be, with a new id for each try."""

    _numbers = count()

    def _hold(self, channel: InvitationWriter, action: Action, *, fresh: bool) -> Action | None:
        return self._held(action, self._new(channel, action))

    def _look_and_send(
        self, channel: InvitationWriter, action: Action, *, fresh: bool
    ) -> Action | None:
        now = self.ports.clock.now()
        self.ports.checkpoint("K7")
        with self.db.transaction() as sql:
            if self._asked(action, Stage.SEND).verdict is not Verdict.GO:
                return None
            approval = actions.take_approval(sql, action, self.run, now)
            action = actions.move(sql, action, ActionState.INVITING, now)
        return self._sent(action, dispatch._deliver(channel, action, approval))

    def _go_on(self, channel: InvitationWriter, action: Action) -> Action | None:
        action = replace(action, hold_ref=(written := self._new(channel, action)).ref)
        action = replace(action, hold_etag=written.etag)
        self.ports.checkpoint("find done")
        return self._sent(action, dispatch._deliver(channel, action, _approval(self, action)))

    def _new(self, channel: InvitationWriter, action: Action) -> Written:
        uid = f"{action.payload.uid}-{next(self._numbers)}"
        return channel.create(replace(entry(action.payload), uid=uid))


class TrustsTheConflict(_Sending):
    """The id is always the same, so a repetition is thought to be refused."""

    def _hold(self, channel: InvitationWriter, action: Action, *, fresh: bool) -> Action | None:
        if action.payload.kind is ActionKind.REPORT:  # it has no entry
            return super()._hold(channel, action, fresh=fresh)
        try:
            written = channel.create(entry(action.payload))
        except ChangedMeanwhile:
            written = Written(action.payload.uid, action.hold_etag)
        return self._held(action, written)

    def _go_on(self, channel: InvitationWriter, action: Action) -> Action | None:
        if action.payload.kind is ActionKind.REPORT:
            return super()._go_on(channel, action)
        try:
            written = channel.create(entry(action.payload))
        except ChangedMeanwhile:
            return self._sent(action, Written(action.payload.uid, ""))
        action = replace(action, hold_ref=written.ref, hold_etag=written.etag)
        self.ports.checkpoint("find done")
        return self._sent(action, dispatch._deliver(channel, action, _approval(self, action)))


class ResendsOnTimeout(_Sending):
    """No answer is taken for not sent."""

    def _unclear(
        self, channel: InvitationWriter, action: Action, error: ConnectorError
    ) -> Action | None:
        found = channel.find(action.payload.uid)
        if found:
            action = replace(action, hold_ref=found.written.ref, hold_etag=found.written.etag)
        return self._sent(action, dispatch._deliver(channel, action, _approval(self, action)))


class KeepsTheApproval(_Sending):
    """An approval is good for as long as it has not expired, however often it was used."""

    def _go_on(self, channel: InvitationWriter, action: Action) -> Action | None:
        return self._take_back(action, "the approval is still good", None)

    def _unclear(
        self, channel: InvitationWriter, action: Action, error: ConnectorError
    ) -> Action | None:
        return self._take_back(action, "the approval is still good", None)


class CapsOutside(_Sending):
    """What was sent in a day is counted when a run begins, and from then on in memory."""

    _own = 0

    @cached_property
    def _before(self) -> int:
        return sendings.sent_since(self.db, self.ports.clock.now() - timedelta(days=1))

    def _asked(self, action: Action, stage: Stage) -> Decision:
        now, stopped = self.ports.clock.now(), self.ports.stopped()
        facts = gathered(self.db, self.settings, action, now, run=self.run, stopped=stopped)
        decision = decide(replace(facts, sent_in_day=self._before + self._own), stage)
        self._own += stage is Stage.SEND and decision.verdict is Verdict.GO
        return decision


class NeverLooks(_Sending):
    """A second try begins where the first one ended, without reading what became of it."""

    def _go_on(self, channel: InvitationWriter, action: Action) -> Action | None:
        self.ports.checkpoint("find done")
        return self._tell(
            channel, action, _approval(self, action), actions.claim_of(self.db, action.id)
        )


@dataclass(frozen=True)
class Unconditional:
    """A channel that replaces whatever stands there."""

    channel: InvitationWriter

    @property
    def abilities(self) -> Abilities:
        return self.channel.abilities

    def find(self, uid: str) -> Found | None:
        return self.channel.find(uid)

    def create(self, event: OwnEvent) -> Written:
        return self.channel.create(event)

    def update(self, written: Written, event: OwnEvent) -> Written:
        return self.channel.update(self._newest(event.uid, written), event)

    def delete(self, written: Written) -> None:
        self.channel.delete(self._newest(written.ref, written))

    def deliver(self, written: Written | None, payload: Payload, stamp: datetime) -> Written:
        newest = self._newest(payload.uid, written or Written("", ""))
        return self.channel.deliver(newest, payload, stamp)

    def _newest(self, uid: str, seen: Written) -> Written:
        service: Any = self.channel
        entry = service.entries.get(uid)
        return Written(uid, str(entry.version)) if entry else seen


def _with(kind: type[_Sending]) -> Callable[..., DispatchReport]:
    def settle(db: Database, ports: SendingPorts, settings: Settings, run: int) -> DispatchReport:
        with _in_place_of(kind):
            return dispatch.settle(db, ports, settings, run)

    return settle


@contextmanager
def _in_place_of(kind: type[_Sending]) -> Iterator[None]:
    dispatch._Sending = kind  # type: ignore[misc]
    try:
        yield
    finally:
        dispatch._Sending = _Sending  # type: ignore[misc]


BROKEN: Final[Mapping[str, Dispatcher]] = MappingProxyType(
    {
        "send, then record": Dispatcher(_with(SendsThenRecords)),
        "an outbox with a random id": Dispatcher(_with(RandomIds)),
        "trust the 409": Dispatcher(_with(TrustsTheConflict)),
        "resend on timeout": Dispatcher(_with(ResendsOnTimeout)),
        "an approval not single-use": Dispatcher(_with(KeepsTheApproval)),
        "caps outside the transaction": Dispatcher(_with(CapsOutside)),
        "no read before a second try": Dispatcher(_with(NeverLooks)),
        "no conditional update": Dispatcher(channel=Unconditional),
    }
)
