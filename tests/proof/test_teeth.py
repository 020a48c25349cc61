from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

import pytest

from tests.proof.figures import record
from tests.simulator import syncing
from tests.simulator.broken import BROKEN
from tests.simulator.disk import Disk
from tests.simulator.schedule import play

pytestmark = pytest.mark.proof
_WITHIN = 200
_BREAKS = MappingProxyType(
    {
        "send, then record": {"I2"},
        "an outbox with a random id": {"I1"},
        "trust the 409": {"I1"},
        "resend on timeout": {"I1"},
        "an approval not single-use": {"I1"},
        "caps outside the transaction": {"I4"},
        "no read before a second try": {"I1"},
        "no conditional update": {"I1", "I5"},
    }
)


def test_every_dispatcher_broken_on_purpose_is_put_to_the_proof() -> None:
    assert _BREAKS.keys() == BROKEN.keys()


@pytest.mark.parametrize("name", BROKEN)
def test_a_dispatcher_broken_on_purpose_is_caught_for_what_it_breaks(name: str) -> None:
    watched = frozenset(_BREAKS[name])
    with Disk() as disk:
        caught = _first(
            lambda seed: play(disk, seed, dispatcher=BROKEN[name], watched=watched).violation
        )

    _tell(name, caught)


def test_a_cursor_saved_before_its_data_is_caught() -> None:
    caught = _first(lambda seed: syncing.play(seed, syncing.cursor_first))

    _tell("cursor saved before its data", caught)


def _first(violated: Callable[[int], str]) -> int | None:
    return next((seed for seed in range(_WITHIN) if violated(seed)), None)


def _tell(name: str, caught: int | None) -> None:
    assert caught is not None, f"{_WITHIN} schedules let it through"
    record(
        f"Broken on purpose: {name}",
        f"caught by schedule {caught + 1} of {_WITHIN}",
        seed=caught,
    )
