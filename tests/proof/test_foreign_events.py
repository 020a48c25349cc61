"""Whatever the owner, the services and the guests do, Fika changes no event that is not its own.

A state machine does everything that can lead to a write, in any order, among events of other
people: beside ours, over ours, copied from ours, and standing under the very name that ours
would get. After each step every one of them is, byte by byte, as its people left it.
"""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from agent import daily
from agent.dispatch import settle
from agent.errors import FikaError, UsageProblem
from agent.keeping import forget, restore
from agent.keeping.backup import make
from agent.relationships import diary, people
from agent.sending import approving, outcome
from agent.sending.ports import SendingPorts
from agent.store import actions, blocks, calendars, meta, proposals, runs
from agent.store import people as listed
from agent.store.database import FILE_NAME, Database
from agent.store.pause import pause, resume
from connectors.port import Found, OwnEvent, Written
from policies.calendar.event import Response
from policies.interval import Interval
from policies.people.person import Format, Priority
from policies.proposal import ProposalState
from policies.sending.action import ActionKind, ActionState, meeting_uid
from tests import make as values
from tests.agent.model_channel import PROFILES, MovableClock
from tests.agent.world import DAY, HOUR, MINUTE, Crash
from tests.proof.account import Account
from tests.proof.figures import record
from tests.proof.year import BEGIN
from tests.proof.year import settings as owner_settings
from tests.simulator.disk import in_memory

pytestmark = pytest.mark.proof

STEPS = 50_000
A_MACHINE = 100
MACHINES = 580  # some end early
WRITES = ("create", "update", "delete", "deliver")
PEOPLE = [
    replace(values.person(f"Guest {number}", Priority.A), listed_on=date(2025, 6, 1))
    for number in range(5)
]

picks = st.integers(0, 99)
hours = st.integers(1, 20 * 24)
kinds = st.sampled_from(["plain", "copied mark", "our title", "over ours", "our name"])


@dataclass
class Tally:
    """What all machines together have done: steps, events of others, and calls by name."""

    steps: int = 0
    foreign: int = 0
    calls: Counter[str] = field(default_factory=Counter)


TALLY = Tally()


@cache
def _empty_store() -> bytes:
    with tempfile.TemporaryDirectory(prefix="fika-empty-") as home:
        with Database(Path(home)) as db, db.transaction() as sql:
            # The same ids in every machine, so that it does the same whenever it is played.
            sql.execute("UPDATE meta SET value = ? WHERE name = 'installation'", ("5" * 32,))
            listed.save_all(sql, PEOPLE)
        return (Path(home) / FILE_NAME).read_bytes()


class AmongOthers(RuleBasedStateMachine):
    """One owner whose work calendar is a service of a profile, with events of other people."""

    kind = Account

    @initialize(
        profile=st.sampled_from(sorted(PROFILES)),
        rate=st.sampled_from([0.0, 0.1]),
        seed=st.integers(0, 2**32),
    )
    def begins(self, profile: str, rate: float, seed: int) -> None:
        self.place = in_memory()
        self.home = Path(self.place.name)
        (self.home / FILE_NAME).touch(0o600)
        (self.home / FILE_NAME).write_bytes(_empty_store())
        self.clock, self.random = MovableClock(BEGIN), random.Random(seed)
        self.settings = owner_settings(profile)
        names = (each.name for each in self.settings.calendars)
        self.accounts = {
            name: self.kind(PROFILES[profile], self.clock, name=name, chance=self.random, rate=rate)
            for name in names
        }
        self.work = self.accounts["work"]
        self.stopped, self.crash_in, self.backup = False, 0, Path()
        self.planted = 0
        key = (self.settings.accounts[0].service.value, "work")
        channel = ("mail", "work") if profile == "mail" else key
        self.ports = SendingPorts(
            {channel: self.work}, self.clock, lambda: self.stopped, self._checkpoint
        )
        self.db = self._opened()
        for hour in (3, 28, 52, 75):
            self._plant(OwnEvent(f"other-{hour}", self._when(hour), "UTC", "A meeting", "", ""))
        self.daily_run()

    def teardown(self) -> None:
        if hasattr(self, "db"):
            TALLY.calls.update(self.work.calls)
            self.db.close()
            self.place.cleanup()

    @invariant()
    def nothing_of_others_was_changed(self) -> None:
        TALLY.steps += 1
        for each in self.accounts.values():
            assert each.touched_foreign() == []

    # ---------------------------------------------------------------- Fika

    @rule()
    def daily_run(self) -> None:
        now = self.clock.now()
        number = runs.start(self.db, now, None)
        with suppress(Crash):
            report = daily.run(self.db, self.settings, self.accounts, self.work, now, run_id=number)
            settle(self.db, self.ports, self.settings, number)
            daily.refresh_agendas(self.db, self.settings, self.work, report)
            runs.finish(self.db, number, self.clock.now(), 0, "{}")

    @rule()
    def sends_by_hand(self) -> None:
        with suppress(Crash):
            settle(self.db, self.ports, self.settings, -self.random.randrange(1, 2**31))

    @rule(pick=picks, slot=st.integers(0, 2))
    def approves(self, pick: int, slot: int) -> None:
        self._say_yes(approving.prepare, ProposalState.OPEN, pick, slot=slot)

    @rule(pick=picks, slot=st.integers(0, 2))
    def approves_and_sends(self, pick: int, slot: int) -> None:
        self.approves(pick, slot)
        self.sends_by_hand()

    @rule(pick=picks)
    def calls_off(self, pick: int) -> None:
        self._say_yes(approving.prepare_cancel, ProposalState.SENT, pick)

    @rule(pick=picks, slot=st.integers(0, 2))
    def moves_a_meeting(self, pick: int, slot: int) -> None:
        self._say_yes(approving.prepare_move, ProposalState.SENT, pick, slot=slot)

    @rule(pick=picks)
    def rejects(self, pick: int) -> None:
        found = proposals.listed(self.db, ProposalState.OPEN, ProposalState.APPROVED)
        if found:
            with suppress(UsageProblem):
                number = found[pick % len(found)].number
                outcome.reject(self.db, number, "no", self.clock.now())

    @rule(pick=picks, slot=st.integers(0, 2))
    def gives_up_half_way(self, pick: int, slot: int) -> None:
        """The entry may stand by then, and goes."""
        self.approves(pick, slot)
        self.crash_in = 6
        self.sends_by_hand()
        self.crash_in = 0
        self.rejects(pick)
        self.sends_by_hand()

    @rule(sent=st.booleans())
    def settles_a_doubt(self, sent: bool) -> None:
        for each in actions.in_state(self.db, {ActionState.NEEDS_REVIEW}):
            outcome.settle_by_owner(self.db, each.proposal, self.clock.now(), sent=sent)

    @rule(still=st.sampled_from(["stop", "go", "pause", "resume"]))
    def keeps_still(self, still: str) -> None:
        self.stopped = still == "stop"
        with self.db.transaction() as sql:
            if still == "pause":
                pause(sql, self.clock.now() + 3 * DAY)
            elif still == "resume":
                resume(sql)

    @rule(pick=picks, deed=st.sampled_from(["snooze", "log", "rename", "remove", "forget"]))
    def changes_the_list(self, pick: int, deed: str) -> None:
        known = listed.everyone(self.db)
        if not known:
            with self.db.transaction() as sql:
                listed.save_all(sql, PEOPLE)
            return
        person = known[pick % len(known)]
        today = self.clock.now().date()
        with suppress(FikaError):
            if deed == "snooze":
                people.edit(self.db, person, {"snoozed_until": today + DAY * 5})
            elif deed == "log":
                diary.contact(self.db, person, today, Format.CALL, "", today, "UTC")
            elif deed == "rename":
                people.edit(self.db, person, {"name": f"Other {pick}"})
            elif deed == "remove":
                people.remove(self.db, person)
            else:
                forget.forget(self.home, self.db, forget.subject(self.db, person.id))

    @rule()
    def accepts_a_shrunken_calendar(self) -> None:
        with self.db.transaction() as sql:
            calendars.accept_shrink(sql, "work")

    @rule()
    def makes_a_backup(self) -> None:
        self.backup = make(self.db, self.home, self.clock.now())

    @precondition(lambda self: self.backup.is_file())
    @rule()
    def restores_the_backup(self) -> None:
        with restore.prepared(self.home, self.backup) as ready:
            restore.put_back(self.home, ready, self.clock.now())
        with self.db.transaction() as sql:  # drawn by the machine: uids to come depend on it
            meta.remember(sql, "epoch", f"{self.random.getrandbits(64):016x}")

    @rule(steps=st.integers(1, 12))
    def is_killed_soon(self, steps: int) -> None:
        self.crash_in = steps

    # ---------------------------------------------------------------- the owner, the guests

    @rule(pick=picks, deed=st.sampled_from(["move", "remove", "retitle", "invite", "answer"]))
    def changes_ours_by_hand(self, pick: int, deed: str) -> None:
        ours = self.work.ours()
        if not ours:
            return
        ref = ours[pick % len(ours)]
        if deed == "move":
            self.work.shift(ref, (pick - 50) * HOUR)
        elif deed == "remove":
            self.work.remove(ref)
        elif deed == "retitle":
            self.work.edit(ref, title=f"Mine {pick}")
        elif deed == "invite":
            entry = self.work.entries[ref]
            entry.guests |= {f"friend{pick}@example.net"}
            self.work.edit(ref)
        else:
            self.work.answer(ref, Response.DECLINED if pick % 2 else Response.ACCEPTED)

    @rule(kind=kinds, hour=hours, pick=picks, guest=st.booleans())
    def others_write(self, kind: str, hour: int, pick: int, guest: bool) -> None:
        """Somebody else's event, and the ways in which it can look like one of ours."""
        ours = self.work.ours()
        model = self.work.entries[ours[pick % len(ours)]].event if ours else None
        event = OwnEvent(f"by-{self.planted}", self._when(hour), "UTC", "A meeting", "", "")
        if kind == "our title":
            event = replace(event, title=self.settings.rules.planning.title)
        elif kind == "copied mark" and model:
            event = replace(event, marker=model.marker)
        elif kind == "over ours" and model:
            event = replace(event, when=model.when)
        elif kind == "our name":
            event = replace(event, uid=self._name_to_come(pick))
        self._plant(event, guest=guest)

    @rule(pick=picks, deed=st.sampled_from(["move", "drop"]))
    def others_change_theirs(self, pick: int, deed: str) -> None:
        account = list(self.accounts.values())[pick % 3]
        refs = list(account.foreign)
        if not refs:
            return
        ref = refs[pick % len(refs)]
        entry = account.entries[ref]
        if deed == "drop":
            account.drop_foreign(ref)
        else:
            when = Interval(entry.event.when.start + HOUR, entry.event.when.end + HOUR)
            account.hold_foreign(ref, replace(entry.event, when=when), entry.guests)

    @rule(minutes=st.sampled_from([1, 10, 55, 300, 1440, 4400, -30]))
    def time_passes(self, minutes: int) -> None:
        self.clock.forward(timedelta(minutes=minutes))

    # ---------------------------------------------------------------- parts

    def _say_yes(
        self,
        prepare: Callable[..., approving.Offer],
        state: ProposalState,
        pick: int,
        **slot: int,
    ) -> None:
        found = proposals.listed(self.db, state)
        if not found:
            return
        now, number = self.clock.now(), found[pick % len(found)].number
        with suppress(UsageProblem, Crash):
            offer = prepare(self.db, self.settings, number, now=now, **slot)
            approving.approve(
                self.db, self.settings, offer, now=now, accept_old=True, checkpoint=self._checkpoint
            )

    def _name_to_come(self, pick: int) -> str:
        """A UID that the next planning slot, or the next invitation, is going to have."""
        found = proposals.listed(self.db, ProposalState.OPEN)
        if pick % 2 and found:
            number = found[pick % len(found)].number
            generation = actions.generation(self.db, number, ActionKind.INVITE)
            return meeting_uid(proposals.origin(self.db, number), number, generation)
        week = (self.clock.now() + timedelta(weeks=pick % 6)).isocalendar()
        return blocks.uid(self.db.installation, f"{week.year}-W{week.week:02}", pick % 3)

    def _plant(self, event: OwnEvent, *, guest: bool = False) -> None:
        account = self.random.choice([self.work, self.work, *self.accounts.values()])
        guests = [self.random.choice(PEOPLE).addresses[0]] if guest else []
        TALLY.foreign += 1
        self.planted += 1
        account.hold_foreign(f"foreign-{self.planted}", event, guests)

    def _when(self, hour: int) -> Interval:
        start = self.clock.now().replace(minute=0, second=0, microsecond=0) + hour * HOUR
        return Interval(start, start + 45 * MINUTE)

    def _checkpoint(self, name: str) -> None:
        self.crash_in -= 1
        if self.crash_in == 0:
            raise Crash(name)

    def _opened(self) -> Database:
        db = Database(self.home)
        db.rows("PRAGMA synchronous=OFF")
        return db


class Careless(Account):
    """A service that shows nothing but ours, and lets a new event replace what stands there."""

    def _found(self, uid: str) -> Found | None:
        found = super()._found(uid)
        return None if found is None or found.written.ref in self.foreign else found

    def _create(self, event: OwnEvent) -> Written:
        for ref in self.foreign:
            if self.entries[ref].event.uid == event.uid:
                self.edit(ref, **{each.name: getattr(event, each.name) for each in fields(event)})
                return self._written(ref)
        return super()._create(event)


class AmongOthersCarelessly(AmongOthers):
    """Others more often stand under a name of ours: it does not take thousands of steps."""

    kind = Careless

    @rule(hour=hours, pick=picks)
    def others_take_a_name_of_ours(self, hour: int, pick: int) -> None:
        self.others_write("our name", hour, pick, guest=False)


def _machines(count: int) -> settings:
    return settings(
        max_examples=count,
        stateful_step_count=A_MACHINE,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def test_in_50_000_steps_no_event_of_anybody_else_is_changed() -> None:
    TALLY.steps, TALLY.foreign = 0, 0
    TALLY.calls.clear()

    run_state_machine_as_test(AmongOthers, settings=_machines(MACHINES))

    assert TALLY.steps >= STEPS
    assert min(TALLY.calls[each] for each in WRITES) >= 20
    writes = sum(TALLY.calls[each] for each in WRITES)
    record(
        "Steps of a state machine among events of others",
        TALLY.steps,
        seed="derandomized",
        note=f"{TALLY.foreign:,} events of others, {writes:,} writes beside them",
    )


def test_a_write_to_an_event_of_somebody_else_is_found() -> None:
    with pytest.raises(AssertionError, match="foreign-"):
        run_state_machine_as_test(AmongOthersCarelessly, settings=_machines(200))
