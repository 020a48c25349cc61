"""Real MSAL against the test server's identity platform."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.errors import ConnectorError, NeedsLogin, NotAllowed, TemporarilyUnavailable
from connectors.outlook.grant import Grant, read, scopes_for, sign_in_of
from connectors.outlook.identity import Registration
from connectors.outlook.login import Login
from connectors.outlook.signin import keep, with_browser, with_code
from connectors.tokens import Job, Show, Visit
from tests.connectors.token_store import MemoryStore
from tests.servers.graph import browser
from tests.servers.graph.accounts import CLIENT, App
from tests.servers.graph.server import GraphServer

READ = frozenset((Job.READ,))
ALL = frozenset(Job)
SHORTLY = timedelta(seconds=5)


@pytest.fixture
def server() -> Iterator[GraphServer]:
    made = GraphServer()
    made.identity.device_interval_s = 1
    with made.running():
        yield made


@pytest.fixture
def ours(server: GraphServer) -> Registration:
    return Registration("work", CLIENT, sign_in_url=server.root)


def visit(url: str, port: int) -> None:
    browser.visit(url)


def by_browser(
    server: GraphServer, ours: Registration, jobs: frozenset[Job] = READ, visit: Visit = visit
) -> Grant:
    return with_browser(ours, jobs, visit, server.clock.now, patience=SHORTLY)


def by_code(server: GraphServer, ours: Registration, show: Show | None = None) -> Grant:
    def typed(page: str, code: str) -> None:
        assert page.endswith("/devicelogin")
        server.identity.enter_code(code)

    return with_code(ours, READ, show or typed, server.clock.now, patience=SHORTLY)


def kept(server: GraphServer, ours: Registration, jobs: frozenset[Job] = READ) -> MemoryStore:
    store = MemoryStore()
    keep("work", store, by_browser(server, ours, jobs))
    return store


def grant_in(store: MemoryStore) -> Grant:
    found = read("work", store.text)
    assert found is not None
    return found


def bearer(login: Login, *, refused: bool = False) -> str:
    return login(refused)["Authorization"].removeprefix("Bearer ")


@pytest.mark.parametrize("way", [by_browser, by_code])
def test_both_ways_give_a_token_that_lasts(
    way: object, server: GraphServer, ours: Registration
) -> None:
    assert callable(way)
    store = MemoryStore()

    keep("work", store, way(server, ours))
    login = Login(ours, store, server.clock.now)

    assert bearer(login) in server.identity.tokens.access
    assert grant_in(store).user == "owner@example.com"
    assert len(server.identity.tokens.refresh) == 1


@pytest.mark.parametrize("jobs", [READ, READ | {Job.WRITE}, READ | {Job.CONTACTS}, ALL])
def test_each_job_is_asked_for_when_it_is_wanted_and_no_earlier(
    jobs: frozenset[Job], server: GraphServer, ours: Registration
) -> None:
    grant = by_browser(server, ours, jobs)

    consented = server.identity.accounts["owner@example.com"].consented[CLIENT]
    assert consented == set(scopes_for(jobs))
    assert grant.jobs == jobs
    assert ("Calendars.Read" in consented) == (Job.WRITE not in jobs)


@pytest.mark.parametrize(
    ("tenant", "address", "is_let_in"),
    [
        ("common", "owner@example.com", True),
        ("common", "olga@example.org", True),
        ("organizations", "owner@example.com", True),
        ("organizations", "olga@example.org", False),
        ("consumers", "olga@example.org", True),
        ("consumers", "owner@example.com", False),
    ],
)
def test_a_tenant_lets_its_kind_of_account_in(
    tenant: str, address: str, is_let_in: bool, server: GraphServer, ours: Registration
) -> None:
    server.identity.browser = address
    there = replace(ours, tenant=tenant)

    if is_let_in:
        store = MemoryStore()
        keep("work", store, by_browser(server, there))
        assert bearer(Login(there, store, server.clock.now))
    else:
        with pytest.raises(NotAllowed, match="kind of account") as raised:
            by_browser(server, there)
        assert "consumers" in raised.value.remedy


def test_one_tenant_is_named_by_its_id(server: GraphServer, ours: Registration) -> None:
    directory = server.identity.accounts["owner@example.com"].tenant

    assert by_browser(server, replace(ours, tenant=directory)).user == "owner@example.com"


@pytest.mark.parametrize(
    ("tenant", "words"),
    [("nowhere.example.com", "no such tenant"), ("../evil", "is no tenant"), ("", "is no tenant")],
)
def test_a_tenant_that_is_none_is_named(
    tenant: str, words: str, server: GraphServer, ours: Registration
) -> None:
    with pytest.raises(NotAllowed, match=words) as raised:
        by_browser(server, replace(ours, tenant=tenant))
    assert raised.value.remedy


@pytest.mark.parametrize(
    ("refusal", "kind", "words", "remedy"),
    [
        ("consent", NeedsLogin, "permissions", "fika connect outlook work"),
        ("admin_consent", NotAllowed, "administrator", "docs/outlook.md"),
        ("mfa", NeedsLogin, "MFA", "fika connect outlook work"),
        ("challenge", NeedsLogin, "MFA", "fika connect outlook work"),
        ("conditional_access", NotAllowed, "Conditional Access", "device it trusts"),
        ("expired", NeedsLogin, "90 days", "fika connect outlook work"),
        ("revoked", NeedsLogin, "password changed", "fika connect outlook work"),
        ("frequency", NeedsLogin, "has ended", "fika connect outlook work"),
        ("disabled", NotAllowed, "locked or disabled", "administrator"),
        ("wrong_account", NotAllowed, "kind of account", "tenant"),
        ("personal", NotAllowed, "kind of account", "tenant"),
    ],
)
def test_every_refusal_of_a_renewal_is_one_line_with_its_remedy_and_one_request(
    refusal: str,
    kind: type[ConnectorError],
    words: str,
    remedy: str,
    server: GraphServer,
    ours: Registration,
) -> None:
    server.identity.tokens.access_lasts = timedelta(seconds=60)  # too short to be used again
    store = kept(server, ours)
    before = grant_in(store)
    server.identity.accounts["owner@example.com"].refusal = refusal
    asked = server.count("identity.token.*")

    with pytest.raises(kind, match=words) as raised:
        bearer(Login(ours, store, server.clock.now))
    assert remedy in raised.value.remedy
    assert "AADSTS" in raised.value.cause
    assert "example.com" not in raised.value.cause
    assert server.count("identity.token.*") == asked + 1
    assert grant_in(store).cache == before.cache
    assert (grant_in(store).refused is not None) == (kind is NeedsLogin)
    server.identity.accounts["owner@example.com"].refusal = ""
    assert bearer(Login(ours, store, server.clock.now))
    assert grant_in(store).refused is None


@pytest.mark.parametrize(
    ("app", "words", "remedy"),
    [
        (App("another"), "knows no application", "step 2"),
        (App(public_client=False), "public client", "step 3"),
        (App(audience="nobody"), "knows no application", "step 2"),
    ],
)
def test_what_is_wrong_with_the_registration_is_named_with_its_step(
    app: App, words: str, remedy: str
) -> None:
    server = GraphServer(apps=[app])
    with server.running():
        ours = Registration("work", CLIENT, sign_in_url=server.root)

        with pytest.raises(NotAllowed, match=words) as raised:
            by_code(server, ours)
    assert remedy in raised.value.remedy


def test_no_is_one_line_in_a_browser(server: GraphServer, ours: Registration) -> None:
    server.identity.refuses = True

    with pytest.raises(NeedsLogin, match="declined"):
        by_browser(server, ours)


def test_no_is_one_line_with_a_code(server: GraphServer, ours: Registration) -> None:
    server.identity.refuses = True

    with pytest.raises(NeedsLogin, match="declined"):
        by_code(server, ours)


def test_what_only_an_administrator_may_grant_is_told(
    server: GraphServer, ours: Registration
) -> None:
    server.identity.accounts["owner@example.com"].admin_only = frozenset(("Calendars.Read",))

    with pytest.raises(NotAllowed, match="administrator"):
        by_browser(server, ours)


def test_a_code_that_nobody_types_is_not_waited_for_for_ever(
    server: GraphServer, ours: Registration
) -> None:
    with pytest.raises(NeedsLogin, match="not typed in time"):
        with_code(ours, READ, lambda *_: None, server.clock.now, patience=timedelta(seconds=1))


def test_a_code_typed_too_late_is_told(server: GraphServer, ours: Registration) -> None:
    def late(page: str, code: str) -> None:
        server.clock.forward(timedelta(minutes=20))

    with pytest.raises(NeedsLogin, match="not typed in time"):
        by_code(server, ours, late)


def test_nobody_is_waited_for_for_ever_in_a_browser(
    server: GraphServer, ours: Registration
) -> None:
    with pytest.raises(NeedsLogin, match="no answer came back"):
        with_browser(ours, READ, lambda *_: None, server.clock.now, patience=timedelta(seconds=0.1))


def test_a_good_token_is_not_asked_for_again(server: GraphServer, ours: Registration) -> None:
    store = kept(server, ours)
    asked = server.count("identity.token.*")
    login = Login(ours, store, server.clock.now)

    assert bearer(login) == bearer(login) == bearer(Login(ours, store, server.clock.now))
    assert server.count("identity.token.*") == asked
    assert server.count("identity.instance") == 0


def test_a_refused_token_is_replaced_once_for_all(server: GraphServer, ours: Registration) -> None:
    store = kept(server, ours)
    one, other = (Login(ours, store, server.clock.now) for _ in range(2))
    old = bearer(one)
    assert bearer(other) == old
    asked = server.count("identity.token.*")

    new = bearer(one, refused=True)

    assert new != old
    assert bearer(other, refused=True) == new
    assert server.count("identity.token.*") == asked + 1


def test_rotated_tokens_are_kept_before_they_are_used(
    server: GraphServer, ours: Registration
) -> None:
    server.identity.tokens.used_is_revoked = True
    server.identity.tokens.access_lasts = timedelta(seconds=60)
    store = kept(server, ours)

    tokens = {bearer(Login(ours, store, server.clock.now)) for _ in range(4)}

    assert len(tokens) == 4
    (living,) = server.identity.tokens.refresh
    assert living in grant_in(store).cache


def test_a_token_that_cannot_be_kept_is_not_used(server: GraphServer, ours: Registration) -> None:
    server.identity.tokens.access_lasts = timedelta(seconds=60)
    store = kept(server, ours)
    store.broken = True

    with pytest.raises(TemporarilyUnavailable, match="disk is full"):
        bearer(Login(ours, store, server.clock.now))


def test_two_that_renew_at_once_ask_once(server: GraphServer, ours: Registration) -> None:
    server.identity.tokens.used_is_revoked = True
    store = kept(server, ours)
    logins = [Login(ours, store, server.clock.now) for _ in range(4)]
    for each in logins:
        bearer(each)
    asked = server.count("identity.token.*")
    given: list[str] = []
    threads = [
        threading.Thread(target=lambda each=each: given.append(bearer(each, refused=True)))
        for each in logins
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(given) == 4
    assert len(set(given)) == 1
    assert server.count("identity.token.*") == asked + 1


@pytest.mark.parametrize(
    ("fault", "value"),
    [
        ("drop", ""),
        ("half_head", ""),
        ("truncated", ""),
        ("html", ""),
        ("html", "403"),
        ("login_page", ""),
        ("half_json", ""),
        ("empty", ""),
        ("null", ""),
        ("list", ""),
        ("deep", ""),
        ("not_utf8", ""),
        ("throttled", "30"),
        ("unavailable", ""),
    ],
)
@pytest.mark.parametrize("operation", ["identity.discovery", "identity.token.*"])
def test_what_passes_by_itself_loses_nothing(
    fault: str, value: str, operation: str, server: GraphServer, ours: Registration
) -> None:
    server.identity.tokens.access_lasts = timedelta(seconds=60)
    store = kept(server, ours)
    before = store.text
    server.faults.add(fault, operation, times=9, value=value)

    with pytest.raises(TemporarilyUnavailable, match=r"out of order|cannot be reached"):
        bearer(Login(ours, store, server.clock.now))
    assert store.text == before
    server.faults.clear()
    assert bearer(Login(ours, store, server.clock.now))


def test_a_server_that_is_down_is_one_line(server: GraphServer) -> None:
    nowhere = Registration("work", CLIENT, sign_in_url="http://127.0.0.1:9")

    with pytest.raises(TemporarilyUnavailable, match="cannot be reached"):
        by_browser(server, nowhere)


def test_a_login_in_the_clear_is_refused(server: GraphServer) -> None:
    with pytest.raises(NotAllowed, match="not encrypted"):
        by_browser(server, Registration("work", CLIENT, sign_in_url="http://login.example.com"))


def test_another_registration_than_the_one_signed_in_with_is_noticed(
    server: GraphServer, ours: Registration
) -> None:
    store = kept(server, ours)

    with pytest.raises(NeedsLogin, match="another client_id"):
        bearer(Login(replace(ours, client_id="another"), store, server.clock.now))


def test_before_anyone_signed_in_that_is_said(server: GraphServer, ours: Registration) -> None:
    with pytest.raises(NeedsLogin, match="nobody has signed in yet"):
        bearer(Login(ours, MemoryStore(), server.clock.now))


def test_what_is_kept_of_another_service_is_no_sign_in_of_microsoft() -> None:
    with pytest.raises(NeedsLogin, match="not Microsoft's"):
        sign_in_of("work", '{"refresh_token": "1//x"}')


def test_what_is_known_of_a_sign_in_is_known_without_asking(
    server: GraphServer, ours: Registration
) -> None:
    store = kept(server, ours, ALL)
    keep("work", store, by_browser(server, ours, ALL))

    sign_in = sign_in_of("work", store.text)

    assert sign_in is not None
    assert sign_in.user == "owner@example.com"
    assert sign_in.jobs == ALL
    assert sign_in.lacking == ()
    assert len(sign_in.earlier) == 1
    assert sign_in.earlier[0] < sign_in.since


def test_nothing_secret_is_logged_or_shown(
    server: GraphServer, ours: Registration, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.identity.tokens.access_lasts = timedelta(seconds=60)
    store = kept(server, ours)
    by_code(server, ours)
    bearer(Login(ours, store, server.clock.now))
    server.faults.add("html", "identity.token.*", value="200")
    with pytest.raises(TemporarilyUnavailable):
        bearer(Login(ours, store, server.clock.now))
    server.identity.revoke("owner@example.com")
    with pytest.raises(NeedsLogin):
        bearer(Login(ours, store, server.clock.now))

    shown = caplog.text + repr(grant_in(store))
    tokens = server.identity.tokens
    secret = [*tokens.access, *tokens.refresh, *tokens.spent]
    assert len(secret) >= 3
    assert [each for each in secret if each in shown] == []
    assert "AADSTS" not in shown


def test_an_end_that_cannot_be_noted_is_told_all_the_same(
    server: GraphServer, ours: Registration
) -> None:
    server.identity.tokens.access_lasts = timedelta(seconds=60)
    store = kept(server, ours)
    server.identity.revoke("owner@example.com")
    store.broken = True

    with pytest.raises(NeedsLogin, match="ended"):
        bearer(Login(ours, store, server.clock.now))
