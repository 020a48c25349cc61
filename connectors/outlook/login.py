"""The header that shows Graph who asks, renewed under one lock and kept before its use."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from connectors.errors import ConnectorError, NeedsLogin
from connectors.outlook.grant import Grant, connect, granted, read, written
from connectors.outlook.identity import Answer, Registration, answered, application
from connectors.tokens import TokenStore

_MARGIN_S: Final = 300  # MSAL counts a token with less left as expired


class Login:
    """A `connectors.api.Login`: the headers of a request, and others where they were refused.

    Raises, when it is called:
        NeedsLogin: nobody has signed in, or Microsoft wants to see the owner; never tried again.
        NotAllowed: Microsoft, or the organisation, does not let this application in.
        TemporarilyUnavailable: no answer, or none that could be kept.
    """

    def __init__(
        self, registration: Registration, store: TokenStore, now: Callable[[], datetime]
    ) -> None:
        self._registration = registration
        self._source = registration.source
        self._store = store
        self._now = now
        self._token = ""
        self._good_until_s = 0.0

    def __call__(self, refused: bool) -> Mapping[str, str]:
        if refused or time.monotonic() >= self._good_until_s:
            given = self._renewed(refused=refused)
            self._token = str(given["access_token"])
            self._good_until_s = time.monotonic() + int(given["expires_in"]) - _MARGIN_S
        return {"Authorization": f"Bearer {self._token}"}

    def _renewed(self, *, refused: bool) -> Answer:
        """A token out of MSAL's cache, or a new one; what has changed in it is kept first."""
        import msal

        with self._store.locked():
            grant = read(self._source, self._store.load())
            if grant is None:
                raise NeedsLogin(self._source, "nobody has signed in yet", connect(self._source))
            if grant.client_id != self._registration.client_id:
                cause = "it was signed in to with another client_id"
                raise NeedsLogin(self._source, cause, connect(self._source))
            cache = msal.SerializableTokenCache()
            cache.deserialize(grant.cache)
            given = self._silently(grant, cache, refused=refused)
            if cache.has_state_changed:
                new = replace(
                    grant,
                    cache=cache.serialize(),
                    scopes=granted(given) or grant.scopes,
                    refused=None,
                )
                self._store.save(written(new))
        return given

    def _silently(self, grant: Grant, cache: Any, *, refused: bool) -> Answer:  # noqa: ANN401 - MSAL has no types
        with application(self._registration, cache) as msal:
            accounts = [
                each for each in msal.get_accounts() if each["home_account_id"] == grant.account
            ]
            if not accounts:
                cause = "its tokens are not those of the account that signed in"
                raise NeedsLogin(self._source, cause, connect(self._source))
            try:
                return answered(
                    self._source,
                    lambda: msal.acquire_token_silent_with_error(
                        grant.usable,
                        accounts[0],
                        # One that another process fetched meanwhile is as good.
                        force_refresh=refused and self._token in grant.cache,
                    ),
                )
            except NeedsLogin:
                # Kept all the same: signing in again may not be what it takes.
                with suppress(ConnectorError):
                    kept = replace(grant, refused=grant.refused or self._now())
                    self._store.save(written(kept))
                raise
