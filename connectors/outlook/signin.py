"""Signing in to Microsoft: in a browser here, or with a code typed into one anywhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from connectors.errors import NotAllowed
from connectors.loopback import receiving
from connectors.outlook.aadsts import refusal
from connectors.outlook.grant import Grant, connect, granted, lacking, read, scopes_for, written
from connectors.outlook.identity import Answer, Registration, answered, application
from connectors.tokens import Job, Show, TokenStore, Visit

if TYPE_CHECKING:
    from msal import SerializableTokenCache

PATIENCE: Final = timedelta(minutes=10)


def with_browser(
    registration: Registration,
    jobs: frozenset[Job],
    visit: Visit,
    now: Callable[[], datetime],
    *,
    port: int = 0,
    user: str = "",
    patience: timedelta = PATIENCE,
) -> Grant:
    """Ask the owner, in a browser on this machine (PKCE, form post); nothing is kept yet.

    ``port`` 0 takes any free one; ``user`` is the account proposed.

    Raises:
        NeedsLogin: the owner declined, did not answer in time, or must prove more.
        NotAllowed: Microsoft, or the organisation, refuses the application or the account.
        TemporarilyUnavailable: Microsoft's sign-in cannot be reached.
    """
    source, asked, cache = registration.source, scopes_for(jobs), _empty()
    chosen = {"login_hint": user} if user else {"prompt": "select_account"}
    with application(registration, cache) as msal, receiving(source, port) as receiver:
        flow = msal.initiate_auth_code_flow(
            list(asked),
            redirect_uri=f"http://localhost:{receiver.port}",
            response_mode="form_post",
            **chosen,
        )
        receiver.expect(flow["state"])
        visit(registration.here(flow["auth_uri"]), receiver.port)
        answer = dict(receiver.answer(patience))
        given = answered(source, lambda: msal.acquire_token_by_auth_code_flow(flow, answer))
    return _granted(registration, asked, given, cache, now())


def with_code(
    registration: Registration,
    jobs: frozenset[Job],
    show: Show,
    now: Callable[[], datetime],
    *,
    patience: timedelta = PATIENCE,
) -> Grant:
    """Show the owner a code to type into a browser on any machine (RFC 8628), and wait.

    Raises: as `with_browser`.
    """
    source, asked, cache = registration.source, scopes_for(jobs), _empty()
    with application(registration, cache) as msal:
        flow = msal.initiate_device_flow(scopes=list(asked))
        if "user_code" not in flow:
            raise refusal(source, flow)
        flow["expires_at"] -= max(0, flow["expires_in"] - patience.total_seconds())
        show(str(flow["verification_uri"]), str(flow["user_code"]))
        given = answered(source, lambda: msal.acquire_token_by_device_flow(flow))
    return _granted(registration, asked, given, cache, now())


def keep(source: str, store: TokenStore, grant: Grant) -> Grant:
    """Put a new grant in the place of the one before; returns it as it is kept.

    Raises: as `TokenStore.save`.
    """
    with store.locked():
        kept = grant.after(read(source, store.load()))
        store.save(written(kept))
    return kept


def _empty() -> SerializableTokenCache:
    import msal

    return msal.SerializableTokenCache()


def _granted(
    registration: Registration,
    asked: tuple[str, ...],
    given: Answer,
    cache: SerializableTokenCache,
    now: datetime,
) -> Grant:
    claims: dict[str, Any] = given.get("id_token_claims") or {}
    # A fresh cache holds the one account that has just signed in.
    accounts = [*cache.search(cache.CredentialType.ACCOUNT)]
    grant = Grant(
        client_id=registration.client_id,
        cache=cache.serialize(),
        account=str(accounts[0]["home_account_id"]),
        user=str(claims.get("preferred_username", "")),
        asked=asked,
        scopes=granted(given),
        signed_in=(now,),
    )
    if Job.READ not in grant.jobs:
        cause = f"not everything was granted: {'; '.join(lacking(grant))}"
        raise NotAllowed(registration.source, cause, connect(registration.source))
    return grant
