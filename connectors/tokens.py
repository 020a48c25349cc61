"""Where the tokens of one account are kept, as the services' sign-ins need it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol


class TokenStore(Protocol):
    """The tokens of one account, as a text that only the sign-in of its service can read.

    A token that a service has replaced may be dead the moment the new one is used. So whoever
    refreshes holds `locked` from loading to saving, and saves before the first use.
    """

    def locked(self) -> AbstractContextManager[None]:
        """One refresh at a time, over all processes; the lock of one that died is free at once.

        Raises:
            TemporarilyUnavailable: another process has held it for too long.
        """

    def load(self) -> str:
        """What was saved last; empty when nothing was.

        Raises:
            NeedsLogin: there is something, and it cannot be read; it is left as it is.
        """

    def save(self, text: str) -> None:
        """Replace what is kept; when this returns it is on disk, whole, and nobody else's to read.

        Raises:
            NeedsLogin: it cannot be kept where the owner wanted it, and is kept nowhere else.
        """
