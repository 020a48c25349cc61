"""Which permission each operation needs, and which permissions there are.

Microsoft Graph permissions reference; a fixture of microsoftgraph/kibali maps them to paths.
"""

from __future__ import annotations

from collections.abc import Mapping

GRAPH = "https://graph.microsoft.com/"
OPENID = frozenset({"openid", "profile", "email", "offline_access"})

WORK_ONLY = frozenset({"Calendars.Read.Shared", "Calendars.ReadWrite.Shared", "People.Read.All"})
_READ_BASIC = frozenset(
    {
        "Calendars.ReadBasic",
        "Calendars.Read",
        "Calendars.ReadWrite",
        "Calendars.Read.Shared",
        "Calendars.ReadWrite.Shared",
    }
)
_READ = _READ_BASIC - {"Calendars.ReadBasic"}
_WRITE = frozenset({"Calendars.ReadWrite", "Calendars.ReadWrite.Shared"})
_CONTACTS = frozenset({"Contacts.Read", "Contacts.ReadWrite"})
_SETTINGS = frozenset({"MailboxSettings.Read", "MailboxSettings.ReadWrite"})
_PEOPLE = frozenset({"People.Read", "People.Read.All"})
_USER = frozenset({"User.Read", "User.ReadWrite"})

KNOWN = _READ_BASIC | _CONTACTS | _SETTINGS | _PEOPLE | _USER

NEEDED: Mapping[str, frozenset[str]] = {
    "me": _USER,
    "calendars": _READ_BASIC,
    "calendar": _READ_BASIC,
    "events": _READ_BASIC,
    "events.get": _READ_BASIC,
    "events.create": _WRITE,
    "events.update": _WRITE,
    "events.delete": _WRITE,
    "events.cancel": _WRITE,
    "view": _READ_BASIC,
    "delta": _READ,
    "instances": _READ_BASIC,
    "schedule": _READ,
    "settings": _SETTINGS,
    "people": _PEOPLE,
    "folders": _CONTACTS,
    "contacts": _CONTACTS,
    "contacts.delta": _CONTACTS,
}
"""Any one of them is enough. Free/busy: the concept page of November 2024 says Calendars.Read."""


def short(scope: str) -> str:
    """``Calendars.Read`` however it was asked for."""
    return scope.removeprefix(GRAPH)


def suffices(operation: str, scopes: tuple[str, ...]) -> bool:
    return not NEEDED[operation].isdisjoint(map(short, scopes))
