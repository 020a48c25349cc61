"""Where the tokens of an account are kept, and what we know of its sign-in without asking."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from policies.frozen import frozen


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
            NeedsLogin: there is something, and it cannot be opened; it is left as it is.
            TemporarilyUnavailable: the disk refuses.
        """

    def save(self, text: str) -> None:
        """Replace what is kept; when this returns it is on disk, whole, and nobody else's to read.

        Raises:
            NeedsLogin: it cannot be kept where the owner wanted it, and is kept nowhere else.
            TemporarilyUnavailable: the disk refuses; what was there before still is.
        """


class Job(StrEnum):
    """What an account may be used for; each is asked for when it is wanted, and no earlier."""

    READ = "read"
    WRITE = "write"
    CONTACTS = "contacts"


@frozen
class SignIn:
    """One account's sign-in as our own record has it.

    ``lacking`` says, in the owner's words, what cannot be done for want of a permission.
    ``ends`` is when it dies by itself, where the service said so; ``refused`` when the service
    refused it, ``None`` while it is good. ``earlier`` are the sign-ins before ``since``.
    """

    user: str
    jobs: frozenset[Job]
    permissions: tuple[str, ...]
    since: datetime
    lacking: tuple[str, ...] = ()
    ends: datetime | None = None
    refused: datetime | None = None
    earlier: tuple[datetime, ...] = ()


Visit = Callable[[str, int], None]
"""Brings the owner to an address, whose answer comes back to a port of this machine."""

Show = Callable[[str, str], None]
"""Shows the owner a page to open in any browser, and the code to type there."""


class AccountSignIn(Protocol):
    """One account of a service that one signs in to; what it gives is kept in its token store.

    Each way of signing in replaces the sign-in before it only when it has succeeded.

    Raises, all of them:
        NeedsLogin: the owner declined, did not answer in time, or must prove more.
        NotAllowed: the service refuses the application or the account, or has no such way.
        TemporarilyUnavailable: the service cannot be reached, or the tokens not be kept.
    """

    def known(self) -> SignIn | None:
        """What our own record says, without asking anyone; ``None`` before the first sign-in."""

    def in_browser(
        self, jobs: frozenset[Job], visit: Visit, *, port: int = 0, user: str = ""
    ) -> SignIn:
        """In a browser whose answer reaches ``port`` of this machine; 0 is any free one."""

    def with_code(self, jobs: frozenset[Job], show: Show) -> SignIn:
        """In a browser anywhere, with a code."""

    def exported(self, jobs: frozenset[Job], visit: Visit, *, port: int = 0, user: str = "") -> str:
        """As `in_browser`, for another machine: what `brought` takes there; kept nowhere here."""

    def brought(self, text: str, *, user: str = "") -> SignIn:
        """With what `exported` gave on another machine."""

    def delegated(self, jobs: frozenset[Job], user: str) -> SignIn:
        """Without ``user``, whose organisation allows it."""

    def revoked(self) -> bool:
        """Whether the service was told, and has noted, that the sign-in is over."""

    def warning(self, sign_in: SignIn) -> str:
        """What will end this sign-in before its time, and where to read about it; mostly empty."""
