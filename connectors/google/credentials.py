"""Access tokens for Google's client library, renewed under one lock and kept before their use.

What the library is given never holds the refresh token: it asks here whenever it needs another
access token, and so every process on the machine goes the same careful way.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from connectors.errors import ConnectorError, NeedsLogin, NotAllowed, TemporarilyUnavailable
from connectors.google.grant import (
    Client,
    Grant,
    OAuthClient,
    ServiceAccount,
    connect,
    died_in_testing,
    read,
    written,
)
from connectors.tokens import TokenStore
from policies.text import shown

if TYPE_CHECKING:
    from google.auth.exceptions import RefreshError
    from google.oauth2.credentials import Credentials

_TIMEOUT_S: Final = 30
_NEVER: Final = logging.CRITICAL + 1
_GONE: Final = frozenset(("deleted_client", "invalid_client", "unauthorized_client"))
SENSELESS: Final = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What the libraries raise on an answer of another shape, such as the page of a proxy."""
_PASSING: Final = frozenset(("temporarily_unavailable", "server_error", "internal_failure"))


def credentials(
    source: str, client: Client, store: TokenStore, now: Callable[[], datetime]
) -> Credentials:
    """What `googleapiclient` signs its requests with; nothing is asked of Google yet.

    Whatever goes wrong when it is used is a `ConnectorError`:

    Raises:
        NeedsLogin: nobody has signed in, or Google has ended the sign-in or knows its client no
            longer; never tried again.
        NotAllowed: Google refuses for another reason.
        TemporarilyUnavailable: no answer, or none that could be kept.
    """
    from google.oauth2.credentials import Credentials

    silence()
    return Credentials(token=None, refresh_handler=_Renewal(source, client, store, now))


class _Renewal:
    """google-auth's ``refresh_handler``: another access token, and its end in naive UTC."""

    def __init__(
        self, source: str, client: Client, store: TokenStore, now: Callable[[], datetime]
    ) -> None:
        self._source = source
        self._client = client
        self._store = store
        self._now = now
        self._given = ""

    def __call__(self, request: object, scopes: object) -> tuple[str, datetime]:
        with self._store.locked():
            grant = read(self._source, self._store.load())
            if grant is None:
                raise NeedsLogin(self._source, "nobody has signed in yet", connect(self._source))
            if grant.client_id != self._client.id:
                cause = "it was signed in to with another client"
                raise NeedsLogin(self._source, cause, connect(self._source))
            if grant.token == self._given or not grant.is_fresh(self._now()):
                # The one given before ran out, or was refused; else another process was here.
                grant = self._renewed(grant)
        self._given = grant.token
        return grant.token, grant.expires.astimezone(UTC).replace(tzinfo=None)

    def _renewed(self, grant: Grant) -> Grant:
        try:
            new = renewed(self._source, self._client, grant, self._now())
        except NeedsLogin:
            # Kept all the same: it may be good again, and its end is told from its beginning.
            with suppress(ConnectorError):
                self._store.save(written(replace(grant, refused=grant.refused or self._now())))
            raise
        self._store.save(written(new))
        return new


def renewed(source: str, client: Client, grant: Grant, now: datetime) -> Grant:
    """The grant with another access token, and another refresh token where Google sends one.

    Raises: as `credentials`.
    """
    from google.auth.exceptions import RefreshError, TransportError

    try:
        if isinstance(client, ServiceAccount):
            return _delegated(source, client, grant)
        return _refreshed(client, grant, now)
    except RefreshError as error:
        if isinstance(client, ServiceAccount):
            raise _robot_refused(source, error) from error
        raise _refused(source, error, grant, now) from error
    except (TransportError, OSError) as error:
        raise unreachable(source) from error
    except SENSELESS as error:
        raise out_of_order(source) from error


def ends(answer: dict[str, Any], now: datetime) -> datetime | None:
    """When the sign-in dies whatever is done, which Google says of time-limited ones only.

    See "refresh_token_expires_in" in Google's "OAuth 2.0 for Mobile & Desktop Apps".
    """
    lasts = answer.get("refresh_token_expires_in")
    return now + timedelta(seconds=int(lasts)) if isinstance(lasts, int) and lasts > 0 else None


def unreachable(source: str) -> TemporarilyUnavailable:
    return TemporarilyUnavailable(source, "Google's sign-in cannot be reached")


def out_of_order(source: str) -> TemporarilyUnavailable:
    return TemporarilyUnavailable(source, "Google's sign-in is out of order")


def silence() -> None:
    """The libraries' own log lines hold codes, tokens and whole answers."""
    for name in ("oauthlib", "requests_oauthlib", "google_auth_oauthlib", "google", "urllib3"):
        logging.getLogger(name).setLevel(_NEVER)


def _refreshed(client: OAuthClient, grant: Grant, now: datetime) -> Grant:
    from google.oauth2.reauth import refresh_grant

    token, refresh_token, _, answer, _ = refresh_grant(
        _asking(), client.token_url, grant.refresh_token, client.id, client.secret
    )
    return replace(
        grant,
        token=token,
        refresh_token=refresh_token,
        expires=now + timedelta(seconds=int(answer["expires_in"])),
        scopes=tuple(str(answer["scope"]).split()) if "scope" in answer else grant.scopes,
        ends=ends(answer, now) or grant.ends,
        refused=None,
    )


def _delegated(source: str, client: ServiceAccount, grant: Grant) -> Grant:
    from google.oauth2.service_account import Credentials

    try:
        robot = Credentials.from_service_account_info(
            client.key, scopes=grant.asked, subject=grant.user
        )
    except ValueError as error:
        cause = "the key of its service account cannot be read"
        raise NotAllowed(source, cause, "download it again: docs/google.md says where") from error
    robot.refresh(_asking())
    return replace(
        grant,
        token=str(robot.token),
        expires=robot.expiry.replace(tzinfo=UTC),  # google-auth's moments do not say so
        scopes=grant.asked,
        refused=None,
    )


def _asking() -> Callable[..., Any]:
    from google.auth.transport.requests import Request

    return partial(Request(), timeout=_TIMEOUT_S)


def _refused(source: str, error: RefreshError, grant: Grant, now: datetime) -> ConnectorError:
    code = error_code(error)
    if code == "invalid_grant":
        return _ended(source, grant, now)
    if code in _GONE:
        return _unknown_client(source, code)
    if error.retryable or code in _PASSING or not code:
        return out_of_order(source)
    return NotAllowed(source, f"Google refuses the sign-in ({shown(code)})", connect(source))


def error_code(error: RefreshError) -> str:
    """Google's word for what is wrong; empty for an answer that is none, such as a proxy's page."""
    if len(error.args) > 1 and isinstance(error.args[1], dict):
        return str(error.args[1].get("error", ""))
    # google-auth words this one itself: the organisation wants its people to sign in daily.
    return "invalid_grant" if "Reauthentication is needed" in str(error) else ""


def _ended(source: str, grant: Grant, now: datetime) -> NeedsLogin:
    since = grant.signed_in[-1]
    if died_in_testing(since, grant.refused or now):
        return NeedsLogin(
            source,
            f"Google ended the sign-in of {since:%Y-%m-%d} after 7 days, as it does while an app "
            "is in Testing",
            f"publish the app (docs/google.md, step 5), then: fika connect google {source}",
        )
    return NeedsLogin(
        source, f"Google no longer accepts the sign-in of {since:%Y-%m-%d}", connect(source)
    )


def _unknown_client(source: str, code: str) -> NeedsLogin:
    return NeedsLogin(
        source,
        f"Google no longer accepts this OAuth client ({shown(code)})",
        f"make another (docs/google.md, step 4), then: fika connect google {source}",
    )


def _robot_refused(source: str, error: RefreshError) -> ConnectorError:
    code = error_code(error)
    if code == "unauthorized_client":
        return NotAllowed(
            source,
            "the organisation does not let its service account act for this person",
            "an administrator allows it: docs/google.md, for organisations",
        )
    if code == "invalid_grant":
        return NotAllowed(
            source,
            "Google does not know the person its service account is to act for",
            "check --subject, and this machine's clock",
        )
    if code in _GONE or code == "invalid_scope":
        return NotAllowed(source, f"Google refuses its service account ({code})", "check its key")
    return out_of_order(source)
