"""An owner with proposals to approve, and everything that sending needs, all in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from agent.dispatch import settle
from agent.sending import approving
from agent.sending.approving import Approved, Offer
from agent.sending.ports import DispatchReport, SendingPorts
from agent.settings import MailSettings, Settings
from agent.store import actions, people, proposals
from agent.store.database import Database
from connectors.port import Abilities
from policies.calendar.event import Event
from policies.interval import Interval
from policies.people.person import Format, Person
from policies.proposal import Draft, Proposal, Slot
from policies.sending.action import ENDED_UNSENT, UNDER_WAY, Action, ActionId, ActionState
from tests import make
from tests.agent.model_channel import MAIL, ModelChannel, MovableClock, Told
from tests.agent.store import stored

NOW = stored.NOW
SETTINGS = replace(
    stored.SETTINGS,
    write_calendar="work",
    mail=MailSettings("mail.example.com", 587, sender="olle@example.com"),
)
ANA, RAJ, MEI = make.person("Ana Silva"), make.person("Raj Patel"), make.person("Mei Lin")
FIRST = Interval(make.utc("2026-04-09 08:00"), make.utc("2026-04-09 08:45"))


MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ENDS = {ActionState.SENT, ActionState.NEEDS_REVIEW, *ENDED_UNSENT}


class Crash(BaseException):
    """The process ends here."""


def slots(first: Interval = FIRST) -> tuple[Slot, ...]:
    """Three days in a row at the same hour."""
    days = (timedelta(days=number) for number in range(3))
    return tuple(
        Slot(
            Interval(first.start + day, first.end + day),
            place="Café Nord",
            spoken=f"{first.start + day:%A}",
        )
        for day in days
    )


def draft(person: Person = ANA, first: Interval = FIRST, **fields: object) -> Draft:
    text = f"Hi {person.first_name},\n\nit has been too long. Coffee on {first.start:%A}?"
    base = Draft(
        person=person.id,
        address=person.addresses[0],
        format=Format.COFFEE,
        slots=slots(first),
        reasons=("last met 72 days ago",),
        assumptions=(),
        title=f"Coffee, {person.first_name} and Olle",
        text=text,
        expires=NOW + timedelta(days=7),
    )
    return replace(base, **fields)  # type: ignore[arg-type]


@dataclass
class World:
    """One store and one channel; ``crash_at`` names the checkpoint where the process dies.

    ``passed`` are the checkpoints in the order they were passed. ``on`` are things that happen
    at a checkpoint, once each.
    """

    db: Database
    abilities: Abilities = MAIL
    settings: Settings = SETTINGS
    clock: MovableClock = field(default_factory=lambda: MovableClock(NOW))
    stopped: bool = False
    passed: list[str] = field(default_factory=list)
    crash_at: list[int] = field(default_factory=list)
    on: dict[str, Callable[[], object]] = field(default_factory=dict)
    run: int = 0

    def __post_init__(self) -> None:
        self.channel = ModelChannel(self.abilities, self.clock)
        self.ports = SendingPorts(
            {("mail", "work"): self.channel}, self.clock, lambda: self.stopped, self._checkpoint
        )

    @property
    def outbox(self) -> list[Told]:
        return self.channel.outbox

    def read(self, work: Sequence[Event] = ()) -> None:
        """The daily run reads both calendars at this moment."""
        stored.read(self.db, work, now=self.clock.now())

    def propose(self, person: Person = ANA, first: Interval = FIRST, **fields: object) -> int:
        with self.db.transaction() as sql:
            people.save(sql, person)
            return proposals.add(sql, draft(person, first, **fields), self.clock.now())

    def many(self, count: int) -> None:
        """So many approved meetings with as many people, on days in a row."""
        for number in range(count):
            start = make.utc("2026-04-13 08:00") + number * DAY
            guest = make.person(f"Guest {number}")
            when = Interval(start, start + HOUR)
            self.approve(self.propose(guest, when, expires=NOW + 30 * DAY))

    def worker(self) -> World:
        """Another process on the same store and channel that knows of no lock."""
        other = World(self.db, self.abilities, clock=self.clock, run=100)
        other.channel = self.channel
        other.ports = replace(self.ports, checkpoint=lambda _: None)
        return other

    def approve(self, number: int, slot: int | None = None) -> Approved:
        now = self.clock.now()
        offer = approving.prepare(self.db, self.settings, number, now=now, slot=slot)
        return self._yes(offer, now)

    def call_off(self, number: int) -> Approved:
        now = self.clock.now()
        offer = approving.prepare_cancel(self.db, self.settings, number, now=now)
        return self._yes(offer, now)

    def move(self, number: int, slot: int) -> Approved:
        now = self.clock.now()
        offer = approving.prepare_move(self.db, self.settings, number, slot, now=now)
        return self._yes(offer, now)

    def _yes(self, offer: Offer, now: datetime) -> Approved:
        return approving.approve(
            self.db,
            self.settings,
            offer,
            now=now,
            uptime=self.ports.uptime(),
            checkpoint=self._checkpoint,
        )

    def settle(self) -> DispatchReport:
        """What a run does about sending."""
        self.run += 1
        return settle(self.db, self.ports, self.settings, self.run)

    def quiet(self, most: int = 6) -> None:
        """Runs go on, an hour apart, until nothing is under way."""
        for _ in range(most):
            self.later(HOUR)
            self.settle()
            if not actions.in_state(self.db, UNDER_WAY):
                return

    def action(self, approved: Approved | ActionId) -> Action:
        key = approved.action.id if isinstance(approved, Approved) else approved
        found = actions.get(self.db, key)
        assert found is not None
        return found

    def proposal(self, number: int) -> Proposal:
        found = proposals.get(self.db, number)
        assert found is not None
        return found

    def later(self, by: timedelta) -> datetime:
        """Time passes, and the calendars are read again."""
        self.clock.forward(by)
        self.read()
        return self.clock.now()

    def _checkpoint(self, name: str) -> None:
        self.passed.append(name)
        self.on.pop(name, lambda: None)()
        if len(self.passed) in self.crash_at:
            raise Crash(name)


Making = Callable[..., World]
"""Makes a world with a channel of these abilities, and these settings beside the usual ones."""
