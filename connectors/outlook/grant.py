"""Microsoft's side of a sign-in: the permissions of each job, and what was granted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime
from typing import Any, Final

from connectors.errors import NeedsLogin
from connectors.tokens import Job, SignIn
from policies.frozen import frozen

CALENDARS_READ: Final = "Calendars.Read"
CALENDARS_WRITE: Final = "Calendars.ReadWrite"
SETTINGS: Final = "MailboxSettings.Read"
CONTACTS: Final = "Contacts.Read"
PEOPLE: Final = "People.Read"

_GRAPH: Final = "https://graph.microsoft.com/"
_WITHOUT: Final[Mapping[str, str]] = {
    CALENDARS_READ: "events cannot be read",
    CALENDARS_WRITE: "nothing can be written: no planning slots, no invitations",
    SETTINGS: "your working hours and time zone are not taken from Outlook",
    CONTACTS: "contacts cannot be read",
    PEOPLE: "the people you deal with most are left out",
}
_JOBS: Final[Mapping[Job, frozenset[str]]] = {
    Job.READ: frozenset((CALENDARS_READ, CALENDARS_WRITE)),
    Job.WRITE: frozenset((CALENDARS_WRITE,)),
    Job.CONTACTS: frozenset((CONTACTS, PEOPLE)),
}
"""Any one of these permissions makes the job worth trying."""
_REMEMBERED: Final = 5


def scopes_for(jobs: frozenset[Job]) -> tuple[str, ...]:
    """The fewest permissions that do these jobs.

    `Calendars.ReadBasic` would do for reading but leaves out our own mark, by which Fika knows
    its events, and the list of changes.
    """
    calendars = CALENDARS_WRITE if Job.WRITE in jobs else CALENDARS_READ
    contacts = (CONTACTS, PEOPLE) if Job.CONTACTS in jobs else ()
    return (calendars, SETTINGS, *contacts)


@frozen
class Grant:
    """What Microsoft gave: kept as a text in the token store.

    ``cache`` is MSAL's own, tokens and all, and only MSAL reads it. ``account`` is the one of its
    accounts that is meant. ``signed_in`` are the moments of consent, newest last.
    """

    client_id: str
    cache: str = field(repr=False)
    account: str
    user: str
    asked: tuple[str, ...]
    scopes: tuple[str, ...]
    signed_in: tuple[datetime, ...]
    refused: datetime | None = None

    def after(self, earlier: Grant | None) -> Grant:
        """This grant with the moments of those before it remembered."""
        before = earlier.signed_in if earlier else ()
        return replace(self, signed_in=(*before, *self.signed_in)[-_REMEMBERED:])

    @property
    def usable(self) -> list[str]:
        """What to ask a token for: of what was asked, that which was granted."""
        return [each for each in self.asked if each in self.scopes]

    @property
    def jobs(self) -> frozenset[Job]:
        return frozenset(job for job, any_of in _JOBS.items() if any_of & set(self.scopes))


def granted(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """The permissions of Graph's that an answer of the token endpoint speaks of."""
    names = (each.removeprefix(_GRAPH) for each in str(answer.get("scope", "")).split())
    return tuple(each for each in names if each in _WITHOUT)


def written(grant: Grant) -> str:
    """The grant as the text that `read` reads."""
    return json.dumps(
        {
            "form": 1,
            "client_id": grant.client_id,
            "cache": grant.cache,
            "account": grant.account,
            "user": grant.user,
            "asked": grant.asked,
            "scopes": grant.scopes,
            "signed_in": [each.isoformat() for each in grant.signed_in],
            "refused": grant.refused and grant.refused.isoformat(),
        }
    )


def read(source: str, text: str) -> Grant | None:
    """The grant in a text of the token store; ``None`` when it is empty.

    Raises:
        NeedsLogin: it is something else.
    """
    if not text:
        return None
    try:
        value: dict[str, Any] = json.loads(text)
        refused = value["refused"]
        return Grant(
            client_id=value["client_id"],
            cache=value["cache"],
            account=value["account"],
            user=value["user"],
            asked=tuple(value["asked"]),
            scopes=tuple(value["scopes"]),
            signed_in=tuple(map(datetime.fromisoformat, value["signed_in"])),
            refused=None if refused is None else datetime.fromisoformat(refused),
        )
    except (ValueError, KeyError, TypeError):
        cause = "what is kept of its sign-in is not Microsoft's"
        raise NeedsLogin(source, cause, connect(source)) from None


def sign_in_of(source: str, text: str) -> SignIn | None:
    """What is known of the sign-in kept in ``text``, without asking Microsoft.

    Raises: as `read`.
    """
    grant = read(source, text)
    if grant is None:
        return None
    return SignIn(
        user=grant.user,
        jobs=grant.jobs,
        permissions=grant.scopes,
        since=grant.signed_in[-1],
        lacking=lacking(grant),
        refused=grant.refused,
        earlier=grant.signed_in[:-1],
    )


def lacking(grant: Grant) -> tuple[str, ...]:
    """What was asked for and not granted, by what cannot be done without it."""
    return tuple(_WITHOUT[each] for each in grant.asked if each not in grant.scopes)


def connect(source: str) -> str:
    """The remedy that most troubles with a sign-in have."""
    return f"sign in: fika connect outlook {source}"
