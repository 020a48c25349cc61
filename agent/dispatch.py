"""Sending what was approved: each action is driven one committed step at a time.

``APPROVED -> HOLDING -> HELD -> INVITING -> SENT``. No transaction is open while a calendar or a
mail server is spoken to, so a run may be killed anywhere and the next goes on from what the
ledger says. Where a channel can tell, doubt is settled by looking, never by sending again; after
a mail of our own nothing can tell, and the owner is asked.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from agent.sending.entries import (
    CHANGED,
    ENDS,
    Standing,
    entry,
    fence,
    is_done,
    may_be_moved,
    put_right,
    standing,
)
from agent.sending.facts import gathered
from agent.sending.outcome import end_sent, end_unsent
from agent.sending.ports import DispatchReport, SendingPorts
from agent.sending.suspension import heed, standstill
from agent.settings import Settings
from agent.store import actions, elapsed
from agent.store.actions import Approval, Overtaken
from agent.store.database import Database
from connectors.errors import (
    ChangedMeanwhile,
    ConnectorError,
    MayHaveHappened,
    NotAllowed,
    UnreadableAnswer,
)
from connectors.port import Found, InvitationWriter, MailsGuest, Written
from policies.sending.action import UNDER_WAY, Action, ActionId, ActionKind, ActionState
from policies.sending.gate import Decision, Stage, Verdict, decide

_BREAKER: Final = 3  # failures that end a run's sending: the rest would likely fail as well
_STALE: Final = timedelta(seconds=60)  # an older check, as after a sleep, is made again
_NOWHERE: Final = Written("", "")
_FOUND: Final = "the calendar shows that it was sent"
_ASK: Final = "look into your sent mail, or ask the guest, then `fika settle`"
_UNSENT: Final = "a run was interrupted before it was sent"
_INTERRUPTED: Final = f"a run was interrupted while sending it; {_ASK}"
_STEPS: Final = 8  # more than the longest way with one entry changed under us


def settle(db: Database, ports: SendingPorts, settings: Settings, run: int) -> DispatchReport:
    """Take every approved action as far as it will go; the caller holds the run lock.

    ``run`` counts against the limit of a run: each number has that many sendings.

    Raises: StateUnusable: the ledger cannot be written; what it says is what is true.
    """
    sending = _Sending(db, ports, settings, run)
    under_way = [each.id for each in actions.in_state(db, UNDER_WAY)]
    for action_id in under_way:
        sending.drive(action_id)
    for action in actions.untidy(db):
        sending.tidy(action)
    review = [each.id for each in actions.in_state(db, {ActionState.NEEDS_REVIEW})]
    found = (actions.get(db, each) for each in dict.fromkeys([*under_way, *review]))
    return DispatchReport(tuple(filter(None, found)), tuple(sending.failures), sending.broken_off)


@dataclass
class _Sending:
    """One run's sending. Steps answer with the action as it then stands, ``None`` to leave it."""

    db: Database
    ports: SendingPorts
    settings: Settings
    run: int
    failures: list[ConnectorError] = field(default_factory=list)
    wrote: dict[ActionId, datetime] = field(default_factory=dict)  # its entry, when

    @property
    def broken_off(self) -> bool:
        """What is refused says nothing of the next, which must not wait behind it for days."""
        return sum(not isinstance(each, NotAllowed) for each in self.failures) >= _BREAKER

    def drive(self, action_id: ActionId) -> None:
        """One action, as far as it will go."""
        fresh = False
        action = actions.get(self.db, action_id)
        for _ in range(_STEPS):
            if action is None or action.state not in UNDER_WAY or self.broken_off:
                return
            before = action
            try:
                action = self._step(before, fresh=fresh)
            except Overtaken:
                return
            except ConnectorError as error:
                action = self._failed(before, error)
            fresh = before.state in {ActionState.APPROVED, ActionState.HOLDING}

    def tidy(self, action: Action) -> None:
        """Let our entry in the calendar follow an action that has ended."""
        waits = action.state in {*UNDER_WAY, ActionState.NEEDS_REVIEW}
        if waits or self.broken_off or self.ports.stopped():
            return
        channel = self._channel(action)
        if channel is None or self._unsettled(channel, action) or self._standstill(action):
            return
        self.ports.checkpoint("T1")
        try:
            done = put_right(channel, action)
        except ConnectorError as error:
            self._met(error)
            return
        self.ports.checkpoint("T2")
        with self.db.transaction() as sql:
            actions.set_untidy(sql, action, untidy=False)
            if done.gone:
                actions.set_hold(sql, action, _NOWHERE)
            if done.note:
                actions.set_note(sql, action, f"{action.note}; {done.note}".removeprefix("; "))

    def _step(self, action: Action, *, fresh: bool) -> Action | None:
        """One arrow; ``fresh``: this run has brought the action where it is."""
        channel = self._channel(action)
        if channel is None:
            return self._without_channel(action)
        if action.state is ActionState.APPROVED:
            return self._claim(channel, action)
        if action.state is ActionState.HOLDING:
            return self._hold(channel, action, fresh=fresh)
        if action.state is ActionState.HELD:
            return self._look_and_send(channel, action, fresh=fresh)
        return self._go_on(channel, action)

    def _claim(self, channel: InvitationWriter, action: Action) -> Action | None:
        """Begin; or end here, unless the calendar shows what a disk has lost: that it was sent."""
        with self.db.transaction() as sql:
            decision = self._asked(action, Stage.HOLD)
            if decision.verdict is Verdict.GO:
                claimed = actions.move(sql, action, ActionState.HOLDING, self.ports.clock.now())
                actions.set_untidy(sql, action, untidy=action.payload.kind is ActionKind.INVITE)
            elif decision.verdict is Verdict.WAIT:
                return self._give_way(sql, action, decision)
        if decision.verdict is Verdict.GO:
            self.ports.checkpoint("K2")
            return claimed
        found = channel.find(action.payload.uid)
        stands = standing(channel, found, action.payload)
        if stands is Standing.DELIVERED:
            return self._sent(action, found.written if found else _NOWHERE)
        if is_done(action.payload, stands):  # it is gone, and nobody asked for that yet
            return self._end(action, *ENDS[stands])
        with self.db.transaction() as sql:
            return self._give_way(sql, action, decision)

    def _hold(self, channel: InvitationWriter, action: Action, *, fresh: bool) -> Action | None:
        """Find our entry, or write it. Only an invitation writes one."""
        found = channel.find(action.payload.uid)
        if standing(channel, found, action.payload) is not Standing.ABSENT:
            return self._confirmed(channel, action, found)
        if not fresh:
            if not channel.abilities.strong_ids and self._unsettled(channel, action):
                return self._wait(action, "its entry may not show yet")
            with self.db.transaction() as sql:
                decision = self._asked(action, Stage.HOLD)
                if decision.verdict is not Verdict.GO:
                    return self._give_way(sql, action, decision)
                action = actions.go_on_with(sql, action, self.ports.clock.now())
        self.ports.checkpoint("K3")
        try:
            written = channel.create(entry(action.payload))
        except (ChangedMeanwhile, MayHaveHappened, UnreadableAnswer):
            found = channel.find(action.payload.uid)
            if found is None:
                raise
            return self._confirmed(channel, action, found)
        self.wrote[action.id] = self.ports.clock.now()
        self.ports.checkpoint("K5")
        return self._held(action, written)

    def _confirmed(self, channel: InvitationWriter, action: Action, found: Found | None) -> Action:
        """Go on with the entry as it stands, or end here."""
        written = found.written if found else _NOWHERE
        stands = standing(channel, found, action.payload)
        if stands is Standing.DELIVERED:
            return self._sent(action, written)
        if stands in ENDS:
            return self._end(action, *ENDS[stands])
        if action.state is ActionState.HOLDING:
            return self._held(action, written)
        with self.db.transaction() as sql:
            return actions.set_hold(sql, action, written)

    def _held(self, action: Action, written: Written) -> Action:
        held = actions.hold(self.db, action, written, self.ports.clock.now())
        self.ports.checkpoint("K6")
        return held

    def _look_and_send(
        self, channel: InvitationWriter, action: Action, *, fresh: bool
    ) -> Action | None:
        """Check that our entry still stands, then pass the gate, then tell the guest.

        Written just now it need not show yet; there the conditional update finds out.
        """
        if not (fresh and channel.abilities.conditional_update):
            found = channel.find(action.payload.uid)
            is_absent = standing(channel, found, action.payload) is Standing.ABSENT
            if is_absent and self._unsettled(channel, action):
                return self._wait(action, "its entry may not show yet")
            action = self._confirmed(channel, action, found)
            if action.state is not ActionState.HELD:
                return action
        self.ports.checkpoint("K7")
        now = self.ports.clock.now()
        with self.db.transaction() as sql:
            elapsed.advance(sql, now, self.ports.uptime())
            decision = self._asked(action, Stage.SEND)
            if decision.verdict is not Verdict.GO:
                return self._give_way(sql, action, decision)
            approval = actions.take_approval(sql, action, self.run, now)
            action = actions.move(sql, action, ActionState.INVITING, now)
            claim = actions.claim_of(self.db, action.id)
        self.ports.checkpoint("K8")
        return self._tell(channel, action, approval, claim)

    def _go_on(self, channel: InvitationWriter, action: Action) -> Action | None:
        """An earlier run went to send this and was interrupted: look what became of it."""
        if channel.abilities.mails_guest is MailsGuest.US:
            return self._end(action, ActionState.NEEDS_REVIEW, _INTERRUPTED)
        claim = actions.claim_of(self.db, action.id)
        found = channel.find(action.payload.uid)
        stands = standing(channel, found, action.payload)
        if ended := self._as_shown(action, found, stands):
            return ended
        unseen = "whether the guest was told may not show yet"
        halted = unseen if self._unsettled(channel, action) else self._standstill(action)
        if halted:
            return self._wait(action, halted)
        if found is None or stands is Standing.FOREIGN or may_be_moved(action, found):
            return self._end(action, ActionState.NEEDS_REVIEW, _INTERRUPTED)
        if stands is Standing.CHANGED:
            return self._take_back(action, CHANGED, claim)
        fence(channel, action.payload, found)
        return self._take_back(action, _UNSENT, claim)

    def _tell(
        self, channel: InvitationWriter, action: Action, approval: Approval, claim: int | None
    ) -> Action | None:
        now = self.ports.clock.now()
        if abs(now - approval.taken) > _STALE:
            with self.db.transaction() as sql:
                action = actions.go_on_with(sql, action, now)
            decision = self._asked(action, Stage.AGAIN)  # last: a commit can take as long
            if decision.verdict is not Verdict.GO:
                return self._take_back(action, decision.sentence, claim)
        self.ports.checkpoint("K9")
        try:
            written = _deliver(channel, action, approval)
        except (MayHaveHappened, UnreadableAnswer) as error:
            return self._unclear(channel, action, error)
        except ChangedMeanwhile:
            return self._take_back(action, CHANGED, claim)
        except ConnectorError as error:
            self._take_back(action, error.cause, claim)
            raise
        self.ports.checkpoint("K11")
        return self._sent(action, written)

    def _unclear(
        self, channel: InvitationWriter, action: Action, error: ConnectorError
    ) -> Action | None:
        """No answer came: look, where looking can tell, else ask the owner."""
        if channel.abilities.mails_guest is MailsGuest.US:
            self._met(error)
            return self._end(action, ActionState.NEEDS_REVIEW, f"{error.cause}; {_ASK}")
        found = channel.find(action.payload.uid)
        stands = standing(channel, found, action.payload)
        return self._as_shown(action, found, stands) or self._failed(action, error)

    def _as_shown(self, action: Action, found: Found | None, stands: Standing) -> Action | None:
        """How it ended, where the calendar shows that: sent, or its guest could not be told."""
        if is_done(action.payload, stands):
            return self._sent(action, found.written if found else _NOWHERE)
        return self._end(action, *ENDS[stands]) if stands is Standing.UNREACHED else None

    def _take_back(self, action: Action, why: str, claim: int | None) -> Action:
        """Nothing was sent on this ``claim``, for certain: back to before the gate."""
        with self.db.transaction() as sql:
            actions.give_back(sql, action, claim)
            return actions.move(sql, action, ActionState.HELD, self.ports.clock.now(), why)

    def _sent(self, action: Action, written: Written) -> Action:
        """Record it; also when another worker found it half-way and asked for a review, or more."""
        now = self.ports.clock.now()
        with self.db.transaction() as sql:
            current = actions.get(self.db, action.id) or action
            if current.state is ActionState.APPROVED:  # it is there, and the ledger has lost it
                current = actions.move(sql, current, ActionState.HOLDING, now, _FOUND)
            if current.state is ActionState.HOLDING:
                current = actions.move(sql, current, ActionState.HELD, now, _FOUND)
            if current.state is ActionState.HELD:  # or it was taken back, and went out for all that
                actions.take_approval(sql, current, self.run, now)
                current = actions.move(sql, current, ActionState.INVITING, now, _FOUND)
            if current.state not in {ActionState.INVITING, ActionState.NEEDS_REVIEW}:
                raise Overtaken(action.id)
            actions.set_hold(sql, current, written)
            sent = end_sent(self.db, sql, current, now)
            self.ports.checkpoint("K12")
        self.ports.checkpoint("K13")
        return sent

    def _asked(self, action: Action, stage: Stage) -> Decision:
        now, stopped = self.ports.clock.now(), self.ports.stopped()
        facts = gathered(self.db, self.settings, action, now, run=self.run, stopped=stopped)
        return decide(facts, stage)

    def _give_way(
        self, sql: sqlite3.Connection, action: Action, decision: Decision
    ) -> Action | None:
        if decision.verdict is Verdict.WAIT:
            actions.set_note(sql, action, decision.sentence)
            return None
        expires = decision.verdict is Verdict.EXPIRE
        state = ActionState.EXPIRED if expires else ActionState.CANCELLED
        return end_unsent(self.db, sql, action, state, self.ports.clock.now(), decision.sentence)

    def _end(self, action: Action, state: ActionState, why: str) -> Action:
        with self.db.transaction() as sql:
            return end_unsent(self.db, sql, action, state, self.ports.clock.now(), why)

    def _wait(self, action: Action, why: str) -> Action | None:
        with self.db.transaction() as sql:
            actions.set_note(sql, action, why)
        return None

    def _failed(self, action: Action, error: ConnectorError) -> Action | None:
        self._met(error)
        then = (not error.passes and error.remedy) or "the next run tries again"
        return self._wait(action, f"{error}; {then}")

    def _met(self, error: ConnectorError) -> None:
        self.failures.append(error)
        now = self.ports.clock.now()
        with self.db.transaction() as sql:
            elapsed.advance(sql, now, self.ports.uptime())
            heed(sql, error, now)

    def _standstill(self, action: Action) -> str:
        now, payload = self.ports.clock.now(), action.payload
        return standstill(self.db, self.settings, payload.calendar, now, payload.channel)

    def _unsettled(self, channel: InvitationWriter, action: Action) -> bool:
        """Whether what was written then may not show yet; a clock set far back delays nothing."""
        written = self.wrote.get(action.id, action.updated)
        return abs(self.ports.clock.now() - written) < channel.abilities.settles_within

    def _without_channel(self, action: Action) -> Action | None:
        """All that is left is to let it end; if it may have been sent, the owner has to look."""
        in_doubt = action.state is ActionState.INVITING
        with self.db.transaction() as sql:
            decision = self._asked(action, Stage.AGAIN if in_doubt else Stage.HOLD)
            ends = decision.verdict in {Verdict.EXPIRE, Verdict.CANCEL}
            if ends and not in_doubt:
                return self._give_way(sql, action, decision)
        if ends:
            return self._end(action, ActionState.NEEDS_REVIEW, _INTERRUPTED)
        by, calendar = action.payload.channel, action.payload.calendar
        cause = f"sending by {by}{calendar and f' with the calendar {calendar}'} is not set up"
        raise NotAllowed("sending", cause, "see [mail] and [write] in the configuration")

    def _channel(self, action: Action) -> InvitationWriter | None:
        return self.ports.channels.get((action.payload.channel, action.payload.calendar))


def _deliver(channel: InvitationWriter, action: Action, approval: Approval) -> Written:
    """Tell the guest exactly what was approved. No other line of Fika reaches a guest.

    What goes out is the approval's own payload, whatever anything else says by now.

    Raises: as `connectors.port.InvitationWriter.deliver`.
    """
    written = Written(action.hold_ref, action.hold_etag) if action.hold_ref else None
    return channel.deliver(written, approval.payload, action.created)
