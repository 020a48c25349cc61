from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent import ping
from agent.config.load import ConfigProblems, parse
from agent.exits import Exit
from agent.settings import PingSettings, SecretRef
from tests.agent.store.stored import NOW
from tests.servers.feeds import Fault, FeedServer, body, dripping, garbage, hang_up, silent, status

CONFIG = """
[owner]
name = "Olle"
addresses = ["olle@example.com"]
zone = "Europe/Berlin"
[[calendar]]
name = "work"
path = "work"
"""
SECRET = "4f0c2b7e-secret-check"


@pytest.fixture
def monitor() -> Iterator[FeedServer]:
    with FeedServer(b"OK").running() as server:
        server.always = body(b"OK", "text/plain")
        yield server


def told_of(server: FeedServer) -> PingSettings:
    return PingSettings(server.url(f"/{SECRET}"), allow_private_host=True)


def paths(server: FeedServer) -> list[str]:
    return [each.path for each in server.seen]


def test_the_monitor_hears_of_the_start_and_of_every_way_to_end(monitor: FeedServer) -> None:
    settings = told_of(monitor)

    said = [
        ping.started(settings, lambda: NOW),
        ping.finished(settings, Exit.OK, lambda: NOW),
        ping.finished(settings, Exit.NEEDS_REVIEW, lambda: NOW),
        ping.finished(settings, Exit.INTERNAL, lambda: NOW),
        ping.failed(settings, lambda: NOW),
        ping.tried(settings, lambda: NOW),
    ]

    assert said == [""] * 6
    assert paths(monitor) == [f"/{SECRET}/{each}" for each in ("start", 0, 4, 70, "fail", "log")]


def test_nothing_but_the_address_is_sent(monitor: FeedServer) -> None:
    ping.finished(told_of(monitor), Exit.OK, lambda: NOW)

    (seen,) = monitor.seen
    assert set(seen.headers) == {"host", "user-agent", "accept-encoding"}


def test_an_address_keeps_its_query_and_loses_a_slash(monitor: FeedServer) -> None:
    settings = PingSettings(monitor.url("/check/?key=1"), allow_private_host=True)

    assert ping.started(settings, lambda: NOW) == ""
    assert paths(monitor) == ["/check/start?key=1"]


def test_without_a_monitor_nobody_is_told_and_all_is_well() -> None:
    assert ping.started(None, lambda: NOW) == ping.finished(None, Exit.OK, lambda: NOW) == ""


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (status(500), "it answered 500 Internal Server Error; the next run"),
        (status(404), r"it answered 404 Not Found; see \[ping\]"),
        (status(429, retry_after=3600), "it answered 429"),
        (status(401), "it answered 401"),
        (status(302, location="http://169.254.169.254/x"), "not on the public internet|without"),
        (body(b"OK (not found)", "text/plain"), "it knows no such check"),
        (garbage, "the connection broke off"),
        (hang_up, "the connection broke off"),
    ],
)  # fmt: skip
def test_a_monitor_that_fails_costs_a_sentence_without_the_address(
    monitor: FeedServer, fault: Fault, cause: str
) -> None:
    monitor.always = fault

    said = ping.finished(told_of(monitor), Exit.OK, lambda: NOW)

    assert said.startswith("the monitor: ")
    assert re.search(cause, said), said
    assert SECRET not in said


@pytest.mark.parametrize("fault", [silent, dripping(b"O" * 2_000, 0.02)])
def test_a_slow_monitor_is_left_after_its_time(monitor: FeedServer, fault: Fault) -> None:
    monitor.always = fault
    began = time.monotonic()

    said = ping.started(told_of(monitor), lambda: NOW, within=timedelta(seconds=0.4))

    assert time.monotonic() - began < 20
    assert "no whole answer within 0.4 s" in said


def test_both_bounds_together_are_ten_seconds() -> None:
    assert timedelta(seconds=10) == ping._LOOKING_UP + ping._TELLING


def test_a_monitor_that_is_down_costs_a_sentence() -> None:
    with FeedServer(b"").running() as server:
        settings = told_of(server)

    said = ping.started(settings, lambda: NOW)
    assert said == "the monitor: the server cannot be reached; the next run tells it"


def test_a_private_host_is_told_only_when_the_owner_named_it_as_theirs(monitor: FeedServer) -> None:
    for url in (monitor.url(f"/{SECRET}"), f"https://127.0.0.1:{monitor.port}/{SECRET}"):
        said = ping.started(PingSettings(url), lambda: NOW)
        assert "allow_private_host" in said
        assert SECRET not in said
    assert monitor.seen == []


def test_an_address_kept_elsewhere_is_looked_up_and_a_missing_one_is_a_sentence(
    monitor: FeedServer, tmp_path: Path
) -> None:
    file = tmp_path / "ping"
    file.write_text(monitor.url(f"/{SECRET}") + "\n")
    file.chmod(0o600)
    settings = PingSettings(url_secret=SecretRef(file=str(file)), allow_private_host=True)

    assert ping.started(settings, lambda: NOW) == ""
    file.unlink()
    assert ping.started(settings, lambda: NOW).startswith("the monitor: ")


@pytest.mark.parametrize("url", ["no address", "ftp://example.com/x", "https://", "\x00"])
def test_what_is_no_address_is_a_sentence(url: str) -> None:
    assert "not one of the web" in ping.started(PingSettings(url), lambda: NOW)


def test_the_address_is_in_no_text_of_the_settings() -> None:
    assert SECRET not in repr(PingSettings(f"https://hc.example.com/{SECRET}"))


def test_the_monitor_is_configured_under_ping() -> None:
    def read(section: str) -> PingSettings | None:
        return parse(f"{CONFIG}\n[ping]\n{section}", Path("/nowhere/config.toml")).ping

    assert read("") is None
    assert read('url = "https://hc.example.com/x"') == PingSettings("https://hc.example.com/x")
    found = read('url_from = { env = "PING" }\nallow_private_host = true')
    assert found == PingSettings("", SecretRef(env="PING"), allow_private_host=True)
    for wrong, why in [
        ('url = "example.com"', "is not an https address"),
        ('url = "https://x.example.com"\nurl_from = { env = "PING" }', "given twice"),
        ('uri = "x"', "did you mean 'url'"),
    ]:
        with pytest.raises(ConfigProblems, match=why):
            read(wrong)
