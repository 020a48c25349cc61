from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from policies.audit.cadence import Standing, Status, standing
from policies.audit.progress import Stood, Trend, progress, reckoned, trend
from policies.people.person import Priority, Quality
from policies.rules import CadenceRules
from tests.make import person

TODAY = date(2026, 3, 2)
DAYS = {Status.GREEN: 1, Status.AMBER: 30, Status.RED: 100}


def now(status: Status, name: str = "Ana Silva", quality: Quality | None = None) -> Standing:
    last = None if status is Status.GREY else TODAY - timedelta(days=DAYS[status])
    return standing(replace(person(name), quality=quality), last, None, TODAY, CadenceRules())


def then(status: Status, name: str = "Ana Silva", quality: Quality | None = None) -> Stood:
    return Stood(person(name).id, date(2025, 9, 1), status, Priority.A, quality)


RED, AMBER, GREEN, GREY = Status
TRENDS = [
    (RED, GREEN, Trend.CLOSER),
    (RED, AMBER, Trend.CLOSER),
    (AMBER, RED, Trend.AWAY),
    (GREEN, AMBER, Trend.AWAY),
    (GREEN, GREEN, Trend.SAME),
    (GREY, GREY, Trend.SAME),
    (GREY, RED, Trend.CLOSER),
    (GREEN, GREY, Trend.AWAY),
]


@pytest.mark.parametrize(("before", "after", "expected"), TRENDS)
def test_status_says_where_a_relationship_went(
    before: Status, after: Status, expected: Trend
) -> None:
    assert trend(then(before), now(after)) is expected


RATINGS = [
    (Quality.POOR, Quality.STRONG, Trend.CLOSER),
    (Quality.STRONG, Quality.FAIR, Trend.AWAY),
    (Quality.FAIR, Quality.FAIR, Trend.SAME),
    (None, Quality.POOR, Trend.SAME),
    (Quality.POOR, None, Trend.SAME),
]


@pytest.mark.parametrize(("before", "after", "expected"), RATINGS)
def test_where_the_status_is_the_same_the_owner_s_rating_decides(
    before: Quality | None, after: Quality | None, expected: Trend
) -> None:
    assert trend(then(GREEN, quality=before), now(GREEN, quality=after)) is expected
    assert trend(then(GREEN, quality=before), now(RED, quality=after)) is Trend.AWAY


def test_who_was_not_listed_then_is_new() -> None:
    assert trend(None, now(RED)) is Trend.NEW


def test_those_who_drifted_away_come_first_and_keep_their_order() -> None:
    stood = {each.person: each for each in (then(GREEN, "Ana"), then(RED, "Bo"), then(GREEN, "Cy"))}
    standings = [now(GREEN, "Bo"), now(RED, "Cy"), now(GREEN, "Dee"), now(RED, "Ana")]

    found = progress(stood, standings)

    assert [(each.now.person.name, each.trend) for each in found] == [
        ("Cy", Trend.AWAY),
        ("Ana", Trend.AWAY),
        ("Bo", Trend.CLOSER),
        ("Dee", Trend.NEW),
    ]


def test_how_people_stood_is_reckoned_for_those_who_were_listed_by_then() -> None:
    listed = now(RED, "Ana Silva", Quality.POOR)

    stood = reckoned([listed], TODAY)

    assert stood == {
        listed.person.id: Stood(listed.person.id, TODAY, RED, listed.person.priority, None)
    }
    assert reckoned([listed], listed.person.listed_on - timedelta(days=1)) == {}
