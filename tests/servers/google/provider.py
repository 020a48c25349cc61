"""Google as a `tests.servers.provider.Provider`: what the proofs for every service run against."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Final

from agent.accounts.tokens import tokens_of
from agent.settings import AccountSettings, SecretRef, Service, TokensIn
from connectors.google.grant import Grant, scopes_for, written
from connectors.tokens import Job
from policies.interval import Interval
from policies.sending.action import ActionKind
from tests.proof.household import OWNER
from tests.servers.common import FOREVER, Clock, Mail
from tests.servers.google import times
from tests.servers.google.discovery import Json
from tests.servers.google.server import CLIENT_ID, GoogleServer
from tests.servers.google.state import Calendar, State, etag
from tests.servers.provider import Delivery, Entry

_WRITES: Final = "calendar.events.[!gl]*"  # neither get nor list
_FAULTS: Final[Mapping[str, tuple[str, str, bool]]] = {
    "connection lost before a write": ("drop", _WRITES, False),
    "answer to a write lost": ("drop", _WRITES, True),
    "answer to a write cut short": ("truncated", _WRITES, True),
    "error after a write": ("backend", _WRITES, True),
    "service unavailable": ("html", "calendar.*", False),
    "too many requests": ("too_many", "calendar.*", False),
    "endless pages": ("endless", "calendar.events.list", False),
    "sign-in out of order": ("html", "token", False),
}
# Not "quota": it stops all writing for a day, so that nothing comes to rest while a proof runs.
_LATE: Final = "changes show late"
_LAG: Final = timedelta(seconds=0.3)
_KINDS: Final = {
    "invited": ActionKind.INVITE,
    "updated": ActionKind.RESCHEDULE,
    "cancelled": ActionKind.CANCEL,
}
_SCOPES: Final = scopes_for(frozenset(Job))


class Google:
    """One account, signed in, its primary calendar read and written."""

    name: ClassVar[str] = "google"
    faults: ClassVar[tuple[str, ...]] = (*_FAULTS, _LATE)

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock

    @contextmanager
    def running(self, folder: Path) -> Iterator[None]:
        self.server = GoogleServer(owner=OWNER, clock=self._clock)
        self._client, self._key = folder / "client.json", folder / "tokens.key"
        self._saved = State()
        with self.server.running():
            self._client.touch(0o600)
            self._client.write_text(self.server.client_json())
            yield

    def configuration(self) -> str:
        return f"""
[[account]]
name = "google"
service = "google"
user = "{OWNER}"
client_from = {{ file = '{self._client}' }}
tokens = "file"
tokens_key_from = {{ file = '{self._key}' }}
url = "{self.server.url}"
sign_in_url = "{self.server.url}"
allow_private_host = true

[[calendar]]
name = "work"
account = "google"
id = "primary"

[write]
calendar = "work"
"""

    def environment(self) -> Mapping[str, str]:
        return {}

    def sign_in(self, home: Path) -> None:
        kept = json.loads(self.server.credentials_json(_SCOPES))
        now = self.server.world.now()
        grant = Grant(
            client_id=CLIENT_ID,
            refresh_token=kept["refresh_token"],
            token=kept["token"],
            expires=datetime.fromisoformat(kept["expiry"]),
            asked=_SCOPES,
            scopes=_SCOPES,
            signed_in=(now,),
            user=OWNER,
        )
        account = AccountSettings(
            name="google",
            service=Service.GOOGLE,
            tokens=TokensIn.FILE,
            tokens_key=SecretRef(file=str(self._key)),
        )
        store = tokens_of(account, home)
        store.make_key()
        store.save(written(grant))

    def outbox(self) -> Sequence[Delivery]:
        assert self.server.drained()
        return [self._delivery(each) for each in self.server.outbox if each.kind in _KINDS]

    def entries(self) -> Mapping[str, Entry]:
        return {
            name: _entry(each.event, each.revision, calendar)
            for calendar in self.server.state.calendars.values()
            for name, each in calendar.entries.items()
            if each.event["status"] != "cancelled"
        }

    def add_foreign(self, uid: str, when: Interval, title: str, guests: Sequence[str] = ()) -> str:
        event: Json = {
            "iCalUID": uid,
            "summary": title,
            "start": _time(when.start),
            "end": _time(when.end),
        }
        if guests:
            people = ((OWNER, "accepted"), *((each, "accepted") for each in guests))
            event["attendees"] = [{"email": a, "responseStatus": said} for a, said in people]
        return self.server.put(event)

    def save(self) -> None:
        self._saved = self.server.saved()

    def restore(self) -> None:
        self.slow(0)
        self.fault("")
        assert self.server.drained()
        self.server.restore(self._saved)
        self.server.requests.clear()

    def slow(self, seconds: float) -> None:
        self.server.slow_s = seconds

    def fault(self, name: str) -> None:
        self.server.faults.clear()
        self.server.world.lag = _LAG if name == _LATE else timedelta()
        if name in _FAULTS:
            fault, operations, done = _FAULTS[name]
            self.server.faults.add(fault, operations, times=FOREVER, done=done)

    def _delivery(self, mail: Mail) -> Delivery:
        kept = self.server.event(mail.event)
        when = Interval(datetime.fromisoformat(mail.start), datetime.fromisoformat(mail.end))
        kind = _KINDS[mail.kind]
        guests = frozenset(mail.guests)
        return Delivery(mail.to, _uid(kept), kind, when, mail.title, guests, mail.at)


def _uid(event: Json) -> str:
    """Ours, where our connector keeps it; of any other event the one all calendars know."""
    private = event.get("extendedProperties", {}).get("private", {})
    return str(private.get("fikaUid") or event["iCalUID"])


def _entry(event: Json, revision: int, calendar: Calendar) -> Entry:
    begin, end = times.span(event, calendar.zone)
    guests = frozenset(each["email"] for each in event.get("attendees", ()))
    content = json.dumps({**event, "etag": etag(revision)}, sort_keys=True).encode()
    return Entry(_uid(event), Interval(begin, end), guests, content)


def _time(at: datetime) -> Json:
    return {"dateTime": at.astimezone(UTC).isoformat(), "timeZone": "UTC"}
