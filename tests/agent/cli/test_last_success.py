from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.app import App
from agent.cli.root import cli
from agent.config.load import ConfigProblems
from agent.settings import Settings
from agent.store import runs
from agent.store.database import Database
from tests.agent.cli.place import Place, place
from tests.agent.world import HOUR, NOW

__all__ = ["place"]

OLD = "No run has gone well since Sat 28 Mar 13:00, 3 days ago, so what is shown may be old"


def ran(place: Place, hours: int) -> None:
    """The last run that went well, so long ago."""
    at = NOW - hours * HOUR
    with Database(place.home) as db:
        runs.finish(db, runs.start(db, at, None), at, 0, "{}")


@pytest.mark.parametrize(
    "line",
    [
        "show 1",
        "proposals",
        "people",
        "people show ana",
        "audit",
        "why ana",
        "plan",
        "calendars",
        "brief ana",
        "report",
        "promises",
        "news",
        "digest",
    ],
)
def test_whatever_is_shown_is_said_once_to_be_old(place: Place, line: str) -> None:
    ran(place, 72)

    found = place.fika(*line.split())

    assert found.exit_code == 0, found.exception
    assert found.output.casefold().count(OLD.casefold()) == 1


@pytest.mark.parametrize("line", ["show 1", "people", "calendars", "proposals"])
def test_after_a_run_of_the_day_nothing_is_said(place: Place, line: str) -> None:
    ran(place, 24)

    assert "No run" not in place.said(*line.split())


def test_what_a_program_reads_stays_as_it_is(place: Place) -> None:
    ran(place, 72)

    found = place.fika("show", "1", "--json")

    assert json.loads(found.stdout)["number"] == 1
    assert found.stderr.startswith(OLD)


def test_what_shows_nothing_says_nothing(place: Place, tmp_path: Path) -> None:
    ran(place, 72)

    assert "No run" not in place.said("backup", str(tmp_path / "copy"))


def test_what_needs_no_settings_does_without_sound_ones(place: Place) -> None:
    ran(place, 72)

    def broken(path: Path) -> Settings:
        raise ConfigProblems(path, ())

    app = App(place.home, place.clock, broken)

    assert CliRunner().invoke(cli, ["promises"], obj=app).exit_code == 0
