from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.app import App
from agent.cli.root import cli
from agent.clock import FixedClock
from agent.errors import UsageProblem
from agent.relationships import aftermath
from agent.relationships.aftermath import Next, Over
from agent.store import memory
from agent.store.contact_times import times_with
from agent.store.database import Database
from agent.store.meetings import contacts, history
from policies.audit.evidence import Reason, Strength
from policies.memory.thanks import Occasion
from policies.proposal import Answer
from policies.wall import seconds
from tests.agent.store.stored import NOW, SETTINGS, invited, listed, meeting, read
from tests.make import person, utc

ANA, RAJ = person("Ana Silva"), person("Raj Patel")
TO_ANA, TO_RAJ = ANA.addresses[0], RAJ.addresses[0]
TODAY = date(2026, 3, 31)


@pytest.fixture
def db(empty: Database) -> Iterator[Database]:
    copy = empty.copy()
    listed(copy, ANA, RAJ)
    yield copy
    copy.close()


def asked(db: Database) -> list[str]:
    return [f"{each.person.id} {each.meeting.what}" for each in aftermath.to_ask(db, NOW)]


def test_coffees_of_the_last_two_weeks_are_asked_about(db: Database) -> None:
    invited(db, RAJ, utc("2026-03-30 09:00"))
    read(
        db,
        [
            meeting("2026-03-20 09:00", TO_ANA, title="Lunch Ana"),
            meeting("2026-03-16 09:00", TO_ANA, title="Coffee too long ago"),
            meeting("2026-03-23 09:00", TO_ANA, title="Budget"),
            meeting("2026-03-24 09:00", TO_ANA, TO_RAJ, title="Coffee for three"),
            meeting("2026-03-25 09:00", TO_ANA, title="Weekly coffee", rule="FREQ=WEEKLY"),
            meeting("2026-04-02 09:00", TO_ANA, title="Coffee to come"),
            meeting("2026-03-26 09:00", "zoe@example.com", title="Coffee with who is not listed"),
        ],
    )

    assert asked(db) == ["ana-silva Lunch Ana", "raj-patel coffee"]


def test_what_we_arranged_and_a_calendar_shows_too_is_asked_once(db: Database) -> None:
    invited(db, RAJ, utc("2026-03-30 09:00"))
    read(db, [meeting("2026-03-30 11:00", TO_RAJ, title="Coffee")])

    assert asked(db) == ["raj-patel coffee"]


@pytest.mark.parametrize("answer", [Answer.DECLINED, Answer.COUNTERED])
def test_an_invitation_that_was_refused_is_not_asked_about(db: Database, answer: Answer) -> None:
    invited(db, RAJ, utc("2026-03-30 09:00"), answer=answer)

    assert asked(db) == []


@pytest.mark.parametrize("happened", [True, False])
def test_nobody_is_asked_twice(db: Database, happened: bool) -> None:
    invited(db, RAJ, utc("2026-03-30 09:00"))
    aftermath.say(db, aftermath.to_ask(db, NOW)[0], happened=happened)

    assert asked(db) == []


def test_a_coffee_that_did_not_happen_is_no_contact(db: Database) -> None:
    read(
        db,
        [
            meeting("2026-03-10 09:00", TO_ANA, title="Lunch Ana"),
            meeting("2026-03-27 09:00", TO_ANA, title="Coffee Ana"),
        ],
    )
    before = contacts(db, seconds(NOW))[ANA.id]
    aftermath.say(db, aftermath.to_ask(db, NOW)[0], happened=False)

    after = contacts(db, seconds(NOW))[ANA.id]
    assert before.last is not None
    assert after.last is not None
    assert (before.last.start_s, before.in_a_year) == (seconds(utc("2026-03-27 08:00")), 2)
    assert (after.last.start_s, after.in_a_year) == (seconds(utc("2026-03-10 08:00")), 1)
    (pictured,) = times_with(db, ANA.id, seconds(NOW))
    assert pictured.start_s == after.last.start_s
    missed = history(db, ANA.id)[0]
    assert (missed.strength, missed.reason) == (Strength.NOTHING, Reason.NOT_HELD)


def test_what_we_arranged_and_did_not_happen_is_no_contact_either(db: Database) -> None:
    invited(db, RAJ, utc("2026-03-30 09:00"))
    assert RAJ.id in contacts(db, seconds(NOW))
    aftermath.say(db, aftermath.to_ask(db, NOW)[0], happened=False)

    assert RAJ.id not in contacts(db, seconds(NOW))
    assert times_with(db, RAJ.id, seconds(NOW)) == ()
    assert history(db, RAJ.id)[0].reason is Reason.NOT_HELD


def over(db: Database) -> Over:
    invited(db, ANA, utc("2026-03-30 09:00"))
    return aftermath.to_ask(db, NOW)[0]


@pytest.mark.parametrize(
    ("key", "words", "noted"),
    [
        (Next.PROMISED, "the paper by Friday", "To Ana Silva: the paper, by Fri 3 Apr"),
        (Next.PROMISED_ME, "the slides", "From Ana Silva: the slides"),
        (Next.GAVE, "a book", "Given to Ana Silva: a book"),
        (Next.HAD, "an hour", "Had from Ana Silva, with thanks due: an hour"),
        (Next.THANK, "the talk by tomorrow", "Thank Ana Silva: the talk, by Wed 1 Apr"),
        (Next.THANK, "", "Thank Ana Silva, by Tue 7 Apr"),
        (Next.LEARNED, "moves to Lund", "Kept in your notes on Ana Silva: moves to Lund"),
    ],
)
def test_what_comes_next_is_noted(db: Database, key: Next, words: str, noted: str) -> None:
    assert aftermath.keep(db, SETTINGS, over(db), key, words, NOW) == noted


def test_a_promise_without_words_is_none(db: Database) -> None:
    with pytest.raises(UsageProblem):
        aftermath.keep(db, SETTINGS, over(db), Next.PROMISED, " ", NOW)
    assert memory.promises(db) == ()


def after(home: Path, keys: str, *flags: str) -> str:
    app = App(home, FixedClock(NOW), lambda _: SETTINGS)
    result = CliRunner().invoke(cli, ("after", *flags), input=keys, obj=app)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with Database(tmp_path / "state") as db:
        listed(db, ANA, RAJ)
        for who, days in ((ANA, 1), (RAJ, 2)):
            invited(db, who, NOW - timedelta(days=days))
    return tmp_path / "state"


def test_two_questions_one_key_each(home: Path) -> None:
    out = after(home, "n y\n? n n\np the paper by Friday\nh her time\np\nn")

    assert "Raj Patel: coffee, Sun 29 Mar 14:00: did it happen?  n" in out
    assert "Ana Silva: coffee, Mon 30 Mar 14:00: did it happen?  y" in out
    assert "one of p o h g t l n, please" in out
    assert "To Ana Silva: the paper, by Fri 3 Apr" in out
    assert "it says nothing: write in a few words what it was" in out
    with Database(home) as db:
        assert [each.what for each in memory.promises(db)] == ["the paper"]
        assert [(each.what, each.occasion) for each in memory.thanks(db)] == [
            ("her time", Occasion.HELP)
        ]
        assert set(contacts(db, seconds(NOW))) == {ANA.id}
    assert after(home, "").startswith("Nothing to ask")


def test_an_answer_can_be_given_again(home: Path) -> None:
    after(home, "n q")
    assert after(home, "", "--json").count('"proposal"') == 1

    after(home, "y n q", "--again")
    with Database(home) as db:
        assert contacts(db, seconds(NOW))[RAJ.id].last


@pytest.mark.parametrize("keys", ["", "q", "s q", "x"])
def test_who_answers_nothing_is_asked_again(home: Path, keys: str) -> None:
    after(home, keys)

    assert after(home, "", "--json").count('"proposal"') == 2
