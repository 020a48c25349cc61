from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.proof.figures import FOLDER, failed, record, recorded, withdraw


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


def test_what_a_test_wrote_is_withdrawn_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    ours = os.environ["PYTEST_CURRENT_TEST"].removesuffix(" (call)")
    record("Random crash schedules", 12)
    failed(ours)
    failed("tests/another.py::test_one")

    withdraw(ours)

    assert [each.name for each in recorded(tmp_path)] == ["`tests/another.py::test_one`"]


_PROOF = """
import os
import pytest
from tests.proof.figures import record

@pytest.fixture
def here():
    assert BROKEN not in os.environ

@pytest.mark.parametrize("seed", range(3))
def test_counted(record_property, seed):
    record_property("cases", 10)
    assert seed or BROKEN not in os.environ

def test_recorded():
    record("An earlier part", 1)
    assert BROKEN not in os.environ
    record("A long proof", "1,000 runs")

def test_prepared(here):
    record("A proof with a fixture", 7)
"""


def test_a_proof_that_fails_leaves_no_figure_of_an_earlier_run_and_a_violation(
    tmp_path: Path,
) -> None:
    (tmp_path / "test_tiny.py").write_text(_PROOF.replace("BROKEN", '"BROKEN"'))

    def run(*workers: str, **around: str) -> dict[str, tuple[str, int]]:
        plugins = ("-p", "tests.conftest", "-p", "no:cacheprovider")
        words = ("-q", f"--rootdir={tmp_path}", *plugins, *workers, str(tmp_path))
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *words],
            env={**os.environ, FOLDER: str(tmp_path / "figures"), **around},
            cwd=Path(__file__).parents[2],
            stdout=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == len(around)
        figures = recorded(tmp_path / "figures")
        return {each.name: (each.value, each.violations) for each in figures}

    assert run() == {
        "Cases": ("30", 0),
        "An earlier part": ("1", 0),
        "A long proof": ("1,000 runs", 0),
        "A proof with a fixture": ("7", 0),
    }
    assert run("-n", "1", BROKEN="yes") == {
        "Cases": ("30", 1),
        "An earlier part": ("1", 0),
        "`test_tiny.py::test_counted[0]`": ("failed", 1),
        "`test_tiny.py::test_recorded`": ("failed", 1),
        "`test_tiny.py::test_prepared`": ("failed", 1),
    }
