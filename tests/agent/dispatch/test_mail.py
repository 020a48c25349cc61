from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.store import actions
from agent.store.database import Database
from connectors.ics.writer import FolderWriter
from connectors.smtp.invitations import MailInvitations
from connectors.smtp.mailer import SmtpMailer
from policies.sending.action import ActionState
from tests.agent.world import ENDS, HOUR, MINUTE, Crash, World
from tests.servers.smtp import DROP, GARBAGE, Fault, SmtpServer

KILLS = ("K0", "K1", "K2", "K3", "K5", "K6", "K7", "K8", "K9", "K11", "K12", "K13")
FAULTS = [
    *(Fault(stage, "451 busy") for stage in ("connect", "ehlo", "mail", "rcpt", "data", "end")),
    *(Fault(stage, "550 no") for stage in ("rcpt", "data", "end")),
    *(Fault(stage, DROP) for stage in ("connect", "rcpt", "data", "middle", "end")),
    Fault("end", GARBAGE),
]


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer().running() as running:
        yield running


@pytest.fixture
def here(tmp_path: Path, server: SmtpServer) -> Iterator[World]:
    """A store on disk, a folder of calendar files and a mail server."""
    folder = tmp_path / "work"
    folder.mkdir()
    mailer = SmtpMailer("127.0.0.1", server.port, "none", timeout=timedelta(seconds=1))
    with Database(tmp_path / "state") as db:
        made = World(db)
        channel = MailInvitations(FolderWriter("work", folder), mailer)
        made.ports = replace(made.ports, channels={("mail", "work"): channel})
        made.read()
        made.propose()
        yield made


def dies(name: str) -> Callable[[], None]:
    def die() -> None:
        raise Crash(name)

    return die


@pytest.mark.parametrize("kill", KILLS)
def test_killed_anywhere_the_guest_has_at_most_one_mail(
    here: World, server: SmtpServer, tmp_path: Path, kill: str
) -> None:
    here.on[kill] = dies(kill)
    with suppress(Crash):
        here.approve(1)
        here.settle()
    assert kill not in here.on

    here.later(MINUTE)
    if not actions.of_proposal(here.db, 1):
        here.approve(1)
    here.quiet()

    (action,) = actions.of_proposal(here.db, 1)
    expected = ActionState.NEEDS_REVIEW if kill in {"K8", "K9", "K11", "K12"} else ActionState.SENT
    assert action.state is expected
    assert len(server.mailbox) == (kill not in {"K8", "K9"})
    assert len(list((tmp_path / "work").glob("*.ics"))) == 1


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_at_any_stage_of_the_mail_ends_well_in_later_runs(
    here: World, server: SmtpServer, fault: Fault
) -> None:
    approved = here.approve(1)
    server.fault = fault
    here.settle()
    doubtful = here.action(approved).state is ActionState.NEEDS_REVIEW
    assert doubtful or here.action(approved).state is ActionState.HELD

    server.fault = None
    here.later(HOUR)
    here.settle()

    assert here.action(approved).state in ENDS
    assert len(server.mailbox) <= 1
    assert doubtful or len(server.mailbox) == 1


@pytest.mark.parametrize("kill", KILLS[2:])
@pytest.mark.parametrize("fault", [Fault("end", DROP), Fault("rcpt", "451 busy")], ids=str)
def test_a_fault_and_then_a_kill_never_make_two(
    here: World, server: SmtpServer, fault: Fault, kill: str
) -> None:
    approved = here.approve(1)
    server.fault = fault
    here.settle()
    server.fault = None
    here.on[kill] = dies(kill)
    here.later(HOUR)
    with suppress(Crash):
        here.settle()
    here.on.clear()
    here.quiet()

    assert here.action(approved).state in ENDS
    assert len(server.mailbox) <= 1
