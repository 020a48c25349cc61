"""The owner's `config.toml` as `agent.settings.Settings`; all its problems are reported at once."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from agent.config.rules import days, rules
from agent.config.sources import accounts, calendars, secret, write_calendar
from agent.config.table import Lines, Problem, Table
from agent.errors import UsageProblem
from agent.settings import (
    ChannelSettings,
    DigestSettings,
    Encryption,
    LimitSettings,
    MailSettings,
    PingSettings,
    ReportSettings,
    Service,
    Settings,
)
from policies.people.identity import NotAnAddress, address
from policies.people.person import Format, Seniority
from policies.rules import OFFICE_HOURS, Owner
from policies.spoken import counted

_PAGE: Final = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~/-]*)?")
_HOST: Final = re.compile(r"[\w.-]+|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*")
_SECOND, _HOUR = timedelta(seconds=1), timedelta(hours=1)
_VIDEO: Final[Mapping[Service, str]] = {Service.GOOGLE: "Google Meet"}
"""The place by whose name a service makes a video room for the meeting."""


class ConfigProblems(UsageProblem):
    """Everything that is wrong with a configuration file."""

    def __init__(self, path: Path, problems: tuple[Problem, ...]) -> None:
        shown = "\n".join(f"  {each}" for each in problems)
        count = counted(len(problems), "problem")
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
    found = accounts(root.tables("account"), folder)
    read = calendars(root.tables("calendar"), folder, found)
    settings = Settings(
        owner=_owner(root.table("owner")),
        calendars=read,
        accounts=found,
        write_calendar=write_calendar(root.table("write"), read),
        rules=rules(root),
        limits=_limits(root.table("limits")),
        mail=_mail(root.table("mail"), folder) if "mail" in root else None,
        digest=_digest(root.table("digest"), folder, has_mail="mail" in root),
        report=_report(root.table("report")),
        ping=_ping(root.table("ping"), folder),
        templates=_templates(root.table("texts"), folder),
    )
    if not read:
        root.problem("calendar", "is missing: there is nothing to read", "add a [[calendar]]")
    root.leave()
    return _with_video(settings)


def _with_video(settings: Settings) -> Settings:
    """A coffee over video is had where the inviting service makes a room, unless told otherwise."""
    account, slots = settings.account_of(settings.write_calendar), settings.rules.slots
    rule = slots.formats.get(Format.VIRTUAL_COFFEE)
    if account is None or account.service not in _VIDEO or rule is None or rule.places:
        return settings
    video = replace(rule, places=(_VIDEO[account.service],))
    formats = MappingProxyType({**slots.formats, Format.VIRTUAL_COFFEE: video})
    return replace(settings, rules=replace(settings.rules, slots=replace(slots, formats=formats)))


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
        background=table.texts("background"),
        office_days=days(table, "office_days"),
    )
    table.leave()
    return owner


def _mail(table: Table, folder: Path) -> MailSettings:
    encryption = table.choice("encryption", Encryption, Encryption.STARTTLS)
    sender = table.text("sender")
    usual = {Encryption.TLS: 465, Encryption.STARTTLS: 587, Encryption.NONE: 25}[encryption]
    made = MailSettings(
        host=table.text("host"),
        port=table.number("port", usual, least=1, most=65_535),
        encryption=encryption,
        user=table.text("user"),
        password=secret(table, "password_from", folder),
        sender=_address(sender),
        timeout=table.length("timeout", MailSettings("", 0).timeout, least=_SECOND, most=_HOUR),
    )
    if not made.host:
        table.problem("host", "is missing", "write the name of your outgoing mail server")
    elif not is_host(made.host):
        remedy = "write it alone, such as smtp.example.com; a port goes under port"
        table.problem("host", "is no name of a server", remedy)
    if sender and not made.sender:
        table.problem("sender", "is not one mail address", "leave it out for your first address")
    if encryption is Encryption.NONE and made.host not in {"localhost", "127.0.0.1", "::1"}:
        table.problem("encryption", "may be 'none' for localhost only", "use 'starttls' or 'tls'")
    if made.user and made.password is None:
        table.problem("password_from", "is missing", "say where the password of the user is kept")
    table.leave()
    return made


def is_host(text: str) -> bool:
    """Whether it can be the name or the address of a server."""
    return _HOST.fullmatch(text) is not None


def _digest(table: Table, folder: Path, *, has_mail: bool) -> DigestSettings:
    made = DigestSettings(
        mail=table.flag("mail", default=False),
        page=table.text("page"),
        channels=_channels(table.tables("channel"), folder),
    )
    if made.mail and not has_mail:
        table.problem("mail", "needs a mail server", "add a [mail] section")
    if made.page and not _PAGE.fullmatch(made.page):
        cause = "is not the bare address of a page"
        table.problem("page", cause, "write for example 'http://127.0.0.1:8377/'")
    table.leave()
    return made


def _channels(tables: Iterable[Table], folder: Path) -> tuple[ChannelSettings, ...]:
    found: list[ChannelSettings] = []
    for table in tables:
        name = table.text("name")
        url = secret(table, "url_from", folder)
        names = table.flag("names", default=True)
        if table.text("url"):
            table.problem("url", "is a secret, which cannot stand here", "see url_from")
        elif not name.strip() or name in {"mail", *(each.name for each in found)}:
            table.problem("name", "must be there, and unlike every other", "name it as you like")
        elif url is None:
            table.problem("url_from", "is missing", "say where the channel's address is kept")
        else:
            found.append(ChannelSettings(name, url, names))
        table.leave()
    return tuple(found)


def _report(table: Table) -> ReportSettings:
    goal = table.share("outside_goal", ReportSettings().outside_goal)
    if goal > 1:
        table.problem("outside_goal", f"is {goal:g}", "write a share from 0 to 1")
    table.leave()
    return ReportSettings(min(goal, 1.0))


def _ping(table: Table, folder: Path) -> PingSettings | None:
    url, kept = table.text("url"), secret(table, "url_from", folder)
    if url and kept:
        table.problem("url", "is given twice", "leave out url or url_from")
    if url and not url.lower().startswith(("https://", "http://")):
        table.problem("url", "is not an https address")
    private = table.flag("allow_private_host", default=False)
    table.leave()
    return PingSettings(url, kept, private) if url or kept else None


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
