from __future__ import annotations

import pytest

from tests.agent.cli.place import Place, place

__all__ = ["place"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("2w",), "until Tue 14 Apr."),
        (("2h",), "until Tue 31 Mar 16:00"),
        (("--until", "2026-05-01"), "until Fri 1 May."),
        ((), "fika pause --off"),
    ],
)
def test_a_pause_holds_approving_back_until_it_is_over(
    place: Place, words: tuple[str, ...], said: str
) -> None:
    assert said in place.said("pause", *words)
    assert "paused" in place.failed("approve", "1", "--yes")

    place.said("pause", "--off")
    place.said("approve", "1", "--yes")


def test_the_list_of_proposals_says_what_keeps_them_from_going_out(place: Place) -> None:
    place.said("pause", "2w")
    (place.home / "STOP").touch()

    said = " ".join(place.said("proposals").split())
    paused = "Paused until Tue 14 Apr, so nothing is proposed or sent: fika pause --off ends it."
    assert f"{paused} Stopped by the file" in said


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (("2w", "--off"), "not several"),
        (("0m",), "not in the future"),
        (("--until", "2026-03-31"), "not in the future"),
        (("for ever",), "'for ever' is no day"),
    ],
)
def test_a_pause_nobody_can_mean_is_explained(
    place: Place, words: tuple[str, ...], cause: str
) -> None:
    assert cause in place.failed("pause", *words)
