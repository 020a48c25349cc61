"""Codes and tokens: who was granted what, and until when by the server's clock."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tests.servers.graph.accounts import Account, App, Refused

ACCESS_LASTS = timedelta(hours=1)
CODE_LASTS = timedelta(minutes=10)
DEVICE_LASTS = timedelta(minutes=15)
REFRESH_LASTS = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Grant:
    """What one code or token stands for; ``until`` is its end."""

    account: str
    client: str
    scopes: tuple[str, ...]
    until: datetime
    issued: datetime
    nonce: str = ""
    challenge: str = ""
    redirect: str = ""


@dataclass
class DeviceCode:
    """A device waiting for its owner; ``account`` is empty until somebody typed the code in."""

    user_code: str
    client: str
    tenant: str
    scopes: tuple[str, ...]
    until: datetime
    account: str = ""
    declined: bool = False


@dataclass
class Tokens:
    """Everything handed out so far, by its own text.

    ``used_is_revoked`` ends a refresh token with its first use. Microsoft lets the old one live on;
    a client that forgets to keep the new one is only noticed when it does not.
    """

    access: dict[str, Grant] = field(default_factory=dict)
    refresh: dict[str, Grant] = field(default_factory=dict)
    codes: dict[str, Grant] = field(default_factory=dict)
    devices: dict[str, DeviceCode] = field(default_factory=dict)
    spent: set[str] = field(default_factory=set)
    asked: int = 0
    used_is_revoked: bool = False
    access_lasts: timedelta = ACCESS_LASTS
    refresh_lasts: timedelta = REFRESH_LASTS

    def new_code(self, grant: Grant) -> str:
        code = f"code.{secrets.token_urlsafe(32)}"
        self.codes[code] = replace(grant, until=grant.issued + CODE_LASTS)
        return code

    def redeem_code(self, code: str, now: datetime) -> Grant:
        """Once only.

        Raises:
            Refused: it is unknown, spent or late.
        """
        if code in self.spent:
            raise Refused("code_used")
        if code not in self.codes:
            raise Refused("bad_token")
        self.spent.add(code)
        grant = self.codes.pop(code)
        if now >= grant.until:
            raise Refused("code_expired")
        return grant

    def redeem_refresh(self, token: str, now: datetime) -> Grant:
        """May be used again and again, unless `used_is_revoked`.

        Raises:
            Refused: it is unknown, revoked or was not used for 90 days.
        """
        if token in self.spent:
            raise Refused("revoked")
        if token not in self.refresh:
            raise Refused("bad_token")
        grant = self.refresh[token]
        if now >= grant.until:
            raise Refused("expired")
        if self.used_is_revoked:
            self._revoke(token)
        return grant

    def revoke(self, address: str) -> None:
        """The password was changed, or an administrator signed this account out everywhere."""
        for token in [each for each, grant in self.refresh.items() if grant.account == address]:
            self._revoke(token)
        for token in [each for each, grant in self.access.items() if grant.account == address]:
            del self.access[token]

    def _revoke(self, token: str) -> None:
        del self.refresh[token]
        self.spent.add(token)

    def issue(self, grant: Grant, wanted: tuple[str, ...]) -> dict[str, str]:
        """A new access token and, where ``offline_access`` was granted, a new refresh token."""
        access = f"access.{secrets.token_urlsafe(32)}"
        self.access[access] = replace(grant, until=grant.issued + self.access_lasts)
        issued = {"access_token": access}
        if "offline_access" in wanted:
            issued["refresh_token"] = f"refresh.{secrets.token_urlsafe(32)}"
            self.refresh[issued["refresh_token"]] = replace(
                grant, until=grant.issued + self.refresh_lasts
            )
        return issued


def matches(verifier: str, challenge: str) -> bool:
    """Whether a PKCE verifier is the one a challenge was made from (RFC 7636, S256)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == challenge


def packed(value: object) -> str:
    """JSON in base64url without padding, as the parts of a JWT are."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def id_token(account: Account, app: App, base: str, grant: Grant, lasts: timedelta) -> str:
    """Unsigned; a client that got it from the token endpoint over TLS need not check a signature.

    See OpenID Connect Core, 3.1.3.7, point 6.
    """
    claims: dict[str, object] = {
        "ver": "2.0",
        "iss": f"{base}/{account.tenant}/v2.0",
        "aud": app.client_id,
        "sub": f"{account.oid}.{app.client_id}",
        "oid": account.oid,
        "tid": account.tenant,
        "name": account.name,
        "preferred_username": account.address,
        "iat": int(grant.issued.timestamp()),
        "nbf": int(grant.issued.timestamp()),
        "exp": int((grant.issued + lasts).timestamp()),
    }
    if grant.nonce:
        claims["nonce"] = grant.nonce
    return f"{packed({'alg': 'none', 'typ': 'JWT'})}.{packed(claims)}."
