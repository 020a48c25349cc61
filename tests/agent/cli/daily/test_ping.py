from __future__ import annotations

from pathlib import Path

import pytest

from agent.__main__ import run
from agent.errors import UsageProblem
from agent.exits import Exit
from tests.agent.spoken import fika, said
from tests.servers.feeds import FeedServer


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FIKA_HOME", str(tmp_path))
    return tmp_path


def test_the_monitor_can_be_tried(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with FeedServer(b"OK").running() as server:
        (home / "config.toml").write_text(
            '[owner]\nname = "Olle"\naddresses = ["olle@example.com"]\nzone = "Europe/Berlin"\n'
            '[[calendar]]\nname = "work"\npath = "work"\n'
            f'[ping]\nurl = "{server.url("/x")}"\nallow_private_host = true\n'
        )
        assert run(["ping"]) == Exit.OK
        assert capsys.readouterr().out == "the monitor was told\n"
        assert run(["ping", "--fail"]) == Exit.OK
    assert [each.path for each in server.seen] == ["/x/log", "/x/fail"]
    assert run(["ping"]) == Exit.DEGRADED
    assert "cannot be reached" in capsys.readouterr().err


def test_without_a_monitor_a_failure_is_told_to_nobody_and_trying_says_why(home: Path) -> None:
    assert said(home, "ping", "--fail") == ""
    problem = fika(home, "ping").exception
    assert isinstance(problem, UsageProblem)
    assert problem.cause == "no monitor is configured"
