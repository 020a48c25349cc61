"""The invariants of a life with Fika, held after every run against what the services saw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from agent.store.database import Database
from policies.interval import Interval
from policies.rules import SendingRules
from policies.sending.action import ActionKind, Payload
from tests.agent.model_channel import MovableClock
from tests.proof.account import Account

SECRET: Final = "canary-in-the-notes"
_DAY: Final = timedelta(days=1)
_STALE: Final = timedelta(minutes=1)


class Violated(AssertionError):
    """An invariant does not hold."""


class Sent(NamedTuple):
    """An invitation, or what followed one, as a guest got it."""

    payload: Payload
    run: int
    at: datetime


@dataclass
class Watch:
    """``taken`` tells what the calendars showed when they were read last."""

    rules: SendingRules
    work: Account
    clock: MovableClock
    taken: Callable[[], Iterable[tuple[str, Interval]]]
    yeses: dict[Payload, datetime] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    _run: int = 0

    def run_begins(self, run: int) -> None:
        self._run = run

    def said_yes(self, payload: Payload, at: datetime) -> None:
        self.yeses[payload] = at

    def delivering(self, payload: Payload) -> None:
        """I1 to I4 and I6, at the moment a guest is told."""
        now = self.clock.now()
        self.require(payload not in {each.payload for each in self.sent}, "I1", "told twice")
        given = self.yeses.get(payload)
        self.require(given is not None, "I2", "nobody said yes to this")
        valid = self.rules.approval_valid + _STALE
        self.require(given is None or now - given < valid, "I2", "the yes had expired")
        self.sent.append(Sent(payload, self._run, now))
        if payload.kind is ActionKind.INVITE:
            self._limits()
        if payload.kind is not ActionKind.CANCEL:
            clash = any(
                uid != payload.uid and when.overlaps(payload.when) for uid, when in self.taken()
            )
            self.require(not clash, "I6", "its time was known to be taken")

    def after(self, db: Database, *, good: bool) -> None:
        """I1, I3, I5, I7 and I10, after every run; ``good``: nothing failed in it."""
        self.require(not self.work.touched_foreign(), "I5", "an event that is not ours was changed")
        approved = {(each.uid, each.recipient) for each in self.yeses}
        for ref in self.work.ours():
            entry = self.work.entries[ref]
            named = {(entry.event.uid, guest) for guest in entry.guests}
            self.require(named <= approved, "I3", "an entry names somebody else")
            self.require(SECRET not in repr(entry.event), "I10", "a note went out")
        invited = [each.payload.uid for each in self.sent if _invites(each)]
        by_uid = dict(db.rows("SELECT uid, proposal FROM action WHERE kind = 'invite'"))
        of_proposals = Counter(by_uid.get(uid, uid) for uid in invited)
        self.require(max(of_proposals.values(), default=0) <= 1, "I1", "a proposal was sent twice")
        told = {each.payload.digest for each in self.sent}
        for digest, uid in db.rows("SELECT digest, uid FROM action WHERE state = 'sent'"):
            known = digest in told or uid in self.work.called_off
            self.require(known, "I7", "the ledger says sent, and nobody was told")
        half = db.rows("SELECT note FROM action WHERE state = 'inviting'") if good else []
        self.require(not half, "I7", f"something stays half-way: {half}")
        for (note,) in db.rows("SELECT note FROM action WHERE state = 'needs-review'"):
            way_out = "fika settle" in note or "another entry" in note
            self.require(way_out, "I7", f"no way out: {note}")

    def has_read(self, db: Database, name: str, account: Account) -> None:
        """I8: a cursor and what it covers go together, so what was read is all there is.

        What we wrote after the reading in the same run is not known yet.
        """
        stored = db.rows(
            "SELECT i.key, i.etag FROM item i JOIN calendar c ON c.id = i.calendar"
            " WHERE c.name = ? AND i.left_s IS NULL",
            name,
        )
        foreign = {each for each in account.listing() if each[0] in account.foreign}
        known = {each for each in stored if each[0] in account.foreign}
        self.require(foreign == known, "I8", f"{name} is not as it was read")

    def at_the_end(self, db: Database) -> None:
        self.require(db.damage() == "", "I7", "the store is damaged")
        payloads = db.rows("SELECT payload FROM action")
        self.require(SECRET not in repr(payloads), "I10", "a note is in what goes out")

    def require(self, holds: bool, invariant: str, otherwise: str) -> None:
        if not holds:
            raise Violated(f"{invariant}: {otherwise}")

    def _limits(self) -> None:
        invited = [each for each in self.sent if _invites(each)]
        newest = invited[-1]
        same_run = sum(each.run == newest.run for each in invited)
        self.require(same_run <= self.rules.per_run, "I4", "too many in a run")
        day = sum(newest.at - each.at < _DAY for each in invited)
        self.require(day <= self.rules.per_day, "I4", "too many in a day")
        again = [
            each
            for each in invited[:-1]
            if each.payload.recipient == newest.payload.recipient
            and newest.at - each.at < self.rules.per_person
        ]
        self.require(not again, "I4", "a guest was invited again too soon")


def _invites(sent: Sent) -> bool:
    return sent.payload.kind is ActionKind.INVITE
