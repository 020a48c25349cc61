from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agent.errors import UsageProblem
from agent.proposing import propose
from agent.relationships import audit, diary, people, rituals
from agent.store import rituals as store
from agent.store.database import Database
from policies.circles.rituals import Ritual
from policies.people.person import Format, Priority
from policies.proposal import Proposal, ProposalState
from tests import make
from tests.agent.store.stored import NOW, SETTINGS, listed, meeting, read
from tests.agent.world import draft

ANA = make.person("Ana Silva", Priority.D)
RAJ = make.person("Raj Patel", Priority.D)
MEI = make.person("Mei Lin", Priority.D)
TODAY = NOW.date()
COFFEE = Ritual("Thursday coffee", 2, TODAY, (ANA.id, RAJ.id, MEI.id))


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """Three people met some weeks ago, none of whom is due for a year."""
    with Database(tmp_path / "state") as opened:
        listed(opened, ANA, RAJ, MEI)
        read(opened, [meeting("2026-03-02 09:00", *each.addresses) for each in (ANA, RAJ, MEI)])
        yield opened


def made(db: Database, now: datetime = NOW) -> list[tuple[str, Format, str]]:
    lines = audit.lines(db, SETTINGS, now)
    report = propose.propose(db, SETTINGS, lines, lambda _: (), now)
    return [(each.draft.person, each.draft.format, each.draft.reasons[0]) for each in report.new]


def turns(db: Database, now: datetime = NOW, earlier: Sequence[Proposal] = ()) -> dict[str, str]:
    lines = rituals.with_turns(db, audit.lines(db, SETTINGS, now), earlier, make.BERLIN)
    standings = [line.standing for line in lines]
    return {each.person.id: each.occasion for each in standings if each.occasion}


def test_whose_turn_it_is_is_proposed_over_video_and_nobody_else(db: Database) -> None:
    rituals.begin(db, COFFEE)

    ((person, format_, reason),) = made(db)
    assert (person, format_) == (ANA.id, Format.VIRTUAL_COFFEE)
    assert reason.startswith("It is their turn in “Thursday coffee”. Last contact 29 days ago")


def test_running_again_in_the_same_round_proposes_nothing_more(db: Database) -> None:
    rituals.begin(db, COFFEE)
    assert len(made(db)) == 1

    assert made(db) == []
    assert made(db, NOW + timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("weeks", "person"), [(-2, None), (0, ANA.id), (2, RAJ.id), (4, MEI.id), (6, ANA.id)]
)
def test_the_turn_goes_round(db: Database, weeks: int, person: str | None) -> None:
    rituals.begin(db, replace(COFFEE, starts=TODAY - timedelta(weeks=weeks)))

    assert list(turns(db)) == [person] * (person is not None)


def test_who_was_met_since_the_round_began_has_had_their_turn(db: Database) -> None:
    rituals.begin(db, replace(COFFEE, starts=TODAY - timedelta(days=5)))
    diary.contact(db, ANA, TODAY - timedelta(days=2), Format.CALL, "", TODAY, make.BERLIN)

    assert turns(db) == {}


@pytest.mark.parametrize(
    ("state", "kept"), [(ProposalState.OPEN, True), (ProposalState.REJECTED, False)]
)
def test_a_proposal_that_waits_keeps_its_occasion_into_the_next_round(
    db: Database, state: ProposalState, *, kept: bool
) -> None:
    rituals.begin(db, replace(COFFEE, starts=TODAY - timedelta(weeks=2, days=1)))
    waiting = Proposal(1, draft(ANA), state, NOW - timedelta(days=3))

    assert (ANA.id in turns(db, earlier=[waiting])) is kept
    assert RAJ.id in turns(db, earlier=[waiting])


def test_a_team_is_nobody_s_turn(db: Database) -> None:
    rituals.begin(db, replace(COFFEE, team=True))

    assert turns(db) == {}


@pytest.mark.parametrize(
    ("days_ago", "team", "told"),
    [(0, True, True), (1, True, True), (2, True, False), (14, True, True), (0, False, False)],
)
def test_a_team_s_note_is_due_in_the_first_two_days_of_a_round(
    db: Database, days_ago: int, *, team: bool, told: bool
) -> None:
    rituals.begin(db, replace(COFFEE, team=team, starts=TODAY - timedelta(days=days_ago)))

    line = "who meets whom in “Thursday coffee” this time: fika ritual show Thursday coffee"
    assert rituals.lines(db, TODAY) == (line,) * told


def test_a_name_is_taken_once(db: Database) -> None:
    rituals.begin(db, COFFEE)

    with pytest.raises(UsageProblem, match="there is a ritual called"):
        rituals.begin(db, COFFEE)


@pytest.mark.parametrize(
    ("words", "problem"), [("tea", "no ritual is called"), ("off", "3 rituals are called")]
)
def test_a_ritual_is_found_by_its_name_or_a_part_of_it(
    db: Database, words: str, problem: str
) -> None:
    for name in ("Thursday coffee", "Coffee", "Coffee at sea"):
        rituals.begin(db, replace(COFFEE, name=name))

    assert rituals.named(db, "THURSDAY").name == "Thursday coffee"
    assert rituals.named(db, "coffee").name == "Coffee"
    with pytest.raises(UsageProblem, match=problem):
        rituals.named(db, words)


def names(db: Database) -> list[tuple[str, ...]]:
    return [each.members for each in store.every(db)]


def test_members_come_and_go_and_a_forgotten_one_is_gone(db: Database) -> None:
    rituals.begin(db, replace(COFFEE, members=(ANA.id, RAJ.id)))
    changed = rituals.change_members(db, rituals.named(db, "thurs"), [MEI, ANA], [RAJ], TODAY)

    assert changed.members == (ANA.id, MEI.id)
    assert names(db) == [(ANA.id, MEI.id)]
    people.remove(db, MEI)
    assert names(db) == [(ANA.id,)]
    rituals.end(db, rituals.named(db, "thurs"))
    assert names(db) == []


def test_two_records_made_one_stay_in_the_ritual_once(db: Database) -> None:
    rituals.begin(db, replace(COFFEE, members=(ANA.id, RAJ.id)))

    people.join(db, people.join(db, MEI, RAJ), ANA)

    assert names(db) == [(MEI.id,)]
