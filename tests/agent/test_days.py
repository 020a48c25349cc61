"""Every option that takes a day takes it in the same words, and refuses it in the same sentence."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from agent.days import day_ahead, read_day
from agent.errors import UsageProblem
from agent.store.database import Database
from tests.agent.cli.people.test_people import ANA
from tests.agent.spoken import refused, said
from tests.agent.store.stored import listed

TODAY = date(2026, 3, 31)  # a Tuesday


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with Database(tmp_path / "state") as db:
        listed(db, ANA)
    return tmp_path / "state"


@pytest.mark.parametrize(
    ("text", "ahead", "past"),
    [
        ("2026-05-01", "2026-05-01", "2026-05-01"),
        ("2031-05-01", "2031-05-01", "2031-05-01"),
        ("friday", "2026-04-03", "2026-03-27"),
        ("today", "2026-03-31", "2026-03-31"),
        ("tomorrow", "2026-04-01", "2026-04-01"),
        ("6w", "2026-05-12", "2026-02-17"),
        ("0d", "2026-03-31", "2026-03-31"),
        ("10d", "2026-04-10", "2026-03-21"),
        ("1w3d", "2026-04-10", "2026-03-21"),
        ("in 2 weeks", "2026-04-14", "2026-04-14"),
    ],
)
def test_a_day_is_read_on_the_side_it_is_meant_on(text: str, ahead: str, past: str) -> None:
    assert read_day(text, TODAY, ahead=True) == date.fromisoformat(ahead)
    assert read_day(text, TODAY, ahead=False) == date.fromisoformat(past)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("soon", "'soon' is no day"),
        ("", "'' is no day"),
        ("30m", "'30m' is no day"),
        ("1h", "'1h' is no day"),
        ("3/4", "'3/4' is no day"),
        ("2026-02-30", "'2026-02-30' is no day"),
        ("99999999999w", "'99999999999w' is no day"),
        ("9999w", "2217-11-18 is too far away"),
        ("1969-12-31", "1969-12-31 is too long ago"),
    ],
)
def test_what_is_no_day_to_reckon_with_is_refused(text: str, cause: str) -> None:
    with pytest.raises(UsageProblem) as problem:
        read_day(text, TODAY, ahead=True)

    assert problem.value.cause == cause


def test_a_day_to_come_is_not_past() -> None:
    assert day_ahead("today", TODAY) == TODAY
    with pytest.raises(UsageProblem, match="is past"):
        day_ahead("yesterday", TODAY)


EVERY = [
    ("promises", "add", "ana", "it", "--by"),
    ("thanks", "add", "ana", "--by"),
    ("plan", "add", "Promotion", "--by"),
    ("snooze", "ana"),
    ("snooze", "ana", "--until"),
    ("people", "edit", "ana", "--snooze"),
    ("people", "edit", "ana", "--not-before"),
    ("pause",),
    ("pause", "--until"),
    ("commit", "to", "ana", "--until"),
    ("ritual", "new", "Tea", "--with", "ana", "--from"),
    ("events", "add", "Meetup", "--on"),
    ("find-time", "--with", "bo@example.com", "--from"),
    ("audit", "--since"),
    ("log", "ana", "--how", "call", "--on"),
]


@pytest.mark.parametrize("day", ["2026-04-03", "friday", "10d"])
@pytest.mark.parametrize("words", [each for each in EVERY if each[0] not in {"audit", "log"}])
def test_every_option_takes_a_day_to_come_in_any_words(
    home: Path, words: tuple[str, ...], day: str
) -> None:
    assert said(home, *words, day)


@pytest.mark.parametrize("day", ["2026-03-27", "friday", "6w"])
@pytest.mark.parametrize("words", EVERY[-2:])
def test_every_option_takes_a_day_gone_by_in_any_words(
    home: Path, words: tuple[str, ...], day: str
) -> None:
    assert said(home, *words, day)


@pytest.mark.parametrize("words", EVERY)
def test_every_option_refuses_what_is_no_day_in_one_sentence(
    home: Path, words: tuple[str, ...]
) -> None:
    problem = refused(home, *words, "someday")

    assert problem.cause == "'someday' is no day"
    assert problem.remedy == "write for example 2026-05-01, Friday, 6w or 10d"
