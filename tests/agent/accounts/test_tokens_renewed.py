"""Real processes that renew one sign-in whose tokens die when they are replaced."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.accounts.tokens import EncryptedTokens
from agent.settings import SecretRef
from connectors.errors import NeedsLogin
from connectors.google.credentials import credentials
from connectors.google.grant import OAuthClient, client, scopes_for
from connectors.google.signin import brought, keep
from connectors.tokens import Job
from tests.agent.dispatch.killing import Killable
from tests.servers.google import GoogleServer

GIVEN = """
from agent.clock import SystemClock
from agent.settings import SecretRef
from agent.accounts.tokens import EncryptedTokens
from connectors.google.credentials import credentials
from connectors.google.grant import client
def signer(folder):
    folder = pathlib.Path(folder)
    ours = client("work", (folder / "client.json").read_text(), (folder / "url").read_text())
    store = EncryptedTokens("work", folder / "tokens" / "work.sealed",
                            SecretRef(file=str(folder / "key")))
    return credentials("work", ours, store, SystemClock().now)
"""
RENEWS = """
mine = signer(words[0])
for _ in range(8):
    mine.refresh(None)
"""


@pytest.fixture
def server() -> Iterator[GoogleServer]:
    made = GoogleServer()
    made.world.rotates = True
    with made.running():
        yield made


@pytest.fixture
def folder(server: GoogleServer, tmp_path: Path) -> Path:
    """A sign-in, kept as `fika connect` keeps it."""
    (tmp_path / "client.json").write_text(server.client_json())
    (tmp_path / "url").write_text(server.url)
    store = stored(tmp_path)
    store.make_key()
    sign_in(server, store)
    return tmp_path


def stored(folder: Path) -> EncryptedTokens:
    key = SecretRef(file=str(folder / "key"))
    return EncryptedTokens("work", folder / "tokens" / "work.sealed", key)


def ours(server: GoogleServer) -> OAuthClient:
    made = client("work", server.client_json(), server.url)
    assert isinstance(made, OAuthClient)
    return made


def sign_in(server: GoogleServer, store: EncryptedTokens) -> None:
    text = server.credentials_json(scopes_for(frozenset((Job.READ,))))
    keep("work", store, brought("work", ours(server), text, server.world.clock.now))


def test_processes_that_renew_at_once_never_use_a_token_that_was_replaced(
    server: GoogleServer, folder: Path
) -> None:
    source = f"import sys, pathlib\n{GIVEN}\nwords = sys.argv[1:]\n{RENEWS}"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", source, str(folder)], stderr=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]

    said = [each.communicate(timeout=120)[1] for each in processes]

    assert said == ["", "", ""]
    living = [name for name, each in server.state.grants.items() if not each.died]
    assert len(living) == 1
    assert json.loads(stored(folder).load())["refresh_token"] == living[0]


@pytest.mark.proof
def test_killed_while_renewing_the_sign_in_works_or_says_that_it_does_not(
    server: GoogleServer, folder: Path, record_property: Callable[[str, object], None]
) -> None:
    """K17: what a kill may cost is a sign-in, between Google's answer and the disk; never more."""
    killable = Killable(GIVEN, RENEWS, seed=17)
    killable.measure(folder)
    killed, remedies = 0, list[str]()
    for _ in range(30):
        killed += killable.kill(folder)
        store = stored(folder)
        mine = credentials("work", ours(server), store, server.world.clock.now)
        try:
            for _ in range(2):  # the one kept, and one it is renewed for
                mine.refresh(None)
        except NeedsLogin as error:
            remedies.append(error.remedy)
            sign_in(server, store)

    record_property("kills while renewing", killed)
    record_property("sign-ins to be made again", len(remedies))
    assert killed
    assert len(remedies) < killed
    assert set(remedies) <= {"sign in: fika connect google work"}
