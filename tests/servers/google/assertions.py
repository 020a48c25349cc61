"""Signed words of service accounts (RFC 7523, RS256)."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from tests.servers.google.state import Client

_AUDIENCES = ("https://oauth2.googleapis.com/token", "https://accounts.google.com/o/oauth2/token")
_LONGEST_S = 3600
_SKEW_S = 300


class Assertion(NamedTuple):
    iss: str
    sub: str
    scopes: frozenset[str]


def read(text: str, clients: Mapping[str, Client], now: datetime) -> Assertion:
    """What a service account says, if its key has signed it for us and it is still true.

    Raises:
        ValueError: it has not, or it is not.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    head, _, rest = text.partition(".")
    claims, _, signature = rest.partition(".")
    said = json.loads(_decoded(claims))
    if json.loads(_decoded(head)).get("alg") != "RS256":
        raise ValueError("not signed with RS256")
    client = clients.get(said.get("iss", ""))
    if client is None or not client.public_key:
        raise ValueError("no such service account")
    key = load_pem_public_key(client.public_key)
    assert isinstance(key, RSAPublicKey)
    try:
        key.verify(_decoded(signature), f"{head}.{claims}".encode(), PKCS1v15(), SHA256())
    except InvalidSignature:
        raise ValueError("Invalid JWT Signature.") from None
    begins, ends, at = said["iat"], said["exp"], now.timestamp()
    if not begins - _SKEW_S <= at < ends or ends - begins > _LONGEST_S:
        raise ValueError("Token must be a short-lived token (60 minutes)")
    audience = str(said["aud"])
    if audience not in _AUDIENCES and not audience.startswith("http://127.0.0.1:"):
        raise ValueError("wrong audience")
    return Assertion(said["iss"], said.get("sub", ""), frozenset(said.get("scope", "").split()))


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
