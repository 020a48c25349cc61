"""A store with something in every table, for tests of what is made of a whole store."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from agent.store import (
    blocks,
    calendars,
    commitments,
    diary,
    gatherings,
    goals,
    memory,
    people,
    proposals,
    reviews,
    rituals,
    runs,
)
from agent.store.blocks import BlockRow
from agent.store.database import Database
from agent.store.reviews import ReviewKind
from connectors.port import Cursor, Written
from policies.calendar.event import Attendee, Span
from policies.calendar.event import Event as CalendarEvent
from policies.circles.events import Event
from policies.circles.rituals import Ritual
from policies.goals.goal import Goal, GoalId, Helper, Outcome, OutcomeKind, Role, Stage, Step
from policies.hours import parse_hours
from policies.interval import Interval
from policies.memory.logline import Finding, Kind
from policies.memory.mentions import Who
from policies.memory.thanks import Occasion, thanks_for
from policies.people.person import (
    Boundaries,
    Cadence,
    Format,
    Influence,
    Intent,
    PersonId,
    PrivateNotes,
    Quality,
    Relation,
    Seniority,
    Weekday,
)
from policies.planning.block import Block, BlockState, Purpose
from policies.proposal import NoSlot, ProposalState, Unplaced
from tests import make
from tests.agent.store.stored import NOW, listed, logged, meeting
from tests.agent.world import MEI, RAJ, World

ANA = replace(
    make.person("Ana Sílva"),
    addresses=("ana.silva@example.com", "as@example.net"),
    cadence=Cadence(timedelta(days=14), timedelta(days=28)),
    relation=Relation.CLIENT,
    organisation="Anacorp",
    function="Ana's function",
    role="Ana's role",
    seniority=Seniority.EXECUTIVE,
    influence=(Influence.PROMOTION, Influence.PROJECTS),
    quality=Quality.FAIR,
    intent=Intent.MENTOR,
    groups=("Ana's group", 'quo"ted'),
    goals=("Ana's goal",),
    zone=make.BERLIN,
    country="DE-BE",
    hours=parse_hours("Mon-Fri 09:00-17:00"),
    place="Ana's place",
    formats=(Format.COFFEE, Format.WALK),
    allowances=("hours Mon-Fri 08:00-09:00", "within 6w"),
    office_days=(Weekday.TUE, Weekday.WED),
    boundaries=Boundaries(not_before=date(2026, 1, 2), at_most_a_year=6),
    how_met="how Ana was met",
    common_ground=("Ana's chess",),
    to_give=("what Ana could use",),
    sensitive=True,
    phone="+49 30 2702110",
    notes=PrivateNotes("Ana's secret\nsecond line"),
)


def goal_of(person: PersonId) -> Goal:
    """A goal with everything in it, most of it about one person."""
    return Goal(
        id=GoalId("move"),
        title="Move to product",
        listed_on=NOW.date(),
        why="closer to customers",
        by=date(2027, 3, 31),
        function="Product",
        level=Seniority.DIRECTOR,
        template="know-a-function",
        helpers=(Helper(person, Role.DECIDES, Stage.CULTIVATE),),
        steps=(Step("lunch with Ana", date(2026, 5, 1), person), Step("read the strategy")),
        outcomes=(Outcome(OutcomeKind.ADVICE, "Ana's advice", date(2026, 3, 1), person),),
    )


def fill(db: Database) -> World:
    """Ana invited, Raj proposed to, Mei refused; meetings, runs, planning slots, notes."""
    world = World(db)
    listed(db, ANA, RAJ, MEI)
    logged(db, ANA, NOW - timedelta(days=40), Format.CALL, "what Ana said")
    world.read(
        [
            replace(
                meeting("2026-03-02 09:00", *ANA.addresses[:1], uid="1-ana.silva@example.com"),
                summary="Coffee Ana",
                location="Ana's office",
                attendees=(
                    Attendee("olle@example.com"),
                    Attendee("ana.silva@example.com", "Ana Sílva (Anacorp)"),
                ),
            ),
            meeting("2026-03-09 09:00", "as@example.net", *RAJ.addresses, title="All three"),
            replace(
                meeting("2026-03-16 09:00", *RAJ.addresses, title="Weekly", rule="FREQ=WEEKLY"),
                location="Storgatan 5",
            ),
            CalendarEvent("home", date(2026, 4, 9), Span(1, 0), "Home", busy=False),
        ]
    )
    sent = world.propose(ANA)
    world.approve(sent)
    world.settle()
    world.propose(RAJ, Interval(make.utc("2026-04-13 08:00"), make.utc("2026-04-13 08:45")))
    refused = world.propose(
        MEI, Interval(make.utc("2026-04-14 08:00"), make.utc("2026-04-14 09:00"))
    )
    run = runs.start(db, NOW, None)
    runs.finish(db, run, NOW, 0, '{"proposed": 2}')
    when = Interval(make.utc("2026-04-02 08:00"), make.utc("2026-04-02 09:30"))
    block = Block("plan-1", Purpose.FIRST, "first", when, BlockState.HELD, NOW)
    page = {"a page": '["1-ana.silva@example.com"]'}
    cursor = Cursor(calendars.cursor(db, "work") or "", page)
    with db.transaction() as sql:
        calendars.move_cursor(sql, calendars.calendars(db)[0].id, cursor)
        proposals.set_state(sql, refused, ProposalState.REJECTED)
        proposals.set_outcome(sql, refused, "not now")
        asked = Unplaced(MEI.id, NoSlot.OWNER_BUSY, "When have you time for Mei?")
        proposals.replace_unplaced(sql, [asked], run)
        people.ignore(sql, "news@example.org", NOW.date())
        blocks.put(sql, BlockRow(block, "work", Written("plan.ics", "1")))
        memory.add_promise(sql, ANA.id, "Ana's paper", NOW.date(), date(2026, 4, 7), mine=True)
        memory.add_thanks(sql, thanks_for(ANA.id, Occasion.HELP, "Ana's help", NOW.date()))
        memory.add_favour(sql, ANA.id, "Ana's favour", NOW.date(), given=False)
        goals.save(sql, goal_of(ANA.id))
        reviews.note(sql, reviews.begin(sql, ReviewKind.YEAR, NOW.date()).number, ANA.id, "C → A")
        sql.execute("INSERT INTO standing VALUES (?, '2026-03-30', 'red', 'A', NULL)", (ANA.id,))
        rituals.add(sql, Ritual("Thursday coffee", 2, NOW.date(), (ANA.id, RAJ.id)))
        ended = Event("Nordic fair", NOW - timedelta(hours=5), NOW, goal="move")
        gatherings.meet(sql, gatherings.add(sql, ended), [ANA.id])
        memory.add_news(sql, "an article", NOW.date())
        note = Finding(Kind.NOTE, (Who("", (ANA.id,)),), "Ana's note")
        diary.keep(sql, [diary.Entry(note)], NOW.date())
        sql.execute("INSERT INTO aftermath VALUES (?, 0, 1)", (ANA.id,))
        commitments.add(sql, ANA.id, NOW.date(), date(2026, 6, 30), "coach@example.org")
        sql.execute("INSERT INTO forgotten (mark) VALUES ('0123456789abcdef')")
        sql.execute("INSERT INTO quarantine VALUES (1, 'line 7', 'no start', 0)")
    return world
