"""What a service can answer on the wire, and what a connector makes of it for the agent."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from connectors.errors import (
    ChangedMeanwhile,
    ConnectorError,
    MayHaveHappened,
    NeedsLogin,
    TemporarilyUnavailable,
    UnreadableAnswer,
    WritingSuspended,
)


class Answer(StrEnum):
    """How one call ends. In brackets: what a mail server, or a folder of files, has in its place.

    ``GONE``, ``CONFLICT`` and ``CHANGED`` tell the truth: the thing happens just before.
    """

    OK = "ok"
    LOST_BEFORE = "no answer, not done"
    LOST_AFTER = "no answer, done"
    BUSY = "429"  # [451]
    BROKEN_BEFORE = "5xx, not done"
    BROKEN_AFTER = "5xx, done"  # [a last answer that is none]
    SIGN_IN = "401"  # [535]
    QUOTA = "403 quota"  # [550 5.7.1]: taken for spam
    GONE = "404"  # [the file was removed]
    CONFLICT = "409"  # [a file stands there]
    CHANGED = "412"  # [the file was rewritten]
    TRUNCATED = "unreadable, done"
    LOGIN_PAGE = "unreadable, not done"


FAULTS: Final = tuple(each for each in Answer if each is not Answer.OK)
READ: Final = "find"
WRITES: Final = ("create", "update", "delete", "deliver")
CALLS: Final = (READ, *WRITES)
_UNDONE: Final = frozenset(
    {
        Answer.LOST_BEFORE,
        Answer.BUSY,
        Answer.BROKEN_BEFORE,
        Answer.SIGN_IN,
        Answer.QUOTA,
        Answer.LOGIN_PAGE,
    }
)
_NO_READING: Final = frozenset({Answer.CONFLICT, Answer.CHANGED})
UNCLEAR: Final = frozenset(
    {Answer.LOST_BEFORE, Answer.LOST_AFTER, Answer.BROKEN_BEFORE, Answer.BROKEN_AFTER}
)
_PLAIN: Final[Mapping[Answer, type[ConnectorError]]] = MappingProxyType(
    {
        Answer.BUSY: TemporarilyUnavailable,
        Answer.SIGN_IN: NeedsLogin,
        Answer.QUOTA: WritingSuspended,
        Answer.TRUNCATED: UnreadableAnswer,
        Answer.LOGIN_PAGE: UnreadableAnswer,
    }
)


def occurs(answer: Answer, call: str) -> bool:
    """Whether a service would answer this call so: reading meets no conflict."""
    return call != READ or answer not in _NO_READING


def is_done(answer: Answer, call: str) -> bool:
    """Whether the service carries the call out before it answers so, where it can."""
    return answer not in _UNDONE and (answer is not Answer.CONFLICT or call == "create")


def error(answer: Answer, call: str, source: str) -> ConnectorError | None:
    """What the agent is told; ``None`` where the call's own outcome is the answer."""
    kind: type[ConnectorError] | None = _PLAIN.get(answer)
    if answer in UNCLEAR:
        kind = TemporarilyUnavailable if call == READ else MayHaveHappened
    elif answer is Answer.CONFLICT and call != "create":
        kind = ChangedMeanwhile
    return None if kind is None else kind(source, f"{call} was answered {answer}")
