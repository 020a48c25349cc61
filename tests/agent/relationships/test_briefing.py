from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from agent.errors import UsageProblem
from agent.planning import standing as planning
from agent.relationships import briefing, memory, remembering
from agent.relationships.audit import audit
from agent.store import memory as store
from agent.store.database import Database
from policies.calendar.event import Visibility
from policies.memory.brief import title
from policies.memory.thanks import Occasion
from policies.people.person import PrivateNotes, Relation
from policies.planning.agenda import agenda
from policies.planning.block import Purpose
from tests.agent.spoken import said
from tests.agent.store.stored import NOW, SETTINGS, invited, listed, meeting, read
from tests.agent.world import World
from tests.make import BERLIN, person, utc

CANARY = "canary"
ANA = replace(
    person("Ana Silva"),
    relation=Relation.CLIENT,
    to_give=("the benchmark",),
    notes=PrivateNotes(CANARY),
)
RAJ, MEI = person("Raj Patel"), person("Mei Lin")
TODAY = date(2026, 3, 31)
NAMES = {each.id: each.name for each in (ANA, RAJ)}


@pytest.fixture
def db(empty: Database) -> Iterator[Database]:
    copy = empty.copy()
    listed(copy, ANA, RAJ, MEI)
    yield copy
    copy.close()


def test_a_brief_is_for_the_next_coffee_with_that_person(db: Database) -> None:
    invited(db, ANA, utc("2026-04-09 08:00"))
    read(db, [meeting("2026-04-02 09:00", *ANA.addresses, title="Budget")])

    found = briefing.of_words(db, SETTINGS, "ana", NOW)
    assert title(found) == "Ana Silva: coffee, Thu 9 Apr at 10:00"
    assert title(briefing.of_words(db, SETTINGS, "raj", NOW)) == "Raj Patel"


def test_a_brief_can_be_asked_for_by_the_number_of_a_proposal(db: Database) -> None:
    number = World(db).propose(RAJ)

    found = briefing.of_words(db, SETTINGS, str(number), NOW)
    assert title(found) == "Raj Patel: coffee, Thu 9 Apr at 10:00, Café Nord"
    for words in ("7", "999999999999"):
        with pytest.raises(UsageProblem):
            briefing.of_words(db, SETTINGS, words, NOW)


def test_only_contact_is_history_and_the_newest_comes_first(db: Database) -> None:
    crowd = [f"p{n}@example.com" for n in range(5)]
    read(
        db,
        [
            meeting("2026-01-02 09:00", *ANA.addresses, title="Lunch"),
            meeting("2026-02-02 09:00", *ANA.addresses, title="Walk"),
            meeting("2026-03-02 09:00", *ANA.addresses, *crowd, title="Steering group"),
        ],
    )

    found = briefing.of_words(db, SETTINGS, "ana", NOW)
    assert [(each.day, each.what) for each in found.met] == [
        (date(2026, 2, 2), "Walk"),
        (date(2026, 1, 2), "Lunch"),
    ]


def test_the_day_before_a_coffee_and_on_its_day_there_is_a_brief(db: Database) -> None:
    invited(db, ANA, utc("2026-04-01 08:00"))
    invited(db, RAJ, utc("2026-03-31 14:00"))
    invited(db, MEI, utc("2026-04-02 08:00"))

    briefs = remembering.look(db, SETTINGS, NOW).briefs
    assert [each.person.id for each in briefs] == [RAJ.id, ANA.id]


def full(db: Database) -> None:
    """Everything a digest and an agenda can say of Ana, and one promise to Raj."""
    invited(db, ANA, NOW + timedelta(hours=20))
    with db.transaction() as sql:
        for who in (ANA, RAJ):
            store.add_promise(sql, who.id, f"the paper for {who.name}", TODAY, TODAY, mine=True)
    memory.to_thank(db, ANA, "the talk", TODAY)
    read(db, [meeting("2026-03-27 09:00", *ANA.addresses, title="Coffee Ana")])


def test_the_digest_tells_what_is_owed_comes_and_was(db: Database) -> None:
    full(db)
    found = remembering.look(db, SETTINGS, NOW)

    told = list(remembering.told(found, NAMES, NOW, BERLIN))
    assert [each.heading for each in told] == [
        "Before Ana Silva: coffee, Wed 1 Apr at 10:00",
        "Promised",
        "Thanks due",
        "Did it happen, and what next?",
    ]
    assert told[1].lines == (
        "To Ana Silva: the paper for Ana Silva, by Tue 31 Mar: fika promises kept 1",
        "To Raj Patel: the paper for Raj Patel, by Tue 31 Mar: fika promises kept 2",
    )
    assert told[3].lines == ("Ana Silva, Coffee Ana, Fri 27 Mar 09:00: fika after",)
    assert CANARY not in str(told)


def test_what_is_due_later_than_a_week_is_not_told_yet(db: Database) -> None:
    with db.transaction() as sql:
        store.add_promise(sql, ANA.id, "soon", TODAY, TODAY + timedelta(days=7), mine=True)
        store.add_promise(sql, ANA.id, "later", TODAY, TODAY + timedelta(days=8), mine=True)
        store.add_promise(sql, ANA.id, "some day", TODAY, None, mine=True)

    found = remembering.look(db, SETTINGS, NOW).owed.promises
    assert [each.what for each in found] == ["soon"]


def test_a_broken_promise_asks_for_something(db: Database) -> None:
    with db.transaction() as sql:
        yesterday = TODAY - timedelta(days=1)
        store.add_promise(sql, ANA.id, "the paper", yesterday, yesterday, mine=True)
    found = remembering.look(db, SETTINGS, NOW)

    (section,) = (e for e in remembering.told(found, NAMES, NOW, BERLIN) if e.lines)
    assert section.urgent
    assert section.lines == ("To Ana Silva: the paper, by Mon 30 Mar, late: fika promises kept 1",)


def test_whoever_is_sensitive_is_left_out_of_what_leaves_the_machine(db: Database) -> None:
    full(db)
    found = remembering.look(db, SETTINGS, NOW).without({ANA.id})

    told = list(remembering.told(found, NAMES, NOW, BERLIN))
    assert ANA.name not in str(told)
    assert RAJ.name in str(told)


@pytest.mark.parametrize("sensitive", [False, True])
def test_nobody_sensitive_stands_in_a_planning_slot(db: Database, sensitive: bool) -> None:
    full(db)
    World(db).propose(ANA)
    listed(db, replace(ANA, sensitive=sensitive))

    facts = planning.agenda_facts(db, audit(db, SETTINGS, NOW), TODAY, BERLIN)
    texts = [agenda(purpose, facts) for purpose in Purpose]
    assert all((ANA.name in each) is not sensitive for each in texts)
    assert all(RAJ.name in each and CANARY not in each for each in texts)


def test_titles_that_a_calendar_calls_private_stand_in_no_brief_and_no_agenda(
    db: Database,
) -> None:
    read(
        db,
        [
            replace(meeting(day, *ANA.addresses, title="Coffee secret"), visibility=visibility)
            for day, visibility in (
                ("2026-03-27 09:00", Visibility.PRIVATE),
                ("2026-04-01 09:00", Visibility.CONFIDENTIAL),
            )
        ],
    )
    found = remembering.look(db, SETTINGS, NOW)

    told = list(remembering.told(found, NAMES, NOW, BERLIN))
    facts = planning.agenda_facts(db, audit(db, SETTINGS, NOW), TODAY, BERLIN)
    assert facts.coming[0].startswith("Ana Silva, a private meeting, Wed 1 Apr")
    assert facts.over[0].startswith("Ana Silva, a private meeting, Fri 27 Mar")
    assert "secret" not in f"{told} {facts}"


def test_an_agenda_says_what_is_owed_what_comes_and_what_was(db: Database) -> None:
    full(db)

    facts = planning.agenda_facts(db, audit(db, SETTINGS, NOW), TODAY, BERLIN)
    assert facts.promises[0] == (
        "To Ana Silva: the paper for Ana Silva, by Tue 31 Mar: fika promises kept 1"
    )
    assert facts.thanks == ("Ana Silva: the talk, by Tue 7 Apr: fika thanks done 1",)
    assert facts.coming == ("Ana Silva, coffee, Wed 1 Apr 10:00: fika brief ana-silva",)
    assert facts.over == ("Ana Silva, Coffee Ana, Fri 27 Mar 09:00",)


def test_in_december_the_thanks_of_the_year_are_noted_once(db: Database) -> None:
    advent = utc("2026-12-06 12:00")
    memory.favour(db, RAJ, "an hour", TODAY, given=False)

    for _ in range(2):
        memory.years_end(db, audit(db, SETTINGS, advent), advent.date())
    (thanks,) = store.thanks(db)
    assert (thanks.person, thanks.occasion, thanks.what) == (
        RAJ.id,
        Occasion.YEARS_END,
        "the year: an hour",
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with Database(tmp_path / "state") as db:
        listed(db, ANA, RAJ, MEI)
        full(db)
    return tmp_path / "state"


def test_the_brief_is_read_on_a_terminal_with_the_owner_s_notes(home: Path) -> None:
    out = said(home, "brief", "ana")

    assert out.startswith("Ana Silva: coffee, Wed 1 Apr at 10:00\n\nWho\n  client; priority A\n")
    for part in ("History", "Between you", "To give", "Ask", "Your notes"):
        assert f"\n\n{part}\n  " in out
    assert out.endswith(f"\n  {CANARY}\n")
    assert "Your notes" not in said(home, "brief", "raj")


def test_a_script_can_read_the_brief(home: Path) -> None:
    found = json.loads(said(home, "brief", "ana", "--json"))

    assert found["title"] == "Ana Silva: coffee, Wed 1 Apr at 10:00"
    assert len(found["ask"]) == 3
    assert found["notes"] == CANARY


def test_news_are_kept_listed_and_taken_out(home: Path) -> None:
    assert said(home, "news").startswith("Nothing yet.")
    assert said(home, "news", "add", "an", "article") == "1. an article\n"
    assert said(home, "news").splitlines()[1] == "  1  Tue 31 Mar  an article"
    assert "To tell\n  an article (Tue 31 Mar)" in said(home, "brief", "raj")
    assert json.loads(said(home, "news", "--json"))[0]["day"] == "2026-03-31"
    assert said(home, "news", "remove", "1") == "removed: 1\n"


def test_what_stands_open_is_shown_with_the_person(home: Path) -> None:
    out = said(home, "people", "show", "ana")

    assert "between you:\n  To Ana: the paper for Ana Silva, today\n  Thank Ana: the talk" in out
    assert len(json.loads(said(home, "people", "show", "ana", "--json"))["between"]) == 2
