from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from agent.store import goals, people
from agent.store.database import Database
from policies.goals.goal import Goal, GoalId, Helper, Role, Step
from policies.people.person import PersonId
from tests.agent.keeping.kept import goal_of
from tests.agent.store.stored import listed
from tests.make import person

ANA, BO = person("Ana Silva"), person("Bo Ek")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "state") as opened:
        listed(opened, ANA, BO)
        yield opened


def saved(db: Database, goal: Goal) -> Goal:
    with db.transaction() as sql:
        goals.save(sql, goal)
    return next(each for each in goals.every(db) if each.id == goal.id)


def unnumbered(goal: Goal) -> Goal:
    return replace(
        goal,
        steps=tuple(replace(each, number=0) for each in goal.steps),
        outcomes=tuple(replace(each, number=0) for each in goal.outcomes),
    )


def test_a_goal_is_kept_whole_and_its_steps_are_numbered(db: Database) -> None:
    kept = saved(db, goal_of(ANA.id))

    assert unnumbered(kept) == goal_of(ANA.id)
    assert [each.number for each in kept.steps] == [1, 2]


def test_saving_again_keeps_the_numbers_and_a_number_is_never_given_twice(db: Database) -> None:
    kept = saved(db, goal_of(ANA.id))

    fewer = saved(db, replace(kept, steps=kept.steps[:1]))
    more = saved(db, replace(fewer, steps=(*fewer.steps, Step("another"))))

    assert [each.number for each in more.steps] == [1, 3]


def test_goals_come_in_the_order_they_were_listed(db: Database) -> None:
    for key, day in (("b", 2), ("c", 1), ("a", 2)):
        saved(db, Goal(GoalId(key), key.upper(), date(2026, 1, day)))

    assert [each.id for each in goals.every(db)] == ["c", "a", "b"]


def test_nobody_can_help_who_is_not_on_the_list(db: Database) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        saved(db, goal_of(PersonId("cy")))

    assert goals.every(db) == ()


def test_whoever_is_removed_leaves_every_goal_with_what_was_about_them(db: Database) -> None:
    saved(db, goal_of(ANA.id))

    with db.transaction() as sql:
        people.remove(sql, ANA.id)

    (left,) = goals.every(db)
    assert (left.helpers, left.outcomes) == ((), ())
    assert [each.text for each in left.steps] == ["read the strategy"]


def test_whoever_becomes_part_of_somebody_hands_over_what_they_do_for_goals(db: Database) -> None:
    saved(db, goal_of(ANA.id))

    with db.transaction() as sql:
        people.hand_over(sql, ANA.id, BO.id)
        people.remove(sql, ANA.id)

    assert unnumbered(goals.every(db)[0]) == goal_of(BO.id)


def test_somebody_who_helps_already_keeps_their_own_role(db: Database) -> None:
    both = replace(goal_of(ANA.id), helpers=(Helper(ANA.id, Role.DECIDES), Helper(BO.id)))
    saved(db, both)

    with db.transaction() as sql:
        people.hand_over(sql, ANA.id, BO.id)
        people.remove(sql, ANA.id)

    assert goals.every(db)[0].helpers == (Helper(BO.id),)


def test_a_goal_goes_with_all_that_belongs_to_it(db: Database) -> None:
    saved(db, goal_of(ANA.id))

    with db.transaction() as sql:
        goals.remove(sql, GoalId("move"))

    assert goals.every(db) == ()
    assert db.rows("SELECT count(*) FROM goal_step")[0][0] == 0
