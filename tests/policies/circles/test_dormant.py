from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from policies.audit.cadence import Standing, standing
from policies.circles.dormant import apart, dormant, is_dormant
from policies.people.person import Priority
from policies.rules import CadenceRules
from tests import make

TODAY = date(2026, 3, 2)
YEAR = timedelta(days=365)


def met(name: str, days_ago: int | None, priority: Priority = Priority.B) -> Standing:
    last = None if days_ago is None else TODAY - timedelta(days=days_ago)
    return standing(make.person(name, priority), last, None, TODAY, CadenceRules())


@pytest.mark.parametrize(
    ("days_ago", "priority", "asleep"),
    [
        (366, Priority.B, True),
        (365, Priority.B, False),
        (450, Priority.D, False),
        (451, Priority.D, True),
        (None, Priority.A, False),
    ],
)
def test_asleep_is_who_was_not_met_for_a_year_and_longer_than_their_own_longest_gap(
    days_ago: int | None, priority: Priority, *, asleep: bool
) -> None:
    assert is_dormant(met("Ana Silva", days_ago, priority), YEAR) is asleep


def test_the_dormant_are_listed_by_priority_and_the_last_met_first() -> None:
    found = dormant(
        [
            met("Ana Silva", 900),
            met("Mei Lin", 400, Priority.C),
            met("Raj Patel", 500),
            met("Kim Berg", 20),
        ],
        YEAR,
    )

    assert [each.person.id for each in found] == ["raj-patel", "ana-silva", "mei-lin"]


@pytest.mark.parametrize(
    ("room", "stay"),
    [
        (1, ["ana-silva", "kim-berg", "raj-patel"]),
        (0, ["ana-silva", "kim-berg"]),
        (-2, ["ana-silva", "kim-berg"]),
        (5, ["mei-lin", "ana-silva", "kim-berg", "raj-patel"]),
    ],
)
def test_only_as_many_of_them_stay_as_there_is_room_for(room: int, stay: list[str]) -> None:
    turn = replace(met("Kim Berg", 800), occasion="It is their turn.")
    everyone = [met("Mei Lin", 900), met("Ana Silva", 90), turn, met("Raj Patel", 500)]
    found = apart(everyone, YEAR, room)

    assert [each.person.id for each in found.stay] == stay
    assert {*found.stay, *found.wait} == {*everyone}
