from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import stamina

from connectors.errors import (
    ConnectorError,
    NeedsLogin,
    NotAllowed,
    TemporarilyUnavailable,
    UnreadableAnswer,
)
from connectors.http import Answer, Web, address
from tests.make import utc
from tests.servers import feeds
from tests.servers.audit import watched_connections
from tests.servers.certificates import tls_for
from tests.servers.feeds import FeedServer

pytestmark = pytest.mark.usefixtures("no_pause_between_tries")

SECRET = "/private-3f9c1b7e/basic.ics"
CONTENT = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
NOW = utc("2026-03-02 09:00")


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer(CONTENT).running() as running:
        yield running


def web(*, deadline_s: float = 10, limit: int = 10_000_000, open_host: str = "127.0.0.1") -> Web:
    return Web("work", timedelta(seconds=deadline_s), limit, lambda: NOW, open_host)


def get(server: FeedServer, using: Web | None = None) -> Answer:
    return (using or web()).get(address("work", server.url(SECRET)), {})


def content(server: FeedServer, using: Web | None = None) -> bytes:
    with get(server, using) as answer:
        return answer.body.read()


def test_the_body_is_handed_over_whole(server: FeedServer) -> None:
    server.content = b"BEGIN:VCALENDAR\r\n" * 200_000

    assert content(server) == server.content


def test_it_says_who_asks_and_wants_the_answer_unpacked(server: FeedServer) -> None:
    content(server)

    headers = server.seen[0].headers
    assert headers["user-agent"].startswith("fika-agent")
    assert headers["accept-encoding"] == "identity"
    assert headers["host"] == f"127.0.0.1:{server.port}"


def test_a_name_and_password_in_the_address_are_sent_as_a_login(server: FeedServer) -> None:
    url = address("work", f"http://olle:pass@127.0.0.1:{server.port}/x.ics")

    with web().get(url, {}):
        assert server.seen[0].headers["authorization"] == "Basic b2xsZTpwYXNz"


def test_a_login_is_not_sent_on_to_another_host(server: FeedServer) -> None:
    other = FeedServer(CONTENT)
    server.faults.append(feeds.redirect(other.url()))
    url = address("work", f"http://olle:pass@127.0.0.1:{server.port}/x.ics")

    with other.running(), web().get(url, {}):
        assert "authorization" not in other.seen[0].headers


def test_what_is_packed_unasked_is_unpacked(server: FeedServer) -> None:
    text = b"BEGIN:VEVENT\r\n" * 100_000
    server.faults.append(feeds.compressed(text))

    assert content(server) == text


@pytest.mark.parametrize("packing", ["gzip", "br"])
def test_an_answer_without_a_body_need_not_be_unpacked(server: FeedServer, packing: str) -> None:
    server.faults.append(feeds.status(304, content_encoding=packing))

    with get(server) as answer:
        assert (answer.status, answer.size) == (304, 0)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (400, NotAllowed),
        (401, NeedsLogin),
        (403, NotAllowed),
        (404, NotAllowed),
        (410, NotAllowed),
        (408, TemporarilyUnavailable),
        (429, TemporarilyUnavailable),
        (500, TemporarilyUnavailable),
        (502, TemporarilyUnavailable),
        (503, TemporarilyUnavailable),
        (599, TemporarilyUnavailable),
    ],
)
def test_each_refusal_becomes_the_error_that_says_what_to_do(
    server: FeedServer, code: int, error: type[ConnectorError]
) -> None:
    server.always = feeds.status(code)

    with pytest.raises(error, match=str(code)) as caught:
        get(server)
    assert caught.value.source == "work"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (feeds.garbage, TemporarilyUnavailable),
        (feeds.hang_up, TemporarilyUnavailable),
        (feeds.cut_short(CONTENT * 100, 40), TemporarilyUnavailable),
        (feeds.compressed(CONTENT * 100, keep=30), TemporarilyUnavailable),
        (feeds.body(b"no gzip", content_encoding="gzip"), UnreadableAnswer),
        (feeds.body(b"????", content_encoding="br"), UnreadableAnswer),
        (feeds.status(302, location="http://[::broken"), UnreadableAnswer),
        (feeds.redirect("ftp://127.0.0.1/x.ics"), NotAllowed),
        (feeds.redirect("file:///etc/passwd"), NotAllowed),
        (feeds.redirect("/again"), UnreadableAnswer),
    ],
)
def test_a_broken_answer_is_one_clear_error(
    server: FeedServer, fault: feeds.Fault, error: type[ConnectorError]
) -> None:
    server.always = fault

    with pytest.raises(error) as caught:
        get(server)
    assert "\n" not in str(caught.value)


def test_what_may_pass_is_tried_again(server: FeedServer) -> None:
    server.faults.extend([feeds.status(503), feeds.hang_up, feeds.cut_short(CONTENT, 5)])

    assert content(server) == CONTENT
    assert len(server.seen) == 4


def test_what_will_not_pass_is_asked_once(server: FeedServer) -> None:
    server.always = feeds.status(404)

    with pytest.raises(NotAllowed):
        get(server)
    assert len(server.seen) == 1


def test_a_wait_that_does_not_fit_into_the_deadline_is_not_waited(server: FeedServer) -> None:
    server.always = feeds.status(429, retry_after=86_400)

    with pytest.raises(TemporarilyUnavailable, match="429"):
        get(server)
    assert len(server.seen) == 1


def test_a_wait_the_server_asks_for_is_kept(server: FeedServer) -> None:
    stamina.set_testing(False)
    server.faults.append(feeds.status(503, retry_after=1))
    started = time.monotonic()

    assert content(server) == CONTENT
    assert time.monotonic() - started >= 1


def test_redirects_are_followed_three_times(server: FeedServer) -> None:
    server.faults.extend(
        [feeds.redirect("/a"), feeds.redirect("b", 301), feeds.redirect("/c", 307)]
    )

    assert content(server) == CONTENT
    assert [seen.path for seen in server.seen] == [SECRET, "/a", "/b", "/c"]


@pytest.mark.parametrize(
    "fault",
    [
        feeds.silent,
        feeds.dripping(CONTENT * 20, 0.05),
        feeds.dripping_head(0.05),
    ],
)
def test_the_deadline_holds_for_everything_together(server: FeedServer, fault: feeds.Fault) -> None:
    server.always = fault
    started = time.monotonic()

    with pytest.raises(TemporarilyUnavailable, match=r"within 0\.4 s"):
        get(server, web(deadline_s=0.4))
    assert time.monotonic() - started < 20


def test_the_deadline_holds_for_a_name_that_takes_too_long() -> None:
    stuck = threading.Event()

    def never(host: str, port: int) -> list[str]:
        stuck.wait(5)
        return []

    slow = Web("work", timedelta(seconds=0.2), 1000, lambda: NOW, resolve=never)

    with pytest.raises(TemporarilyUnavailable, match="within"):
        slow.get(address("work", "https://feeds.example.com/x.ics"), {})
    stuck.set()


@pytest.mark.parametrize(
    "fault",
    [
        feeds.body(b"X" * 200_000),
        feeds.unmeasured(b"X" * 200_000),
        feeds.compressed(b"X" * 20_000_000),
        feeds.endless,
    ],
)
def test_a_body_beyond_the_limit_is_refused_with_the_setting_that_raises_it(
    server: FeedServer, fault: feeds.Fault
) -> None:
    server.always = fault

    with pytest.raises(NotAllowed, match="larger than 100,000 bytes") as caught:
        get(server, web(limit=100_000))
    assert "limits.bytes" in caught.value.remedy


def test_nothing_is_read_without_encryption_unless_the_host_is_allowed_by_name(
    server: FeedServer,
) -> None:
    with watched_connections() as connected, pytest.raises(NotAllowed, match="encryption"):
        get(server, web(open_host=""))
    assert connected == []


def test_an_address_that_is_secret_is_in_no_message_and_no_log(
    server: FeedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore.connection", "httpcore.http11", "stamina"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    told: list[str] = []
    faults = [feeds.status(404), feeds.garbage, feeds.redirect("ftp://x" + SECRET), feeds.silent]
    for fault in (*faults, feeds.redirect(SECRET)):
        server.always = fault
        with pytest.raises(ConnectorError) as caught:
            get(server, web(deadline_s=0.3))
        told.extend((str(caught.value), repr(caught.value), caught.value.remedy))
    server.always = None
    content(server)

    assert not [line for line in (*told, caplog.text) if "3f9c1b7e" in line]
    assert not [record for record in caplog.records if record.name.startswith("http")]


def test_a_certificate_must_be_valid_for_the_name(tmp_path: Path) -> None:
    tls = tls_for("feeds.example.com", folder=tmp_path)
    names = {"feeds.example.com": ["127.0.0.1"], "other.example.com": ["127.0.0.1"]}

    def reader(host: str) -> Web:
        return Web(
            "work",
            timedelta(seconds=10),
            1000,
            lambda: NOW,
            open_host=host,
            resolve=lambda name, port: names[name],
            tls=tls.client,
        )

    with FeedServer(CONTENT, tls.server).running() as server:
        right = address("work", server.url(host="feeds.example.com").replace("https", "webcal"))
        wrong = address("work", server.url(host="other.example.com"))

        with reader("feeds.example.com").get(right, {}) as answer:
            assert answer.body.read() == CONTENT
        assert server.seen[0].headers["host"] == f"feeds.example.com:{server.port}"
        with pytest.raises(NotAllowed, match="certificate"):
            reader("other.example.com").get(wrong, {})


def test_an_authority_nobody_trusts_is_refused(tmp_path: Path) -> None:
    tls = tls_for("feeds.example.com", folder=tmp_path)
    untrusting = Web(
        "work",
        timedelta(seconds=10),
        1000,
        lambda: NOW,
        open_host="feeds.example.com",
        resolve=lambda name, port: ["127.0.0.1"],
    )

    with FeedServer(CONTENT, tls.server).running() as server:
        url = address("work", server.url(host="feeds.example.com"))
        with pytest.raises(NotAllowed, match="certificate"):
            untrusting.get(url, {})


def test_an_authority_this_machine_is_told_of_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = tls_for("feeds.example.com", folder=tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tls.authority))
    trusting = Web(
        "work",
        timedelta(seconds=10),
        1000,
        lambda: NOW,
        open_host="feeds.example.com",
        resolve=lambda name, port: ["127.0.0.1"],
    )

    with FeedServer(CONTENT, tls.server).running() as server:
        url = address("work", server.url(host="feeds.example.com"))
        with trusting.get(url, {}) as answer:
            assert answer.body.read() == CONTENT


def test_a_protected_address_never_leads_to_an_unprotected_one(tmp_path: Path) -> None:
    tls = tls_for("feeds.example.com", folder=tmp_path)
    allowed = Web(
        "work",
        timedelta(seconds=10),
        1000,
        lambda: NOW,
        open_host="feeds.example.com",
        resolve=lambda name, port: ["127.0.0.1"],
        tls=tls.client,
    )

    with FeedServer(CONTENT, tls.server).running() as server:
        server.always = feeds.redirect(f"http://feeds.example.com:{server.port}/x.ics")
        with pytest.raises(NotAllowed, match="unprotected") as caught:
            allowed.get(address("work", server.url(host="feeds.example.com")), {})
    assert "copy its address anew" in caught.value.remedy


def test_the_next_address_of_a_host_is_tried_when_one_is_dead(server: FeedServer) -> None:
    two = Web(
        "work",
        timedelta(seconds=10),
        1000,
        lambda: NOW,
        open_host="feeds.example.com",
        resolve=lambda name, port: ["127.255.255.254", "127.0.0.1"],
    )
    with two.get(address("work", server.url(host="feeds.example.com")), {}) as answer:
        assert answer.body.read() == CONTENT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("webcal://feeds.example.com/a.ics", "https://feeds.example.com/a.ics"),
        (" HTTPS://Feeds.Example.com/A.ics#top\n", "https://feeds.example.com/A.ics"),
        ("webcals://feeds.example.com:8443/a", "https://feeds.example.com:8443/a"),
    ],
)
def test_addresses_are_brought_into_one_form(text: str, expected: str) -> None:
    assert str(address("work", text)) == expected


@pytest.mark.parametrize(
    "text", ["", "calendar.ics", "ftp://example.com/a", "https://", "https://[::1", "https://x:y/"]
)
def test_what_is_no_address_of_the_web_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(NotAllowed) as caught:
        address("work", text)
    assert not text or text not in str(caught.value)
    assert caught.value.__context__ is None or not caught.value.__cause__
