from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from defusedxml.ElementTree import fromstring

from agent.pictures import charts, strip
from agent.pictures.figure import Picture
from policies.audit.cadence import Status
from policies.people.person import Priority
from policies.pictures.months import MONTHS, Month
from policies.pictures.slots import PlanWeek
from policies.pictures.trend import StatusWeek

TODAY = date(2026, 3, 31)
SVG = "{http://www.w3.org/2000/svg}"
MONTHLY = tuple(
    Month(
        date(2025 + (at + 3) // 12, (at + 3) % 12 + 1, 1), dict.fromkeys(Priority, at / 2), 0.5, at
    )
    for at in range(MONTHS)
)
WEEKLY = tuple(
    StatusWeek(TODAY - timedelta(weeks=back), Counter({Status.RED: back, Status.GREEN: 9 - back}))
    for back in range(9, -1, -1)
)
PLANNED = (PlanWeek(date(2026, 3, 23), 1, 1, 0), PlanWeek(date(2026, 3, 30), 0, 0, 2))


@pytest.fixture(scope="module")
def drawn() -> dict[str, Picture]:
    pictures = (
        charts.status_over_time(WEEKLY),
        charts.hours_by_priority(MONTHLY),
        charts.exposure_by_month(MONTHLY, 0.6),
        charts.planning_by_week(PLANNED),
        strip.several([("Ana $x$ <b>", [TODAY]), ("Raj", [])], "A", TODAY),
    )
    return {each.name: each for each in pictures}


def told(picture: Picture) -> list[str]:
    """What single marks say when pointed at."""
    root = fromstring(picture.svg())
    return [each.text or "" for each in root.iter(f"{SVG}title")][1:]


def written(picture: Picture) -> list[str]:
    return [each.text or "" for each in fromstring(picture.svg()).iter(f"{SVG}text")]


def test_each_picture_says_in_itself_what_one_sees(drawn: dict[str, Picture]) -> None:
    for picture in drawn.values():
        assert picture.title in written(picture)


def test_a_week_says_how_many_stood_how(drawn: dict[str, Picture]) -> None:
    assert "2026-03-24: 1 red, 8 green" in told(drawn["trend"])
    assert "9 green" in written(drawn["trend"])
    assert "0 red" not in written(drawn["trend"]), "nothing stands beside a bar that is not there"


def test_a_month_says_its_hours_by_priority(drawn: dict[str, Picture]) -> None:
    assert "March 2026: 5.5 A, 5.5 B, 5.5 C, 5.5 D" in told(drawn["hours"])


def test_the_goal_stands_beside_the_shares(drawn: dict[str, Picture]) -> None:
    assert "goal 60%" in written(drawn["exposure"])
    assert "March 2026: 50% beyond your own circle" in told(drawn["exposure"])


def test_every_planning_slot_is_a_mark_that_says_what_became_of_it(
    drawn: dict[str, Picture],
) -> None:
    assert Counter(told(drawn["planning"])) == {
        "Week of 23 March 2026: kept": 1,
        "Week of 23 March 2026: lost": 1,
        "Week of 30 March 2026: to come": 2,
    }


def test_several_strips_have_a_cell_for_each_person_and_week(drawn: dict[str, Picture]) -> None:
    cells = told(drawn["strips"])

    assert len(cells) == 2 * 53
    assert "Ana $x$ <b>, week of 30 March 2026: 1 contact" in cells


def test_pictures_of_nothing_are_drawn_too() -> None:
    nothing = Month(TODAY.replace(day=1), dict.fromkeys(Priority, 0.0), None, 0.0)

    for picture in (
        charts.status_over_time([StatusWeek(TODAY, Counter())]),
        charts.hours_by_priority([nothing]),
        charts.exposure_by_month([nothing], 0.5),
        charts.planning_by_week([PlanWeek(TODAY, 0, 0, 0)]),
    ):
        assert picture.title in written(picture)
