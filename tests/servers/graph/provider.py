"""Outlook as a `tests.servers.provider.Provider`: what the proofs for every service run against."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Final

from agent.accounts.tokens import tokens_of
from agent.settings import AccountSettings, SecretRef, Service, TokensIn
from connectors.outlook.account import OutlookAccount
from connectors.outlook.identity import Registration
from connectors.tokens import Job
from policies.interval import Interval
from policies.sending.action import ActionKind
from tests.proof.household import OWNER
from tests.servers.common import FOREVER, Mail
from tests.servers.graph.accounts import CLIENT, Account
from tests.servers.graph.items import Item
from tests.servers.graph.mailbox import change_key
from tests.servers.graph.moments import NO_TIME
from tests.servers.graph.server import GraphServer
from tests.servers.provider import Delivery, Entry

_WRITES: Final = "events.[cud]*"  # create, update, delete, cancel
_CALENDAR: Final = "[evd]*"  # events, view, delta
_FAULTS: Final[Mapping[str, tuple[str, str, bool, str]]] = {
    "connection lost before a write": ("drop", _WRITES, False, ""),
    "answer to a write lost": ("drop", _WRITES, True, ""),
    "answer to a write cut short": ("truncated", _WRITES, True, ""),
    "error after a write": ("server_error", _WRITES, True, "500"),
    "item saved twice at once": ("save_conflict", _WRITES, True, ""),
    "service unavailable": ("html", _CALENDAR, False, "503"),
    "too many requests": ("throttled", _CALENDAR, False, "1"),
    "mailbox crowded": ("concurrency", _CALENDAR, False, "1"),
    "changes show late": ("lag", "events.[cu][rp]*", False, "0.3"),
    "sign-in out of order": ("unavailable", "identity.token.*", False, ""),
}
_KINDS: Final = {
    "invited": ActionKind.INVITE,
    "updated": ActionKind.RESCHEDULE,
    "cancelled": ActionKind.CANCEL,
}


class Outlook:
    """One work account, signed in, its default calendar read and written."""

    name: ClassVar[str] = "outlook"
    faults: ClassVar[tuple[str, ...]] = tuple(_FAULTS)

    @contextmanager
    def running(self, folder: Path) -> Iterator[None]:
        self.server = GraphServer(accounts=[Account(OWNER, "Olle Owner")])
        self._box = self.server.mailbox(OWNER)
        self._key = folder / "tokens.key"
        self._saved = self.server.saved()
        with self.server.running():
            yield

    def configuration(self) -> str:
        return f"""
[[account]]
name = "outlook"
service = "outlook"
user = "{OWNER}"
client_id = "{CLIENT}"
tokens = "file"
tokens_key_from = {{ file = '{self._key}' }}
url = "{self.server.url}/v1.0"
sign_in_url = "{self.server.url}"
allow_private_host = true

[[calendar]]
name = "work"
account = "outlook"
id = "{self._box.default}"

[write]
calendar = "work"
"""

    def environment(self) -> Mapping[str, str]:
        return {}

    def sign_in(self, home: Path) -> None:
        account = AccountSettings(
            name="outlook",
            service=Service.OUTLOOK,
            tokens=TokensIn.FILE,
            tokens_key=SecretRef(file=str(self._key)),
        )
        store = tokens_of(account, home)
        store.make_key()
        registration = Registration("outlook", CLIENT, sign_in_url=self.server.url)
        signing = OutlookAccount(registration, store, lambda: datetime.now(UTC))
        signing.with_code(
            frozenset((Job.READ, Job.WRITE)),
            lambda page, code: self.server.identity.enter_code(code),
        )

    def outbox(self) -> Sequence[Delivery]:
        assert self.server.drained()
        return [self._delivery(each) for each in self._box.outbox]

    def entries(self) -> Mapping[str, Entry]:
        return {str(number): _entry(item) for number, item in self._box.items.items()}

    def add_foreign(self, uid: str, when: Interval, title: str, guests: Sequence[str] = ()) -> str:
        start, end = (each.astimezone(UTC).replace(tzinfo=None) for each in (when.start, when.end))
        accepted = {"response": "accepted", "time": NO_TIME}
        attendees = [{"emailAddress": {"address": each}, "status": accepted} for each in guests]
        self._box.add(start, end, subject=title, attendees=attendees, iCalUId=uid)
        return str(max(self._box.items))

    def save(self) -> None:
        self._saved = self.server.saved()

    def restore(self) -> None:
        self.slow(0)
        self.fault("")
        assert self.server.drained()
        self.server.restore(self._saved)
        self._box = self.server.mailbox(OWNER)
        self.server.requests.clear()

    def slow(self, seconds: float) -> None:
        self.server.slow_s = seconds

    def fault(self, name: str) -> None:
        self.server.faults.clear()
        if name in _FAULTS:
            fault, operations, done, value = _FAULTS[name]
            self.server.faults.add(fault, operations, times=FOREVER, done=done, value=value)

    def _delivery(self, mail: Mail) -> Delivery:
        when = Interval(datetime.fromisoformat(mail.start), datetime.fromisoformat(mail.end))
        item = self._box.known_as(mail.event)
        guests = frozenset(mail.guests)
        return Delivery(mail.to, _uid(item), _KINDS[mail.kind], when, mail.title, guests, mail.at)


def _uid(item: Item) -> str:
    """Ours, where our connector keeps it; of any other event the one all calendars know."""
    kept = [value for key, value in item.extended.items() if key.lower().endswith("uid")]
    return kept[0] if kept else item.uid


def _entry(item: Item) -> Entry:
    when = Interval(item.start.instant(), item.end.instant())
    kept = {
        **item.props,
        "version": change_key(item),
        "modified": item.modified.isoformat(),
        "extended": item.extended,
    }
    content = json.dumps(kept, sort_keys=True).encode()
    return Entry(_uid(item), when, frozenset(item.guests), content)
