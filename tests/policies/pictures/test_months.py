from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from policies.people.person import Person, Priority, Relation
from policies.pictures.months import (
    MONTHS,
    Spent,
    hours_title,
    months,
    outside_share,
    outside_title,
)
from tests import make

TODAY = date(2026, 3, 31)
ANA = replace(make.person("Ana Silva", Priority.A), relation=Relation.CLIENT)
TOM = replace(make.person("Tom Okafor", Priority.C), relation=Relation.TEAM)


def spent(person: Person, day: date, hours: float) -> Spent:
    return Spent(person.id, day, timedelta(hours=hours))


def test_a_year_is_the_present_month_and_the_eleven_before() -> None:
    found = months([ANA], [], TODAY)

    assert [found[0].first, found[-1].first] == [date(2025, 4, 1), date(2026, 3, 1)]
    assert len(found) == MONTHS


def test_hours_stand_in_the_month_of_their_day_under_the_priority_of_the_person() -> None:
    rows = [
        spent(ANA, date(2026, 2, 28), 1),
        spent(ANA, date(2026, 3, 1), 0.5),
        spent(TOM, date(2026, 3, 31), 2),
        spent(TOM, date(2026, 4, 1), 9),
        spent(make.person("Nobody Listed"), date(2026, 3, 2), 9),
    ]

    *_, february, march = months([ANA, TOM], rows, TODAY)
    assert february.hours == {Priority.A: 1, Priority.B: 0, Priority.C: 0, Priority.D: 0}
    assert march.hours == {Priority.A: 0.5, Priority.B: 0, Priority.C: 2, Priority.D: 0}
    assert march.whole == 2.5


def test_the_share_beyond_the_circle_is_by_hours_and_unknown_where_nobody_was_met() -> None:
    someone = make.person("Raj Patel")
    rows = [
        spent(ANA, date(2026, 3, 2), 1),
        spent(TOM, date(2026, 3, 3), 3),
        spent(someone, date(2026, 3, 4), 9),
    ]

    found = months([ANA, TOM, someone], rows, TODAY)
    assert found[-1].outside == 0.25
    assert found[-2].outside is None
    assert outside_share(found) == 0.25
    nobody = months([], [], TODAY)
    assert outside_share(nobody) is None
    assert outside_title(nobody, 0.5) == "No hours with anyone whose relation to you is known"


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ([], "No hours with anyone in the past year"),
        ([6], "0.5 hours a month with people on your list, 0.5 of them with A"),
        ([240], "20 hours a month with people on your list, 20 of them with A"),
    ],
)
def test_the_title_says_how_many_hours_and_how_many_with_those_who_matter_most(
    hours: list[float], said: str
) -> None:
    rows = [spent(ANA, date(2026, 3, 2), each) for each in hours]

    assert hours_title(months([ANA], rows, TODAY)) == said


def test_the_title_holds_the_share_against_the_goal() -> None:
    rows = [spent(ANA, date(2026, 3, 2), 1), spent(TOM, date(2026, 3, 3), 3)]
    found = months([ANA, TOM], rows, TODAY)

    said = "25% of your time goes beyond your own circle"
    assert outside_title(found, 0.25) == f"{said}, at or above your goal of 25%"
    assert outside_title(found, 0.5) == f"{said}, below your goal of 50%"
