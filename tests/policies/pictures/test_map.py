from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.audit.cadence import Help, Standing, ranked, standing
from policies.people.person import PersonId, Priority, Relation
from policies.pictures.map import LONGEST, MOST, ON_TIME, By, Spot, distance, laid_out, title
from policies.rules import CadenceRules
from tests import make

TODAY = date(2026, 3, 31)
RULES = CadenceRules()


def stood(
    number: int = 1,
    waited: int | None = 10,
    priority: Priority = Priority.A,
    relation: Relation = Relation.CLIENT,
    goals: tuple[str, ...] = (),
) -> Standing:
    """Somebody last met ``waited`` days ago; ``None`` is still to meet."""
    someone = replace(
        make.person(f"Person {number}", priority),
        id=PersonId(f"p{number:03}"),
        relation=relation,
        goals=goals,
    )
    last = None if waited is None else TODAY - timedelta(days=waited)
    return standing(someone, last, None, TODAY, RULES)


standings = st.lists(
    st.tuples(
        st.none() | st.integers(-400, 3000), st.sampled_from(Priority), st.sampled_from(Relation)
    ),
    max_size=40,
).map(lambda found: ranked(stood(number, *each) for number, each in enumerate(found)))


@pytest.mark.parametrize(
    ("waited", "ring"), [(0, 0), (21, 0), (22, 1), (35, 1), (36, 2), (3000, 2)]
)
def test_the_ring_somebody_stands_in_is_their_status(waited: int, ring: int) -> None:
    one = distance(stood(waited=waited))

    assert [one <= ON_TIME, ON_TIME < one <= LONGEST, LONGEST < one < 1].index(True) == ring


@given(st.integers(-400, 3000), st.integers(0, 3000), st.sampled_from(Priority))
def test_whoever_has_waited_longer_stands_no_nearer(first: int, more: int, of: Priority) -> None:
    near, far = stood(waited=first, priority=of), stood(waited=first + more, priority=of)

    assert distance(near) <= distance(far) < 1


@given(standings)
def test_everyone_stands_at_their_distance_within_their_own_sector(
    found: tuple[Standing, ...],
) -> None:
    placed = laid_out(found)

    assert [spot.standing for spot in placed.spots] == list(found)
    for spot in placed.spots:
        sector = placed.sectors[spot.sector]
        turn = (sector.start - math.atan2(spot.y, spot.x)) % math.tau
        assert math.hypot(spot.x, spot.y) == pytest.approx(distance(spot.standing))
        assert 0 <= turn <= sector.start - sector.end
        assert sector.name == spot.standing.person.relation


@given(standings, st.randoms())
def test_the_order_of_the_people_does_not_change_the_map(
    found: tuple[Standing, ...], chance: object
) -> None:
    turned = laid_out(tuple(reversed(found)))

    assert sorted(turned.spots, key=_id) == sorted(laid_out(found).spots, key=_id)


def test_marks_of_thirty_people_do_not_cover_each_other() -> None:
    relations = [Relation.TEAM, Relation.CLIENT, Relation.FRIEND]
    people = [
        stood(each, each * 37 % 400, list(Priority)[each % 4], relations[each % 3])
        for each in range(30)
    ]

    for one, other in combinations(laid_out(people).spots, 2):
        assert math.dist((one.x, one.y), (other.x, other.y)) > one.size + other.size


def test_of_too_many_the_most_important_stay_and_the_rest_is_counted() -> None:
    people = [stood(each, 30, Priority.D) for each in range(MOST)]

    placed = laid_out([*people, stood(999, 1, Priority.A)])
    assert len(placed.spots) == MOST
    assert placed.left_out == 1
    assert placed.spots[-1].standing.person.priority is Priority.A


def test_whoever_helps_with_several_goals_stands_with_the_first() -> None:
    people = [stood(1, goals=("visible", "move")), stood(2), stood(3, goals=("move",))]
    planned = replace(people[1], help=Help(("move", "win")))

    placed = laid_out([*people, planned], By.GOAL)
    assert [each.name for each in placed.sectors] == ["move", "visible", "no goal"]
    assert [each.sector for each in placed.spots] == [1, 2, 0, 0]


def test_in_a_sector_narrower_than_their_mark_people_stand_in_its_middle() -> None:
    placed = laid_out([stood(each, 0, goals=(f"goal {each:02}",)) for each in range(40)], By.GOAL)

    for spot in placed.spots:
        middle = placed.sectors[spot.sector].middle
        assert math.atan2(spot.y, spot.x) == pytest.approx(math.remainder(middle, math.tau))


@pytest.mark.parametrize(
    ("people", "said"),
    [
        ([], "Nobody is on your list yet"),
        ([stood()], "None of 1 relationship is red"),
        ([stood(1, 40), stood(2)], "1 of 2 relationships is red, Person 1 first"),
        (
            [stood(each, 40) for each in range(3)],
            "3 of 3 relationships are red, 3 of them under client",
        ),
        (
            [stood(each, 40, relation=Relation.UNKNOWN) for each in range(3)],
            "3 of 3 relationships are red, Person 0 first",
        ),
    ],
)
def test_the_title_says_how_many_are_red_and_where(people: list[Standing], said: str) -> None:
    assert title(people) == said


def _id(spot: Spot) -> str:
    return spot.standing.person.id
