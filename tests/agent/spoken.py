"""The command line over a state folder, as its owner uses it at `NOW`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from click.testing import CliRunner, Result

from agent.app import App
from agent.cli.root import cli
from agent.clock import FixedClock
from agent.errors import UsageProblem
from agent.settings import Settings
from tests.agent.store.stored import NOW, SETTINGS


def fika(
    home: Path, *words: str, keys: str = "", now: datetime = NOW, settings: Settings = SETTINGS
) -> Result:
    """``keys`` are what the owner types when asked."""
    app = App(home, FixedClock(now), lambda _: settings)
    return CliRunner().invoke(cli, words, obj=app, input=keys)


def said(home: Path, *words: str, keys: str = "", now: datetime = NOW) -> str:
    """What a command that goes well writes."""
    result = fika(home, *words, keys=keys, now=now)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


def refused(home: Path, *words: str) -> UsageProblem:
    """Why a command does not do it."""
    result = fika(home, *words)
    assert isinstance(result.exception, UsageProblem), result.output
    return result.exception
