"""The configuration as values; `agent.config` reads them from the owner's file."""

from __future__ import annotations

from dataclasses import field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

from policies.frozen import frozen
from policies.rules import Owner, Rules

CREDENTIALS: Final = "$CREDENTIALS_DIRECTORY/"
"""Where systemd puts the credentials of a unit, as a configuration writes it."""


class SourceKind(StrEnum):
    """Where a calendar comes from."""

    ICS = "ics"  # one file, or a folder of files (vdir)
    FEED = "feed"  # an https or webcal address
    ACCOUNT = "account"  # a calendar of an account below


@frozen
class SecretRef:
    """Where a secret is kept; the configuration never holds one.

    Exactly one is set: ``env`` an environment variable, ``command`` a command that prints it,
    ``keyring`` a user name under the service ``fika``, ``file`` a file only its owner can read.
    """

    env: str = ""
    command: str = ""
    keyring: str = ""
    file: str = ""

    @property
    def credential(self) -> str:
        """The name of the systemd credential that ``file`` stands for, empty for a plain file."""
        return self.file.removeprefix(CREDENTIALS) if self.file.startswith(CREDENTIALS) else ""


class Service(StrEnum):
    """Who keeps the calendars of an account."""

    GOOGLE = "google"
    OUTLOOK = "outlook"
    CALDAV = "caldav"


class TokensIn(StrEnum):
    """Where the tokens of an account that one signs in to are kept."""

    KEYRING = "keyring"
    FILE = "file"  # encrypted, in the state folder


class Declines(StrEnum):
    """Which invitations over a planning slot Google declines for the owner."""

    NONE = "none"
    NEW = "new"  # those that come from now on
    ALL = "all"  # also those that are there already


@frozen
class AccountSettings:
    """An account with a service. What only some services know is empty for the others.

    ``user`` is the address or name one signs in with. ``client`` (Google) is the JSON of an OAuth
    client or of a service account, ``client_id`` and ``tenant`` (Outlook) the application's
    registration. ``tokens_key`` opens the encrypted file. ``password`` is CalDAV's.
    ``url`` is the CalDAV server, or another endpoint than Google's or Microsoft's own, and
    ``sign_in_url`` another place to sign in at. ``schedules``: the CalDAV server itself invites
    the guests of what is written to it (RFC 6638); else we mail them.
    """

    name: str
    service: Service
    user: str = ""
    client: SecretRef | None = None
    client_id: str = ""
    tenant: str = "common"
    tokens: TokensIn = TokensIn.KEYRING
    tokens_key: SecretRef | None = None
    password: SecretRef | None = None
    url: str = ""
    sign_in_url: str = ""
    schedules: bool = False
    declines: Declines = Declines.NONE
    allow_private_host: bool = False

    @property
    def invites(self) -> bool:
        """Whether the service tells the guests itself."""
        return self.service is not Service.CALDAV or self.schedules


@frozen
class CalendarSettings:
    """One calendar to read. ``url`` may itself be a secret, then ``url_secret`` says where it is.

    ``account`` names the account it belongs to, and ``id`` is what the service calls it there.
    ``busy``: its events take the owner's time. ``evidence``: its events prove contact.
    ``synced``: another program keeps the file fresh, so its age says nothing.
    """

    name: str
    kind: SourceKind
    path: Path | None = None
    url: str = ""
    url_secret: SecretRef | None = None
    account: str = ""
    id: str = ""
    busy: bool = True
    evidence: bool = True
    synced: bool = False
    allow_private_host: bool = False


@frozen
class LimitSettings:
    """Bounds on what one source may cost us; beyond them it is refused, the others go on."""

    bytes: int = 64 * 1024 * 1024
    components: int = 200_000
    occurrences: int = 2_000
    cpu: timedelta = timedelta(seconds=60)
    memory_bytes: int = 1024 * 1024 * 1024
    fetch: timedelta = timedelta(seconds=60)


class Encryption(StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"  # loopback servers only


@frozen
class MailSettings:
    """The owner's outgoing mail server."""

    host: str
    port: int
    encryption: Encryption = Encryption.STARTTLS
    user: str = ""
    password: SecretRef | None = None
    sender: str = ""
    timeout: timedelta = timedelta(seconds=30)


@frozen
class ChannelSettings:
    """A channel the digest goes to; whoever has its address can write there, so it is a secret.

    ``names``: the digest itself, and not only how much there is to do.
    """

    name: str
    url: SecretRef
    names: bool = True


@frozen
class DigestSettings:
    """The one message a day to the owner: where it goes beside the terminal.

    ``page`` is the address of the page, which is all that a digest links to; empty for no link.
    """

    mail: bool = False
    page: str = ""
    channels: tuple[ChannelSettings, ...] = ()


@frozen
class ReportSettings:
    """``outside_goal``: the share of the hours, 0 to 1, to go beyond the owner's own circle."""

    outside_goal: float = 0.5


@frozen
class PingSettings:
    """A monitor that is told of every run; its address may itself be a secret, as a calendar's."""

    url: str = field(default="", repr=False)
    url_secret: SecretRef | None = None
    allow_private_host: bool = False


@frozen
class Settings:
    """All of it. ``write_calendar`` names the calendar that Fika's own events go to."""

    owner: Owner
    calendars: tuple[CalendarSettings, ...]
    accounts: tuple[AccountSettings, ...] = ()
    write_calendar: str = ""
    rules: Rules = field(default_factory=Rules)
    limits: LimitSettings = LimitSettings()
    mail: MailSettings | None = None
    digest: DigestSettings = DigestSettings()
    report: ReportSettings = ReportSettings()
    ping: PingSettings | None = None
    templates: Path | None = None

    def account_of(self, calendar: str) -> AccountSettings | None:
        """The account that the calendar of this name belongs to, ``None`` for files and feeds."""
        names = {each.account for each in self.calendars if each.name == calendar}
        return next((each for each in self.accounts if each.name in names), None)
