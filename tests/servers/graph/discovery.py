"""The documents by which MSAL finds the endpoints of a tenant, and the pages people see."""

from __future__ import annotations

import html
from collections.abc import Mapping
from urllib.parse import urlsplit

from tests.servers.graph.accounts import CONSUMERS
from tests.servers.graph.permissions import OPENID

ALIASES = (
    "login.microsoftonline.com",
    "login.windows.net",
    "login.microsoft.com",
    "sts.windows.net",
)


def configuration(base: str, tenant: str) -> dict[str, object]:
    """OpenID Connect discovery. For tenants that are none the issuer is a template."""
    issuer = {"common": "{tenantid}", "organizations": "{tenantid}", "consumers": CONSUMERS}
    there = f"{base}/{tenant}/oauth2/v2.0"
    return {
        "issuer": f"{base}/{issuer.get(tenant, tenant)}/v2.0",
        "authorization_endpoint": f"{there}/authorize",
        "token_endpoint": f"{there}/token",
        "device_authorization_endpoint": f"{there}/devicecode",
        "jwks_uri": f"{base}/{tenant}/discovery/v2.0/keys",
        "userinfo_endpoint": "https://graph.microsoft.com/oidc/userinfo",
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": ["code", "id_token", "code id_token"],
        "scopes_supported": sorted(OPENID),
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "tenant_region_scope": None,
        "cloud_instance_name": "microsoftonline.com",
        "msgraph_host": "graph.microsoft.com",
    }


def instance(base: str, endpoint: str, version: str) -> dict[str, object] | None:
    """Which cloud an authorization endpoint belongs to; ``None`` for a stranger's."""
    wanted = urlsplit(endpoint)
    if wanted.hostname not in {*ALIASES, urlsplit(base).hostname}:
        return None
    tenant = wanted.path.split("/")[1]
    return {
        "tenant_discovery_endpoint": f"{base}/{tenant}/v2.0/.well-known/openid-configuration",
        "api-version": version,
        "metadata": [
            {"preferred_network": ALIASES[0], "preferred_cache": ALIASES[1], "aliases": ALIASES}
        ],
    }


def form_post(action: str, fields: Mapping[str, str]) -> bytes:
    """A page that submits itself (OAuth 2.0 Form Post Response Mode)."""
    inputs = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in fields.items()
    )
    return (
        "<!doctype html><title>Working...</title><body onload=document.forms[0].submit()>"
        f'<form method="POST" action="{html.escape(action)}">{inputs}'
        "<button>Continue</button></form>"
    ).encode()


def device_page(said: str) -> bytes:
    return (
        f"<!doctype html><title>Device</title><p>{html.escape(said)}"
        "<form method=post><input name=code><button>OK</button></form>"
    ).encode()
