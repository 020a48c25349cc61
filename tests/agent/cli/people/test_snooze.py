from __future__ import annotations

from datetime import date

import pytest

from agent.store import people, proposals
from agent.store.database import Database
from policies.proposal import ProposalState
from policies.spoken import day_said
from tests.agent.cli.place import Place, place
from tests.agent.world import ANA

__all__ = ["place"]


def snoozed(place: Place) -> object:
    with Database(place.home) as db:
        person = people.get(db, ANA.id)
    assert person is not None
    return person.snoozed_until


@pytest.mark.parametrize(
    ("words", "until"),
    [
        (("ana", "6w"), "2026-05-12"),
        (("ana", "silva", "3d"), "2026-04-03"),
        (("ana", "--until", "2026-06-01"), "2026-06-01"),
    ],
)
def test_someone_is_left_in_peace_and_what_waits_for_them_is_dropped(
    place: Place, words: tuple[str, ...], until: str
) -> None:
    said = place.said("snooze", *words)

    day = day_said(date.fromisoformat(until), date(2026, 3, 31))
    assert f"Ana Silva is in peace until {day}." in said
    assert "Proposal 1 is dropped." in said
    assert str(snoozed(place)) == until
    with Database(place.home) as db:
        assert proposals.listed(db, ProposalState.OPEN) == ()


@pytest.mark.parametrize(
    "words", [("2026-12-24",), ("--until", "2026-12-24"), ("--until", "24 December")]
)
@pytest.mark.parametrize("command", [("snooze", "ana"), ("pause",)])
def test_a_day_ends_it_as_well_as_a_length_does(
    place: Place, command: tuple[str, ...], words: tuple[str, ...]
) -> None:
    assert "until Thu 24 Dec." in place.said(*command, *words)


def test_a_proposal_dropped_by_a_snooze_says_so(place: Place) -> None:
    place.said("snooze", "ana", "6w")

    assert "expired: You snoozed them until" in place.said("show", "1")


def test_a_snooze_ends(place: Place) -> None:
    place.said("snooze", "ana", "6w")

    assert "no longer snoozed" in place.said("snooze", "ana", "--off")
    assert snoozed(place) is None


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (("ana", "soon"), "'soon' is no day"),
        (("ana", "0m"), "not in the future"),
        (("ana", "--until", "2026-03-31"), "not in the future"),
        (("nobody", "6w"), "nobody"),
        (("6w",), "nobody"),
    ],
)
def test_a_snooze_nobody_can_mean_is_explained(
    place: Place, words: tuple[str, ...], cause: str
) -> None:
    assert cause in place.failed("snooze", *words)
    assert snoozed(place) is None
