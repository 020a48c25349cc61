from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from agent.app import App
from agent.cli.audit.simulate_view import sparkline
from agent.cli.root import cli
from agent.clock import FixedClock
from agent.relationships.foresight import Foresight, foresee
from agent.settings import Settings
from agent.store.database import Database
from agent.store.pause import FOR_GOOD, pause
from policies.calendar.event import Event
from policies.people.person import Boundaries, Format, Person, PersonId, Priority
from policies.proposal import Answer
from policies.rules import EtiquetteRules, SlotRules
from tests.agent.store.stored import NOW, SETTINGS, invited, listed, meeting, read
from tests.agent.world import World
from tests.make import person

MONDAY = date(2026, 4, 6)
HOUR = timedelta(hours=1)
ANA = person("Ana Silva")
RAJ = person("Raj Patel", Priority.B)
MEI = replace(person("Mei Lin", Priority.D), boundaries=Boundaries(do_not_contact=True))


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "state") as made:
        yield made


def ahead(db: Database, settings: Settings = SETTINGS, weeks: int = 8) -> Foresight:
    return foresee(db, settings, NOW, weeks=weeks, learn=4)


def filled(start: str, end: str) -> list[Event]:
    """Every working day from 9 to 17 taken but for the two hours from 9 to 11."""
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    days = [first + timedelta(days=n) for n in range((last - first).days)]
    return [
        meeting(f"{day} 11:00", uid=f"filled-{day}", minutes=360)
        for day in days
        if day.weekday() < 5
    ]


def test_free_time_is_learnt_from_the_weeks_before(db: Database) -> None:
    read(db, filled("2026-03-02", "2026-04-06"))

    seen = ahead(db)

    assert seen.learnt == 4
    assert seen.play.weeks[0].week.monday == MONDAY
    usual = seen.plan.diary.typical
    assert [each.free for each in usual] == [1.75 * HOUR] * 5 + [timedelta()] * 2
    assert [each.meetings for each in usual] == [2] * 5 + [0] * 2
    assert {each.week.free for each in seen.play.weeks[1:]} == {5 * 1.75 * HOUR - HOUR / 2}


def test_without_a_past_the_coming_weeks_are_all_there_is_to_learn_from(db: Database) -> None:
    seen = ahead(db)

    assert seen.learnt == 0
    assert seen.plan.diary.typical[0].free == 6 * HOUR + HOUR / 2


def test_a_week_of_leave_in_the_calendar_has_no_room(db: Database) -> None:
    away = [
        meeting(f"2026-04-{day} 08:00", uid=f"away-{day}", minutes=600) for day in range(13, 18)
    ]
    read(db, [*filled("2026-03-02", "2026-04-06"), *away])

    rooms = [each.week.meetings for each in ahead(db).play.weeks]

    assert rooms[:3] == [3, 0, 3]


def test_what_fika_put_into_the_calendar_is_time_it_has(db: Database) -> None:
    world = World(db)
    listed(db, ANA)
    world.read([])
    number = world.propose(ANA)
    world.approve(number)
    world.settle()
    before = ahead(db).plan.diary.known
    ours = db.rows("SELECT uid FROM action")[0][0]
    slot = db.rows("SELECT start_s FROM proposal_slot")[0][0]
    day = date(1970, 1, 1) + timedelta(seconds=slot)

    read(db, [replace(meeting(f"{day} 10:00", minutes=240), uid=ours)])

    assert ahead(db).plan.diary.known == before


def test_a_series_in_the_calendar_keeps_people_up_without_asking(db: Database) -> None:
    listed(db, ANA, RAJ)
    read(db, [meeting("2026-03-02 09:00", *ANA.addresses, rule="FREQ=WEEKLY")])

    seen = ahead(db)

    assert ANA.id not in {who for each in seen.play.weeks for who in each.met}
    assert seen.upkeep[Priority.A].people == 0
    assert seen.upkeep[Priority.B].people == 1


def test_whom_the_owner_meets_anyway_they_go_on_meeting(db: Database) -> None:
    listed(db, ANA)
    read(
        db,
        [meeting(f"2026-03-{day} 09:00", *ANA.addresses, uid=f"ana-{day}") for day in (10, 20, 30)],
    )

    (ana,) = ahead(db).plan.tracks

    assert [date.fromordinal(day).day for day in ana.booked[:2]] == [9, 19]


@pytest.mark.parametrize(
    ("someone", "why"),
    [
        (replace(ANA, boundaries=Boundaries(do_not_contact=True)), "you asked not to contact them"),
        (replace(ANA, addresses=()), "no mail address of theirs is known"),
        (replace(ANA, formats=(Format.EVENT,)), "there is no rule for the ways they like to meet"),
        (replace(ANA, snoozed_until=date(2028, 1, 1)), "Snoozed until 1 January 2028"),
        (
            replace(ANA, boundaries=Boundaries(at_most_a_year=1)),
            "met as often this year as you want to ask",
        ),
    ],
)
def test_who_is_not_asked_is_named_with_the_reason(db: Database, someone: Person, why: str) -> None:
    listed(db, someone)
    read(db, [meeting("2026-01-19 09:00", *ANA.addresses)])
    formats = dict(SETTINGS.rules.slots.formats)
    del formats[Format.EVENT]
    slots = replace(SETTINGS.rules.slots, formats=formats)
    settings = replace(SETTINGS, rules=replace(SETTINGS.rules, slots=slots))

    seen = ahead(db, settings)

    assert [tuple(each) for each in seen.left_out] == [(ANA.id, why)]
    assert seen.play.first == {}
    assert seen.fits


def test_while_fika_is_paused_nobody_is_asked(db: Database) -> None:
    listed(db, ANA)
    with db.transaction() as sql:
        pause(sql, FOR_GOOD)

    assert "paused" in ahead(db).left_out[0].why


def test_each_way_to_meet_takes_its_own_time(db: Database) -> None:
    listed(db, ANA, replace(RAJ, formats=(Format.CALL,)))

    takes = {each.id: each.takes for each in ahead(db).plan.tracks}

    assert takes == {ANA.id: HOUR, RAJ.id: 0.75 * HOUR}


def arranged(db: Database, count: int) -> None:
    """So many coffees with Ana that should be over: every second declined, one never held."""
    for number in range(count):
        answer = Answer.DECLINED if number % 2 else Answer.NONE
        invited(db, ANA, NOW - timedelta(days=7 * number + 3), answer=answer)
    with db.transaction() as sql:
        first = NOW - timedelta(days=3)
        sql.execute("INSERT INTO aftermath VALUES (?, ?, 0)", (ANA.id, int(first.timestamp())))


@pytest.mark.parametrize(("count", "share", "learnt"), [(9, 1.0, False), (10, 0.4, True)])
def test_how_many_invitations_lead_to_a_meeting_is_learnt_from_ten_on(
    db: Database, count: int, share: float, *, learnt: bool
) -> None:
    listed(db, ANA)
    arranged(db, count)

    seen = ahead(db)

    assert (seen.plan.share, seen.answered) == (share, learnt)
    asked_anew = foresee(db, SETTINGS, NOW, weeks=2, learn=2, share=0.7)
    assert (asked_anew.plan.share, asked_anew.answered) == (0.7, False)


# ---------------------------------------------------------------- the command


@pytest.fixture
def home(db: Database, tmp_path: Path) -> Path:
    """Thirty people to meet and room for three a week; Mei is not to be contacted."""
    crowd = [person(f"Guest {number:02}") for number in range(30)]
    listed(db, ANA, RAJ, MEI, *crowd)
    read(
        db,
        [
            *filled("2026-03-02", "2026-04-06"),
            meeting("2026-01-19 09:00", *ANA.addresses, title="Coffee"),
            meeting("2026-03-16 09:00", *RAJ.addresses, title="Lunch"),
        ],
    )
    return tmp_path / "state"


def fika(home: Path, *words: str, settings: Settings = SETTINGS) -> Result:
    app = App(home, FixedClock(NOW), lambda _: settings)
    return CliRunner().invoke(cli, ["simulate", *words], obj=app, catch_exceptions=False)


def told(home: Path, *words: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads(fika(home, "--json", *words).stdout)


def test_the_verdict_comes_first_and_what_would_help_after_the_weeks(home: Path) -> None:
    said = fika(home).stdout

    assert said.startswith("Your plan does not fit your diary: after 26 weeks")
    assert "Your diary has room for" in said
    assert "Turns green" in said
    assert "Enough by itself is any one of these:" in said
    assert "meetings a week instead of 3 ([slots] per_week and [etiquette] per_week)" in said
    assert "priority A every" in said
    assert "Free time is as in the last 11 weeks, less what is booked" in said
    assert fika(home).exit_code == 0


def test_the_owner_may_say_how_many_say_yes(home: Path) -> None:
    said = fika(home, "--yes-rate", "50").stdout

    assert "Of those asked on Mondays 50% are met that week." in said
    found = told(home, "--yes-rate", "50", "--weeks", "2")
    assert found["share_of_invitations_met"] == 0.5
    assert sum(len(each["asked"]) for each in found["weeks"]) == 6
    assert sum(len(each["met"]) for each in found["weeks"]) == 3


def test_a_plan_that_fits_is_said_to(db: Database, tmp_path: Path) -> None:
    listed(db, ANA)

    said = fika(tmp_path / "state").stdout

    assert said.startswith("Your plan fits your diary: in 26 weeks there is room")
    assert "Enough by itself" not in said


def test_a_plan_that_fits_by_the_longest_gaps_alone_is_said_to(
    db: Database, tmp_path: Path
) -> None:
    crowd = [person(f"Guest {number:02}") for number in range(12)]
    listed(db, *crowd)
    days = [NOW.date() - timedelta(days=1 + 2 * number) for number in range(len(crowd))]
    read(
        db,
        [
            *filled("2026-03-02", "2026-04-06"),
            *(
                meeting(f"{day} 09:00", *one.addresses, uid=one.id)
                for day, one in zip(days, crowd, strict=True)
            ),
        ],
    )

    said = fika(tmp_path / "state").stdout

    assert said.startswith(
        "Your plan fits your diary by the longest gaps, 2.4 of 3.0 meetings a week;"
        " the ideal gaps take 4.0."
    )
    assert "in time" not in said


def test_who_is_met_anyway_is_among_the_assumptions(home: Path) -> None:
    assert "you are taken to go on meeting" in " ".join(fika(home).stdout.split())


def test_json_says_for_everyone_overdue_when_they_turn_green(home: Path) -> None:
    found = told(home, "--weeks", "3")

    assert not found["fits"]
    assert [each["monday"] for each in found["weeks"]] == ["2026-04-06", "2026-04-13", "2026-04-20"]
    assert [len(each["met"]) for each in found["weeks"]] == [3, 3, 3]
    (ana,) = (each for each in found["turns_green"] if each["person"] == ANA.id)
    assert (ana["status"], ana["green"], ana["why"]) == ("red", "2026-04-10", "")
    assert sum(each["green"] is None for each in found["turns_green"]) == 23
    assert found["not_asked"] == [{"person": MEI.id, "why": "you asked not to contact them"}]


def test_the_change_named_is_enough_when_it_is_made(home: Path) -> None:
    (more,) = (each for each in told(home)["enough_by_itself"] if each["lever"] == "meetings")
    rules = SETTINGS.rules
    slots = replace(rules.slots, per_week=more["to"], per_day=more["and_"])
    etiquette = replace(rules.etiquette, per_week=more["to"])
    changed = replace(SETTINGS, rules=replace(rules, slots=slots, etiquette=etiquette))

    assert "Your plan fits your diary" in fika(home, settings=changed).stdout


def test_where_no_change_is_enough_it_says_so(db: Database, tmp_path: Path) -> None:
    listed(
        db,
        *(
            person(f"Guest {n}", p)
            for p in (Priority.A, Priority.B)
            for n in range(100 * (p == "A") + 100)
        ),
    )
    none = replace(SETTINGS.rules, slots=SlotRules(per_day=0), etiquette=EtiquetteRules())

    said = fika(tmp_path / "state", settings=replace(SETTINGS, rules=none)).stdout

    assert "No single change is enough" in said


def test_names_from_outside_are_shown_harmlessly(db: Database, tmp_path: Path) -> None:
    listed(db, replace(ANA, id=PersonId("x"), name="[red]Ana\x1b[2J"))

    said = fika(tmp_path / "state").stdout

    assert "[red]Ana" in said
    assert "\x1b[2J" not in said


def test_an_empty_list_is_told_how_to_begin(db: Database, tmp_path: Path) -> None:
    assert "Nobody is on your list yet" in fika(tmp_path / "state").stdout


@pytest.mark.parametrize(
    ("counts", "most", "line"),
    [
        ([], 0, ""),
        ([0, 0], 0, "··"),
        ([0, 1, 8], 8, "·▁█"),
        ([1, 50, 100], 100, "▁▄█"),
        ([3], 3, "█"),
    ],
)
def test_a_sparkline_has_a_letter_a_week_and_never_hides_one_person(
    counts: list[int], most: int, line: str
) -> None:
    assert sparkline(counts, most) == line
