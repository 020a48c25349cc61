"""Everything the server knows: plain values that can be copied as a whole."""

from __future__ import annotations

import base64
import copy
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.servers.common import Clock, Mail
from tests.servers.google.discovery import Json

ROLES = ("none", "freeBusyReader", "reader", "writerWithoutPrivateAccess", "writer", "owner")


@dataclass
class Entry:
    """One event as it is kept; ``revision`` grows with every change anywhere.

    ``before`` is what readings show until ``shown_from``; ``None`` where that is nothing.
    """

    event: Json
    revision: int
    created: datetime
    shown_from: datetime
    before: Entry | None = None
    looked_at: int = 0


@dataclass
class Calendar:
    """``roles`` says who may do what, ``*`` standing for everyone; ``floor`` ends older tokens."""

    id: str
    owner: str
    summary: str
    zone: str
    roles: dict[str, str]
    entries: dict[str, Entry] = field(default_factory=dict)
    floor: int = 0
    made_by_app: bool = False

    @property
    def is_primary(self) -> bool:
        return self.id == self.owner

    def role(self, user: str) -> str:
        return self.roles.get(user) or self.roles.get("*", "none")

    def allows(self, user: str, role: str) -> bool:
        return ROLES.index(self.role(user)) >= ROLES.index(role)


@dataclass
class Account:
    """One person with Google. ``focus``: focus time is allowed, refused or degraded to default.

    ``listed`` are the entries of the calendar list with their revisions, ``settings`` likewise;
    ``connections`` and ``others`` are people.
    """

    email: str
    zone: str
    focus: str = "allowed"
    listed: dict[str, tuple[int, Json]] = field(default_factory=dict)
    settings: dict[str, tuple[int, str]] = field(default_factory=dict)
    connections: dict[str, tuple[int, Json]] = field(default_factory=dict)
    others: dict[str, tuple[int, Json]] = field(default_factory=dict)


@dataclass
class Client:
    """An application registered with Google; with ``public_key`` (PEM) a service account.

    ``delegated`` are the scopes an administrator lets a service account use for everyone.
    """

    id: str
    secret: str = ""
    public_key: bytes = b""
    delegated: frozenset[str] = frozenset()


@dataclass
class Continuation:
    """What a page token or a sync token stands for."""

    kind: str
    of: str
    asked: Json
    revision: int
    issued: datetime
    rest: list[Json] = field(default_factory=list)


@dataclass
class Grant:
    """What a refresh token stands for; ``died`` is why it no longer works."""

    client: str
    user: str
    scopes: frozenset[str]
    issued: datetime
    died: str = ""


@dataclass
class Access:
    """What an access token stands for."""

    user: str
    scopes: frozenset[str]
    expires: datetime
    delegated: bool = True


@dataclass
class Pending:
    """A yes on the consent page, not yet exchanged."""

    client: str
    user: str
    scopes: frozenset[str]
    redirect: str
    challenge: str
    issued: datetime
    offline: bool = True


@dataclass
class Consent:
    """What the person at the consent page does: says no, or leaves scopes unticked."""

    user: str = ""
    denies: bool = False
    unticked: frozenset[str] = frozenset()


@dataclass
class State:
    accounts: dict[str, Account] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    calendars: dict[str, Calendar] = field(default_factory=dict)
    outbox: list[Mail] = field(default_factory=list)
    continuations: dict[str, Continuation] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    access: dict[str, Access] = field(default_factory=dict)
    codes: dict[str, Pending] = field(default_factory=dict)
    revision: int = 0

    def copied(self) -> State:
        return copy.deepcopy(self)

    def next_revision(self) -> int:
        self.revision += 1
        return self.revision

    def opaque(self, kind: str) -> str:
        """A token that says nothing and is never given twice."""
        digest = hashlib.sha256(f"{kind} {self.next_revision()}".encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def keep(self, continuation: Continuation) -> str:
        token = self.opaque(continuation.kind)
        self.continuations[token] = continuation
        return token


@dataclass
class World:
    """The state, the server's clock, and how unkind the service is.

    ``invitations_left`` is how many guests may still be added before the service takes it for spam.
    ``lag`` is how long readings show an entry as it was. ``weak_ids`` is how long after it was
    written a second entry of the same id is not noticed; then the last one written stays, or
    with ``first_stays`` the first, though both were answered alike.
    With ``tells_again`` every change that may tell guests tells all of them, even of nothing new.
    ``conference_after`` is how many readings of an event it takes until its meeting room is there.
    ``groups`` are those free/busy can be asked for, ``busy_errors`` what it says of a calendar.
    ``google_guests`` have Google without being known here.
    ``single_instances`` is how many instances of an endless series are listed singly.
    ``testing`` is an application that was never published: its refresh tokens live 7 days.
    With ``rotates`` every refresh gives a new refresh token and ends the old one.
    """

    clock: Clock
    state: State = field(default_factory=State)
    lag: timedelta = timedelta()
    invitations_left: int | None = None
    weak_ids: timedelta = timedelta()
    first_stays: bool = False
    tells_again: bool = False
    conference_after: int = 1
    single_instances: int = 730
    google_guests: set[str] = field(default_factory=set)
    groups: dict[str, list[str]] = field(default_factory=dict)
    busy_errors: dict[str, str] = field(default_factory=dict)
    consent: Consent = field(default_factory=Consent)
    testing: bool = False
    rotates: bool = False

    def now(self) -> datetime:
        return self.clock.now().astimezone(UTC)


def etag(revision: int) -> str:
    return f'"{3_000_000_000_000_000 + 2 * revision}"'


def stamp(moment: datetime) -> str:
    """As Google writes moments of its own: UTC, milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
