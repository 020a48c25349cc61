"""365 days of two runs each, one call in twenty failing: no invariant ever gives way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from policies.sending.action import ActionKind
from tests.proof.figures import record
from tests.proof.watch import Violated
from tests.proof.year import Year

pytestmark = pytest.mark.proof

SEED = 20_260_105
DAYS = 365
MOST_GROWTH = 50 * 1024 * 1024


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir(mode=0o700)
    return made


@pytest.mark.parametrize(
    "profile",
    [
        "mail",
        *(pytest.param(each, marks=pytest.mark.soak) for each in ("google", "graph", "caldav")),
    ],
)
def test_a_year_passes_without_a_violation_and_leaves_nothing_open(
    home: Path, profile: str
) -> None:
    year = Year(home, profile, SEED)
    year.live(1)
    size, descriptors = year.size, _open_files()

    year.live(DAYS - 1)

    assert year.runs == 2 * DAYS
    assert year.crashes > 0
    kinds = {each.payload.kind for each in year.watch.sent}
    assert kinds == {ActionKind.INVITE, ActionKind.RESCHEDULE, ActionKind.CANCEL}
    assert len(year.watch.sent) > 60
    assert year.size - size < MOST_GROWTH
    assert _open_files() <= descriptors
    growth = f"{(year.size - size) / 1024 / 1024:.1f} MB more in the store"
    record(
        f"A simulated year ({profile})",
        f"{year.runs} runs",
        seed=SEED,
        note=f"5 % of calls fail, {year.crashes} kills, {len(year.watch.sent)} sent, {growth}",
    )


def test_a_year_with_limits_set_wider_than_watched_is_caught(home: Path) -> None:
    year = Year(home, "caldav", SEED, rate=0.0)
    year.settings = replace(
        year.settings,
        rules=replace(
            year.settings.rules,
            sending=replace(year.settings.rules.sending, per_run=9, per_day=20),
            etiquette=replace(year.settings.rules.etiquette, per_run=9, per_week=9),
        ),
    )

    with pytest.raises(Violated, match=r"I4: too many in a (run|day)"):
        year.live(60)


def test_an_event_of_somebody_else_that_changes_without_them_is_caught(home: Path) -> None:
    year = Year(home, "caldav", SEED)
    ref = next(iter(year.work.foreign))
    year.work.edit(ref, title="Not theirs")

    with pytest.raises(Violated, match="I5"):
        year.live(1)


def test_a_guest_who_is_told_twice_or_without_a_yes_is_caught(home: Path) -> None:
    year = Year(home, "mail", SEED, rate=0.0)
    year.live(20)
    told = year.watch.sent[-1].payload

    with pytest.raises(Violated, match="I1"):
        year.watch.delivering(told)
    with pytest.raises(Violated, match="I2"):
        year.watch.delivering(replace(told, title="Another"))


def _open_files() -> int:
    """Files and sockets of this process."""
    return len(list(Path("/dev/fd").iterdir()))
