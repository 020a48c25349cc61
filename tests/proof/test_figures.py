from __future__ import annotations

from pathlib import Path

import pytest

from tests.proof.figures import FOLDER, record, recorded


def test_a_figure_is_written_where_the_environment_says_and_a_later_one_replaces_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path / "figures"))

    record("Random crash schedules", 12, seed=7)
    record("Random crash schedules", 10_000, seed=8, note="three proposals each")
    record("A year", "365 days", violations=1)
    first, second = recorded(tmp_path / "figures")

    assert (first.name, first.value, first.violations) == ("A year", "365 days", 1)
    assert (second.value, second.seed, second.violations) == ("10,000", "8", 0)
    assert second.note == "three proposals each"
    assert second.commit == first.commit


def test_without_a_place_named_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(FOLDER, raising=False)
    monkeypatch.chdir(tmp_path)

    record("Random crash schedules", 12)

    assert list(tmp_path.iterdir()) == []
