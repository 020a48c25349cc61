from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.accounts.standing import State, standings
from agent.config.load import parse
from agent.settings import AccountSettings, Settings
from connectors.errors import NeedsLogin
from connectors.google.account import GoogleAccount
from connectors.google.grant import EVENTS_OWNED, Grant, OAuthClient, scopes_for, written
from connectors.tokens import Job
from tests.connectors.token_store import MemoryStore

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CONFIG = """
[owner]
name = "O"
addresses = ["o@example.com"]
zone = "UTC"
[[account]]
name = "work"
service = "google"
client_from = { file = "client.json" }
[[calendar]]
name = "mine"
account = "work"
id = "o@example.com"
[write]
calendar = "mine"
"""
READS = scopes_for(frozenset((Job.READ,)))
GRANT = Grant("id", "1//x", "ya29.x", NOW, READS, READS, (NOW - timedelta(days=30), NOW))
CLIENT = OAuthClient("id", "secret", "", "", "")


class Unreadable(MemoryStore):
    def load(self) -> str:
        raise NeedsLogin("work", "the key ring did not answer", "unlock it")


def configured(further: str = "") -> Settings:
    return parse(CONFIG + further, Path("/somewhere/config.toml"))


def standing(store: MemoryStore, settings: Settings) -> tuple[State, tuple[str, ...], str, str]:
    def sign_in_of(account: AccountSettings) -> GoogleAccount:
        return GoogleAccount(account.name, lambda: CLIENT, store, lambda: NOW)

    found = next(standings(settings, sign_in_of))
    return found.state, found.wanting, found.cause or found.warning, found.remedy


def kept(grant: Grant) -> MemoryStore:
    store = MemoryStore()
    store.save(written(grant))
    return store


def test_what_is_written_to_must_have_been_granted() -> None:
    may_write = replace(GRANT, scopes=(*READS, EVENTS_OWNED))

    assert standing(kept(may_write), configured()) == (State.SIGNED_IN, (), "", "")
    state, wanting, _, remedy = standing(kept(GRANT), configured())
    assert state is State.SIGNED_IN
    assert wanting == ("its calendar is written to, which was not granted",)
    assert remedy == "fika connect google work --write"


@pytest.mark.parametrize(
    ("store", "state", "cause", "remedy"),
    [
        (MemoryStore(), State.NEVER, "nobody has signed in yet", "fika connect google work"),
        (
            kept(replace(GRANT, refused=NOW + timedelta(days=40))),
            State.REFUSED,
            "the sign-in of 2026-03-02 was ended by google",
            "fika connect google work",
        ),
        (Unreadable(), State.UNREADABLE, "the key ring did not answer", "unlock it"),
    ],
)
def test_what_cannot_be_used_says_why_and_what_to_do(
    store: MemoryStore, state: State, cause: str, remedy: str
) -> None:
    assert standing(store, configured()) == (state, (), cause, remedy)


def test_an_end_that_is_known_beforehand_is_told_while_all_is_well() -> None:
    ends = replace(GRANT, scopes=(*READS, EVENTS_OWNED), ends=NOW + timedelta(days=7))

    state, _, warning, _ = standing(kept(ends), configured())

    assert state is State.SIGNED_IN
    assert "Google ends this sign-in on 2026-03-09" in warning


def test_a_password_is_nothing_to_sign_in_to() -> None:
    dav = """
[[account]]
name = "home"
service = "caldav"
url = "https://dav.example.com/"
user = "o"
password_from = { env = "DAV" }
"""
    settings = configured(dav)

    def none(account: AccountSettings) -> GoogleAccount:
        return GoogleAccount(account.name, lambda: CLIENT, MemoryStore(), lambda: NOW)

    assert [each.state for each in standings(settings, none)] == [State.NEVER, State.PASSWORD]
