"""Real processes, killed; `tests.proof.kills` says how, and does it a thousand times."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proof.kills import PROVIDERS, figure, killed, once
from tests.proof.stage import COMMANDS, Stage, stage
from tests.servers.folder import FolderAndMail

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals"),
]
SEED = 3
KILLS = {"radicale": 4, "xandikos": 4}
"""Of those that are started anew for each cycle fewer; of each other one `MOST`: 50 and more."""
MOST = 11

BROKEN = """
from agent import dispatch
from tests.simulator import broken
dispatch._Sending = broken.{kind}
from agent.__main__ import main
main()
"""


@pytest.fixture
def on(tmp_path: Path, provider: str) -> Iterator[Stage]:
    with stage(PROVIDERS[provider](), tmp_path) as made:
        yield made


@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_kill_makes_a_guest_hear_of_a_meeting_twice_or_without_a_yes(
    on: Stage, provider: str
) -> None:
    kills = KILLS.get(provider, MOST)
    tally = killed(on, SEED, kills)

    figure(tally, SEED, provider)
    assert tally.violations == []
    assert tally.kills >= kills


@pytest.mark.parametrize("kind", ["SendsThenRecords", "KeepsTheApproval"])
def test_a_program_that_sends_twice_is_found_out(tmp_path: Path, kind: str) -> None:
    provider, found = FolderAndMail(), list[str]()
    with stage(provider, tmp_path) as on:
        on.entry, on.slow_s = ("-c", BROKEN.format(kind=kind)), 0.4
        on.aim = lambda: bool(provider.smtp.mailbox)
        on.lasts_s = dict.fromkeys(COMMANDS, 60.0)
        for number in range(5):
            found += once(on, SEED, number).violations
            if any(each.startswith("I1: ") for each in found):
                return

    pytest.fail(f"only {found}")
