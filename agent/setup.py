"""Writing a first configuration from a few answers."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from agent.config.load import parse
from agent.errors import UsageProblem
from agent.proposing.holidays import public_holidays
from agent.store.files import make_folder
from policies.frozen import frozen
from policies.hours import is_zone
from policies.text import shown

_HEAD = "# What else can be set, and every default: docs/configuration.md\n"
_LOCALTIME = Path("/etc/localtime")
_UNFIT = re.compile(r"[^\w.-]+|^\.+")  # in the name of a file
PLANNING = "planning"


@frozen
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
    if is_zone(named):
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


def write(path: Path, answers: Answers) -> tuple[Path, ...]:
    """Write the configuration to ``path``, and make the planning folder if there is to be one.

    Addresses of feeds, which open a calendar to whoever has them, go to files of their own beside
    it, that nobody else can read. Returns those.

    Raises:
        UsageProblem: there is a configuration already, or such a file; it cannot be written; two
            calendars have one name, or none that can be written has that of ``write``; or nobody
            knows the holidays of the country.
        ConfigProblems: another answer cannot be used.
        StateUnusable: the folder is there, and others can read it.
    """
    public_holidays(answers.country, ())
    _see_names(answers)
    parse(_text(answers, path.parent, {}), path)
    places = dict(answers.calendars)
    feeds = {n: f"{_UNFIT.sub('-', n)}-feed.txt" for n, place in places.items() if "://" in place}
    text = _text(answers, path.parent, feeds)
    parse(text, path)
    secrets = {path.parent / file: places[name] for name, file in feeds.items()}
    for file in (path, *secrets):
        if os.path.lexists(file):
            remedy = "edit it, or move it away first"
            raise UsageProblem(f"there is a file at {file} already", remedy)
    try:
        make_folder(path.parent)
        if not answers.write:
            (path.parent / PLANNING).mkdir(mode=0o700, exist_ok=True)
        for file, address in secrets.items():
            _kept(file, address + "\n")
        _kept(path, text)
    except OSError as error:
        raise UsageProblem(f"{path.parent}: {error.strerror}", "check the folder") from error
    return tuple(secrets)


def _see_names(answers: Answers) -> None:
    """What is wrong between calendars, in the words of who typed them: no file has lines yet.

    Places are left out: the address of a feed is a secret.
    """
    places = dict(answers.calendars)
    for name, count in Counter(name for name, _ in answers.calendars).items():
        if count > 1 or (name == PLANNING and not answers.write):
            own = "" if count > 1 else ", one of them the new one for planning slots"
            cause = f"two calendars are called {shown(name)}{own}"
            raise UsageProblem(cause, "give each a name of its own: --calendar NAME=PLACE")
    if not answers.write:
        return
    called, place = shown(answers.write), places.get(answers.write)
    if place is None:
        known = " or ".join(map(shown, places))
        remedy = f"--write takes {known}; left out, a new one is made"
        raise UsageProblem(f"there is no calendar called {called}", remedy)
    if "://" in place or Path(place).expanduser().is_file():
        what = "an address" if "://" in place else "a single file"
        remedy = "--write takes a folder of .ics files; left out, a new one is made"
        raise UsageProblem(f"{called} cannot be written: it is {what}", remedy)


def _kept(file: Path, text: str) -> None:
    """Written for the owner's eyes only, and never over anything."""
    handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as opened:
        opened.write(text)


def _text(answers: Answers, folder: Path, feeds: Mapping[str, str]) -> str:
    """``feeds`` names the file that keeps the address of a calendar, where one does."""
    owner = _section(
        "[owner]",
        name=answers.name,
        addresses=list(answers.addresses),
        zone=answers.zone,
        country=answers.country,
        place=answers.place,
    )
    calendars = [
        _section("[[calendar]]", name=name)
        + (f"url_from = {{ file = {_quoted(feeds[name])} }}\n" if name in feeds else _where(place))
        for name, place in answers.calendars
    ]
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


def _where(place: str) -> str:
    if "://" in place:
        return f"url = {_quoted(place)}\n"
    return f"path = {_quoted(str(Path(place).expanduser().absolute()))}\n"


def _quoted(value: str | bool | list[str]) -> str:
    return json.dumps(value, ensure_ascii=False)
