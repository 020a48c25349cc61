"""The Microsoft identity platform: discovery, the two ways to sign in, and tokens.

Every answer is one that real MSAL reads. A test decides what the person at the browser does:
`browser` is who is signed in there, `refuses` that they say no, `enter_code` types a device's code.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.servers.common import Clock, Request
from tests.servers.graph.accounts import (
    CONSUMERS,
    DIRECTORY,
    Account,
    App,
    Refused,
    refusal_answer,
)
from tests.servers.graph.discovery import configuration, device_page, form_post, instance
from tests.servers.graph.permissions import KNOWN, OPENID, WORK_ONLY, short
from tests.servers.graph.tokens import (
    DEVICE_LASTS,
    DeviceCode,
    Grant,
    Tokens,
    id_token,
    matches,
    packed,
)
from tests.servers.wire import Answer, Fault

HOST = "https://login.microsoftonline.com"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_PAGE = {"Content-Type": "text/html; charset=utf-8"}
_JSON = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}

_ENDPOINTS = {
    ("GET", "v2.0/.well-known/openid-configuration"): "discovery",
    ("GET", ".well-known/openid-configuration"): "discovery",
    ("GET", "discovery/instance"): "instance",
    ("GET", "oauth2/v2.0/authorize"): "authorize",
    ("POST", "oauth2/v2.0/devicecode"): "devicecode",
    ("POST", "oauth2/v2.0/token"): "token",
}


class Identity:
    """``base`` is where the documents say the endpoints are; ``url`` where the server really is.

    MSAL refuses an authority that is not https. Without TLS the documents therefore name
    Microsoft's own host, and the client's ``http_client`` takes the requests here instead.
    """

    own_faults = frozenset({"slow_down", "throttled", "unavailable"})

    def __init__(self, clock: Clock, accounts: list[Account], apps: list[App]) -> None:
        self.clock = clock
        self.accounts = {each.address: each for each in accounts}
        self.apps = {each.client_id: each for each in apps}
        self.tokens = Tokens()
        self.base = HOST
        self.url = HOST
        self.browser = accounts[0].address
        self.refuses = False
        self.device_interval_s = 5
        self._lock = threading.Lock()

    def operation(self, request: Request) -> str:
        """``identity.token.refresh_token`` and the like; empty when it is none of ours."""
        path = urlsplit(request.target).path
        if path == "/devicelogin":
            return "identity.devicelogin"
        tenant, _, rest = path.lstrip("/").partition("/")
        name = _ENDPOINTS.get((request.method, rest), "")
        if not tenant or not name:
            return ""
        if name == "token":
            grant_type = _form(request).get("grant_type", "")
            return f"identity.token.{grant_type.rpartition(':')[2]}"
        return f"identity.{name}"

    def answer(self, request: Request, fault: Fault | None) -> Answer:
        if fault and fault.name in self.own_faults:
            return refusal_answer(Refused(fault.name), self.clock.now(), fault.value)
        name = self.operation(request).split(".")[1]
        parts = urlsplit(request.target)
        tenant = parts.path.split("/")[1]
        asked = _form(request) if request.method == "POST" else dict(parse_qsl(parts.query))
        try:
            with self._lock:
                return self._does[name](self, tenant, asked)
        except Refused as refused:
            return refusal_answer(refused, self.clock.now())

    # What people do

    def enter_code(self, user_code: str, address: str = "") -> None:
        """Someone opens the page, types the code and signs in; or, with `refuses`, declines."""
        device = next(d for d in self.tokens.devices.values() if d.user_code == user_code)
        device.account = address or self.browser
        device.declined = self.refuses

    def revoke(self, address: str) -> None:
        """All that this account granted ends now, as after a change of its password."""
        self.tokens.revoke(address)

    def grant(self, scopes: tuple[str, ...], address: str = "", client: str = "") -> dict[str, str]:
        """Tokens with exactly these scopes, without anybody signing in."""
        account = self.accounts[address or self.browser]
        app = self.apps[client] if client else next(iter(self.apps.values()))
        wanted = (*OPENID, *scopes)
        account.consented.setdefault(app.client_id, set()).update(map(short, scopes))
        return self.tokens.issue(
            replace(self._granted(account, app, wanted), scopes=wanted), wanted
        )

    # Discovery

    def _discovery(self, tenant: str, asked: Mapping[str, str]) -> Answer:
        self._check_tenant(tenant)
        return _says(configuration(self.base, tenant))

    def _instance(self, tenant: str, asked: Mapping[str, str]) -> Answer:
        endpoint = _needed(asked, "authorization_endpoint")
        found = instance(self.base, endpoint, asked.get("api-version", "1.0"))
        if found is None:
            return _says({"error": "invalid_instance", "error_codes": [50049]}, 400)
        return _says(found)

    # Signing in with a browser on this machine

    def _authorize(self, tenant: str, asked: Mapping[str, str]) -> Answer:
        """Never sends anything to an address that the application did not register."""
        app = self._app(asked, tenant)
        redirect = _needed(asked, "redirect_uri")
        if not any(_same_redirect(redirect, each) for each in app.redirects):
            raise Refused("redirect", redirect)
        try:
            given: dict[str, str] = {"code": self._code(tenant, app, asked)}
        except Refused as refused:
            said = json.loads(refusal_answer(refused, self.clock.now()).body)
            given = {name: said[name] for name in ("error", "error_description")}
        if "state" in asked:
            given["state"] = asked["state"]
        if asked.get("response_mode", "query") == "form_post":
            return Answer(200, form_post(redirect, given), _PAGE)
        joint = "&" if "?" in redirect else "?"
        return Answer(302, b"", {"Location": f"{redirect}{joint}{urlencode(given)}"})

    def _code(self, tenant: str, app: App, asked: Mapping[str, str]) -> str:
        if asked.get("response_type") != "code":
            raise Refused("malformed", "response_type")
        if asked.get("response_mode", "query") not in {"query", "form_post"}:
            raise Refused("malformed", "response_mode")
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            raise Refused("no_pkce")
        if self.refuses:
            raise Refused("denied")
        wanted = self._scopes(asked)
        account = self._account(asked.get("login_hint") or self.browser, tenant, app)
        self._consent(account, app, wanted)
        return self.tokens.new_code(
            self._granted(
                account,
                app,
                wanted,
                nonce=asked.get("nonce", ""),
                challenge=asked["code_challenge"],
                redirect=asked["redirect_uri"],
            )
        )

    # Signing in with a browser elsewhere (RFC 8628)

    def _devicecode(self, tenant: str, asked: Mapping[str, str]) -> Answer:
        app = self._app(asked, tenant)
        if not app.public_client:
            raise Refused("confidential")
        self.tokens.asked += 1
        number = self.tokens.asked
        user_code, code = f"FIKA{number:05}", f"device.{number:05}.{packed(app.client_id)}"
        self.tokens.devices[code] = DeviceCode(
            user_code, app.client_id, tenant, self._scopes(asked), self.clock.now() + DEVICE_LASTS
        )
        page = f"{self.url}/devicelogin"
        return _says(
            {
                "user_code": user_code,
                "device_code": code,
                "verification_uri": page,
                "expires_in": int(DEVICE_LASTS.total_seconds()),
                "interval": self.device_interval_s,
                "message": f"To sign in, use a web browser to open the page {page} and enter the "
                f"code {user_code} to authenticate.",
            }
        )

    def _devicelogin(self, tenant: str, asked: Mapping[str, str]) -> Answer:
        """The page itself, for someone who tries the server by hand."""
        open_codes = [d.user_code for d in self.tokens.devices.values() if not d.account]
        said = "Type the code that the device shows."
        if asked.get("code") in open_codes:
            self.enter_code(asked["code"])
            said = f"Signed in as {self.browser}. You can close this page."
        return Answer(200, device_page(said), _PAGE)

    # Tokens

    def _token(self, tenant: str, asked: Mapping[str, str]) -> Answer:
        app = self._app(asked, tenant)
        if not app.public_client:
            raise Refused("confidential")
        kinds: Mapping[str, Callable[[str, App, Mapping[str, str]], tuple[Grant, tuple[str, ...]]]]
        kinds = {
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh,
            DEVICE_GRANT: self._by_device,
        }
        kind = kinds.get(_needed(asked, "grant_type"))
        if kind is None:
            raise Refused("grant_type")
        grant, wanted = kind(tenant, app, asked)
        issued: dict[str, object] = dict(self.tokens.issue(grant, wanted))
        account = self.accounts[grant.account]
        issued["token_type"] = "Bearer"
        issued["expires_in"] = issued["ext_expires_in"] = int(
            self.tokens.access_lasts.total_seconds()
        )
        issued["scope"] = " ".join(_stated(wanted, account.consented[app.client_id]))
        if "openid" in wanted:
            issued["id_token"] = id_token(account, app, self.base, grant, self.tokens.access_lasts)
        if asked.get("client_info") == "1":
            issued["client_info"] = packed({"uid": account.oid, "utid": account.tenant})
        return _says(issued)

    def _by_code(
        self, tenant: str, app: App, asked: Mapping[str, str]
    ) -> tuple[Grant, tuple[str, ...]]:
        grant = self.tokens.redeem_code(_needed(asked, "code"), self.clock.now())
        if grant.client != app.client_id:
            raise Refused("bad_token")
        if asked.get("redirect_uri") != grant.redirect:
            raise Refused("redirect", asked.get("redirect_uri", "none"))
        if not matches(asked.get("code_verifier", ""), grant.challenge):
            raise Refused("pkce")
        self._account(grant.account, tenant, app)
        return grant, self._scopes(asked) if asked.get("scope") else grant.scopes

    def _by_refresh(
        self, tenant: str, app: App, asked: Mapping[str, str]
    ) -> tuple[Grant, tuple[str, ...]]:
        wanted = self._scopes(asked)
        token = _needed(asked, "refresh_token")
        grant = self.tokens.redeem_refresh(token, self.clock.now())
        if grant.client != app.client_id:
            raise Refused("bad_token")
        account = self._account(grant.account, tenant, app)
        if not {short(s) for s in wanted} - OPENID <= account.consented.get(app.client_id, set()):
            raise Refused("consent")
        return self._granted(account, app, wanted), wanted

    def _by_device(
        self, tenant: str, app: App, asked: Mapping[str, str]
    ) -> tuple[Grant, tuple[str, ...]]:
        device = self.tokens.devices.get(_needed(asked, "device_code"))
        if device is None or device.client != app.client_id or device.tenant != tenant:
            raise Refused("bad_device_code")
        if self.clock.now() >= device.until:
            raise Refused("late")
        if device.declined:
            raise Refused("declined")
        if not device.account:
            raise Refused("pending")
        account = self._account(device.account, tenant, app)
        self._consent(account, app, device.scopes)
        del self.tokens.devices[asked["device_code"]]
        return self._granted(account, app, device.scopes), device.scopes

    # What all of them check

    def _check_tenant(self, tenant: str) -> None:
        real = {each.tenant for each in self.accounts.values()} | {CONSUMERS, DIRECTORY}
        if tenant not in real | {"common", "organizations", "consumers"}:
            raise Refused("no_tenant")

    def _app(self, asked: Mapping[str, str], tenant: str) -> App:
        self._check_tenant(tenant)
        app = self.apps.get(_needed(asked, "client_id"))
        if app is None or app.audience not in {"all", "work", "personal", tenant}:
            raise Refused("unknown_app")
        return app

    def _account(self, address: str, tenant: str, app: App) -> Account:
        """Who that is, if they may sign in here with this application."""
        account = self.accounts.get(address)
        if account is None:
            raise Refused("wrong_account")
        if account.refusal:
            raise Refused(account.refusal)
        if account.personal and (tenant == "organizations" or app.audience == "work"):
            raise Refused("personal")
        places = {"common", "consumers" if account.personal else "organizations", account.tenant}
        if tenant not in places or (app.audience == "personal" and not account.personal):
            raise Refused("wrong_account")
        return account

    def _scopes(self, asked: Mapping[str, str]) -> tuple[str, ...]:
        scopes = tuple(_needed(asked, "scope").split())
        for scope in scopes:
            if short(scope) not in KNOWN | OPENID:
                raise Refused("scope", scope)
        return scopes

    def _consent(self, account: Account, app: App, wanted: tuple[str, ...]) -> None:
        """They are asked for what is new and say yes, unless only an administrator may."""
        new = {short(each) for each in wanted} - OPENID
        if new & account.admin_only:
            raise Refused("admin_consent")
        if account.personal and new & WORK_ONLY:
            raise Refused("scope", " ".join(sorted(new & WORK_ONLY)))
        account.consented.setdefault(app.client_id, set()).update(new)

    def _granted(
        self,
        account: Account,
        app: App,
        wanted: tuple[str, ...],
        *,
        nonce: str = "",
        challenge: str = "",
        redirect: str = "",
    ) -> Grant:
        scopes = tuple(sorted(account.consented.get(app.client_id, set()) | set(wanted)))
        now = self.clock.now()
        return Grant(account.address, app.client_id, scopes, now, now, nonce, challenge, redirect)

    _does: Mapping[str, Callable[[Identity, str, Mapping[str, str]], Answer]] = {
        "discovery": _discovery,
        "instance": _instance,
        "authorize": _authorize,
        "devicecode": _devicecode,
        "devicelogin": _devicelogin,
        "token": _token,
    }


def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(errors="replace")))


def _needed(asked: Mapping[str, str], name: str) -> str:
    if not asked.get(name):
        raise Refused("missing", name)
    return asked[name]


def _same_redirect(asked: str, registered: str) -> bool:
    """The port of a loopback redirect may be any (RFC 8252, 7.3)."""
    one, other = urlsplit(asked), urlsplit(registered)
    alike = (one.scheme, one.hostname, one.path.rstrip("/")) == (
        other.scheme,
        other.hostname,
        other.path.rstrip("/"),
    )
    return alike and (one.port == other.port or other.hostname == "localhost")


def _stated(wanted: tuple[str, ...], consented: set[str]) -> list[str]:
    """The scopes of an answer: those asked for, as asked, and all others granted before."""
    asked = [each for each in wanted if each != "offline_access"]
    return asked + sorted(consented - {short(each) for each in asked})


def _says(value: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value).encode(), _JSON)
