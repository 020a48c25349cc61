from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.planning.protect import ProtectReport, RefreshReport, protect, refresh
from agent.planning.standing import Failure, Planning
from agent.sending.rehearsal import RehearsedWriter
from agent.store import blocks
from agent.store.database import Database
from connectors.errors import ChangedMeanwhile, MayHaveHappened, NotAllowed, TemporarilyUnavailable
from connectors.port import OwnEvent
from policies.audit.cadence import Standing, standing
from policies.interval import Interval
from policies.planning.agenda import AgendaFacts, Waiting
from policies.planning.block import BlockState, Keep, Loss
from policies.rules import CadenceRules, PlanningRules, Rules
from policies.slots.availability import Busy
from tests.agent.memory_calendar import Fault, MemoryCalendar
from tests.make import BERLIN, OWNER, interval, person, utc

MONDAY = utc("2026-03-02 05:00")
DAY = timedelta(days=1)


class Killed(BaseException):
    """The process ends here."""


class Desk:
    """One owner: a ledger, a calendar, and what the days bring."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.calendar = MemoryCalendar()
        self.busy: list[Busy] = []
        self.people: tuple[Standing, ...] = ()
        self.waiting: tuple[Waiting, ...] = ()
        self.rules = PlanningRules()
        self.name = "work"

    def planning(self, now: datetime) -> Planning:
        facts = AgendaFacts(now.date(), BERLIN, standings=self.people, waiting=self.waiting)
        return Planning(OWNER, Rules(planning=self.rules), self.name, self.taken, (), lambda: facts)

    def taken(self, window: Interval) -> Iterable[Busy]:
        """As the calendars are read: our own events are among it."""
        ours = (Busy(each.when, uid=each.uid) for each in self.calendar.events.values())
        return [each for each in (*self.busy, *ours) if each.when.overlaps(window)]

    def protect(self, now: datetime = MONDAY) -> ProtectReport:
        return protect(self.db, self.calendar, self.planning(now), now)

    def rehearse(self, now: datetime = MONDAY) -> tuple[ProtectReport, RefreshReport]:
        """Both, on a copy of the store and before a calendar that forgets."""
        writer, planning = RehearsedWriter(self.calendar), self.planning(now)
        with self.db.copy() as copy:
            return protect(copy, writer, planning, now), refresh(copy, writer, planning, now)

    def refresh(self, now: datetime = MONDAY) -> RefreshReport:
        return refresh(self.db, self.calendar, self.planning(now), now)

    def run(self, now: datetime = MONDAY) -> list[tuple[str, str]]:
        """What a whole daily run writes."""
        before = len(self.calendar.writes)
        self.protect(now)
        self.refresh(now)
        return self.calendar.writes[before:]

    def uid(self, period: str) -> str:
        return next(
            row.block.uid
            for row in blocks.every(self.db)
            if row.block.period == period and row.block.state is not BlockState.LOST
        )

    def event(self, period: str) -> OwnEvent:
        return self.calendar.events[self.uid(period)]

    def starts(self) -> list[str]:
        return sorted(f"{each.when.start:%a %d %b %H:%M}" for each in self.calendar.events.values())

    def states(self) -> list[tuple[str, BlockState]]:
        return [(row.block.period, row.block.state) for row in blocks.every(self.db)]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Database(tmp_path / "home") as db:
        yield Desk(db)


def late(name: str, last: str = "2026-01-01") -> Standing:
    day = date.fromisoformat(last)
    return standing(person(name), day, None, MONDAY.date(), CadenceRules())


def half(text: str) -> Interval:
    return Interval(utc(text), utc(text) + timedelta(minutes=30))


HELD = BlockState.HELD
FOUR_WEEKS = ["Mon 09 Mar 08:30", "Mon 16 Mar 08:30", "Mon 23 Mar 08:30", "Tue 03 Mar 08:30"]


def test_slots_are_written_busy_private_and_marked_with_their_agenda(desk: Desk) -> None:
    desk.people = (late("Ana Silva"),)

    report = desk.protect()

    assert [each.period for each in report.written] == ["first", "2026-W11", "2026-W12", "2026-W13"]
    assert desk.starts() == FOUR_WEEKS
    event = desk.event("2026-W11")
    assert (event.busy, event.private, event.zone) == (True, True, BERLIN)
    assert event.title == "Planning: relationships"
    assert event.marker == blocks.marker(desk.db.installation, event.uid)
    assert "Ana Silva: red" in event.text
    assert desk.event("first").title == "Planning: relationships (first: make the plan)"
    assert {state for _, state in desk.states()} == {HELD}


def test_running_twice_writes_nothing_new(desk: Desk) -> None:
    desk.people = (late("Ana Silva"),)
    desk.run()
    ledger = blocks.every(desk.db)

    assert desk.run() == []
    assert desk.run(MONDAY + timedelta(hours=3)) == []
    assert blocks.every(desk.db) == ledger


def test_a_rehearsal_decides_the_same_and_changes_nothing(desk: Desk) -> None:
    rehearsed, _ = desk.rehearse()

    assert (desk.calendar.writes, blocks.every(desk.db)) == ([], ())
    assert desk.protect() == rehearsed

    desk.calendar.deleted_by_hand(desk.uid("2026-W11"))
    desk.calendar.moved_by_hand(desk.uid("2026-W12"), half("2026-03-18 13:00"))
    desk.busy.append(Busy(half("2026-03-23 08:30")))
    ledger, writes = blocks.every(desk.db), list(desk.calendar.writes)
    again, _ = desk.rehearse()

    assert (blocks.every(desk.db), desk.calendar.writes) == (ledger, writes)
    assert desk.protect() == again
    assert again.lost
    assert again.followed
    assert again.rebooked


def test_without_a_calendar_to_write_to_there_is_nothing_to_do(desk: Desk) -> None:
    planning = desk.planning(MONDAY)

    assert protect(desk.db, None, planning, MONDAY) == ProtectReport()
    assert refresh(desk.db, None, planning, MONDAY) == RefreshReport()


def test_a_slot_the_owner_moved_is_followed_and_never_written_to(desk: Desk) -> None:
    desk.run()
    there = half("2026-03-11 13:00")
    desk.calendar.moved_by_hand(desk.uid("2026-W11"), there)
    desk.people = (late("Ana Silva"),)

    report = desk.protect(MONDAY + 5 * DAY)

    assert [each.when for each in report.followed] == [there]
    assert desk.run(MONDAY + 6 * DAY) == []
    assert desk.event("2026-W11").when == there


def test_a_deleted_slot_is_booked_anew_once(desk: Desk) -> None:
    desk.run()
    desk.calendar.deleted_by_hand(desk.uid("2026-W11"))

    first = desk.protect()

    assert [each.why for each in first.lost] == [Loss.DELETED]
    assert [each.period for each in first.written] == ["2026-W11"]
    assert desk.event("2026-W11").when == half("2026-03-10 08:30")

    desk.calendar.deleted_by_hand(desk.uid("2026-W11"))
    assert desk.protect().written == ()
    assert blocks.tally(desk.db).lost == 2


def test_a_clash_moves_the_event_and_keeps_the_owners_words(desk: Desk) -> None:
    desk.run()
    uid = desk.uid("2026-W11")
    desk.calendar.by_hand(uid, title="My hour", text="Bring cake", busy=False)
    desk.busy.append(Busy(half("2026-03-09 08:30")))

    report = desk.protect()

    assert [each.block.uid for each in report.rebooked] == [uid]
    event = desk.calendar.events[uid]
    assert (event.title, event.text, event.busy) == ("My hour", "Bring cake", False)
    assert event.when == half("2026-03-10 08:30")
    assert blocks.tally(desk.db).rebooked == 1
    assert desk.run() == []


def test_a_clash_without_room_is_said_and_said_again_and_nothing_is_written(desk: Desk) -> None:
    desk.run()
    desk.busy.append(Busy(interval("2026-03-08 23:00", "2026-03-15 23:00"), all_day=True))

    first, again = desk.protect(), desk.protect()

    assert first == again
    assert [each.period for each in first.no_room] == ["2026-W11"]
    assert len(desk.calendar.writes) == 4


def test_what_is_over_is_kept_and_not_looked_up_again(desk: Desk) -> None:
    desk.run()

    report = desk.protect(MONDAY + 2 * DAY)

    assert [each.block.period for each in report.kept] == ["first"]
    assert blocks.tally(desk.db).kept == 1
    desk.calendar.events.clear()
    desk.protect(MONDAY + 2 * DAY)
    assert ("first", BlockState.KEPT) in desk.states()


# ------------------------------------------------------------------------------ the agenda


def test_an_agenda_comes_up_to_date_in_the_days_before_its_slot(desk: Desk) -> None:
    desk.run()
    desk.people = (late("Ana Silva"),)
    desk.waiting = (Waiting(3, desk.people[0].person.id, "coffee", utc("2026-03-12 09:00")),)

    report = desk.refresh()

    assert [each.period for each in report.refreshed] == ["first"]
    assert "fika show 3" in desk.event("first").text
    assert "Ana Silva" not in desk.event("2026-W11").text
    assert desk.refresh() == RefreshReport()
    assert desk.run() == []


def test_an_agenda_is_rehearsed_too(desk: Desk) -> None:
    desk.run()
    desk.people = (late("Ana Silva"),)

    _, rehearsed = desk.rehearse()

    assert len(desk.calendar.writes) == 4
    assert desk.refresh() == rehearsed


def test_another_day_alone_leaves_the_agenda_as_it_is(desk: Desk) -> None:
    desk.people = (late("Ana Silva"),)
    desk.run()

    assert "update" not in [what for what, _ in desk.run(MONDAY + timedelta(hours=25))]


@pytest.mark.parametrize("change", [{"text": "mine"}, {"title": "mine"}, {"location": "café"}])
def test_an_event_the_owner_changed_keeps_its_words(desk: Desk, change: dict[str, str]) -> None:
    desk.run()
    desk.calendar.by_hand(desk.uid("first"), **change)
    mine = desk.event("first")
    desk.people = (late("Ana Silva"),)

    assert desk.run() == []
    assert desk.run() == []
    assert desk.event("first") == mine


def test_an_event_changed_since_the_run_looked_is_left_for_the_next_run(desk: Desk) -> None:
    desk.run()
    desk.people = (late("Ana Silva"),)
    desk.calendar.by_hand(desk.uid("first"), location="café")
    mine = desk.event("first")

    assert desk.refresh() == RefreshReport()
    assert desk.event("first") == mine


def test_turned_off_planning_writes_nothing_at_all(desk: Desk) -> None:
    desk.run()
    desk.rules = PlanningRules(enabled=False)
    desk.people = (late("Ana Silva"),)
    desk.calendar.deleted_by_hand(desk.uid("2026-W11"))

    assert desk.run() == []


# ------------------------------------------------------------------------- what is not ours


def test_an_event_that_lost_our_mark_is_left_alone(desk: Desk) -> None:
    desk.run()
    desk.calendar.by_hand(desk.uid("first"), marker="")
    desk.people = (late("Ana Silva"),)
    desk.busy.append(Busy(interval("2026-03-03 08:30", "2026-03-03 10:00")))

    assert desk.run() == []
    desk.busy.clear()
    assert [each.block.period for each in desk.protect(MONDAY + 2 * DAY).kept] == ["first"]


def test_an_event_with_a_guest_is_no_longer_ours(desk: Desk) -> None:
    desk.run()
    desk.calendar.guests[desk.uid("first")] = frozenset({"ana@example.com"})
    desk.people = (late("Ana Silva"),)
    desk.busy.append(Busy(interval("2026-03-03 08:30", "2026-03-03 10:00")))

    assert desk.run() == []


def test_an_unreadable_event_is_left_alone(desk: Desk) -> None:
    desk.run()
    desk.calendar.unreadable.add(desk.uid("first"))
    desk.people = (late("Ana Silva"),)

    assert desk.run() == []


def test_an_event_of_ours_that_cannot_be_seen_as_ours_is_not_deleted(desk: Desk) -> None:
    desk.run()
    uid = desk.uid("2026-W11")
    when = desk.calendar.events.pop(uid).when
    desk.busy.append(Busy(when, uid=uid))

    report = desk.protect()

    assert (report.lost, report.written) == ((), ())


def test_a_slot_the_owner_made_a_series_is_theirs(desk: Desk) -> None:
    desk.run()
    event = desk.event("2026-W11")
    desk.busy = [Busy(half("2026-03-09 08:30")), Busy(half("2026-03-16 08:30"), uid=event.uid)]

    assert desk.run() == []
    assert desk.event("2026-W11") == event
    desk.busy.pop(0)
    kept = desk.protect(utc("2026-03-10 05:00")).kept
    assert "2026-W11" in [each.block.period for each in kept]


def test_somebody_elses_event_under_our_uid_stays_theirs(desk: Desk) -> None:
    uid = blocks.uid(desk.db.installation, "first", 0)
    theirs = OwnEvent(uid, half("2026-03-03 13:00"), BERLIN, "Theirs", "", "")
    desk.calendar.create(theirs)

    report = desk.protect()

    assert desk.calendar.events[uid] == theirs
    assert [each.period for each in report.written] == ["2026-W11", "2026-W12", "2026-W13"]
    assert [each.cause for each in report.failures] == ["something stands there already"]
    assert "first" not in dict(desk.states())


def test_slots_of_a_lost_ledger_are_taken_over_as_they_stand(desk: Desk) -> None:
    desk.run()
    moved = half("2026-03-12 13:00")
    desk.calendar.moved_by_hand(desk.uid("2026-W11"), moved)
    with desk.db.transaction() as sql:
        sql.execute("DELETE FROM block")

    report = desk.protect()

    assert report.failures == ()
    assert len(desk.calendar.events) == 4
    assert desk.event("2026-W11").when == moved
    assert desk.run() == []


def test_slots_in_the_calendar_used_before_stand_while_it_is_read(desk: Desk) -> None:
    desk.run()
    before, desk.calendar, desk.name = desk.calendar, MemoryCalendar(), "home"
    desk.busy = [Busy(each.when, uid=each.uid) for each in before.events.values()]

    assert desk.run() == []

    desk.busy.pop()
    assert [what for what, _ in desk.run()] == ["create"]
    desk.busy.clear()
    assert [each.block.period for each in desk.protect(MONDAY + 2 * DAY).kept] == ["first"]


def test_a_calendar_that_only_changed_its_name_keeps_its_slots(desk: Desk) -> None:
    desk.run()
    desk.name = "renamed"

    assert desk.run() == []
    assert {row.calendar for row in blocks.every(desk.db)} == {"renamed"}


# ------------------------------------------------------------------- failures and crashes


def test_a_calendar_that_cannot_be_written_to_is_reported_once_and_tried_again(desk: Desk) -> None:
    gone = TemporarilyUnavailable("work", "the folder is not there", "mount it")
    desk.calendar.faults = [Fault("create", "before", gone)]

    report = desk.protect()

    assert report.failures == (Failure("work", "the folder is not there", "mount it"),)
    assert len(report.undone) == 4
    assert (report.written, blocks.every(desk.db)) == ((), ())
    assert len(desk.protect().written) == 4


def test_a_slot_that_cannot_be_looked_up_is_not_taken_for_deleted(desk: Desk) -> None:
    desk.run()
    desk.calendar.faults = [Fault("find", "before", NotAllowed("work", "no", ""))] * 4
    uid = desk.uid("2026-W11")
    desk.calendar.deleted_by_hand(uid)

    report = desk.protect()

    assert all(isinstance(each, Keep) for each in report.decisions)
    assert len(report.failures) == 1
    assert desk.uid("2026-W11") == uid


def test_a_move_that_is_refused_leaves_the_slot_as_it_was(desk: Desk) -> None:
    desk.run()
    ledger = blocks.every(desk.db)
    desk.busy.append(Busy(half("2026-03-09 08:30")))
    desk.calendar.faults = [Fault("update", "before", ChangedMeanwhile("work", "changed"))]

    report = desk.protect()

    assert (report.rebooked, [each.cause for each in report.failures]) == ((), ["changed"])
    assert blocks.every(desk.db) == ledger
    assert len(desk.protect().rebooked) == 1


def test_an_agenda_that_cannot_be_written_is_reported_and_tried_again(desk: Desk) -> None:
    desk.rules = PlanningRules(per_week=3, weeks_ahead=1)
    desk.run()
    desk.people = (late("Ana Silva"),)
    near = len(desk.calendar.events)
    desk.calendar.faults = [
        Fault("update", "before", ChangedMeanwhile("work", "changed")),
        Fault("update", "before", TemporarilyUnavailable("work", "gone")),
    ]

    report = desk.refresh()

    assert [each.cause for each in report.failures] == ["changed", "gone"]
    assert report.refreshed == ()
    assert len(desk.refresh().refreshed) == near > 1


@pytest.mark.parametrize("call", ["find", "create", "update"])
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("error", [Killed(), MayHaveHappened("work", "no answer")])
@pytest.mark.parametrize("nth", [0, 1, 2])
def test_after_any_interruption_there_is_one_event_for_every_slot(
    desk: Desk, call: str, moment: str, error: BaseException, nth: int
) -> None:
    if call != "create":
        desk.run()
        desk.busy = [Busy(half("2026-03-09 08:30")), Busy(half("2026-03-16 08:30"))]
        desk.people = (late("Ana Silva"),)
    desk.calendar.faults = [Fault(call, moment, error, passing=nth)]

    with_luck(desk)
    desk.run()

    assert len(desk.calendar.events) == 4
    assert set(desk.calendar.events) == {row.block.uid for row in blocks.every(desk.db)}
    for row in blocks.every(desk.db):
        assert row.block.state is HELD
        assert desk.calendar.events[row.block.uid].when == row.block.when
    assert desk.run() == []
    assert blocks.tally(desk.db).rebooked == (0 if call == "create" else 2)


def with_luck(desk: Desk, now: datetime = MONDAY) -> None:
    """A run that may be killed."""
    try:
        desk.run(now)
    except Killed:
        return


def test_a_slot_that_went_while_it_was_being_moved_was_deleted(desk: Desk) -> None:
    desk.run()
    uid = desk.uid("2026-W11")
    desk.busy = [Busy(half("2026-03-09 08:30"))]
    desk.calendar.faults = [Fault("update", "before", Killed())]
    with_luck(desk)
    desk.calendar.deleted_by_hand(uid)

    report = desk.protect()

    assert [(each.block.uid, each.why) for each in report.lost] == [(uid, Loss.DELETED)]


AMBIGUOUS = (Killed(), MayHaveHappened("work", "no answer"))
ERRORS = (*AMBIGUOUS, TemporarilyUnavailable("work", "busy"))


def _three_hours(after: int) -> Interval:
    start = MONDAY + timedelta(hours=after)
    return Interval(start, start + timedelta(hours=3))


Step: TypeAlias = tuple[int, list[Busy], int, list[tuple[str, str, BaseException]]]


@st.composite
def lives(draw: st.DrawFn) -> list[Step]:
    """Days with new meetings, a deed of the owner, and what fails."""
    steps: list[Step] = []
    for _ in range(draw(st.integers(2, 5))):
        starts = draw(st.lists(st.integers(0, 30 * 24), max_size=6))
        meetings = [Busy(_three_hours(after)) for after in starts]
        call = st.sampled_from(["find", "create", "update"])
        fault = st.tuples(call, st.just("before"), st.sampled_from(ERRORS)) | st.tuples(
            call, st.just("after"), st.sampled_from(AMBIGUOUS)
        )
        faults = draw(st.lists(fault, max_size=2))
        steps.append((draw(st.integers(0, 8)), meetings, draw(st.integers(0, 8)), faults))
    return steps


@settings(max_examples=20)
@given(lives())
def test_whatever_happens_ledger_and_calendar_agree_in_the_end(life: list[Step]) -> None:
    with TemporaryDirectory() as folder, Database(Path(folder) / "home") as db:
        desk, now = Desk(db), MONDAY
        foreign = OwnEvent("theirs", half("2026-03-05 13:00"), BERLIN, "Theirs", "", "")
        desk.calendar.create(foreign)
        for days, meetings, deed, faults in life:
            now += days * DAY
            desk.busy += meetings
            _owner_does(deed, desk)
            desk.calendar.faults = [Fault(*each) for each in faults]
            with_luck(desk, now)
            desk.calendar.faults = []
            desk.run(now)
            assert desk.run(now) == []
            _assert_agreed(desk)
        assert desk.calendar.events["theirs"] == foreign


def _owner_does(deed: int, desk: Desk) -> None:
    mine = sorted(uid for uid in desk.calendar.events if uid != "theirs")
    if mine and deed % 4:
        uid = mine[deed % len(mine)]
        if deed % 4 == 1:
            desk.calendar.deleted_by_hand(uid)
        elif deed % 4 == 2:
            when = desk.calendar.events[uid].when
            desk.calendar.moved_by_hand(uid, Interval(when.start + DAY, when.end + DAY))
        else:
            desk.calendar.by_hand(uid, text="mine")


def _assert_agreed(desk: Desk) -> None:
    rows = blocks.every(desk.db)
    held = {row.block.uid: row.block.when for row in rows if row.block.state is HELD}
    for uid, when in held.items():
        assert desk.calendar.events[uid].when == when
    known = {row.block.uid for row in rows} | {"theirs"}
    assert set(desk.calendar.events) <= known
    standing_ = [row.block for row in rows if row.block.state is not BlockState.LOST]
    assert len({each.period for each in standing_}) == len(standing_)
    assert all(row.block.state is not BlockState.WRITING for row in rows)
