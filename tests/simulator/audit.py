"""The invariants of sending, held against the service and the committed ledger after every step.

Everything is read with SQL of this module's own, over a connection of its own: what it sees is
what is on the disk, and no code of ours that could be wrong stands between.

I1  a guest is told each approved thing once, and invited once for each proposal
I2  there is a committed approval: earlier, unexpired, of this payload, taken for this sending
I3  whom the entry names, and who is told, is whom the owner approved
I4  the limits for each run, day and guest hold
I5  nothing is written that is not ours, nor an entry the owner has changed
I6  nothing is sent into time that was known to be taken, with old calendars, while stopped, or
    while the service wants nothing
I7  what the ledger says was sent, was; nothing stays half-way for longer than one good run
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from agent.sending.entries import entry as our_entry
from policies.interval import Interval
from policies.rules import SendingRules
from policies.sending.action import Action, ActionKind, Payload, guest_key
from tests.agent.model_channel import Entry
from tests.simulator.service import Foreign, Service, SkewedClock

_DAY: Final = timedelta(days=1)
_STALE: Final = timedelta(seconds=60)
_SLACK: Final = timedelta(minutes=10)
"""What a clock may be off by before anybody notices, and a time service may bend it."""
_FRESH: Final = timedelta(hours=26)
_BEGINS: Final = frozenset({ActionKind.INVITE, ActionKind.REPORT})
"""What counts against the limits: the first that somebody hears of something."""
_MEETS: Final = frozenset({ActionKind.INVITE, ActionKind.RESCHEDULE})
"""What asks somebody for time."""
_ROUNDED: Final = timedelta(minutes=30)
"""The ledger counts in whole seconds, and allows for clocks that run a thousandth fast."""


INVARIANTS: Final = frozenset({"I1", "I2", "I3", "I4", "I5", "I6", "I7"})


class Violated(AssertionError):
    """An invariant does not hold."""


class Sent(NamedTuple):
    """A delivery with what the ledger said about it when it went out.

    ``counted`` is when it was counted against the limits, ``truth`` when it went out, both in
    true time: what this machine's clock showed then counts for nothing.
    """

    payload: Payload
    proposal: int
    run: int
    counted: datetime
    truth: datetime


class Taken(NamedTuple):
    """Time of the owner's, known to be taken from some moment on (in truth)."""

    uid: str
    when: Interval
    known: datetime


class Asked(NamedTuple):
    """When a worker asked the gate: in truth, by its own clock, and how far that was off.

    ``read_s`` is when the calendars had been read by then, the oldest of them; ``first`` when, in
    truth, it was asked first; ``halted`` are the services that had said they want nothing now.
    """

    truth: datetime
    shown: datetime
    skew: timedelta
    read_s: int
    first: datetime
    halted: frozenset[str]


@dataclass
class Audit:
    """Watches one simulation.

    ``rows`` reads what is on the disk. ``yeses`` are the payloads the owner said yes to, by
    digest, ``given`` is when in truth. ``standing`` tells where an entry is: what the owner has
    removed or moved binds nobody. ``locked``: one worker at a time. ``forgetful``: commits were
    lost, so that limits counted in the ledger are not claimed. ``refused`` is when, in truth, a
    service last wanted nothing more.
    """

    rows: Callable[..., list[tuple]]  # type: ignore[type-arg]
    clock: SkewedClock
    rules: SendingRules
    yeses: dict[str, Payload] = field(default_factory=dict)
    given: dict[str, datetime] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    standing: Callable[[str], Interval | None] = lambda _: None
    locked: bool = True
    stopped_since: datetime | None = None
    refused: dict[str, datetime] = field(default_factory=dict)
    forgetful: bool = False
    sent: list[Sent] = field(default_factory=list)
    watched: frozenset[str] = INVARIANTS
    _asked: dict[int, Asked] = field(default_factory=dict)
    _heeded: dict[tuple[str, str], datetime | None] = field(default_factory=dict)

    # ---------------------------------------------------------------- at every step

    def comes_to(self, worker: int, point: str) -> None:
        """A worker has come to a point, and nothing else has happened yet.

        Before K9 it asked the gate just now, or at most a minute ago by its own clock.
        """
        if point == "K9" and worker in self._asked:
            asked, latest = self._asked[worker], self._now()
            if asked.skew == latest.skew:
                ago = min(latest.shown - asked.shown, _STALE)
                read_s = max(asked.read_s, latest.read_s)
                truth, shown = latest.truth - ago, latest.shown - ago
                self._asked[worker] = Asked(truth, shown, latest.skew, read_s, *asked[4:])

    def leaves(self, worker: int, point: str) -> None:
        """A worker goes on from a point; after these it asks the gate."""
        if point in {"K7", "find done"}:
            self._asked[worker] = self._now()

    def starts(self, worker: int) -> None:
        self._asked.pop(worker, None)

    def _now(self) -> Asked:
        ((read_s,),) = self.rows("SELECT min(coalesce(read_at_s, 0)) FROM calendar")
        truth, shown = self.clock.moment, self.clock.now()
        return Asked(truth, shown, self.clock.skew, read_s, truth, self._halted(truth))

    def step(self, service: Service, foreign: Foreign) -> None:
        """What must hold at every moment."""
        self._sees_refusals()
        self._require(service.foreign() == foreign, "I5", "an event that is not ours was changed")
        delivered = Counter(each.digest for each in service.delivered)
        self._require(max(delivered.values(), default=0) <= 1, "I1", "a guest was told twice")
        invited = Counter(
            each.proposal for each in self.sent if each.payload.kind is ActionKind.INVITE
        )
        self._require(max(invited.values(), default=0) <= 1, "I1", "a proposal was sent twice")
        approved = {(each.uid, each.recipient) for each in self.yeses.values()}
        for each in (*service.entries.values(), *service.ghosts):
            named = {(each.event.uid, guest) for guest in each.guests}
            self._require(named <= approved, "I3", "an entry names somebody else")
        for digest, uid, kind in self.rows(
            "SELECT digest, uid, kind FROM action WHERE state = 'sent'"
        ):
            by_service = kind == ActionKind.CANCEL and uid in service.called_off
            told = digest in delivered or by_service
            self._require(told, "I7", "the ledger says sent, and nobody was told")

    def delivering(self, worker: int, payload: Payload, entry: Entry | None) -> None:
        """What must hold when a guest is about to be told."""
        self._require(
            self.yeses.get(payload.digest) == payload, "I3", "not what the owner approved"
        )
        gate = self._asked.get(worker)
        self._require(gate is not None, "I2", "nobody asked the gate")
        gate = gate or self._now()
        row = self._ledger(payload)
        taken = row is not None or not self._claims_taken(payload)
        self._require(taken, "I2", "no taken approval of this payload is on the disk")
        proposal, run, given_s, expires_s = row or self._unclaimed(payload)
        asked_s = int(gate.shown.timestamp())
        self._require(asked_s < expires_s, "I2", "the approval had expired")
        old = gate.truth - self.given[payload.digest] >= self.rules.approval_valid + _SLACK
        # A machine that was started anew cannot tell how long the clock was set back for.
        self._require(self.forgetful or not old, "I2", "the approval was older than it may be")
        self._require(given_s <= asked_s + 600, "I2", "the approval lies in the future")
        if payload.kind is ActionKind.INVITE:
            same = entry is not None and _words(entry) == _expected_words(payload)
            self._require(same, "I5", "the owner had changed its entry, or removed it")
        if payload.kind in _MEETS:
            self._time_is_free(payload, gate)
            self._calendars_are_fresh(gate)
        stopped = self.stopped_since is not None and self.stopped_since < gate.truth
        self._require(not stopped, "I6", "the owner had stopped everything")
        halted = gate.halted & {payload.calendar, payload.channel}
        self._require(not halted, "I6", "the service wanted nothing for a while")
        self.sent.append(Sent(payload, proposal, run, gate.first, self.clock.moment))
        self._limits()

    def removing(self, entry: Entry, last: Payload | None) -> None:
        """Our entry goes only as we wrote it, unless the meeting was called off."""
        if last is None or last.kind is ActionKind.INVITE:
            same = last is not None and _words(entry) == _expected_words(last)
            self._require(same, "I5", "an entry the owner had changed was removed")
            stands = any(each.payload.uid == entry.event.uid for each in self.sent)
            self._require(not stands, "I7", "the entry of a meeting that stands was removed")
        self._require(not entry.guests, "I5", "an entry with guests was removed")

    def at_rest(self, *, good_run: bool) -> None:
        """After a run that met nothing bad, late enough: nothing is half-way."""
        if good_run:
            half = self.rows("SELECT id FROM action WHERE state = 'inviting'")
            self._require(not half, "I7", "something stays half-way")
        for (note,) in self.rows("SELECT note FROM action WHERE state = 'needs-review'"):
            self._require(
                "fika settle" in note or "another entry" in note, "I7", f"no way out: {note}"
            )

    def at_the_end(self) -> None:
        """When faults have ended and days have passed, everything has."""
        open_ones = self.rows(
            "SELECT state FROM action WHERE state IN ('approved', 'holding', 'held', 'inviting')"
        )
        self._require(not open_ones, "I7", f"still under way: {open_ones}")
        (found,) = self.rows("PRAGMA integrity_check")
        self._require(found == ("ok",), "I7", f"the store is damaged: {found}")

    def tidied(self, service: Service, unsent: Iterable[Action]) -> None:
        """No entry stands as we wrote it for a meeting that came to nothing.

        What the ledger has lost it cannot clear away; an entry without a guest harms nobody.
        """
        for each in () if self.forgetful else unsent:
            entry = service.entries.get(each.payload.uid)
            left = entry is not None and _words(entry) == _expected_words(each.payload)
            told = entry is not None and entry.guests
            self._require(not left or bool(told), "I7", "an entry that nobody needs was left")

    # ---------------------------------------------------------------- parts

    def _ledger(self, payload: Payload) -> tuple[int, int, int, int] | None:
        """The proposal, the run that took the approval, when it was given and when it expires."""
        for row in self.rows(
            "SELECT a.proposal, s.run, p.given_s, p.expires_s FROM action a"
            " JOIN approval p ON p.action = a.id JOIN sending s ON s.action = a.id"
            " WHERE p.digest = ? AND a.digest = p.digest AND p.used_s IS NOT NULL",
            payload.digest,
        ):
            proposal, run, given_s, expires_s = row
            return proposal, run, given_s, expires_s
        return None

    def _claims_taken(self, payload: Payload) -> bool:
        """Whether what is on its way must still be claimed in the ledger.

        Workers that know of no lock can take each other's claim back. Before an invitation is
        taken back its entry gets another version; an entry with guests is left to the service,
        which lets one of two through, claimed or not.
        """
        return self.locked or payload.kind is ActionKind.INVITE

    def _unclaimed(self, payload: Payload) -> tuple[int, int, int, int]:
        """What the ledger says of an approval that is not taken, the newest of this payload.

        What was taken back unsent may be approved once more, word for word.
        """
        *_, (proposal, given_s, expires_s) = self.rows(
            "SELECT a.proposal, p.given_s, p.expires_s FROM action a"
            " JOIN approval p ON p.action = a.id WHERE p.digest = ? AND a.digest = p.digest"
            " ORDER BY a.generation",
            payload.digest,
        )
        return proposal, 0, given_s, expires_s

    def _time_is_free(self, payload: Payload, gate: Asked) -> None:
        for each in self.taken:
            clash = each.when.overlaps(payload.when) and each.known < gate.truth
            self._require(not clash, "I6", "its time was known to be taken")
        for told in self._promised(gate):
            stands = told.uid != payload.uid and self.standing(told.uid) == told.when
            clash = stands and told.when.overlaps(payload.when)
            self._require(not clash, "I6", "its time was promised to somebody else")

    def _promised(self, gate: Asked) -> tuple[Payload, ...]:
        """What guests were told before that, each meeting as it was told last."""
        told = [each for each in self.sent if each.truth < gate.truth and not self.forgetful]
        last = {each.payload.uid: each.payload for each in told}
        return tuple(each for each in last.values() if each.kind in _MEETS)

    def _calendars_are_fresh(self, gate: Asked) -> None:
        age_s = int(gate.shown.timestamp()) - gate.read_s
        self._require(age_s <= _FRESH.total_seconds(), "I6", "a calendar had not been read")

    def _sees_refusals(self) -> None:
        """Which refusals the ledger knows of, each with the time in truth of what it tells of."""
        known = self.rows("SELECT substr(name, 11), value FROM meta WHERE name LIKE 'suspended %'")
        self._heeded = {
            (name, end): self._heeded.get((name, end), self.refused.get(name))
            for name, end in known
        }

    def _halted(self, truth: datetime) -> frozenset[str]:
        """Who wants nothing now, by true time, as far as the ledger knows of it."""
        since = {name: at for (name, _), at in self._heeded.items() if at and not self.forgetful}
        return frozenset(name for name, at in since.items() if truth < at + _DAY - _ROUNDED)

    def _limits(self) -> None:
        if self.forgetful:
            return
        begun = [each for each in self.sent if each.payload.kind in _BEGINS]
        runs = Counter(each.run for each in begun)
        worst_run = max(runs.values(), default=0)
        self._require(worst_run <= self.rules.per_run, "I4", "too many in a run")
        day = _most_within((each.counted for each in begun), _DAY)
        self._require(day <= self.rules.per_day, "I4", "too many in a day")
        again = {ActionKind.INVITE: self.rules.per_person, ActionKind.REPORT: _DAY}
        told = defaultdict[tuple[ActionKind, str], list[datetime]](list)
        for each in begun:
            told[each.payload.kind, guest_key(each.payload.recipient)].append(each.counted)
        for (kind, _), times in told.items():
            often = _most_within(times, again[kind])
            self._require(often <= 1, "I4", "somebody was written to again too soon")

    def _require(self, holds: bool, invariant: str, otherwise: str) -> None:
        if not holds and invariant in self.watched:
            raise Violated(f"{invariant}: {otherwise}")


def _most_within(times: Iterable[datetime], span: timedelta) -> int:
    """The largest number of moments that surely lie closer together than ``span``."""
    ordered = sorted(times)
    width = span - _ROUNDED

    def following(first: datetime) -> Iterator[datetime]:
        return (each for each in ordered if first <= each < first + width)

    return max((sum(1 for _ in following(each)) for each in ordered), default=0)


def _words(entry: Entry) -> tuple[object, ...]:
    event = entry.event
    texts = (event.title, event.location, event.text)
    return event.when, event.marker, *(each.split() for each in texts)


def _expected_words(payload: Payload) -> tuple[object, ...]:
    return _words(Entry(our_entry(payload), payload.when.start))
