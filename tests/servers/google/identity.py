"""Signing in: the consent page, the token endpoint and revocation.

RFC 6749, RFC 7636 (PKCE), RFC 7523 (service accounts), RFC 8252 (loopback redirects), and
https://developers.google.com/identity/protocols/oauth2/native-app.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.servers.common import Request
from tests.servers.google import assertions
from tests.servers.google.state import Access, Client, Grant, Pending, World
from tests.servers.wire import Answer

PATHS = {
    "/auth": "auth",
    "/o/oauth2/auth": "auth",
    "/o/oauth2/v2/auth": "auth",
    "/token": "token",
    "/revoke": "revoke",
}
REFUSALS = frozenset({"invalid_grant", "invalid_client", "deleted_client"})
LIFE = timedelta(seconds=3599)
_TESTING_LIFE = timedelta(days=7)
_CODE_LIFE = timedelta(minutes=10)
_DEAD = "Token has been expired or revoked."
_JSON = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}
_HTML = {"Content-Type": "text/html; charset=utf-8"}
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Denied(Exception):
    """An error of the token endpoint (RFC 6749, 5.2)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.answer = Answer(
            status, json.dumps({"error": error, "error_description": description}).encode(), _JSON
        )


def answer(world: World, operation: str, request: Request) -> Answer:
    asked = request.target.partition("?")[2] if operation == "auth" else request.body.decode()
    fields = dict(parse_qsl(asked, keep_blank_values=True))
    try:
        match operation:
            case "auth":
                return _consent(world, fields)
            case "token":
                return Answer(200, json.dumps(_token(world, fields)).encode(), _JSON)
        return _revoked(world, fields)
    except Denied as denied:
        return denied.answer


def refusal(name: str) -> Answer:
    """What the token endpoint says when it is told to fail."""
    status = 400 if name == "invalid_grant" else 401
    said = _DEAD if name == "invalid_grant" else "The OAuth client was not found."
    return Denied(name, said, status).answer


def new_access(
    world: World, user: str, scopes: frozenset[str], *, delegated: bool = True
) -> dict[str, object]:
    token = f"ya29.{world.state.opaque('access')}"
    world.state.access[token] = Access(user, scopes, world.now() + LIFE, delegated)
    return {
        "access_token": token,
        "expires_in": int(LIFE.total_seconds()),
        "scope": " ".join(sorted(scopes)),
        "token_type": "Bearer",
    }


def new_grant(world: World, client: str, user: str, scopes: frozenset[str]) -> str:
    token = f"1//{world.state.opaque('refresh')}"
    world.state.grants[token] = Grant(client, user, scopes, world.now())
    return token


def _consent(world: World, fields: dict[str, str]) -> Answer:
    """The page where a person says yes or no; it sends the browser on to the application."""
    redirect, client = fields.get("redirect_uri", ""), fields.get("client_id", "")
    problem = ""
    if client not in world.state.clients:
        problem = "invalid_client: The OAuth client was not found."
    elif urlsplit(redirect).hostname not in _LOOPBACK or urlsplit(redirect).scheme != "http":
        problem = "redirect_uri_mismatch"
    elif fields.get("response_type") != "code" or not fields.get("scope"):
        problem = "invalid_request: response_type and scope are required."
    elif fields.get("code_challenge") and fields.get("code_challenge_method") != "S256":
        problem = "invalid_request: only S256 is accepted here."
    if problem:
        return Answer(400, f"<html><h1>Error 400: {problem}</h1></html>".encode(), _HTML)
    consent, scopes = world.consent, frozenset(fields["scope"].split()) - world.consent.unticked
    user = consent.user or fields.get("login_hint") or next(iter(world.state.accounts))
    before = [
        each for each in world.state.grants.values() if (each.client, each.user) == (client, user)
    ]
    said = {"state": fields.get("state", "")}
    if consent.denies or user not in world.state.accounts:
        said["error"] = "access_denied"
    else:
        offline = fields.get("access_type") == "offline"
        offline = offline and (not before or "consent" in fields.get("prompt", "").split())
        code = f"4/{world.state.opaque('code')}"
        challenge = fields.get("code_challenge", "")
        world.state.codes[code] = Pending(
            client, user, scopes, redirect, challenge, world.now(), offline
        )
        said |= {"code": code, "scope": " ".join(sorted(scopes))}
    return Answer(302, b"", {**_HTML, "Location": f"{redirect}?{urlencode(said)}"})


def _token(world: World, fields: dict[str, str]) -> dict[str, object]:
    match fields.get("grant_type"):
        case "authorization_code":
            return _exchanged(world, _client(world, fields), fields)
        case "refresh_token":
            return _refreshed(world, _client(world, fields), fields)
        case "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return _asserted(world, fields)
    raise Denied("unsupported_grant_type", "Invalid grant_type")


def _client(world: World, fields: dict[str, str]) -> Client:
    found = world.state.clients.get(fields.get("client_id", ""))
    if found is None or not found.secret:
        raise Denied("invalid_client", "The OAuth client was not found.", 401)
    if fields.get("client_secret") != found.secret:
        raise Denied("invalid_client", "Unauthorized", 401)
    return found


def _exchanged(world: World, client: Client, fields: dict[str, str]) -> dict[str, object]:
    """A code, once, for tokens; with the verifier whose digest the consent page was given."""
    pending = world.state.codes.pop(fields.get("code", ""), None)
    if pending is None or pending.client != client.id:
        raise Denied("invalid_grant", "Malformed auth code.")
    if world.now() - pending.issued > _CODE_LIFE:
        raise Denied("invalid_grant", "Bad Request")
    if fields.get("redirect_uri") != pending.redirect:
        raise Denied("redirect_uri_mismatch", "Bad Request")
    digest = hashlib.sha256(fields.get("code_verifier", "").encode()).digest()
    verified = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    if pending.challenge and verified != pending.challenge:
        raise Denied("invalid_grant", "Invalid code verifier.")
    made = new_access(world, pending.user, pending.scopes)
    if pending.offline:
        made["refresh_token"] = new_grant(world, client.id, pending.user, pending.scopes)
        if world.testing:  # and of no other sign-in does Google say when it ends
            made["refresh_token_expires_in"] = int(_TESTING_LIFE.total_seconds()) - 1
    return made


def _refreshed(world: World, client: Client, fields: dict[str, str]) -> dict[str, object]:
    grant = world.state.grants.get(fields.get("refresh_token", ""))
    if grant is None or grant.client != client.id or grant.died:
        raise Denied("invalid_grant", _DEAD)
    if world.testing and world.now() - grant.issued > _TESTING_LIFE:
        grant.died = "7 days of testing are over"
        raise Denied("invalid_grant", _DEAD)
    scopes = frozenset(fields.get("scope", "").split()) or grant.scopes
    if scopes - grant.scopes:
        raise Denied("invalid_scope", "Bad Request")
    made = new_access(world, grant.user, scopes)
    if world.rotates:
        grant.died = "rotated"
        token = new_grant(world, client.id, grant.user, grant.scopes)
        world.state.grants[token].issued = grant.issued
        made["refresh_token"] = token
    return made


def _asserted(world: World, fields: dict[str, str]) -> dict[str, object]:
    """A service account's signed word, for itself or (``sub``) for someone of its organisation."""
    try:
        said = assertions.read(fields.get("assertion", ""), world.state.clients, world.now())
    except ValueError as error:
        raise Denied("invalid_grant", f"Invalid JWT: {error}") from error
    if not said.sub:
        return new_access(world, said.iss, said.scopes, delegated=False)
    if said.sub not in world.state.accounts:
        raise Denied("invalid_grant", "Invalid email or User ID")
    if not said.scopes or said.scopes - world.state.clients[said.iss].delegated:
        message = "Client is unauthorized to retrieve access tokens using this method."
        raise Denied("unauthorized_client", message, 401)
    return new_access(world, said.sub, said.scopes)


def _revoked(world: World, fields: dict[str, str]) -> Answer:
    token = fields.get("token", "")
    access, grant = world.state.access.get(token), world.state.grants.get(token)
    if access is None and (grant is None or grant.died):
        raise Denied("invalid_token", "Token expired or revoked")
    end(world, (access or grant).user)  # type: ignore[union-attr]
    return Answer(200, b"{}", _JSON)


def end(world: World, user: str) -> None:
    """The person takes every permission back; nothing of theirs works any more."""
    for grant in world.state.grants.values():
        if grant.user == user:
            grant.died = grant.died or "revoked"
    for token in [name for name, each in world.state.access.items() if each.user == user]:
        del world.state.access[token]
