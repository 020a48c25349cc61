"""The limits hold whatever asks for more: a planner gone mad, and a clock that nobody can trust."""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import pytest

from agent.clock import Uptime
from agent.store import actions, people, proposals, runs
from agent.store.database import Database
from policies.interval import Interval
from policies.people.person import Person
from policies.proposal import ProposalState
from policies.sending.action import (
    UNDER_WAY,
    Action,
    ActionKind,
    ActionState,
    action_id,
    guest_key,
    meeting_uid,
)
from policies.sending.gate import SKEW, Consent
from tests import make
from tests.agent.model_channel import CALDAV, MovableClock
from tests.agent.world import DAY, HOUR, MINUTE, NOW, SETTINGS, World, draft
from tests.proof.figures import record

pytestmark = pytest.mark.proof

SEED: Final = 20_260_401
APPROVED, A_RUN, JUMPS = 10_000, 20, 1_000
PER_RUN, PER_DAY = SETTINGS.rules.sending.per_run, SETTINGS.rules.sending.per_day
PER_PERSON = SETTINGS.rules.sending.per_person
CROWD: Final = [make.person(f"Guest {number}") for number in range(60)]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with Database(tmp_path_factory.mktemp("limits") / "state") as db:
        with db.transaction() as sql:
            people.save_all(sql, CROWD)
        yield db


@pytest.fixture
def store(empty: Database) -> Iterator[Database]:
    with empty.copy() as db:
        yield db


class Mad:
    """A planner that proposes all it can, with a yes to each stored without being asked."""

    def __init__(self, here: World, valid: timedelta) -> None:
        self.here, self.valid = here, valid
        self.made = 0

    def approve(self, crowd: list[Person]) -> None:
        """A meeting with each of them, at times of their own."""
        now = self.here.clock.now()
        with self.here.db.transaction() as sql:
            for person in crowd:
                start = now.replace(minute=0, second=0) + 4 * DAY + (self.made % 2_000) * HOUR
                self.made += 1
                when = Interval(start, start + 45 * MINUTE)
                self._one(person, when, proposals.add(sql, draft(person, when), now), now)

    def _one(self, person: Person, when: Interval, number: int, now: datetime) -> None:
        sql, installation = self.here.db._connection, self.here.db.installation
        payload = replace(
            make.payload(),
            uid=meeting_uid(installation, number, 0),
            recipient=person.addresses[0],
            recipient_name=person.name,
            start=when.start.isoformat(),
            end=when.end.isoformat(),
        )
        key = action_id(installation, number, ActionKind.INVITE, 0)
        proposed = ActionState.PROPOSED
        action = Action(key, number, person.id, payload, payload.digest, proposed, now, now)
        actions.add(sql, action, 0)
        consent = Consent(payload.digest, now, now + self.valid, False, True)
        actions.approve(sql, action, consent, now)
        proposals.set_state(sql, number, ProposalState.APPROVED)


@dataclass
class Guard:
    """Counts what guests were told, by a time that no clock shows."""

    here: World
    truth: MovableClock

    def __post_init__(self) -> None:
        self.seen = 0
        self.day: deque[datetime] = deque()
        self.last: dict[str, datetime] = {}
        self.most = Counter[str]()

    def after_run(self) -> None:
        new, now = self.here.outbox[self.seen :], self.truth.now()
        self.seen = len(self.here.outbox)
        self.day.extend(now for _ in new)
        while self.day and now - self.day[0] >= DAY - MINUTE:
            self.day.popleft()
        for told in new:
            before = self.last.get(told.guest)
            assert before is None or now - before >= PER_PERSON - MINUTE, told
            self.last[told.guest] = now
        self.most["run"] = max(self.most["run"], len(new))
        self.most["day"] = max(self.most["day"], len(self.day))
        assert len(new) <= PER_RUN
        assert len(self.day) <= PER_DAY


def test_of_10_000_meetings_approved_by_a_planner_gone_mad_each_limit_lets_its_number_through(
    store: Database,
) -> None:
    chance = random.Random(SEED)
    here = World(store, CALDAV)
    mad, guard = Mad(here, valid=11 * HOUR), Guard(here, here.clock)

    while mad.made < APPROVED:
        here.later(12 * HOUR)
        free = [each for each in CROWD if not _waits(here, each)]
        mad.approve(chance.sample(free, A_RUN))
        here.settle()
        guard.after_run()
        _forget_the_past(here)

    assert guard.most == {"run": PER_RUN, "day": PER_DAY}
    assert guard.seen > len(CROWD)
    record(
        "Meetings approved by a planner gone mad",
        APPROVED,
        seed=SEED,
        note=f"{guard.seen} sent; at most {PER_RUN} in a run, {PER_DAY} in a day, "
        f"one to a guest in {PER_PERSON.days} days",
    )


def _waits(here: World, person: Person) -> bool:
    found = here.db.rows(
        "SELECT 1 FROM proposal WHERE person = ? AND state IN ('open', 'approved')", person.id
    )
    return bool(found)


def _forget_the_past(here: World) -> None:
    """What came to nothing leaves the calendar and the ledger, for speed alone."""
    with here.db.transaction() as sql:
        sql.execute("UPDATE proposal SET state = 'expired' WHERE state = 'open'")
        over = "state IN ('expired', 'cancelled') AND untidy = 0"
        sql.execute(f"DELETE FROM approval WHERE action IN (SELECT id FROM action WHERE {over})")  # noqa: S608 - our own words
        sql.execute(f"DELETE FROM action WHERE {over}")  # noqa: S608 - as above
    here.channel.entries.clear()


@dataclass
class Untrue:
    """A clock that is off by an error which changes at any moment; the machine's uptime is true."""

    truth: MovableClock
    error: timedelta = timedelta()

    def now(self) -> datetime:
        return self.truth.now() + self.error

    def forward(self, by: timedelta) -> None:
        self.truth.forward(by)

    def uptime(self) -> Uptime:
        return Uptime("the only start", (self.truth.now() - NOW).total_seconds())


def _lived_through_jumps(store: Database, *, by_uptime: bool) -> int:
    """How many guests were told while the clock jumped."""
    chance = random.Random(SEED)
    clock = Untrue(MovableClock(NOW))
    here = World(store, CALDAV, clock=clock)  # type: ignore[arg-type]
    if by_uptime:
        here.ports = replace(here.ports, uptime=clock.uptime)
    mad, guard = Mad(here, valid=72 * HOUR), Guard(here, clock.truth)
    given: dict[str, datetime] = {}
    jumped = 0

    def jump() -> None:
        nonlocal jumped
        jumped += 1
        sizes = (MINUTE, HOUR, DAY, 20 * DAY, 400 * DAY)
        clock.error += chance.choice(sizes) * chance.uniform(-1, 1)
        if chance.random() < 0.3:
            clock.error = timedelta()

    while jumped < JUMPS:
        clock.forward(chance.choice((10 * MINUTE, 3 * HOUR, 11 * HOUR)))
        jump()
        if chance.random() < 0.5:
            here.on[chance.choice(("K2", "K6", "K7"))] = jump
        free = [each for each in CROWD if not _waits(here, each)]
        mad.approve(chance.sample(free, min(len(free), 3)))
        for each in actions.in_state(here.db, {ActionState.APPROVED}):
            given.setdefault(each.id, clock.truth.now())
        here.read()
        number = runs.start(here.db, clock.now(), here.ports.uptime())
        before = {each.id for each in actions.in_state(here.db, {ActionState.SENT})}
        here.run = number - 1
        here.settle()
        guard.after_run()
        for each in actions.in_state(here.db, {ActionState.SENT}):
            if each.id not in before:
                _was_valid(here, each, clock.truth.now() - given[each.id])
        _forget_the_past(here)

    return guard.seen


def test_however_a_clock_jumps_no_limit_is_reset_and_no_expired_yes_is_used(
    store: Database,
) -> None:
    sent = _lived_through_jumps(store, by_uptime=True)

    assert sent > JUMPS / 20
    record("Jumps of the clock", JUMPS, seed=SEED, note=f"{sent} sent meanwhile")


def test_limits_counted_by_the_clock_alone_would_be_reset(store: Database) -> None:
    with pytest.raises(AssertionError):
        _lived_through_jumps(store, by_uptime=False)


def _was_valid(here: World, action: Action, age: timedelta) -> None:
    """By the ledger; and by the time that has really passed since."""
    consent = actions.consent(here.db, action.id)
    assert consent is not None
    ((used_s, guest),) = here.db.rows(
        "SELECT p.used_s, s.guest FROM approval p JOIN sending s ON s.action = p.action"
        " WHERE p.action = ?",
        action.id,
    )
    assert consent.given.timestamp() - SKEW.total_seconds() <= used_s < consent.expires.timestamp()
    assert age < SETTINGS.rules.sending.approval_valid
    assert guest == guest_key(action.payload.recipient)
    assert action.state not in UNDER_WAY
