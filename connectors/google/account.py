"""One Google account to sign in to; a `connectors.tokens.AccountSignIn`."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from connectors.errors import NotAllowed
from connectors.google.grant import (
    Client,
    OAuthClient,
    ServiceAccount,
    is_in_testing,
    read,
    sign_in_of,
)
from connectors.google.signin import brought, consent, delegated, keep, revoke
from connectors.tokens import Job, Show, SignIn, TokenStore, Visit
from policies.frozen import frozen


@frozen
class GoogleAccount:
    """``client`` is read when it is needed: forgetting a sign-in needs none."""

    source: str
    client: Callable[[], Client]
    store: TokenStore
    now: Callable[[], datetime]

    def known(self) -> SignIn | None:
        return sign_in_of(self.source, self.store.load())

    def in_browser(
        self, jobs: frozenset[Job], visit: Visit, *, port: int = 0, user: str = ""
    ) -> SignIn:
        keep(
            self.source,
            self.store,
            consent(self.source, self._own(), jobs, visit, self.now, port=port, user=user),
        )
        return self._kept()

    def with_code(self, jobs: frozenset[Job], show: Show) -> SignIn:
        cause = "Google gives no codes for calendars"
        remedy = f"fika connect google {self.source} --no-browser shows another way"
        raise NotAllowed(self.source, cause, remedy)

    def exported(self, jobs: frozenset[Job], visit: Visit, *, port: int = 0, user: str = "") -> str:
        grant = consent(self.source, self._own(), jobs, visit, self.now, port=port, user=user)
        return json.dumps(
            {
                "type": "authorized_user",
                "client_id": grant.client_id,
                "refresh_token": grant.refresh_token,
                "asked": grant.asked,
            }
        )

    def brought(self, text: str, *, user: str = "") -> SignIn:
        keep(
            self.source,
            self.store,
            brought(self.source, self._own(), text, self.now, user=user),
        )
        return self._kept()

    def delegated(self, jobs: frozenset[Job], user: str) -> SignIn:
        robot = self.client()
        if not isinstance(robot, ServiceAccount):
            cause = "its client file is not the key of a service account"
            raise NotAllowed(self.source, cause, "docs/google.md, for organisations")
        keep(self.source, self.store, delegated(self.source, robot, jobs, self.now, user=user))
        return self._kept()

    def revoked(self) -> bool:
        grant = read(self.source, self.store.load())
        return grant is not None and bool(grant.refresh_token) and revoke(self._own(), grant)

    def warning(self, sign_in: SignIn) -> str:
        if not is_in_testing(sign_in):
            return ""
        until = f" on {sign_in.ends:%Y-%m-%d}" if sign_in.ends else " after 7 days"
        return f"the app is in Testing, so Google ends this sign-in{until}: docs/google.md, step 5"

    def _own(self) -> OAuthClient:
        found = self.client()
        if isinstance(found, OAuthClient):
            return found
        cause = "its client file is the key of a service account"
        remedy = f"fika connect google {self.source} --subject ADDRESS"
        raise NotAllowed(self.source, cause, remedy)

    def _kept(self) -> SignIn:
        known = self.known()
        if known is None:
            raise AssertionError("a sign-in that was just kept")  # pragma: no cover
        return known
