"""What can go wrong outside, named for what the reader must do.

ConnectorError
├── NeedsLogin             a person must sign in, or give a password, again
├── TemporarilyUnavailable nothing happened; a later run may succeed
│   └── WritingSuspended   nothing happened; leave this account alone for hours, not minutes
├── UnreadableAnswer       the other side said something we cannot read
├── NotAllowed             it will go on refusing until someone changes a setting
├── ChangedMeanwhile       the thing is not as we last saw it; read again, decide again
└── MayHaveHappened        no answer to a write; look before doing anything else
"""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Final

A_DAY: Final = timedelta(hours=24)


class ConnectorError(Exception):
    """``source`` is the account or calendar by its configured name; ``cause`` is one plain line.

    Neither ever holds a URL with a secret, a token, or anything an event says. ``passes``: a later
    run may succeed although nobody does anything.
    """

    passes: ClassVar[bool] = False

    def __init__(self, source: str, cause: str, remedy: str = "") -> None:
        super().__init__(f"{source}: {cause}")
        self.source = source
        self.cause = cause
        self.remedy = remedy


class NeedsLogin(ConnectorError):
    """A person must sign in again, or give a password."""


class TemporarilyUnavailable(ConnectorError):
    """Nothing happened; a later run may succeed, and unless told otherwise that is the remedy."""

    passes: ClassVar[bool] = True

    def __init__(self, source: str, cause: str, remedy: str = "the next run tries again") -> None:
        super().__init__(source, cause, remedy)


class WritingSuspended(TemporarilyUnavailable):
    """The service takes us for a sender of spam; nothing happened. Trying again makes it worse.

    ``lasts``: nothing is written to or sent from this account for so long.
    """

    passes: ClassVar[bool] = False

    def __init__(self, source: str, cause: str, lasts: timedelta = A_DAY) -> None:
        super().__init__(source, cause, "nothing is written or sent there for a day")
        self.lasts = lasts


class UnreadableAnswer(ConnectorError):
    """What came back is not what the service or format promises."""


class NotAllowed(ConnectorError):
    """It will be refused again until someone changes a setting, a permission or an address."""


class ChangedMeanwhile(ConnectorError):
    """A conditional write found something other than what we last saw."""


class MayHaveHappened(ConnectorError):
    """A write without an answer: it may be done or not, and only looking can tell."""
