"""One Microsoft account to sign in to; a `connectors.tokens.AccountSignIn`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from connectors.errors import NotAllowed
from connectors.outlook.grant import Grant, connect, sign_in_of
from connectors.outlook.identity import Registration
from connectors.outlook.signin import keep, with_browser, with_code
from connectors.tokens import Job, Show, SignIn, TokenStore, Visit
from policies.frozen import frozen


@frozen
class OutlookAccount:
    """What Microsoft does not have (tokens brought along, delegation) is refused with a way out."""

    registration: Registration
    store: TokenStore
    now: Callable[[], datetime]

    @property
    def source(self) -> str:
        return self.registration.source

    def known(self) -> SignIn | None:
        return sign_in_of(self.source, self.store.load())

    def in_browser(
        self, jobs: frozenset[Job], visit: Visit, *, port: int = 0, user: str = ""
    ) -> SignIn:
        return self._kept(
            with_browser(self.registration, jobs, visit, self.now, port=port, user=user)
        )

    def with_code(self, jobs: frozenset[Job], show: Show) -> SignIn:
        return self._kept(with_code(self.registration, jobs, show, self.now))

    def exported(self, jobs: frozenset[Job], visit: Visit, *, port: int = 0, user: str = "") -> str:
        raise self._needless()

    def brought(self, text: str, *, user: str = "") -> SignIn:
        raise self._needless()

    def delegated(self, jobs: frozenset[Job], user: str) -> SignIn:
        cause = "Fika acts for nobody else with Microsoft"
        raise NotAllowed(self.source, cause, connect(self.source))

    def revoked(self) -> bool:
        """Microsoft has no way for an application to end its own sign-in."""
        return False

    def warning(self, sign_in: SignIn) -> str:
        return ""

    def _kept(self, grant: Grant) -> SignIn:
        keep(self.source, self.store, grant)
        known = self.known()
        if known is None:
            raise AssertionError("a sign-in that was just kept")  # pragma: no cover
        return known

    def _needless(self) -> NotAllowed:
        cause = "a token of Microsoft's need not be carried from one machine to another"
        remedy = f"a code does it anywhere: fika connect outlook {self.source} --no-browser"
        return NotAllowed(self.source, cause, remedy)
