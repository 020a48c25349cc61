from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.personas.__main__ import record as as_record
from tests.personas.cast import PERSONAS, Persona
from tests.personas.life import FORESEEN, WEEKS, Life, Year
from tests.proof.figures import record

_PLAYED = "job-seeker"
"""Starts from nobody and invites most; the other years are played by `make soak`."""


_TOLD = {
    each["persona"]: each
    for each in json.loads(
        (Path(__file__).parents[2] / "docs" / "personas.json").read_text("utf-8")
    )
}
_STALE = "run `make personas`: docs/personas.md tells of years as they were lived before"


def played(persona: Persona, folder: Path, weeks: int) -> Year:
    home = folder / "state"
    home.mkdir(mode=0o700)
    return Life(persona, home).live(weeks)


@pytest.mark.proof
@pytest.mark.parametrize(
    "persona",
    [
        pytest.param(each, id=each.key, marks=() if each.key == _PLAYED else pytest.mark.soak)
        for each in PERSONAS
    ],
)
def test_a_year_brings_people_closer_and_harms_nobody(persona: Persona, tmp_path: Path) -> None:
    year = played(persona, tmp_path, WEEKS)

    record(
        f"A year of {persona.name.lower()}",
        f"{year.share():.0%} green",
        seed=persona.seed,
        violations=year.cooldowns + year.clashes,
        note=(
            f"{year.share_without:.0%} had nobody asked; {year.invited.total()} invitations,"
            f" at most {max(year.invited.values())} a person"
        ),
    )
    assert year.runs == 5 * WEEKS
    assert (year.cooldowns, year.clashes) == (0, 0)
    assert year.share() > year.share_without + 0.2
    assert year.share() > year.share(week=0) + 0.1
    assert abs(year.share() - year.share_really) < 0.1
    assert abs(year.share_foreseen - year.share(week=FORESEEN - 1)) < 0.4
    assert max(year.invited.values()) <= 365 / 14
    assert year.invited.total() == year.accepted + year.declined + year.silent
    assert year.kept > 40
    assert as_record(year) == _TOLD[persona.key], _STALE


@pytest.mark.proof
@pytest.mark.parametrize("persona", PERSONAS, ids=lambda each: each.key)
def test_the_page_tells_of_the_years_as_they_are_lived_now(
    persona: Persona, tmp_path: Path
) -> None:
    found, told = as_record(played(persona, tmp_path, 4)), _TOLD[persona.key]

    assert found["foreseen_on_day_one"] == told["foreseen_on_day_one"], _STALE
    assert found["weeks"] == told["weeks"][:4], _STALE


def test_the_same_persona_lives_the_same_weeks_again(tmp_path: Path) -> None:
    persona = PERSONAS[0]
    folders = (tmp_path / "one", tmp_path / "two")
    for each in folders:
        each.mkdir()

    one, two = (as_record(played(persona, each, 3)) for each in folders)

    assert one == two
    assert one["runs"] == 15
    assert one["invitations"]


def test_every_persona_has_people_of_their_own_and_weeks_to_foresee() -> None:
    assert len({each.seed for each in PERSONAS}) == len(PERSONAS)
    assert FORESEEN < WEEKS
