"""The owner's goals with the people, steps and outcomes of each: read and written whole."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from agent.store.database import Database
from policies.goals.goal import (
    Goal,
    GoalId,
    GoalState,
    Helper,
    Outcome,
    OutcomeKind,
    Role,
    Stage,
    Step,
)
from policies.people.person import PersonId, Seniority

_COLUMNS = (
    "id, title, why, by_day, function, level, weight, template, review_on, state, listed_on,"
    " ended_on"
)
_NAMES = tuple(name.strip() for name in _COLUMNS.split(","))
_SAVE = (
    f"INSERT INTO goal ({_COLUMNS}) VALUES ({', '.join('?' * len(_NAMES))})"  # noqa: S608 - our own column names
    f" ON CONFLICT (id) DO UPDATE SET {', '.join(f'{n} = excluded.{n}' for n in _NAMES[1:])}"
)


def every(db: Database) -> tuple[Goal, ...]:
    """All of them, open and ended, in the order they were listed."""
    helpers, steps, outcomes = _helpers(db), _steps(db), _outcomes(db)
    return tuple(
        Goal(
            id=GoalId(key),
            title=title,
            listed_on=date.fromisoformat(listed_on),
            why=why,
            by=_day(by),
            function=function,
            level=Seniority(level) if level is not None else None,
            weight=weight,
            template=template,
            review_on=_day(review_on),
            state=GoalState(state),
            ended_on=_day(ended_on),
            helpers=tuple(helpers.get(key, ())),
            steps=tuple(steps.get(key, ())),
            outcomes=tuple(outcomes.get(key, ())),
        )
        for (key, title, why, by, function, level, weight, template, review_on, state, listed_on,
             ended_on) in db.rows(f"SELECT {_COLUMNS} FROM goal ORDER BY listed_on, id")  # noqa: S608 - see _SAVE
    )  # fmt: skip


def save(sql: sqlite3.Connection, goal: Goal) -> None:
    """Write one goal, new or known by id, with exactly these people, steps and outcomes.

    Steps and outcomes keep their numbers; those with 0 are given the next.

    Raises:
        sqlite3.IntegrityError: somebody it names is not on the list.
    """
    sql.execute(_SAVE, _values(goal))
    for table in ("goal_person", "goal_step", "goal_outcome"):
        sql.execute(f"DELETE FROM {table} WHERE goal = ?", (goal.id,))  # noqa: S608 - our own words
    sql.executemany(
        "INSERT INTO goal_person (goal, person, role, stage, position) VALUES (?, ?, ?, ?, ?)",
        [(goal.id, h.person, h.role, h.stage, place) for place, h in enumerate(goal.helpers)],
    )
    sql.executemany(
        "INSERT INTO goal_step (number, goal, person, text, due, done_on)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (each.number or None, goal.id, each.person, each.text, _iso(each.due), _iso(each.done))
            for each in goal.steps
        ],
    )
    sql.executemany(
        "INSERT INTO goal_outcome (number, goal, person, kind, text, day)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (each.number or None, goal.id, each.person, each.kind, each.text, _iso(each.day))
            for each in goal.outcomes
        ],
    )


def remove(sql: sqlite3.Connection, goal: GoalId) -> None:
    sql.execute("DELETE FROM goal WHERE id = ?", (goal,))


def hand_over(sql: sqlite3.Connection, source: PersonId, target: PersonId) -> None:
    """What ``source`` does for goals becomes what ``target`` does, who keeps their own role."""
    sql.execute(
        "UPDATE goal_person SET person = ?1 WHERE person = ?2"
        " AND goal NOT IN (SELECT goal FROM goal_person WHERE person = ?1)",
        (target, source),
    )
    for table in ("goal_step", "goal_outcome"):
        sql.execute(f"UPDATE {table} SET person = ? WHERE person = ?", (target, source))  # noqa: S608 - our own words


def _helpers(db: Database) -> Mapping[str, list[Helper]]:
    found: dict[str, list[Helper]] = defaultdict(list)
    for goal, person, role, stage in db.rows(
        "SELECT goal, person, role, stage FROM goal_person ORDER BY goal, position, person"
    ):
        found[goal].append(Helper(PersonId(person), Role(role), Stage(stage)))
    return found


def _steps(db: Database) -> Mapping[str, list[Step]]:
    found: dict[str, list[Step]] = defaultdict(list)
    for number, goal, person, text, due, done in db.rows(
        "SELECT number, goal, person, text, due, done_on FROM goal_step ORDER BY number"
    ):
        found[goal].append(Step(text, _day(due), _person(person), _day(done), number))
    return found


def _outcomes(db: Database) -> Mapping[str, list[Outcome]]:
    found: dict[str, list[Outcome]] = defaultdict(list)
    for number, goal, person, kind, text, day in db.rows(
        "SELECT number, goal, person, kind, text, day FROM goal_outcome ORDER BY number"
    ):
        when = date.fromisoformat(day)
        found[goal].append(Outcome(OutcomeKind(kind), text, when, _person(person), number))
    return found


def _values(goal: Goal) -> tuple[Any, ...]:
    return (
        goal.id,
        goal.title,
        goal.why,
        _iso(goal.by),
        goal.function,
        goal.level.value if goal.level else None,
        goal.weight,
        goal.template,
        _iso(goal.review_on),
        goal.state.value,
        goal.listed_on.isoformat(),
        _iso(goal.ended_on),
    )


def _person(key: str | None) -> PersonId | None:
    return None if key is None else PersonId(key)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
