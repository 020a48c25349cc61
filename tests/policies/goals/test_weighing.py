from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from policies.audit.cadence import Help, Standing, arithmetic, ranked, standing
from policies.goals.goal import Goal, GoalId, GoalState, Helper
from policies.goals.weighing import weighed
from policies.people.person import PersonId, Priority
from policies.rules import CadenceRules, GoalRules
from tests.make import person

TODAY = date(2026, 3, 2)
RULES = CadenceRules()
IDS = ("a", "b", "c", "d")


def goal(key: str, *people: str, weight: int = 1) -> Goal:
    helpers = tuple(Helper(PersonId(each)) for each in people)
    return Goal(GoalId(key), f"Goal {key}", TODAY, weight=weight, helpers=helpers)


def stands(key: str, days: int, priority: Priority = Priority.B, help_: Help = Help()) -> Standing:  # noqa: B008 - a value
    who = replace(person(key.title(), priority), id=PersonId(key))
    return standing(who, TODAY - timedelta(days=days), None, TODAY, RULES, help_)


goals = st.lists(
    st.builds(
        goal,
        st.sampled_from(["x", "y", "z"]),
        st.sampled_from(IDS),
        st.sampled_from(IDS),
        weight=st.integers(0, 5),
    ),
    max_size=3,
    unique_by=lambda each: each.id,
)
weights = st.builds(GoalRules, st.floats(0, 100))
people = st.fixed_dictionaries(
    {key: st.tuples(st.integers(0, 800), st.sampled_from(Priority)) for key in IDS}
)


def audit(
    facts: dict[str, tuple[int, Priority]], found: list[Goal], rules: GoalRules
) -> tuple[Standing, ...]:
    helping = weighed(found, rules)
    return ranked(
        stands(key, days, priority, helping.get(PersonId(key), Help()))
        for key, (days, priority) in facts.items()
    )


def places(order: tuple[Standing, ...]) -> dict[PersonId, int]:
    return {each.person.id: place for place, each in enumerate(order)}


@given(people, goals, weights)
def test_a_goal_never_lowers_a_rank(
    facts: dict[str, tuple[int, Priority]], found: list[Goal], rules: GoalRules
) -> None:
    before = {each.person.id: each.rank for each in audit(facts, [], rules)}

    assert all(each.rank >= before[each.person.id] for each in audit(facts, found, rules))


@given(people, goals, weights, st.sampled_from(IDS))
def test_helping_with_one_more_goal_never_moves_somebody_back(
    facts: dict[str, tuple[int, Priority]], found: list[Goal], rules: GoalRules, key: str
) -> None:
    before = places(audit(facts, found, rules))

    after = places(audit(facts, [*found, goal("more", key)], rules))

    assert after[PersonId(key)] <= before[PersonId(key)]


@given(people, goals, weights)
def test_without_goals_the_ranking_is_what_it_was(
    facts: dict[str, tuple[int, Priority]], found: list[Goal], rules: GoalRules
) -> None:
    dropped = [replace(each, state=GoalState.DROPPED) for each in found]

    assert audit(facts, dropped, rules) == audit(facts, [], rules)


@given(people, goals, weights)
def test_a_goal_makes_nobody_overdue(
    facts: dict[str, tuple[int, Priority]], found: list[Goal], rules: GoalRules
) -> None:
    statuses = {each.person.id: (each.status, each.overdue) for each in audit(facts, [], rules)}

    after = audit(facts, found, rules)

    assert {each.person.id: (each.status, each.overdue) for each in after} == statuses


def test_one_goal_counts_as_much_as_one_priority_more() -> None:
    helping = weighed([goal("x", "a")], GoalRules())[PersonId("a")]
    as_helper = stands("a", 400, Priority.C, helping)

    assert as_helper.rank == 2 * stands("a", 400, Priority.C).rank
    assert RULES.weights[Priority.B] == 2 * RULES.weights[Priority.C]


def test_weights_add_up_and_those_of_nought_count_for_nothing() -> None:
    found = [goal("x", "a", weight=2), goal("y", "a"), goal("z", "a", weight=0)]

    assert weighed(found, GoalRules())[PersonId("a")] == Help(("Goal x", "Goal y", "Goal z"), 4.0)
    assert weighed(found, GoalRules(0))[PersonId("a")].factor == 1.0


def test_the_reason_says_what_somebody_helps_with() -> None:
    helping = stands("a", 90, help_=Help(("Move to product",), 2.0))

    assert helping.reason == (
        "Last contact 90 days ago; the ideal gap is 60 days, the longest 90;"
        " helps with: Move to product."
    )
    assert arithmetic(helping)[-1] == (
        "Rank: weight 4 (priority B) x 2 (helps with Move to product) x lateness 0.50 = 4.00."
    )
    assert not stands("a", 90).reason.endswith("product.")


def test_no_setting_lets_a_goal_push_somebody_back() -> None:
    assert stands("a", 90, help_=Help(("x",), 0.2)).rank == stands("a", 90).rank
