"""The owner's `config.toml` as `agent.settings.Settings`; all its problems are reported at once."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from agent.config.rules import rules
from agent.config.table import Lines, Problem, Table, nearest
from agent.errors import UsageProblem
from agent.settings import (
    CalendarSettings,
    DigestSettings,
    Encryption,
    LimitSettings,
    MailSettings,
    PingSettings,
    SecretRef,
    Settings,
    SourceKind,
)
from policies.identity import NotAnAddress, address
from policies.person import Seniority
from policies.rules import OFFICE_HOURS, Owner
from policies.text import shown

_SECOND, _HOUR = timedelta(seconds=1), timedelta(hours=1)


class ConfigProblems(UsageProblem):
    """Everything that is wrong with a configuration file."""

    def __init__(self, path: Path, problems: tuple[Problem, ...]) -> None:
        shown = "\n".join(f"  {each}" for each in problems)
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(f"{count} in {path}\n{shown}", "correct the file, then run `fika doctor`")
        self.problems = problems


def load(path: Path) -> Settings:
    """The settings in the file at ``path``.

    Raises:
        UsageProblem: there is no such file, or it cannot be read.
        ConfigProblems: all that is wrong in it.
    """
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError as error:
        raise UsageProblem(
            f"there is no configuration at {path}",
            "run `fika init` to make one, or `fika demo` to look first",
        ) from error
    except UnicodeDecodeError as error:
        raise UsageProblem(f"{path} is not UTF-8 text", "save it as UTF-8") from error
    except OSError as error:
        raise UsageProblem(f"{path}: {error.strerror}", "check the file") from error
    return parse(text, path)


def parse(text: str, path: Path) -> Settings:
    """The settings in ``text``; relative paths in it are beside ``path``.

    Raises:
        ConfigProblems: all that is wrong in it.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"line (\d+)", str(error))
        line = int(where[1]) if where else len(text.splitlines())
        raise ConfigProblems(path, (Problem(line, f"not TOML: {error}", ""),)) from error
    except (ValueError, RecursionError) as error:  # what the library does not expect either
        cause = "a number of thousands of digits, or lists nested hundreds deep"
        raise ConfigProblems(path, (Problem(0, f"not TOML: {cause}", ""),)) from error
    problems: list[Problem] = []
    settings = _settings(Table(values, "", Lines(text), problems), path.parent)
    if problems:
        raise ConfigProblems(path, tuple(sorted(problems)))
    return settings


def _settings(root: Table, folder: Path) -> Settings:
    calendars = tuple(_calendar(each, folder) for each in root.tables("calendar"))
    settings = Settings(
        owner=_owner(root.table("owner")),
        calendars=calendars,
        write_calendar=_write_calendar(root.table("write"), calendars),
        rules=rules(root),
        limits=_limits(root.table("limits")),
        mail=_mail(root.table("mail"), folder) if "mail" in root else None,
        digest=_digest(root.table("digest"), has_mail="mail" in root),
        ping=_ping(root.table("ping"), folder),
        templates=_templates(root.table("texts"), folder),
    )
    if not calendars:
        root.problem("calendar", "is missing: there is nothing to read", "add a [[calendar]]")
    names = [each.name for each in calendars]
    for name in sorted({name for name in names if names.count(name) > 1}):
        root.problem("calendar", f"has the name {name!r} twice", "give each its own name")
    root.leave()
    return settings


def _owner(table: Table) -> Owner:
    zone = table.text("zone")
    if not _is_zone(zone):
        table.problem("zone", f"{zone!r} is not a time zone", "write for example 'Europe/Berlin'")
    addresses = tuple(map(_address, table.texts("addresses")))
    if not addresses or not all(addresses):
        table.problem("addresses", "must hold your mail addresses", "the one to send from first")
    name = table.text("name")
    if not name.strip():
        table.problem("name", "is missing", "write your name as it should stand under a mail")
    seniority = table.choice("seniority", Seniority, Seniority.PROFESSIONAL)
    owner = Owner(
        name=name,
        addresses=addresses,
        zone=zone if _is_zone(zone) else "UTC",
        hours=table.hours("hours") or OFFICE_HOURS,
        country=table.text("country"),
        organisation=table.text("organisation"),
        seniority=seniority.value,
        place=table.text("place"),
    )
    table.leave()
    return owner


def _calendar(table: Table, folder: Path) -> CalendarSettings:
    name, url = table.text("name"), table.text("url")
    path, secret = table.path("path", folder), _secret(table, "url_from", folder)
    if not name:
        table.problem("name", "is missing", "give the calendar a short name")
    elif shown(name) != name:
        table.problem("name", "is long or holds what cannot be seen", "give it a short name")
    if sum(map(bool, (path, url, secret))) != 1:
        table.problem("", "needs exactly one of path, url and url_from")
    if url and not url.lower().startswith(("https://", "webcal://", "http://")):
        table.problem("url", "is not an https or webcal address")
    made = CalendarSettings(
        name=name,
        kind=SourceKind.ICS if path else SourceKind.FEED,
        path=path,
        url=url,
        url_secret=secret,
        busy=table.flag("busy", default=True),
        evidence=table.flag("evidence", default=True),
        synced=table.flag("synced", default=False),
        allow_private_host=table.flag("allow_private_host", default=False),
    )
    table.leave()
    return made


def _write_calendar(table: Table, calendars: tuple[CalendarSettings, ...]) -> str:
    name = table.text("calendar")
    folders = {each.name: each.path for each in calendars if each.path}
    if name and name not in folders:
        table.problem("calendar", f"names no folder calendar: {name!r}", nearest(name, folders))
    elif name and os.path.isfile(folders[name]):  # noqa: PTH113 - answers also where we may not look
        table.problem("calendar", f"is a single file: {name!r}", "name a folder of .ics files")
    table.leave()
    return name


def _mail(table: Table, folder: Path) -> MailSettings:
    encryption = table.choice("encryption", Encryption, Encryption.STARTTLS)
    sender = table.text("sender")
    usual = {Encryption.TLS: 465, Encryption.STARTTLS: 587, Encryption.NONE: 25}[encryption]
    made = MailSettings(
        host=table.text("host"),
        port=table.number("port", usual, least=1, most=65_535),
        encryption=encryption,
        user=table.text("user"),
        password=_secret(table, "password_from", folder),
        sender=_address(sender),
        timeout=table.length("timeout", MailSettings("", 0).timeout, least=_SECOND, most=_HOUR),
    )
    if not made.host:
        table.problem("host", "is missing", "write the name of your outgoing mail server")
    if sender and not made.sender:
        table.problem("sender", "is not one mail address", "leave it out for your first address")
    if encryption is Encryption.NONE and made.host not in {"localhost", "127.0.0.1", "::1"}:
        table.problem("encryption", "may be 'none' for localhost only", "use 'starttls' or 'tls'")
    if made.user and made.password is None:
        table.problem("password_from", "is missing", "say where the password of the user is kept")
    table.leave()
    return made


def _digest(table: Table, *, has_mail: bool) -> DigestSettings:
    made = DigestSettings(mail=table.flag("mail", default=False))
    if made.mail and not has_mail:
        table.problem("mail", "needs a mail server", "add a [mail] section")
    table.leave()
    return made


def _ping(table: Table, folder: Path) -> PingSettings | None:
    url, secret = table.text("url"), _secret(table, "url_from", folder)
    if url and secret:
        table.problem("url", "is given twice", "leave out url or url_from")
    if url and not url.lower().startswith(("https://", "http://")):
        table.problem("url", "is not an https address")
    private = table.flag("allow_private_host", default=False)
    table.leave()
    return PingSettings(url, secret, private) if url or secret else None


def _templates(table: Table, folder: Path) -> Path | None:
    made = table.path("folder", folder)
    if made is not None and not os.path.isdir(made):  # noqa: PTH112 - as above
        table.problem("folder", "is no folder", f"make {made}, or leave the setting out")
    table.leave()
    return made


def _limits(table: Table) -> LimitSettings:
    default = LimitSettings()
    made = LimitSettings(
        bytes=table.number("bytes", default.bytes, least=1_000),
        components=table.number("components", default.components, least=1),
        occurrences=table.number("occurrences", default.occurrences, least=1),
        cpu=table.length("cpu", default.cpu, least=_SECOND, most=_HOUR),
        memory_bytes=table.number("memory_bytes", default.memory_bytes, least=64 * 1024 * 1024),
        fetch=table.length("fetch", default.fetch, least=_SECOND, most=_HOUR),
    )
    table.leave()
    return made


def _secret(table: Table, key: str, folder: Path) -> SecretRef | None:
    if key not in table:
        return None
    inner = table.table(key)
    values: Mapping[str, str] = {each.name: inner.text(each.name) for each in fields(SecretRef)}
    if sum(map(bool, values.values())) != 1:
        table.problem(key, "needs exactly one of env, command, keyring and file")
    inner.leave()
    made = SecretRef(**values)
    if file := inner.path("file", folder):
        made = replace(made, file=str(file))
    return made


def _address(text: str) -> str:
    """The form that addresses are compared by; empty where it is not one address."""
    try:
        return address(text)
    except NotAnAddress:
        return ""


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
