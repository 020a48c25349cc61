"""The server, and what a test may do with it behind the program's back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.servers.common import Clock, LoopbackServer, Mail, Request
from tests.servers.google import identity, mailing, shapes, times, views, writing
from tests.servers.google.discovery import SCOPE, Json, calendar_api, people_api
from tests.servers.google.refused import Refused
from tests.servers.google.service import GoogleService
from tests.servers.google.state import Account, Calendar, Client, State, World, etag, stamp

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

EVERYTHING = frozenset(
    (f"{SCOPE}calendar", f"{SCOPE}contacts.readonly", f"{SCOPE}contacts.other.readonly")
)
CLIENT_ID = "fika-test.apps.googleusercontent.com"
CLIENT_SECRET = "GOCSPX-invented"


class GoogleServer(LoopbackServer):
    """One service with one account, ``owner``; `add_account` makes others.

    ``world`` holds its switches, see `tests.servers.google.state.World`. Requests are in
    ``requests``, named as in the discovery documents, ``auth``, ``token`` or ``revoke``.
    """

    def __init__(
        self,
        *,
        owner: str = "olivia@example.com",
        zone: str = "Europe/Berlin",
        clock: Clock | None = None,
        port: int = 0,
    ) -> None:
        self.world = World(clock or Clock())
        service = GoogleService(self.world)
        super().__init__(service, port=port)
        self._lock = service.lock
        self.owner = owner
        self.world.state.clients[CLIENT_ID] = Client(CLIENT_ID, CLIENT_SECRET)
        self.add_account(owner, zone=zone)

    def packs(self, request: Request) -> bool:
        """Only for who says gzip in the User-Agent, too ("Performance Tips", using gzip)."""
        return super().packs(request) and "gzip" in request.headers.get("user-agent", "")

    # ---------------------------------------------------------------- who is there

    @property
    def state(self) -> State:
        return self.world.state

    @property
    def outbox(self) -> list[Mail]:
        return self.world.state.outbox

    def add_account(self, email: str, *, zone: str = "Europe/Berlin") -> Account:
        """A person with Google, and their primary calendar, which nobody else may see."""
        account = Account(email, zone)
        self.state.accounts[email] = account
        self.add_calendar(email, owner=email, zone=zone)
        for setting, value in (("timezone", zone), ("weekStart", "1"), ("locale", "en")):
            account.settings[setting] = (self.state.next_revision(), value)
        return account

    def add_calendar(
        self, name: str, *, owner: str = "", zone: str = "", listed: bool = True
    ) -> Calendar:
        owner = owner or self.owner
        zone = zone or self.state.accounts[owner].zone
        made = Calendar(name, owner, name, zone, {owner: "owner"})
        self.state.calendars[name] = made
        if listed:
            self.state.accounts[owner].listed[name] = (self.state.next_revision(), {})
        return made

    def share(self, calendar: str, user: str, role: str, *, listed: bool = False) -> None:
        """Let ``user`` (``*``: everyone) see or write a calendar; this ends its sync tokens."""
        found = self.state.calendars[calendar]
        found.roles[user] = role
        found.floor = self.state.next_revision()
        if listed:
            self.state.accounts[user].listed[calendar] = (found.floor, {})

    # ---------------------------------------------------------------- the owner's own doing

    def event(self, event: str, calendar: str = "") -> Json:
        """An event as it is kept; see `tests.servers.google.views` for what others see of it."""
        return self._calendar(calendar).entries[event].event

    def etag(self, event: str, calendar: str = "") -> str:
        return etag(self._calendar(calendar).entries[event].revision)

    def put(self, event: Json, calendar: str = "") -> str:
        """An event as Google might hold it, unchecked by the rules of writing; returns its id.

        What is missing gets a plain value. It must fit the discovery document's schema.
        """
        where = self._calendar(calendar)
        now = stamp(self.world.now())
        with self._lock:
            name = str(event.get("id") or f"seed{self.state.next_revision():022d}")
            made = {
                "id": name,
                "status": "confirmed",
                "iCalUID": f"{name}@google.com",
                "created": now,
                "updated": now,
                "creator": {"email": where.owner},
                "organizer": {"email": where.owner if where.is_primary else where.id},
                "sequence": 0,
                "eventType": "default",
                "reminders": {"useDefault": True},
                **event,
            }
            self._note(where, made)
        return name

    def change(self, event: str, calendar: str = "", **fields: object) -> None:
        """The owner changes an event, or one instance; ``None`` removes a field."""
        where = self._calendar(calendar)
        with self._lock:
            old, _ = views.find(self.world, where, event, reading=False)
            self._note(where, shapes.merged(old, fields) | {"updated": stamp(self.world.now())})

    def remove(self, event: str, calendar: str = "", *, told: str = mailing.NONE) -> None:
        """The owner deletes an event, or one instance, in their calendar program."""
        where = self._calendar(calendar)
        with self._lock:
            old, _ = views.find(self.world, where, event, reading=False)
            writing.remove(self.world, where, old, told)

    def answer(
        self, event: str, guest: str, response: str, comment: str = "", calendar: str = ""
    ) -> None:
        """A guest answers: accepted, tentative, declined; the event becomes a new version."""
        attendees = [
            each | {"responseStatus": response, **({"comment": comment} if comment else {})}
            if each.get("email") == guest
            else each
            for each in self.event(event, calendar).get("attendees", ())
        ]
        assert any(each.get("email") == guest for each in attendees), f"{guest} is not invited"
        self.change(event, calendar, attendees=attendees)

    def add_contact(
        self, name: str, *addresses: str, other: bool = False, user: str = "", **fields: object
    ) -> str:
        """Someone the owner knows, or (``other``) once wrote to; returns the resource name."""
        account = self.state.accounts[user or self.owner]
        people = account.others if other else account.connections
        revision = self.state.next_revision()
        resource = f"{'otherContacts' if other else 'people'}/c{revision}"
        given, _, family = name.partition(" ")
        names: Json = {"displayName": name, "givenName": given}
        person: Json = {
            "names": [names | ({"familyName": family} if family else {})],
            "emailAddresses": [{"value": each} for each in addresses],
            "metadata": {"objectType": "PERSON", "sources": [{"type": "CONTACT"}]},
            **fields,
        }
        problems = list(people_api().problems("Person", person))
        assert not problems, problems
        people[resource] = (revision, person)
        return resource

    def remove_contact(self, resource: str, user: str = "") -> None:
        account = self.state.accounts[user or self.owner]
        people = account.connections if resource in account.connections else account.others
        people[resource] = (self.state.next_revision(), {"metadata": {"deleted": True}})

    def end_sync_tokens(self, calendar: str = "") -> None:
        """Every sync token of a calendar is too old from now on."""
        self._calendar(calendar).floor = self.state.next_revision()

    # ---------------------------------------------------------------- signing in

    def client_json(self) -> str:
        """What a developer downloads from Google's console for an installed application."""
        installed = {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "auth_uri": f"{self.url}/auth",
            "token_uri": f"{self.url}/token",
            "redirect_uris": ["http://localhost"],
        }
        return json.dumps({"installed": installed})

    def credentials_json(
        self, scopes: Iterable[str] = EVERYTHING, *, user: str = "", valid: bool = True
    ) -> str:
        """What `google.oauth2.credentials.Credentials.to_json` keeps after signing in."""
        asked = frozenset(scopes)
        with self._lock:
            refresh = identity.new_grant(self.world, CLIENT_ID, user or self.owner, asked)
            access = identity.new_access(self.world, user or self.owner, asked)
        expiry = self.world.now() + (identity.LIFE if valid else -timedelta(hours=1))
        kept = {
            "token": access["access_token"],
            "refresh_token": refresh,
            "token_uri": f"{self.url}/token",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "scopes": sorted(asked),
            "universe_domain": "googleapis.com",
            "account": "",
            "expiry": expiry.replace(tzinfo=None).isoformat() + "Z",
        }
        return json.dumps(kept)

    def service_account_json(self, scopes: Iterable[str] = EVERYTHING) -> str:
        """The key of a service account that an administrator lets use ``scopes`` for everyone."""
        from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        key = generate_private_key(65537, 2048)
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        email = "fika@fika-test.iam.gserviceaccount.com"
        self.state.clients[email] = Client(email, public_key=public, delegated=frozenset(scopes))
        self.add_account(email)
        kept = {
            "type": "service_account",
            "project_id": "fika-test",
            "private_key_id": "1",
            "private_key": _pem(key),
            "client_email": email,
            "client_id": "100000000000000000001",
            "token_uri": f"{self.url}/token",
        }
        return json.dumps(kept)

    def revoke(self, user: str = "") -> None:
        """The person takes the permission back on Google's own pages."""
        with self._lock:
            identity.end(self.world, user or self.owner)

    def end_access(self) -> None:
        """Every access token is too old from now on; refresh tokens are not."""
        with self._lock:
            self.state.access.clear()

    # ---------------------------------------------------------------- all of it

    def saved(self) -> State:
        with self._lock:
            return self.state.copied()

    def restore(self, state: State) -> None:
        with self._lock:
            self.world.state = state.copied()

    def _note(self, where: Calendar, event: Json) -> None:
        problems = list(calendar_api().problems("Event", event))
        assert not problems, problems
        for what in ("start", "end"):
            with suppress(Refused, KeyError):  # times Google would refuse today, it still holds
                event[what] = times.checked(event[what], what, where.zone, recurring=False)
        views.note(self.world, where, event)

    def _calendar(self, name: str) -> Calendar:
        return self.state.calendars[name or self.owner]


def _pem(key: RSAPrivateKey) -> str:
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
