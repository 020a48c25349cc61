from __future__ import annotations

import pytest
from click.testing import CliRunner

from agent.cli.accounts.connect_view import _picked
from connectors.port import CalendarFound

FOUND = (
    CalendarFound("1", "Work", writable=True, primary=True),
    CalendarFound("2", "Team", writable=False, primary=False),
)


@pytest.mark.parametrize(
    ("answers", "names"),
    [
        ("\n", ["Work"]),
        ("all\n", ["Work", "Team"]),
        ("2, 1\n", ["Work", "Team"]),
        ("3\nsome\n2\n", ["Team"]),
    ],
)
def test_calendars_are_picked_by_number_or_all_at_once(answers: str, names: list[str]) -> None:
    with CliRunner().isolation(answers):
        assert [each.name for each in _picked(FOUND)] == names
