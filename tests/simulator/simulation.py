"""The real dispatcher and the real store around a model of a service, in time of their own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from agent import dispatch
from agent.clock import Uptime
from agent.errors import UsageProblem
from agent.relationships.audit import audit
from agent.sending import approving, followup, outcome, reporting
from agent.sending.approving import Approved, Offer
from agent.sending.ports import MAIL, NO_CALENDAR, DispatchReport, SendingPorts
from agent.settings import Settings
from agent.store import actions, people, proposals, runs
from agent.store.database import Database
from agent.store.errors import StateUnusable
from agent.store.suspension import suspended
from connectors.port import InvitationWriter, OwnEvent
from policies.calendar.event import Event, Span
from policies.interval import Interval
from policies.people.person import Person
from policies.sending.action import UNDER_WAY, Action, ActionKind, ActionState, Payload
from policies.wall import WallTime
from tests import make
from tests.agent import world
from tests.agent.model_channel import PROFILES, Entry
from tests.agent.store import stored
from tests.connectors import replies
from tests.simulator import trace
from tests.simulator.audit import Audit, Taken
from tests.simulator.disk import ANCHOR, Disk
from tests.simulator.fate import Death, Fate
from tests.simulator.service import Post, Service, SkewedClock
from tests.simulator.trace import Line
from tests.simulator.turns import Turns
from tests.simulator.wire import WRITES, Answer

Settle = Callable[[Database, SendingPorts, Settings, int], DispatchReport]
_INSIDE: Final = frozenset({"commit asked", "K0", "K12"})
"""Points inside a transaction: another process would wait there."""
_CHANGES: Final = frozenset({"commit done", *(f"{call} done" for call in WRITES)})
_MINUTE: Final = timedelta(minutes=1)
_RESTART: Final = 2 * _MINUTE

_STANDING_YES = """
SELECT 1 FROM approval JOIN action ON action.id = approval.action
WHERE approval.digest = ? AND state NOT IN ('expired', 'rejected', 'cancelled')
"""


class Dispatcher(NamedTuple):
    """What is put to the proof: the real one, unless a test has broken it on purpose."""

    settle: Settle = dispatch.settle
    channel: Callable[[InvitationWriter], InvitationWriter] = lambda channel: channel


class Ended(NamedTuple):
    """How a run ended; ``well``: it met no fault, no death, and nothing happened meanwhile."""

    died: bool
    well: bool


class Simulation:
    """One owner, one calendar, one service; ``trace`` tells all that happened, in order."""

    def __init__(
        self,
        profile: str,
        disk: Disk,
        fate: Fate,
        *,
        settings: Settings = world.SETTINGS,
        dispatcher: Dispatcher = Dispatcher(),  # noqa: B008 - a value
        forgets: bool = False,
        last_shows: bool = False,
    ) -> None:
        self.fate = fate
        self.settings = settings
        self.trace: list[Line] = []
        self.clock = SkewedClock(world.NOW)
        self.disk = disk
        disk.renew(forgets=forgets)
        self.service = Service(PROFILES[profile], self.clock, self, last_shows=last_shows)
        self.post = Post(PROFILES["mail"], self.clock, self, last_shows=False)
        self.post.delivered = self.service.delivered
        self.audit = Audit(disk.rows, self.clock, settings.rules.sending)
        self.audit.standing = self._stands
        self.turns = Turns(fate.below)
        self.runs = 0
        self._started = self.clock.moment
        self.stopped = False
        self.busy: dict[str, Interval] = {}
        self.deed: Callable[[], None] = lambda: None
        self._dispatcher = dispatcher
        self._foreign = self.service.foreign()
        self._trouble = False
        self._desk: Database | None = None
        self._last: dict[str, Payload] = {}

    def close(self) -> None:
        if self._desk is not None:
            self._desk.close()
            self._desk = None

    @property
    def desk(self) -> Database:
        """The store as the owner's own commands see it: nothing ever goes wrong there."""
        if self._desk is None:
            self._desk = self.disk.open(self._noted)
        return self._desk

    def tell(self, what: str, detail: str = "") -> None:
        """Add a line to the trace."""
        clock = self.clock
        self.trace.append(Line(clock.moment, clock.skew, self.turns.now, what, detail))

    # ---------------------------------------------------------------- what the service asks

    def answer(self, source: str, call: str) -> Answer:
        answer = self.fate.answer(call)
        if answer is not Answer.OK:
            self._trouble = True
            self.tell(f"{call} will be answered {answer}")
        if answer is Answer.QUOTA:
            self.audit.refused[source] = self.clock.moment
        return answer

    def reach(self, point: str) -> None:
        """A point that a worker passes; see the module's parts for what may happen there."""
        worker = self.turns.now
        self.tell(point)
        self.audit.comes_to(worker, point)
        self._passes(self.fate.waits(point))
        if point not in _INSIDE and self.fate.meddles(point):
            self._trouble = True
            self.deed()
        if point in _CHANGES:
            self.audit.step(self.service, self._foreign)
        if self.fate.dies(point):
            self._trouble = True
            self.tell(f"DIES at {point}")
            raise Death(point)
        if point == "commit done":
            self.disk.remember()
        if point == "commit asked" and self.fate.fills():
            self._trouble = True
            self.tell(trace.FULL)
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error
        if point not in _INSIDE:
            self.turns.pass_on()
        self.audit.leaves(worker, point)

    def delivering(self, payload: Payload, entry: Entry | None) -> None:
        self.tell("REACHES", f"{payload.recipient}: {payload.kind} {payload.uid[:8]}")
        self.audit.delivering(self.turns.now, payload, entry)
        self._last[payload.uid] = payload

    def removing(self, entry: Entry) -> None:
        payload = self._last.get(entry.event.uid)
        if payload is None or payload.kind is ActionKind.INVITE:
            found = actions.of_meeting(self.desk, entry.event.uid)
            payload = found[0].payload if found else None
        self.audit.removing(entry, payload)

    def stale_by(self) -> timedelta:
        most = self.service.abilities.settles_within
        return most * self.fate.below(5) / 4 if most else most

    # ---------------------------------------------------------------- what happens

    def propose(self, person: Person, first: Interval) -> int:
        """The daily run leaves a proposal."""
        with self.desk.transaction() as sql:
            people.save(sql, person)
            fields = {"expires": self.clock.now() + 30 * world.DAY}
            return proposals.add(sql, world.draft(person, first, **fields), self.clock.now())

    def read(self) -> None:
        """Both calendars are read now, by a process of its own."""
        listed = self.busy | self.service.listed()
        shown = [_event(uid, when) for uid, when in listed.items()]
        stored.read(self.desk, (ANCHOR, *shown), settings=self.settings, now=self.clock.now())
        known = {each.uid: each for each in self.audit.taken}
        now = self.clock.moment
        self.audit.taken = [
            known[uid] if uid in known and known[uid].when == when else Taken(uid, when, now)
            for uid, when in self.busy.items()
        ]
        self.tell("calendars are read")

    def stop(self, *, stopped: bool) -> None:
        """The owner puts the file there that stops all sending, or takes it away."""
        self.stopped = stopped
        self.audit.stopped_since = self.clock.moment if stopped else None
        self.tell("STOP" if stopped else "no STOP")

    def approve(self, number: int, slot: int | None = None) -> None:
        """The owner says yes; their process may die, and may then be asked again."""
        self._yes(lambda db, now: approving.prepare(db, self.settings, number, now=now, slot=slot))

    def call_off(self, number: int) -> None:
        self._yes(lambda db, now: approving.prepare_cancel(db, self.settings, number, now=now))

    def move(self, number: int, slot: int) -> None:
        self._yes(
            lambda db, now: approving.prepare_move(
                db, self.settings, number, slot, now=now, text=None
            )
        )

    def report(self, reader: str) -> None:
        """The owner has the audit mailed to someone."""

        def prepared(db: Database, now: datetime) -> Offer:
            to = reporting.reader(db, reader)
            standings = audit(db, self.settings, now)
            return reporting.prepare(db, self.settings, standings, to, note="", now=now)

        self._yes(prepared, reporting.approve)

    def reject(self, number: int) -> None:
        with suppress(UsageProblem):
            outcome.reject(self.desk, number, "no", self.clock.now())
            self.tell("the owner rejects", str(number))

    def take_back_reports(self) -> None:
        """Those that still wait, such as one whose yes was given by a clock far ahead."""
        for each in actions.reports(self.desk):
            with suppress(UsageProblem):
                outcome.reject_report(self.desk, each.report, self.clock.now())

    def settle_reviews(self) -> None:
        """The owner looks into what was sent, and says how it was."""
        told = {each.digest for each in self.service.delivered}
        for each in actions.in_state(self.desk, {ActionState.NEEDS_REVIEW}):
            sent, now = each.payload_digest in told, self.clock.now()
            if each.payload.kind is ActionKind.REPORT:
                outcome.settle_report(self.desk, each.report, now, sent=sent)
            else:
                outcome.settle_by_owner(self.desk, each.proposal, now, sent=sent)
            self.tell("the owner settles", f"{each.proposal}: {'sent' if sent else 'not sent'}")

    def guest_answers(self, payload: Payload, answer: str) -> None:
        """The guest answers what they were told, and the owner has the answer taken in."""
        data = replies.google(answer, payload.uid, payload.recipient)
        data = data.replace(b"SEQUENCE:0", f"SEQUENCE:{payload.sequence}".encode())
        followup.take_replies(self.desk, self.settings, data, self.clock.now())
        self.tell("a guest answers", f"{payload.uid[:8]}: {answer}")

    def foreign_is(self, event: OwnEvent) -> None:
        """The owner has, or changes, an event of their own."""
        self.service.put(event)
        self._foreign = self.service.foreign()
        self.tell("an event of the owner's own", event.uid[:8])

    def run(self, workers: int = 1) -> Ended:
        """What runs do about sending: one, or several at once that know of no lock."""
        self._trouble = self.stopped or self._is_left_alone()
        self.audit.locked = workers == 1
        deaths: list[str] = []

        def work(worker: int) -> None:
            self.runs += 1
            self.audit.starts(worker)
            self.tell("run", str(self.runs))
            with self._process(deaths) as process:
                number = runs.start(process, self.clock.now(), self._uptime())
                channels = {
                    (MAIL, "work"): self._dispatcher.channel(self.service),
                    (MAIL, NO_CALENDAR): self._dispatcher.channel(self.post),
                }
                ports = SendingPorts(
                    channels, self.clock, lambda: self.stopped, self.reach, self._uptime
                )
                self._dispatcher.settle(process, ports, self.settings, number)

        self.turns.run([lambda each=each: work(each) for each in range(workers)])  # type: ignore[misc]
        self.audit.step(self.service, self._foreign)
        return Ended(bool(deaths), not self._trouble)

    def lose(self, commits: int) -> None:
        """The machine has lost its power, and the store its newest commits.

        Until it is up again, what a service was told before shows there.
        """
        self.close()
        lost = self.disk.lose(commits)
        self.audit.taken = []
        self.audit.forgetful = self.audit.forgetful or lost > 0
        self.clock.forward(_RESTART)
        self._started = self.clock.moment
        if lost:
            self.tell(trace.LOST, str(lost))

    def under_way(self) -> tuple[Action, ...]:
        return actions.in_state(self.desk, UNDER_WAY)

    def unsent_invitations(self) -> list[Action]:
        return [
            each
            for each in actions.in_state(self.desk, ActionState)
            if each.payload.kind is ActionKind.INVITE and each.state is not ActionState.SENT
        ]

    # ---------------------------------------------------------------- parts

    def _is_left_alone(self) -> bool:
        """Whether the service wants nothing for a while: then what waits may go on waiting."""
        return bool(suspended(self.desk, self.clock.now()))

    def _uptime(self) -> Uptime:
        up = self.clock.moment - self._started
        return Uptime(self._started.isoformat(), up.total_seconds())

    def _stands(self, uid: str) -> Interval | None:
        entry = self.service.entries.get(uid)
        return None if entry is None else entry.event.when

    @contextmanager
    def _process(self, deaths: list[str]) -> Iterator[Database]:
        """A process with the store open; death and a full disk end it, and nothing else does."""
        db = self.disk.open(self.reach)
        try:
            yield db
        except Death as death:
            deaths.append(str(death))
        except StateUnusable:
            self.tell("ends: the store is unusable")
        finally:
            db.close()

    def _yes(
        self,
        prepared: Callable[[Database, datetime], Offer],
        approve: Callable[..., Approved] = approving.approve,
    ) -> None:
        now = self.clock.now()
        with self._process([]) as db, suppress(UsageProblem):
            offer = prepared(db, now)
            self.audit.yeses[offer.payload.digest] = offer.payload
            if not self.audit.rows(_STANDING_YES, offer.payload.digest):
                self.audit.given[offer.payload.digest] = self.clock.moment
            self.tell(f"the owner says yes to {offer.payload.kind}", str(offer.action.proposal))
            approve(db, self.settings, offer, now=now, uptime=self._uptime(), checkpoint=self.reach)

    def _noted(self, point: str) -> None:
        if point == "commit done":
            self.disk.remember()

    def _passes(self, time: timedelta) -> None:
        self.clock.forward(time)
        if time > _MINUTE:
            self.tell(trace.SLEEP, str(time))


def _event(uid: str, when: Interval) -> Event:
    """An event that a reading of the calendar shows there."""
    start = WallTime(when.start.replace(tzinfo=None), "UTC")
    span = Span(0, int((when.end - when.start).total_seconds()))
    return replace(make.event(), uid=uid, start=start, span=span)
