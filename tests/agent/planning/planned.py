"""A state folder with three people and a command line over it, for tests of the plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from agent.store import goals, people
from agent.store.database import Database
from policies.goals.goal import Goal
from policies.people.person import Person, PersonId, Priority, Seniority
from tests.agent.store.stored import listed, meeting, read
from tests.make import person

ANA = replace(person("Ana Silva"), function="Finance", seniority=Seniority.DIRECTOR)
RAJ = person("Raj Patel", Priority.B)
MEI = person("Mei Lin", Priority.C)


def state(folder: Path) -> Path:
    """Ana is overdue, Raj is on time, Mei is still to meet."""
    home = folder / "state"
    with Database(home) as db:
        listed(db, ANA, RAJ, MEI)
        read(
            db,
            [
                meeting("2026-01-19 09:00", *ANA.addresses, title="Ana / Olle"),
                meeting("2026-03-16 09:00", *RAJ.addresses, title="Lunch"),
            ],
        )
    return home


def plan(home: Path) -> tuple[Goal, ...]:
    with Database(home) as db:
        return goals.every(db)


def known(home: Path, key: PersonId) -> Person:
    with Database(home) as db:
        found = people.get(db, key)
    assert found is not None
    return found
