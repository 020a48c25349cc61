"""The fake of Google is strict: what the real one refuses, it refuses, and it tells on us."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeAlias

import httplib2
import pytest
from google.oauth2.credentials import Credentials
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from tests.servers.common import Clock
from tests.servers.google import EVERYTHING, GoogleServer

Untyped: TypeAlias = Any  # the library makes its methods from the discovery document

GUEST = "gus@example.org"
NOON = {"dateTime": "2026-11-24T12:00:00+01:00", "timeZone": "Europe/Berlin"}
ONE = {"dateTime": "2026-11-24T13:00:00+01:00", "timeZone": "Europe/Berlin"}
HOLD = {"id": "f1ka0", "summary": "Coffee", "start": NOON, "end": ONE}


@pytest.fixture
def server() -> Iterator[GoogleServer]:
    made = GoogleServer(clock=Clock(datetime(2026, 11, 22, 9, tzinfo=UTC)))
    with made.running():
        yield made


@pytest.fixture
def calendar(server: GoogleServer) -> Iterator[Untyped]:
    with signed_in(server) as service:
        yield service


def signed_in(server: GoogleServer, scopes: frozenset[str] = EVERYTHING) -> Untyped:
    kept = json.loads(server.credentials_json(scopes))
    credentials = Credentials(token=kept["token"], scopes=kept["scopes"])
    return build(
        "calendar",
        "v3",
        http=AuthorizedHttp(credentials, http=httplib2.Http(timeout=5)),
        client_options={"api_endpoint": f"{server.url}/calendar/v3/"},
    )


def refusal(request: Untyped) -> tuple[int, str]:
    with pytest.raises(HttpError) as caught:
        request.execute()
    return caught.value.status_code, caught.value.error_details[0]["reason"]


def test_a_hold_is_made_and_a_guest_added_to_the_version_last_seen(
    server: GoogleServer, calendar: Untyped
) -> None:
    events = calendar.events()
    made = events.insert(calendarId="primary", body=HOLD, sendUpdates="none").execute()
    invite = events.patch(
        calendarId="primary",
        eventId="f1ka0",
        sendUpdates="all",
        body={"attendees": [{"email": GUEST}]},
    )
    invite.headers["If-Match"] = made["etag"]
    held = invite.execute()

    assert [(each.to, each.kind) for each in server.outbox] == [(GUEST, "invited")]
    assert held["organizer"] == {"email": server.owner, "self": True}
    assert refusal(invite) == (412, "conditionNotMet")
    assert len(server.outbox) == 1
