from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from agent.config.load import ConfigProblems, parse
from agent.errors import UsageProblem
from agent.plan import goals as plan
from agent.plan.review import Walk
from agent.relationships import audit
from agent.settings import Settings
from agent.store import people, reviews
from agent.store.database import Database
from agent.store.reviews import ReviewKind
from policies.goals.goal import Goal, GoalState, Helper, Role, Step
from policies.people.person import Boundaries, Priority
from tests.agent.store.stored import NOW, SETTINGS, listed
from tests.make import person

TODAY = date(2026, 3, 31)
ANA, BO = person("Ana Silva"), person("Bo Ek")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "state") as opened:
        listed(opened, ANA, BO)
        yield opened


def added(db: Database, title: str, template: str = "") -> Goal:
    made = plan.new(title, template, plan.every(db), TODAY)
    plan.keep(db, made)
    return plan.one(plan.every(db), made.id)


def test_a_goal_from_a_template_begins_with_its_steps_and_is_looked_at_in_a_quarter(
    db: Database,
) -> None:
    goal = added(db, "Change over", "move-industry")

    assert goal.review_on == TODAY + timedelta(weeks=13)
    assert [each.number for each in goal.steps] == [1, 2, 3]
    assert goal.to_do[0].due == TODAY + timedelta(days=7)


def test_a_goal_that_says_nothing_or_is_there_already_is_refused(db: Database) -> None:
    added(db, "Find a mentor")

    for title in ("", " \n ", "find a MENTOR"):
        with pytest.raises(UsageProblem):
            added(db, title)
    plan.end(db, plan.one(plan.every(db), "mentor"), GoalState.REACHED, TODAY)
    assert added(db, "Find a mentor").id == "find-a-mentor-2"


def test_goals_are_found_by_key_title_or_a_part_of_the_title(db: Database) -> None:
    first, second = added(db, "Know Finance"), added(db, "Know Legal")
    goals = plan.every(db)

    assert plan.one(goals, "know-finance") == plan.one(goals, "FINANCE") == first
    assert plan.one(goals, "know legal") == second
    with pytest.raises(UsageProblem, match="could be 2 goals"):
        plan.one(goals, "know")
    with pytest.raises(UsageProblem, match="no goal of yours is called 'sales'"):
        plan.one(goals, "sales")


def test_an_open_goal_is_meant_before_one_that_is_over(db: Database) -> None:
    old, new = added(db, "Know Finance"), added(db, "Know Finance better")

    plan.end(db, old, GoalState.DROPPED, TODAY)

    assert plan.one(plan.every(db), "finance").id == new.id
    assert plan.one(plan.every(db), "Know Finance").id == old.id


def test_whoever_helps_with_an_open_goal_comes_forward_in_the_audit(db: Database) -> None:
    goal = added(db, "Move")
    plan.name_helper(db, goal, Helper(BO.id, Role.DECIDES))

    first, second = audit.audit(db, SETTINGS, NOW)

    assert (first.person.id, first.help.goals) == (BO.id, ("Move",))
    assert (first.rank, second.help.goals) == (2 * second.rank, ())
    plan.end(db, goal, GoalState.REACHED, TODAY)
    assert [each.person.id for each in audit.audit(db, SETTINGS, NOW)] == [ANA.id, BO.id]


def test_leaving_somebody_out_reaches_their_own_field_too(db: Database) -> None:
    goal = added(db, "Move")
    listed(db, replace(ANA, goals=("move", "sail")))
    assert plan.one(plan.every(db), "move").people == {ANA.id}

    found = people.get(db, ANA.id)
    assert found is not None
    plan.leave_out(db, goal, found)

    assert plan.one(plan.every(db), "move").people == frozenset()
    assert [each.goals for each in people.everyone(db)] == [("sail",), ()]


def test_a_step_is_done_and_to_do_again(db: Database) -> None:
    goal = added(db, "Move")
    step = plan.add_step(db, goal, Step("ask\x1b Ana", TODAY, ANA.id))
    assert step.text == "ask Ana"

    assert plan.finish_step(db, step.number, TODAY).step.done == TODAY
    assert plan.finish_step(db, step.number, None).step.done is None
    with pytest.raises(UsageProblem, match="there is no step 99"):
        plan.finish_step(db, 99, TODAY)


def test_the_agenda_shows_what_is_due_within_a_fortnight_and_nobody_sensitive(
    db: Database,
) -> None:
    goal = added(db, "Move")
    listed(db, replace(BO, sensitive=True))
    for text, days, who in (
        ("late", -3, None),
        ("soon", 14, ANA.id),
        ("later", 15, ANA.id),
        ("hidden", 1, BO.id),
    ):
        plan.add_step(db, goal, Step(text, TODAY + timedelta(days=days), who))
    plan.add_step(db, goal, Step("one day"))

    lines = plan.agenda(db, TODAY)

    assert [line.partition(",")[0] for line in lines] == ["late", "soon"]
    plan.end(db, goal, GoalState.DROPPED, TODAY)
    assert plan.agenda(db, TODAY) == ()


def test_a_goal_removed_meanwhile_is_not_brought_back(db: Database) -> None:
    goal = added(db, "Move")
    plan.remove(db, goal)

    with pytest.raises(UsageProblem, match="is gone"):
        plan.add_step(db, goal, Step("ask"))
    assert plan.every(db) == ()


def test_reviews_are_due_until_they_are_done(db: Database) -> None:
    added(db, "Move")
    quarter, year = TODAY + timedelta(days=91), TODAY + timedelta(days=365)

    def due(day: date) -> list[str]:
        return [line.partition(":")[0] for line in plan.reviews_due(db, plan.every(db), day)]

    assert due(TODAY) == []
    assert due(quarter) == ["The review of the quarter is due"]
    assert due(year) == ["The review of the quarter is due", "The review of the year is due"]
    with db.transaction() as sql:
        reviews.end(sql, reviews.begin(sql, ReviewKind.QUARTER, quarter).number, quarter)
    assert due(quarter) == []


def configured(goals: str) -> Settings:
    text = (
        '[owner]\nname = "Olle"\naddresses = ["olle@example.com"]\nzone = "Europe/Berlin"\n'
        f'[[calendar]]\nname = "work"\npath = "work"\n[goals]\n{goals}\n'
    )
    return parse(text, Path("config.toml"))


def test_how_much_goals_weigh_can_be_set(db: Database) -> None:
    plan.name_helper(db, added(db, "Move"), Helper(ANA.id))

    factors = [
        audit.audit(db, configured(f"weight = {weight}"), NOW)[0].help.factor
        for weight in (0, 0.5, 3)
    ]

    assert factors == [1.0, 1.5, 4.0]
    with pytest.raises(ConfigProblems, match="is not a positive number"):
        configured("weight = -1")


def test_whoever_is_removed_during_a_review_does_not_come_back(db: Database) -> None:
    goal = added(db, "Move")
    walk = Walk(db, ReviewKind.YEAR, TODAY)
    visit = walk.visit(audit.audit(db, SETTINGS, NOW)[0])

    with db.transaction() as sql:
        people.remove(sql, visit.now.id)
    walk.set(visit, priority=Priority.D)
    walk.toggle(visit, goal)
    walk.leave(visit)
    walk.take_back(visit)

    assert [each.id for each in people.everyone(db)] == [BO.id]


def test_what_another_command_changes_during_a_review_stays(db: Database) -> None:
    walk = Walk(db, ReviewKind.YEAR, TODAY)
    visit = walk.visit(audit.audit(db, SETTINGS, NOW)[0])

    listed(db, replace(ANA, place="Lisbon"))
    walk.set(visit, priority=Priority.D)

    found = people.get(db, ANA.id)
    assert found is not None
    assert (found.place, found.priority) == ("Lisbon", Priority.D)

    listed(db, replace(found, boundaries=Boundaries(do_not_contact=True)))
    walk.leave(visit)
    walk.take_back(visit)

    after = people.get(db, ANA.id)
    assert after is not None
    assert (after.place, after.priority) == ("Lisbon", ANA.priority)
    assert after.boundaries.do_not_contact


def test_leaving_somebody_out_of_a_goal_changes_nothing_else_of_them(db: Database) -> None:
    goal = added(db, "Move")
    named = replace(ANA, goals=("move", "chess"))
    listed(db, replace(named, boundaries=Boundaries(do_not_contact=True)))

    plan.leave_out(db, goal, named)

    found = people.get(db, ANA.id)
    assert found is not None
    assert (found.goals, found.boundaries.do_not_contact) == (("chess",), True)


def test_what_was_undone_in_a_review_is_as_it_was_goals_too(db: Database) -> None:
    goal = added(db, "Move")
    listed(db, replace(ANA, goals=("move",)))
    walk = Walk(db, ReviewKind.YEAR, TODAY)
    visit = walk.visit(audit.audit(db, SETTINGS, NOW)[0])

    walk.set(visit, priority=Priority.B)
    walk.set(visit, priority=Priority.D)
    walk.toggle(visit, goal)
    walk.leave(visit)
    walk.take_back(visit)

    assert people.get(db, ANA.id) == replace(ANA, goals=("move",))
