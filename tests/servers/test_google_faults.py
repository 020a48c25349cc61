"""Whom the fake of Google lets ask what, and what goes wrong when a test says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import httplib2
import pytest

from tests.servers.common import FOREVER, Clock
from tests.servers.google import GoogleServer
from tests.servers.google.discovery import SCOPE
from tests.servers.google.library import (
    GUEST,
    HELD,
    HERE,
    HOLD,
    NOON,
    ONE,
    Untyped,
    refusal,
    signed_in,
)

INVITED = {"attendees": [{"email": GUEST}]}


@pytest.fixture
def server() -> Iterator[GoogleServer]:
    made = GoogleServer(clock=Clock(datetime(2026, 11, 22, 9, tzinfo=UTC)))
    with made.running():
        yield made


@pytest.fixture
def events(server: GoogleServer) -> Iterator[Untyped]:
    with signed_in(server) as service:
        yield service.events()


def listed(page: Untyped) -> list[tuple[str, str]]:
    return [(each["id"], each["status"]) for each in page["items"]]


def test_a_parameter_the_discovery_document_does_not_know_is_refused(
    server: GoogleServer,
) -> None:
    token = json.loads(server.credentials_json())["token"]
    headers = {"Authorization": f"Bearer {token}"}
    with closing(httplib2.Http()) as http:
        for query, reason in (
            ("colour=red", "invalid"),
            ("maxResults=0", "invalid"),
            ("maxResults=many", "invalid"),
            ("singleEvents=yes", "invalid"),
            ("orderBy=title", "invalid"),
            ("timeMin=2026-11-24T00:00:00", "invalid"),
            ("maxResults=1&maxResults=2", "invalid"),
            ("fields=items(id", "invalidParameter"),
        ):
            where = f"{server.url}/calendar/v3/calendars/primary/events?{query}"
            answer, body = http.request(where, headers=headers)
            assert (query, answer.status) == (query, 400)
            assert json.loads(body)["error"]["errors"][0]["reason"] == reason


def test_a_token_does_what_its_scopes_allow_and_no_more(server: GoogleServer) -> None:
    server.add_calendar("team@example.com", owner=server.owner)
    server.add_account(GUEST)
    server.share(GUEST, server.owner, "writer")
    with signed_in(server, frozenset((f"{SCOPE}calendar.events.owned",))) as service:
        service.events().insert(calendarId="team@example.com", body=HOLD).execute()
        insert = service.events().insert(calendarId=GUEST, body=HOLD)
        assert refusal(insert) == (403, "insufficientPermissions")
        names = service.calendarList().list()
        assert refusal(names) == (403, "insufficientPermissions")
    with signed_in(server, frozenset((f"{SCOPE}calendar.events.readonly",))) as service:
        service.events().list(**HERE).execute()
        insert = service.events().insert(**HERE, body=HOLD)
        assert refusal(insert) == (403, "insufficientPermissions")


def test_an_access_token_ends_after_an_hour(server: GoogleServer, events: Untyped) -> None:
    events.list(**HERE).execute()
    server.world.clock.forward(timedelta(hours=1))
    with closing(httplib2.Http()) as http:
        answer, _ = http.request(f"{server.url}/calendar/v3/users/me/settings")

    assert answer.status == 401


def test_the_library_sends_a_post_again_by_itself_when_the_answer_is_lost(
    server: GoogleServer, events: Untyped
) -> None:
    server.faults.add("drop", "calendar.events.insert", done=True)

    assert refusal(events.insert(**HERE, body=HOLD)) == (409, "duplicate")
    assert server.count("calendar.events.insert") == 2


@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [
        ("rate_limit", 403, "rateLimitExceeded"),
        ("quota", 403, "quotaExceeded"),
        ("too_many", 429, "rateLimitExceeded"),
        ("backend", 500, "backendError"),
        ("gone", 410, "fullSyncRequired"),
    ],
)
def test_a_fault_is_met_as_often_as_it_was_switched_on(
    server: GoogleServer, events: Untyped, fault: str, status: int, reason: str
) -> None:
    server.faults.add(fault, "calendar.events.list", passing=1, value="30")
    events.list(**HERE).execute()

    assert refusal(events.list(**HERE)) == (status, reason)
    events.list(**HERE).execute()


def test_pages_can_be_empty_repeated_or_without_end(server: GoogleServer, events: Untyped) -> None:
    server.put({"id": "one", "start": NOON, "end": ONE})
    server.faults.add("empty_page", "calendar.events.list")
    server.faults.add("repeat_page", "calendar.events.list")
    server.faults.add("endless", "calendar.events.list", times=5)
    server.faults.add("no_sync_token", "calendar.events.list")
    pages, token = [], None
    for _ in range(8):
        pages.append(events.list(**HERE, pageToken=token).execute())
        token = pages[-1].get("nextPageToken")

    assert [len(each["items"]) for each in pages] == [0, 1, 1, 1, 1, 1, 1, 1]
    assert token is None
    assert "nextSyncToken" not in pages[-1]


def test_readings_may_lag_behind_and_the_sync_token_forgets_nothing(
    server: GoogleServer, events: Untyped
) -> None:
    server.world.lag = timedelta(seconds=60)
    events.insert(**HERE, body=HOLD).execute()
    early = events.list(**HERE).execute()

    assert refusal(events.get(**HELD)) == (404, "notFound")
    assert early["items"] == []
    server.world.clock.forward(timedelta(seconds=60))
    late = events.list(**HERE, syncToken=early["nextSyncToken"]).execute()
    assert listed(late) == [("f1ka0", "confirmed")]


def test_a_reading_that_lags_shows_the_version_that_was(
    server: GoogleServer, events: Untyped
) -> None:
    made = events.insert(**HERE, body=HOLD).execute()
    server.world.lag = timedelta(seconds=60)
    events.patch(**HELD, body={"summary": "Tea"}).execute()

    read = events.get(**HELD).execute()
    assert (read["summary"], read["etag"]) == ("Coffee", made["etag"])
    server.world.clock.forward(timedelta(seconds=60))
    assert events.get(**HELD).execute()["summary"] == "Tea"


def test_an_event_can_be_lost_after_it_was_accepted(server: GoogleServer, events: Untyped) -> None:
    server.faults.add("lost_event", "calendar.events.insert")
    assert events.insert(**HERE, body=HOLD).execute()["status"] == "confirmed"

    assert refusal(events.get(**HELD)) == (404, "notFound")


def test_a_server_that_is_restored_is_as_it_was(server: GoogleServer, events: Untyped) -> None:
    made = events.insert(**HERE, body=HOLD).execute()
    state = server.saved()
    events.patch(**HELD, body=INVITED, sendUpdates="all").execute()
    server.restore(state)

    assert (server.outbox, server.etag("f1ka0")) == ([], made["etag"])


def test_an_unknown_fault_is_a_mistake_of_the_test(server: GoogleServer) -> None:
    with pytest.raises(ValueError, match="no fault is called"):
        server.faults.add("rate limit", times=FOREVER)
