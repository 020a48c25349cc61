"""The fake of Google's sign-in: what it asks for, and how its tokens die."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.servers.common import Clock
from tests.servers.google import GoogleServer
from tests.servers.google.discovery import SCOPE
from tests.servers.google.server import CLIENT_ID, CLIENT_SECRET

VERIFIER = "a verifier that nobody can guess, with enough characters"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().strip("=")
REDIRECT = "http://127.0.0.1:8765/"
READ, WRITE = f"{SCOPE}calendar.events.readonly", f"{SCOPE}calendar.events.owned"
CLIENT = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


@pytest.fixture
def server() -> Iterator[GoogleServer]:
    made = GoogleServer(clock=Clock(datetime(2026, 11, 22, 9, tzinfo=UTC)))
    with made.running():
        yield made


def consent(server: GoogleServer, **other: str) -> dict[str, list[str]]:
    """What the browser brings back to the application."""
    asked = {
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": f"{READ} {WRITE}",
        "state": "s1",
        "access_type": "offline",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **other,
    }
    answer = httpx.get(f"{server.url}/o/oauth2/v2/auth", params=asked)
    assert answer.status_code == 302, answer.text
    return parse_qs(urlsplit(answer.headers["location"]).query)


def token(server: GoogleServer, **fields: str) -> httpx.Response:
    return httpx.post(f"{server.url}/token", data=CLIENT | fields)


def exchanged(server: GoogleServer, code: str, verifier: str = VERIFIER) -> httpx.Response:
    return token(
        server,
        grant_type="authorization_code",
        code=code,
        redirect_uri=REDIRECT,
        code_verifier=verifier,
    )


def refreshed(server: GoogleServer, refresh_token: str) -> httpx.Response:
    return token(server, grant_type="refresh_token", refresh_token=refresh_token)


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def test_a_code_is_good_once_and_for_whoever_asked_for_it(server: GoogleServer) -> None:
    stolen = exchanged(server, consent(server)["code"][0], "another verifier")
    code = consent(server)["code"][0]
    first, second = exchanged(server, code), exchanged(server, code)

    assert error(stolen) == (400, "invalid_grant")
    assert first.json()["scope"].split() == [WRITE, READ]
    assert first.json()["refresh_token"]
    assert error(second) == (400, "invalid_grant")


def test_a_person_may_say_no_or_leave_a_scope_unticked(server: GoogleServer) -> None:
    server.world.consent.unticked = frozenset((WRITE,))
    some = consent(server)
    server.world.consent.denies = True
    none = consent(server)

    assert some["scope"] == [READ]
    assert exchanged(server, some["code"][0]).json()["scope"] == READ
    assert none == {"error": ["access_denied"], "state": ["s1"]}


def test_a_second_consent_gives_no_refresh_token_unless_it_is_asked_for(
    server: GoogleServer,
) -> None:
    answers = [
        exchanged(server, consent(server, **other)["code"][0]).json()
        for other in ({}, {}, {"prompt": "consent"})
    ]

    assert ["refresh_token" in each for each in answers] == [True, False, True]


def test_the_consent_page_sends_nobody_to_another_machine(server: GoogleServer) -> None:
    with pytest.raises(AssertionError, match="redirect_uri_mismatch"):
        consent(server, redirect_uri="http://thief.example.com/")
    with pytest.raises(AssertionError, match="invalid_client"):
        consent(server, client_id="another")


def test_a_refresh_token_that_was_replaced_is_dead(server: GoogleServer) -> None:
    server.world.rotates = True
    first = json.loads(server.credentials_json())["refresh_token"]
    second = refreshed(server, first).json()["refresh_token"]

    assert error(refreshed(server, first)) == (400, "invalid_grant")
    assert refreshed(server, second).status_code == 200


@pytest.mark.parametrize(("testing", "status"), [(True, 400), (False, 200)])
def test_in_testing_a_sign_in_dies_after_seven_days(
    server: GoogleServer, testing: bool, status: int
) -> None:
    server.world.testing = testing
    kept = json.loads(server.credentials_json())["refresh_token"]
    server.world.clock.forward(timedelta(days=7))
    assert refreshed(server, kept).status_code == 200

    server.world.clock.forward(timedelta(seconds=1))
    assert refreshed(server, kept).status_code == status


def test_what_is_revoked_is_revoked_for_good(server: GoogleServer) -> None:
    kept = json.loads(server.credentials_json())
    done = httpx.post(f"{server.url}/revoke", data={"token": kept["refresh_token"]})
    names = f"{server.url}/calendar/v3/users/me/calendarList"
    asked = httpx.get(names, headers={"Authorization": f"Bearer {kept['token']}"})

    assert done.status_code == 200
    assert error(refreshed(server, kept["refresh_token"])) == (400, "invalid_grant")
    assert asked.status_code == 401


def test_another_client_or_secret_is_not_known(server: GoogleServer) -> None:
    kept = json.loads(server.credentials_json())["refresh_token"]

    for wrong in ({"client_id": "another"}, {"client_secret": "guessed"}):
        answer = token(server, grant_type="refresh_token", refresh_token=kept, **wrong)
        assert error(answer) == (401, "invalid_client")


def test_a_service_account_acts_only_for_members_and_in_allowed_scopes(
    server: GoogleServer,
) -> None:
    from google.auth.exceptions import RefreshError
    from google.auth.transport.requests import Request
    from google.oauth2.service_account import Credentials

    server.world.clock = Clock()  # an assertion is dated by the library, which asks the machine
    key = json.loads(server.service_account_json((READ,)))
    robot = Credentials.from_service_account_info(key, scopes=[READ])
    member = robot.with_subject(server.owner)
    member.refresh(Request())

    assert server.state.access[member.token].user == server.owner
    for wrong, said in (
        (member.with_scopes([WRITE]), "unauthorized_client"),
        (robot.with_subject("nobody@example.com"), "invalid_grant"),
    ):
        with pytest.raises(RefreshError) as caught:
            wrong.refresh(Request())
        assert caught.value.args[1]["error"] == said
