"""A persona's year with Fika: one run on each working day, an owner who answers, guests who may.

The run, the store, the approval and the sending are the real ones; the calendar is a model of a
service, on a clock that is moved. Other people's meetings come three weeks ahead and some at the
last moment, and take only time that is free. Beside it runs the same year without Fika: what
would have been met anyway.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from agent import daily
from agent.dispatch import settle
from agent.errors import UsageProblem
from agent.relationships import aftermath
from agent.relationships.foresight import foresee
from agent.sending import approving, outcome
from agent.sending.ports import SendingPorts
from agent.settings import (
    AccountSettings,
    CalendarSettings,
    Service,
    Settings,
    SourceKind,
)
from agent.store import blocks, people, proposals, runs
from agent.store.database import Database
from connectors.port import OwnEvent
from policies.audit.cadence import Standing, Status, standing
from policies.calendar.event import Response
from policies.interval import Interval
from policies.people.person import Person, PersonId
from policies.proposal import Proposal, ProposalState
from policies.sending.action import ActionKind, Payload
from policies.wall import local_date, moment
from tests.agent.model_channel import CALDAV, MovableClock
from tests.personas.cast import BEGIN, Persona
from tests.personas.cast import people as cast
from tests.proof.account import Account
from tests.proof.watch import Watch

WEEKS: Final = 52
FORESEEN: Final = 26
_HISTORY: Final = 52
_AHEAD: Final = 3
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
_MINUTE: Final = timedelta(minutes=1)
_LATE_SHARE: Final = 0.25
_YES, _NO = 0.8, 0.1

Counts = dict[Status, int]


@dataclass(frozen=True, slots=True)
class Year:
    """What came of it. ``weeks`` are the Fridays, ``without`` the same ones had nobody asked.

    ``really`` counts at the end only meetings to which the guest came. ``cooldowns`` are people
    proposed within the cooldown of a contact, ``clashes`` invitations over something known.
    """

    persona: Persona
    weeks: tuple[Counts, ...]
    without: tuple[Counts, ...]
    really: Counts
    runs: int
    proposed: int
    invited: Counter[PersonId]
    accepted: int
    declined: int
    silent: int
    kept: int
    lost: int
    cooldowns: int
    clashes: int
    foreseen: tuple[Counts, ...]
    """What `fika simulate` said on the first day, a week each for half a year."""

    def share(self, status: Status = Status.GREEN, *, week: int = -1) -> float:
        return _share(self.weeks[week], status)

    @property
    def share_without(self) -> float:
        return _share(self.without[-1], Status.GREEN)

    @property
    def share_really(self) -> float:
        return _share(self.really, Status.GREEN)

    @property
    def share_foreseen(self) -> float:
        return _share(self.foreseen[-1], Status.GREEN)


@dataclass
class Life:
    """One persona at a state folder; `live` plays the year."""

    persona: Persona
    home: Path
    clock: MovableClock = field(default_factory=lambda: MovableClock(datetime.now(UTC)))

    def __post_init__(self) -> None:
        self.random = random.Random(self.persona.seed)
        self.clock.moment = self._at(BEGIN - _HISTORY * _WEEK, 7)
        self.work = Account(CALDAV, self.clock, chance=self.random)
        self.settings = _settings(self.persona)
        self.ports = SendingPorts({("caldav", "work"): self.work}, self.clock, lambda: False)
        self.watch = Watch(self.settings.rules.sending, self.work, self.clock, tuple)
        self.work.on_delivery = self._delivering
        everyone = list(cast(self.persona))
        self.people = {person.id: person for person, _, _ in everyone}
        self.by_address = {person.addresses[0]: person.id for person, _, _ in everyone}
        self.rhythms = {person.id: group.rhythm for person, group, _ in everyone if group.rhythm}
        self.meets = {person: self.random.randrange(days) for person, days in self.rhythms.items()}
        self.busy: dict[date, list[Interval]] = {}
        self.organic: dict[PersonId, list[date]] = {each: [] for each in self.people}
        self.came: dict[PersonId, list[date]] = {each: [] for each in self.people}
        self.invited: Counter[PersonId] = Counter()
        self.answers: Counter[str] = Counter()
        self.known: list[tuple[str, Interval]] = []
        self.weeks: list[Counts] = []
        self.without: list[Counts] = []
        self.foreseen: tuple[Counts, ...] = ()
        self.runs = self.proposed = self.cooldowns = self.clashes = self.count = 0
        for week in self.persona.leave:
            self._hold(Interval(*(self._at(_monday(week) + n * _DAY, 0) for n in (0, 5))), [])
        for person, group, last in everyone:
            if last is not None and not group.rhythm:
                self._meet(person, last)

    def live(self, weeks: int = WEEKS) -> Year:
        with Database(self.home) as db:
            db.rows("PRAGMA synchronous=OFF")  # nobody unplugs this machine
            with db.transaction() as sql:
                people.save_all(sql, tuple(self.people.values()))
            for number in range(-_HISTORY, _AHEAD):
                self._fill(number)
            for number in range(weeks):
                self._fill(number + _AHEAD)
                for weekday in range(5):
                    self._day(db, BEGIN + number * _WEEK + weekday * _DAY, number)
            tally = blocks.tally(db)
            self.watch.at_the_end(db)
        return Year(
            persona=self.persona,
            weeks=tuple(self.weeks),
            without=tuple(self.without),
            really=self._stand(self.came),
            runs=self.runs,
            proposed=self.proposed,
            invited=self.invited,
            accepted=self.answers["accepted"],
            declined=self.answers["declined"],
            silent=self.answers["silent"],
            kept=tally.kept,
            lost=tally.lost,
            cooldowns=self.cooldowns,
            clashes=self.clashes,
            foreseen=self.foreseen,
        )

    # ---------------------------------------------------------------- the days

    def _day(self, db: Database, day: date, week: int) -> None:
        """In the morning the run and the owner, in the evening guests and late meetings."""
        self.clock.moment = self._at(day, 7)
        report = self._run(db)
        if not self.foreseen:
            self.foreseen = self._foreseen(db)
        if self._at_work(day):
            self._decide(db)
        if day.weekday() == 4:
            self._look_back(db)
            self.weeks.append(_count(report.standings))
            self.without.append(self._stand(self.organic))
        self.clock.moment = self._at(day, 18)
        self._guests_answer()
        if week and self._at_work(day + _DAY):
            self._late_meeting(day + _DAY)

    def _run(self, db: Database) -> daily.DailyReport:
        now = self.clock.now()
        number = runs.start(db, now, None)
        self.watch.run_begins(number)
        report = daily.run(db, self.settings, {"work": self.work}, self.work, now, run_id=number)
        self.known = list(self.work.known_busy)
        sent = settle(db, self.ports, self.settings, number)
        daily.refresh_agendas(db, self.settings, self.work, report)
        runs.finish(db, number, self.clock.now(), sent.exit, "{}")
        self.runs += 1
        for each in report.proposed.new:
            self._check_cooldown(each)
        return report

    def _check_cooldown(self, proposal: Proposal) -> None:
        """By what really happened, not by what Fika thinks did."""
        self.proposed += 1
        today = local_date(self.clock.now(), self.persona.zone)
        past = [day for day in self.came[proposal.draft.person] if day <= today]
        cooldown = self.settings.rules.etiquette.cooldown
        self.cooldowns += bool(past) and today - max(past) < cooldown

    def _decide(self, db: Database) -> None:
        """Yes to most, no to some; what was approved is sent at once."""
        self.watch.run_begins(-self.runs)
        for each in proposals.listed(db, ProposalState.OPEN):
            will = self.random.random()
            try:
                if will < _YES:
                    self._say_yes(db, each)
                elif will < _YES + _NO:
                    outcome.reject(db, each.number, "not now", self.clock.now())
            except UsageProblem:
                continue  # what may not be sent waits for another day

    def _look_back(self, db: Database) -> None:
        """Did it happen? The owner says so of each coffee that is over, as it was."""
        for over in aftermath.to_ask(db, self.clock.now()):
            day = local_date(moment(over.meeting.start_s), self.persona.zone)
            aftermath.say(db, over, happened=day in self.came[over.person.id])

    def _foreseen(self, db: Database) -> tuple[Counts, ...]:
        """The owner guesses right how many proposals lead to a meeting."""
        share = self.persona.answers[0] * _YES / (_YES + _NO)
        now = self.clock.now()
        seen = foresee(db, self.settings, now, weeks=FORESEEN, learn=12, share=share)
        return tuple(dict(zip(Status, each.standing, strict=True)) for each in seen.play.weeks)

    def _say_yes(self, db: Database, proposal: Proposal) -> None:
        offer = approving.prepare(db, self.settings, proposal.number, now=self.clock.now())
        now = self.clock.now()
        approved = approving.approve(db, self.settings, offer, now=now, accept_old=True)
        self.watch.said_yes(approved.action.payload, now)
        settle(db, self.ports, self.settings, -self.runs)

    def _delivering(self, payload: Payload) -> None:
        """`tests.proof.watch` knows of every yes, and fails the year without one."""
        self.watch.delivering(payload)
        if payload.kind is ActionKind.INVITE:
            self.invited[self.by_address[payload.recipient]] += 1
            self.clashes += any(
                uid != payload.uid and when.overlaps(payload.when) for uid, when in self.known
            )

    def _guests_answer(self) -> None:
        """Each has made up their mind when asked; some take days to say so, but none too many."""
        yes, no = self.persona.answers
        for ref in self.work.ours():
            entry = self.work.entries[ref]
            if not entry.guests or ref in self.work.answers:
                continue
            (guest,) = entry.guests
            fate = f"{self.persona.seed} {guest} {entry.event.when.start}"
            will = random.Random(fate).random()
            if will >= yes + no:
                self.work.answers[ref] = Response.NEEDS_ACTION
                self.answers["silent"] += 1
            elif self.random.random() < 0.6 or entry.event.when.start - self.clock.now() < 2 * _DAY:
                accepts = will < yes
                self.work.answer(ref, Response.ACCEPTED if accepts else Response.DECLINED)
                self.answers["accepted" if accepts else "declined"] += 1
                if accepts:
                    self.came[self.by_address[guest]].append(self._day_of(entry.event.when))

    # ---------------------------------------------------------------- other people

    def _fill(self, week: int) -> None:
        """What others put into the diary of this week, and who comes by in it."""
        monday = BEGIN + week * _WEEK
        for weekday, (fewest, most) in enumerate(self.persona.meetings):
            day = monday + weekday * _DAY
            if self._at_work(day):
                for _ in range(self.random.randint(fewest, most)):
                    if self.random.random() > _LATE_SHARE:
                        self._book(day, ["colleague@example.net", "boss@example.net"], 60)
        for person, days in self.rhythms.items():
            while self.meets[person] < (week + _HISTORY + 1) * 7:
                day = BEGIN - _HISTORY * _WEEK + self.meets[person] * _DAY
                day -= max(day.weekday() - 4, 0) * _DAY
                if self._at_work(day):
                    self._meet(self.people[person], day)
                self.meets[person] += max(days + self.random.randint(-days // 5, days // 5), 1)

    def _late_meeting(self, day: date) -> None:
        """One more for tomorrow, where there is room."""
        if self.random.random() < _LATE_SHARE * self.persona.meetings[day.weekday()][1]:
            self._book(day, ["boss@example.net"], 30)

    def _meet(self, person: Person, day: date) -> None:
        if self._book(day, list(person.addresses), 30):
            self.organic[person.id].append(day)
            self.came[person.id].append(day)

    def _book(self, day: date, guests: list[str], minutes: int) -> bool:
        """A meeting in free time of this day; false where there is none."""
        ours = [
            self.work.entries[ref].event.when
            for ref in self.work.ours()
            if self._day_of(self.work.entries[ref].event.when) == day
        ]
        taken = [*ours, *self.busy.get(day, ())]
        starts = [self._at(day, 9) + 30 * number * _MINUTE for number in range(16)]
        self.random.shuffle(starts)
        for start in starts:
            when = Interval(start, start + minutes * _MINUTE)
            if not any(when.overlaps(each) for each in taken):
                self._hold(when, guests)
                self.busy.setdefault(day, []).append(when)
                return True
        return False

    def _hold(self, when: Interval, guests: list[str]) -> None:
        self.count += 1
        ref = f"foreign-{self.count}"
        self.work.hold_foreign(ref, OwnEvent(ref, when, "UTC", "A meeting", "", ""), guests)

    # ---------------------------------------------------------------- where everyone stands

    def _stand(self, met: dict[PersonId, list[date]]) -> Counts:
        today = local_date(self.clock.now(), self.persona.zone)
        return _count(
            standing(person, last, None, today, self.settings.rules.cadence)
            for person in self.people.values()
            for last in [max((day for day in met[person.id] if day <= today), default=None)]
        )

    def _at_work(self, day: date) -> bool:
        year, week, weekday = day.isocalendar()
        return weekday <= 5 and not (year == BEGIN.year and week in self.persona.leave)

    def _at(self, day: date, hour: int) -> datetime:
        zone = ZoneInfo(self.persona.zone)
        return datetime(day.year, day.month, day.day, hour, tzinfo=zone).astimezone(UTC)

    def _day_of(self, when: Interval) -> date:
        return local_date(when.start, self.persona.zone)


def _settings(persona: Persona) -> Settings:
    return Settings(
        persona.owner,
        (CalendarSettings("work", SourceKind.ACCOUNT, account="work", id="1"),),
        (AccountSettings("work", Service.CALDAV, user=persona.owner.addresses[0], schedules=True),),
        write_calendar="work",
        rules=persona.rules,
    )


def _monday(week: int) -> date:
    return date.fromisocalendar(BEGIN.year, week, 1)


def _count(standings: Iterable[Standing]) -> Counts:
    found = Counter(each.status for each in standings)
    return {status: found[status] for status in Status}


def _share(counts: Counts, status: Status) -> float:
    return counts[status] / sum(counts.values())
