from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import stamina

from connectors.errors import (
    ConnectorError,
    MayHaveHappened,
    NeedsLogin,
    NotAllowed,
    TemporarilyUnavailable,
    UnreadableAnswer,
    WritingSuspended,
)
from connectors.google.client import GoogleClient
from connectors.google.invitations import GoogleInvitations
from connectors.google.memory import recalled, written
from connectors.google.reader import GoogleReader
from tests.connectors.contract import HOLD, INVITED, STAMP, WINDOW
from tests.connectors.google.service import at, client, google
from tests.make import BERLIN, utc
from tests.servers.common import FOREVER
from tests.servers.google.server import GoogleServer

LIST, INSERT, PATCH = (f"calendar.events.{each}" for each in ("list", "insert", "patch"))


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    """Reads are tried again as often as ever, and at once."""
    stamina.set_testing(True, attempts=4)
    yield
    stamina.set_testing(False)


@pytest.fixture
def server() -> Iterator[GoogleServer]:
    with google() as running:
        running.put(
            {
                "summary": "CANARY-TITLE",
                "start": at(utc("2026-03-02 09:00")),
                "end": at(utc("2026-03-02 10:00")),
                "attendees": [{"email": "canary-guest@example.com"}],
            }
        )
        yield running


def read(account: GoogleClient) -> int:
    return GoogleReader("work", account, "primary", BERLIN).changes(None, WINDOW).total


def write(account: GoogleClient) -> None:
    GoogleInvitations("work", account, "primary").create(HOLD)


@pytest.mark.parametrize(
    ("fault", "value", "kind", "words"),
    [
        ("insufficient", "", NotAllowed, "fika connect google mine"),
        ("switched_off", "", NotAllowed, "switch it on"),
        ("forbidden", "", NotAllowed, "shared with this account"),
        ("not_found", "", NotAllowed, "check its id"),
        ("daily_limit", "", TemporarilyUnavailable, "next run"),
        ("rate_limit", "", TemporarilyUnavailable, "next run"),
        ("user_rate_limit", "", TemporarilyUnavailable, "next run"),
        ("too_many", "", TemporarilyUnavailable, "next run"),
        ("backend", "", TemporarilyUnavailable, "next run"),
        ("html", "502", TemporarilyUnavailable, "next run"),
        ("drop", "", TemporarilyUnavailable, "next run"),
        ("truncated", "", TemporarilyUnavailable, "next run"),
        ("unauthorized", "", NeedsLogin, "fika connect google mine"),
        ("login_page", "", UnreadableAnswer, ""),
        ("half_json", "", UnreadableAnswer, ""),
        ("null", "", UnreadableAnswer, ""),
        ("empty", "", UnreadableAnswer, ""),
        ("list", "", UnreadableAnswer, ""),
        ("deep", "", UnreadableAnswer, ""),
        ("not_utf8", "", UnreadableAnswer, ""),
        ("nan", "", UnreadableAnswer, ""),
        ("huge", "", NotAllowed, "limits.bytes"),
    ],
)
def test_what_goes_wrong_in_a_reading_is_one_line_with_a_remedy(
    server: GoogleServer,
    account: GoogleClient,
    fault: str,
    value: str,
    kind: type[ConnectorError],
    words: str,
) -> None:
    server.faults.add(fault, LIST, times=FOREVER, value=value)

    with pytest.raises(kind) as caught:
        read(account)

    assert caught.value.source == "work"
    assert words in caught.value.remedy
    assert "\n" not in str(caught.value)
    assert "CANARY" not in f"{caught.value}{caught.value.remedy}"
    assert server.url not in f"{caught.value}{caught.value.remedy}"


@pytest.mark.parametrize(
    "fault", ["rate_limit", "user_rate_limit", "too_many", "backend", "unavailable", "drop"]
)
def test_a_reading_is_tried_again_where_that_may_help(
    server: GoogleServer, account: GoogleClient, fault: str
) -> None:
    server.faults.add(fault, LIST, times=2)

    assert read(account) == 1
    assert server.count(LIST) == 3


@pytest.mark.parametrize("fault", ["rate_limit", "too_many", "backend", "drop"])
def test_a_reading_is_not_tried_for_ever(
    server: GoogleServer, account: GoogleClient, fault: str
) -> None:
    server.faults.add(fault, LIST, times=FOREVER)

    with pytest.raises(TemporarilyUnavailable):
        read(account)
    assert server.count(LIST) == 4


@pytest.mark.parametrize("fault", ["rate_limit", "too_many", "unavailable"])
def test_a_longer_wait_than_there_is_time_for_is_left_to_the_next_run(
    server: GoogleServer, account: GoogleClient, fault: str
) -> None:
    server.faults.add(fault, LIST, times=FOREVER, value="3600")

    with pytest.raises(TemporarilyUnavailable):
        read(account)
    assert server.count(LIST) == 1


def test_it_waits_as_long_as_it_is_asked_to(server: GoogleServer, account: GoogleClient) -> None:
    stamina.set_testing(False)
    server.faults.add("rate_limit", LIST, value="1")
    began = time.monotonic()

    assert read(account) == 1
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize(
    ("fault", "done", "kind"),
    [
        ("quota", False, WritingSuspended),
        ("rate_limit", False, TemporarilyUnavailable),
        ("too_many", False, TemporarilyUnavailable),
        ("insufficient", False, NotAllowed),
        ("backend", False, MayHaveHappened),
        ("backend", True, MayHaveHappened),
        ("drop", False, MayHaveHappened),
        ("drop", True, MayHaveHappened),
        ("half_head", True, MayHaveHappened),
        ("truncated", True, MayHaveHappened),
        ("login_page", True, UnreadableAnswer),
        ("list", True, UnreadableAnswer),
    ],
)
def test_a_write_is_sent_once_whatever_goes_wrong(
    server: GoogleServer,
    account: GoogleClient,
    fault: str,
    done: bool,
    kind: type[ConnectorError],
) -> None:
    server.faults.add(fault, INSERT, times=FOREVER, done=done)

    with pytest.raises(kind) as caught:
        write(account)

    assert server.count(INSERT) == 1
    assert caught.value.source == "work"
    assert server.outbox == []


def test_a_token_that_ran_out_is_renewed_by_the_way(
    server: GoogleServer, account: GoogleClient
) -> None:
    read(account)
    server.end_access()

    write(account)

    assert (server.count("token"), server.count(INSERT)) == (1, 2)


def test_a_sign_in_that_was_taken_back_is_asked_for_once_and_told(
    server: GoogleServer, account: GoogleClient
) -> None:
    server.end_access()
    server.revoke()

    with pytest.raises(NeedsLogin) as caught:
        read(account)

    assert server.count("token") == 1
    assert "fika connect google mine" in caught.value.remedy


@pytest.mark.parametrize(("fault", "value"), [("drip", "0.05"), ("silence", "")])
def test_no_server_holds_a_run_up_for_longer_than_it_may_take(
    server: GoogleServer, fault: str, value: str
) -> None:
    with client(server, total=timedelta(seconds=1)) as account:
        server.faults.add(fault, LIST, times=FOREVER, value=value)
        began = time.monotonic()

        with pytest.raises(TemporarilyUnavailable):
            read(account)
        assert time.monotonic() - began < 20


def test_a_token_too_long_for_an_address_is_sent_all_the_same(
    server: GoogleServer, account: GoogleClient
) -> None:
    reader = GoogleReader("work", account, "primary", BERLIN)
    first = reader.changes(None, WINDOW)
    memory = recalled(first.cursor, json.loads(first.cursor or "")[1])

    again = reader.changes(written(replace(memory, token="x" * 5_000)), WINDOW)

    assert again.total == 1
    assert [each.request.method for each in server.requests][-2:] == ["POST", "GET"]


def test_neither_keys_nor_contents_are_ever_logged(
    server: GoogleServer, account: GoogleClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    kept = [*server.state.access, *server.state.grants, server.url, "CANARY", "canary", "GOCSPX"]
    channel = GoogleInvitations("work", account, "primary")
    for fault in ("forbidden", "not_found", "quota", "backend", "drop", "html", "login_page"):
        server.faults.add(fault, "calendar.*")
        with pytest.raises(ConnectorError):
            channel.deliver(channel.create(HOLD), INVITED, STAMP)
    server.end_access()
    read(account)

    said = "\n".join(f"{each.name} {each.getMessage()}" for each in caplog.records)
    assert [canary for canary in kept if canary in said] == []
    assert INVITED.recipient not in said
