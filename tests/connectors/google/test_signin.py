"""Real google-auth and google-auth-oauthlib against the test server's consent page and tokens."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from connectors.errors import ConnectorError, NeedsLogin, NotAllowed, TemporarilyUnavailable
from connectors.google.credentials import credentials
from connectors.google.grant import (
    CONTACTS_READ,
    EVENTS_OWNED,
    EVENTS_READ,
    FREE_BUSY,
    Grant,
    OAuthClient,
    ServiceAccount,
    client,
    is_in_testing,
    read,
    scopes_for,
    sign_in_of,
)
from connectors.google.signin import brought, consent, delegated, keep, revoke
from connectors.tokens import Job, SignIn, Visit
from tests.connectors.token_store import MemoryStore
from tests.servers.common import Clock
from tests.servers.google import GoogleServer

READ = frozenset((Job.READ,))
ALL = frozenset(Job)
MOMENT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def grant_in(store: MemoryStore) -> Grant:
    found = read("work", store.text)
    assert found is not None
    return found


@pytest.fixture
def server() -> Iterator[GoogleServer]:
    made = GoogleServer(clock=Clock())
    with made.running():
        yield made


@pytest.fixture
def ours(server: GoogleServer) -> OAuthClient:
    made = client("work", server.client_json(), server.url)
    assert isinstance(made, OAuthClient)
    return made


def browse(url: str, port: int) -> None:
    """A browser with somebody who answers the consent page as the server was told."""
    httpx.get(url, follow_redirects=True, timeout=10).raise_for_status()


def signed_in(
    server: GoogleServer, ours: OAuthClient, jobs: frozenset[Job] = READ, visit: Visit = browse
) -> Grant:
    return consent("work", ours, jobs, visit, server.world.clock.now, patience=timedelta(seconds=5))


def kept(server: GoogleServer, ours: OAuthClient, jobs: frozenset[Job] = READ) -> MemoryStore:
    store = MemoryStore()
    keep("work", store, signed_in(server, ours, jobs))
    return store


def token(server: GoogleServer, ours: OAuthClient, store: MemoryStore) -> str:
    """The access token that the client library would send next."""
    made = credentials("work", ours, store, server.world.clock.now)
    made.refresh(None)
    return str(made.token)


def asked(server: GoogleServer, operation: str) -> list[dict[str, list[str]]]:
    """The fields of every request of this kind."""
    return [
        parse_qs(urlsplit(each.request.target).query or each.request.body.decode())
        for each in server.requests
        if each.operation == operation
    ]


def test_consent_uses_pkce_and_asks_for_a_token_that_lasts(
    server: GoogleServer, ours: OAuthClient
) -> None:
    grant = signed_in(server, ours)

    (page,), (exchange,) = asked(server, "auth"), asked(server, "token")
    assert page["code_challenge_method"] == ["S256"]
    assert page["access_type"] == ["offline"]
    assert page["prompt"] == ["consent"]
    assert page["redirect_uri"][0].startswith("http://127.0.0.1:")
    assert len(exchange["code_verifier"][0]) >= 43
    assert grant.refresh_token in server.state.grants
    assert grant.token in server.state.access


@pytest.mark.parametrize("jobs", [READ, READ | {Job.WRITE}, READ | {Job.CONTACTS}, ALL])
def test_each_job_is_asked_for_when_it_is_wanted_and_no_earlier(
    jobs: frozenset[Job], server: GoogleServer, ours: OAuthClient
) -> None:
    grant = signed_in(server, ours, jobs)

    assert set(asked(server, "auth")[0]["scope"][0].split()) == set(scopes_for(jobs))
    assert set(grant.scopes) == set(scopes_for(jobs))
    assert grant.jobs == jobs
    assert not any(scope.endswith("/auth/calendar") for scope in grant.scopes)


def test_the_client_library_reads_with_it(server: GoogleServer, ours: OAuthClient) -> None:
    from googleapiclient.discovery import build

    store = kept(server, ours)
    signer = credentials("work", ours, store, server.world.clock.now)
    with build(
        "calendar",
        "v3",
        credentials=signer,
        client_options={"api_endpoint": f"{server.url}/calendar/v3/"},
    ) as service:
        first = service.calendarList().list().execute()
        server.end_access()
        again = service.calendarList().list().execute()

    assert first["items"][0]["id"] == again["items"][0]["id"] == server.owner
    assert server.count("token") == 2  # the consent, and one renewal after the refusal


def test_what_was_not_ticked_is_noticed_and_told(server: GoogleServer, ours: OAuthClient) -> None:
    server.world.consent.unticked = frozenset((FREE_BUSY, EVENTS_OWNED))

    store = kept(server, ours, ALL)
    sign_in = sign_in_of("work", store.text)

    assert sign_in is not None
    assert sign_in.jobs == {Job.READ, Job.CONTACTS}
    assert sign_in.lacking == (
        "when other people are free stays unknown",
        "nothing can be written: no planning slots, no invitations",
    )
    assert "contacts.readonly" in sign_in.permissions


def test_a_consent_that_is_worth_nothing_does_not_replace_one_that_is(
    server: GoogleServer, ours: OAuthClient
) -> None:
    store = kept(server, ours)
    before = store.text
    server.world.consent.unticked = frozenset((EVENTS_READ,))

    with pytest.raises(NotAllowed, match="events cannot be read") as raised:
        signed_in(server, ours)
    assert "tick every box" in raised.value.remedy
    assert store.text == before


def test_no_is_one_line(server: GoogleServer, ours: OAuthClient) -> None:
    server.world.consent.denies = True

    with pytest.raises(NeedsLogin, match="declined in the browser"):
        signed_in(server, ours)
    assert server.count("token") == 0


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("admin_policy_enforced", NotAllowed, "administrator"),
        ("org_internal", NotAllowed, "only for members"),
        ("invalid_scope", NotAllowed, "invalid_scope"),
        ("\x1b[2Jbad", NotAllowed, r"refuses the sign-in \(\^\[\[2Jbad\)"),
    ],
)
def test_every_refusal_of_the_page_has_its_remedy(
    code: str, kind: type[ConnectorError], words: str, server: GoogleServer, ours: OAuthClient
) -> None:
    def visit(url: str, port: int) -> None:
        state = parse_qs(urlsplit(url).query)["state"][0]
        fields = urlencode({"error": code, "state": state})
        browse(f"http://127.0.0.1:{port}/?{fields}", port)

    with pytest.raises(kind, match=words) as raised:
        signed_in(server, ours, visit=visit)
    assert raised.value.remedy


def test_only_the_answer_to_our_own_question_is_taken(
    server: GoogleServer, ours: OAuthClient
) -> None:
    seen: list[int] = []

    def visit(url: str, port: int) -> None:
        """What browsers and strangers send first, and then the answer."""
        here = f"http://127.0.0.1:{port}"
        others = ("/favicon.ico", "/", "/?code=stolen", "/?code=stolen&state=guessed", "/x?")
        seen.extend(httpx.get(here + other).status_code for other in others)
        with socket.create_connection(("127.0.0.1", port)):  # opened ahead, never used
            browse(url, port)

    grant = signed_in(server, ours, visit=visit)

    assert seen == [404, 400, 400, 400, 404]
    assert grant.refresh_token
    assert [each["code"][0].startswith("4/") for each in asked(server, "token")] == [True]


def test_nobody_is_waited_for_for_ever(server: GoogleServer, ours: OAuthClient) -> None:
    with pytest.raises(NeedsLogin, match="no answer came back"):
        consent(
            "work",
            ours,
            READ,
            lambda *_: None,
            server.world.clock.now,
            patience=timedelta(seconds=0.1),
        )


def test_a_port_that_is_taken_is_named(server: GoogleServer, ours: OAuthClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])

        with pytest.raises(NotAllowed, match=f"port {port}"):
            consent("work", ours, READ, browse, server.world.clock.now, port=port)


def test_a_fixed_port_is_the_one_the_browser_is_sent_back_to(
    server: GoogleServer, ours: OAuthClient
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])

    consent("work", ours, READ, browse, server.world.clock.now, port=port)

    assert asked(server, "auth")[0]["redirect_uri"] == [f"http://127.0.0.1:{port}/"]


def test_signing_in_again_remembers_when_it_was_before(
    server: GoogleServer, ours: OAuthClient
) -> None:
    store = kept(server, ours)
    for _ in range(6):
        server.world.clock.forward(timedelta(days=7))
        keep("work", store, signed_in(server, ours))

    sign_in = sign_in_of("work", store.text)
    assert sign_in is not None
    assert len(sign_in.earlier) == 4
    assert abs(sign_in.since - server.world.clock.now()) < timedelta(minutes=1)
    assert is_in_testing(sign_in)


def test_a_good_token_is_used_by_every_process_without_asking(
    server: GoogleServer, ours: OAuthClient
) -> None:
    store = kept(server, ours)
    asked_once = server.count("token")

    assert token(server, ours, store) == token(server, ours, store) == grant_in(store).token
    assert server.count("token") == asked_once


def test_a_rotated_token_is_kept_before_the_new_one_is_used(
    server: GoogleServer, ours: OAuthClient
) -> None:
    server.world.rotates = True
    store = kept(server, ours)
    first = grant_in(store)
    server.world.clock.forward(timedelta(hours=2))

    given = token(server, ours, store)

    assert grant_in(store).refresh_token != first.refresh_token
    assert grant_in(store).token == given
    assert server.state.grants[first.refresh_token].died == "rotated"
    server.world.clock.forward(timedelta(hours=2))
    assert token(server, ours, store) != given


def test_a_token_that_cannot_be_kept_is_not_used(server: GoogleServer, ours: OAuthClient) -> None:
    store = kept(server, ours)
    before = store.text
    server.world.clock.forward(timedelta(hours=2))
    store.broken = True

    with pytest.raises(TemporarilyUnavailable, match="disk is full"):
        token(server, ours, store)
    assert store.text == before


def test_two_that_renew_at_once_ask_once(server: GoogleServer, ours: OAuthClient) -> None:
    server.world.rotates = True
    store = kept(server, ours)
    server.world.clock.forward(timedelta(hours=2))
    server.slow_s = 0.2
    given: list[str] = []
    threads = [
        threading.Thread(target=lambda: given.append(token(server, ours, store))) for _ in range(4)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert len(given) == 4
    assert len(set(given)) == 1
    assert server.count("token") == 2


def test_a_sign_in_that_google_ended_is_one_line_and_one_request(
    server: GoogleServer, ours: OAuthClient
) -> None:
    store = kept(server, ours)
    server.revoke()
    server.world.clock.forward(timedelta(hours=3))
    before = server.count("token")

    with pytest.raises(NeedsLogin, match="no longer accepts the sign-in of") as raised:
        token(server, ours, store)
    assert raised.value.remedy == "sign in: fika connect google work"
    assert server.count("token") == before + 1
    assert grant_in(store).refresh_token in server.state.grants
    assert grant_in(store).refused is not None


@pytest.mark.parametrize(
    ("days", "is_testing"), [(7.01, True), (8, True), (9.5, False), (30, False)]
)
def test_the_testing_trap_is_named_when_the_sign_in_dies_of_it(
    days: float, is_testing: bool, server: GoogleServer, ours: OAuthClient
) -> None:
    store = kept(server, ours)
    server.world.testing = True
    server.world.clock.forward(timedelta(days=days))

    with pytest.raises(NeedsLogin) as raised:
        token(server, ours, store)
    assert ("Testing" in raised.value.cause) == is_testing
    assert ("publish the app" in raised.value.remedy) == is_testing
    sign_in = sign_in_of("work", store.text)
    assert sign_in is not None
    assert is_in_testing(sign_in) == is_testing


def test_where_google_says_when_it_ends_the_trap_is_told_at_once(
    server: GoogleServer, ours: OAuthClient
) -> None:
    server.world.testing = True
    store = kept(server, ours)
    sign_in = sign_in_of("work", store.text)

    assert sign_in is not None
    assert is_in_testing(sign_in)
    assert sign_in.ends is not None
    assert timedelta(days=6.9) < sign_in.ends - sign_in.since < timedelta(days=7.1)


def sign_in_after(*gaps_days: float, refused_days: float | None = None) -> SignIn:
    moments = [MOMENT]
    for gap in gaps_days:
        moments.append(moments[-1] + timedelta(days=gap))
    refused = None if refused_days is None else moments[-1] + timedelta(days=refused_days)
    return SignIn("", READ, (), since=moments[-1], refused=refused, earlier=tuple(moments[:-1]))


@pytest.mark.parametrize(
    ("sign_in", "expected"),
    [
        (sign_in_after(), False),
        (sign_in_after(7.2), False),
        (sign_in_after(7.2, 8.1), True),
        (sign_in_after(40, 7.2, 8.1), True),
        (sign_in_after(7.2, 8.1, 40), False),
        (sign_in_after(1, 2), False),
        (sign_in_after(refused_days=7.3), True),
        (sign_in_after(refused_days=90), False),
        (replace(sign_in_after(), ends=MOMENT + timedelta(days=7)), True),
        (replace(sign_in_after(), ends=MOMENT + timedelta(days=90)), False),
    ],
)
def test_signing_in_week_after_week_is_a_pattern(sign_in: SignIn, expected: bool) -> None:
    assert is_in_testing(sign_in) is expected


@pytest.mark.parametrize(
    ("fault", "value", "kind", "words"),
    [
        ("deleted_client", "", NeedsLogin, r"OAuth client \(deleted_client\)"),
        ("invalid_client", "", NeedsLogin, r"OAuth client \(invalid_client\)"),
        ("drop", "", TemporarilyUnavailable, "cannot be reached"),
        ("half_head", "", TemporarilyUnavailable, "out of order"),
        ("html", "", TemporarilyUnavailable, "out of order"),
        ("html", "403", TemporarilyUnavailable, "out of order"),
        ("login_page", "", TemporarilyUnavailable, "out of order"),
        ("truncated", "", TemporarilyUnavailable, "cannot be reached"),
        ("half_json", "", TemporarilyUnavailable, "out of order"),
        ("empty", "", TemporarilyUnavailable, "out of order"),
        ("null", "", TemporarilyUnavailable, "out of order"),
        ("list", "", TemporarilyUnavailable, "out of order"),
        ("deep", "", TemporarilyUnavailable, "out of order"),
        ("not_utf8", "", TemporarilyUnavailable, "out of order"),
    ],
)
def test_what_goes_wrong_while_renewing_is_named_for_what_to_do(
    fault: str,
    value: str,
    kind: type[ConnectorError],
    words: str,
    server: GoogleServer,
    ours: OAuthClient,
) -> None:
    store = kept(server, ours)
    before = store.text
    server.world.clock.forward(timedelta(hours=2))
    server.faults.add(fault, "token", times=10, value=value)

    with pytest.raises(kind, match=words):
        token(server, ours, store)
    assert server.count("token") <= 4
    assert (store.text == before) is (kind is not NeedsLogin)  # when it was refused is noted
    server.faults.clear()
    assert token(server, ours, store) != before


def test_another_client_than_the_one_signed_in_with_is_noticed(
    server: GoogleServer, ours: OAuthClient
) -> None:
    store = kept(server, ours)
    other = replace(ours, id="another.apps.googleusercontent.com")

    with pytest.raises(NeedsLogin, match="another client"):
        token(server, other, store)
    assert grant_in(store).refused is None


def test_before_anyone_signed_in_that_is_said(server: GoogleServer, ours: OAuthClient) -> None:
    with pytest.raises(NeedsLogin, match="nobody has signed in yet"):
        token(server, ours, MemoryStore())


def test_what_is_kept_of_another_service_is_no_sign_in_of_google() -> None:
    with pytest.raises(NeedsLogin, match="not Google's"):
        sign_in_of("work", '{"cache": "{}"}')


def test_a_token_brought_from_a_laptop_is_tried_before_it_is_kept(
    server: GoogleServer, ours: OAuthClient
) -> None:
    text = server.credentials_json(scopes_for(READ))

    grant = brought("work", ours, text, server.world.clock.now)

    assert set(grant.scopes) == set(scopes_for(READ))
    assert grant.token in server.state.access


@pytest.mark.parametrize(
    ("spoil", "kind", "words"),
    [
        (lambda text: "no json", NotAllowed, "holds no token"),
        (lambda text: "[]", NotAllowed, "holds no token"),
        (lambda text: json.dumps({"client_id": "x"}), NotAllowed, "holds no token"),
        (lambda text: text.replace("fika-test", "other"), NotAllowed, "another OAuth client"),
        (lambda text: text.replace("1//", "2//"), NeedsLogin, "no longer accepts"),
    ],
)
def test_a_token_that_is_none_says_what_to_do(
    spoil: Callable[[str], str],
    kind: type[ConnectorError],
    words: str,
    server: GoogleServer,
    ours: OAuthClient,
) -> None:
    text = spoil(server.credentials_json(scopes_for(READ)))

    with pytest.raises(kind, match=words) as raised:
        brought("work", ours, text, server.world.clock.now)
    assert raised.value.remedy


def test_revoking_ends_it_at_google_too(server: GoogleServer, ours: OAuthClient) -> None:
    grant = signed_in(server, ours)

    assert revoke(ours, grant)
    assert server.state.grants[grant.refresh_token].died
    assert not revoke(ours, grant)
    assert not revoke(replace(ours, revoke_url="http://127.0.0.1:9/revoke"), grant)


@pytest.fixture
def robot(server: GoogleServer) -> ServiceAccount:
    made = client("work", server.service_account_json(scopes_for(ALL)), server.url)
    assert isinstance(made, ServiceAccount)
    return made


def test_a_service_account_acts_for_one_person(server: GoogleServer, robot: ServiceAccount) -> None:
    store = MemoryStore()
    now = server.world.clock.now
    keep("work", store, delegated("work", robot, READ, now, user=server.owner))
    made = credentials("work", robot, store, now)
    made.refresh(None)

    access = server.state.access[str(made.token)]
    assert access.user == server.owner
    assert access.scopes == set(scopes_for(READ))
    assert grant_in(store).jobs == READ
    assert server.count("token") == 1
    assert "PRIVATE KEY" not in store.text
    server.end_access()
    made.refresh(None)
    assert str(made.token) in server.state.access


@pytest.mark.parametrize(
    ("user", "allowed", "words"),
    [
        ("nobody@example.com", ALL, "does not know the person"),
        ("olivia@example.com", READ, "does not let its service account act"),
    ],
)
def test_what_a_service_account_may_not_is_told_apart(
    user: str, allowed: frozenset[Job], words: str, server: GoogleServer
) -> None:
    robot = client("work", server.service_account_json(scopes_for(allowed)), server.url)
    assert isinstance(robot, ServiceAccount)

    with pytest.raises(NotAllowed, match=words):
        delegated("work", robot, ALL, server.world.clock.now, user=user)


def test_a_key_that_cannot_be_read_is_one_line(server: GoogleServer, robot: ServiceAccount) -> None:
    broken = replace(robot, key={**robot.key, "private_key": "-----BEGIN nothing"})

    with pytest.raises(NotAllowed, match="cannot be read"):
        delegated("work", broken, READ, server.world.clock.now, user="x")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"web": {"client_id": "a", "client_secret": "b"}}', '{"installed": {}}'],
)
def test_a_client_file_that_is_none_says_where_to_get_one(text: str) -> None:
    with pytest.raises(NotAllowed, match=r"desktop app|service account") as raised:
        client("work", text)
    assert "docs/google.md" in raised.value.remedy


def test_tokens_go_to_google_whatever_a_client_file_says() -> None:
    inner = {"client_id": "a", "client_secret": "b", "token_uri": "https://thief.example.net/"}
    made = client("work", json.dumps({"installed": inner}))

    assert isinstance(made, OAuthClient)
    assert made.token_url == "https://oauth2.googleapis.com/token"
    with pytest.raises(NotAllowed, match="not encrypted"):
        client("work", json.dumps({"installed": inner}), "http://mail.example.com")


def test_nothing_secret_is_logged_or_shown(
    server: GoogleServer, ours: OAuthClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    store = kept(server, ours)
    codes = [each["code"][0] for each in asked(server, "token")]
    verifiers = [each["code_verifier"][0] for each in asked(server, "token")]
    server.world.clock.forward(timedelta(hours=2))
    token(server, ours, store)
    server.revoke()
    server.world.clock.forward(timedelta(hours=2))
    with pytest.raises(NeedsLogin):
        token(server, ours, store)

    shown = caplog.text + repr(grant_in(store)) + repr(ours)
    secret = [*codes, *verifiers, *server.state.grants, *server.state.access, ours.secret]
    assert len(secret) >= 4
    assert [each for each in secret if each in shown] == []
    assert CONTACTS_READ not in shown


def test_an_end_that_cannot_be_noted_is_told_all_the_same(
    server: GoogleServer, ours: OAuthClient
) -> None:
    store = kept(server, ours)
    server.revoke()
    server.world.clock.forward(timedelta(hours=3))
    store.broken = True

    with pytest.raises(NeedsLogin, match="no longer accepts"):
        token(server, ours, store)
