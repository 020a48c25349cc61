from __future__ import annotations

from datetime import timedelta

import pytest

from policies.circles.events import Event, ahead, to_follow_up
from policies.people.person import PersonId
from tests import make

NOW = make.utc("2026-03-02 12:00")
ANA, RAJ = PersonId("ana-silva"), PersonId("raj-patel")


def event(hours: int, title: str = "Fair", *, met: tuple[tuple[PersonId, bool], ...] = ()) -> Event:
    """One of two hours that ends so many hours from now."""
    end = NOW + timedelta(hours=hours)
    return Event(title, end - timedelta(hours=2), end, met=met)


def test_what_is_ahead_has_not_ended_and_comes_soonest_first() -> None:
    found = ahead([event(50, "Later"), event(1, "Now on"), event(0, "Over")], NOW)

    assert [each.title for each in found] == ["Now on", "Later"]


@pytest.mark.parametrize(
    ("one", "pressing"),
    [
        pytest.param(event(-1), True, id="just over, and nobody named yet"),
        pytest.param(event(-47), True, id="within two days"),
        pytest.param(event(-48), False, id="after two days nobody is asked any more"),
        pytest.param(event(-90, met=((ANA, False),)), True, id="somebody still to be written to"),
        pytest.param(event(-1, met=((ANA, True),)), False, id="all written to"),
        pytest.param(event(1, met=((ANA, False),)), False, id="still going on"),
    ],
)
def test_an_event_is_followed_up_within_two_days(one: Event, *, pressing: bool) -> None:
    assert (one in to_follow_up([one], NOW)) is pressing


def test_who_is_to_be_written_to_is_who_was_met_and_was_not_yet() -> None:
    one = event(-5, met=((ANA, True), (RAJ, False)))

    assert one.to_follow_up == (RAJ,)
    assert one.follow_up_by == NOW + timedelta(hours=43)
