"""Where the tokens of an account are kept, and what we know of its sign-in without asking."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
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


@dataclass(frozen=True, slots=True)
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
