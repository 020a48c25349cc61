"""Signing in to Google: consent in a browser, here or over ssh, or a token from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from connectors.errors import ConnectorError, NeedsLogin, NotAllowed
from connectors.google.credentials import (
    SENSELESS,
    ends,
    out_of_order,
    renewed,
    silence,
    unreachable,
)
from connectors.google.grant import (
    ESSENTIAL,
    Grant,
    OAuthClient,
    ServiceAccount,
    connect,
    lacking,
    read,
    scopes_for,
    written,
)
from connectors.loopback import receiving
from connectors.tokens import Job, TokenStore, Visit
from policies.text import shown

if TYPE_CHECKING:
    from google_auth_oauthlib.flow import InstalledAppFlow

PATIENCE: Final = timedelta(minutes=10)
_TIMEOUT_S: Final = 30


def consent(
    source: str,
    client: OAuthClient,
    jobs: frozenset[Job],
    visit: Visit,
    now: Callable[[], datetime],
    *,
    port: int = 0,
    user: str = "",
    patience: timedelta = PATIENCE,
) -> Grant:
    """Ask the owner, in a browser, for what ``jobs`` need; nothing is kept yet.

    All of it is asked for at once, also what was granted before: installed apps cannot add to a
    grant. ``port`` 0 takes any free one; ``user`` is the account proposed.

    Raises:
        NeedsLogin: the owner declined, or did not answer in time.
        NotAllowed: Google refuses the client, or what was ticked is too little to begin with.
        TemporarilyUnavailable: Google cannot be reached.
    """
    silence()
    asked = scopes_for(jobs)
    with receiving(source, port) as receiver:
        flow = _flow(client, asked, f"http://127.0.0.1:{receiver.port}/")
        hint = {"login_hint": user} if user else {}
        # Without the prompt, Google sends no refresh token to someone who consented before.
        url, state = flow.authorization_url(prompt="consent", **hint)
        receiver.expect(state)
        visit(f"{client.auth_url}?{urlsplit(url).query}", receiver.port)
        answer = receiver.answer(patience)
    if "error" in answer:
        raise _declined(source, answer["error"])
    token = _redeemed(source, flow, answer["code"])
    return _granted(source, client, asked, token, user, now())


def brought(
    source: str, client: OAuthClient, text: str, now: Callable[[], datetime], *, user: str = ""
) -> Grant:
    """The grant in a file that ``consent`` filled on another machine; tried once before it is kept.

    It may also be one that Google's own libraries write ("authorized_user").

    Raises: as `consent`.
    """
    silence()
    try:
        value = json.loads(text)
        client_id, refresh_token = str(value["client_id"]), str(value["refresh_token"])
        asked = tuple(map(str, value.get("asked") or value.get("scopes") or ()))
    except (ValueError, KeyError, TypeError, AttributeError):
        cause = "the file holds no token of Google's"
        remedy = f"make one where there is a browser: fika connect google {source} --export FILE"
        raise NotAllowed(source, cause, remedy) from None
    if client_id != client.id:
        cause = "the token is of another OAuth client than the one configured"
        raise NotAllowed(source, cause, "use the same client file on both machines")
    moment = now()
    grant = Grant(client_id, refresh_token, "", moment, asked, asked, (moment,), user)
    return _sufficient(source, renewed(source, client, grant, moment))


def delegated(
    source: str,
    client: ServiceAccount,
    jobs: frozenset[Job],
    now: Callable[[], datetime],
    *,
    user: str,
) -> Grant:
    """What a service account may do for ``user``; tried once before it is kept.

    Raises:
        NotAllowed: the organisation does not let it, or does not know this person.
        TemporarilyUnavailable: Google cannot be reached.
    """
    silence()
    moment = now()
    grant = Grant(client.id, "", "", moment, scopes_for(jobs), (), (moment,), user)
    return renewed(source, client, grant, moment)


def keep(source: str, store: TokenStore, grant: Grant) -> Grant:
    """Put a new grant in the place of the one before; returns it as it is kept.

    Raises: as `TokenStore.save`.
    """
    with store.locked():
        earlier = read(source, store.load())
        kept = grant.after(earlier)
        store.save(written(kept))
    return kept


def revoke(client: OAuthClient, grant: Grant) -> bool:
    """Tell Google that the grant is over; whether Google took note."""
    import requests

    silence()
    try:
        done = requests.post(
            client.revoke_url, data={"token": grant.refresh_token}, timeout=_TIMEOUT_S
        )
    except requests.RequestException:
        return False
    return done.ok


def _flow(client: OAuthClient, scopes: tuple[str, ...], redirect: str) -> InstalledAppFlow:
    """google-auth-oauthlib's own; it makes the state, and the verifier of PKCE (S256)."""
    from google_auth_oauthlib.flow import InstalledAppFlow

    config = {
        "installed": {
            "client_id": client.id,
            "client_secret": client.secret,
            "auth_uri": _secure(client.auth_url),
            "token_uri": _secure(client.token_url),
        }
    }
    flow = InstalledAppFlow.from_client_config(config, scopes=scopes, redirect_uri=redirect)
    if client.token_url.startswith("http://"):
        _speak_plainly(flow, client)
    return flow


def _secure(url: str) -> str:
    return f"https://{url.partition('://')[2]}"


def _speak_plainly(flow: InstalledAppFlow, client: OAuthClient) -> None:
    """Let a sign-in server on this very machine be without TLS, which oauthlib never allows.

    The library's own way is a variable in the environment, for everything in the process.
    """
    from requests import PreparedRequest, Response
    from requests.adapters import HTTPAdapter

    class Plain(HTTPAdapter):
        def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - as requests has it
            request.url = client.token_url
            return super().send(request, *args, **kwargs)

    flow.oauth2session.mount(_secure(client.token_url), Plain())


def _redeemed(source: str, flow: InstalledAppFlow, code: str) -> dict[str, Any]:
    from oauthlib.oauth2 import OAuth2Error

    try:
        # The client in the body, as Google documents it, not as Basic authentication.
        return dict(flow.fetch_token(code=code, include_client_id=True, timeout=_TIMEOUT_S))
    except Warning as changed:
        # What oauthlib raises where fewer (or more) scopes were granted than asked for.
        return dict(getattr(changed, "token", {}))
    except OAuth2Error as error:
        raise _not_redeemed(source, str(error.error)) from None  # its text may hold the answer
    except OSError as error:  # of which the errors of `requests` are
        raise unreachable(source) from error
    except SENSELESS as error:
        raise out_of_order(source) from error


def _granted(
    source: str,
    client: OAuthClient,
    asked: tuple[str, ...],
    token: dict[str, Any],
    user: str,
    now: datetime,
) -> Grant:
    scope = token.get("scope", asked)
    granted = tuple(scope.split()) if isinstance(scope, str) else tuple(scope)
    if not token.get("refresh_token"):
        cause = "Google gave no token that lasts"
        raise NotAllowed(
            source, cause, "is the client one for a desktop app? docs/google.md, step 4"
        )
    grant = Grant(
        client_id=client.id,
        refresh_token=str(token["refresh_token"]),
        token=str(token["access_token"]),
        expires=now + timedelta(seconds=int(token.get("expires_in", 0))),
        asked=asked,
        scopes=granted,
        signed_in=(now,),
        user=user,
        ends=ends(token, now),
    )
    return _sufficient(source, grant)


def _sufficient(source: str, grant: Grant) -> Grant:
    """A grant without which nothing at all works does not take the place of a better one."""
    if grant.asked and not ESSENTIAL.issubset(grant.scopes):
        raise NotAllowed(
            source,
            f"not everything was ticked: {'; '.join(lacking(grant))}",
            f"tick every box: fika connect google {source}",
        )
    return replace(grant, asked=grant.asked or grant.scopes)


def _declined(source: str, code: str) -> ConnectorError:
    if code == "access_denied":
        return NeedsLogin(source, "access was declined in the browser", connect(source))
    if code == "org_internal":
        cause = "the app is only for members of the organisation it belongs to"
        return NotAllowed(source, cause, "sign in with an account of that organisation")
    if code == "admin_policy_enforced":
        cause = "the administrator of the organisation does not allow this app"
        return NotAllowed(source, cause, "ask for it, or use a service account: docs/google.md")
    return NotAllowed(source, f"Google refuses the sign-in ({shown(code)})", "see docs/google.md")


def _not_redeemed(source: str, code: str) -> ConnectorError:
    if code in {"invalid_client", "deleted_client", "unauthorized_client"}:
        cause = f"Google does not accept this OAuth client ({shown(code)})"
        return NotAllowed(source, cause, "make another: docs/google.md, step 4")
    if code == "invalid_grant":
        return NeedsLogin(source, "the consent was not used in time", connect(source))
    return NotAllowed(source, f"Google refuses the sign-in ({shown(code)})", "see docs/google.md")
