"""Writing a first configuration from a few answers."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from agent.config.load import parse
from agent.errors import UsageProblem

_HEAD = "# What else can be set, and every default: docs/configuration.md\n"
_LOCALTIME = Path("/etc/localtime")
PLANNING = "planning"


@dataclass(frozen=True, slots=True)
class Answers:
    """What `fika init` asks; ``calendars`` are pairs of a name and a path or address.

    ``write`` names the folder calendar for Fika's own events; empty makes one of its own, beside
    the configuration.
    """

    name: str
    addresses: tuple[str, ...]
    zone: str
    calendars: tuple[tuple[str, str], ...]
    write: str = ""
    country: str = ""
    place: str = ""
    mail_host: str = ""
    mail_user: str = ""


def guessed_zone() -> str:
    """The machine's own zone by its IANA name, empty when it does not say."""
    named = os.environ.get("TZ", "").lstrip(":")
    if named:
        return named
    target = str(_LOCALTIME.resolve()) if _LOCALTIME.is_symlink() else ""
    return target.partition("zoneinfo/")[2]


def named_calendar(text: str) -> tuple[str, str]:
    """``work=~/calendars/work`` as name and place; without a name, one is made of the place."""
    name, equals, place = text.partition("=")
    if equals and name and not name.startswith(("http", "webcal", "/", "~", ".")):
        return name.strip(), place.strip()
    host = text.partition("://")[2].partition("/")[0]
    return host or Path(text).expanduser().stem or "calendar", text.strip()


def write(path: Path, answers: Answers) -> str:
    """Write the configuration to ``path``, and make the planning folder if there is to be one.

    Returns the text written, which has been read back without a problem.

    Raises:
        UsageProblem: there is a configuration already, or it cannot be written.
        ConfigProblems: an answer cannot be used.
    """
    text = _text(answers, path.parent)
    parse(text, path)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not answers.write:
            (path.parent / PLANNING).mkdir(mode=0o700, exist_ok=True)
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as error:
        remedy = "edit it, or move it away first"
        raise UsageProblem(f"there is a configuration at {path} already", remedy) from error
    except OSError as error:
        raise UsageProblem(f"{path}: {error.strerror}", "check the folder") from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return text


def _text(answers: Answers, folder: Path) -> str:
    owner = _section(
        "[owner]",
        name=answers.name,
        addresses=list(answers.addresses),
        zone=answers.zone,
        country=answers.country,
        place=answers.place,
    )
    calendars = [_section("[[calendar]]", name=n, **_where(p)) for n, p in answers.calendars]
    if not answers.write:
        # Fika alone writes there, so its age says nothing about how fresh it is.
        path = str(folder / PLANNING)
        calendars.append(_section("[[calendar]]", name=PLANNING, path=path, synced=True))
    writing = _section("[write]", calendar=answers.write or PLANNING)
    mail = _section("[mail]", host=answers.mail_host, user=answers.mail_user)
    if answers.mail_user:
        mail += f"password_from = {{ keyring = {_quoted(answers.mail_user)} }}\n"
    sections = [_HEAD, owner, *calendars, writing, *([mail] if answers.mail_host else [])]
    return "\n".join(sections)


def _section(header: str, **values: str | bool | list[str]) -> str:
    """A table of what was answered; TOML writes texts, lists and truth as JSON does."""
    lines = [header, *(f"{key} = {_quoted(value)}" for key, value in values.items() if value)]
    return "\n".join(lines) + "\n"


def _where(place: str) -> dict[str, str]:
    if "://" in place:
        return {"url": place}
    return {"path": str(Path(place).expanduser().absolute())}


def _quoted(value: str | bool | list[str]) -> str:
    return json.dumps(value, ensure_ascii=False)
