from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.app import App
from agent.cli.root import cli
from agent.clock import FixedClock
from agent.errors import UsageProblem
from agent.proposing.propose import ProposeReport, propose
from agent.relationships.audit import Line
from agent.settings import CalendarSettings, MailSettings, Settings, SourceKind
from agent.store import people, proposals
from agent.store.meetings import NO_CONTACT
from policies.audit.cadence import standing
from policies.hours import parse_hours
from policies.interval import Interval
from policies.people.person import Format, Person
from policies.proposal import NoSlot
from policies.rules import CadenceRules
from policies.slots.availability import Busy
from policies.wall import local_date, local_datetime, seconds
from tests.make import BERLIN, OWNER, interval, person, utc

NOW = utc("2026-03-02 07:00")  # a Monday
SETTINGS = Settings(
    OWNER,
    (CalendarSettings("work", SourceKind.ICS),),
    write_calendar="work",
    mail=MailSettings("localhost", 25),
)
KEN = replace(
    person("Ken Sato"),
    zone="Asia/Tokyo",
    hours=parse_hours("Mon-Fri 09:00-17:00"),
    formats=(Format.CALL,),
)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    made = App(tmp_path / "home", FixedClock(NOW), lambda _: SETTINGS)
    yield made
    made.close()


def listed(app: App, who: Person) -> None:
    with app.store.transaction() as sql:
        people.save(sql, who)


def proposing(app: App, *busy: Busy, days: int = 0) -> ProposeReport:
    """A run so many days later, on people as they are in the store now."""
    now = NOW + timedelta(days=days)
    today = local_date(now, BERLIN)
    lines = [
        Line(standing(who, today - timedelta(days=60), None, today, CadenceRules()), NO_CONTACT)
        for who in people.everyone(app.store)
    ]
    return propose(
        app.store,
        SETTINGS,
        lines,
        lambda window: tuple(each for each in busy if each.when.overlaps(window)),
        now,
    )


def command(app: App, *words: str) -> Result:
    fresh = App(app.home, app.clock, app.load)
    return CliRunner().invoke(cli, words, obj=fresh)


def test_a_yes_to_an_early_hour_gives_a_time_on_the_next_run_and_lasts(app: App) -> None:
    listed(app, KEN)

    (asked,) = proposing(app).unplaced
    assert asked.code is NoSlot.NO_COMMON_HOURS
    assert asked.question.endswith("Would 08:30 be all right for a call?")
    shown = command(app, "proposals").stdout
    assert "fika answer ken-sato yes  saves allowances: hours Mon-Fri 08:30-09:00" in shown

    said = command(app, "answer", "ken-sato", "yes")
    assert said.exit_code == 0, said.output
    assert "hours Mon-Fri 08:30-09:00" in said.stdout
    assert proposals.unplaced(app.store) == ()

    (proposal,) = proposing(app, days=1).new
    for slot in proposal.draft.slots:
        assert f"{local_datetime(seconds(slot.when.start), BERLIN):%H:%M}" == "08:30"
    again = proposing(app, days=2)
    assert (len(again.new), len(again.expired), len(again.unplaced)) == (0, 0, 0)


def test_what_is_allowed_for_one_person_holds_for_nobody_else(app: App) -> None:
    listed(app, replace(KEN, allowances=("hours Mon-Fri 08:30-09:00",)))
    listed(
        app, replace(KEN, id=person("Rei Abe").id, name="Rei Abe", addresses=("rei@example.com",))
    )

    report = proposing(app)
    assert [each.draft.person for each in report.new] == ["ken-sato"]
    assert [each.person for each in report.unplaced] == ["rei-abe"]


def test_a_yes_to_a_tentative_entry_holds_until_the_proposal_is_sent(app: App) -> None:
    ana = replace(person("Ana Silva"), zone=BERLIN, hours=OWNER.hours)
    listed(app, ana)
    maybe = Busy(interval("2026-03-04 23:00", "2026-03-05 23:00"), tentative=True)
    all_else = (
        Busy(interval("2026-02-01 00:00", "2026-03-04 23:00")),
        Busy(interval("2026-03-05 23:00", "2026-06-01 00:00")),
    )

    (asked,) = proposing(app, maybe, *all_else).unplaced
    assert "is taken only tentatively" in asked.question
    assert command(app, "answer", "ana-silva", "yes").exit_code == 0
    (proposal,) = proposing(app, maybe, *all_else).new
    assert maybe.when.contains(proposal.slot.when)
    later = proposing(app, maybe, *all_else, days=0)
    assert later.expired == ()


def test_a_yes_to_looking_further_ahead_finds_the_first_time_there_is(app: App) -> None:
    ana = replace(person("Ana Silva"), zone=BERLIN, hours=OWNER.hours)
    listed(app, ana)
    full = Busy(Interval(NOW - timedelta(days=30), NOW + timedelta(days=25)))

    (asked,) = proposing(app, full).unplaced
    assert asked.code is NoSlot.OWNER_BUSY
    assert "Shall Fika look that far ahead?" in asked.question
    assert command(app, "answer", "ana-silva", "yes").exit_code == 0
    (proposal,) = proposing(app, full, days=1).new
    assert proposal.slot.when.start >= full.when.end


def test_a_question_that_needs_words_takes_them(app: App) -> None:
    listed(app, replace(person("Zoe Kim"), addresses=()))
    assert proposing(app).unplaced[0].code is NoSlot.NO_ADDRESS

    mere_yes = command(app, "answer", "zoe", "yes")
    assert isinstance(mere_yes.exception, UsageProblem)
    assert "fika answer zoe-kim zoe.kim@example.com" in mere_yes.exception.remedy
    assert command(app, "answer", "zoe", "zoe@example.com").exit_code == 0
    (proposal,) = proposing(app, days=1).new
    assert proposal.draft.address == "zoe@example.com"


@pytest.mark.parametrize("words", ["proposals", "digest"])
def test_every_list_of_questions_says_what_to_type(app: App, words: str) -> None:
    listed(app, KEN)
    listed(app, replace(person("Zoe Kim"), addresses=()))
    assert len(proposing(app).unplaced) == 2

    told = command(app, words).stdout
    assert "fika answer ken-sato yes  saves allowances: hours Mon-Fri 08:30-09:00" in told
    assert "fika answer zoe-kim ...  saves addresses" in told


def test_no_changes_nothing_and_says_how_to_be_left_alone(app: App) -> None:
    listed(app, KEN)
    before = proposing(app).unplaced

    said = command(app, "answer", "ken", "no")
    assert "fika snooze ken-sato 6w" in said.stdout
    assert proposals.unplaced(app.store) == before


def test_answers_that_mean_nothing_are_one_line(app: App) -> None:
    listed(app, KEN)
    proposing(app)

    for words, cause in (
        (("ken", "perhaps"), "allowances 'perhaps' allows nothing"),
        (("ken",), "there is no answer, and no terminal to ask on"),
        (("nobody", "yes"), "nobody on your list is called 'nobody'"),
    ):
        problem = command(app, "answer", *words).exception
        assert isinstance(problem, UsageProblem)
        assert problem.cause.startswith(cause)
    assert command(app, "answer", "ken", "yes").exit_code == 0
    problem = command(app, "answer", "ken", "yes").exception
    assert isinstance(problem, UsageProblem)
    assert problem.cause == "there is no question about Ken Sato"


def test_what_a_yes_saves_is_in_the_json(app: App) -> None:
    listed(app, KEN)
    proposing(app)

    (found,) = json.loads(command(app, "proposals", "--json").stdout)["unplaced"]
    assert found["answer"] == {"field": "allowances", "yes": ["hours Mon-Fri 08:30-09:00"]}
