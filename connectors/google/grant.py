"""Google's side of a sign-in: the OAuth client, the scopes of each job, and what was granted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from urllib.parse import urlsplit

from connectors.errors import NeedsLogin, NotAllowed
from connectors.tokens import Job, SignIn
from policies.frozen import frozen

_BASE: Final = "https://www.googleapis.com/auth/"
EVENTS_READ: Final = f"{_BASE}calendar.events.readonly"
CALENDARS_READ: Final = f"{_BASE}calendar.calendarlist.readonly"
FREE_BUSY: Final = f"{_BASE}calendar.events.freebusy"
EVENTS_OWNED: Final = f"{_BASE}calendar.events.owned"
CONTACTS_READ: Final = f"{_BASE}contacts.readonly"
OTHER_CONTACTS_READ: Final = f"{_BASE}contacts.other.readonly"

SCOPES: Final[Mapping[Job, tuple[str, ...]]] = {
    Job.READ: (EVENTS_READ, CALENDARS_READ, FREE_BUSY),
    Job.WRITE: (EVENTS_OWNED,),
    Job.CONTACTS: (CONTACTS_READ, OTHER_CONTACTS_READ),
}
"""The narrowest that the methods we call accept (their ``scopes`` in Google's discovery documents).

``calendar.events.owned`` writes to calendars the owner owns, and to none of other people's.
"""
_WITHOUT: Final[Mapping[str, str]] = {
    EVENTS_READ: "events cannot be read",
    CALENDARS_READ: "the list of calendars cannot be read",
    FREE_BUSY: "when other people are free stays unknown",
    EVENTS_OWNED: "nothing can be written: no planning slots, no invitations",
    CONTACTS_READ: "contacts cannot be read",
    OTHER_CONTACTS_READ: "people you have only written to are left out",
}
ESSENTIAL: Final = frozenset((EVENTS_READ, CALENDARS_READ))
_REMEMBERED: Final = 5
_WEEK: Final = timedelta(days=7)
_TELLING: Final = 2  # weeks in a row after which signing in anew is no accident
_MARGIN: Final = timedelta(minutes=5)  # google-auth renews 3:45 before the end
_LOCAL: Final = frozenset(("localhost", "127.0.0.1", "::1"))


def scopes_for(jobs: frozenset[Job]) -> tuple[str, ...]:
    """What to ask for, in the order of the jobs."""
    return tuple(scope for job in Job if job in jobs for scope in SCOPES[job])


@frozen
class OAuthClient:
    """The owner's own application, as its JSON from the Google Cloud console says."""

    id: str
    secret: str = field(repr=False)
    auth_url: str
    token_url: str
    revoke_url: str


@frozen
class ServiceAccount:
    """An organisation's robot that may act for its members (domain-wide delegation)."""

    id: str
    key: Mapping[str, str] = field(repr=False)


Client = OAuthClient | ServiceAccount


def client(source: str, text: str, sign_in_url: str = "") -> Client:
    """What the JSON from the console describes; ``sign_in_url`` is another place to sign in at.

    Where to sign in is Google's own address, whatever the file says: it would get the tokens.

    Raises:
        NotAllowed: it is neither an OAuth client for a desktop app nor a key of a service account.
    """
    base = _checked(source, sign_in_url.rstrip("/"))
    token_url = f"{base or 'https://oauth2.googleapis.com'}/token"
    try:
        value = json.loads(text)
        if value.get("type") == "service_account":
            return ServiceAccount(str(value["client_email"]), {**value, "token_uri": token_url})
        inner = value["installed"]
        return OAuthClient(
            id=str(inner["client_id"]),
            secret=str(inner["client_secret"]),
            auth_url=f"{base or 'https://accounts.google.com'}/o/oauth2/v2/auth",
            token_url=token_url,
            revoke_url=f"{base or 'https://oauth2.googleapis.com'}/revoke",
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotAllowed(
            source,
            "its client file is neither an OAuth client for a desktop app nor a service account",
            "download the JSON again: docs/google.md says where",
        ) from None


def _checked(source: str, base: str) -> str:
    parts = urlsplit(base)
    if base and parts.scheme != "https" and parts.hostname not in _LOCAL:
        cause = "its sign_in_url is not encrypted, and not on this machine"
        raise NotAllowed(source, cause, "use an https address")
    return base


@frozen
class Grant:
    """What Google gave: kept as a text in the token store.

    Of a service account there is no refresh token, and ``user`` is who it acts for.

    ``scopes`` are those granted, which may be fewer than ``asked`` (Google's own record of a
    token does not say). ``signed_in`` are the moments of consent, newest last.
    """

    client_id: str
    refresh_token: str = field(repr=False)
    token: str = field(repr=False)
    expires: datetime
    asked: tuple[str, ...]
    scopes: tuple[str, ...]
    signed_in: tuple[datetime, ...]
    user: str = ""
    ends: datetime | None = None
    refused: datetime | None = None

    def is_fresh(self, now: datetime) -> bool:
        return bool(self.token) and self.expires - _MARGIN > now

    def after(self, earlier: Grant | None) -> Grant:
        """This grant with the moments of those before it remembered."""
        before = earlier.signed_in if earlier else ()
        return replace(self, signed_in=(*before, *self.signed_in)[-_REMEMBERED:])

    @property
    def jobs(self) -> frozenset[Job]:
        return frozenset(job for job in Job if set(SCOPES[job]) & set(self.scopes))


def written(grant: Grant) -> str:
    """The grant as the text that `read` reads."""
    return json.dumps(
        {
            "form": 1,
            "client_id": grant.client_id,
            "refresh_token": grant.refresh_token,
            "token": grant.token,
            "expires": grant.expires.isoformat(),
            "asked": grant.asked,
            "scopes": grant.scopes,
            "signed_in": [each.isoformat() for each in grant.signed_in],
            "user": grant.user,
            "ends": grant.ends and grant.ends.isoformat(),
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
        return Grant(
            client_id=value["client_id"],
            refresh_token=value["refresh_token"],
            token=value["token"],
            expires=datetime.fromisoformat(value["expires"]),
            asked=tuple(value["asked"]),
            scopes=tuple(value["scopes"]),
            signed_in=tuple(map(datetime.fromisoformat, value["signed_in"])),
            user=value["user"],
            ends=_moment(value["ends"]),
            refused=_moment(value["refused"]),
        )
    except (ValueError, KeyError, TypeError):
        raise NeedsLogin(
            source, "what is kept of its sign-in is not Google's", connect(source)
        ) from None


def sign_in_of(source: str, text: str) -> SignIn | None:
    """What is known of the sign-in kept in ``text``, without asking Google.

    Raises: as `read`.
    """
    grant = read(source, text)
    if grant is None:
        return None
    return SignIn(
        user=grant.user,
        jobs=grant.jobs,
        permissions=tuple(each.removeprefix(_BASE) for each in grant.scopes),
        since=grant.signed_in[-1],
        lacking=lacking(grant),
        ends=grant.ends,
        refused=grant.refused,
        earlier=grant.signed_in[:-1],
    )


def lacking(grant: Grant) -> tuple[str, ...]:
    """What the owner did not tick, by what cannot be done without it."""
    return tuple(_WITHOUT.get(each, each) for each in grant.asked if each not in grant.scopes)


def died_in_testing(signed_in: datetime, died: datetime) -> bool:
    """Whether a sign-in ended as those of an app that was never published do: after 7 days.

    A daily job notices up to a day later, and more on a machine that was off.
    """
    return _WEEK - timedelta(hours=1) <= died - signed_in <= _WEEK + timedelta(days=2)


def is_in_testing(sign_in: SignIn) -> bool:
    """Whether a sign-in will die, or died, because the app is in Testing.

    Google may say when a sign-in ends; else its death tells, or an owner who had to sign in anew
    three times, about a week apart each.
    """
    if sign_in.ends is not None:
        return sign_in.ends - sign_in.since <= _WEEK + timedelta(days=1)
    if sign_in.refused is not None and died_in_testing(sign_in.since, sign_in.refused):
        return True
    moments = (*sign_in.earlier, sign_in.since)
    last = [died_in_testing(*each) for each in pairwise(moments)][-_TELLING:]
    return len(last) == _TELLING and all(last)


def connect(source: str) -> str:
    """The remedy that most troubles with a sign-in have."""
    return f"sign in: fika connect google {source}"


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
