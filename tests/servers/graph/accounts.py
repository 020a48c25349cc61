"""Who can sign in, with which application, and what the identity platform says when it refuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import NAMESPACE_DNS, uuid5

from tests.servers.wire import Answer

CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""The tenant of every personal account (Microsoft's own constant)."""

DIRECTORY = str(uuid5(NAMESPACE_DNS, "directory.example.com"))
CLIENT = str(uuid5(NAMESPACE_DNS, "fika.example.com"))


def identifier(name: str) -> str:
    """The same made-up GUID for the same name, so that two starts agree."""
    return str(uuid5(NAMESPACE_DNS, name))


@dataclass
class Account:
    """Someone who can sign in; ``refusal`` (a key of `REFUSALS`) is met at the next token.

    ``consented`` are the scopes granted so far, by application; ``admin_only`` are those that this
    account cannot consent to by itself.
    """

    address: str
    name: str
    tenant: str = DIRECTORY
    refusal: str = ""
    admin_only: frozenset[str] = frozenset()
    consented: dict[str, set[str]] = field(default_factory=dict)

    @property
    def oid(self) -> str:
        return identifier(self.address)

    @property
    def personal(self) -> bool:
        return self.tenant == CONSUMERS


@dataclass
class App:
    """One registration. ``audience`` is all, work or personal, or the one tenant it is for."""

    client_id: str = CLIENT
    name: str = "Fika"
    audience: str = "all"
    public_client: bool = True
    redirects: tuple[str, ...] = ("http://localhost",)


class Refusal(NamedTuple):
    """One error of the identity platform; ``code`` is the number after AADSTS."""

    code: int
    error: str
    says: str
    suberror: str = ""
    status: int = 400


_GRANT = "invalid_grant"
REFUSALS: Mapping[str, Refusal] = {
    "pending": Refusal(
        70016,
        "authorization_pending",
        "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
    ),
    "slow_down": Refusal(70016, "slow_down", "Polling too frequently. Wait longer."),
    "declined": Refusal(70020, "authorization_declined", "The user declined the request."),
    "denied": Refusal(65004, "access_denied", "User declined to consent to access the app."),
    "bad_device_code": Refusal(
        70018, "bad_verification_code", "The device_code is invalid or was already redeemed."
    ),
    "late": Refusal(70019, "expired_token", "The device_code expired before it was used."),
    "consent": Refusal(
        65001,
        _GRANT,
        "The user or administrator has not consented to use the application. Send an "
        "interactive authorization request for this user and resource.",
        "consent_required",
    ),
    "admin_consent": Refusal(90094, "consent_required", "An administrator must grant this."),
    "mfa": Refusal(
        50076,
        _GRANT,
        "Due to a configuration change made by your administrator, or because you moved to a new "
        "location, you must use multi-factor authentication to access the resource.",
        "basic_action",
    ),
    "challenge": Refusal(
        50158, "interaction_required", "External security challenge not satisfied.", "basic_action"
    ),
    "conditional_access": Refusal(
        53003,
        _GRANT,
        "Access has been blocked by Conditional Access policies. The access policy does not "
        "allow token issuance.",
        "message_only",
    ),
    "expired": Refusal(
        700082,
        _GRANT,
        "The refresh token has expired due to inactivity. The token was inactive for 90.00:00:00.",
    ),
    "revoked": Refusal(
        50173,
        _GRANT,
        "The provided grant has expired due to it being revoked, a fresh auth token is needed.",
        "bad_token",
    ),
    "frequency": Refusal(
        70043, _GRANT, "The refresh token has expired or is invalid due to sign-in frequency checks"
    ),
    "disabled": Refusal(50057, _GRANT, "The user account is disabled.", "bad_token"),
    "wrong_account": Refusal(
        50020, _GRANT, "The user account does not exist in the tenant and cannot access the app."
    ),
    "personal": Refusal(
        500200,
        _GRANT,
        "The user account is a personal Microsoft account. Personal Microsoft accounts are not "
        "supported for this application.",
    ),
    "unknown_app": Refusal(
        700016, "unauthorized_client", "The application was not found in the directory."
    ),
    "confidential": Refusal(
        7000218,
        "invalid_client",
        "The request body must contain the following parameter: 'client_assertion' or "
        "'client_secret'.",
        status=401,
    ),
    "no_tenant": Refusal(90002, "invalid_request", "The tenant was not found."),
    "missing": Refusal(900144, "invalid_request", "The request body must contain: {what}."),
    "malformed": Refusal(9002313, "invalid_request", "Invalid request: {what}."),
    "scope": Refusal(70011, "invalid_scope", "The scope {what} is not valid."),
    "reserved": Refusal(
        70011, "invalid_scope", "The scope asks for more than one resource, or for none: {what}."
    ),
    "redirect": Refusal(50011, "invalid_request", "The redirect URI does not match: {what}."),
    "pkce": Refusal(501481, _GRANT, "The Code_Verifier does not match the code_challenge."),
    "no_pkce": Refusal(9002325, "invalid_request", "Proof Key for Code Exchange is required."),
    "code_used": Refusal(54005, _GRANT, "OAuth2 Authorization code was already redeemed."),
    "code_expired": Refusal(70008, _GRANT, "The provided authorization code has expired."),
    "bad_token": Refusal(9002313, _GRANT, "The provided grant is invalid or malformed."),
    "grant_type": Refusal(70003, "unsupported_grant_type", "The grant type is not supported."),
    "throttled": Refusal(90033, "temporarily_unavailable", "Too many requests.", status=429),
    "unavailable": Refusal(
        90033, "temporarily_unavailable", "A transient error has occurred.", status=503
    ),
}
"""By name: number, OAuth error, suberror. Microsoft's list: entra/identity-platform
/reference-error-codes; the suberrors are those MSAL's documentation names."""


class Refused(Exception):
    """The platform says no; ``name`` is a key of `REFUSALS`, ``what`` fills its text."""

    def __init__(self, name: str, what: str = "") -> None:
        super().__init__(name, what)
        self.refusal = REFUSALS[name]
        self.text = self.refusal.says.format(what=what) if what else self.refusal.says


def described(refused: Refused, now: datetime) -> dict[str, object]:
    """The error as the token endpoint words it; ids of trace and correlation are made up."""
    refusal, stamp = refused.refusal, f"{now:%Y-%m-%d %H:%M:%SZ}"
    trace, correlation = identifier("trace"), identifier("correlation")
    body: dict[str, object] = {
        "error": refusal.error,
        "error_description": f"AADSTS{refusal.code}: {refused.text} Trace ID: {trace} "
        f"Correlation ID: {correlation} Timestamp: {stamp}",
        "error_codes": [refusal.code],
        "timestamp": stamp,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": f"https://login.microsoftonline.com/error?code={refusal.code}",
    }
    if refusal.suberror:
        body["suberror"] = refusal.suberror
    return body


def refusal_answer(refused: Refused, now: datetime, retry_after: str = "") -> Answer:
    headers = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}
    if retry_after:
        headers["Retry-After"] = retry_after
    return Answer(refused.refusal.status, json.dumps(described(refused, now)).encode(), headers)
