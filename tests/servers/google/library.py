"""Google's real client library, signed in to the server."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

import httplib2
import pytest
from google.oauth2.credentials import Credentials
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from tests.servers.google.server import EVERYTHING, GoogleServer

Untyped: TypeAlias = Any  # the library makes its methods from the discovery document

GUEST = "gus@example.org"
NOON = {"dateTime": "2026-11-24T12:00:00+01:00", "timeZone": "Europe/Berlin"}
ONE = {"dateTime": "2026-11-24T13:00:00+01:00", "timeZone": "Europe/Berlin"}
HOLD = {"id": "f1ka0", "summary": "Coffee", "start": NOON, "end": ONE}
HERE = {"calendarId": "primary"}
HELD = {**HERE, "eventId": "f1ka0"}


def signed_in(
    server: GoogleServer,
    scopes: frozenset[str] = EVERYTHING,
    api: str = "calendar",
    *,
    user: str = "",
) -> Untyped:
    kept = json.loads(server.credentials_json(scopes, user=user))
    credentials = Credentials(token=kept["token"], scopes=kept["scopes"])
    version, base = ("v3", "/calendar/v3/") if api == "calendar" else ("v1", "/")
    return build(
        api,
        version,
        http=AuthorizedHttp(credentials, http=httplib2.Http(timeout=5)),
        client_options={"api_endpoint": f"{server.url}{base}"},
    )


def refusal(request: Untyped) -> tuple[int, str]:
    with pytest.raises(HttpError) as caught:
        request.execute()
    return caught.value.status_code, caught.value.error_details[0]["reason"]
