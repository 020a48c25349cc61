from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

import httpx
import pytest

from connectors.api import Api
from connectors.errors import (
    ConnectorError,
    MayHaveHappened,
    NeedsLogin,
    NotAllowed,
    TemporarilyUnavailable,
    UnreadableAnswer,
)
from tests.make import utc
from tests.servers import feeds
from tests.servers.feeds import FeedServer, status

pytestmark = pytest.mark.usefixtures("no_pause_between_tries")

NOW = utc("2026-03-02 09:00")
DONE = feeds.body(b"done")


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer(b"hello").running() as running:
        yield running


class Tokens:
    """A login that hands out the next token whenever the last one was refused."""

    def __init__(self) -> None:
        self.number = 1

    def __call__(self, is_refused: bool) -> Mapping[str, str]:
        self.number += is_refused
        return {"Authorization": f"Bearer {self.number}"}


@pytest.fixture
def api(server: FeedServer) -> Iterator[Api]:
    with make(server) as made:
        yield made


def make(
    server: FeedServer,
    *,
    each_s: float = 5,
    total_s: float = 20,
    patience_s: float = 20,
    limit: int = 1000,
) -> Api:
    return Api(
        "work",
        httpx.URL(server.url("/")),
        Tokens(),
        now=lambda: NOW,
        each=timedelta(seconds=each_s),
        total=timedelta(seconds=total_s),
        patience=timedelta(seconds=patience_s),
        limit_bytes=limit,
        open_host="127.0.0.1",
    )


def url(server: FeedServer, path: str = "/x") -> httpx.URL:
    return httpx.URL(server.url(path))


def test_an_answer_is_status_headers_and_body(server: FeedServer, api: Api) -> None:
    server.faults.append(feeds.body(b"<x/>", etag="1"))

    reply = api.read("REPORT", url(server), {"Depth": "1"}, b"<q/>")

    assert (reply.status, reply.headers["etag"], reply.body) == (200, "1", b"<x/>")
    assert (server.seen[0].method, server.seen[0].body) == ("REPORT", b"<q/>")
    assert server.seen[0].headers["authorization"] == "Bearer 1"


@pytest.mark.parametrize("code", [200, 207, 302, 403, 404, 409, 410, 412, 507])
def test_what_a_status_means_is_left_to_whoever_asked(
    server: FeedServer, api: Api, code: int
) -> None:
    server.always = status(code)

    assert api.read("GET", url(server)).status == code
    assert api.write("PUT", url(server), {}, b"x").status == code
    assert len(server.seen) == 2


@pytest.mark.parametrize("fault", [status(500), status(429, retry_after=0), feeds.garbage])
def test_a_read_that_fails_is_tried_again(server: FeedServer, api: Api, fault: feeds.Fault) -> None:
    server.faults.extend([fault, fault, DONE])

    assert api.read("GET", url(server)).body == b"done"
    assert len(server.seen) == 3


def test_waits_that_are_asked_for_add_up_and_have_an_end(server: FeedServer) -> None:
    server.faults.extend([status(429, retry_after=1), DONE])
    server.always = status(429, retry_after=1)

    with make(server, patience_s=1.5) as api:
        assert api.read("GET", url(server)).body == b"done"
        with pytest.raises(TemporarilyUnavailable, match="429"):
            api.read("GET", url(server))
    assert len(server.seen) == 3


def test_after_the_last_try_no_wait_is_counted(server: FeedServer) -> None:
    server.faults.extend([*[status(429, retry_after=1)] * 5, DONE])

    with make(server, patience_s=4.5) as api:
        with pytest.raises(TemporarilyUnavailable, match="429"):
            api.read("GET", url(server))
        assert api.read("GET", url(server)).body == b"done"
    assert len(server.seen) == 6


def test_a_read_that_goes_on_failing_is_given_up(server: FeedServer, api: Api) -> None:
    server.always = status(503)

    with pytest.raises(TemporarilyUnavailable, match="503"):
        api.read("GET", url(server))
    assert len(server.seen) == 4


def test_a_wait_longer_than_there_is_time_ends_the_tries(server: FeedServer, api: Api) -> None:
    server.always = status(429, retry_after=86_400)

    with pytest.raises(TemporarilyUnavailable):
        api.read("GET", url(server))
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (status(500), MayHaveHappened),
        (status(503), MayHaveHappened),
        (status(408), MayHaveHappened),
        (feeds.body(b"a" * 1001), MayHaveHappened),
        (feeds.body(b"a" * 1001, code=201), MayHaveHappened),
        (feeds.body(b"x", content_encoding="br"), UnreadableAnswer),
        (status(429, retry_after=0), TemporarilyUnavailable),
        (feeds.garbage, MayHaveHappened),
        (feeds.cut_short(b"done", 2), MayHaveHappened),
        (lambda reply: None, MayHaveHappened),
    ],
)
def test_a_write_is_sent_once_and_says_whether_it_may_have_been_done(
    server: FeedServer, api: Api, fault: feeds.Fault, error: type[ConnectorError]
) -> None:
    server.always = fault

    with pytest.raises(error):
        api.write("POST", url(server), {}, b"x")
    assert len(server.seen) == 1


def test_a_write_that_nobody_answers_in_time_may_have_been_done(server: FeedServer) -> None:
    server.always = feeds.silent

    with make(server, each_s=0.2) as api, pytest.raises(MayHaveHappened):
        api.write("POST", url(server), {}, b"x")
    assert len(server.seen) == 1


def test_without_a_server_nothing_was_done(server: FeedServer) -> None:
    nowhere = httpx.URL("http://127.0.0.1:9/")

    with (
        Api("work", nowhere, Tokens(), now=lambda: NOW, open_host="127.0.0.1") as api,
        pytest.raises(TemporarilyUnavailable, match="cannot be reached"),
    ):
        api.write("PUT", nowhere, {}, b"x")


def test_a_refused_login_is_renewed_once_also_for_a_write(server: FeedServer, api: Api) -> None:
    server.faults.extend([status(401), DONE])

    assert api.write("PUT", url(server), {}, b"x").body == b"done"
    assert [each.headers["authorization"] for each in server.seen] == ["Bearer 1", "Bearer 2"]


def test_a_login_refused_twice_needs_a_person(server: FeedServer, api: Api) -> None:
    server.always = status(401)

    with pytest.raises(NeedsLogin):
        api.read("GET", url(server))
    assert len(server.seen) == 2


@pytest.mark.parametrize("foreign", ["http://127.0.0.1:1/x", "http://localhost/x"])
def test_no_other_host_or_port_gets_the_login(server: FeedServer, api: Api, foreign: str) -> None:
    with pytest.raises(NotAllowed):
        api.read("GET", httpx.URL(foreign))
    assert server.seen == []


def test_a_redirect_is_an_answer_and_is_not_followed(server: FeedServer, api: Api) -> None:
    server.faults.append(status(301, location="http://127.0.0.1:1/"))

    reply = api.read("GET", url(server))

    assert (reply.status, reply.headers["location"]) == (301, "http://127.0.0.1:1/")
    assert len(server.seen) == 1


def test_an_answer_beyond_the_limit_is_refused(server: FeedServer, api: Api) -> None:
    server.always = feeds.compressed(b"a" * 1_000_000)

    with pytest.raises(NotAllowed, match="larger"):
        api.read("GET", url(server))
    assert len(server.seen) == 1


def test_a_packing_nobody_asked_for_is_unreadable(server: FeedServer, api: Api) -> None:
    server.always = feeds.body(b"x", content_encoding="br")

    with pytest.raises(UnreadableAnswer):
        api.read("GET", url(server))


def test_plain_http_is_for_a_host_allowed_by_name_only(server: FeedServer) -> None:
    base = httpx.URL(server.url("/"))

    with (
        Api("work", base, Tokens(), now=lambda: NOW) as api,
        pytest.raises(NotAllowed, match="encryption"),
    ):
        api.read("GET", base)


def test_all_requests_together_have_an_end(server: FeedServer) -> None:
    server.always = feeds.silent

    with (
        make(server, each_s=0.3, total_s=0.3) as api,
        pytest.raises(TemporarilyUnavailable, match="in all"),
    ):
        api.read("GET", url(server))
