"""Reading every secret once, to learn by day whether a run at night will be able to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from agent.accounts.secrets import read_secret
from agent.accounts.tokens import tokens_of
from agent.settings import SecretRef, Service, Settings
from connectors.errors import ConnectorError, NeedsLogin

Ref = tuple[str, SecretRef]
"""What a secret is for, and where it is."""


def secrets_of(settings: Settings) -> tuple[Ref, ...]:
    """Every secret the configuration points to; keys of token files are read with those."""
    refs: list[tuple[str, SecretRef | None]] = [
        *((each.name, each.url_secret) for each in settings.calendars),
        *((each.name, each.client) for each in settings.accounts),
        *((each.name, each.password) for each in settings.accounts),
        ("mail", settings.mail.password if settings.mail else None),
        *((each.name, each.url) for each in settings.digest.channels),
        ("ping", settings.ping.url_secret if settings.ping else None),
    ]
    return tuple((name, ref) for name, ref in refs if ref is not None)


def has_secrets(settings: Settings) -> bool:
    return bool(secrets_of(settings) or settings.accounts)


def credentials_of(settings: Settings) -> tuple[str, ...]:
    """The names of the systemd credentials that secrets are kept in."""
    refs = [ref for _, ref in secrets_of(settings)]
    refs += [each.tokens_key for each in settings.accounts if each.tokens_key is not None]
    return tuple(sorted({ref.credential for ref in refs if ref.credential}))


def unreadable(settings: Settings, home: Path) -> Iterator[ConnectorError]:
    """Why each secret, or sign-in, cannot be read here and now."""
    for name, ref in secrets_of(settings):
        try:
            read_secret(ref, name)
        except ConnectorError as error:
            yield error
    for account in settings.accounts:
        if account.service is Service.CALDAV:
            continue
        try:
            if not tokens_of(account, home).load():
                remedy = f"fika connect {account.service.value} {account.name}"
                yield NeedsLogin(account.name, "nobody has signed in yet", remedy)
        except ConnectorError as error:
            yield error
