"""Our connector in front of the fake of Google, as the tests of both sides need it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.google.client import GoogleClient
from connectors.google.own import own_uid
from connectors.google.reader import GoogleReader
from connectors.port import CalendarReader
from policies.interval import Interval
from policies.sending.action import ActionKind
from tests.connectors.contract import Told
from tests.connectors.texts import Meeting
from tests.make import BERLIN
from tests.servers.common import FOREVER, Clock
from tests.servers.google.server import EVERYTHING, GoogleServer

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

Json = dict[str, Any]
OWNER = "olivia@example.com"


@contextmanager
def google(clock: Clock | None = None) -> Iterator[GoogleServer]:
    """The fake, with the account of `OWNER`."""
    server = GoogleServer(owner=OWNER, clock=clock)
    with server.running():
        yield server


def client(
    server: GoogleServer,
    *,
    scopes: Iterable[str] = EVERYTHING,
    valid: bool = True,
    total: timedelta = timedelta(seconds=20),
    limit_bytes: int = 8 * 2**20,
) -> GoogleClient:
    """The account signed in to the server; its keys are renewed there as well."""
    kept = json.loads(server.credentials_json(scopes, valid=valid))

    def credentials() -> Credentials:
        from google.oauth2.credentials import Credentials as Kept

        made: Credentials = Kept(
            kept["token"],
            refresh_token=kept["refresh_token"],
            token_uri=kept["token_uri"],
            client_id=kept["client_id"],
            client_secret=kept["client_secret"],
            expiry=None if valid else datetime(2020, 1, 1),  # noqa: DTZ001 - as google-auth has them
        )
        return made

    return GoogleClient(
        "mine",
        credentials,
        server.service.clock.now,
        url=server.url,
        allow_private_host=True,
        total=total,
        limit_bytes=limit_bytes,
    )


class GoogleCalendarOf:
    """`tests.connectors.contract.Service` for a calendar of the server's."""

    def __init__(self, server: GoogleServer, name: str = "primary") -> None:
        self.server = server
        self.client = client(server)
        self._name = name
        self._shown: dict[str, Json] = {}

    def holds(self, *meetings: Meeting, broken: int = 0) -> None:
        wanted = {each["id"]: each for each in map(timed, meetings)}
        wanted |= {each["id"]: each for each in map(_broken, range(broken))}
        for gone in self._shown.keys() - wanted.keys():
            self.server.remove(gone)
        for name, each in wanted.items():
            if self._shown.get(name) != each:
                self.server.put(each)
        self._shown = wanted

    def fails(self) -> None:
        self.server.faults.add("login_page", times=FOREVER)

    def reader(self) -> CalendarReader:
        return GoogleReader("work", self.client, self._name, BERLIN)


def timed(meeting: Meeting) -> Json:
    start = datetime.fromisoformat(meeting.start)
    return {
        "id": "m" + meeting.uid.encode().hex(),
        "iCalUID": meeting.uid,
        "summary": meeting.title,
        "start": at(start),
        "end": at(start + timedelta(minutes=30)),
    }


def at(moment: datetime, zone: str = BERLIN) -> Json:
    return {"dateTime": moment.isoformat(), "timeZone": zone}


def _broken(number: int) -> Json:
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    ends_first = {"start": at(start), "end": at(start - timedelta(hours=1))}
    return {"id": f"broken{number}", "summary": "Secret", **ends_first}


class GuestsOfGoogle:
    """`tests.connectors.contract.Guests` for the owner's own calendar."""

    def __init__(self, server: GoogleServer) -> None:
        self.server = server

    def told(self) -> list[Told]:
        return [
            Told(
                each.to,
                _KINDS[each.kind],
                Interval(datetime.fromisoformat(each.start), datetime.fromisoformat(each.end)),
                each.title,
            )
            for each in self.server.outbox
        ]

    def invites(self, uid: str, address: str) -> None:
        name = self._event(uid)
        guests = self.server.event(name).get("attendees", [])
        more = {"email": address, "responseStatus": "needsAction"}
        self.server.change(name, attendees=[*guests, more])

    def moves(self, uid: str) -> None:
        name = self._event(uid)
        event = self.server.event(name)
        self.server.change(name, start=_later(event["start"]), end=_later(event["end"]))

    def _event(self, uid: str) -> str:
        every = self.server.state.calendars[self.server.owner].entries.values()
        (name,) = (
            each.event["id"]
            for each in every
            if own_uid(each.event) == uid and each.event["status"] != "cancelled"
        )
        return str(name)


_KINDS = {
    "invited": ActionKind.INVITE,
    "updated": ActionKind.RESCHEDULE,
    "cancelled": ActionKind.CANCEL,
}


def _later(value: Json) -> Json:
    moment = datetime.fromisoformat(value["dateTime"]) + timedelta(hours=1)
    return {**value, "dateTime": moment.isoformat()}
