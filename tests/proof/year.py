"""A year in the life of an owner: two runs a day, and everything that happens between them.

The daily run, sending, approving and settling are the real ones on a real store, opened anew for
each run; accounts answer or fail, meetings come and go, guests answer, and the owner says yes,
no, or nothing, moves meetings, and tidies up by hand.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from agent import daily
from agent.dispatch import settle
from agent.errors import UsageProblem
from agent.exits import Exit, worst
from agent.keeping.backup import make_daily
from agent.sending import approving, outcome
from agent.sending.approving import Offer
from agent.sending.ports import SendingPorts
from agent.settings import (
    AccountSettings,
    CalendarSettings,
    MailSettings,
    Service,
    Settings,
    SourceKind,
)
from agent.store import actions, people, proposals, runs
from agent.store.database import FILE_NAME, Database
from agent.store.retention import tidy
from connectors.port import Abilities, OwnEvent
from policies.calendar.event import Response
from policies.interval import Interval
from policies.people.person import Person, Priority, PrivateNotes
from policies.proposal import ProposalState
from policies.rules import EtiquetteRules, Rules, SlotRules
from policies.sending.action import ActionState
from tests import make
from tests.agent.model_channel import CALDAV, PROFILES, MovableClock
from tests.agent.world import DAY, HOUR, MINUTE, Crash
from tests.proof.account import Account
from tests.proof.watch import SECRET, Watch

BEGIN: Final = make.utc("2026-01-05 06:30")
NAMES: Final = ("work", "private", "club")
_SERVICES: Final = {
    "google": Service.GOOGLE,
    "graph": Service.OUTLOOK,
    "caldav": Service.CALDAV,
    "mail": Service.CALDAV,
}
_PRIORITIES: Final = (Priority.A, Priority.A, Priority.B, Priority.C)


def settings(profile: str) -> Settings:
    """Three calendars in three accounts; what is written goes to the first."""
    mails = profile == "mail"
    rules = replace(
        Rules(),
        etiquette=replace(EtiquetteRules(), per_run=3, per_week=9),
        slots=replace(SlotRules(), per_day=3, per_week=12, grid=HOUR),  # fewer times to weigh
    )
    services = (_SERVICES[profile], Service.GOOGLE, Service.OUTLOOK)
    return Settings(
        make.OWNER,
        tuple(CalendarSettings(each, SourceKind.ACCOUNT, account=each, id="1") for each in NAMES),
        tuple(
            AccountSettings(name, service, user=make.OWNER.addresses[0], schedules=not mails)
            for name, service in zip(NAMES, services, strict=True)
        ),
        write_calendar="work",
        rules=rules,
        mail=MailSettings("mail.example.com", 587) if mails else None,
    )


@dataclass
class Year:
    """``rate`` is the share of calls that fail; at one checkpoint in a hundred a run is killed."""

    home: Path
    profile: str
    seed: int
    rate: float = 0.05
    people: int = 24
    crashes: int = 0
    runs: int = 0
    clock: MovableClock = field(default_factory=lambda: MovableClock(BEGIN))

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.settings = settings(self.profile)
        self.accounts = {
            name: Account(abilities, self.clock, name=name, chance=self.random, rate=self.rate)
            for name, abilities in zip(NAMES, (self._abilities(), CALDAV, CALDAV), strict=True)
        }
        self.work = self.accounts["work"]
        key = (self.profile if self.profile != "graph" else "outlook", "work")
        self.ports = SendingPorts({key: self.work}, self.clock, lambda: False, self._checkpoint)
        self.watch = Watch(self.settings.rules.sending, self.work, self.clock, self._taken)
        self.work.on_delivery = self.watch.delivering
        self.everyone = [self._person(number) for number in range(self.people)]
        self._count = 0
        with self._store() as db, db.transaction() as sql:
            people.save_all(sql, self.everyone)
        for _ in range(60):
            self._meeting(days=self.random.uniform(-200, 20))

    def live(self, days: int) -> None:
        """So many days of two runs each, and what happens meanwhile."""
        for _ in range(days):
            for pause in (10 * HOUR, 14 * HOUR):
                self._run()
                self._between()
                self.clock.forward(pause + self.random.randrange(-20, 20) * MINUTE)
        with self._store() as db:
            self.watch.at_the_end(db)

    @property
    def size(self) -> int:
        """Bytes of the store and its journals."""
        return sum(each.stat().st_size for each in self.home.glob(f"{FILE_NAME}*"))

    # ---------------------------------------------------------------- the machine

    def _run(self) -> None:
        """What `fika run` does, except for printing and mail."""
        self.runs += 1
        failed = {name: each.failed for name, each in self.accounts.items()}
        with self._store() as db:
            number = runs.start(db, self.clock.now(), None)
            self.watch.run_begins(number)
            try:
                code = self._work_through(db, number)
            except Crash:
                self.crashes += 1
                self.watch.after(db, good=False)
                return
            runs.finish(db, number, self.clock.now(), code, "{}")
            tidy(db, self.clock.now())
            make_daily(db, self.home, self.clock.now())
            bad = [name for name, each in self.accounts.items() if each.failed > failed[name]]
            self.watch.require(not bad or code != Exit.OK, "I9", "all well, though one failed")
            # What needs review outranks, in the exit code, a service that failed as well.
            self.watch.after(db, good=code is Exit.OK)
            for name in set(NAMES) - set(bad):
                self.watch.has_read(db, name, self.accounts[name])

    def _work_through(self, db: Database, number: int) -> Exit:
        now = self.clock.now()
        report = daily.run(db, self.settings, self.accounts, self.work, now, run_id=number)
        sent = settle(db, self.ports, self.settings, number)
        agendas = daily.refresh_agendas(db, self.settings, self.work, report)
        failed = Exit.DEGRADED if agendas.failures else Exit.OK
        return worst([report.exit, sent.exit, failed])

    def _store(self) -> Database:
        """Opened as each command opens it; without waiting for the disk, which nobody unplugs."""
        db = Database(self.home)
        db.rows("PRAGMA synchronous=OFF")
        return db

    def _checkpoint(self, name: str) -> None:
        if self.random.random() < 0.01:
            raise Crash(name)

    # ---------------------------------------------------------------- the owner and the others

    def _between(self) -> None:
        with self._store() as db:
            for step in (self._decide, self._settle_doubt, self._change_mind):
                with suppress(UsageProblem):
                    step(db)
        for _ in range(self.random.randrange(3)):
            self._meeting(days=self.random.uniform(1, 25))
        self._clear_up()
        self._guests_answer()

    def _decide(self, db: Database) -> None:
        """Yes to most proposals, no to some, nothing to others."""
        for each in proposals.listed(db, ProposalState.OPEN):
            will = self.random.random()
            if will < 0.15:
                outcome.reject(db, each.number, "not now", self.clock.now())
            elif will < 0.85:
                slot = self.random.randrange(len(each.draft.slots))
                self._say_yes(db, approving.prepare, each.number, slot=slot)

    def _say_yes(
        self, db: Database, prepare: Callable[..., Offer], number: int, **slot: int
    ) -> None:
        """Read what would be sent, think for a minute, say yes; in haste it is sent at once."""
        with suppress(UsageProblem):
            offer = prepare(db, self.settings, number, now=self.clock.now(), **slot)
            self.clock.forward(MINUTE)
            now = self.clock.now()
            approved = approving.approve(db, self.settings, offer, now=now, accept_old=True)
            self.watch.said_yes(approved.action.payload, now)
            if self.random.random() < 0.3:
                with suppress(Crash):
                    by_hand = -self.random.randrange(1, 2**31)
                    self.watch.run_begins(by_hand)
                    settle(db, self.ports, self.settings, by_hand)

    def _settle_doubt(self, db: Database) -> None:
        """Look into the outbox, and tell the truth."""
        for each in actions.in_state(db, {ActionState.NEEDS_REVIEW}):
            sent = any(told.payload == each.payload for told in self.work.delivered)
            outcome.settle_by_owner(db, each.proposal, self.clock.now(), sent=sent)

    def _change_mind(self, db: Database) -> None:
        """Now and then a meeting that was sent is called off, or moved."""
        for each in proposals.listed(db, ProposalState.SENT):
            if each.slot.when.start < self.clock.now() + DAY or self.random.random() > 0.04:
                continue
            if self.random.random() < 0.5:
                self._say_yes(db, approving.prepare_cancel, each.number)
            else:
                other = (each.chosen + 1) % len(each.draft.slots)
                self._say_yes(db, approving.prepare_move, each.number, slot=other)

    def _meeting(self, days: float) -> None:
        """Somebody meets the owner; a quarter are with people on the list."""
        account = self.random.choice(list(self.accounts.values()))
        start = self.clock.now().replace(minute=0, second=0) + timedelta(days=days)
        start = start.replace(hour=self.random.randrange(7, 17))
        known = self.random.random() < 0.25
        guest = self.random.choice(self.everyone).addresses[0] if known else "boss@example.net"
        when = Interval(start, start + self.random.choice((30, 60, 90)) * MINUTE)
        ref = f"foreign-{self._count}"
        self._count += 1
        account.hold_foreign(ref, OwnEvent(ref, when, "UTC", "A meeting", "", ""), [guest])

    def _clear_up(self) -> None:
        """The owner and others move and remove what is theirs, and now and then what is ours."""
        now = self.clock.now()
        for account in self.accounts.values():
            coming = [ref for ref in account.foreign if account.entries[ref].event.when.start > now]
            if coming and self.random.random() < 0.2:
                account.drop_foreign(self.random.choice(coming))
        ours = [ref for ref in self.work.ours() if self.work.entries[ref].event.when.start > now]
        if ours and self.random.random() < 0.08:
            ref = self.random.choice(ours)
            deed = self.random.randrange(3)
            if deed == 0:
                self.work.remove(ref)
            elif deed == 1:
                self.work.shift(ref, self.random.choice((-1, 1, 24)) * HOUR)
            else:
                self.work.edit(ref, title="Something else")

    def _guests_answer(self) -> None:
        for ref in self.work.ours():
            if self.work.entries[ref].guests and ref not in self.work.answers:
                likely = (Response.ACCEPTED, Response.ACCEPTED, Response.DECLINED)
                if self.random.random() < 0.4:
                    self.work.answer(ref, self.random.choice(likely))

    def _taken(self) -> list[tuple[str, Interval]]:
        """What was seen at the last reading and is not a hold of our own that nobody knows of."""
        told = {each.payload.uid for each in self.watch.sent}
        return [
            (uid, when)
            for account in self.accounts.values()
            for uid, when in account.known_busy
            if uid.startswith("foreign-") or uid in told
        ]

    def _abilities(self) -> Abilities:
        return PROFILES[self.profile]

    def _person(self, number: int) -> Person:
        base = make.person(f"Guest {number}", _PRIORITIES[number % len(_PRIORITIES)])
        return replace(base, listed_on=date(2025, 6, 1), notes=PrivateNotes(SECRET))
