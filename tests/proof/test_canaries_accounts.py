"""Everything secret of accounts, and what their events say: none of it in a log, a message, a file.

The real command line signs in, reads, renews and leaves with every logger at DEBUG, while the
services refuse, break off, talk nonsense, the disk is full and keys are wrong.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.proof.household import Household, days_from_now
from tests.proof.test_canaries import ADDRESS, LOUD, NAME, TITLE, _files, _hits, _outputs
from tests.servers.google import GoogleServer
from tests.servers.google.server import CLIENT_SECRET
from tests.servers.graph.accounts import CLIENT
from tests.servers.graph.server import GraphServer

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX stand for a full disk"),
]

NOTE = "n0tecanary of an event"
NONSENSE = ("html", "login_page", "half_json", "truncated", "not_utf8", "drop", "null")
VISIT = "import sys; from tests.servers.graph.browser import visit; visit(sys.argv[1])"


class Handed:
    """Every secret the services ever handed out; the servers forget some of them."""

    def __init__(self, google: GoogleServer, graph: GraphServer) -> None:
        self._google, self._graph = google, graph
        self.secrets: set[str] = {CLIENT_SECRET}

    def note(self) -> None:
        state, tokens = self._google.state, self._graph.identity.tokens
        self.secrets |= {*state.grants, *state.access, *state.codes}
        self.secrets |= {*tokens.access, *tokens.refresh, *tokens.codes, *tokens.spent}
        self.secrets |= set(tokens.devices)
        for seen in (*self._google.requests, *self._graph.requests):
            form = seen.request.body.decode(errors="replace")
            self.secrets |= set(
                re.findall(r"(?:code_verifier|refresh_token)=([\w.~/-]{20,})", form)
            )


@pytest.fixture(scope="module")
def google() -> Iterator[GoogleServer]:
    made = GoogleServer(owner="olle@example.com")
    for number in range(5):
        start = days_from_now(-10 - number)
        made.put(
            {
                "summary": f"{TITLE} {number}",
                "description": NOTE,
                "start": {"dateTime": start.isoformat()},
                "end": {"dateTime": (start + timedelta(hours=1)).isoformat()},
                "attendees": [
                    {"email": "olle@example.com", "self": True, "responseStatus": "accepted"},
                    {
                        "email": f"guest{number}.{ADDRESS}@example.com",
                        "displayName": NAME,
                        "responseStatus": "accepted",
                    },
                ],
            }
        )
    with made.running():
        yield made


@pytest.fixture(scope="module")
def graph() -> Iterator[GraphServer]:
    made = GraphServer()
    made.identity.device_interval_s = 1
    with made.running():
        yield made


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Household:
    folder = tmp_path_factory.mktemp("accounts")
    made = Household(folder, ("-c", LOUD))
    browser = folder / "browser"
    browser.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{VISIT}" "$1"\n')
    browser.chmod(0o755)
    made.environment |= {
        "PROOF_LOG": str(folder / "debug.log"),
        "PYTHONPATH": ".",
        "BROWSER": f"{browser} %s",
    }
    made.configure()
    return made


def test_nothing_of_an_account_comes_out_anywhere(
    house: Household,
    google: GoogleServer,
    graph: GraphServer,
    record_property: Callable[[str, object], None],
) -> None:
    handed = Handed(google, graph)
    client = house.home.parent / "client.json"
    client.write_text(google.client_json())
    client.chmod(0o600)
    kept = ("--tokens", "file", "--allow-private-host")
    there = ("--url", google.url, "--sign-in-url", google.url)
    ours = ("connect", "google", "goog", "--client", str(client), *kept, *there)
    there = ("--url", f"{graph.root}/v1.0", "--sign-in-url", graph.root)
    theirs = ("connect", "outlook", "look", "--client-id", CLIENT, *kept, *there)

    _signs_in(house, google, graph, ours, theirs)
    _renews(house, google, graph, handed)
    _fails(house, google, graph, handed, ours, theirs)
    key = _loses_its_key(house)
    handed.note()
    house.fika("disconnect", "goog", "--yes")
    house.fika("disconnect", "look", "--yes")
    handed.note()

    record_property("secrets of accounts planted", len(handed.secrets))
    record_property("commands run at DEBUG with accounts", len(house.said))
    assert [each for each in house.said if b"Traceback" in each.out + each.err] == []
    assert {each.code for each in house.said} >= {0, 1, 3, 70}
    outputs = dict(_outputs(house.said))
    own = {"goog-client.json", "tokens.key"}
    left = {name: data for name, data in _files(house) if Path(name).name not in own}
    log = left["debug.log"]
    assert log.count(b"everything is logged") == len(house.said)
    assert len(handed.secrets) >= 20
    assert _hits([*handed.secrets, key], {**outputs, **left}) == []
    assert _hits([TITLE, NAME, ADDRESS, NOTE], left) == []


def _signs_in(
    house: Household,
    google: GoogleServer,
    graph: GraphServer,
    ours: tuple[str, ...],
    theirs: tuple[str, ...],
) -> None:
    google.world.consent.denies = graph.identity.refuses = True
    assert [house.fika(*words).code for words in (ours, theirs)] == [3, 3]
    google.world.consent.denies = graph.identity.refuses = False
    token = house.home.parent / "token.json"
    exported = house.fika(*ours, "--export", str(token))
    assert exported.code == 0
    assert house.fika(*ours, "--import", str(token)).code == 0
    token.unlink()
    assert house.fika(*ours, "--write").code == 0
    assert house.fika(*theirs).code == 0


def _renews(house: Household, google: GoogleServer, graph: GraphServer, handed: Handed) -> None:
    google.world.rotates = graph.identity.tokens.used_is_revoked = True
    for words in (("run",), ("accounts",), ("accounts", "--json"), ("doctor",), ("run", "--json")):
        house.fika(*words)
        handed.note()
        google.end_access()
    house.fika("schedule", "check")


def _fails(
    house: Household,
    google: GoogleServer,
    graph: GraphServer,
    handed: Handed,
    ours: tuple[str, ...],
    theirs: tuple[str, ...],
) -> None:
    for fault in NONSENSE:
        handed.note()
        google.end_access()
        google.faults.add(fault, "token", times=4)
        house.fika("run")
        google.faults.clear()
        graph.faults.add(fault, "identity.token.*", times=2)
        house.fika(*theirs)
        graph.faults.clear()
    for fault in ("unauthorized", "forbidden", "quota", "backend", "half_json"):
        google.faults.add(fault, "calendar.*", times=6)
        house.fika("run")
        google.faults.clear()
    for room in (0, 300, 4_096):
        handed.note()
        google.end_access()
        house.fika("run", PROOF_ROOM=str(room))
        house.fika(*ours, PROOF_ROOM=str(room))
    words = " ".join(sorted(handed.secrets))[:100_000]
    for event in ("os.rename", "socket.connect", "os.mkdir"):
        google.end_access()
        for command in (("run",), ("accounts",), ours, theirs):
            house.fika(*command, PROOF_BREAKS=event, PROOF_WORDS=words)
    handed.note()
    google.revoke()
    assert house.fika("run").code == 3
    graph.identity.accounts["owner@example.com"].refusal = "mfa"
    assert house.fika(*theirs).code == 3


def _loses_its_key(house: Household) -> str:
    """The key, and a run with another one, and one with damaged tokens; all is put back."""
    file = house.home / "tokens.key"
    key = file.read_text().strip()
    file.write_text("another key of forty-three characters....\n")
    assert house.fika("accounts").code == 3
    file.write_text(f"{key}\n")
    for sealed in (house.home / "tokens").glob("*.sealed"):
        whole = sealed.read_bytes()
        sealed.write_bytes(whole[:-1])
        assert house.fika("accounts").code == 3
        sealed.write_bytes(whole)
    return key


def test_what_is_looked_for_would_be_found(house: Household) -> None:
    word = "1//refresh-token"
    packed = base64.b64encode(json.dumps({"token": word}).encode())

    assert _hits([word], {"log": packed}) == [(word, "log")]
