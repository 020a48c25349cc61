"""The sections of the configuration that say where calendars come from, and where ours go."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path

from agent.config.table import Table, nearest
from agent.settings import (
    AccountSettings,
    CalendarSettings,
    Declines,
    SecretRef,
    Service,
    SourceKind,
    TokensIn,
)
from policies.text import shown

_WEB = ("https://", "http://")


def accounts(tables: tuple[Table, ...], folder: Path) -> tuple[AccountSettings, ...]:
    """The accounts; relative paths in them are beside ``folder``."""
    made = tuple(_account(each, folder) for each in tables)
    _unlike(tables, [each.name for each in made])
    return made


def calendars(
    tables: tuple[Table, ...], folder: Path, accounts: tuple[AccountSettings, ...]
) -> tuple[CalendarSettings, ...]:
    """The calendars to read, each of a file, a folder, a feed or one of the ``accounts``."""
    names = tuple(each.name for each in accounts)
    made = tuple(_calendar(each, folder, names) for each in tables)
    _unlike(tables, [each.name for each in made])
    return made


def write_calendar(table: Table, calendars: tuple[CalendarSettings, ...]) -> str:
    """The name of the calendar that ours go to, empty for none."""
    name = table.text("calendar")
    found = {each.name: each for each in calendars if each.kind is not SourceKind.FEED}
    if name and name not in found:
        table.problem(
            "calendar", f"names no calendar that can be written: {name!r}", nearest(name, found)
        )
    elif name and (path := found[name].path) and os.path.isfile(path):  # noqa: PTH113 - answers also where we may not look
        table.problem("calendar", f"is a single file: {name!r}", "name a folder of .ics files")
    table.leave()
    return name


def secret(table: Table, key: str, folder: Path) -> SecretRef | None:
    """Where the secret of this setting is kept, ``None`` where it is left out."""
    if key not in table:
        return None
    inner = table.table(key)
    values: Mapping[str, str] = {each.name: inner.text(each.name) for each in fields(SecretRef)}
    if sum(map(bool, values.values())) != 1:
        table.problem(key, "needs exactly one of env, command, keyring and file")
    inner.leave()
    made = SecretRef(**values)
    if not made.credential and (file := inner.path("file", folder)):
        made = replace(made, file=str(file))
    return made


def _account(table: Table, folder: Path) -> AccountSettings:
    made = AccountSettings(
        name=_name(table, "account"),
        service=table.choice("service", Service, Service.GOOGLE),
        user=table.text("user"),
        client=secret(table, "client_from", folder),
        client_id=table.text("client_id"),
        tenant=table.text("tenant", "common"),
        tokens=table.choice("tokens", TokensIn, TokensIn.KEYRING),
        tokens_key=secret(table, "tokens_key_from", folder),
        password=secret(table, "password_from", folder),
        url=table.text("url"),
        sign_in_url=table.text("sign_in_url"),
        schedules=table.flag("schedules", default=False),
        declines=table.choice("declines", Declines, Declines.NONE),
        allow_private_host=table.flag("allow_private_host", default=False),
    )
    if "service" not in table:
        table.problem("service", "is missing", "write google, outlook or caldav")
    _check_needs(table, made)
    for key, url in (("url", made.url), ("sign_in_url", made.sign_in_url)):
        if url and not url.lower().startswith(_WEB):
            table.problem(key, "is not an https address")
    table.leave()
    return made


def _check_needs(table: Table, made: AccountSettings) -> None:
    if made.service is Service.GOOGLE and made.client is None:
        table.problem("client_from", "is missing", "see docs/google.md for how to get the file")
    if made.service is Service.OUTLOOK and not made.client_id:
        table.problem("client_id", "is missing", "see docs/outlook.md for how to get one")
    if made.service is not Service.GOOGLE and made.declines is not Declines.NONE:
        table.problem("declines", "is for Google only", "remove it")
    if made.service is Service.CALDAV:
        for key in ("url", "user", "password_from"):
            if key not in table:
                table.problem(key, "is missing", "see docs/caldav.md for your server's")
    elif made.tokens is TokensIn.FILE and made.tokens_key is None:
        table.problem("tokens_key_from", "is missing", 'write for example { file = "tokens.key" }')


def _calendar(table: Table, folder: Path, accounts: tuple[str, ...]) -> CalendarSettings:
    name, url, account = _name(table, "calendar"), table.text("url"), table.text("account")
    path, url_from = table.path("path", folder), secret(table, "url_from", folder)
    if sum(map(bool, (path, url, url_from, account))) != 1:
        table.problem("", "needs exactly one of path, url, url_from and account")
    if url and not url.lower().startswith((*_WEB, "webcal://")):
        table.problem("url", "is not an https or webcal address")
    if account and account not in accounts:
        table.problem("account", f"names no [[account]]: {account!r}", nearest(account, accounts))
    made = CalendarSettings(
        name=name,
        kind=SourceKind.ACCOUNT if account else SourceKind.ICS if path else SourceKind.FEED,
        path=path,
        url=url,
        url_secret=url_from,
        account=account,
        id=table.text("id"),
        busy=table.flag("busy", default=True),
        evidence=table.flag("evidence", default=True),
        synced=table.flag("synced", default=False),
        allow_private_host=table.flag("allow_private_host", default=False),
    )
    if bool(made.id) != bool(account):
        table.problem("id", "belongs with account", "`fika connect` writes both")
    table.leave()
    return made


def _name(table: Table, what: str) -> str:
    name = table.text("name")
    if not name:
        table.problem("name", "is missing", f"give the {what} a short name")
    elif shown(name) != name:
        table.problem("name", "is long or holds what cannot be seen", "give it a short name")
    return name


def _unlike(tables: tuple[Table, ...], names: list[str]) -> None:
    for table, name in zip(tables, names, strict=True):
        if name and names.index(name) != len(names) - 1 - names[::-1].index(name):
            table.problem("name", f"is used twice: {name!r}", "give each its own name")
