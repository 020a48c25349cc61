"""The configuration as values; `agent.config` reads them from the owner's file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from policies.rules import Owner, Rules


class SourceKind(StrEnum):
    """Where a calendar comes from."""

    ICS = "ics"  # one file, or a folder of files (vdir)
    FEED = "feed"  # an https or webcal address


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret is kept; the configuration never holds one.

    Exactly one is set: ``env`` an environment variable, ``command`` a command that prints it,
    ``keyring`` a user name under the service ``fika``, ``file`` a file only its owner can read.
    """

    env: str = ""
    command: str = ""
    keyring: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class CalendarSettings:
    """One calendar to read. ``url`` may itself be a secret, then ``url_secret`` says where it is.

    ``busy``: its events take the owner's time. ``evidence``: its events prove contact.
    ``synced``: another program keeps the file fresh, so its age says nothing.
    """

    name: str
    kind: SourceKind
    path: Path | None = None
    url: str = ""
    url_secret: SecretRef | None = None
    busy: bool = True
    evidence: bool = True
    synced: bool = False
    allow_private_host: bool = False


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The owner's outgoing mail server."""

    host: str
    port: int
    encryption: Encryption = Encryption.STARTTLS
    user: str = ""
    password: SecretRef | None = None
    sender: str = ""
    timeout: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class DigestSettings:
    """The one message a day to the owner: where it goes beside the terminal."""

    mail: bool = False


@dataclass(frozen=True, slots=True)
class PingSettings:
    """A monitor that is told of every run; its address may itself be a secret, as a calendar's."""

    url: str = field(default="", repr=False)
    url_secret: SecretRef | None = None
    allow_private_host: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it. ``write_calendar`` names the folder calendar that Fika's own events go to."""

    owner: Owner
    calendars: tuple[CalendarSettings, ...]
    write_calendar: str = ""
    rules: Rules = field(default_factory=Rules)
    limits: LimitSettings = LimitSettings()
    mail: MailSettings | None = None
    digest: DigestSettings = DigestSettings()
    ping: PingSettings | None = None
    templates: Path | None = None
