"""Real MSAL signs in at the fake of the identity platform."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import msal
import pytest
import requests

from tests.servers.certificates import tls_for
from tests.servers.graph.accounts import CLIENT, CONSUMERS, DIRECTORY, REFUSALS
from tests.servers.graph.browser import visit
from tests.servers.graph.server import OWNER, PERSONAL, GraphServer

HOST = "https://login.microsoftonline.com"
SCOPES = ["Calendars.Read", "People.Read"]
Msal = Callable[..., msal.PublicClientApplication]
Json: TypeAlias = Any  # what MSAL and requests say of their own types


class Rewriting:
    """MSAL's own hook for transports: what is meant for Microsoft goes to the server."""

    def __init__(self, there: str) -> None:
        self._there = there
        self._session = requests.Session()

    def get(self, url: str, **given: Json) -> requests.Response:
        return self._session.get(url.replace(HOST, self._there), timeout=10, **given)

    def post(self, url: str, **given: Json) -> requests.Response:
        return self._session.post(url.replace(HOST, self._there), timeout=10, **given)

    def close(self) -> None:
        self._session.close()


@pytest.fixture
def server() -> Iterator[GraphServer]:
    server = GraphServer()
    server.identity.device_interval_s = 1
    with server.running():
        yield server


@pytest.fixture
def signing(server: GraphServer) -> Iterator[Msal]:
    client = Rewriting(server.url)

    def application(tenant: str = "common", **given: Json) -> msal.PublicClientApplication:
        return msal.PublicClientApplication(
            given.pop("client_id", CLIENT),
            authority=f"{HOST}/{tenant}",
            http_client=client,
            **given,
        )

    yield application
    client.close()


def by_device(server: GraphServer, app: msal.PublicClientApplication, who: str = "") -> Json:
    flow = app.initiate_device_flow(SCOPES)
    server.identity.enter_code(flow["user_code"], who or OWNER.address)
    return app.acquire_token_by_device_flow(flow)


def test_a_device_code_waits_until_its_owner_has_typed_it_in(
    server: GraphServer, signing: Msal
) -> None:
    app = signing()
    flow = app.initiate_device_flow(SCOPES)

    waiting = app.acquire_token_by_device_flow(flow, exit_condition=lambda _: True)
    assert waiting["error"] == "authorization_pending"
    server.identity.enter_code(flow["user_code"])
    result = app.acquire_token_by_device_flow(flow)
    assert result["id_token_claims"]["preferred_username"] == OWNER.address
    assert set(result["scope"].split()) >= set(SCOPES)
    again = signing().acquire_token_by_device_flow(flow)
    assert again["error"] == "bad_verification_code"


def test_a_device_code_ends_by_the_clock_of_the_server(server: GraphServer, signing: Msal) -> None:
    app = signing()
    flow = app.initiate_device_flow(SCOPES)
    server.clock.forward(timedelta(minutes=16))

    assert app.acquire_token_by_device_flow(flow)["error"] == "expired_token"


def test_a_device_may_be_declined(server: GraphServer, signing: Msal) -> None:
    app = signing()
    flow = app.initiate_device_flow(SCOPES)
    server.identity.refuses = True
    server.identity.enter_code(flow["user_code"])

    assert app.acquire_token_by_device_flow(flow)["error"] == "authorization_declined"


def interactive(server: GraphServer, app: msal.PublicClientApplication, **given: Json) -> Json:
    """MSAL opens the browser; ours goes to the server instead of Microsoft."""
    visits: list[threading.Thread] = []

    def opened(url: str) -> bool:
        there = url.replace(HOST, server.url)
        visits.append(threading.Thread(target=visit, args=(there,)))
        visits[-1].start()
        return True

    with browser(opened):
        result = app.acquire_token_interactive(SCOPES, timeout=20, **given)
    for each in visits:
        each.join()
    return result


@contextmanager
def browser(opened: Callable[[str], bool]) -> Iterator[None]:
    import webbrowser

    class Ours(webbrowser.BaseBrowser):
        def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
            return opened(url)

    webbrowser.register("ours", None, Ours(), preferred=True)
    try:
        yield
    finally:
        webbrowser._tryorder.remove("ours")  # type: ignore[attr-defined]
        del webbrowser._browsers["ours"]  # type: ignore[attr-defined]


def test_a_browser_on_this_machine_brings_the_code_to_the_loopback(
    server: GraphServer, signing: Msal
) -> None:
    result = interactive(server, signing())

    assert result["id_token_claims"]["preferred_username"] == OWNER.address
    assert result["id_token_claims"]["tid"] == DIRECTORY


def test_who_says_no_in_the_browser_is_heard(server: GraphServer, signing: Msal) -> None:
    server.identity.refuses = True

    result = interactive(server, signing())
    assert result["error"] == "access_denied"
    assert "AADSTS65004" in result["error_description"]


def test_silence_uses_the_cache_and_then_the_refresh_token(
    server: GraphServer, signing: Msal
) -> None:
    app = signing()
    first = by_device(server, app)
    account = app.get_accounts()[0]
    before = server.count("identity.token.*")

    assert app.acquire_token_silent(SCOPES, account)["access_token"] == first["access_token"]
    assert server.count("identity.token.*") == before
    fresh = app.acquire_token_silent(SCOPES, account, force_refresh=True)
    assert fresh["access_token"] != first["access_token"]
    assert server.count("identity.token.refresh_token") == 1


def test_a_refresh_token_is_rotated_and_the_old_one_can_be_made_to_end_with_its_use(
    server: GraphServer, signing: Msal
) -> None:
    server.identity.tokens.used_is_revoked = True
    old = by_device(server, signing())["refresh_token"]
    app = signing()

    new = app.acquire_token_by_refresh_token(old, SCOPES)["refresh_token"]
    assert new != old
    spent = signing().acquire_token_by_refresh_token(old, SCOPES)
    assert spent["error"] == "invalid_grant"
    assert "AADSTS50173" in spent["error_description"]


def test_a_refresh_token_unused_for_ninety_days_has_expired(
    server: GraphServer, signing: Msal
) -> None:
    app = signing()
    by_device(server, app)
    server.clock.forward(timedelta(days=91))

    result = app.acquire_token_silent_with_error(SCOPES, app.get_accounts()[0], force_refresh=True)
    assert result["error"] == "invalid_grant"
    assert result["error_codes"] == [700082]


@pytest.mark.parametrize(
    "name", ["consent", "mfa", "challenge", "conditional_access", "expired", "wrong_account"]
)
def test_a_refusal_arrives_with_its_number_and_its_suberror(
    server: GraphServer, signing: Msal, name: str
) -> None:
    app = signing()
    by_device(server, app)
    server.identity.accounts[OWNER.address].refusal = name

    result = app.acquire_token_silent_with_error(SCOPES, app.get_accounts()[0], force_refresh=True)
    told = REFUSALS[name]
    assert (result["error"], result["error_codes"]) == (told.error, [told.code])
    assert result.get("suberror", "") == told.suberror


def test_more_permissions_than_were_granted_need_consent(
    server: GraphServer, signing: Msal
) -> None:
    app = signing()
    by_device(server, app)
    account = app.get_accounts()[0]

    result = app.acquire_token_silent_with_error(["Calendars.ReadWrite"], account)
    assert (result["error_codes"], result["suberror"]) == ([65001], "consent_required")


@pytest.mark.parametrize(
    ("tenant", "who", "code"),
    [
        ("common", PERSONAL.address, 0),
        ("consumers", PERSONAL.address, 0),
        (CONSUMERS, PERSONAL.address, 0),
        ("organizations", PERSONAL.address, 500200),
        ("consumers", OWNER.address, 50020),
        (DIRECTORY, OWNER.address, 0),
        (DIRECTORY, PERSONAL.address, 50020),
    ],
)
def test_each_tenant_takes_its_own_kind_of_account(
    server: GraphServer, signing: Msal, tenant: str, who: str, code: int
) -> None:
    result = by_device(server, signing(tenant), who)

    assert result.get("error_codes", [0]) == [code]


def test_an_unknown_application_is_refused(server: GraphServer, signing: Msal) -> None:
    flow = signing(client_id="00000000-0000-0000-0000-000000000000").initiate_device_flow(SCOPES)

    assert (flow["error"], flow["error_codes"]) == ("unauthorized_client", [700016])


def test_an_unknown_tenant_has_no_endpoints(signing: Msal) -> None:
    with pytest.raises(ValueError, match="tenant"):
        signing("nobody.example.net")


def test_the_platform_may_ask_for_patience(server: GraphServer, signing: Msal) -> None:
    app = signing()
    by_device(server, app)
    server.faults.add("throttled", "identity.token.*", value="7")

    result = app.acquire_token_silent_with_error(SCOPES, app.get_accounts()[0], force_refresh=True)
    assert result["error"] == "temporarily_unavailable"


def test_the_platform_may_be_down(server: GraphServer, signing: Msal) -> None:
    app = signing()
    by_device(server, app)
    server.faults.add("unavailable", "identity.token.*", value="7")

    with pytest.raises(msal.exceptions.MsalServiceError, match="503"):
        app.acquire_token_silent_with_error(SCOPES, app.get_accounts()[0], force_refresh=True)


def test_over_tls_no_transport_of_the_clients_own_is_needed(tmp_path: Path) -> None:
    tls = tls_for("localhost", folder=tmp_path)
    server = GraphServer(tls=tls.server)
    server.identity.device_interval_s = 1

    with server.running(), requests.Session() as session:
        session.verify = str(tls.authority)
        session.trust_env = False
        app = msal.PublicClientApplication(
            CLIENT,
            authority=f"{server.root}/common",
            instance_discovery=False,
            http_client=session,
        )
        assert "access_token" in by_device(server, app)


def asked(server: GraphServer, **given: str) -> tuple[int, Mapping[str, Any]]:
    query = {
        "client_id": CLIENT,
        "response_type": "code",
        "redirect_uri": "http://localhost:1",
        "scope": "openid Calendars.Read",
        "code_challenge": "x",
        "code_challenge_method": "S256",
        **given,
    }
    response = requests.get(
        f"{server.url}/common/oauth2/v2.0/authorize",
        params=query,
        allow_redirects=False,
        timeout=10,
    )
    return response.status_code, dict(response.headers)


def test_a_code_is_never_sent_to_an_address_that_was_not_registered(server: GraphServer) -> None:
    status, headers = asked(server, redirect_uri="http://evil.example.net/")

    assert status == 400
    assert "Location" not in headers


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"code_challenge_method": "plain"}, "AADSTS9002325"),
        ({"scope": "Calendars.Everything"}, "AADSTS70011"),
        ({"response_type": "token"}, "AADSTS9002313"),
    ],
)
def test_what_is_asked_wrongly_comes_back_as_an_error(
    server: GraphServer, given: dict[str, str], said: str
) -> None:
    status, headers = asked(server, **given)

    assert status == 302
    assert said in headers["Location"]


def test_a_code_with_the_wrong_verifier_is_worth_nothing(server: GraphServer) -> None:
    _, headers = asked(server)
    code = headers["Location"].partition("code=")[2].partition("&")[0]

    answer = requests.post(
        f"{server.url}/common/oauth2/v2.0/token",
        {
            "client_id": CLIENT,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": "http://localhost:1",
            "code_verifier": "another",
        },
        timeout=10,
    )
    assert answer.json()["error_codes"] == [501481]
