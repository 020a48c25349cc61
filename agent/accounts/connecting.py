"""Connecting an account: what it is called in the configuration, its client, its calendars."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from agent.config import edit
from agent.config.load import load
from agent.errors import UsageProblem
from agent.settings import AccountSettings, SecretRef, Service, Settings, TokensIn
from agent.setup import PLANNING, Answers, write
from agent.store import files
from connectors.port import CalendarFound
from policies.hours import written_hours
from policies.people.person import WeeklyHours
from policies.text import shown

KEY_FILE: Final = "tokens.key"
_PRIMARY: Final = "primary"
_UNFIT: Final = re.compile(r"[^\w.-]+|^\.+")
_LONGEST_NAME: Final = 40


def begun(path: Path, owner: Answers) -> Settings:
    """A first configuration with no calendar but the one for planning slots.

    Raises: as `agent.setup.write`.
    """
    write(path, owner)
    return load(path)


def drafted(settings: Settings, name: str, service: Service) -> AccountSettings:
    """The account of this name as configured, or a new one.

    Raises:
        UsageProblem: there is one, of another service, or it is no name.
    """
    if not name.strip() or shown(name) != name:
        raise UsageProblem("that is no name for an account", "choose a short one, such as work")
    for each in settings.accounts:
        if each.name == name and each.service is service:
            return each
        if each.name == name:
            cause = f"{name} is an account of {each.service.value} already"
            raise UsageProblem(cause, "choose another name")
    return AccountSettings(name, service)


def kept_in(draft: AccountSettings, place: TokensIn, home: Path) -> AccountSettings:
    """The account with its tokens in ``place``; a key of the owner's own choice stays."""
    key = draft.tokens_key
    if place is TokensIn.FILE and key is None:
        key = SecretRef(file=str(home / KEY_FILE))
    return replace(draft, tokens=place, tokens_key=key)


def with_client(draft: AccountSettings, given: Path, home: Path) -> AccountSettings:
    """The account with a copy of its client file in the state folder, for its owner's eyes only.

    Raises:
        UsageProblem: the file cannot be read, or not be copied.
    """
    copy = home / f"{_UNFIT.sub('-', draft.name)}-client.json"
    made = files.beside(copy)
    try:
        content = given.expanduser().read_bytes()
        made.unlink(missing_ok=True)
        files.make_file(made)
        made.write_bytes(content)
        files.put(made, copy)
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "nobody's home"
        raise UsageProblem(f"{given}: {reason}", "check the file") from error
    finally:
        made.unlink(missing_ok=True)
    return replace(draft, client=SecretRef(file=str(copy)))


def new_calendars(
    settings: Settings, account: str, chosen: Sequence[CalendarFound]
) -> tuple[tuple[str, CalendarFound], ...]:
    """The chosen calendars that are not configured yet, each with a name nothing else has."""
    taken = {each.name for each in settings.calendars}
    found = []
    for each in chosen:
        if not name_of(settings, account, each):
            name = _free(account if each.primary else each.name, account, taken)
            taken.add(name)
            found.append((name, each))
    return tuple(found)


def name_of(settings: Settings, account: str, calendar: CalendarFound) -> str:
    """What a calendar of the account is called in the configuration; empty when it is not there.

    Google takes ``primary`` for the id of the primary one, and lists it by its owner's address.
    """
    ids = {calendar.id, _PRIMARY} if calendar.primary else {calendar.id}
    names = (each.name for each in settings.calendars if each.account == account and each.id in ids)
    return next(names, "")


def save(
    path: Path,
    draft: AccountSettings,
    calendars: Iterable[tuple[str, CalendarFound]],
    write_to: str,
    hours: WeeklyHours | None = None,
) -> Settings:
    """Write the account, its new calendars and where ours go into the configuration.

    ``hours`` are the owner's by that account, taken where the owner has set none.

    Raises: as `agent.config.edit`.
    """
    tables: list[edit.Values] = [
        {"name": name, "account": draft.name, "id": each.id} for name, each in calendars
    ]
    text = path.read_text("utf-8-sig")
    values = _values(draft, path.parent)
    week = written_hours(hours) if hours else ""
    return edit.replace(path, edit.with_account(text, values, tables, write_to, week))


def may_move(settings: Settings) -> bool:
    """Whether ours go nowhere yet, or to the folder that a first configuration begins with."""
    return settings.write_calendar in {"", PLANNING}


def _values(draft: AccountSettings, folder: Path) -> edit.Values:
    usual = AccountSettings("", draft.service)
    return {
        "name": draft.name,
        "service": draft.service.value,
        "user": draft.user,
        "client_from": _ref(draft.client, folder),
        "client_id": draft.client_id,
        "tenant": "" if draft.tenant == usual.tenant else draft.tenant,
        "tokens": "" if draft.service is Service.CALDAV else draft.tokens.value,
        "tokens_key_from": _ref(draft.tokens_key, folder),
        "password_from": _ref(draft.password, folder),
        "url": draft.url,
        "sign_in_url": draft.sign_in_url,
        "schedules": draft.schedules,
        "allow_private_host": draft.allow_private_host,
    }


def _ref(ref: SecretRef | None, folder: Path) -> dict[str, str]:
    if ref is None:
        return {}
    values = {"env": ref.env, "command": ref.command, "keyring": ref.keyring, "file": ref.file}
    found = {key: value for key, value in values.items() if value}
    if ref.file and Path(ref.file).is_relative_to(folder):
        found["file"] = str(Path(ref.file).relative_to(folder))
    return found


def _free(wanted: str, account: str, taken: set[str]) -> str:
    plain = shown(wanted, _LONGEST_NAME).rstrip("…").strip() or account
    choices = (plain, f"{account} {plain}", *(f"{plain} {number}" for number in range(2, 1_000)))
    return next(each for each in choices if each not in taken)
